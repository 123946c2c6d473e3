import { describe, expect, test } from 'vitest';
import { rhythm } from '../../../local/events/rhythm.ts';

const runs = (expression: string, from: string, count: number, zone?: string) => {
  const { next } = rhythm(expression, zone);
  const found: string[] = [];
  let at: number | undefined = Date.parse(from);
  while (found.length < count) {
    at = next(at);
    if (at === undefined) break;
    found.push(new Date(at).toISOString().replace(':00.000Z', ''));
  }
  return found;
};

// 2026-11-01 is a Sunday.
test.each([
  ['every day at ten', 'cron(0 10 * * ? *)', ['2026-11-01T10:00', '2026-11-02T10:00']],
  ['weekdays by name', 'cron(0 18 ? * MON-FRI *)', ['2026-11-02T18:00', '2026-11-03T18:00']],
  [
    'weekdays by number: 1 is Sunday',
    'cron(0 0 ? * 2,7 *)',
    ['2026-11-02T00:00', '2026-11-07T00:00', '2026-11-09T00:00'],
  ],
  ['a range of weekday numbers', 'cron(0 12 ? * 2-3 *)', ['2026-11-02T12:00', '2026-11-03T12:00', '2026-11-09T12:00']],
  [
    'from a minute, every so many',
    'cron(5/25 0 * * ? *)',
    ['2026-11-01T00:05', '2026-11-01T00:30', '2026-11-01T00:55', '2026-11-02T00:05'],
  ],
  [
    'every fifteen minutes of working hours',
    'cron(0/30 8-9 ? * MON *)',
    ['2026-11-02T08:00', '2026-11-02T08:30', '2026-11-02T09:00'],
  ],
  ['the first Monday', 'cron(0 9 ? * 2#1 *)', ['2026-11-02T09:00', '2026-12-07T09:00']],
  ['the last Friday', 'cron(0 9 ? * 6L *)', ['2026-11-27T09:00', '2026-12-25T09:00']],
  ['the last day of the month', 'cron(0 0 L * ? *)', ['2026-11-30T00:00', '2026-12-31T00:00', '2027-01-31T00:00']],
  ['the weekday nearest the fifteenth', 'cron(0 0 15W * ? *)', ['2026-11-16T00:00', '2026-12-15T00:00']],
  ['every other month', 'cron(0 0 1 1/2 ? *)', ['2027-01-01T00:00', '2027-03-01T00:00']],
  ['years', 'cron(0 0 1 1 ? 2028,2030)', ['2028-01-01T00:00', '2030-01-01T00:00']],
  ['a rate, on whole multiples', 'rate(5 minutes)', ['2026-11-01T00:05', '2026-11-01T00:10']],
  ['a rate of one', 'rate(1 day)', ['2026-11-02T00:00', '2026-11-03T00:00']],
  ['once', 'at(2026-11-20T13:00:00)', ['2026-11-20T13:00']],
])('%s', (_, expression, expected) => {
  const count = expression.startsWith('at') ? 3 : expected.length;
  expect(runs(expression, '2026-11-01T00:00:00Z', count)).toEqual(expected);
});

describe('time zones', () => {
  test('midnight in Berlin is an hour earlier in UTC in winter, two in summer', () => {
    expect(runs('cron(0 0 1 * ? *)', '2027-02-15T00:00:00Z', 3, 'Europe/Berlin')).toEqual([
      '2027-02-28T23:00',
      '2027-03-31T22:00',
      '2027-04-30T22:00',
    ]);
  });

  test('a time once, in its zone', () => {
    expect(runs('at(2027-07-01T09:00:00)', '2027-01-01T00:00:00Z', 2, 'America/New_York')).toEqual([
      '2027-07-01T13:00',
    ]);
  });
});

test('a moment that has passed does not come again', () => {
  expect(rhythm('at(2020-01-01T00:00:00)').next(Date.parse('2026-11-01T00:00:00Z'))).toBeUndefined();
});

test.each([
  ['no expression', 'tomorrow', 'not a cron'],
  ['five fields', 'cron(0 0 * * *)', 'six fields'],
  ['both days', 'cron(0 0 1 * MON *)', "must be '?'"],
  ['days before the last', 'cron(0 0 L-3 * ? *)', 'do not run on the laptop'],
  ['a rate of weeks', 'rate(1 week)', 'rate(n minutes)'],
  ['a rate of nothing', 'rate(0 minutes)', 'rate(n minutes)'],
])('refuses %s', (_, expression, message) => expect(() => rhythm(expression)).toThrow(message));
