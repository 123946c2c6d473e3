import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, matchesNothing, meet } from '../../../lib/commission/compare-conditions.ts';
import { Condition } from '../../../lib/commission/condition.ts';
import { type Finding, lint } from '../../../lib/commission/lint.ts';
import { matches } from '../../../lib/commission/match.ts';
import { CommissionPlan } from '../../../lib/commission/plan.ts';

const percent = (id: string, rateBps: number, when: object = {}, over: object = {}) => ({
  ...{ id, label: id, when, pay: { kind: 'percent', rateBps } },
  ...over,
});
const tiers = (mode: string, ...rates: readonly number[]) => ({
  ...{ kind: 'tiers', by: 'orders', per: 'month', mode },
  steps: rates.map((rateBps, place) => ({ from: place, rateBps })),
});
const base = percent('base', 500);

type Given = { rules: readonly unknown[]; [part: string]: unknown };
const found = (given: Given, policy: 'last-touch' | 'linear' = 'linear') =>
  lint(CommissionPlan.parse({ name: 'P', ...given }), {
    today: '2026-06-01',
    currency: 'USD',
    ...(policy === 'last-touch' && { policy: { model: 'last-touch', lookbackDays: 30 } }),
  });

describe('finds', () => {
  test.each<[string, Finding['code'], Finding['severity'], string | undefined, Given]>([
    [
      'a rule below one that matches everything',
      'unreachable',
      'error',
      'shoes',
      { rules: [base, percent('shoes', 900, { categories: ['shoes'] })] },
    ],
    [
      'a rule inside a wider one',
      'unreachable',
      'error',
      'b',
      {
        rules: [
          percent('a', 900, { categories: ['x', 'y'], from: '2026-01-01' }),
          percent('b', 800, { categories: ['x'], from: '2026-02-01', groups: ['g'] }),
          base,
        ],
      },
    ],
    [
      'a rule whose items are excluded',
      'unreachable',
      'error',
      'b',
      {
        exclusions: [{ id: 'e', label: 'E', when: { skus: ['G'] } }],
        rules: [percent('b', 800, { skus: ['G'] }), base],
      },
    ],
    [
      'rules that meet',
      'overlap',
      'info',
      'b',
      { rules: [percent('a', 900, { categories: ['x'] }), percent('b', 800, { groups: ['g'] }), base] },
    ],
    ['nothing for the rest', 'gap', 'warning', undefined, { rules: [percent('a', 900, { categories: ['x'] })] }],
    [
      'nothing for the rest after a recurring rule',
      'gap',
      'warning',
      undefined,
      { rules: [percent('a', 900, {}, { recurring: { months: 3, rate: 'pinned' } })] },
    ],
    [
      'conditions that contradict each other',
      'unreachable',
      'error',
      'b',
      { rules: [percent('b', 900, { categories: ['x'], all: [{ any: [{ categories: ['y'] }] }] }), base] },
    ],
    [
      'a condition that everything breaks',
      'unreachable',
      'error',
      'b',
      { rules: [percent('b', 900, { not: { any: [{}] } }), base] },
    ],
    [
      'a season that is over before it begins',
      'unreachable',
      'error',
      'b',
      { rules: [percent('b', 900, { from: '2026-12-01', all: [{ to: '2026-11-30' }] }), base] },
    ],
    [
      'a rule inside what others say with any',
      'unreachable',
      'error',
      'b',
      {
        exclusions: [{ id: 'e', label: 'E', when: { any: [{ categories: ['x'] }, { categories: ['y'] }] } }],
        rules: [percent('b', 800, { any: [{ categories: ['y'] }, { categories: ['x'], groups: ['g'] }] }), base],
      },
    ],
    [
      'a rule for fewer of the orders of a customer',
      'unreachable',
      'error',
      'b',
      {
        rules: [percent('a', 900, { nthOrder: { to: 3 } }), percent('b', 800, { nthOrder: { from: 2, to: 2 } }), base],
      },
    ],
    [
      'a rule for hours inside those of a night',
      'unreachable',
      'error',
      'b',
      {
        rules: [
          percent('a', 900, { hours: { from: 22, to: 6 } }),
          percent('b', 800, { hours: { from: 23, to: 24 } }),
          base,
        ],
      },
    ],
    [
      'a rule below one for every hour',
      'unreachable',
      'error',
      'base',
      { rules: [percent('a', 900, { hours: { from: 0, to: 24 } }), base] },
    ],
    [
      'a rule for hours that contradict each other',
      'unreachable',
      'error',
      'a',
      { rules: [percent('a', 900, { hours: { from: 8, to: 12 }, all: [{ hours: { from: 20, to: 8 } }] }), base] },
    ],
    [
      'a rule whose values another one has in several ways',
      'unreachable',
      'error',
      'b',
      {
        rules: [
          percent('a', 900, { any: [{ categories: ['x'] }, { categories: ['y'] }] }),
          percent('b', 800, { categories: ['x', 'y'], groups: ['g', 'h'] }),
          base,
        ],
      },
    ],
    [
      'a bonus on what is excluded',
      'unreachable',
      'error',
      'b',
      {
        exclusions: [{ id: 'e', label: 'E', when: { categories: ['x'] } }],
        rules: [base],
        bonuses: [percent('b', 100, { categories: ['x'], groups: ['g'] })],
      },
    ],
    [
      'a bonus that always gives way',
      'unreachable',
      'error',
      'b',
      { rules: [base], bonuses: [percent('a', 100), percent('b', 100, {}, { stacks: false })] },
    ],
    [
      'a bonus that gives way to one that gives way itself',
      'unreachable',
      'error',
      'c',
      {
        rules: [base],
        bonuses: [
          percent('a', 100, { customerStatus: 'new' }),
          percent('b', 100, {}, { stacks: false }),
          percent('c', 100, { categories: ['x'] }, { stacks: false }),
        ],
      },
    ],
    [
      'a milestone that always gives way',
      'unreachable',
      'error',
      'm',
      {
        rules: [base],
        bonuses: [
          percent('a', 100),
          {
            ...{ id: 'm', label: 'M', stacks: false },
            pay: { kind: 'milestone', by: 'orders', per: 'month', at: 3, amountCents: 100 },
          },
        ],
      },
    ],
    [
      'a season that is over, said inside',
      'season-over',
      'warning',
      's',
      { rules: [percent('s', 900, { any: [{ to: '2026-05-30' }, { all: [{ to: '2026-05-31' }] }] }), base] },
    ],
    [
      'a flat amount above the worth of the order',
      'flat-over-price',
      'error',
      'f',
      {
        rules: [
          {
            id: 'f',
            label: 'F',
            when: { all: [{ maxOrderCents: 100 }] },
            pay: { kind: 'flat', amountCents: 101, per: 'order' },
          },
          base,
        ],
      },
    ],
    [
      'more than the price with a bonus',
      'over-100',
      'error',
      'base',
      { rules: [percent('base', 9_000)], bonuses: [percent('more', 1_001)] },
    ],
    [
      'more than the price with a bonus that does not stack, where the one above it is for other items',
      'over-100',
      'error',
      'base',
      {
        rules: [percent('base', 5_000)],
        bonuses: [percent('shoes', 100, { categories: ['shoes'] }), percent('more', 5_001, {}, { stacks: false })],
      },
    ],
    [
      'a rule whose coupons are written in capitals above it',
      'unreachable',
      'error',
      'b',
      { rules: [percent('a', 900, { coupons: ['SAVE'] }), percent('b', 800, { coupons: ['save'] }), base] },
    ],
    [
      'more than the price with a recruiter',
      'over-100',
      'error',
      'base',
      {
        rules: [percent('base', 9_500)],
        overrides: [{ id: 'r', label: 'R', level: 1, of: 'commission', rateBps: 1_000 }],
      },
    ],
    [
      'a tier that pays less',
      'tier-lowers-pay',
      'error',
      'l',
      { rules: [{ id: 'l', label: 'L', pay: tiers('marginal', 500, 900, 800) }] },
    ],
    ['a cliff', 'cliff', 'info', 'l', { rules: [{ id: 'l', label: 'L', pay: tiers('retroactive', 500, 900) }] }],
    [
      'a season that is over',
      'season-over',
      'warning',
      's',
      { rules: [percent('s', 900, { to: '2026-05-31' }), base] },
    ],
    [
      'a flat amount above the price',
      'flat-over-price',
      'error',
      'f',
      { rules: [{ id: 'f', label: 'F', when: { maxPriceCents: 100 }, pay: { kind: 'flat', amountCents: 101 } }, base] },
    ],
  ])('%s', (_, code, severity, rule, given) => {
    const [finding, ...others] = found(given).filter((each) => each.code === code);
    expect(finding).toMatchObject({ severity, ...(rule && { rule }) });
    expect(others).toEqual([]);
    expect(`${finding!.sentence} ${finding!.fix}`).toMatch(/^[\p{L}].*[.].*[.]$/u);
  });

  test.each<[string, boolean, Given]>([
    ['paid as everybody', true, { rules: [base] }],
    ['paid less', false, { rules: [percent('coupon', 100, { partnerTypes: ['coupon', 'cashback'] }), base] }],
    [
      'excluded',
      false,
      { rules: [base], exclusions: [{ id: 'e', label: 'E', when: { partnerTypes: ['coupon', 'cashback'] } }] },
    ],
    ['only cashback left out', true, { rules: [percent('cashback', 100, { partnerTypes: ['cashback'] }), base] }],
  ])('last touch with coupon partners %s: %s', (_, expected, given) => {
    const codes = found(given, 'last-touch').map(({ code }) => code);
    expect(codes.includes('coupon-last-touch')).toBe(expected);
    expect(found(given).map(({ code }) => code)).not.toContain('coupon-last-touch');
  });
});

test('adds up bonuses only as far as they are paid together', () => {
  const codes = (bonuses: readonly object[]) =>
    found({ rules: [percent('base', 5_000)], bonuses }).map(({ code }) => code);
  // Whoever gets the second has the first already, so it gives way; 50 % and 40 % are left, or 50 %, 30 % and 20 %.
  expect(codes([percent('a', 4_000), percent('b', 4_000, { groups: ['g'] }, { stacks: false })])).toEqual([
    'unreachable',
  ]);
  const two = [percent('a', 3_000, { groups: ['g'] }), percent('b', 3_000, {}, { stacks: false })];
  expect(codes([...two, percent('c', 2_000)])).toEqual([]);
  expect(codes([...two, percent('c', 2_001)])).toEqual(['over-100']);
  // A milestone is paid now and then, so the one below it is paid otherwise.
  const mark = { id: 'm', label: 'M', pay: { kind: 'milestone', by: 'orders', per: 'month', at: 9, amountCents: 1 } };
  expect(codes([mark, percent('b', 5_001, {}, { stacks: false })])).toEqual(['over-100']);
});

test('says of lower tiers what they do: all of the period earns less, or each further sale', () => {
  const sentence = (mode: string) =>
    found({ rules: [{ id: 'l', label: 'L', pay: tiers(mode, 900, 800) }] }).find(
      ({ code }) => code === 'tier-lowers-pay',
    )?.sentence;
  expect(sentence('retroactive')).toMatch(/: who sells more earns less\.$/);
  expect(sentence('marginal')).toMatch(/: each further sale earns less\.$/);
});

test('tells no overlap of rules for other hours', () => {
  const [day, night] = [
    { from: 6, to: 22 },
    { from: 22, to: 6 },
  ].map((hours) => ({ hours }));
  expect(found({ rules: [percent('day', 500, day), percent('night', 900, night), base] })).toEqual([]);
  const evening = { hours: { from: 21, to: 23 } };
  const overlapping = found({ rules: [percent('day', 500, day), percent('evening', 900, evening), base] });
  expect(overlapping).toMatchObject([{ code: 'overlap', rule: 'evening' }]);
});

test('finds nothing in a plan that is in order', () => {
  expect(
    found({
      rules: [
        percent('shoes', 900, { categories: ['shoes'] }),
        { id: 'l', label: 'L', pay: tiers('marginal', 500, 600) },
      ],
      bonuses: [percent('more', 100, { customerStatus: 'new' })],
    }),
  ).toEqual([]);
});

describe('what is said of conditions holds of every item', () => {
  const leaf = fc.oneof(
    fc.subarray(['x', 'y', 'z'], { minLength: 1 }).map((categories) => ({ categories })),
    fc.subarray(['g', 'h'], { minLength: 1 }).map((groups) => ({ groups })),
    fc.constantFrom('SAVE', 'save', 'Other').map((code) => ({ coupons: [code] })),
    fc.constantFrom('new', 'returning').map((customerStatus) => ({ customerStatus })),
    fc.integer({ min: 1, max: 4 }).map((from) => ({ nthOrder: { from } })),
    fc.integer({ min: 1, max: 4 }).map((to) => ({ nthOrder: { to } })),
    fc.nat(3).map((minPriceCents) => ({ minPriceCents })),
    fc.nat(3).map((maxPriceCents) => ({ maxPriceCents })),
    fc.constantFrom('2026-03-01', '2026-03-02').map((from) => ({ from })),
    fc.constantFrom('2026-03-01', '2026-03-02').map((to) => ({ to })),
    fc.constantFrom({ from: 22, to: 6 }, { from: 9, to: 12 }).map((hours) => ({ hours })),
    fc.constant({}),
  );
  const around = (inner: fc.Arbitrary<object>) =>
    fc
      .tuple(
        leaf,
        fc.option(
          fc.array(inner, { minLength: 1, maxLength: 2 }).map((all) => ({ all })),
          { nil: {} },
        ),
        fc.option(
          fc.array(inner, { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
          { nil: {} },
        ),
        fc.option(
          inner.map((not) => ({ not })),
          { nil: {} },
        ),
      )
      .map((parts) => Object.assign({}, ...parts));
  const condition = around(around(leaf)).map((when) => Condition.parse(when));
  const asked = fc.record({
    category: fc.constantFrom('x', 'y', 'z', undefined),
    unitPriceCents: fc.nat(4),
    group: fc.constantFrom('g', 'h', 'i'),
    couponCode: fc.constantFrom('save', 'OTHER', undefined),
    customerStatus: fc.constantFrom('new' as const, 'returning' as const, undefined),
    nthOrder: fc.constantFrom(1, 2, 3, 4, 5, undefined),
    day: fc.constantFrom('2026-02-28', '2026-03-01', '2026-03-02', '2026-03-03'),
    hour: fc.nat(23),
  });
  type Asked = typeof asked extends fc.Arbitrary<infer Each> ? Each : never;
  const holds = (when: Condition, { category, unitPriceCents, group, hour, ...order }: Asked) =>
    matches(
      when,
      { ...order, eventType: 'sale', hour: () => hour },
      { type: 'content', group },
      { sku: 's', quantity: 1, unitPriceCents, discountCents: 0, ...(category && { category }) },
    );
  test('law: covered is matched too, what cannot meet is never matched by both, and nothing matches a contradiction', () => {
    fc.assert(
      fc.property(condition, condition, fc.array(asked, { minLength: 5, maxLength: 20 }), (a, b, items) => {
        for (const each of items) {
          if (covers(a, b) && holds(b, each)) expect(holds(a, each)).toBe(true);
          if (!meet(a, b)) expect(holds(a, each) && holds(b, each)).toBe(false);
          if (matchesNothing(a)) expect(holds(a, each)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('two hundred rules of conditions that nest as far as they may are checked in seconds', () => {
  const any = Array.from({ length: 20 }, (_, n) => ({ categories: [`c${n}`], minPriceCents: n }));
  const rules = Array.from({ length: 200 }, (_, n) =>
    percent(`r${n}`, n, {
      skus: [`s${n % 7}`],
      all: [{ any: any.slice(0, 4) }, { any: any.slice(2, 6), all: [{ any }] }],
      any,
    }),
  );
  const started = performance.now();
  found({ rules });
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('of hundreds of overlaps the first fifty are told, and how many more there are', () => {
  const rules = [
    ...Array.from({ length: 15 }, (_, n) => percent(`c${n}`, n, { categories: [`c${n}`] })),
    ...Array.from({ length: 15 }, (_, n) => percent(`g${n}`, 100 + n, { groups: [`g${n}`] })),
    base,
  ];
  const overlaps = found({ rules }).filter(({ code }) => code === 'overlap');
  expect(overlaps).toHaveLength(51);
  expect(overlaps.at(-1)?.sentence).toMatch(/^175 more pairs of rules/);
});
