import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credit } from '../../../lib/attribution/credit.ts';
import type { Touch } from '../../../lib/attribution/journey.ts';
import { timeDecay } from '../../../lib/attribution/models/time-decay.ts';
import { AttributionPolicy } from '../../../lib/attribution/policy.ts';

const DAY_MS = 86_400_000;
/** `a@0 b@7.5`: partner a on day 0, b seven and a half days later. */
const journey = (text: string): Touch[] =>
  text.split(' ').flatMap((word, index) => {
    const [partnerId, day] = word.split('@');
    if (!partnerId) return [];
    const at = new Date(Date.UTC(2026, 2, 1) + Number(day) * DAY_MS).toISOString();
    return [{ touchId: String(index).padStart(3, '0'), partnerId, kind: 'click' as const, at }];
  });
const shares = (text: string, given: object) =>
  Object.fromEntries(
    credit(journey(text), AttributionPolicy.parse(given)).map(({ partnerId, creditBps }) => [partnerId, creditBps]),
  );

describe('the models, worked by hand', () => {
  test.each<[string, string, object, Record<string, number>]>([
    ['first touch: nobody', '', { model: 'first-touch' }, {}],
    ['first touch: the first of three', 'a@0 b@1 c@2', { model: 'first-touch' }, { a: 10_000 }],
    ['linear: two alike', 'a@0 b@1', { model: 'linear' }, { a: 5000, b: 5000 }],
    [
      'linear: a third of 10,000 leaves a point for who came first',
      'a@0 b@1 c@2',
      { model: 'linear' },
      { a: 3334, b: 3333, c: 3333 },
    ],
    ['linear: twice there, twice the share', 'a@0 b@1 a@2', { model: 'linear' }, { a: 6667, b: 3333 }],
    // One week is one half-life: 1/2 and 1 share in thirds.
    ['decay: a half-life apart', 'a@0 b@7', { model: 'time-decay' }, { a: 3333, b: 6667 }],
    // 1/4, 1/2 and 1 of 7/4: 1428.57, 2857.14 and 5714.29.
    ['decay: two half-lives', 'a@0 b@7 c@14', { model: 'time-decay' }, { a: 1429, b: 2857, c: 5714 }],
    // 2^-0.5 = 0.70711 of 1.70711.
    ['decay: half a half-life', 'a@0 b@3.5', { model: 'time-decay' }, { a: 4142, b: 5858 }],
    [
      'decay: a day of half-life',
      'a@0 b@1 c@2',
      { model: 'time-decay', halfLifeHours: 24 },
      { a: 1429, b: 2857, c: 5714 },
    ],
    ['decay: the same moment, the same weight', 'a@0 b@0', { model: 'time-decay' }, { a: 5000, b: 5000 }],
    [
      'decay: what is 38 half-lives older weighs nothing',
      'a@0 b@38',
      { model: 'time-decay', halfLifeHours: 24 },
      { b: 10_000 },
    ],
  ])('%s', (_, text, policy, expected) => expect(shares(text, policy)).toEqual(expected));

  test('a policy stored before there were other models and rules still reads the same', () => {
    const stored = { model: 'last-touch', lookbackDays: 30 };
    expect(AttributionPolicy.parse(stored)).toEqual(stored);
  });

  test.each([
    ['a rule under which no touch is ever late', { lateTouch: { mostBps: 2000 } }],
    ['a type that is preferred and not', { priority: { preferred: ['coupon'], nonPreferred: ['coupon'] } }],
    ['a look-back for a type there is not', { lookbackDaysByType: { pirate: 7 } }],
    ['a cap above all', { lateTouch: { withinSeconds: 60, mostBps: 10_001 } }],
    ['a bonus without a cap', { assistBonus: { pay: { kind: 'flat', amountCents: 100 } } }],
    ['a half-life for a model without one', { halfLifeHours: 7 }],
  ])('refuses %s', (_, rules) =>
    expect(AttributionPolicy.safeParse({ model: 'last-touch', ...rules }).success).toBe(false),
  );
});

test('weights of time decay halve exactly at each half-life and follow 2^-x in between', () => {
  const [old, half, newest] = timeDecay(journey('a@0 b@1 c@3'), 24);
  expect([newest, half! * 4, old! * 8]).toEqual([2 ** 36, 2 ** 36, 2 ** 36]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 365 * 24 * 3_600_000 }), fc.integer({ min: 1, max: 8760 }), (age, hours) => {
      const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
      const two = [0, age].map((ms, index) => ({
        touchId: `${index}`,
        partnerId: 'a',
        kind: 'click' as const,
        at: at(ms),
      }));
      const [older] = timeDecay(two, hours);
      expect(Math.abs(older! - 2 ** 36 * 2 ** (-age / (hours * 3_600_000)))).toBeLessThanOrEqual(1);
    }),
  );
});

const MODELS = ['last-touch', 'first-touch', 'linear', 'position-based', 'time-decay'] as const;
const anyTouch = fc.record({ partnerId: fc.constantFrom(...'abcde'), hour: fc.nat(24 * 60) });

test('by every model credits are whole, sum to exactly 10,000, and go to partners of the journey only', () => {
  fc.assert(
    fc.property(fc.constantFrom(...MODELS), fc.array(anyTouch, { minLength: 1, maxLength: 25 }), (model, touches) => {
      const sorted = touches.map(({ hour }) => hour).sort((a, b) => a - b);
      const there = touches.map(({ partnerId }, index) => `${partnerId}@${sorted[index]! / 24}`).join(' ');
      const given = credit(journey(there), AttributionPolicy.parse({ model }));
      expect(given.reduce((sum, { creditBps }) => sum + creditBps, 0)).toBe(10_000);
      for (const { partnerId, creditBps, position } of given) {
        expect(Number.isInteger(creditBps) && creditBps > 0).toBe(true);
        expect(journey(there)[position - 1]!.partnerId).toBe(partnerId);
      }
    }),
  );
});
