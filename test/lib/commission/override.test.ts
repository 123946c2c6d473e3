import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accrue } from '../../../lib/commission/accrue.ts';
import { CommissionPlan } from '../../../lib/commission/plan.ts';
import {
  ANN,
  anyCredits,
  anyOrder,
  anyReturns,
  BOB,
  CAT,
  credits,
  item,
  order,
  percentRule,
  sale,
  traits,
} from '../../support/orders.ts';

const REX = 'ptr_000000000000rex0';
const RIA = 'ptr_000000000000ria0';
const override = (of: 'sales' | 'commission', rateBps: number, level = 1) => ({
  ...{ id: `of-${of}-${level}`, label: 'Recruiter', level, of, rateBps },
});
const planOf = (over: object) => ({
  ...{ version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z' },
  plan: CommissionPlan.parse({ name: 'Plan', rules: [percentRule('base', 1_000)], ...over }),
});
const recruitedBy = (...recruiters: readonly (string | undefined)[]) => ({ recruiters });

describe('an override of sales', () => {
  const hat = item(10_000, { category: 'hats' });
  const gift = item(50_000, { category: 'gifts' });
  const earned = (over: object, shares = credits([ANN, 10_000])) => {
    const input = sale(order([hat, gift]), {
      plan: planOf({ overrides: [override('sales', 1_000)], ...over }),
      partners: traits([ANN, recruitedBy(REX)], [BOB, recruitedBy(REX)]),
      credits: shares,
    });
    return accrue(input).find(({ partnerId }) => partnerId === REX)?.totalCents ?? 0;
  };
  const onHats = { rules: [percentRule('hats', 1_000, { categories: ['hats'] })] };
  test.each<[string, number, object]>([
    ['is of all that rules price', 6_000, {}],
    [
      'is of nothing that is excluded',
      1_000,
      { exclusions: [{ id: 'no', label: 'No', when: { categories: ['gifts'] } }] },
    ],
    ['is of nothing that no rule matches', 1_000, onHats],
    [
      'counts what has a bonus once, and not what has a bonus only',
      1_000,
      { ...onHats, bonuses: [percentRule('more', 100)] },
    ],
    [
      'counts what a rule prices with nothing: whoever means otherwise excludes it',
      6_000,
      { rules: [percentRule('none', 0)] },
    ],
    [
      'counts what earns a flat amount',
      6_000,
      { rules: [{ id: 'f', label: 'F', pay: { kind: 'flat', amountCents: 5 } }] },
    ],
  ])('%s', (_, cents, over) => {
    expect(earned(over)).toBe(cents);
    expect(earned(over, credits([ANN, 3_333], [BOB, 6_667]))).toBe(cents);
  });
});

test('partners who share an order cost their recruiters’ parts once: the odd cent says how it came about', () => {
  // 3.33 in halves: 1.67 and 1.66. 10 % of each would round to 0.17 both times; of 3.33 it is 0.33.
  const input = sale(order([item(333)]), {
    plan: planOf({ overrides: [override('sales', 1_000)] }),
    credits: credits([ANN, 5_000], [BOB, 5_000]),
    partners: traits([ANN, recruitedBy(REX)], [BOB, recruitedBy(RIA)]),
  });
  const [, , rex, ria] = accrue(input);
  expect([rex?.partnerId, rex?.totalCents, ria?.partnerId, ria?.totalCents]).toEqual([REX, 17, RIA, 16]);
  expect(ria?.parts[0]?.why).toBe(
    `10 % of 1.66 USD of sales of ${BOB}; rounded with the order’s other partners: 10 % of 3.33 USD is 0.33 USD for all`,
  );
});

test('a hard cap that leaves a partner nothing leaves their recruiter nothing, no odd cent either', () => {
  const input = sale(order([item(333)]), {
    plan: planOf({ overrides: [override('sales', 1_000), override('commission', 5_000, 2)] }),
    credits: credits([ANN, 5_000], [BOB, 5_000]),
    partners: traits([ANN, recruitedBy(REX, RIA)], [BOB, recruitedBy(CAT, RIA)]),
    kept: new Map([[BOB, 0]]),
  });
  expect(accrue(input).map(({ partnerId, totalCents }) => [partnerId, totalCents])).toEqual([
    [ANN, 17],
    [BOB, 16],
    [REX, 17],
    [RIA, 8],
  ]);
});

test('law: an override costs its rate of all it is of, within half a cent, whoever shares the order and recruited whom', () => {
  const exclusions = [{ id: 'no-bags', label: 'Bags', when: { categories: ['bags'] } }];
  const rules = [
    percentRule('shoes', 777, { categories: ['shoes'] }),
    percentRule('hats', 1_250, { categories: ['hats'] }),
  ];
  const recruiter = fc.constantFrom(REX, RIA, undefined);
  const any = fc.record({
    conversion: anyOrder.chain((sold) => anyReturns(sold).map((returned) => ({ ...sold, returned }))),
    shares: anyCredits,
    recruiters: fc.tuple(recruiter, recruiter, recruiter),
    rateBps: fc.nat(5_000),
    of: fc.constantFrom('sales' as const, 'commission' as const),
    kept: fc.option(fc.nat(20_000), { nil: undefined }),
  });
  fc.assert(
    fc.property(any, ({ conversion, shares, recruiters, rateBps, of, kept }) => {
      const recruited = new Map([ANN, BOB, CAT].map((partnerId, place) => [partnerId, recruiters[place]]));
      const input = sale(conversion, {
        plan: planOf({ rules, exclusions, overrides: [override(of, rateBps), override('sales', 50, 2)] }),
        credits: shares,
        partners: traits(...[...recruited].map(([id, by]) => [id, recruitedBy(by)] as const)),
        ...(kept !== undefined && { kept: new Map([[ANN, kept]]) }),
      });
      const accruals = accrue(input);
      const base = accruals.reduce((sum, { partnerId, credit, parts, totalCents }) => {
        if (credit.creditBps === 0 || recruited.get(partnerId) === undefined) return sum;
        const left = partnerId === ANN ? kept : undefined;
        if (of === 'commission') return sum + Math.min(totalCents, left ?? totalCents);
        const priced = parts.filter(({ rule }) => rule === 'shoes' || rule === 'hats');
        return left === 0 ? sum : sum + priced.reduce((total, { baseCents }) => total + baseCents, 0);
      }, 0);
      const paid = accruals.flatMap(({ parts }) => parts).filter(({ rule }) => rule === `of-${of}-1`);
      const cents = paid.reduce((sum, part) => sum + part.cents, 0);
      const off = BigInt(cents) * 10_000n - BigInt(base) * BigInt(rateBps);
      expect(off <= 5_000n && off >= -5_000n).toBe(true);
      for (const part of paid) expect(part.cents).toBeGreaterThanOrEqual(0);
    }),
  );
});
