import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../../lib/calendar.ts';
import { dueDays, isDue, PayoutSchedule } from '../../../lib/payouts/schedule.ts';

/** Every due day from the last day of February through the first of May 2026; the fourth of March is a Wednesday. */
const inSpring = (schedule: PayoutSchedule) => dueDays(schedule, '2026-02-27', '2026-05-01');

describe('a run is due', () => {
  test.each<[string, PayoutSchedule, string[]]>([
    [
      'each Wednesday',
      { every: 'week', weekday: 3 },
      ['2026-03-04', '2026-03-11', '2026-03-18', '2026-03-25', '2026-04-01', '2026-04-08'],
    ],
    [
      'on the 1st and 16th',
      { every: 'half-month', days: [1, 16] },
      ['2026-03-01', '2026-03-16', '2026-04-01', '2026-04-16', '2026-05-01'],
    ],
    ['on the 28th', { every: 'month', day: 28 }, ['2026-02-28', '2026-03-28', '2026-04-28']],
    ['on the last day', { every: 'month', day: 'last' }, ['2026-02-28', '2026-03-31', '2026-04-30']],
    ['net 0', { every: 'month-end', netDays: 0 }, ['2026-02-28', '2026-03-31', '2026-04-30']],
    // 30 days after 31 January and 28 February, 31 March, 30 April would be 2 March, 30 March, 30 April, 30 May.
    ['net 30', { every: 'month-end', netDays: 30 }, ['2026-03-02', '2026-03-30', '2026-04-30']],
    ['net 60', { every: 'month-end', netDays: 60 }, ['2026-03-01', '2026-04-01', '2026-04-29']],
  ])('%s', (_, schedule, days) => expect(inSpring(schedule).slice(0, days.length)).toEqual(days));

  test('on no day, where runs follow releases', () => expect(inSpring({ every: 'release' })).toEqual([]));
  test('every day', () => expect(inSpring({ every: 'day' })).toHaveLength(63));
  test('on Sunday, the seventh day', () => expect(isDue({ every: 'week', weekday: 7 }, '2026-03-29')).toBe(true));
  test('on 29 February of a leap year', () => expect(isDue({ every: 'month', day: 'last' }, '2028-02-29')).toBe(true));
});

test('no day is due twice, and none is passed over, however the days are cut', () => {
  const schedules = fc.constantFrom<PayoutSchedule>(
    { every: 'day' },
    { every: 'week', weekday: 5 },
    { every: 'half-month', days: [3, 28] },
    { every: 'month', day: 'last' },
    { every: 'month-end', netDays: 45 },
  );
  fc.assert(
    fc.property(schedules, fc.nat(400), fc.nat(400), (schedule, before, after) => {
      const [start, end] = ['2026-01-01', addDays('2026-01-01', before + after)];
      const cut = addDays(start, before);
      expect([...dueDays(schedule, start, cut), ...dueDays(schedule, cut, end)]).toEqual(dueDays(schedule, start, end));
    }),
  );
});

test.each([
  [{ every: 'month', day: 29 }, 'a day that not every month has'],
  [{ every: 'half-month', days: [16, 1] }, 'days out of order'],
  [{ every: 'week', weekday: 0 }, 'a weekday there is not'],
  [{ every: 'month-end', netDays: 91 }, 'more than ninety days'],
])('%j is refused: %s', (schedule: object, _: string) =>
  expect(PayoutSchedule.safeParse(schedule).success).toBe(false),
);
