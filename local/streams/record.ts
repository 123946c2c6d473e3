import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

/** A stream record as an engine gives it. */
export interface EngineRecord {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly SequenceNumber: string;
    readonly OldImage?: unknown;
    readonly NewImage?: unknown;
  } & Readonly<Record<string, unknown>>;
  readonly userIdentity?: unknown;
}

/** A stream record as Lambda hands it to a function. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: EngineRecord['dynamodb'];
  readonly eventSourceARN: string;
  readonly userIdentity?: unknown;
}

/** The same record with the stream's ARN and region as on AWS, an id that is the same in every delivery, and a full-length sequence number. */
export function streamRecord(record: EngineRecord, streamArn: string, region: string): StreamRecord {
  const { SequenceNumber } = record.dynamodb;
  return {
    eventID: createHash('md5').update(`${streamArn} ${SequenceNumber}`).digest('hex'),
    eventName: record.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: { ...record.dynamodb, SequenceNumber: fullSequence(SequenceNumber) },
    eventSourceARN: streamArn,
    ...(record.userIdentity !== undefined && { userIdentity: record.userIdentity }),
  };
}

/** AWS's sequence numbers have 21 digits or more, so that they sort as text too; our engine counts from 1. */
function fullSequence(sequence: string): string {
  return sequence.length >= 21 ? sequence : String(10n ** 20n + BigInt(sequence));
}

/** A write that changed nothing. AWS puts no record of it into the stream; our engine does. */
export function changesNothing({ eventName, dynamodb }: EngineRecord): boolean {
  return (
    eventName === 'MODIFY' && dynamodb.NewImage !== undefined && isDeepStrictEqual(dynamodb.NewImage, dynamodb.OldImage)
  );
}
