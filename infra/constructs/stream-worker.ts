import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { access } from './access.ts';
import { alarm } from './alarm.ts';
import { FailureQueue } from './failure-queue.ts';
import type { HouseStack } from './house-stack.ts';
import { Lambda, type LambdaProps } from './lambda.ts';
import type { DataTable } from './table.ts';

export interface StreamWorkerProps extends LambdaProps {
  /** Tables by the name under which their event source is shown. */
  readonly sources: Readonly<Record<string, DataTable>>;
  readonly batchSize: number;
  /** Seconds to wait for a fuller batch; each further second saves invocations and delays what depends on them. */
  readonly windowSeconds: number;
  /** Tumbling window: the event then names its shard, which a worker needs that keeps a mark per shard. */
  readonly tumblingSeconds?: number;
  /** Being late hurts nobody's money and is seen by whoever looks, so its alarm is an early warning. */
  readonly lateIsSeen?: true;
}

/**
 * A function that follows the streams of tables and knows them by name.
 *
 * A record that nobody can read is set aside by the function itself, in `<name>-failures`. Everything else is tried again for as long
 * as the stream keeps it, 24 hours: a batch given up earlier would be an event nobody hears of. What expires all the same leaves its
 * place in the stream in `<name>-failures`.
 */
export class StreamWorker extends Lambda {
  readonly failures: FailureQueue;
  readonly streamArns: readonly string[];

  constructor(stack: HouseStack, entry: string, props: StreamWorkerProps) {
    const name = entry.split('/')[1] ?? entry;
    const streams = Object.values(props.sources).map((source) => streamOf(source));
    const failures = new FailureQueue(stack, `${name}-failures`, { impact: props.impact });
    super(stack, entry, {
      ...props,
      access: [
        ...props.access,
        failures.put(),
        ...Object.values(props.sources).map((source) => source.named()),
        access(
          ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
          streams,
        ),
      ],
    });
    this.failures = failures;
    this.streamArns = streams;
    for (const [source, table] of Object.entries(props.sources)) {
      new EventSourceMapping(this, source, {
        target: this,
        eventSourceArn: streamOf(table),
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: props.batchSize,
        maxBatchingWindow: Duration.seconds(props.windowSeconds),
        tumblingWindow: props.tumblingSeconds === undefined ? undefined : Duration.seconds(props.tumblingSeconds),
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        onFailure: new SqsDlq(this.failures),
      });
    }
    alarm(stack, `${name}-behind`, {
      impact: props.impact,
      article: this.entry.replace('/', '-'),
      metric: this.metric('IteratorAge', { period: Duration.minutes(5), statistic: 'Maximum' }),
      threshold: Duration.minutes(30).toMilliseconds(),
      essential: props.lateIsSeen !== true,
    });
  }
}

function streamOf(source: DataTable): string {
  const arn = source.table.tableStreamArn;
  if (!arn) throw new Error(`${source.node.path} has no stream to follow`);
  return arn;
}
