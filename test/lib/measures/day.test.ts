import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { remainingOrder } from '../../../lib/commission/order.ts';
import {
  clickMovement,
  conversionMovements,
  type DayMeasures,
  journalMovement,
  MEASURES,
  NO_PARTNER,
  NOTHING,
  plus,
} from '../../../lib/measures/day.ts';
import type { Conversion } from '../../../lib/tracking/conversion.ts';
import { ANN, anyCredits, anyOrder, anyReturns, BOB, credits, item, order } from '../../support/orders.ts';
import { busyAccount } from '../../support/partner-account.ts';

const berlin = { timeZone: 'Europe/Berlin', currency: 'USD' };
const by = (movements: ReturnType<typeof conversionMovements>) =>
  Object.fromEntries(movements.map(({ partnerId, day, by }) => [`${partnerId} ${day}`, by]));

describe('an order', () => {
  const fresh = order([item(10_000)], { occurredAt: '2026-03-29T22:30:00.000Z' });
  const settled = { ...fresh, revision: 2, credits: credits([ANN, 4_000], [BOB, 6_000]) };

  test('counts for nobody until it is settled, on its day in the program’s zone', () => {
    expect(by(conversionMovements(undefined, fresh, berlin))).toEqual({
      [`${NO_PARTNER} 2026-03-30`]: { ...NOTHING, conversions: 1, creditBps: 10_000, revenueCents: 10_000 },
    });
  });

  test('moves to its partners when it is settled', () => {
    expect(by(conversionMovements(fresh, settled, berlin))).toEqual({
      [`${NO_PARTNER} 2026-03-30`]: { ...NOTHING, conversions: -1, creditBps: -10_000, revenueCents: -10_000 },
      [`${ANN} 2026-03-30`]: { ...NOTHING, conversions: 1, creditBps: 4_000, revenueCents: 4_000 },
      [`${BOB} 2026-03-30`]: { ...NOTHING, conversions: 1, creditBps: 6_000, revenueCents: 6_000 },
    });
  });

  test('stays an order when it comes back, worth nothing and counted as returned once', () => {
    const returned = { ...settled, returned: { '1': 1 } };
    expect(by(conversionMovements(settled, returned, berlin))[`${ANN} 2026-03-30`]).toEqual({
      ...NOTHING,
      revenueCents: -4_000,
      returns: 1,
    });
    expect(conversionMovements(returned, { ...returned, revision: 9 }, berlin)).toEqual([]);
  });

  test('in another currency is counted, but not added to the revenue', () => {
    const [movement] = conversionMovements(undefined, { ...fresh, currency: 'EUR' }, berlin);
    expect(movement?.by).toMatchObject({ conversions: 1, revenueCents: 0 });
  });
});

test('a click counts on its day in the program’s zone', () => {
  const click = { brandId: 'b', programId: 'p', partnerId: ANN, at: '2026-03-28T23:30:00.000Z' };
  expect(clickMovement(click, berlin)).toMatchObject({ day: '2026-03-29', by: { clicks: 1 } });
  expect(clickMovement(click, { ...berlin, timeZone: 'America/Los_Angeles' })).toMatchObject({ day: '2026-03-28' });
});

test('the commission of all days is what the ledger says was earned; paying it moves no day', () => {
  const { journals } = busyAccount();
  const total = journals.reduce((sum, journal) => sum + (journalMovement(journal, berlin)?.by.commissionCents ?? 0), 0);
  expect(total).toBe(-journals.at(-1)!.after.balances.expense);
  for (const journal of journals) {
    expect(journalMovement(journal, berlin) !== undefined).toBe(journal.kind === 'accrual');
  }
});

describe('laws', () => {
  /** An order's life: reported, settled, returned in part, credited anew, cancelled; any stretch of it. */
  const anyLife = fc
    .record({ first: anyOrder, earlier: anyCredits, later: anyCredits, cancelled: fc.boolean() })
    .chain((life) => anyReturns(life.first).map((returned) => ({ ...life, returned })))
    .map(({ first, earlier, later, returned, cancelled }): Conversion[] => {
      const settled = { ...first, credits: earlier };
      const back = { ...settled, returned };
      const again = { ...back, credits: later };
      return [
        first,
        settled,
        back,
        again,
        ...(cancelled ? [{ ...again, cancelled: { at: '2026-03-30T00:00:00.000Z', reason: 'fraud' } }] : []),
      ];
    });
  const sum = (movements: ReturnType<typeof conversionMovements>): DayMeasures =>
    movements.reduce((total, { by }) => plus(total, by), NOTHING);

  test('all steps of a life together are its last state alone', () =>
    fc.assert(
      fc.property(anyLife, (life) => {
        const steps = life.flatMap((state, place) => conversionMovements(life[place - 1], state, berlin));
        const rows = new Map<string, DayMeasures>();
        for (const { partnerId, by } of steps) rows.set(partnerId, plus(rows.get(partnerId) ?? NOTHING, by));
        const last = conversionMovements(undefined, life.at(-1), berlin);
        for (const [partnerId, row] of rows) {
          expect(row).toEqual({ ...NOTHING, ...last.find((movement) => movement.partnerId === partnerId)?.by });
        }
      }),
    ));

  test('however an order is shared, its rows add up to one order and its revenue', () =>
    fc.assert(
      fc.property(anyLife, (life) => {
        const state = life.at(-1)!;
        const total = sum(conversionMovements(undefined, state, berlin));
        expect(total.creditBps).toBe(10_000);
        expect(total.revenueCents).toBe(remainingOrder(state).commissionableCents);
      }),
    ));

  test('a change that is not about money or credit moves nothing', () =>
    fc.assert(
      fc.property(anyLife, fc.nat(), (life, revision) => {
        for (const state of life) expect(conversionMovements(state, { ...state, revision }, berlin)).toEqual([]);
      }),
    ));
});

test('plus adds every measure', () => {
  const ones = Object.fromEntries(MEASURES.map((measure) => [measure, 1])) as unknown as DayMeasures;
  expect(plus(ones, ones)).toEqual(Object.fromEntries(MEASURES.map((measure) => [measure, 2])));
});
