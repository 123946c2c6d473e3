import { Construct } from 'constructs';
import { Env } from '../../lib/names.ts';
import { told } from '../constructs/access.ts';
import { FailureQueue } from '../constructs/failure-queue.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { Lambda } from '../constructs/lambda.ts';
import { Schedule } from '../constructs/schedule.ts';
import { READ, WRITE } from '../constructs/table.ts';
import { Workflow } from '../constructs/workflow.ts';
import { draftPayout } from '../workflows/draft-payout.ts';
import { payPayout } from '../workflows/pay-payout.ts';
import type { DataStack } from './data.ts';

/** From payable commissions to a payment file that a second person approves, and from the approval to statements. */
export class PayoutsStack extends HouseStack {
  readonly draft: Workflow;
  readonly pay: Workflow;
  readonly dueRuns: Lambda;
  readonly dueRunFailures: FailureQueue;

  constructor(scope: Construct, setting: WatchedSetting, data: DataStack, matchTaxpayers: Lambda) {
    super(scope, 'payouts', setting, 'drafts and pays payout runs');
    this.draft = this.drafting(data, matchTaxpayers);
    this.pay = this.paying(data);

    const impact =
      'Payout runs that are due by the schedule of their program are not drafted, and PayPal and Wise are not asked: partners are paid late.';
    this.dueRunFailures = new FailureQueue(this, 'draft-due-payouts-failures', { impact });
    this.dueRuns = new Lambda(this, 'jobs/draft-due-payouts', {
      memoryMb: 512,
      timeoutSeconds: 300,
      access: [
        data.core.may(...READ),
        this.draft.start(),
        this.pay.start(),
        told({
          [Env.workflows]: this.toJsonString({
            'draft-payout': this.draft.stateMachineArn,
            'pay-payout': this.pay.stateMachineArn,
          }),
        }),
      ],
      onFailure: this.dueRunFailures,
      impact,
    });
    new Schedule(this, 'draft-due-payouts-schedule', {
      expression: this.stage.schedules.draftDuePayouts,
      target: this.dueRuns,
      failures: this.dueRunFailures,
      description:
        'Drafts the payout runs that are due by the schedule of their program, and has PayPal and Wise asked again',
    });
  }

  private drafting(data: DataStack, matchTaxpayers: Lambda): Workflow {
    const impact = 'A payout run stays in drafting: nobody can approve it and its partners are not paid.';
    const { workflowWidth: width, shardConcurrency: concurrency } = this.stage;
    const core = data.core.may(...READ, ...WRITE);
    const planPayout = new Lambda(this, 'jobs/plan-payout', {
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [core, data.ledger.may('GetItem', 'Query')],
      impact,
    });
    const reserveItems = new Lambda(this, 'jobs/reserve-items', {
      memoryMb: 512,
      timeoutSeconds: 300,
      concurrency,
      access: [core, data.ledger.may('GetItem', 'Query', 'PutItem', 'ConditionCheckItem')],
      impact,
    });
    const checkItems = new Lambda(this, 'jobs/check-items', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      access: [core, data.ledger.may('GetItem', 'Query'), data.conversions.may('BatchGetItem')],
      impact,
    });
    const freezeRun = new Lambda(this, 'jobs/freeze-run', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      access: [
        core,
        data.ledger.may('GetItem', 'Query', 'PutItem'),
        data.vault.may('GetItem'),
        data.decryptVault(),
        data.writeDocuments('payouts'),
      ],
      impact,
    });
    return new Workflow(this, 'draft-payout', {
      watching: 'failures',
      definition: draftPayout(new Construct(this, 'drafting'), {
        matchTaxpayers,
        planPayout,
        reserveItems,
        checkItems,
        freezeRun,
        width,
      }),
      timeoutMinutes: 120,
      impact,
    });
  }

  private paying(data: DataStack): Workflow {
    const impact = 'An approved payout run is not, or only partly, paid; partners wait for money and statements.';
    const { workflowWidth: width, shardConcurrency: concurrency } = this.stage;
    const core = data.core.may(...READ, ...WRITE);
    const planPayment = new Lambda(this, 'jobs/plan-payment', {
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [
        core,
        data.ledger.may('GetItem', 'Query'),
        data.readDocuments('payouts'),
        data.writeDocuments('payouts'),
      ],
      impact,
    });
    const payItems = new Lambda(this, 'jobs/pay-items', {
      memoryMb: 512,
      timeoutSeconds: 300,
      concurrency,
      access: [core, data.ledger.may('GetItem', 'Query', 'PutItem')],
      impact,
    });
    // Five minutes: a batch of Wise is three requests an item, and a provider that does not answer is waited for.
    const payBatches = new Lambda(this, 'jobs/pay-batches', {
      memoryMb: 512,
      timeoutSeconds: 300,
      access: [
        core,
        data.ledger.may('GetItem', 'Query', 'PutItem'),
        data.readDocuments('payouts'),
        data.openProviders(),
      ],
      impact,
    });
    const writeStatements = new Lambda(this, 'jobs/write-statements', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      concurrency,
      access: [
        core,
        data.ledger.may('GetItem', 'Query'),
        data.readDocuments('statements'),
        data.writeDocuments('statements'),
      ],
      impact,
    });
    return new Workflow(this, 'pay-payout', {
      definition: payPayout(new Construct(this, 'paying'), {
        planPayment,
        payItems,
        payBatches,
        writeStatements,
        width,
      }),
      timeoutMinutes: 120,
      impact,
    });
  }
}
