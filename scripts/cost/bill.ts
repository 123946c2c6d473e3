import { ASSUMPTIONS as A } from './assumptions.ts';
import type { Inventory } from './inventory.ts';
import { PRICES, type PriceName } from './prices.ts';
import type { MeasuredUnits } from './units.ts';

/** A month's events. */
export interface Load {
  readonly clicks: number;
  readonly conversions: number;
  readonly mails: number;
}

/** One thing billed: units a month when nothing happens, and further units for the load. */
export interface Charge {
  readonly service: Service;
  readonly what: string;
  readonly price: PriceName;
  readonly idle: number;
  readonly load: number;
}

export const SERVICES = [
  'API Gateway',
  'Lambda',
  'DynamoDB',
  'Step Functions',
  'SQS',
  'EventBridge',
  'SES',
  'S3',
  'KMS',
  'CloudWatch',
  'X-Ray',
] as const;
type Service = (typeof SERVICES)[number];

export const usdOf = (price: PriceName, units: number): number => PRICES[price].usd * units;

const GB = 1e9;
const SECONDS_PER_MONTH = A.hoursPerMonth * 3600;

/** Everything a stage is billed for in a month under a load. */
export async function billOf(inventory: Inventory, units: MeasuredUnits, load: Load): Promise<Charge[]> {
  const runs = await runsOf(inventory, load);
  return [
    ...requests(inventory, units, load),
    ...jobs(inventory, runs),
    ...streams(inventory, load),
    ...storage(inventory, load),
    ...watching(inventory, load, runs),
  ];
}

interface Runs {
  readonly scheduled: number;
  readonly scheduledFunctions: number;
  readonly idleTransitions: number;
  /** Runs that find work, the shards they work on, and the transitions beyond those of idle runs. */
  readonly working: number;
  readonly shards: number;
  readonly workTransitions: number;
}

/** Conversions come evenly, so as many settlements as there are conversions find work, up to all of them. */
async function runsOf({ schedules, workflows }: Inventory, { conversions }: Load): Promise<Runs> {
  const all = schedules.filter(({ target }) => target === 'workflow');
  const settlement = [...all].sort((a, b) => b.runsPerMonth - a.runsPerMonth)[0];
  const working = Math.min(settlement?.runsPerMonth ?? 0, conversions);
  const shardsEach = working === 0 ? 0 : Math.min(8, Math.ceil(conversions / working));
  const machine = workflows.get(settlement?.logicalId ?? '');
  const more = machine && shardsEach > 0 ? (await machine.over(shardsEach)) - machine.idle : 0;
  return {
    scheduled: all.reduce((sum, { runsPerMonth }) => sum + runsPerMonth, 0),
    scheduledFunctions: schedules.filter(({ target }) => target === 'function').reduce((n, s) => n + s.runsPerMonth, 0),
    idleTransitions: all.reduce((n, s) => n + s.runsPerMonth * (workflows.get(s.logicalId)?.idle ?? 0), 0),
    working,
    shards: working * shardsEach,
    workTransitions: working * more,
  };
}

const charge = (service: Service, what: string, price: PriceName, idle: number, load: number): Charge => ({
  service,
  what,
  price,
  idle,
  load,
});

function requests({ memoryGb }: Inventory, { click, conversion }: MeasuredUnits, load: Load): Charge[] {
  const authorized = Math.min(load.conversions, A.hoursPerMonth * 60);
  const seconds =
    load.clicks * (click.durationMs / 1e3) * gbOf(memoryGb, 'track/click') +
    load.conversions * (conversion.durationMs / 1e3) * gbOf(memoryGb, 'api/report-conversions') +
    authorized * (A.authorizerMs / 1e3) * gbOf(memoryGb, 'api/authorize') +
    load.mails * (A.sendMailMs / 1e3) * gbOf(memoryGb, 'queue/send-mail');
  return [
    charge('API Gateway', 'requests', 'httpApiRequest', 0, load.clicks + load.conversions),
    charge('Lambda', 'requests answered', 'lambdaRequest', 0, load.clicks + load.conversions + authorized + load.mails),
    charge('Lambda', 'time of answers', 'lambdaArmGbSecond', 0, seconds),
    charge('DynamoDB', 'writes', 'writeUnit', 0, load.clicks * click.wru + load.conversions * conversion.wru),
    charge('DynamoDB', 'reads', 'readUnit', 0, load.clicks * click.rru + load.conversions * conversion.rru),
    charge('EventBridge', 'events', 'busEvent', 0, load.conversions * A.eventsPerConversion),
    charge('SES', 'mails', 'mail', 0, load.mails),
    charge('SQS', 'messages', 'queueRequest', 0, load.mails * 3),
  ];
}

function jobs({ memoryGb, queueReaders }: Inventory, runs: Runs): Charge[] {
  const planGb = gbOf(memoryGb, 'jobs/plan-settlement');
  const readings = queueReaders * A.queueReaders * (SECONDS_PER_MONTH / A.queueWaitSeconds);
  return [
    charge('Step Functions', 'transitions', 'transition', runs.idleTransitions, runs.workTransitions),
    charge('Lambda', 'workflow steps', 'lambdaRequest', runs.scheduled + runs.scheduledFunctions, runs.shards),
    charge(
      'Lambda',
      'time of workflow steps',
      'lambdaArmGbSecond',
      (runs.scheduled + runs.scheduledFunctions) * (A.idlePlanMs / 1e3) * planGb,
      runs.shards * (A.jobMs / 1e3) * gbOf(memoryGb, 'jobs/settle-shard'),
    ),
    charge('EventBridge', 'schedules', 'schedulerRun', runs.scheduled + runs.scheduledFunctions, 0),
    charge('SQS', 'waiting for messages', 'queueRequest', readings, 0),
  ];
}

/** Consumers of streams are free to read; their calls, and what counting writes, are not. */
function streams({ memoryGb }: Inventory, { clicks, conversions }: Load): Charge[] {
  const batches = (records: number, windowSeconds: number) =>
    Math.min(records, (SECONDS_PER_MONTH / windowSeconds) * A.shardsPerTable);
  // Of a conversion: its row, and its journal.
  const counting = batches(clicks, A.countWindowSeconds) + 2 * batches(conversions, A.countWindowSeconds);
  const publishing = 2 * batches(conversions, A.publishWindowSeconds);
  const countedRows = Math.min(clicks + 2 * conversions, counting * A.countedRowsPerBatch);
  const seconds = (entry: string, calls: number) => calls * (A.batchMs / 1e3) * gbOf(memoryGb, entry);
  return [
    charge('Lambda', 'stream batches', 'lambdaRequest', 0, counting + publishing),
    charge(
      'Lambda',
      'time of stream batches',
      'lambdaArmGbSecond',
      0,
      seconds('stream/count-day', counting) + seconds('stream/publish-changes', publishing),
    ),
    charge('DynamoDB', 'writes of daily figures', 'writeUnit', 0, countedRows),
  ];
}

function storage({ clickDays }: Inventory, { clicks, conversions }: Load): Charge[] {
  const stored = (clicks * A.clickBytes * (clickDays / 30) + conversions * A.conversionBytes * A.monthsStored) / GB;
  return [
    charge('DynamoDB', 'storage, twelfth month', 'tableGbMonth', 0, stored),
    charge('DynamoDB', 'recovery to any second', 'recoveryGbMonth', 0, stored),
    charge('S3', 'statements, payment files, logs', 'bucketGbMonth', 0.01, 0),
  ];
}

function watching(inventory: Inventory, load: Load, runs: Runs): Charge[] {
  const traced = (entry: string, calls: number) => (inventory.tracedFunctions.has(entry) ? calls : 0);
  const idleRuns = runs.scheduled + runs.scheduledFunctions;
  const lines =
    load.clicks * A.accessLogBytes +
    load.conversions * (A.accessLogBytes + 2 * A.functionLogBytes) +
    runs.shards * A.functionLogBytes;
  return [
    charge('KMS', 'keys', 'key', inventory.keys, 0),
    charge('CloudWatch', 'alarms', 'alarmMetric', inventory.alarmMetrics, 0),
    charge('CloudWatch', 'composite alarms', 'compositeAlarm', inventory.compositeAlarms, 0),
    charge('CloudWatch', 'dashboards', 'dashboard', inventory.dashboards, 0),
    charge('CloudWatch', 'logs', 'logGb', (idleRuns * A.functionLogBytes) / GB, lines / GB),
    charge(
      'X-Ray',
      'traces',
      'trace',
      idleRuns,
      traced('track/click', load.clicks) + traced('api/report-conversions', load.conversions) + 4 * load.conversions,
    ),
  ];
}

function gbOf(memoryGb: ReadonlyMap<string, number>, entry: string): number {
  const gb = memoryGb.get(entry);
  if (gb === undefined) throw new Error(`no template has the function ${entry}`);
  return gb;
}
