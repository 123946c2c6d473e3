import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayIn, startOfDay } from '../../../lib/calendar.ts';
import { CommissionPlan, type PlanVersion } from '../../../lib/commission/plan.ts';
import { quote } from '../../../lib/commission/rate.ts';
import { type ReplayedOrder, type Repriced, replay } from '../../../lib/commission/replay.ts';
import { simulate } from '../../../lib/commission/simulate.ts';
import { ANN, BOB, CAT, credits, item, order, policy, traits } from '../../support/orders.ts';

/** What the routes that ask a plan say must be what settlement pays: both price with the same core, and these laws keep it so. */

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Auckland'];
/** Month and quarter ends, leap days, the hours around changes of clocks. */
const MOMENTS = [
  '2028-02-28T23:30:00.000Z',
  '2028-02-29T12:00:00.000Z',
  '2028-02-29T23:30:00.000Z',
  '2028-03-26T00:30:00.000Z',
  '2028-03-26T01:30:00.000Z',
  '2028-03-31T22:30:00.000Z',
  '2028-04-01T05:00:00.000Z',
  '2028-06-30T21:59:59.999Z',
  '2028-06-30T23:59:59.999Z',
  '2028-10-29T00:30:00.000Z',
  '2028-10-29T01:30:00.000Z',
  '2028-12-31T23:00:00.000Z',
];

const leaf = fc.oneof(
  fc.subarray(['shoes', 'hats', 'bags'], { minLength: 1 }).map((categories) => ({ categories })),
  fc.subarray(['gold', 'default'], { minLength: 1 }).map((groups) => ({ groups })),
  fc.constantFrom('new', 'returning').map((customerStatus) => ({ customerStatus })),
  fc.subarray(['mon', 'tue', 'sat', 'sun'], { minLength: 1 }).map((weekdays) => ({ weekdays })),
  fc
    .tuple(fc.nat(23), fc.integer({ min: 1, max: 24 }))
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => ({ hours: { from, to } })),
  fc.nat(20_000).map((minOrderCents) => ({ minOrderCents })),
  fc.nat(20_000).map((maxPriceCents) => ({ maxPriceCents })),
  fc.constantFrom('2028-02-29', '2028-03-31', '2028-07-01').map((from) => ({ from })),
  fc.constantFrom('2028-02-29', '2028-03-31', '2028-10-29').map((to) => ({ to })),
  fc.integer({ min: 1, max: 3 }).map((to) => ({ nthOrder: { to } })),
  fc.constant({}),
);
const nested = (inner: fc.Arbitrary<object>) =>
  fc.oneof(
    leaf,
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    inner.map((not) => ({ not })),
  );
const anyCondition = nested(nested(leaf));

const anyPay = fc.oneof(
  fc.nat(3_000).map((rateBps) => ({ kind: 'percent', rateBps })),
  fc
    .tuple(fc.nat(2_000), fc.constantFrom('item', 'order'))
    .map(([amountCents, per]) => ({ kind: 'flat', amountCents, per })),
  fc
    .tuple(
      fc.constantFrom('marginal', 'retroactive'),
      fc.constantFrom('revenue', 'orders', 'new-customers'),
      fc.constantFrom('month', 'quarter', 'year'),
      fc.integer({ min: 1, max: 10_000 }),
      fc.tuple(fc.nat(3_000), fc.nat(3_000)),
    )
    .map(([mode, by, per, mark, [low, high]]) => {
      const from = by === 'revenue' ? mark : (mark % 3) + 1;
      return {
        kind: 'tiers',
        mode,
        by,
        per,
        steps: [
          { from: 0, rateBps: low },
          { from, rateBps: high },
        ],
      };
    }),
);
const anyCap = fc.option(
  fc.oneof(
    fc.nat(1_000).map((perItemCents) => ({ perItemCents })),
    fc.nat(3_000).map((perOrderCents) => ({ perOrderCents })),
    fc
      .tuple(fc.nat(5_000), fc.constantFrom('month', 'quarter', 'year'))
      .map(([cents, per]) => ({ perPeriod: { cents, per } })),
  ),
  { nil: undefined },
);
const part = fc.record({ when: anyCondition, pay: anyPay, cap: anyCap });
const anyPlan: fc.Arbitrary<PlanVersion['plan']> = fc
  .record({
    rules: fc.array(part, { minLength: 1, maxLength: 3 }),
    recurring: fc.option(fc.record({ months: fc.constantFrom(1, 12), rate: fc.constantFrom('pinned', 'floating') }), {
      nil: undefined,
    }),
    bonuses: fc.array(fc.record({ part, stacks: fc.boolean() }), { maxLength: 2 }),
    mark: fc.record({ when: anyCondition, at: fc.integer({ min: 1, max: 30_000 }), stacks: fc.boolean() }),
    excluded: anyCondition,
  })
  .map(({ rules, recurring, bonuses, mark: { at, ...mark }, excluded }) =>
    CommissionPlan.parse({
      name: 'Any',
      rules: rules.map((rule, n) => ({
        id: `r${n}`,
        label: `R${n}`,
        ...rule,
        ...(n === 0 && recurring && { recurring }),
      })),
      bonuses: [
        ...bonuses.map(({ part: bonus, stacks }, n) => ({ id: `b${n}`, label: `B${n}`, ...bonus, stacks })),
        {
          id: 'm',
          label: 'M',
          ...mark,
          pay: { kind: 'milestone', by: 'revenue', per: 'quarter', at, amountCents: 777 },
        },
      ],
      exclusions: [{ id: 'e', label: 'E', when: { all: [excluded, { categories: ['bags'] }] } }],
    }),
  );

const anyItem = fc
  .record({
    category: fc.constantFrom('shoes', 'hats', 'bags'),
    quantity: fc.integer({ min: 1, max: 3 }),
    unitPriceCents: fc.nat(10_000),
  })
  .map(({ unitPriceCents, ...over }) => item(unitPriceCents, over));
const anyOrders = (most: number): fc.Arbitrary<ReplayedOrder[]> =>
  fc
    .array(
      fc.record({
        items: fc.array(anyItem, { minLength: 1, maxLength: 3 }),
        occurredAt: fc.constantFrom(...MOMENTS),
        customerStatus: fc.constantFrom('new' as const, 'returning' as const),
        customerId: fc.constantFrom('C1', 'C2'),
        gold: fc.boolean(),
        partners: fc.constantFrom<readonly (readonly [string, number])[]>(
          [[ANN, 10_000]],
          [[BOB, 10_000]],
          [
            [ANN, 3_333],
            [BOB, 6_667],
          ],
        ),
        back: fc.nat(3),
      }),
      { minLength: 1, maxLength: most },
    )
    .map((rows) =>
      rows.map(({ items, gold, partners, back, ...facts }, n) => ({
        conversion: order(items, {
          ...facts,
          orderId: `O-${n}`,
          ...(back > 0 && { returned: { '1': Math.min(back, items[0]!.quantity) } }),
        }),
        credits: credits(...partners),
        partners: traits([ANN, { group: gold ? 'gold' : 'default', recruiters: [CAT] }], [BOB, { recruiters: [] }]),
        policy: policy(),
      })),
    );

const versionOf = (plan: PlanVersion['plan'], version: number, effectiveFrom: string): PlanVersion => ({
  version,
  effectiveFrom,
  plan,
});
const SINCE = '2020-01-01T00:00:00.000Z';
const holds = { terms: { holdDays: 0 } };

test('law: a rate is what settlement pays for that sale, where it is the only one', () => {
  fc.assert(
    fc.property(anyOrders(1), anyPlan, fc.constantFrom(...ZONES), ([sale], plan, timeZone) => {
      const alone = { ...sale!, credits: credits([ANN, 10_000]) };
      const version = versionOf(plan, 1, SINCE);
      const { repriced } = replay([alone], { plans: [version], timeZone, ...holds });
      const paid = repriced[0]!.accruals.find(({ partnerId }) => partnerId === ANN)!;
      const partner = { partnerId: ANN, ...alone.partners.get(ANN)! };
      const told = quote(alone.conversion, partner, version, timeZone);
      expect(told.cents).toBe(paid.totalCents);
      expect(told.parts.map(({ explanation: _, ...rest }) => rest)).toEqual(paid.parts);
    }),
    { numRuns: 100 },
  );
});

test('law: a simulation is what settlement pays once the draft is the plan, from the window’s first day on', () => {
  fc.assert(
    fc.property(anyOrders(6), anyPlan, anyPlan, fc.constantFrom(...ZONES), (orders, now, draft, timeZone) => {
      // In the middle of a quarter: what was earned, pinned or paid once before stays as it was.
      const window = { from: '2028-02-29', to: '2028-12-31' };
      const begin = startOfDay(window.from, timeZone);
      // A version that would have begun within the window gives way to the draft.
      const plans = [versionOf(now, 1, SINCE), versionOf(draft, 2, '2028-05-01T00:00:00.000Z')];
      const told = simulate(orders, draft, { plans, timeZone, ...holds, ...window });
      const later = [versionOf(now, 1, SINCE), versionOf(draft, 2, begin)];
      const inWindow = ({ order: { conversion } }: Pick<Repriced, 'order'>) => {
        const day = dayIn(conversion.occurredAt, timeZone);
        return window.from <= day && day <= window.to;
      };
      const sum = (versions: readonly PlanVersion[]) =>
        replay(orders, { plans: versions, timeZone, ...holds })
          .repriced.filter(inWindow)
          .flatMap(({ accruals }) => accruals)
          .reduce((total, { totalCents }) => total + totalCents, 0);
      expect(told.total).toMatchObject({ beforeCents: sum(plans), afterCents: sum(later) });
    }),
    { numRuns: 100 },
  );
});

test('law: no order earns more than its rules and bonuses may, and what came back wholly earns nothing', () => {
  fc.assert(
    fc.property(anyOrders(6), anyPlan, fc.constantFrom(...ZONES), (orders, plan, timeZone) => {
      const { repriced } = replay(orders, { plans: [versionOf(plan, 1, SINCE)], timeZone, ...holds });
      const sums = new Map<string, number>();
      for (const { order: each, accruals } of repriced) {
        const kept = each.conversion.items.some(
          ({ quantity }, at) => (each.conversion.returned[String(at + 1)] ?? 0) < quantity,
        );
        for (const { partnerId, totalCents, parts } of accruals) {
          if (!kept) expect(totalCents).toBe(0);
          for (const { rule, cents } of parts) {
            const cap = [...plan.rules, ...(plan.bonuses ?? [])].find(({ id }) => id === rule)?.cap;
            if (cap?.perOrderCents !== undefined) expect(cents).toBeLessThanOrEqual(cap.perOrderCents);
            if (cap?.perPeriod?.per !== 'year') continue;
            const year = new Date(`${each.conversion.occurredAt}`).toLocaleString('sv', { timeZone }).slice(0, 4);
            const name = `${partnerId} ${rule} ${year}`;
            sums.set(name, (sums.get(name) ?? 0) + cents);
            expect(sums.get(name)).toBeLessThanOrEqual(cap.perPeriod.cents);
          }
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('a simulation leaves what is pinned as it is, like the plan would', () => {
  const renewal = (rateBps: number) =>
    CommissionPlan.parse({
      name: 'P',
      rules: [{ id: 'r', label: 'R', recurring: { months: 12, rate: 'pinned' }, pay: { kind: 'percent', rateBps } }],
    });
  const sold = (orderId: string, day: string): ReplayedOrder => ({
    conversion: order([item(10_000)], { orderId, occurredAt: `${day}T10:00:00.000Z`, customerId: 'C' }),
    credits: credits([ANN, 10_000]),
    partners: traits([ANN]),
    policy: policy(),
  });
  const plans = [versionOf(renewal(1_000), 1, SINCE)];
  const window = { from: '2028-03-01', to: '2028-03-31', timeZone: 'UTC', ...holds };
  const { total } = simulate([sold('1', '2028-02-01'), sold('2', '2028-03-01')], renewal(400), { plans, ...window });
  expect(total).toEqual({ orders: 0, beforeCents: 1_000, afterCents: 1_000, differenceCents: 0 });
});

test('a simulation compares only orders that both plans can price', () => {
  const plain = { name: 'P', rules: [{ id: 'r', label: 'R', pay: { kind: 'percent', rateBps: 1_000 } }] };
  const recruiting = { ...plain, overrides: [{ id: 'o', label: 'O', level: 1, of: 'sales', rateBps: 100 }] };
  const sold = (orderId: string, recruiters?: string[]): ReplayedOrder => ({
    conversion: order([item(10_000)], { orderId, occurredAt: '2028-03-05T10:00:00.000Z' }),
    credits: credits([ANN, 10_000]),
    partners: traits([ANN, { recruiters }]),
    policy: policy(),
  });
  const plans = [versionOf(CommissionPlan.parse(plain), 1, SINCE)];
  const window = { from: '2028-03-01', to: '2028-03-31', timeZone: 'UTC', ...holds };
  const draft = CommissionPlan.parse(recruiting);
  // Who recruited the partner of the second is not known, so that order is no loss under the draft.
  const { orders, total } = simulate([sold('1', ['ptr_r']), sold('2')], draft, { plans, ...window });
  expect({ orders, total }).toEqual({
    orders: 1,
    total: { orders: 1, beforeCents: 1_000, afterCents: 1_100, differenceCents: 100 },
  });
});
