import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ConfigurationSet, EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import { Env } from '../../lib/names.ts';
import { type Access, access } from '../constructs/access.ts';
import { FailureQueue } from '../constructs/failure-queue.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { Lambda } from '../constructs/lambda.ts';
import { QueueWorker, WorkQueue } from '../constructs/queue-worker.ts';
import { Schedule } from '../constructs/schedule.ts';
import { StreamWorker } from '../constructs/stream-worker.ts';
import { READ, WRITE } from '../constructs/table.ts';
import type { DataStack } from './data.ts';

const MAIL_TIMEOUT_SECONDS = 60;
/** Events that are worth a mail: `detail-type` on the bus. Digests come from their schedule. */
const MAILED = {
  welcome: 'partner.enrolled',
  'statement-ready': 'statement.issued',
  'cap-reached': 'cap.reached',
  'commission-adjusted': 'commission.adjusted',
  'dispute-raised': 'dispute.raised',
  'dispute-answered': 'dispute.answered',
  'approval-waits': 'payout.drafted',
} as const;

/** What happened leaves the tables through their streams, goes over the bus, and reaches partners as mail. */
export class MessagesStack extends HouseStack {
  readonly bus: EventBus;
  readonly publisher: StreamWorker;
  readonly mail: WorkQueue;
  readonly digests: Lambda;
  readonly digestFailures: FailureQueue;

  constructor(scope: Construct, setting: WatchedSetting, data: DataStack) {
    super(scope, 'messages', setting, 'publishes what happened and mails partners');
    const bus = new EventBus(this, 'bus', { eventBusName: this.named('events') });
    this.bus = bus;
    this.publisher = new StreamWorker(this, 'stream/publish-changes', {
      sources: { core: data.core, conversions: data.conversions, ledger: data.ledger },
      batchSize: 100,
      windowSeconds: 2,
      memoryMb: 256,
      timeoutSeconds: 60,
      access: [access(['events:PutEvents'], [bus.eventBusArn], { [Env.eventBus]: bus.eventBusName })],
      impact:
        'What happened is not told to anybody: partners get no mail about enrolments, commissions and statements.',
    });

    this.mail = new WorkQueue(this, 'mail', {
      variable: Env.mailQueue,
      workerTimeoutSeconds: MAIL_TIMEOUT_SECONDS,
      staleAfterMinutes: 60,
      impact: 'Mails to partners are not sent: welcomes, digests and statements wait.',
    });
    for (const [name, detailType] of Object.entries(MAILED)) {
      new Rule(this, `${name}-rule`, {
        ruleName: this.named(name),
        description: `Mails partners on ${detailType}`,
        eventBus: bus,
        eventPattern: { source: ['tributary'], detailType: [detailType] },
        targets: [
          new SqsQueue(this.mail.queue, {
            deadLetterQueue: this.mail.failures,
            retryAttempts: 20,
            maxEventAge: Duration.hours(6),
          }),
        ],
      });
    }
    new QueueWorker(this, 'queue/send-mail', {
      source: this.mail,
      batchSize: 10,
      windowSeconds: 0,
      workers: 2,
      memoryMb: 512,
      timeoutSeconds: MAIL_TIMEOUT_SECONDS,
      access: [
        data.core.may(...READ, ...WRITE),
        data.ledger.may('GetItem', 'Query'),
        this.sendMail(),
        this.mail.failures.put(),
      ],
      impact: 'Partners do not get their welcome, digest and statement mails.',
    });

    const impact = 'Partners do not get the daily digest of what they earned, nor the news of a plan that changes.';
    this.digestFailures = new FailureQueue(this, 'send-digests-failures', { impact });
    this.digests = new Lambda(this, 'jobs/send-digests', {
      memoryMb: 512,
      timeoutSeconds: 300,
      access: [data.core.may(...READ), this.mail.send()],
      onFailure: this.digestFailures,
      impact,
    });
    new Schedule(this, 'send-digests-schedule', {
      expression: this.stage.schedules.sendDigests,
      target: this.digests,
      failures: this.digestFailures,
      description: 'Mails each partner what the day before earned',
    });
    new Rule(this, 'plan-added-rule', {
      ruleName: this.named('plan-added'),
      description: 'Mails partners at once of a plan that was added at short notice',
      eventBus: bus,
      eventPattern: {
        source: ['tributary'],
        detailType: ['plan.added'],
        detail: { data: { shortNotice: [{ exists: true }] } },
      },
      targets: [
        new LambdaFunction(this.digests, {
          deadLetterQueue: this.digestFailures,
          retryAttempts: 20,
          maxEventAge: Duration.hours(6),
        }),
      ],
    });
  }

  /** One sender address, through one configuration set that counts bounces and complaints. */
  private sendMail(): Access {
    const { address, identity } = this.stage.sender;
    const set = new ConfigurationSet(this, 'mails', {
      configurationSetName: this.named('mails'),
      reputationMetrics: true,
    });
    const domain = address.split('@')[1] ?? '';
    if (identity === 'create')
      new EmailIdentity(this, 'sender', { identity: Identity.domain(domain), configurationSet: set });
    const arn = (resource: string, resourceName: string) => this.formatArn({ service: 'ses', resource, resourceName });
    return {
      environment: { [Env.mailSender]: address },
      statements: [
        new PolicyStatement({
          actions: ['ses:SendRawEmail'],
          // SES also checks the recipient when that is an identity of this account, as everybody is while the account is in the sandbox.
          resources: [arn('identity', '*'), arn('configuration-set', this.named('mails'))],
          conditions: { StringEquals: { 'ses:FromAddress': address } },
        }),
      ],
      wildcards: {
        'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]':
          'recipients in the sandbox are identities too; the From address is fixed by the condition',
      },
    };
  }
}
