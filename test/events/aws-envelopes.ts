import { createHash } from 'node:crypto';
import type { DynamoDBRecord } from 'aws-lambda';
import type { TributaryEvent } from '../../events/catalog/catalog.ts';
import { EVENT_SOURCE } from '../../events/catalog/envelope.ts';
import { type Instant, instant } from '../../lib/time.ts';
import { MADE_AT_MS } from './story.ts';

/** What AWS puts around events, messages and records, with the values it would choose itself made from what is inside. */
export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
export const uuid = (text: string) => md5(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The ARN of a table's stream. */
export const streamArn = (table: string) =>
  `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}/stream/2026-01-01T00:00:00.000`;

const shardOf = (role: string) => `shardId-00000001776326400000-${md5(role).slice(0, 8)}`;
const arrivalOf = ({ dynamodb }: DynamoDBRecord) => toSecond(instant(dynamodb!.ApproximateCreationDateTime! * 1_000));
const toSecond = (at: Instant) => `${at.slice(0, 19)}Z`;

/** A batch of a table's stream with the fields of a tumbling window. */
export const windowBatch = (role: string, Records: readonly DynamoDBRecord[]) => ({
  window: { start: '2026-04-16T08:00:00Z', end: '2026-04-16T08:01:00Z' },
  state: {},
  shardId: shardOf(role),
  eventSourceARN: Records[0]!.eventSourceARN!,
  isFinalInvokeForWindow: false,
  isWindowTerminatedEarly: false,
  Records: [...Records],
});

/** A row that its time to live took away, as DynamoDB marks it. */
export function expired(record: DynamoDBRecord): DynamoDBRecord {
  const sequence = String(BigInt(record.dynamodb!.SequenceNumber!) + 1_000n);
  const { NewImage: _, ...kept } = record.dynamodb!;
  return {
    ...record,
    eventID: md5(sequence),
    eventName: 'REMOVE',
    dynamodb: { ...kept, SequenceNumber: sequence },
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
  };
}

/** An event as EventBridge delivers it. */
export function delivered(event: TributaryEvent) {
  return {
    version: '0',
    id: uuid(event.id),
    'detail-type': event.type,
    source: EVENT_SOURCE,
    account: ACCOUNT,
    time: toSecond(event.at),
    region: REGION,
    resources: [],
    detail: event,
  };
}

/** A batch of messages as SQS hands it to a function. */
export function sqsEvent(queue: string, bodies: readonly unknown[]) {
  return {
    Records: bodies.map((body) => {
      const text = JSON.stringify(body);
      return {
        messageId: uuid(text),
        receiptHandle: Buffer.from(md5(text)).toString('base64'),
        body: text,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: String(MADE_AT_MS),
          SenderId: 'AROAEXAMPLE:tributary',
          ApproximateFirstReceiveTimestamp: String(MADE_AT_MS + 12),
        },
        messageAttributes: {},
        md5OfBody: md5(text),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:tributary-dev-${queue}`,
        awsRegion: REGION,
      };
    }),
  };
}

/** What Lambda sends to the dead-letter queue of a stream in place of a batch it gave up: where the records are, and not what they say. */
export const givenUp = (role: string, records: readonly DynamoDBRecord[]) => ({
  requestContext: {
    requestId: uuid('request'),
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tributary-dev-stream-publish-changes`,
    condition: 'RecordAgeExceeded',
    approximateInvokeCount: 4,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  version: '1.0',
  timestamp: '2026-04-17T08:00:05.120Z',
  DDBStreamBatchInfo: {
    shardId: shardOf(role),
    startSequenceNumber: records[0]!.dynamodb!.SequenceNumber,
    endSequenceNumber: records.at(-1)!.dynamodb!.SequenceNumber,
    approximateArrivalOfFirstRecord: arrivalOf(records[0]!),
    approximateArrivalOfLastRecord: arrivalOf(records.at(-1)!),
    batchSize: records.length,
    streamArn: records[0]!.eventSourceARN,
  },
});
