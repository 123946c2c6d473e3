import { expect, test } from 'vitest';
import { CommissionPlan, type PlanVersion } from '../../../lib/commission/plan.ts';
import { type ReplayedOrder, replay } from '../../../lib/commission/replay.ts';
import { ANN, BOB, CAT, credits, item, order, percentRule, policy, traits } from '../../support/orders.ts';

const FIRST = percentRule('first', 2_000, { nthOrder: { to: 1 } });
const renewal = (rateBps: number, over: object = {}) => ({
  ...percentRule('renewal', rateBps, { categories: ['pro'] }),
  recurring: { months: 24, rate: 'pinned' },
  ...over,
});
const BASE = percentRule('base', 100);
const version = (effectiveFrom: string, rules: readonly object[]): PlanVersion => ({
  version: Number(effectiveFrom.slice(5, 7)),
  effectiveFrom: `${effectiveFrom}T00:00:00.000Z`,
  plan: CommissionPlan.parse({ name: 'Plan', rules }),
});
const sold = (day: string, category = 'pro', partnerId = ANN): ReplayedOrder => ({
  conversion: order([item(10_000, { category })], {
    ...{ orderId: day, occurredAt: `${day}T10:00:00.000Z`, customerId: 'C' },
  }),
  credits: credits([partnerId, 10_000]),
  partners: traits([partnerId]),
  policy: policy(),
});
const pricesOf = (orders: readonly ReplayedOrder[], plans: readonly PlanVersion[]) =>
  replay(orders, { plans, terms: { holdDays: 0 }, timeZone: 'UTC' }).repriced.map(({ accruals }) => {
    const { rule, rateBps, why } = accruals[0]!.parts[0]!;
    return [rule, rateBps, ...(why === undefined ? [] : [why])];
  });

test('a pinned rule that came after the customer’s first order keeps the rate of the first order it priced', () => {
  const plans = [
    version('2026-01-01', [FIRST, BASE]),
    version('2026-03-01', [FIRST, renewal(1_000), BASE]),
    version('2026-06-01', [FIRST, renewal(400), BASE]),
  ];
  const orders = [
    sold('2026-01-10'),
    // Of another category: it does not pin what it is not priced by.
    sold('2026-03-05', 'basic'),
    sold('2026-04-10'),
    sold('2026-06-10'),
    sold('2026-07-10'),
  ];
  const later = 'pinned on 2026-04-10, with the first order that this rule priced';
  const [, , pins, ...kept] = pricesOf(orders, plans);
  expect(pins).toEqual(['renewal', 1_000]);
  expect(kept).toEqual([
    ['renewal', 1_000, later],
    ['renewal', 1_000, later],
  ]);
  // Without the order of April the rule prices the customer's first order in June, by the rate of June.
  expect(pricesOf(orders.toSpliced(2, 1), plans).slice(2)).toEqual([
    ['renewal', 400],
    ['renewal', 400, 'pinned on 2026-06-10, with the first order that this rule priced'],
  ]);
});

test('a rule that was there at the first order keeps that order’s rate, whether it priced it or not', () => {
  const plans = [version('2026-01-01', [FIRST, renewal(1_000)]), version('2026-06-01', [FIRST, renewal(400)])];
  expect(pricesOf([sold('2026-01-10'), sold('2026-06-10')], plans)).toEqual([
    ['first', 2_000],
    ['renewal', 1_000, 'pinned on 2026-01-10'],
  ]);
});

test('a rule that floated at the first order and is pinned later keeps the rate of the first order it priced since', () => {
  const floating = renewal(1_000, { recurring: { months: 24, rate: 'floating' } });
  const plans = [
    version('2026-01-01', [floating]),
    version('2026-03-01', [renewal(700)]),
    version('2026-06-01', [renewal(400)]),
  ];
  const orders = ['2026-01-10', '2026-02-10', '2026-03-10', '2026-06-10'].map((day) => sold(day));
  expect(pricesOf(orders, plans).map(([, rateBps]) => rateBps)).toEqual([1_000, 1_000, 700, 700]);
});

test('each partner has the rate of their own first order with the customer', () => {
  const plans = [version('2026-01-01', [renewal(1_000)]), version('2026-06-01', [renewal(400)])];
  const orders = [
    sold('2026-01-10'),
    sold('2026-06-10', 'pro', BOB),
    sold('2026-07-10', 'pro', BOB),
    sold('2026-08-10'),
  ];
  expect(pricesOf(orders, plans).map(([, rateBps]) => rateBps)).toEqual([1_000, 400, 400, 1_000]);
});

test('pins nothing for recruiters and assists, whose orders of the period nobody counts', () => {
  const tiers = { kind: 'tiers', by: 'orders', per: 'month', mode: 'marginal', steps: [{ from: 0, rateBps: 700 }] };
  const plan = {
    ...{ version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z' },
    plan: CommissionPlan.parse({
      name: 'Plan',
      rules: [renewal(0, { pay: tiers })],
      overrides: [{ id: 'recruiter', label: 'Recruiter', level: 1, of: 'commission', rateBps: 1_000 }],
    }),
  };
  const shared = (day: string): ReplayedOrder => ({
    ...sold(day),
    credits: credits([ANN, 10_000], [CAT, 0]),
    partners: traits([ANN, { recruiters: [BOB] }], [CAT, { recruiters: [] }]),
    policy: {
      version: 1,
      effectiveFrom: '',
      policy: { ...policy().policy, assistBonus: { pay: { kind: 'flat', amountCents: 100 }, mostCents: 500 } },
    },
  });
  const { repriced } = replay([shared('2026-01-10'), shared('2026-02-10')], {
    ...{ plans: [plan], terms: { holdDays: 0 }, timeZone: 'UTC' },
  });
  const paid = repriced.map(({ accruals }) => accruals.map(({ partnerId, totalCents }) => [partnerId, totalCents]));
  const each = [
    [ANN, 700],
    [CAT, 100],
    [BOB, 70],
  ];
  expect(paid).toEqual([each, each]);
});
