import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Env } from '../../lib/names.ts';
import type { Access } from '../constructs/access.ts';
import type { FailureQueue } from '../constructs/failure-queue.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { Lambda } from '../constructs/lambda.ts';
import { overview } from '../constructs/overview.ts';
import type { WorkQueue } from '../constructs/queue-worker.ts';
import type { StreamWorker } from '../constructs/stream-worker.ts';
import type { DataStack } from './data.ts';

export interface OpsProps {
  readonly data: DataStack;
  /** Queues whose failures go back where they came from. */
  readonly queues: readonly WorkQueue[];
  /** Stream consumers, given their records again. */
  readonly streams: readonly StreamWorker[];
  /** Functions on a schedule, with where their failures wait. */
  readonly scheduled: readonly { readonly fn: Lambda; readonly failures: FailureQueue }[];
  /** Functions whose failures share the dead-letter queue of the queue that they fill. */
  readonly planners: readonly { readonly fn: Lambda; readonly failures: FailureQueue }[];
  /** All other stacks, for the overview. */
  readonly watched: readonly HouseStack[];
}

/** What operators look at and start by hand. */
export class OpsStack extends HouseStack {
  constructor(scope: Construct, setting: WatchedSetting, props: OpsProps) {
    super(scope, 'ops', setting, 'functions that operators call');
    const core = props.data.core.may('GetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem');
    const tool = (entry: string, impact: string, ...access: Access[]) =>
      new Lambda(this, entry, { memoryMb: 512, timeoutSeconds: 300, access, impact });

    tool('ops/create-brand', 'The operator who adds a brand sees an error; nothing else is affected.', core);
    tool(
      'ops/rotate-click-keys',
      'Click ids keep being signed with the present keys; a key that leaked is still accepted.',
      props.data.rotateClickKeys(),
    );
    tool(
      'ops/replay-failures',
      'Failed work cannot be sent back and is lost 14 days after it failed, stream records after one day.',
      this.replay(props),
    );
    tool(
      'ops/write-tin-file',
      'Names and numbers of partners cannot be sent to TIN Matching; payments are not affected.',
      props.data.core.may('GetItem', 'Query', 'PutItem'),
      props.data.vault.may('GetItem'),
      props.data.openTaxForms(),
      props.data.writeDocuments('tax'),
    );
    if (setting.stage.dashboard)
      overview(
        this,
        props.watched.flatMap((stack) => stack.alarmNames),
      );
  }

  private replay({ queues, streams, scheduled, planners }: OpsProps): Access {
    const failures = [...queues, ...streams, ...scheduled].map((source) => source.failures);
    const destinations = Object.fromEntries([
      ...queues.map(({ failures, queue }) => [
        failures.name,
        {
          url: failures.queueUrl,
          queue: queue.queueUrl,
          function: planners.find((planner) => planner.failures === failures)?.fn.functionName,
        },
      ]),
      ...streams.map((fn) => [fn.failures.name, { url: fn.failures.queueUrl, function: fn.functionName }]),
      ...scheduled.map(({ fn, failures }) => [failures.name, { url: failures.queueUrl, function: fn.functionName }]),
    ]);
    const allow = (actions: readonly string[], resources: readonly string[]) =>
      new PolicyStatement({ actions: [...actions], resources: [...resources] });
    return {
      environment: { [Env.failureQueues]: this.toJsonString(destinations) },
      statements: [
        allow(
          ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          failures.map((queue) => queue.queueArn),
        ),
        allow(
          ['sqs:SendMessage'],
          queues.map(({ queue }) => queue.queueArn),
        ),
        allow(
          ['lambda:InvokeFunction'],
          [...streams, ...[...scheduled, ...planners].map(({ fn }) => fn)].map((fn) => fn.functionArn),
        ),
        allow(
          ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
          [...new Set(streams.flatMap((stream) => stream.streamArns))],
        ),
      ],
    };
  }
}
