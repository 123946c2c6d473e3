import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';

export type Row = Record<string, unknown>;

/** One record of a table's stream: a row as it was and as it is. */
export interface Change {
  /** Physical name of the table. */
  readonly table: string;
  readonly kind: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** Key of the row; all there is of a removed row whose table streams new images only. */
  readonly key: Row;
  readonly before?: Row;
  readonly after?: Row;
  /** Place in the shard: a decimal number. */
  readonly sequence: string;
  /** When it entered the stream, epoch seconds. */
  readonly at: number;
}

/** Reads a record as Lambda hands it over. Throws on one that no stream of ours sends; the caller sets it aside. */
export function changeOf(record: DynamoDBRecord): Change {
  const { eventName, eventSourceARN = '', dynamodb = {} } = record;
  const table = /:table\/([^/]+)/.exec(eventSourceARN)?.[1];
  const { SequenceNumber, ApproximateCreationDateTime } = dynamodb;
  if (table === undefined) throw new Error(`no table in the ARN ${JSON.stringify(eventSourceARN)}`);
  if (eventName === undefined) throw new Error('no event name');
  if (SequenceNumber === undefined || !/^\d{1,40}$/.test(SequenceNumber)) throw new Error('no sequence number');
  return {
    table,
    kind: eventName,
    key: rowOf(dynamodb.Keys),
    ...(dynamodb.OldImage && { before: rowOf(dynamodb.OldImage) }),
    ...(dynamodb.NewImage && { after: rowOf(dynamodb.NewImage) }),
    sequence: SequenceNumber,
    at: ApproximateCreationDateTime ?? 0,
  };
}

function rowOf(image: NonNullable<DynamoDBRecord['dynamodb']>['Keys']): Row {
  if (image === undefined) throw new Error('no key');
  return unmarshall(image as Record<string, AttributeValue>);
}
