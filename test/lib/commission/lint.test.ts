import { describe, expect, test } from 'vitest';
import { type Finding, lint } from '../../../lib/commission/lint.ts';
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
  expect(codes([percent('a', 4_000), percent('b', 4_000, { groups: ['g'] }, { stacks: false })])).toEqual([]);
  const two = [percent('a', 3_000, { groups: ['g'] }), percent('b', 3_000, {}, { stacks: false })];
  expect(codes([...two, percent('c', 2_000)])).toEqual([]);
  expect(codes([...two, percent('c', 2_001)])).toEqual(['over-100']);
  // A milestone is paid now and then, so the one below it is paid otherwise.
  const mark = { id: 'm', label: 'M', pay: { kind: 'milestone', by: 'orders', per: 'month', at: 9, amountCents: 1 } };
  expect(codes([mark, percent('b', 5_001, {}, { stacks: false })])).toEqual(['over-100']);
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
