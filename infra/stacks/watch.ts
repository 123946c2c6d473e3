import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { HouseStack, type Setting, type WatchedSetting } from '../constructs/house-stack.ts';

/** Who is told when something fails. Made first, because every other stack has alarms. */
export class WatchStack extends HouseStack {
  readonly topic: Topic;

  constructor(scope: Construct, setting: Setting) {
    super(scope, 'watch', setting, 'whom alarms tell');
    this.topic = new Topic(this, 'alarms', {
      topicName: this.named('alarms'),
      displayName: `Tributary ${setting.stage.name} alarms`,
      enforceSSL: true,
    });
    // A topic with a policy of its own loses the default one, under which alarms of the same account may publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    const subscription = this.topic.addSubscription(new EmailSubscription(setting.stage.alarmEmail));
    acknowledge(subscription ?? this.topic, {
      'Serverless-SNSRedrivePolicy':
        'the mail only points to an alarm, whose state stays in CloudWatch whether the mail arrives or not',
    });
  }

  /** The setting of all stacks that may fail. */
  watched(setting: Setting): WatchedSetting {
    return { ...setting, alarmTopic: this.topic };
  }
}
