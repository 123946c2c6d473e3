import type { Ground, Resource } from '../contract.ts';
import { compilePattern } from '../events/pattern.ts';
import { refuseUnserved } from '../unserved.ts';
import type { StreamRecord } from './record.ts';

/** An event source mapping on a table's stream, with AWS's defaults filled in. */
export interface Mapping {
  /** `<stack>/<logicalId>`: names it in logs and checkpoints. */
  readonly where: string;
  readonly streamArn: string;
  readonly table: string;
  readonly functionArn: string;
  readonly functionName: string;
  readonly role: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly fromStart: boolean;
  readonly reportsFailures: boolean;
  readonly bisects: boolean;
  /** -1: for ever. */
  readonly retries: number;
  /** -1: for ever. */
  readonly maxAgeMs: number;
  readonly onFailureArn: string | undefined;
  /** 0: none. */
  readonly tumblingMs: number;
  wanted(record: StreamRecord): boolean;
}

const STREAM_ARN = /^arn:aws:dynamodb:[^:]*:[^:]*:table\/([^/]+)\/stream\//;

/** Whether an event source mapping is on a table's stream; the others are the queue module's. */
export const isOnStream = ({ properties }: Resource): boolean => STREAM_ARN.test(String(properties.EventSourceArn));

/** Reads a mapping and checks, as Lambda does when it is made, that the function's role may read the stream. */
export function mappingOf(mapping: Resource, ground: Ground): Mapping {
  const { stack, logicalId, properties } = mapping;
  refuseUnserved(mapping, ['StartingPositionTimestamp', 'ProvisionedPollerConfig']);
  const where = `${stack}/${logicalId}`;
  const streamArn = String(properties.EventSourceArn);
  const target = ground.assembly.find(String(properties.FunctionName), 'AWS::Lambda::Function');
  if (!target) throw new Error(`${where}: there is no function ${String(properties.FunctionName)}`);
  const role = String(target.properties.Role).split('/').at(-1) ?? '';
  for (const action of ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords']) {
    if (!ground.allows(role, action, streamArn))
      throw new Error(`${where}: the role ${role} lacks ${action} on ${streamArn}`);
  }
  const filters = (properties.FilterCriteria as { Filters?: { Pattern: unknown }[] } | undefined)?.Filters ?? [];
  const patterns = filters.map(({ Pattern }) => compilePattern(Pattern));
  const seconds = (value: unknown) => Number(value ?? 0) * 1000;
  const maxAge = Number(properties.MaximumRecordAgeInSeconds ?? -1);
  const destinations = properties.DestinationConfig as { OnFailure?: { Destination?: string } } | undefined;
  return {
    where,
    streamArn,
    table: STREAM_ARN.exec(streamArn)?.[1] ?? '',
    functionArn: target.arn,
    functionName: target.physicalName,
    role,
    batchSize: Number(properties.BatchSize ?? 100),
    windowMs: seconds(properties.MaximumBatchingWindowInSeconds),
    fromStart: properties.StartingPosition !== 'LATEST',
    reportsFailures:
      (properties.FunctionResponseTypes as string[] | undefined)?.includes('ReportBatchItemFailures') ?? false,
    bisects: properties.BisectBatchOnFunctionError === true,
    retries: Number(properties.MaximumRetryAttempts ?? -1),
    maxAgeMs: maxAge < 0 ? -1 : maxAge * 1000,
    onFailureArn: destinations?.OnFailure?.Destination,
    tumblingMs: seconds(properties.TumblingWindowInSeconds),
    wanted: (record) => patterns.length === 0 || patterns.some((matches) => matches(record)),
  };
}
