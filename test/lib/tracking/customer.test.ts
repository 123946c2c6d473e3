import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_VISITORS, recognised, type Visitors, visitorsAt } from '../../../lib/tracking/customer.ts';

const at = (hour: number, day = 1) => new Date(Date.UTC(2026, 2, day, hour)).toISOString();

describe('recognising a customer in a browser', () => {
  test.each<[string, Visitors, string, string, Visitors]>([
    ['the first time', {}, 'v1', at(9), { v1: { first: at(9), last: at(9) } }],
    [
      'in a second browser',
      { v1: { first: at(9), last: at(9) } },
      'v2',
      at(10),
      { v1: { first: at(9), last: at(9) }, v2: { first: at(10), last: at(10) } },
    ],
    ['a day later', { v1: { first: at(9), last: at(9) } }, 'v1', at(9, 2), { v1: { first: at(9), last: at(9, 2) } }],
    ['earlier than known', { v1: { first: at(9), last: at(9) } }, 'v1', at(8), { v1: { first: at(8), last: at(9) } }],
  ])('%s', (_, known, visitor, when, expected) => expect(recognised(known, visitor, when)).toEqual(expected));

  test('again within a day changes nothing, so nothing is written', () => {
    const known = { v1: { first: at(9), last: at(9) } };
    expect(recognised(known, 'v1', at(20))).toBe(known);
  });

  test('law: never more than the most, the latest kept, the earliest time never lost', () => {
    const event = fc.record({ visitor: fc.nat(40).map((n) => `v${n}`), day: fc.integer({ min: 1, max: 28 }) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        let known: Visitors = {};
        for (const { visitor, day } of events) {
          known = recognised(known, visitor, at(0, day));
          expect(Object.keys(known).length).toBeLessThanOrEqual(MOST_VISITORS);
          for (const { first, last } of Object.values(known)) expect(first <= last).toBe(true);
          expect(recognised(known, visitor, at(0, day))).toBe(known);
        }
      }),
    );
  });
});

test.each([
  ['before the order', at(9), ['v1']],
  ['within the hour after it', at(11), ['v1']],
  ['later', '2026-03-01T11:00:00.001Z', []],
])('a visitor recognised %s', (_, first, expected) =>
  expect(visitorsAt({ v1: { first, last: at(0, 20) } }, at(10))).toEqual(expected),
);
