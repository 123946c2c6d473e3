import { describe, expect, test } from 'vitest';
import { CommissionPlan } from '../../../lib/commission/plan.ts';
import { replay } from '../../../lib/commission/replay.ts';
import { ANN, BOB, credits, item, order, percentRule, policy, traits } from '../../support/orders.ts';

const mark = (over: object = {}) => ({
  ...{ id: 'mark', label: 'Mark' },
  pay: { kind: 'milestone', by: 'revenue', per: 'month', at: 30_000, amountCents: 5_000 },
  ...over,
});
const season = (over: object = {}) => ({ ...percentRule('season', 100), ...over });

/** What bonuses pay, by order: shoes of 200.00, then a hat and a gift card of 100.00 each, by Ann. */
function paid(bonuses: readonly object[], over: object = {}): Record<string, Record<string, number>> {
  const plan = CommissionPlan.parse({ name: 'Plan', rules: [percentRule('base', 1_000)], bonuses, ...over });
  const [shoes, hat] = [item(20_000, { sku: 'S' }), item(10_000, { sku: 'H', category: 'hats' })];
  const orders = [
    order([shoes], { orderId: '1', occurredAt: '2026-03-01T10:00:00.000Z' }),
    order([hat, item(10_000, { sku: 'GIFT' })], { orderId: '2', occurredAt: '2026-03-02T10:00:00.000Z' }),
  ].map((conversion) => ({
    conversion,
    credits: credits([ANN, 10_000]),
    partners: traits([ANN, { type: 'creator', group: 'gold' }], [BOB]),
    policy: policy(),
  }));
  const plans = [{ version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z', plan }];
  const { repriced } = replay(orders, { plans, terms: { holdDays: 0 }, timeZone: 'UTC' });
  return Object.fromEntries(
    repriced.map(({ order: { conversion }, accruals }) => [
      conversion.orderId,
      Object.fromEntries(
        accruals[0]!.parts.filter(({ onTop }) => onTop).map(({ rule, cents }): [string, number] => [rule, cents]),
      ),
    ]),
  );
}

describe('a milestone is paid', () => {
  const once = { 1: {}, 2: { mark: 5_000 } };
  const never = { 1: {}, 2: {} };
  test.each<[string, Record<string, object>, object, object?]>([
    ['with the order that reaches the mark', once, {}],
    ['where an item matches it', once, { when: { categories: ['hats'] } }],
    ['not where no item does', never, { when: { categories: ['bags'] } }],
    ['not by price', never, { when: { minPriceCents: 10_001 } }],
    ['where a condition inside matches', once, { when: { any: [{ groups: ['silver'] }, { groups: ['gold'] }] } }],
    ['not where none inside does', never, { when: { all: [{ groups: ['silver'] }] } }],
    ['not where one inside must not match', never, { when: { not: { partnerTypes: ['creator'] } } }],
    ['beside what is excluded', once, {}, { exclusions: [{ id: 'no', label: 'No', when: { skus: ['GIFT'] } }] }],
    ['not for what is excluded', never, {}, { exclusions: [{ id: 'no', label: 'No', when: { groups: ['gold'] } }] }],
  ])('%s', (_, expected, over, plan) => {
    expect(paid([mark(over)], plan)).toEqual(expected);
  });
});

describe('a bonus that does not stack', () => {
  test.each<[string, Record<string, object>, readonly object[]]>([
    ['stands alone', { 1: { season: 200 }, 2: { season: 200 } }, [season({ stacks: false })]],
    [
      'gives way on the items of the one above it',
      { 1: { season: 200 }, 2: { hats: 100, season: 100 } },
      [percentRule('hats', 100, { categories: ['hats'] }), season({ stacks: false })],
    ],
    [
      'gives way to a milestone above it, in the order that reaches the mark',
      { 1: { season: 200 }, 2: { mark: 5_000 } },
      [mark(), season({ stacks: false })],
    ],
    [
      'is a milestone, and gives way to any item’s bonus',
      { 1: {}, 2: { hats: 100 } },
      [percentRule('hats', 100, { categories: ['hats'] }), mark({ stacks: false })],
    ],
    [
      'is a milestone above the others',
      { 1: { season: 200 }, 2: { mark: 5_000, season: 200 } },
      [mark({ stacks: false }), season()],
    ],
  ])('%s', (_, expected, bonuses) => {
    expect(paid(bonuses)).toEqual(expected);
  });
});
