import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommissionPlan, type PlanVersion } from '../../../lib/commission/plan.ts';
import { type ReplayedOrder, replay } from '../../../lib/commission/replay.ts';
import { ANN, credits, item, order, percentRule, policy, traits } from '../../support/orders.ts';

const milestone = (over: object = {}) => ({
  ...{ id: 'mark', label: 'Mark' },
  pay: { kind: 'milestone', by: 'revenue', per: 'month', at: 30_000, amountCents: 5_000 },
  ...over,
});
const version = (bonuses: readonly object[], over: object = {}, effectiveFrom = '2026-01-01'): PlanVersion => ({
  version: Number(effectiveFrom.slice(5, 7)),
  effectiveFrom: `${effectiveFrom}T00:00:00.000Z`,
  plan: CommissionPlan.parse({ name: 'Plan', rules: [percentRule('base', 1_000)], bonuses, ...over }),
});

/** An order of Ann's of one hat or pair of shoes; what came back is told by `returned`. */
const sold = (orderId: string, day: string, cents: number, category = 'shoes', returned = 0): ReplayedOrder => ({
  conversion: order([item(cents, { category })], {
    ...{ orderId, occurredAt: `${day}T10:00:00.000Z` },
    ...(returned > 0 && { returned: { '1': returned } }),
  }),
  credits: credits([ANN, 10_000]),
  partners: traits([ANN]),
  policy: policy(),
});
const marksOf = (orders: readonly ReplayedOrder[], ...plans: readonly PlanVersion[]) =>
  replay(orders, { plans, terms: { holdDays: 0 }, timeZone: 'UTC' }).repriced.flatMap(({ order: each, accruals }) =>
    accruals[0]!.parts.flatMap(({ rule, why }) => (rule === 'mark' ? [[each.conversion.orderId, why]] : [])),
  );
const HATS = { when: { categories: ['hats'] } };

describe('a milestone whose mark is reached by an order that it is not for', () => {
  const history = [
    sold('1', '2026-03-01', 20_000, 'hats'),
    sold('2', '2026-03-02', 15_000),
    sold('3', '2026-03-03', 100),
    sold('4', '2026-03-04', 100, 'hats'),
    sold('5', '2026-03-05', 100, 'hats'),
    sold('6', '2026-04-01', 100, 'hats'),
  ];
  const later = '300.00 USD reached earlier in the month; the first order since then that it is paid with';

  test('is paid with the next one of the period that it is for, once, and says so', () => {
    expect(marksOf(history, version([milestone(HATS)]))).toEqual([['4', later]]);
  });

  test('waits for something that is not excluded', () => {
    const exclusions = [{ id: 'no', label: 'No', when: { categories: ['shoes'] } }];
    expect(marksOf(history, version([milestone()], { exclusions }))).toEqual([['4', later]]);
  });

  test('waits while it gives way to a bonus above it', () => {
    const above = percentRule('shoes', 100, { categories: ['shoes'] });
    expect(marksOf(history, version([above, milestone({ stacks: false })]))).toEqual([['4', later]]);
  });

  test('is not paid in another period', () => {
    expect(marksOf([...history.slice(0, 3), history[5]!], version([milestone(HATS)]))).toEqual([]);
  });

  test('moves on when the order it was paid with comes back', () => {
    const returned = history.with(3, sold('4', '2026-03-04', 100, 'hats', 1));
    expect(marksOf(returned, version([milestone(HATS)]))).toEqual([['5', later]]);
  });

  test('is paid once where two versions of the plan have it', () => {
    const lower = { ...milestone(), pay: { ...milestone().pay, at: 30_100 } };
    const plans = [version([milestone()]), version([lower], {}, '2026-03-03')];
    expect(marksOf(history, ...plans)).toEqual([['2', '300.00 USD reached in the month']]);
  });
});

test('law: a milestone is paid at most once a period, and is paid when an order it is for stands at or above the mark', () => {
  const any = fc.record({
    day: fc.integer({ min: 1, max: 28 }),
    month: fc.constantFrom('03', '04'),
    cents: fc.integer({ min: 1, max: 20_000 }),
    category: fc.constantFrom('hats', 'shoes'),
    returned: fc.nat(1),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 12 }), (rows) => {
      const orders = rows.map(({ day, month, cents, category, returned }, place) =>
        sold(`O-${place}`, `2026-${month}-${String(day).padStart(2, '0')}`, cents, category, returned),
      );
      const paid = marksOf(orders, version([milestone(HATS)])).map(([orderId]) => orderId);
      for (const month of ['2026-03', '2026-04']) {
        const own = orders
          .filter(({ conversion }) => conversion.occurredAt.startsWith(month))
          .sort((a, b) =>
            `${a.conversion.occurredAt} ${a.conversion.orderId}` < `${b.conversion.occurredAt} ${b.conversion.orderId}`
              ? -1
              : 1,
          );
        let sum = 0;
        const due = own.find(({ conversion: { items, returned } }) => {
          const kept = returned['1'] ? 0 : items[0]!.unitPriceCents;
          sum += kept;
          return kept > 0 && sum >= 30_000 && items[0]!.category === 'hats';
        });
        expect(paid.filter((id) => own.some(({ conversion }) => conversion.orderId === id))).toEqual(
          due ? [due.conversion.orderId] : [],
        );
      }
    }),
  );
});
