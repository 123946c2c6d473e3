import { describe, expect, test } from 'vitest';
import { type Cap, capWords, levelOf, windowAt, windowEnd } from '../../../lib/caps/cap.ts';
import { ANN } from '../../support/orders.ts';

describe('the window of an order', () => {
  const cap = (window: Cap['window'], more: object = {}) => ({ window, startsAt: '2026-03-01T00:00:00.000Z', ...more });
  test.each([
    ['a day ends at the program’s midnight', cap('day'), '2026-03-10T23:30:00.000Z', '2026-03-11'],
    ['a week begins on Monday', cap('week'), '2026-03-09T12:00:00.000Z', 'W2026-03-09'],
    ['and ends with Sunday', cap('week'), '2026-03-15T12:00:00.000Z', 'W2026-03-09'],
    ['a week may begin in another year', cap('week'), '2027-01-01T12:00:00.000Z', 'W2026-12-28'],
    ['a month', cap('month'), '2026-03-31T12:00:00.000Z', '2026-03'],
    ['all time', cap('total'), '2026-03-31T12:00:00.000Z', 'total'],
    ['none before its start', cap('day'), '2026-02-28T23:59:59.999Z', undefined],
    ['its first instant', cap('total'), '2026-03-01T00:00:00.000Z', 'total'],
    ['none at its end', cap('total', { endsAt: '2026-03-05T00:00:00.000Z' }), '2026-03-05T00:00:00.000Z', undefined],
  ])('%s', (_, one, at, window) => expect(windowAt(one, at, 'Europe/Berlin')).toBe(window));
});

test.each([
  ['2026-03-28', '2026-03-28T23:00:00.000Z'],
  ['2026-03-29', '2026-03-29T22:00:00.000Z'],
  ['W2026-03-23', '2026-03-29T22:00:00.000Z'],
  ['2026-02', '2026-02-28T23:00:00.000Z'],
  ['2026-12', '2026-12-31T23:00:00.000Z'],
  ['total', undefined],
])('the window %s ends at the program’s midnight', (window, end) =>
  expect(windowEnd(window, 'Europe/Berlin')).toBe(end),
);

test.each([
  [8, 10, undefined, 0],
  [9, 10, undefined, 90],
  [10, 10, undefined, 100],
  [12, 10, undefined, 100],
  [5, 10, true, 100],
  [2, 3, undefined, 0],
] as const)('%i of %i, turned away: %s, is %i %%', (used, limit, turned, level) =>
  expect(levelOf({ used, limit, ...(turned && { turned }) })).toBe(level),
);

test.each([
  [
    { scope: { kind: 'program' }, measure: 'conversions', window: 'day', limit: 3 },
    '3 conversions a day of the program',
  ],
  [
    { scope: { kind: 'partner', partnerId: ANN }, measure: 'payout', window: 'month', limit: 50_000 },
    `500.00 USD payout a month of ${ANN}`,
  ],
  [
    { scope: { kind: 'group', group: 'gold' }, measure: 'clicks', window: 'total', limit: 9 },
    '9 clicks in all of group gold',
  ],
] as const)('in words: %j', (cap, words) => expect(capWords(cap, 'USD')).toBe(words));
