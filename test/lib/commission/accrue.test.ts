import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccrueInput, accrue } from '../../../lib/commission/accrue.ts';
import { difference } from '../../../lib/commission/difference.ts';
import { remainingOrder } from '../../../lib/commission/order.ts';
import { CommissionPlan } from '../../../lib/commission/plan.ts';
import {
  ANN,
  anyReturns,
  anySale,
  BOB,
  CAT,
  credits,
  flatRule,
  item,
  order,
  percentRule,
  plan,
  policy,
  sale,
  traits,
} from '../../support/orders.ts';

const totals = (input: AccrueInput) =>
  Object.fromEntries(accrue(input).map(({ partnerId, totalCents }) => [partnerId, totalCents]));
const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);

const shoesAndHat = order(
  [item(4999, { category: 'shoes', quantity: 2, discountCents: 998 }), item(3000, { category: 'hats' })],
  { orderDiscountCents: 1200 },
);
const shoesUplift = plan([percentRule('shoes', 1500, { categories: ['shoes'] }), percentRule('base', 800)]);
const three = credits([ANN, 4000], [BOB, 2000], [CAT, 4000]);

describe('a conversion earns', () => {
  test.each<[string, AccrueInput, Record<string, number>]>([
    ['its rate', sale(order([item(10_000)])), { [ANN]: 1000 }],
    ['half a cent to even, down', sale(order([item(25)])), { [ANN]: 2 }],
    ['half a cent to even, up', sale(order([item(35)])), { [ANN]: 4 }],
    ['nothing when nobody is credited', sale(order([item(10_000)]), { credits: [] }), {}],
    [
      'nothing when cancelled',
      sale(order([item(10_000)], { cancelled: { at: '2026-03-16T00:00:00.000Z', reason: 'fraud' } })),
      { [ANN]: 0 },
    ],
    ['nothing when all came back', sale(order([item(10_000)], { returned: { 1: 1 } })), { [ANN]: 0 }],
    // shoes 99.98 − 9.98 = 90.00 and hat 30.00; the order's 12.00 off take 9.00 and 3.00: 15 % of 81.00 and 8 % of 27.00
    ['by the rule of each item, discounts shared', sale(shoesAndHat, { plan: shoesUplift }), { [ANN]: 1215 + 216 }],
    // 12.15 for shoes are 4.86, 2.43, 4.86; 2.16 for the hat are 0.864, 0.432, 0.864, and the odd cent is the first one's
    [
      'split over three by their credit',
      sale(shoesAndHat, { plan: shoesUplift, credits: three }),
      { [ANN]: 573, [BOB]: 286, [CAT]: 572 },
    ],
    // one of two pairs back: 40.50 and 27.00 remain → 6.075 → 6.08 (half to even: 607.5 → 608) + 2.16
    [
      'what is left after a return',
      sale({ ...shoesAndHat, returned: { 1: 1 } }, { plan: shoesUplift }),
      { [ANN]: 608 + 216 },
    ],
    [
      'a flat amount for each unit',
      sale(order([item(100, { quantity: 3 })]), { plan: plan([flatRule('each', 250)]) }),
      { [ANN]: 750 },
    ],
    [
      'a flat amount for a free lead',
      sale(order([item(0)], { eventType: 'lead' }), { plan: plan([flatRule('lead', 2000)]) }),
      { [ANN]: 2000 },
    ],
    [
      'a flat amount only for units kept',
      sale(order([item(100, { quantity: 3 })], { returned: { 1: 2 } }), { plan: plan([flatRule('each', 250)]) }),
      { [ANN]: 250 },
    ],
    // 5.00 over 40/20/40 is 2.00, 1.00, 2.00; 0.01 goes to one of them
    [
      'a flat amount split by credit',
      sale(order([item(100)]), { plan: plan([flatRule('each', 501)]), credits: three }),
      { [ANN]: 201, [BOB]: 100, [CAT]: 200 },
    ],
    [
      'a group’s own rate',
      sale(order([item(10_000)]), {
        credits: credits([ANN, 5000], [BOB, 5000]),
        plan: plan([percentRule('gold', 2000, { groups: ['gold'] }), percentRule('base', 1000)]),
        partners: traits([ANN, { group: 'gold' }], [BOB]),
      }),
      { [ANN]: 1000, [BOB]: 500 },
    ],
    [
      'nothing for an item that no rule matches',
      sale(shoesAndHat, { plan: plan([percentRule('shoes', 1500, { categories: ['shoes'] })]) }),
      { [ANN]: 1215 },
    ],
  ])('%s', (_, input, expected) => expect(totals(input)).toEqual(expected));

  test('by season, in the days of the program’s time zone', () => {
    const season = plan([
      percentRule('season', 2000, { from: '2026-11-27', to: '2026-11-30' }),
      percentRule('base', 1000),
    ]);
    const at = (occurredAt: string, timeZone: string) =>
      totals(sale(order([item(10_000)], { occurredAt }), { plan: season, timeZone }))[ANN];
    expect(at('2026-11-26T23:30:00.000Z', 'Europe/Berlin')).toBe(2000);
    expect(at('2026-11-26T23:30:00.000Z', 'UTC')).toBe(1000);
    expect(at('2026-11-30T22:59:59.999Z', 'Europe/Berlin')).toBe(2000);
    expect(at('2026-11-30T23:00:00.000Z', 'Europe/Berlin')).toBe(1000);
  });

  test('payable after the hold, counted from the day of the order in the program’s time zone', () => {
    const matures = (timeZone: string, holdDays: number) =>
      accrue(
        sale(order([item(100)], { occurredAt: '2026-03-31T22:30:00.000Z' }), { timeZone, terms: { holdDays } }),
      )[0]!.matures;
    expect(matures('UTC', 30)).toBe('2026-04-30');
    expect(matures('Europe/Berlin', 30)).toBe('2026-05-01');
    expect(matures('UTC', 0)).toBe('2026-03-31');
  });

  test('payable after the hold of each partner’s own group', () => {
    const terms = { holdDays: 30, holdDaysByGroup: { gold: 7 } };
    const partners = traits([ANN, { group: 'gold' }], [BOB]);
    const of = sale(order([item(100)], { occurredAt: '2026-03-31T12:00:00.000Z' }), {
      credits: credits([ANN, 5000], [BOB, 5000]),
      partners,
      terms,
    });
    expect(accrue(of).map(({ matures }) => matures)).toEqual(['2026-04-07', '2026-04-30']);
  });
});

test('tells the parts by rule, in the order of the plan, and what no rule prices', () => {
  const [desired] = accrue(
    sale(
      order([
        item(1000, { category: 'hats' }),
        item(2000, { category: 'shoes', quantity: 2 }),
        item(500, { category: 'hats', quantity: 3 }),
        item(300, { category: 'bags' }),
      ]),
      {
        plan: plan(
          [percentRule('shoes', 1500, { categories: ['shoes'] }), flatRule('hats', 25, { categories: ['hats'] })],
          7,
        ),
        policy: policy('last-touch', 3),
      },
    ),
  );
  expect(desired).toEqual({
    partnerId: ANN,
    totalCents: 700,
    credit: credits([ANN, 10_000])[0],
    model: 'last-touch',
    policyVersion: 3,
    planVersion: 7,
    commissionableCents: 6800,
    baseCents: 6800,
    parts: [
      { rule: 'shoes', label: 'shoes', units: 2, baseCents: 4000, rateBps: 1500, cents: 600 },
      { rule: 'hats', label: 'hats', units: 4, baseCents: 2500, flatCents: 25, cents: 100 },
    ],
    unmatchedCents: 300,
    matures: '2026-04-14',
  });
});

test('lines of one rule are added up before they are split: many odd cents favour nobody', () => {
  const conversion = order(Array.from({ length: 100 }, () => item(1)));
  const bases = accrue(sale(conversion, { credits: credits([ANN, 5000], [BOB, 5000]) })).map(
    ({ baseCents }) => baseCents,
  );
  expect(bases).toEqual([50, 50]);
});

test('refuses a credited partner it knows nothing about, and a flat amount that numbers cannot hold', () => {
  expect(() => accrue(sale(order([item(1)]), { partners: traits() }))).toThrow(/was not loaded/);
  const huge = sale(order([item(1, { quantity: 100_000 })]), { plan: plan([flatRule('f', 1_000_000_000_000)]) });
  expect(() => accrue(huge)).toThrow(RangeError);
});

describe('laws', () => {
  const withReturns = anySale.chain((input) => fc.tuple(fc.constant(input), anyReturns(input.conversion)));
  const returnedSale = withReturns.map(([input, returned]) => ({
    ...input,
    conversion: { ...input.conversion, returned },
  }));

  test('the partners’ bases sum exactly to the commissionable amount', () => {
    fc.assert(
      fc.property(returnedSale, (input) => {
        const desired = accrue(input);
        expect(sum(desired.map(({ baseCents }) => baseCents))).toBe(
          remainingOrder(input.conversion).commissionableCents,
        );
        for (const { baseCents, parts, unmatchedCents, totalCents } of desired) {
          expect(sum(parts.map((part) => part.baseCents)) + unmatchedCents).toBe(baseCents);
          expect(sum(parts.map(({ cents }) => cents))).toBe(totalCents);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a flat amount that prices every item for everyone is paid out to the cent', () => {
    fc.assert(
      fc.property(returnedSale, fc.nat(5000), (input, amountCents) => {
        const left = remainingOrder(input.conversion).items.reduce((units, each) => units + each.units, 0);
        const desired = accrue({ ...input, plan: plan([flatRule('each', amountCents)]) });
        expect(sum(desired.map(({ totalCents }) => totalCents))).toBe(amountCents * left);
      }),
    );
  });

  describe('partners who are paid alike share to the cent what one of them would earn', () => {
    /** The same order under the same plan, all of it to one partner. */
    const byOne = (input: AccrueInput) => sum(accrue({ ...input, credits: credits([ANN, 10_000]) }).map(total));
    const total = ({ totalCents }: { totalCents: number }) => totalCents;
    const bonus = fc.record({ rateBps: fc.nat(2_000), categories: fc.subarray(['shoes', 'hats'], { minLength: 1 }) });
    const alike = fc.tuple(returnedSale, bonus).map(([input, { rateBps, categories }]) => {
      const bonuses = [{ id: 'more', label: 'More', when: { categories }, pay: { kind: 'percent', rateBps } }];
      const of = CommissionPlan.parse({ ...input.plan.plan, bonuses });
      return { ...input, plan: { ...input.plan, plan: of }, partners: traits([ANN], [BOB], [CAT]) };
    });

    test('whatever came back', () => {
      fc.assert(
        fc.property(alike, (input) => {
          expect(sum(accrue(input).map(total))).toBe(byOne(input));
        }),
        { numRuns: 1_000 },
      );
    });

    test('what is posted follows, return by return', () => {
      const meta = { model: 'last-touch', policyVersion: 1, planVersion: 1 };
      fc.assert(
        fc.property(alike, (input) => {
          let { conversion } = input;
          const lines = Object.entries(input.conversion.returned);
          for (let told = 0; told <= lines.length; told += 1) {
            conversion = { ...conversion, returned: Object.fromEntries(lines.slice(0, told)) };
            const { posted } = difference(conversion, accrue({ ...input, conversion }), meta);
            conversion = { ...conversion, posted };
            expect(sum(Object.values(posted).map(({ cents }) => cents))).toBe(byOne({ ...input, conversion }));
          }
        }),
        { numRuns: 300 },
      );
    });

    test('3.33 at 10 % in halves is 0.33: 0.17 and 0.16, and the explanation says why', () => {
      const halves = accrue(sale(order([item(333)]), { credits: credits([ANN, 5000], [BOB, 5000]) }));
      expect(halves.map(({ totalCents }) => totalCents)).toEqual([17, 16]);
      expect(halves[1]!.parts).toMatchObject([
        { baseCents: 166, cents: 16, why: 'rounded with the other partners: 10 % of 3.33 USD is 0.33 USD for all' },
      ]);
    });

    test('partners of other rates are rounded by themselves', () => {
      const gold = plan([percentRule('gold', 2000, { groups: ['gold'] }), percentRule('base', 1000)]);
      const partners = traits([ANN, { group: 'gold' }], [BOB], [CAT]);
      // 33.3 % each of 1.00: 34 at 20 % is 7; 33 and 33 at 10 % are 6.6 together, 7: 4 and 3
      const thirds = sale(order([item(100)]), {
        ...{ plan: gold, partners },
        credits: credits([ANN, 3334], [BOB, 3333], [CAT, 3333]),
      });
      expect(accrue(thirds).map(({ totalCents }) => totalCents)).toEqual([7, 4, 3]);
    });
  });

  test('nothing is negative, and rates alone never pay more than the order', () => {
    fc.assert(
      fc.property(returnedSale, (input) => {
        const desired = accrue(input);
        for (const { totalCents, parts } of desired) {
          expect(totalCents).toBeGreaterThanOrEqual(0);
          for (const part of parts)
            if (part.rateBps !== undefined) expect(part.cents).toBeLessThanOrEqual(part.baseCents);
        }
      }),
    );
  });

  test('does not depend on the order in which partners are loaded or returns are told', () => {
    fc.assert(
      fc.property(returnedSale, (input) => {
        const backwards = {
          ...input,
          partners: new Map([...input.partners].reverse()),
          conversion: {
            ...input.conversion,
            returned: Object.fromEntries(Object.entries(input.conversion.returned).reverse()),
          },
        };
        expect(accrue(backwards)).toEqual(accrue(input));
      }),
    );
  });

  test('each partner’s base is the credit’s share of the order, rounded once, when no pool is mere cents', () => {
    fc.assert(
      fc.property(returnedSale, (input) => {
        const conversion = {
          ...input.conversion,
          items: input.conversion.items.map((each) => ({ ...each, unitPriceCents: each.unitPriceCents + 10_000 })),
        };
        const { commissionableCents } = remainingOrder({ ...conversion, orderDiscountCents: 0 });
        for (const { baseCents, credit } of accrue({
          ...input,
          conversion: { ...conversion, orderDiscountCents: 0 },
        })) {
          const off = baseCents * 10_000 - commissionableCents * credit.creditBps;
          expect(Math.abs(off)).toBeLessThan(10_000);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('and is never negative nor more than some cents off, however small the pools', () => {
    fc.assert(
      fc.property(returnedSale, (input) => {
        const { commissionableCents } = remainingOrder(input.conversion);
        for (const { baseCents, parts, credit } of accrue(input)) {
          for (const part of parts) expect(part.baseCents).toBeGreaterThanOrEqual(0);
          expect(Math.abs(baseCents - (commissionableCents * credit.creditBps) / 10_000)).toBeLessThan(3);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('bases of many small pools keep to the credit: 40 % of 113.00 is 45.20, in whatever parts', () => {
  const conversion = order([
    item(8138, { category: 'shoes' }),
    item(2712, { category: 'hats' }),
    item(450, { category: 'bags' }),
  ]);
  const rules = plan([
    percentRule('shoes', 1500, { categories: ['shoes'] }),
    percentRule('hats', 500, { categories: ['hats'] }),
  ]);
  expect(accrue(sale(conversion, { plan: rules, credits: three })).map(({ baseCents }) => baseCents)).toEqual([
    4520, 2260, 4520,
  ]);
});
