import { Duration } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Access, access } from './access.ts';
import { acknowledge } from './acknowledge.ts';
import { alarm, type Watched } from './alarm.ts';
import { FailureQueue } from './failure-queue.ts';
import type { HouseStack } from './house-stack.ts';
import { Lambda, type LambdaProps } from './lambda.ts';

export interface WorkQueueProps extends Watched {
  /** Variable in which senders find the queue's address. */
  readonly variable: string;
  /** Timeout of the function that reads it. */
  readonly workerTimeoutSeconds: number;
  /** Minutes after which waiting work is a fault. */
  readonly staleAfterMinutes: number;
}

/** A queue, its dead-letter queue `<name>-failures`, and an alarm when work waits too long. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly failures: FailureQueue;
  private readonly variable: string;

  constructor(stack: HouseStack, name: string, props: WorkQueueProps) {
    super(stack, name);
    this.variable = props.variable;
    this.failures = new FailureQueue(stack, `${name}-failures`, { impact: props.impact });
    this.queue = new Queue(this, 'queue', {
      queueName: stack.named(name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // AWS's advice: six times the worker's timeout, so that a message comes back only after its worker must have ended.
      visibilityTimeout: Duration.seconds(6 * props.workerTimeoutSeconds),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.failures, maxReceiveCount: 5 },
    });
    alarm(stack, `${name}-stale`, {
      impact: props.impact,
      article: name,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: 'Maximum' }),
      threshold: props.staleAfterMinutes * 60,
      essential: false,
    });
  }

  send(): Access {
    return access(['sqs:SendMessage'], [this.queue.queueArn], { [this.variable]: this.queue.queueUrl });
  }
}

export interface QueueWorkerProps extends LambdaProps {
  readonly source: WorkQueue;
  readonly batchSize: number;
  /** Seconds to wait for a fuller batch. */
  readonly windowSeconds: number;
  /** Most workers at once; at least 2, as AWS requires. */
  readonly workers: number;
}

/** A function that works a queue and reports each failed message on its own, so that its neighbours are not repeated. */
export class QueueWorker extends Lambda {
  constructor(stack: HouseStack, entry: string, props: QueueWorkerProps) {
    super(stack, entry, props);
    this.addEventSource(
      new SqsEventSource(props.source.queue, {
        batchSize: props.batchSize,
        maxBatchingWindow: Duration.seconds(props.windowSeconds),
        maxConcurrency: props.workers,
        reportBatchItemFailures: true,
      }),
    );
    for (const mapping of this.node.findAll().filter((child) => child instanceof CfnEventSourceMapping)) {
      acknowledge(mapping, {
        'Serverless-LambdaEventSourceMappingDestination':
          'an SQS source takes no destination; the queue itself moves what fails to its dead-letter queue',
      });
    }
  }
}
