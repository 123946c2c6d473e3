import fc from 'fast-check';
import { credit } from '../../lib/attribution/credit.ts';
import type { Credit, Touch } from '../../lib/attribution/journey.ts';
import type { PolicyVersion } from '../../lib/attribution/policy.ts';
import type { AccrueInput } from '../../lib/commission/accrue.ts';
import type { PartnerTraits } from '../../lib/commission/match.ts';
import { CommissionPlan, type PlanVersion } from '../../lib/commission/plan.ts';
import type { Conversion, LineItem } from '../../lib/tracking/conversion.ts';

/** Builders of orders, plans and credits for tests of the money rules, each with what a test does not care about filled in. */

export const BRAND = 'brd_000001';
export const PROGRAM = 'prg_0000000000000001';
export const ANN = 'ptr_000000000000ann0';
export const BOB = 'ptr_000000000000b0b0';
export const CAT = 'ptr_000000000000cat0';

export const item = (unitPriceCents: number, over: Partial<LineItem> = {}): LineItem => ({
  sku: 'sku',
  quantity: 1,
  unitPriceCents,
  discountCents: 0,
  ...over,
});

export const order = (items: readonly LineItem[], over: Partial<Conversion> = {}): Conversion => ({
  brandId: BRAND,
  programId: PROGRAM,
  eventType: 'sale',
  orderId: '1001',
  occurredAt: '2026-03-15T10:00:00.000Z',
  receivedAt: '2026-03-15T10:00:01.000Z',
  currency: 'USD',
  items,
  orderDiscountCents: 0,
  returned: {},
  revision: 1,
  posted: {},
  ...over,
});

/** A plan version from rules as an owner would write them. */
export const plan = (rules: readonly unknown[], version = 1): PlanVersion => ({
  version,
  effectiveFrom: '2026-01-01T00:00:00.000Z',
  plan: CommissionPlan.parse({ name: 'Plan', rules }),
});

export const percentRule = (id: string, rateBps: number, when: object = {}) => ({
  id,
  label: id,
  when,
  pay: { kind: 'percent', rateBps },
});
export const flatRule = (id: string, amountCents: number, when: object = {}) => ({
  id,
  label: id,
  when,
  pay: { kind: 'flat', amountCents },
});

export const policy = (model: 'last-touch' | 'position-based' = 'last-touch', version = 1): PolicyVersion => ({
  version,
  effectiveFrom: '2026-01-01T00:00:00.000Z',
  policy:
    model === 'last-touch'
      ? { model, lookbackDays: 30 }
      : { model, lookbackDays: 30, weightsBps: { first: 4000, middle: 2000, last: 4000 } },
});

/** Credits in these shares, each for the touch in the partner's place. */
export const credits = (...shares: readonly (readonly [partnerId: string, creditBps: number])[]): Credit[] =>
  shares.map(([partnerId, creditBps], index) => ({
    partnerId,
    creditBps,
    position: index + 1,
    touches: shares.length,
    touchAt: `2026-03-0${index + 1}T08:00:00.000Z`,
  }));

export const traits = (
  ...partners: readonly (readonly [partnerId: string, over?: Partial<PartnerTraits>])[]
): Map<string, PartnerTraits> =>
  new Map(partners.map(([partnerId, over]) => [partnerId, { group: 'default', type: 'content', ...over }]));

/** Everything `accrue` needs: by default Ann has all the credit and every item earns 10 %. */
export const sale = (conversion: Conversion, over: Partial<AccrueInput> = {}): AccrueInput => {
  const credited = over.credits ?? credits([ANN, 10_000]);
  return {
    conversion,
    credits: credited,
    plan: plan([percentRule('base', 1000)]),
    policy: policy(),
    partners: traits(...credited.map(({ partnerId }) => [partnerId] as const)),
    terms: { holdDays: 30 },
    timeZone: 'UTC',
    ...over,
  };
};

const CATEGORIES = ['shoes', 'hats', 'bags'] as const;
const GROUPS = ['default', 'gold'] as const;

const anyItem = fc
  .record({
    sku: fc.constantFrom('a', 'b', 'c'),
    category: fc.option(fc.constantFrom(...CATEGORIES), { nil: undefined }),
    quantity: fc.integer({ min: 1, max: 7 }),
    unitPriceCents: fc.oneof(fc.nat(5), fc.nat(100_000), fc.nat(1_000_000_000)),
    discountBps: fc.nat(10_000),
  })
  .map(({ discountBps, category, ...rest }) => ({
    ...rest,
    ...(category !== undefined && { category }),
    discountCents: Math.floor((rest.quantity * rest.unitPriceCents * discountBps) / 10_000),
  }));

/** Any order, nothing returned yet: odd prices, zero prices, discounts up to everything. */
export const anyOrder: fc.Arbitrary<Conversion> = fc
  .record({ items: fc.array(anyItem, { minLength: 1, maxLength: 6 }), discountBps: fc.nat(10_000) })
  .map(({ items, discountBps }) => {
    const sum = items.reduce((total, each) => total + each.quantity * each.unitPriceCents - each.discountCents, 0);
    return order(items, { orderDiscountCents: Math.floor((sum / 10_000) * discountBps) });
  });

/** How many units of each line come back, by line number; whole lines and nothing among them. */
export const anyReturns = ({ items }: Conversion): fc.Arbitrary<Record<string, number>> =>
  fc
    .tuple(...items.map(({ quantity }) => fc.nat(quantity)))
    .map((counts) => Object.fromEntries(counts.flatMap((units, at) => (units > 0 ? [[String(at + 1), units]] : []))));

const anyTouches: fc.Arbitrary<Touch[]> = fc
  .array(fc.tuple(fc.constantFrom(ANN, BOB, CAT), fc.nat(28)), { minLength: 1, maxLength: 7 })
  .map((touches) =>
    touches.map(([partnerId, day], index) => ({
      touchId: `t${index}`,
      kind: 'click' as const,
      partnerId,
      link: `link-${partnerId}`,
      at: new Date(Date.parse('2026-02-15T00:00:00Z') + day * 86_400_000).toISOString(),
    })),
  );

/** Credits that a journey can really give. */
export const anyCredits: fc.Arbitrary<Credit[]> = fc
  .record({
    touches: anyTouches,
    first: fc.nat(9_999),
    lastShare: fc.nat(10_000),
    model: fc.constantFrom('last-touch' as const, 'position-based' as const),
  })
  .map(({ touches, first, lastShare, model }) => {
    const sorted = [...touches].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.touchId < b.touchId ? -1 : 1));
    const last = Math.max(first === 0 ? 1 : 0, Math.floor(((10_000 - first) * lastShare) / 10_000));
    const weightsBps = { first, last, middle: 10_000 - first - last };
    return credit(
      sorted,
      model === 'last-touch' ? { model, lookbackDays: 30 } : { model, lookbackDays: 30, weightsBps },
    );
  });

const anyRule = fc.record({
  categories: fc.option(fc.subarray([...CATEGORIES], { minLength: 1 }), { nil: undefined }),
  groups: fc.option(fc.subarray([...GROUPS], { minLength: 1 }), { nil: undefined }),
  pay: fc.oneof(
    fc.record({ kind: fc.constant('percent' as const), rateBps: fc.nat(10_000) }),
    fc.record({ kind: fc.constant('flat' as const), amountCents: fc.nat(2_000) }),
  ),
});

/** Any plan, with or without a rule that catches everything. */
export const anyPlan: fc.Arbitrary<PlanVersion> = fc
  .array(anyRule, { minLength: 1, maxLength: 5 })
  .map((rules) =>
    plan(rules.map(({ pay, ...when }, index) => ({ id: `r${index}`, label: `Rule ${index}`, when, pay }))),
  );

/** Any sale: order, credits and plan, with partners of both groups. */
export const anySale: fc.Arbitrary<AccrueInput> = fc
  .record({ conversion: anyOrder, credits: anyCredits, plan: anyPlan, gold: fc.subarray([ANN, BOB, CAT]) })
  .map(({ gold, ...input }) =>
    sale(input.conversion, {
      ...input,
      partners: traits(
        ...[ANN, BOB, CAT].map((partner) => [partner, { group: gold.includes(partner) ? 'gold' : 'default' }] as const),
      ),
    }),
  );
