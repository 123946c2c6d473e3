import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Code,
  CodeField,
  changeCode,
  codeStatus,
  codesOf,
  codeTouches,
  ownerAt,
} from '../../../lib/tracking/code.ts';
import { ANN, BOB, PROGRAM } from '../../support/orders.ts';

const day = (n: number) => `2026-03-${String(n).padStart(2, '0')}T00:00:00.000Z`;
const code = (...periods: Code['periods']): Code => ({
  brandId: 'brd_aaaaaa',
  programId: PROGRAM,
  code: 'Ana10',
  partnerId: periods.at(-1)!.partnerId,
  periods,
  createdAt: day(1),
});
const changed = (from: Code, change: Parameters<typeof changeCode>[1], at: string): Code => {
  const after = changeCode(from, change, at);
  if ('message' in after) throw new Error(`${after.field} ${after.message}`);
  return after;
};

test.each([
  ['three letters', 'ABC', true],
  ['other letters', 'ÄRGER-10', true],
  ['two', 'AB', false],
  ['41', 'A'.repeat(41), false],
  ['a key separator', 'A#BC', false],
  ['a path', 'A/BC', false],
  ['a blank', 'A BC', false],
])('a code of %s', (_, text, good) => expect(CodeField.safeParse(text).success).toBe(good));

describe('whose code it is', () => {
  const handed = code(
    { partnerId: ANN, from: day(2), until: day(5) },
    { partnerId: BOB, from: day(7), pausedFrom: day(9) },
  );
  test.each([
    ['before its first period', 1, undefined],
    ['from its first instant on', 2, ANN],
    ['up to the end', 4, ANN],
    ['not at the end', 5, undefined],
    ['of the next', 8, BOB],
    ['not while paused', 9, undefined],
  ])('%s', (_, on, owner) => expect(ownerAt(handed, day(on))).toBe(owner));

  test.each([
    ['scheduled', code({ partnerId: ANN, from: day(9) }), 5],
    ['active', code({ partnerId: ANN, from: day(2) }), 5],
    ['ended', code({ partnerId: ANN, from: day(2), until: day(5) }), 5],
    ['paused', code({ partnerId: ANN, from: day(2), pausedFrom: day(4) }), 5],
    ['active', code({ partnerId: ANN, from: day(2), until: day(8) }, { partnerId: BOB, from: day(8) }), 5],
  ] as const)('%s', (status, one, on) => expect(codeStatus(one, day(on))).toBe(status));
});

describe('a change', () => {
  const anns = code({ partnerId: ANN, from: day(2) });
  test('to another partner ends one period and starts another', () => {
    expect(changed(anns, { partnerId: BOB }, day(5))).toMatchObject({
      partnerId: BOB,
      periods: [
        { partnerId: ANN, from: day(2), until: day(5) },
        { partnerId: BOB, from: day(5) },
      ],
    });
  });
  test('pausing and resuming leaves a gap', () => {
    const paused = changed(anns, { status: 'paused' }, day(5));
    const resumed = changed(paused, { status: 'active' }, day(8));
    expect([4, 6, 9].map((on) => ownerAt(resumed, day(on)))).toEqual([ANN, undefined, ANN]);
  });
  test('an end may be set, taken back, and lived again after', () => {
    const ending = changed(anns, { endsAt: day(6) }, day(5));
    expect(ownerAt(ending, day(6))).toBeUndefined();
    expect(ownerAt(changed(ending, { endsAt: null }, day(5)), day(6))).toBe(ANN);
    const again = changed(ending, { endsAt: day(20) }, day(10));
    expect([5, 8, 12, 20].map((on) => ownerAt(again, day(on)))).toEqual([ANN, undefined, ANN, undefined]);
  });
  test.each([
    ['an end in the past', { endsAt: day(4) }, 'endsAt'],
    ['a hand-over in the past', { partnerId: BOB, startsAt: day(4) }, 'startsAt'],
    ['a start without a hand-over', { startsAt: day(9) }, 'startsAt'],
    ['an end before the hand-over', { partnerId: BOB, startsAt: day(9), endsAt: day(9) }, 'endsAt'],
  ])('refuses %s', (_, change, field) => expect(changeCode(anns, change, day(5))).toMatchObject({ field }));

  test('law: no change rewrites whose it was before', () => {
    const change = fc.record(
      {
        partnerId: fc.constantFrom(ANN, BOB),
        startsAt: fc.integer({ min: 1, max: 28 }).map(day),
        endsAt: fc.option(fc.integer({ min: 1, max: 28 }).map(day)),
        status: fc.constantFrom('active' as const, 'paused' as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(change, fc.nat(3)), { maxLength: 12 }), (changes) => {
        let now = 3;
        let current = anns;
        for (const [wanted, later] of changes) {
          now = Math.min(28, now + later);
          const after = changeCode(current, wanted, day(now));
          if ('message' in after) continue;
          for (let on = 1; on < now; on += 1) expect(ownerAt(after, day(on))).toBe(ownerAt(current, day(on)));
          expect(after.partnerId).toBe(after.periods.at(-1)!.partnerId);
          for (const [place, { from, until, pausedFrom }] of after.periods.entries()) {
            expect(until === undefined || from < until || from === until).toBe(true);
            expect((pausedFrom ?? until ?? '') <= (after.periods[place + 1]?.from ?? '~')).toBe(true);
          }
          current = after;
        }
      }),
    );
  });
});

describe('the codes of an order', () => {
  test('each once, whatever its case', () =>
    expect(codesOf({ couponCode: 'ana10', couponCodes: ['ANA10', 'Bob5'] })).toEqual(['ANA10', 'BOB5']));

  const known = new Map([['ANA10', code({ partnerId: ANN, from: day(2), until: day(5) })]]);
  test.each([
    ['none', [], 3, { touches: [] }],
    [
      'of a partner',
      ['ANA10'],
      3,
      { touches: [{ touchId: 'code#0#ANA10', partnerId: ANN, kind: 'code', code: 'Ana10', at: day(3) }] },
    ],
    ['of nobody any more', ['ANA10'], 5, { touches: [], why: 'code-expired' }],
    ['that nobody registered', ['SPRING'], 3, { touches: [], why: 'code-unknown' }],
  ])('%s', (_, used, on, expected) => expect(codeTouches(used, known, day(on))).toEqual(expected));
});
