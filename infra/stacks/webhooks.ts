import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { Env } from '../../lib/names.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { Lambda } from '../constructs/lambda.ts';
import { QueueWorker, WorkQueue } from '../constructs/queue-worker.ts';
import { Schedule } from '../constructs/schedule.ts';
import { READ, WRITE } from '../constructs/table.ts';
import type { DataStack } from './data.ts';
import type { MessagesStack } from './messages.ts';

/** Longer than the fifteen seconds a receiver gets, with room for the tables around them. */
const SENDER_TIMEOUT_SECONDS = 30;

export interface WebhooksProps {
  readonly data: DataStack;
  readonly messages: MessagesStack;
}

/**
 * What happened reaches brands' and partners' own servers: the bus hands events to a planner, which makes a delivery for each listener,
 * and a queue's worker sends them. One queue and one dead-letter queue for both, since a queue that waits costs the same as one that works.
 */
export class WebhooksStack extends HouseStack {
  readonly deliveries: WorkQueue;
  readonly planner: Lambda;

  constructor(scope: Construct, setting: WatchedSetting, { data, messages }: WebhooksProps) {
    super(scope, 'webhooks', setting, 'sends events to brands and partners');
    const impact =
      'Brands and partners do not hear on their own servers what happened; nothing is lost, it comes late.';
    this.deliveries = new WorkQueue(this, 'webhooks', {
      variable: Env.webhooksQueue,
      workerTimeoutSeconds: SENDER_TIMEOUT_SECONDS,
      staleAfterMinutes: 60,
      impact,
    });
    new QueueWorker(this, 'queue/send-webhook', {
      source: this.deliveries,
      batchSize: 10,
      windowSeconds: 0,
      workers: 5,
      memoryMb: 256,
      timeoutSeconds: SENDER_TIMEOUT_SECONDS,
      access: [
        data.webhooks.may('GetItem', 'UpdateItem'),
        data.openSecrets(),
        this.deliveries.send(),
        this.deliveries.failures.put(),
        messages.mail.send(),
      ],
      impact,
    });

    this.planner = new Lambda(this, 'jobs/queue-webhooks', {
      memoryMb: 256,
      timeoutSeconds: 120,
      access: [
        data.webhooks.may(...READ, ...WRITE),
        data.core.may('GetItem', 'Query'),
        data.conversions.may('Query'),
        data.clicks.may('Query'),
        data.ledger.may('GetItem'),
        this.deliveries.send(),
      ],
      concurrency: this.stage.shardConcurrency,
      onFailure: this.deliveries.failures,
      impact,
    });
    new Rule(this, 'webhooks-rule', {
      ruleName: this.named('webhooks'),
      description: 'Hands every event to the planner of webhooks',
      eventBus: messages.bus,
      eventPattern: { source: ['tributary'] },
      targets: [
        new LambdaFunction(this.planner, {
          deadLetterQueue: this.deliveries.failures,
          retryAttempts: 20,
          maxEventAge: Duration.hours(6),
        }),
      ],
    });
    new Schedule(this, 'sweep-webhooks', {
      expression: this.stage.schedules.sweepWebhooks,
      target: this.planner,
      failures: this.deliveries.failures,
      description: 'Queues deliveries whose waiting is over',
    });
  }
}
