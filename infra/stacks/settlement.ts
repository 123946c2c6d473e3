import { Construct } from 'constructs';
import { Env } from '../../lib/names.ts';
import { told } from '../constructs/access.ts';
import { incidentAlarm } from '../constructs/alarm.ts';
import { FailureQueue } from '../constructs/failure-queue.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { Lambda } from '../constructs/lambda.ts';
import { Schedule } from '../constructs/schedule.ts';
import { READ } from '../constructs/table.ts';
import { Workflow } from '../constructs/workflow.ts';
import { auditLedger } from '../workflows/audit-ledger.ts';
import { backtestAttribution } from '../workflows/backtest-attribution.ts';
import { compareAttribution } from '../workflows/compare-attribution.ts';
import { releaseCommissions } from '../workflows/release-commissions.ts';
import { settleConversions } from '../workflows/settle-conversions.ts';
import type { DataStack } from './data.ts';

/** From an open conversion to a posted commission, from a posted one to a payable one, and whether all that is stored adds up. */
export class SettlementStack extends HouseStack {
  readonly settle: Workflow;
  readonly release: Workflow;
  readonly audit: Workflow;
  readonly backtest: Workflow;
  readonly compare: Workflow;
  readonly unstarted: FailureQueue;

  constructor(scope: Construct, setting: WatchedSetting, data: DataStack, draft: Workflow) {
    super(scope, 'settlement', setting, 'credits, prices and releases commissions');
    const { schedules } = this.stage;
    this.unstarted = new FailureQueue(this, 'unstarted-workflows', {
      impact: 'A scheduled settlement or release did not start, so commissions wait for the next one.',
    });
    this.release = this.releasing(data, draft);
    this.settle = this.settlement(data, this.release);
    this.audit = this.auditing(data);
    this.backtest = this.backtesting(data);
    this.compare = this.comparing(data);
    new Schedule(this, 'settle-conversions-schedule', {
      expression: schedules.settleConversions,
      target: this.settle,
      failures: this.unstarted,
      description: 'Settles new, returned and cancelled conversions of every brand',
    });
    new Schedule(this, 'recount-conversions-schedule', {
      expression: schedules.recountConversions,
      target: this.settle,
      failures: this.unstarted,
      input: { mode: 'recount' },
      description:
        'Prices orders again whose tiers, limits or customers others may have moved, before commissions are released',
    });
    new Schedule(this, 'release-commissions-schedule', {
      expression: schedules.releaseCommissions,
      target: this.release,
      failures: this.unstarted,
      description: 'Makes commissions payable whose hold is over',
    });
    new Schedule(this, 'audit-ledger-schedule', {
      expression: schedules.auditLedger,
      target: this.audit,
      failures: this.unstarted,
      description: 'Checks what is stored against the laws of the ledger',
    });
    incidentAlarm(
      this,
      'ledger-laws-broken',
      'LedgerLawsBroken',
      'An amount in the ledger does not add up; partners may have been told or paid a wrong amount.',
    );
  }

  private settlement(data: DataStack, release: Workflow): Workflow {
    const impact = 'Reported conversions earn their partners nothing until a settlement succeeds.';
    const { workflowWidth: width, shardConcurrency: concurrency } = this.stage;
    const planSettlement = new Lambda(this, 'jobs/plan-settlement', {
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [
        data.core.may(...READ),
        data.conversions.may('Query'),
        release.start(),
        told({ [Env.workflows]: this.toJsonString({ 'release-commissions': release.stateMachineArn }) }),
      ],
      impact,
    });
    const settleShard = new Lambda(this, 'jobs/settle-shard', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      concurrency,
      access: [
        data.core.may(...READ),
        data.conversions.may('BatchGetItem', 'Query', 'UpdateItem'),
        data.clicks.may('Query'),
        data.ledger.may('GetItem', 'Query', 'PutItem'),
        data.writeDocuments('reports'),
      ],
      impact,
    });
    return new Workflow(this, 'settle-conversions', {
      definition: settleConversions(new Construct(this, 'settle'), { planSettlement, settleShard, width }),
      timeoutMinutes: 120,
      impact,
      notRunning: {
        afterHours: 1,
        impact: 'No settlement has ended for an hour; new orders show no commission to partners.',
      },
    });
  }

  private releasing(data: DataStack, draft: Workflow): Workflow {
    const impact = 'Commissions whose hold is over stay pending, so partners are missing from the next payout.';
    const { workflowWidth: width, shardConcurrency: concurrency } = this.stage;
    const planRelease = new Lambda(this, 'jobs/plan-release', {
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [data.core.may(...READ), data.ledger.may('Query')],
      impact,
    });
    const releaseShard = new Lambda(this, 'jobs/release-shard', {
      memoryMb: 512,
      timeoutSeconds: 300,
      concurrency,
      access: [data.core.may('GetItem', 'PutItem'), data.ledger.may('GetItem', 'Query', 'PutItem')],
      impact,
    });
    const draftReleasedPayouts = new Lambda(this, 'jobs/draft-released-payouts', {
      memoryMb: 512,
      timeoutSeconds: 300,
      access: [
        data.core.may(...READ),
        data.ledger.may('Query'),
        draft.start(),
        told({ [Env.workflows]: this.toJsonString({ 'draft-payout': draft.stateMachineArn }) }),
      ],
      impact: 'Payout runs of programs that pay after every release are not drafted, so partners are paid late.',
    });
    return new Workflow(this, 'release-commissions', {
      definition: releaseCommissions(new Construct(this, 'release'), {
        planRelease,
        releaseShard,
        draftReleasedPayouts,
        width,
      }),
      timeoutMinutes: 120,
      impact,
      notRunning: {
        afterHours: 26,
        impact: 'No release has ended for more than a day; matured commissions are not payable.',
      },
    });
  }

  private auditing(data: DataStack): Workflow {
    const impact = 'The ledger is not checked this week, so a wrong amount could stay unseen until somebody asks.';
    const { workflowWidth: width } = this.stage;
    const planAudit = new Lambda(this, 'jobs/plan-audit', {
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [data.core.may(...READ)],
      impact,
    });
    const auditShard = new Lambda(this, 'jobs/audit-shard', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      access: [
        data.core.may(...READ),
        data.conversions.may('BatchGetItem', 'Query'),
        data.ledger.may('GetItem', 'Query'),
        data.readDocuments('payouts'),
        data.writeDocuments('reports'),
      ],
      impact,
    });
    return new Workflow(this, 'audit-ledger', {
      watching: 'failures',
      definition: auditLedger(new Construct(this, 'audit'), { planAudit, auditShard, width }),
      timeoutMinutes: 360,
      impact,
    });
  }

  private backtesting(data: DataStack): Workflow {
    const impact = 'A proposed attribution policy cannot be tried out; settlement goes on under the policies in force.';
    const { workflowWidth: width } = this.stage;
    const planBacktest = new Lambda(this, 'jobs/plan-backtest', {
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [data.core.may('GetItem'), data.conversions.may('Query')],
      impact,
    });
    const backtestShard = new Lambda(this, 'jobs/backtest-shard', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      access: [
        data.core.may(...READ),
        data.conversions.may('BatchGetItem', 'Query'),
        data.clicks.may('Query'),
        data.writeDocuments('reports'),
      ],
      impact,
    });
    const reportBacktest = new Lambda(this, 'jobs/report-backtest', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      access: [data.core.may(...READ), data.readDocuments('reports'), data.writeDocuments('reports')],
      impact,
    });
    return new Workflow(this, 'backtest-attribution', {
      watching: 'nobody-waits',
      definition: backtestAttribution(new Construct(this, 'backtest'), {
        planBacktest,
        backtestShard,
        reportBacktest,
        width,
      }),
      timeoutMinutes: 120,
      impact,
    });
  }

  private comparing(data: DataStack): Workflow {
    const impact = 'Partners cannot be compared by other models than the one that pays; what is paid is not affected.';
    const planComparison = new Lambda(this, 'jobs/plan-comparison', {
      memoryMb: 1024,
      timeoutSeconds: 300,
      access: [
        data.core.may(...READ),
        data.conversions.may('Query'),
        data.listDocuments('journeys'),
        told({ [Env.clickRetentionDays]: String(this.stage.clickDays) }),
      ],
      impact,
    });
    // As much as an account gets that has asked for no more; the limits in lib/settlement/comparison-order.ts are made for it.
    const comparePartners = new Lambda(this, 'jobs/compare-partners', {
      memoryMb: 3008,
      timeoutSeconds: 900,
      access: [
        data.core.may(...READ),
        data.conversions.may('BatchGetItem', 'Query'),
        data.listDocuments('journeys'),
        data.readDocuments('journeys'),
        data.writeDocuments('reports'),
      ],
      impact,
    });
    return new Workflow(this, 'compare-attribution', {
      definition: compareAttribution(new Construct(this, 'compare'), { planComparison, comparePartners }),
      timeoutMinutes: 90,
      impact,
      watching: 'nobody-waits',
    });
  }
}
