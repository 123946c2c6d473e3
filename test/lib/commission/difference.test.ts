import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccrueInput, accrue } from '../../../lib/commission/accrue.ts';
import { difference } from '../../../lib/commission/difference.ts';
import type { Conversion } from '../../../lib/tracking/conversion.ts';
import {
  ANN,
  anyCredits,
  anyPlan,
  anySale,
  BOB,
  CAT,
  credits,
  item,
  order,
  percentRule,
  plan,
  sale,
} from '../../support/orders.ts';

const meta = { model: 'last-touch', policyVersion: 1, planVersion: 1 };
const CANCELLED = { at: '2026-03-20T00:00:00.000Z', reason: 'fraud' };

/** Settles a conversion as the job does: what it should earn, less what was posted. */
function settle(input: AccrueInput) {
  const { lines, posted } = difference(input.conversion, accrue(input), meta);
  return { lines, conversion: { ...input.conversion, posted } satisfies Conversion };
}
/** The same sale after something else became known about the order. */
const then = (
  input: AccrueInput,
  conversion: Conversion,
  over: Partial<Conversion>,
  also: Partial<AccrueInput> = {},
) => ({
  ...input,
  conversion: { ...conversion, ...over },
  ...also,
});
const cents = (lines: ReadonlyMap<string, { cents: number; reason: string }>) =>
  Object.fromEntries([...lines].map(([partnerId, line]) => [partnerId, [line.cents, line.reason]]));

const threePairs = sale(order([item(1200, { quantity: 3 })]));

describe('given a settled order', () => {
  const first = settle(threePairs);

  test('the first settlement posts all it earns', () => {
    expect(cents(first.lines)).toEqual({ [ANN]: [360, 'earned'] });
    expect(first.conversion.posted).toEqual({ [ANN]: { cents: 360, matures: '2026-04-14', returnedUnits: 0 } });
  });

  test('when nothing changed, then nothing is posted and nothing is rewritten', () => {
    const again = settle(then(threePairs, first.conversion, {}));
    expect(again.lines.size).toBe(0);
    expect(again.conversion).toEqual(first.conversion);
  });

  test('when units come back, then their part is taken back, from the same day', () => {
    const { lines, conversion } = settle(
      then(threePairs, first.conversion, { returned: { 1: 1 } }, { terms: { holdDays: 60 } }),
    );
    expect(lines.get(ANN)).toMatchObject({
      cents: -120,
      totalCents: 240,
      reason: 'returned',
      units: 3,
      returnedUnits: 1,
      matures: '2026-04-14',
    });
    expect(conversion.posted).toEqual({ [ANN]: { cents: 240, matures: '2026-04-14', returnedUnits: 1 } });
  });

  test('when it is cancelled, then all is taken back and the posted state remembers the day', () => {
    const { lines, conversion } = settle(then(threePairs, first.conversion, { cancelled: CANCELLED }));
    expect(cents(lines)).toEqual({ [ANN]: [-360, 'cancelled'] });
    expect(conversion.posted).toEqual({ [ANN]: { cents: 0, matures: '2026-04-14', returnedUnits: 0 } });
    expect(settle(then(threePairs, conversion, {})).lines.size).toBe(0);
  });

  test('when the plan is corrected, then the change is told as computed again', () => {
    const corrected = then(threePairs, first.conversion, {}, { plan: plan([percentRule('base', 500)], 2) });
    expect(cents(settle(corrected).lines)).toEqual({ [ANN]: [-180, 'recomputed'] });
  });

  test('when the plan is corrected after a return that was posted, then it is no return', () => {
    const { conversion } = settle(then(threePairs, first.conversion, { returned: { 1: 1 } }));
    const corrected = then(threePairs, conversion, {}, { plan: plan([percentRule('base', 2000)], 2) });
    expect(cents(settle(corrected).lines)).toEqual({ [ANN]: [240, 'recomputed'] });
  });

  test('when another partner turns out to be credited, then one loses what the other earns', () => {
    const { lines, conversion } = settle(
      then(
        threePairs,
        first.conversion,
        {},
        {
          credits: credits([BOB, 10_000]),
          partners: new Map([[BOB, { group: 'default', type: 'content' }]]),
        },
      ),
    );
    expect(cents(lines)).toEqual({ [ANN]: [-360, 'recomputed'], [BOB]: [360, 'earned'] });
    expect(lines.get(ANN)).toMatchObject({
      creditBps: 0,
      position: 0,
      touches: 1,
      totalCents: 0,
      parts: [],
      commissionableCents: 3600,
    });
    expect(conversion.posted[ANN]).toEqual({ cents: 0, matures: '2026-04-14', returnedUnits: 0 });
  });

  test('when nobody is credited any more, then all is taken back', () => {
    const { lines } = settle(then(threePairs, first.conversion, {}, { credits: [] }));
    expect(cents(lines)).toEqual({ [ANN]: [-360, 'recomputed'] });
    expect(lines.get(ANN)).toMatchObject({ model: 'last-touch', commissionableCents: 3600 });
  });
});

test('an order that was cancelled before it was settled posts nothing', () => {
  const { lines, conversion } = settle(then(threePairs, threePairs.conversion, { cancelled: CANCELLED }));
  expect(lines.size).toBe(0);
  expect(conversion.posted).toEqual({});
});

test('an order that earns nothing posts nothing', () => {
  const { lines, conversion } = settle(sale(order([item(1000)]), { plan: plan([percentRule('no', 0)]) }));
  expect(lines.size).toBe(0);
  expect(conversion.posted).toEqual({});
});

describe('laws', () => {
  /** What can become known about an order between two settlements. */
  const step = (conversion: Conversion) =>
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('return' as const),
          line: fc.integer({ min: 1, max: conversion.items.length }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('plan' as const), plan: anyPlan }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('credits' as const), credits: anyCredits }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('rerun' as const) }) },
    );
  type Step = ReturnType<typeof step> extends fc.Arbitrary<infer S> ? S : never;

  function learn(input: AccrueInput, known: Step): AccrueInput {
    const { conversion } = input;
    switch (known.kind) {
      case 'return': {
        const returned = Math.min(
          (conversion.returned[known.line] ?? 0) + 1,
          conversion.items[known.line - 1]!.quantity,
        );
        return {
          ...input,
          conversion: { ...conversion, returned: { ...conversion.returned, [known.line]: returned } },
        };
      }
      case 'cancel':
        return { ...input, conversion: { ...conversion, cancelled: CANCELLED } };
      case 'plan':
        return { ...input, plan: known.plan };
      case 'credits':
        return { ...input, credits: known.credits };
      case 'rerun':
        return input;
    }
  }
  const story = anySale.chain((input) =>
    fc.tuple(fc.constant(input), fc.array(step(input.conversion), { maxLength: 12 })),
  );

  test('after any story the lines add up to what the order earns now; taking back never exceeds what was earned', () => {
    fc.assert(
      fc.property(story, ([start, steps]) => {
        let input = start;
        const balance = new Map<string, number>();
        const days = new Map<string, string>();
        for (const known of [{ kind: 'rerun' as const }, ...steps]) {
          input = learn(input, known);
          const { lines, conversion } = settle(input);
          for (const [partnerId, line] of lines) {
            expect(line.cents).not.toBe(0);
            expect(line.totalCents).toBe((balance.get(partnerId) ?? 0) + line.cents);
            expect(line.totalCents).toBeGreaterThanOrEqual(0);
            expect(line.reason === 'earned').toBe(!days.has(partnerId));
            expect(line.matures).toBe(days.get(partnerId) ?? line.matures);
            balance.set(partnerId, line.totalCents);
            days.set(partnerId, line.matures);
          }
          input = { ...input, conversion };
          expect(settle(input).lines.size).toBe(0);
        }
        const desired = new Map(accrue(input).map(({ partnerId, totalCents }) => [partnerId, totalCents]));
        for (const partner of [ANN, BOB, CAT]) {
          expect(balance.get(partner) ?? 0).toBe(desired.get(partner) ?? 0);
          expect(input.conversion.posted[partner]?.cents ?? 0).toBe(desired.get(partner) ?? 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('returns told one by one, in any order, settled in between or not, come to the same', () => {
    const returnsInOrders = anySale.chain((input) => {
      const units = input.conversion.items.flatMap(({ quantity }, index) =>
        Array.from({ length: quantity }, () => index + 1),
      );
      return fc
        .shuffledSubarray(units)
        .chain((back) =>
          fc.tuple(
            fc.constant(input),
            fc.constant(back),
            fc.shuffledSubarray(back, { minLength: back.length, maxLength: back.length }),
            fc.array(fc.boolean(), { minLength: back.length, maxLength: back.length }),
          ),
        );
    });
    const play = (input: AccrueInput, lines: readonly number[], settled: readonly boolean[]) => {
      let state = input;
      lines.forEach((line, index) => {
        state = learn(state, { kind: 'return', line });
        if (settled[index]) state = { ...state, conversion: settle(state).conversion };
      });
      return Object.entries(settle(state).conversion.posted)
        .filter(([, { cents: posted }]) => posted > 0)
        .sort();
    };
    fc.assert(
      fc.property(returnsInOrders, ([input, one, other, settled]) => {
        expect(play(input, other, settled)).toEqual(play(input, one, []));
      }),
      { numRuns: 200 },
    );
  });
});
