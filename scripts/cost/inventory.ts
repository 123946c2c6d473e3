import { transitionsOf } from './transitions.ts';

/** The parts of a template that this report reads. */
export interface Template {
  readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

interface ScheduledRun {
  readonly target: 'workflow' | 'function';
  /** Logical id of what it starts. */
  readonly logicalId: string;
  readonly runsPerMonth: number;
}

interface WorkflowCount {
  readonly name: string;
  /** Transitions of a run without work. */
  readonly idle: number;
  /** Transitions of a run over so many shards. */
  over(shards: number): Promise<number>;
}

/** What a stage's templates will be billed for, used or not, and the settings that price what is used. */
export interface Inventory {
  readonly keys: number;
  /** Metrics in alarms: an alarm on an expression is billed for each metric in it. */
  readonly alarmMetrics: number;
  readonly compositeAlarms: number;
  readonly dashboards: number;
  readonly queueReaders: number;
  readonly schedules: readonly ScheduledRun[];
  readonly workflows: ReadonlyMap<string, WorkflowCount>;
  /** Memory in GB by function entry, e.g. `track/click`. */
  readonly memoryGb: ReadonlyMap<string, number>;
  readonly tracedFunctions: ReadonlySet<string>;
  readonly clickDays: number;
}

/** Counts what is in the templates of one stage. */
export async function inventoryOf(templates: readonly Template[]): Promise<Inventory> {
  const resources = templates.flatMap(({ Resources = {} }) =>
    Object.entries(Resources).map(([logicalId, { Type, Properties }]) => ({
      logicalId,
      type: Type,
      properties: (Properties ?? {}) as Readonly<Record<string, unknown>>,
    })),
  );
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const functions = ofType('AWS::Lambda::Function').map(({ properties }) => ({
    entry: String(properties.Description).replace(/^functions\/|\.ts$/g, ''),
    properties,
  }));
  const workflows = new Map<string, WorkflowCount>();
  for (const { logicalId, properties } of ofType('AWS::StepFunctions::StateMachine')) {
    const definition = plainText(properties.DefinitionString);
    workflows.set(logicalId, {
      name: String(properties.StateMachineName),
      idle: await transitionsOf(definition, 0),
      over: (shards) => transitionsOf(definition, shards),
    });
  }
  return {
    keys: ofType('AWS::KMS::Key').length,
    alarmMetrics: ofType('AWS::CloudWatch::Alarm').reduce((sum, { properties }) => sum + metricsIn(properties), 0),
    compositeAlarms: ofType('AWS::CloudWatch::CompositeAlarm').length,
    dashboards: ofType('AWS::CloudWatch::Dashboard').length,
    queueReaders: ofType('AWS::Lambda::EventSourceMapping').filter(readsQueue).length,
    schedules: ofType('AWS::Scheduler::Schedule').map(({ properties }) => scheduled(properties, workflows)),
    workflows,
    memoryGb: new Map(functions.map(({ entry, properties }) => [entry, Number(properties.MemorySize) / 1024])),
    tracedFunctions: new Set(functions.filter(({ properties }) => isTraced(properties)).map(({ entry }) => entry)),
    clickDays: clickDaysIn(functions.map(({ properties }) => properties)),
  };
}

/** Runs a month of a Scheduler expression: `rate(n unit)`, or a cron with a fixed minute and hour that runs every day or once a week. */
export function runsPerMonth(expression: string): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) {
    const hours = { minute: 1 / 60, hour: 1, day: 24 }[rate[2] as 'minute' | 'hour' | 'day'] * Number(rate[1]);
    return 730 / hours;
  }
  if (/^cron\(\d+ \d+ \* \* \? \*\)$/.test(expression)) return 730 / 24;
  if (/^cron\(\d+ \d+ \? \* (MON|TUE|WED|THU|FRI|SAT|SUN) \*\)$/.test(expression)) return 730 / (24 * 7);
  throw new Error(`the cost report cannot tell how often ${expression} runs; teach it in scripts/cost/inventory.ts`);
}

type Properties = Readonly<Record<string, unknown>>;

function metricsIn(alarm: Properties): number {
  const queries = (alarm.Metrics ?? []) as readonly { MetricStat?: unknown }[];
  return Math.max(1, queries.filter(({ MetricStat }) => MetricStat !== undefined).length);
}

const readsQueue = ({ properties }: { readonly properties: Properties }) => properties.StartingPosition === undefined;

const isTraced = (properties: Properties) =>
  (properties.TracingConfig as { readonly Mode?: string } | undefined)?.Mode === 'Active';

function scheduled(properties: Properties, workflows: ReadonlyMap<string, unknown>): ScheduledRun {
  const target = JSON.stringify((properties.Target as { readonly Arn: unknown }).Arn);
  const workflow = [...workflows.keys()].find((logicalId) => target.includes(`"${logicalId}"`));
  return {
    target: workflow === undefined ? 'function' : 'workflow',
    logicalId: workflow ?? target,
    runsPerMonth: runsPerMonth(String(properties.ScheduleExpression)),
  };
}

function clickDaysIn(functions: readonly Properties[]): number {
  for (const { Environment } of functions) {
    const days = (Environment as { readonly Variables?: Record<string, unknown> } | undefined)?.Variables;
    if (days?.CLICK_RETENTION_DAYS !== undefined) return Number(days.CLICK_RETENTION_DAYS);
  }
  throw new Error('no function says how many days a click is kept');
}

/** A definition with every reference replaced by its logical id, or the name of the export: enough to run it without calling anything. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { readonly 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  if (join) return join[1].map(plainText).join(join[0]);
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::ImportValue': exported,
  } = value as { readonly Ref?: string; readonly 'Fn::GetAtt'?: [string, string]; readonly 'Fn::ImportValue'?: string };
  return Ref === 'AWS::Partition' ? 'aws' : (Ref ?? attribute?.[0] ?? exported ?? JSON.stringify(value));
}
