import { afterEach, describe, expect, test } from 'vitest';
import { wallClockMs } from '../../../lib/clock.ts';
import { type Deliveries, openDeliveries } from '../../../local/events/deliveries.ts';
import { type Schedules, startSchedules } from '../../../local/events/schedules.ts';
import { ACCOUNT, eventually, REGION, resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const worker = resource('AWS::Lambda::Function', 'worker');
const role = `arn:aws:iam::${ACCOUNT}:role/scheduler`;
const schedule = (name: string, properties: object, target: object = {}) =>
  resource('AWS::Scheduler::Schedule', name, {
    ScheduleExpression: 'rate(1 day)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: worker.arn, RoleArn: role, ...target },
    ...properties,
  });

let ground: TinyGround;
let deliveries: Deliveries;
let schedules: Schedules;
const start = async (ticking: boolean, ...resources: ReturnType<typeof resource>[]) => {
  ground = await tinyGround([worker, ...resources]);
  deliveries = openDeliveries(ground);
  deliveries.resume();
  schedules = await startSchedules(ground, deliveries, { ticking });
  return schedules;
};
afterEach(async () => {
  await schedules.close();
  await deliveries.close();
  await ground.close();
});
/** Between one and two seconds from now: `at` counts whole seconds, and one that has passed when schedules start never comes. */
const soon = () => `at(${new Date(wallClockMs() + 2_000).toISOString().slice(0, 19)})`;

test('runs by itself when its time comes, once', async () => {
  await start(true, schedule('soon', { ScheduleExpression: soon() }));
  expect(schedules.list()[0]?.nextMs).toBeDefined();
  await eventually('the run', () => ground.later.length > 0);
  await new Promise((later) => setTimeout(later, 200));
  expect(ground.later).toHaveLength(1);
  expect(schedules.list()[0]?.nextMs).toBeUndefined();
  expect(schedules.list()[0]?.lastMs).toBeDefined();
});

test('switched off, nothing runs until schedules are resumed', async () => {
  await start(false, schedule('soon', { ScheduleExpression: soon() }));
  expect(schedules.list()[0]?.nextMs).toBeUndefined();
  await new Promise((later) => setTimeout(later, 2_200));
  expect(ground.later).toHaveLength(0);
  schedules.resume();
  expect(ground.later).toHaveLength(0);
});

test.each([
  ['disabled', { State: 'DISABLED' }],
  ['not begun', { ScheduleExpression: soon(), StartDate: '2099-01-01T00:00:00Z' }],
  ['over', { EndDate: '2020-01-01T00:00:00Z' }],
])('one that is %s does not run soon', async (_, properties) => {
  await start(true, schedule('quiet', properties));
  const next = schedules.list()[0]?.nextMs;
  expect(next === undefined || next > wallClockMs() + 86_400_000).toBe(true);
});

describe('run now', () => {
  test('fills in what Scheduler fills in, as of the time given', async () => {
    const Input =
      '{"asOf":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>","try":<aws.scheduler.attempt-number>}';
    const settle = schedule('settle', {}, { Input });
    await start(false, settle);
    schedules.runNow('settle', '2026-10-05T02:15:00.000Z');
    await deliveries.idle();
    expect(ground.later).toEqual([
      { name: worker.arn, event: { asOf: '2026-10-05T02:15:00Z', arn: settle.arn, try: 1 } },
    ]);
  });

  test('without an input hands over a scheduled event', async () => {
    await start(false, schedule('bare', {}));
    schedules.runNow('bare', '2026-10-05T02:15:00.000Z');
    await deliveries.idle();
    expect(ground.later[0]?.event).toMatchObject({
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      time: '2026-10-05T02:15:00Z',
    });
  });

  test('of a rule hands over the event of a rule', async () => {
    await start(
      false,
      resource('AWS::Events::Rule', 'nightly', {
        ScheduleExpression: 'cron(0 2 * * ? *)',
        Targets: [{ Id: 't', Arn: worker.arn }],
      }),
    );
    expect(schedules.list()).toMatchObject([{ name: 'nightly', expression: 'cron(0 2 * * ? *)', timezone: 'UTC' }]);
    schedules.runNow('nightly');
    await deliveries.idle();
    expect(ground.later[0]?.event).toMatchObject({ source: 'aws.events', detail: {} });
  });

  test('of nothing is nothing', async () => {
    await start(false);
    expect(schedules.runNow('nobody')).toBeUndefined();
  });

  test('by a role that may not call the function is lost, and the log says so', async () => {
    await start(false, schedule('settle', {}));
    ground.refused.add(`scheduler lambda:InvokeFunction ${worker.arn}`);
    schedules.runNow('settle');
    await deliveries.idle();
    expect(ground.later).toEqual([]);
    expect(ground.lines.join()).toMatch(/lost.*scheduler may not lambda:InvokeFunction/);
  });
});

test('a universal target starts what its input names', async () => {
  const input = { FunctionName: 'worker', Payload: '{"a":1}' };
  await start(
    false,
    schedule('any', {}, { Arn: 'arn:aws:scheduler:::aws-sdk:lambda:invoke', Input: JSON.stringify(input) }),
  );
  schedules.runNow('any');
  await deliveries.idle();
  expect(ground.later).toEqual([{ name: worker.arn, event: { a: 1 } }]);
});

test('a target nobody here can start stops the start', async () => {
  ground = await tinyGround([schedule('odd', {}, { Arn: `arn:aws:ecs:${REGION}:1:cluster/x` })]);
  deliveries = openDeliveries(ground);
  await expect(startSchedules(ground, deliveries, { ticking: false })).rejects.toThrow('ecs');
});
