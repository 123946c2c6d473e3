import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Env } from '../../lib/names.ts';
import { type Access, access } from './access.ts';
import { acknowledge } from './acknowledge.ts';
import { alarm, type Watched } from './alarm.ts';
import type { HouseStack } from './house-stack.ts';

export interface FailureQueueProps extends Watched {
  /** Runbook article; the queue's own name when not said. */
  readonly article?: string;
}

/** Where work waits that failed for good: 14 days, encrypted, and an alarm from the first message on. */
export class FailureQueue extends Queue {
  readonly name: string;

  constructor(stack: HouseStack, name: string, props: FailureQueueProps) {
    super(stack, name, {
      queueName: stack.named(name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // As long as one replay takes, so that a second replay started meanwhile does not send the same message again.
      visibilityTimeout: Duration.minutes(5),
    });
    this.name = name;
    acknowledge(this, {
      'AwsSolutions-SQS3': 'it is itself a dead-letter queue; its alarm rings at the first message',
      'Serverless-SQSRedrivePolicy': 'it is itself a dead-letter queue; its alarm rings at the first message',
    });
    alarm(stack, name, {
      impact: props.impact,
      article: props.article ?? name,
      metric: this.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: 1,
      essential: true,
    });
  }

  /** For the consumer that finds a message nobody can process. */
  put(): Access {
    return access(['sqs:SendMessage'], [this.queueArn], { [Env.failureQueue]: this.queueUrl });
  }
}
