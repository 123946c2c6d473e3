import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stageNamed } from '../../../infra/stages.ts';
import { addDays, dayIn, startOfDay } from '../../../lib/calendar.ts';
import { firstDayWithNotice, NOTICE_HOUR_UTC } from '../../../lib/commission/notice.ts';
import { CommissionPlan } from '../../../lib/commission/plan.ts';
import { changesDue } from '../../../lib/messages/plan-notices.ts';
import { DAY_MS, epochMs, instant } from '../../../lib/time.ts';

test.each([
  ['before the day’s notices go out', '2026-05-06T07:00:00.000Z', 'UTC', '2026-05-09'],
  ['too shortly before them', '2026-05-06T07:55:00.000Z', 'UTC', '2026-05-10'],
  ['after them', '2026-05-06T08:00:00.000Z', 'UTC', '2026-05-10'],
  ['where it is evening then', '2026-05-06T07:00:00.000Z', 'Pacific/Auckland', '2026-05-09'],
  [
    'where the next notices go out tomorrow, which is the 8th there',
    '2026-05-06T20:00:00.000Z',
    'Pacific/Kiritimati',
    '2026-05-10',
  ],
  ['where it is the day before then', '2026-05-06T07:00:00.000Z', 'Pacific/Pago_Pago', '2026-05-08'],
  ['over a change of clocks', '2026-10-23T09:00:00.000Z', 'Europe/Berlin', '2026-10-27'],
])('the first day with notice, %s', (_, at, timeZone, day) => {
  expect(firstDayWithNotice(at, timeZone)).toBe(day);
});

test('notices go out in every stage at the hour that days are counted by', () => {
  for (const name of ['dev', 'prod'])
    expect(stageNamed(name).schedules.sendDigests).toBe(`cron(0 ${NOTICE_HOUR_UTC} * * ? *)`);
});

test('law: what begins on the first day with notice is told three days before and the day before, and no earlier day is', () => {
  const plan = CommissionPlan.parse({
    name: 'P',
    rules: [{ id: 'a', label: 'A', pay: { kind: 'percent', rateBps: 1 } }],
  });
  const zones = [
    'UTC',
    'Europe/Berlin',
    'Pacific/Auckland',
    'Pacific/Kiritimati',
    'Pacific/Pago_Pago',
    'America/New_York',
  ];
  const day0 = Date.parse('2026-01-01T00:00:00Z');
  fc.assert(
    fc.property(fc.nat(365 * 24 * 60), fc.constantFrom(...zones), (minutes, timeZone) => {
      const at = instant(day0 + minutes * 60_000);
      const toldOn = (day: string) => {
        const effectiveFrom = startOfDay(day, timeZone);
        const plans = [
          { version: 1, effectiveFrom: '2025-01-01T00:00:00.000Z', plan },
          { version: 2, effectiveFrom, plan, addedAt: at },
        ];
        // Every run after it was added, up to its beginning.
        const first = Math.ceil((epochMs(at) + 600_000 - 8 * 3_600_000) / DAY_MS) * DAY_MS + 8 * 3_600_000;
        const runs = [];
        for (let run = first; run < epochMs(effectiveFrom); run += DAY_MS) runs.push(instant(run));
        return runs.flatMap((run) =>
          changesDue(plans, { timeZone, currency: 'USD' }, run).map(({ notice }) => [notice, dayIn(run, timeZone)]),
        );
      };
      const earliest = firstDayWithNotice(at, timeZone);
      const told = toldOn(earliest);
      expect(told).toContainEqual(['3-days', addDays(earliest, -3)]);
      expect(told).toContainEqual(['1-day', addDays(earliest, -1)]);
      const sooner = addDays(earliest, -1);
      expect(toldOn(sooner)).not.toContainEqual(['3-days', addDays(sooner, -3)]);
    }),
  );
});
