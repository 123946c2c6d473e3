import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

/** A stretch of a stream, as Lambda names it when it gives a batch up. */
export interface Stretch {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
}

/** The records of a stretch in the form Lambda hands them over; nothing when the stream, which keeps them a day, has let go of them. */
export async function readStretch(
  client: DynamoDBStreamsClient,
  stretch: Stretch,
): Promise<DynamoDBRecord[] | undefined> {
  const { streamArn, shardId, startSequenceNumber, endSequenceNumber } = stretch;
  const end = BigInt(endSequenceNumber);
  const records: StreamRecord[] = [];
  try {
    let { ShardIterator: iterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: startSequenceNumber,
      }),
    );
    while (iterator !== undefined) {
      const { Records = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: 1000 }),
      );
      records.push(...Records.filter((record) => sequenceOf(record) <= end));
      const last = Records.at(-1);
      iterator = last && sequenceOf(last) < end ? NextShardIterator : undefined;
    }
  } catch (error) {
    if (error instanceof TrimmedDataAccessException || error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
  return records.length === 0 ? undefined : records.map((record) => asLambdaRecord(record, streamArn));
}

const sequenceOf = ({ dynamodb }: StreamRecord) => BigInt(dynamodb?.SequenceNumber ?? 0);

/** Lambda sends the time as epoch seconds, where the SDK makes a date of it. */
function asLambdaRecord({ dynamodb, ...record }: StreamRecord, streamArn: string): DynamoDBRecord {
  const { ApproximateCreationDateTime: created, ...change } = dynamodb ?? {};
  return {
    ...record,
    eventSourceARN: streamArn,
    dynamodb: { ...change, ...(created && { ApproximateCreationDateTime: created.getTime() / 1000 }) },
  } as DynamoDBRecord;
}
