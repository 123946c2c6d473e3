import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credit } from '../../../lib/attribution/credit.ts';
import type { Touch } from '../../../lib/attribution/journey.ts';
import { AttributionPolicy } from '../../../lib/attribution/policy.ts';

/** A journey written as letters: `abca` is partner a, then b, c and a again, a day apart. */
const journey = (letters: string): Touch[] =>
  [...letters].map((partnerId, index) => ({
    touchId: `t${index}`,
    kind: 'click' as const,
    partnerId,
    link: partnerId,
    at: new Date(Date.UTC(2026, 2, 1 + index)).toISOString(),
  }));
const shares = (letters: string, policy: AttributionPolicy) =>
  Object.fromEntries(credit(journey(letters), policy).map(({ partnerId, creditBps }) => [partnerId, creditBps]));
const position = (first = 4000, middle = 2000, last = 4000): AttributionPolicy => ({
  model: 'position-based',
  lookbackDays: 30,
  weightsBps: { first, middle, last },
});

test.each([
  ['nobody touched', '', {}],
  ['one touch', 'a', { a: 10_000 }],
  ['the last of many', 'abc', { c: 10_000 }],
  ['the last, who was also first', 'aba', { a: 10_000 }],
])('last touch: %s', (_, letters, expected) => {
  expect(shares(letters, { model: 'last-touch', lookbackDays: 30 })).toEqual(expected);
});

describe('position-based', () => {
  test.each<[string, string, AttributionPolicy, Record<string, number>]>([
    ['nobody touched', '', position(), {}],
    ['one touch takes all', 'a', position(), { a: 10_000 }],
    ['two touches of 40/20/40 share evenly', 'ab', position(), { a: 5000, b: 5000 }],
    ['two touches of 30/40/30 share evenly', 'ab', position(3000, 4000, 3000), { a: 5000, b: 5000 }],
    ['two touches of 30/10/60 share one to two', 'ab', position(3000, 1000, 6000), { a: 3333, b: 6667 }],
    ['two touches where only the last counts', 'ab', position(0, 5000, 5000), { b: 10_000 }],
    ['two touches of one partner', 'aa', position(), { a: 10_000 }],
    ['three', 'abc', position(), { a: 4000, b: 2000, c: 4000 }],
    ['four: the middle is halved', 'abcd', position(), { a: 4000, b: 1000, c: 1000, d: 4000 }],
    [
      'five: the middle in three, the odd points to who came first',
      'abcde',
      position(),
      {
        a: 4000,
        b: 667,
        c: 667,
        d: 666,
        e: 4000,
      },
    ],
    ['the same partner first and last', 'aba', position(), { a: 8000, b: 2000 }],
    ['a partner at both ends and in the middle', 'abac', position(), { a: 5000, b: 1000, c: 4000 }],
    ['no weight for the middle: its partners get nothing', 'abc', position(5000, 0, 5000), { a: 5000, c: 5000 }],
    ['only the middle matters to three', 'abc', position(1, 9999, 0), { a: 1, b: 9999 }],
  ])('%s', (_, letters, policy, expected) => expect(shares(letters, policy)).toEqual(expected));

  test('names the touch that weighed most, the later among equals', () => {
    expect(credit(journey('abba'), position())).toEqual([
      { partnerId: 'a', creditBps: 8000, position: 4, touches: 4, touchAt: '2026-03-04T00:00:00.000Z' },
      { partnerId: 'b', creditBps: 2000, position: 3, touches: 4, touchAt: '2026-03-03T00:00:00.000Z' },
    ]);
    expect(credit(journey('abca'), position(6000, 2000, 2000))[0]).toMatchObject({ partnerId: 'a', position: 1 });
  });
});

test('credits are whole, positive and sum to exactly 10,000; only partners of the journey get any', () => {
  const weights = fc
    .tuple(fc.nat(10_000), fc.nat(10_000))
    .map(([a, b]) => [Math.min(a, b), Math.abs(a - b), 10_000 - Math.max(a, b)] as const)
    .filter(([first, , last]) => first + last > 0);
  const letters = fc.stringMatching(/^[a-e]{1,12}$/);
  fc.assert(
    fc.property(letters, weights, fc.boolean(), (text, [first, middle, last], lastTouch) => {
      const policy = AttributionPolicy.parse(
        lastTouch ? { model: 'last-touch' } : { model: 'position-based', weightsBps: { first, middle, last } },
      );
      const given = credit(journey(text), policy);
      expect(given.reduce((sum, { creditBps }) => sum + creditBps, 0)).toBe(10_000);
      for (const { partnerId, creditBps, position: place, touches, touchAt } of given) {
        expect(Number.isInteger(creditBps) && creditBps > 0).toBe(true);
        expect(text[place - 1]).toBe(partnerId);
        expect(touches).toBe(text.length);
        expect(touchAt).toBe(journey(text)[place - 1]!.at);
      }
      expect(new Set(given.map(({ partnerId }) => partnerId)).size).toBe(given.length);
    }),
  );
});

test('ten thousand touches still sum to one whole', () => {
  const text = 'abcdefghij'.repeat(1000);
  expect(Object.values(shares(text, position())).reduce((sum, bps) => sum + bps, 0)).toBe(10_000);
});
