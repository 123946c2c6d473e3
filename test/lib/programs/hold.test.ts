import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, lastOfMonth } from '../../../lib/calendar.ts';
import { type HoldTerms, holdDaysOf, maturesOn, shortestHoldDays } from '../../../lib/programs/hold.ts';

const byGroup: HoldTerms = { holdDays: 30, holdDaysByGroup: { gold: 0, risky: 90 } };

describe('an order’s commission may be paid from', () => {
  test.each<[string, string, string, HoldTerms, string]>([
    ['the day itself', '2026-03-29', 'gold', byGroup, '2026-03-29'],
    ['90 days on', '2026-03-29', 'risky', byGroup, '2026-06-27'],
    ['the program’s own hold on', '2026-03-29', 'default', byGroup, '2026-04-28'],
    ['through a leap day', '2028-02-15', 'default', { holdDays: 14 }, '2028-02-29'],
    ['the end of its month', '2026-02-03', 'default', { holdDays: 0, holdFrom: 'month-end' }, '2026-02-28'],
    ['14 days after it', '2026-01-31', 'default', { holdDays: 14, holdFrom: 'month-end' }, '2026-02-14'],
    ['over the end of the year', '2026-12-01', 'default', { holdDays: 7, holdFrom: 'month-end' }, '2027-01-07'],
    ['after a leap February', '2028-02-01', 'gold', { ...byGroup, holdFrom: 'month-end' }, '2028-02-29'],
  ])('%s', (_, day, group, terms, matures) => expect(maturesOn(day, group, terms)).toBe(matures));
});

test('a group without a hold of its own has the program’s', () => expect(holdDaysOf(byGroup, 'silver')).toBe(30));
test('the shortest hold of all', () => expect(shortestHoldDays(byGroup)).toBe(0));
test.each([
  ['2026-02-01', '2026-02-28'],
  ['2028-02-29', '2028-02-29'],
  ['2026-12-31', '2026-12-31'],
  ['2026-04-30', '2026-04-30'],
])('the month of %s ends on %s', (day, end) => expect(lastOfMonth(day)).toBe(end));

test('a later order of the same group is never payable earlier', () => {
  const terms = fc.record({
    holdDays: fc.nat(90),
    holdFrom: fc.constantFrom<'order' | 'month-end'>('order', 'month-end'),
  });
  fc.assert(
    fc.property(terms, fc.nat(800), fc.nat(60), (given, start, gap) => {
      const day = addDays('2026-01-01', start);
      expect(maturesOn(addDays(day, gap), 'any', given) >= maturesOn(day, 'any', given)).toBe(true);
      expect(maturesOn(day, 'any', given) >= addDays(day, shortestHoldDays(given))).toBe(true);
    }),
  );
});
