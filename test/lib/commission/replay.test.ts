import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accrueByLine } from '../../../lib/commission/accrue.ts';
import type { Book } from '../../../lib/commission/book.ts';
import { CommissionPlan, type PlanVersion } from '../../../lib/commission/plan.ts';
import { type ReplayedOrder, replay } from '../../../lib/commission/replay.ts';
import {
  ANN,
  anyReturns,
  anySale,
  BOB,
  CAT,
  credits,
  item,
  order,
  plan,
  policy,
  traits,
} from '../../support/orders.ts';

const whole = (over: object): PlanVersion => ({
  version: 1,
  effectiveFrom: '2026-01-01T00:00:00.000Z',
  plan: CommissionPlan.parse({ name: 'Plan', ...over }),
});
const ladder = (mode: 'marginal' | 'retroactive', steps: readonly (readonly [from: number, rateBps: number])[]) => ({
  kind: 'tiers',
  by: 'revenue',
  per: 'month',
  mode,
  steps: steps.map(([from, rateBps]) => ({ from, rateBps })),
});

const DAYS = ['2026-03-02', '2026-03-15', '2026-03-31', '2026-04-01', '2026-06-30', '2026-07-01'];
/** Orders of three partners and two customers over two quarters, shared or not, with returns and cancellations. */
const anyHistory: fc.Arbitrary<ReplayedOrder[]> = fc
  .array(
    fc.tuple(
      anySale,
      fc.constantFrom(...DAYS),
      fc.nat(23),
      fc.constantFrom('C1', 'C2', undefined),
      fc.boolean(),
      fc.nat(9),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .chain((rows) => fc.tuple(fc.constant(rows), fc.tuple(...rows.map(([input]) => anyReturns(input.conversion)))))
  .map(([rows, returns]) =>
    rows.map(([input, day, hour, customerId, isNew, dice], place) => ({
      credits: input.credits,
      partners: input.partners,
      policy: input.policy,
      conversion: {
        ...input.conversion,
        orderId: `O-${place}`,
        occurredAt: `${day}T${String(hour).padStart(2, '0')}:00:00.000Z`,
        customerStatus: isNew ? ('new' as const) : ('returning' as const),
        ...(customerId && { customerId }),
        returned: returns[place]!,
        ...(dice === 0 && { cancelled: { at: `${day}T23:59:59.000Z`, reason: 'fraud' } }),
      },
    })),
  );

const anyLadder = fc
  .tuple(
    fc.constantFrom('marginal', 'retroactive'),
    fc.constantFrom('revenue', 'orders', 'new-customers'),
    fc.constantFrom('month', 'quarter', 'year'),
    fc.uniqueArray(fc.integer({ min: 1, max: 50_000 }), { maxLength: 3 }),
    fc.array(fc.nat(3_000), { minLength: 4, maxLength: 4 }),
  )
  .map(([mode, by, per, marks, rates]) => {
    const rising = [...rates].sort((a, b) => a - b);
    const froms = [0, ...marks.map((mark) => (by === 'revenue' ? mark * 100 : (mark % 5) + 1))];
    const steps = [...new Set(froms)].sort((a, b) => a - b).map((from, place) => ({ from, rateBps: rising[place]! }));
    return { kind: 'tiers', mode, by, per, steps };
  });

const anyPlan: fc.Arbitrary<PlanVersion> = fc
  .record({
    ladder: anyLadder,
    extra: anyLadder,
    cap: fc.option(fc.record({ cents: fc.nat(100_000), per: fc.constantFrom('month', 'quarter') }), { nil: undefined }),
    perOrderCents: fc.nat(50_000),
    perItemCents: fc.nat(5_000),
    rateBps: fc.nat(5_000),
    pinned: fc.constantFrom('pinned', 'floating'),
    renews: fc.constantFrom('percent', 'tiers'),
    mark: fc.integer({ min: 1, max: 1_000_000 }),
  })
  .map(({ ladder: steps, extra, cap, perOrderCents, perItemCents, rateBps, pinned, renews, mark }) =>
    whole({
      exclusions: [{ id: 'no-bags', label: 'Bags', when: { categories: ['bags'] } }],
      rules: [
        {
          id: 'renewal',
          label: 'Renewal',
          when: { nthOrder: { from: 2 } },
          recurring: { months: 3, rate: pinned },
          pay: renews === 'tiers' ? extra : { kind: 'percent', rateBps },
        },
        {
          id: 'hats',
          label: 'Hats',
          when: { categories: ['hats'] },
          pay: { kind: 'percent', rateBps },
          cap: { perItemCents, perOrderCents },
        },
        { id: 'ladder', label: 'Ladder', pay: steps, ...(cap && { cap: { perPeriod: cap } }) },
      ],
      overrides: [
        { id: 'recruiter', label: 'Recruiter', level: 1, of: 'commission', rateBps },
        { id: 'above', label: 'Above', level: 2, of: 'sales', rateBps: 50 },
      ],
      bonuses: [
        { id: 'more', label: 'More', when: { not: { categories: ['shoes'] } }, pay: extra },
        { id: 'once', label: 'Once', pay: { kind: 'flat', amountCents: perOrderCents, per: 'order' }, stacks: false },
        {
          id: 'mark',
          label: 'Mark',
          pay: { kind: 'milestone', by: 'revenue', per: 'quarter', at: mark, amountCents: 10_000 },
        },
      ],
    }),
  );

const RECRUITERS = new Map([
  [ANN, [BOB, CAT]],
  [BOB, [CAT]],
]);
const recruited = (order: ReplayedOrder): ReplayedOrder => ({
  ...order,
  partners: new Map([...order.partners].map(([id, of]) => [id, { ...of, recruiters: RECRUITERS.get(id) ?? [] }])),
});
const pricedBy = (orders: readonly ReplayedOrder[], version: PlanVersion) =>
  replay(orders.map(recruited), { plans: [version], terms: { holdDays: 30 }, timeZone: 'Europe/Berlin' });
const byName = (orders: readonly ReplayedOrder[], version: PlanVersion) =>
  Object.fromEntries(
    pricedBy(orders, version).repriced.map(({ order: { conversion }, accruals }) => [conversion.orderId, accruals]),
  );
const earned = (orders: readonly ReplayedOrder[], version: PlanVersion) =>
  Object.values(byName(orders, version))
    .flat()
    .reduce((sum, { totalCents }) => sum + totalCents, 0);

describe('laws of any plan over any history', () => {
  test('an accrual is the sum of its parts, is never negative, and the bases of the credited add up to the order', () => {
    fc.assert(
      fc.property(anyHistory, anyPlan, (orders, version) => {
        for (const { order: each, accruals } of pricedBy(orders, version).repriced) {
          for (const { totalCents, parts, details } of accruals) {
            expect(parts.reduce((sum, { cents }) => sum + cents, 0)).toBe(totalCents);
            for (const { cents } of parts) expect(cents).toBeGreaterThanOrEqual(0);
            expect(details.map(({ part }) => part)).toEqual(parts);
          }
          const credited = accruals.filter(({ credit }) => credit.creditBps > 0);
          const bases = credited.reduce((sum, { baseCents }) => sum + baseCents, 0);
          expect(bases).toBe(credited[0]?.commissionableCents ?? 0);
          expect(credited).toHaveLength(each.credits.length);
        }
      }),
    );
  });

  test('does not depend on the order in which orders are told, or returned lines and partners are listed', () => {
    fc.assert(
      fc.property(anyHistory, anyPlan, (orders, version) => {
        const backwards = [...orders].reverse().map((each) => ({
          ...each,
          partners: new Map([...each.partners].reverse()),
          conversion: {
            ...each.conversion,
            returned: Object.fromEntries(Object.entries(each.conversion.returned).reverse()),
          },
        }));
        expect(byName(backwards, version)).toEqual(byName(orders, version));
      }),
    );
  });

  test('an order is priced the same by a book that holds it already, told twice, and by one that does not', () => {
    fc.assert(
      fc.property(anyHistory, anyPlan, (orders, version) => {
        const { book, repriced } = pricedBy(orders, version);
        const last = repriced.at(-1)!;
        const again = (facts: ReturnType<Book['facts']>) => {
          const { conversion, credits: shares, partners, policy: by } = last.order;
          const rest = { plan: version, policy: by, partners, terms: { holdDays: 30 }, timeZone: 'Europe/Berlin' };
          return accrueByLine({ conversion, credits: shares, facts, ...rest });
        };
        book.enter(last.order);
        expect(again(book.facts(last.order, version))).toEqual(last.accruals);
        const others = pricedBy(
          orders.filter((each) => each !== last.order),
          version,
        ).book;
        // Retroactive tiers look at later orders too, but the last one has none, and the others' rates are not asked for.
        if (!JSON.stringify(version.plan).includes('retroactive'))
          expect(again(others.facts(last.order, version))).toEqual(last.accruals);
      }),
    );
  });

  test('a ladder that rises pays no less for one more order, and retroactive no less than marginal', () => {
    const steps = [
      [0, 300],
      [50_000, 700],
      [200_000, 1_100],
    ] as const;
    const by = (mode: 'marginal' | 'retroactive') =>
      whole({ rules: [{ id: 'l', label: 'L', pay: ladder(mode, steps) }] });
    const sale = fc.record({ cents: fc.nat(100_000), day: fc.constantFrom(...DAYS) });
    fc.assert(
      fc.property(fc.array(sale, { minLength: 1, maxLength: 12 }), (sales) => {
        const orders = sales.map(({ cents, day }, place) => simple(`O-${place}`, day, cents));
        // Each part is rounded by itself, and one more order moves where the others' parts begin.
        const rounding = 2 * orders.length;
        for (const mode of ['marginal', 'retroactive'] as const)
          expect(earned(orders, by(mode))).toBeGreaterThanOrEqual(earned(orders.slice(1), by(mode)) - rounding);
        expect(earned(orders, by('retroactive'))).toBeGreaterThanOrEqual(earned(orders, by('marginal')) - rounding);
      }),
    );
  });

  test('a limit of a period is never passed', () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(20_000), (orders, cents) => {
        const version = whole({
          rules: [
            {
              id: 'base',
              label: 'Base',
              pay: { kind: 'percent', rateBps: 1_000 },
              cap: { perPeriod: { cents, per: 'year' } },
            },
          ],
        });
        const sums = new Map<string, number>();
        for (const { order: each, accruals } of pricedBy(orders, version).repriced)
          for (const { partnerId, totalCents } of accruals) {
            const name = `${partnerId} ${each.conversion.eventType} ${each.conversion.currency}`;
            sums.set(name, (sums.get(name) ?? 0) + totalCents);
          }
        for (const sum of sums.values()) expect(sum).toBeLessThanOrEqual(cents);
      }),
    );
  });
});

const simple = (orderId: string, day: string, cents: number, over: object = {}): ReplayedOrder => ({
  conversion: order([item(cents)], { orderId, occurredAt: `${day}T10:00:00.000Z`, ...over }),
  credits: credits([ANN, 10_000]),
  partners: traits([ANN]),
  policy: policy(),
});

test('customers are followed for 24 months: who comes back later is at the first order again', () => {
  const version = whole({
    rules: [
      { id: 'first', label: 'First', when: { nthOrder: { to: 1 } }, pay: { kind: 'percent', rateBps: 2_000 } },
      { id: 'later', label: 'Later', pay: { kind: 'percent', rateBps: 100 } },
    ],
  });
  const orders = [
    simple('A', '2024-03-01', 10_000, { customerId: 'C' }),
    simple('B', '2026-03-01', 10_000, { customerId: 'C' }),
    simple('C', '2028-03-02', 10_000, { customerId: 'C' }),
  ];
  const rules = Object.values(byName(orders, version)).map(([accrual]) => accrual!.parts[0]!.rule);
  expect(rules).toEqual(['first', 'later', 'first']);
});

test('partners who share an order have its share of the revenue, and leads lift no tier of sales', () => {
  const version = whole({
    rules: [
      {
        id: 'l',
        label: 'L',
        pay: ladder('marginal', [
          [0, 100],
          [5_000, 1_000],
        ]),
      },
    ],
  });
  const shared = {
    ...simple('A', '2026-03-01', 10_000),
    credits: credits([ANN, 4_000], [BOB, 6_000]),
    partners: traits([ANN], [BOB]),
  };
  const lead = simple('B', '2026-03-02', 50_000, { eventType: 'lead' });
  const { A, C } = byName([shared, lead, simple('C', '2026-03-03', 2_000)], version);
  // Ann has 40.00 of A, all in the first tier; Bob 60.00, of which 10.00 are above. Then 10.00 of C are left of Ann's first tier.
  expect(A!.map(({ totalCents }) => totalCents)).toEqual([40, 50 + 100]);
  expect(C!.map(({ totalCents }) => totalCents)).toEqual([10 + 100]);
});

test('each line keeps to the limit of its units, whatever tiers it falls into', () => {
  const version = (mode: 'marginal' | 'retroactive') =>
    whole({
      rules: [
        {
          id: 'l',
          label: 'L',
          pay: ladder(mode, [
            [0, 1_000],
            [50_000, 2_000],
          ]),
          cap: { perItemCents: 3_000 },
        },
      ],
    });
  const lines = (...prices: readonly number[]) => {
    const each = simple('A', '2026-03-01', 0);
    return [{ ...each, conversion: { ...each.conversion, items: prices.map((price) => item(price)) } }];
  };
  // 100.00 earn 10.00 and 1,000.00 at most 30.00; both tiers of the second line together are one limit.
  expect(earned(lines(10_000, 100_000), version('marginal'))).toBe(1_000 + 3_000);
  expect(earned(lines(10_000, 100_000), version('retroactive'))).toBe(2_000 + 3_000);
  // 100.00 in the first tier are 10.00; of 410.00 are 400.00 in the first tier, 40.00, and the limit is 30.00.
  expect(earned(lines(41_000, 10_000), version('marginal'))).toBe(1_000 + 3_000);
  // Smaller lines fall into tiers first: 120.00 are in the first one, 12.00, and 490.00 come to their limit.
  expect(earned(lines(12_000, 49_000), version('marginal'))).toBe(1_200 + 3_000);
});

test('refuses to price by history that nobody supplied', () => {
  const version = plan([{ id: 'l', label: 'L', when: {}, pay: ladder('marginal', [[0, 100]]) }]);
  const { conversion, credits: shares, partners, policy: by } = simple('A', '2026-03-01', 100);
  const input = {
    conversion,
    credits: shares,
    partners,
    policy: by,
    plan: version,
    terms: { holdDays: 0 },
    timeZone: 'UTC',
  };
  expect(() => accrueByLine(input)).toThrow(/not known here/);
});
