import { randomUUID } from 'node:crypto';
import { wallClockMs } from '../../lib/clock.ts';
import { epochMs, type Instant, instant } from '../../lib/time.ts';
import type { Ground, Resource, Running } from '../contract.ts';
import type { Deliveries } from './deliveries.ts';
import { type Rhythm, rhythm } from './rhythm.ts';
import { canSendTo } from './send.ts';
import { type Target, targetOf } from './target.ts';

export interface ScheduleStatus {
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly targetArn: string;
  /** Next time it runs by itself; none when it is disabled, over, or schedules are paused. */
  readonly nextMs?: number;
  /** Last time it ran since the laptop started. */
  readonly lastMs?: number;
}

export interface Schedules extends Running {
  list(): readonly ScheduleStatus[];
  /** Runs it now, as if the time were `at` (now when not given); nothing for a name that is not there. */
  runNow(name: string, at?: Instant): ScheduleStatus | undefined;
  /** Nothing runs by itself until `resume`; a replayed history needs that quiet. */
  pause(): void;
  resume(): void;
  /** Whether schedules run by themselves now. */
  ticking(): boolean;
}

export interface ScheduleOptions {
  /** Whether schedules run by themselves from the start. */
  readonly ticking: boolean;
}

interface Schedule {
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly rhythm: Rhythm;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly target: Target;
  /** JSON text handed over for a run at this time. */
  payload(at: Instant, executionId: string): string;
  lastMs?: number;
}

/** Longest a timer may sleep; a later run is waited for in several naps. */
const NAP_MS = 3_600_000;

/**
 * `AWS::Scheduler::Schedule` and rules with a `ScheduleExpression`. A run that falls due while the laptop is off is not made up for;
 * AWS would not have been off.
 */
export async function startSchedules(
  ground: Ground,
  deliveries: Deliveries,
  { ticking }: ScheduleOptions,
): Promise<Schedules> {
  const schedules = [
    ...ground.assembly.ofType('AWS::Scheduler::Schedule').map((resource) => scheduleOf(resource, ground)),
    ...ground.assembly
      .ofType('AWS::Events::Rule')
      .filter(({ properties }) => properties.ScheduleExpression !== undefined)
      .flatMap((resource) => scheduledRule(resource, ground)),
  ];
  let timer: NodeJS.Timeout | undefined;
  let paused = !ticking;
  /** Runs up to here have been made. */
  let reachedMs = wallClockMs();

  const nextOf = (schedule: Schedule): number | undefined => {
    if (!schedule.enabled) return undefined;
    const next = schedule.rhythm.next(Math.max(reachedMs, schedule.fromMs - 1));
    return next !== undefined && next <= schedule.untilMs ? next : undefined;
  };
  const run = (schedule: Schedule, atMs: number) => {
    const { target } = schedule;
    schedule.lastMs = wallClockMs();
    deliveries.accept([
      {
        originArn: schedule.arn,
        targetArn: target.arn,
        payload: schedule.payload(instant(atMs), randomUUID()),
        maxAttempts: target.maxAttempts,
        expiresMs: schedule.lastMs + target.maxAgeMs,
        ...(target.roleArn ? { roleArn: target.roleArn } : {}),
        ...(target.messageGroupId ? { messageGroupId: target.messageGroupId } : {}),
        ...(target.deadLetterArn ? { deadLetterArn: target.deadLetterArn } : {}),
      },
    ]);
  };
  const tick = () => {
    const nowMs = wallClockMs();
    for (const schedule of schedules) {
      const dueMs = nextOf(schedule);
      if (dueMs !== undefined && dueMs <= nowMs) run(schedule, dueMs);
    }
    reachedMs = nowMs;
    sleep();
  };
  const sleep = () => {
    clearTimeout(timer);
    if (paused) return;
    const next = Math.min(...schedules.map((schedule) => nextOf(schedule) ?? Number.POSITIVE_INFINITY));
    if (next === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(tick, Math.min(Math.max(next - wallClockMs(), 0), NAP_MS)).unref();
  };
  const status = (schedule: Schedule): ScheduleStatus => {
    const { name, arn, expression, timezone, enabled, target, lastMs } = schedule;
    const nextMs = paused ? undefined : nextOf(schedule);
    return {
      name,
      arn,
      expression,
      timezone,
      enabled,
      targetArn: target.arn,
      ...(nextMs === undefined ? {} : { nextMs }),
      ...(lastMs === undefined ? {} : { lastMs }),
    };
  };
  sleep();

  return {
    list: () => schedules.map(status),
    runNow(name, at) {
      const schedule = schedules.find((known) => known.name === name);
      if (!schedule) return undefined;
      run(schedule, at === undefined ? wallClockMs() : epochMs(at));
      return status(schedule);
    },
    pause() {
      paused = true;
      clearTimeout(timer);
    },
    resume() {
      paused = false;
      reachedMs = wallClockMs();
      sleep();
    },
    ticking: () => !paused,
    async close() {
      clearTimeout(timer);
      paused = true;
    },
  };
}

/** Placeholders that Scheduler fills within the input. */
const CONTEXT = /<aws\.scheduler\.(scheduled-time|schedule-arn|execution-id|attempt-number)>/g;

function scheduleOf(resource: Resource, ground: Ground): Schedule {
  const { properties, physicalName: name, arn } = resource;
  const where = `${resource.stack}/${resource.logicalId}`;
  // A schedule's input may hold placeholders outside quotes, so that it is JSON only once they are filled.
  const { Input, ...rest } = properties.Target as Record<string, unknown>;
  const target = checked(targetOf(rest, where), where);
  const expression = String(properties.ScheduleExpression);
  const timezone = String(properties.ScheduleExpressionTimezone ?? 'UTC');
  const payload: Schedule['payload'] = (at, executionId) => {
    const time = at.replace(/\.\d{3}Z$/, 'Z');
    const values: Record<string, string> = {
      'scheduled-time': time,
      'schedule-arn': arn,
      'execution-id': executionId,
      'attempt-number': '1',
    };
    return Input === undefined
      ? JSON.stringify(scheduledEvent('aws.scheduler', arn, at, ground))
      : String(Input).replace(CONTEXT, (_found, field: string) => values[field] ?? '');
  };
  return {
    name,
    arn,
    expression,
    timezone,
    enabled: properties.State !== 'DISABLED',
    rhythm: rhythm(expression, timezone),
    fromMs: properties.StartDate ? epochMs(String(properties.StartDate)) : 0,
    untilMs: properties.EndDate ? epochMs(String(properties.EndDate)) : Number.POSITIVE_INFINITY,
    target,
    payload,
  };
}

/** A rule may have several targets; each is a schedule of its own here, the first under the rule's name. */
function scheduledRule(resource: Resource, ground: Ground): readonly Schedule[] {
  const { properties, physicalName, arn } = resource;
  const where = `${resource.stack}/${resource.logicalId}`;
  const expression = String(properties.ScheduleExpression);
  return ((properties.Targets ?? []) as Record<string, unknown>[]).map((given, index) => {
    const target = checked(targetOf(given, where), where);
    return {
      name: index === 0 ? physicalName : `${physicalName} (${target.id})`,
      arn,
      expression,
      timezone: 'UTC',
      enabled: properties.State !== 'DISABLED',
      rhythm: rhythm(expression),
      fromMs: 0,
      untilMs: Number.POSITIVE_INFINITY,
      target,
      payload: (at) =>
        target.payload(scheduledEvent('aws.events', arn, at, ground), { ruleArn: arn, ruleName: physicalName }),
    };
  });
}

function checked(target: Target, where: string): Target {
  if (!canSendTo(target.arn)) throw new Error(`${where}: a schedule cannot start ${target.arn} on the laptop.`);
  return target;
}

function scheduledEvent(source: string, arn: string, at: Instant, { account, region }: Ground) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source,
    account,
    time: at.replace(/\.\d{3}Z$/, 'Z'),
    region,
    resources: [arn],
    detail: source === 'aws.scheduler' ? '{}' : {},
  };
}
