import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccrueInput, accrue } from '../../../lib/commission/accrue.ts';
import { difference } from '../../../lib/commission/difference.ts';
import { explain } from '../../../lib/commission/explain.ts';
import type { AccrualLine } from '../../../lib/ledger/journal.ts';
import { format } from '../../../lib/money.ts';
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
} from '../../support/orders.ts';

const meta = { model: 'last-touch', policyVersion: 1, planVersion: 1 };
const lineOf = (input: AccrueInput, partnerId = ANN) =>
  difference(input.conversion, accrue(input), meta).lines.get(partnerId)!;
const settled = (input: AccrueInput): AccrueInput => ({
  ...input,
  conversion: { ...input.conversion, posted: difference(input.conversion, accrue(input), meta).posted },
});
const withOrder = (input: AccrueInput, over: Partial<AccrueInput['conversion']>): AccrueInput => ({
  ...input,
  conversion: { ...input.conversion, ...over },
});

const pairs = sale(order([item(1200, { quantity: 3 })]), {
  plan: plan([{ ...percentRule('shoes', 1000), label: 'Shoes' }], 4),
});
const mixed = sale(
  order([
    item(8100, { category: 'shoes' }),
    item(2700, { category: 'hats', quantity: 2 }),
    item(500, { category: 'bags' }),
  ]),
  {
    credits: credits([ANN, 4000], [BOB, 2000], [CAT, 4000]),
    policy: policy('position-based', 2),
    plan: plan([
      { ...percentRule('shoes', 1500, { categories: ['shoes'] }), label: 'Shoes, autumn uplift' },
      { ...flatRule('hats', 1000, { categories: ['hats'] }), label: 'Hat bonus' },
    ]),
  },
);

describe('explains', () => {
  const mine =
    'You are credited with all of sale 1001 of 2026-03-15 10:00 UTC: your touch, a click at 2026-03-01 08:00 UTC, was the only one (model: last touch).';
  const versions = (planVersion: number, policyVersion: number) =>
    `Counted with version ${planVersion} of the commission plan and version ${policyVersion} of the attribution policy.`;
  const cancelled = { at: '2026-03-20T00:00:00.000Z', reason: 'fraud' };

  test.each<[string, AccrualLine, string[]]>([
    [
      'a first earning',
      lineOf(pairs),
      [
        mine,
        'The order counts 36.00 USD after discounts and returns, without tax and shipping.',
        'Shoes: 10 % of 36.00 USD is 3.60 USD.',
        versions(4, 1),
        'This earns 3.60 USD.',
        'Payable from 2026-04-14 on.',
      ],
    ],
    [
      'a return',
      lineOf(withOrder(settled(pairs), { returned: { 1: 1 } })),
      [
        mine,
        'The order counts 24.00 USD after discounts and returns, without tax and shipping.',
        'Shoes: 10 % of 24.00 USD is 2.40 USD.',
        versions(4, 1),
        '1 of 3 items came back, so this line takes back 1.20 USD: earned 3.60 USD before, 2.40 USD now.',
        'Payable from 2026-04-14 on.',
      ],
    ],
    [
      'a return of everything',
      lineOf(withOrder(settled(pairs), { returned: { 1: 3 } })),
      [
        mine,
        versions(4, 1),
        '3 of 3 items came back, so this line takes back 3.60 USD: earned 3.60 USD before, 0.00 USD now.',
      ],
    ],
    [
      'a return that was known before the order was counted',
      lineOf(withOrder(pairs, { returned: { 1: 2 } })),
      [
        mine,
        'The order counts 12.00 USD after discounts and returns, without tax and shipping.',
        'Shoes: 10 % of 12.00 USD is 1.20 USD.',
        versions(4, 1),
        '2 of 3 items came back before it was counted. This earns 1.20 USD.',
        'Payable from 2026-04-14 on.',
      ],
    ],
    [
      'a cancellation',
      lineOf(withOrder(settled(pairs), { cancelled })),
      [
        mine,
        versions(4, 1),
        'The order was cancelled, so this line takes back 3.60 USD: earned 3.60 USD before, 0.00 USD now.',
      ],
    ],
    [
      'a corrected plan',
      lineOf({ ...settled(pairs), plan: plan([{ ...percentRule('shoes', 1250), label: 'Shoes' }], 5) }),
      [
        mine,
        'The order counts 36.00 USD after discounts and returns, without tax and shipping.',
        'Shoes: 12.5 % of 36.00 USD is 4.50 USD.',
        versions(5, 1),
        'The order was computed again, so this line adds 0.90 USD: earned 3.60 USD before, 4.50 USD now.',
        'Payable from 2026-04-14 on.',
      ],
    ],
    [
      'a lost credit',
      lineOf({ ...settled(pairs), credits: [] }),
      [
        'You are no longer credited for sale 1001 of 2026-03-15 10:00 UTC (model: last touch).',
        versions(1, 1),
        'The order was computed again, so this line takes back 3.60 USD: earned 3.60 USD before, 0.00 USD now.',
      ],
    ],
    // 40 % of 81.00 + 54.00 + 5.00 = 140.00 is 56.00; 15 % of 32.40 is 4.86; 40 % of 2 × 10.00 is 8.00; 2.00 earn nothing
    [
      'the first of three, several rules and an item that no rule prices',
      lineOf(mixed),
      [
        'You are credited with 40 % of sale 1001 of 2026-03-15 10:00 UTC: your touch, a click at 2026-03-01 08:00 UTC, was the first of 3 (model: position-based).',
        'The order counts 140.00 USD after discounts and returns, without tax and shipping; your share of it is 56.00 USD.',
        'Shoes, autumn uplift: 15 % of 32.40 USD is 4.86 USD.',
        'Hat bonus: 10.00 USD for each of 2 items, of which 40 % is 8.00 USD.',
        'The other 2.00 USD matches no rule of the plan and earns nothing.',
        versions(1, 2),
        'Together this earns 12.86 USD.',
        'Payable from 2026-04-14 on.',
      ],
    ],
  ])('%s', (_, line, sentences) => expect(explain(line, 'USD')).toBe(sentences.join(' ')));

  test.each([
    [BOB, 'was number 2 of 3'],
    [CAT, 'was the last of 3'],
  ])('%s’s place in the journey', (partnerId, words) =>
    expect(explain(lineOf(mixed, partnerId), 'USD')).toContain(words),
  );

  test('an order that no rule prices any more', () => {
    const line = lineOf({ ...settled(pairs), plan: plan([percentRule('shoes', 1000, { categories: ['shoes'] })], 5) });
    expect(explain(line, 'USD')).toContain('All of it matches no rule of the plan and earns nothing.');
  });

  test('in the currency’s own digits', () => {
    expect(explain(lineOf(pairs), 'JPY')).toContain('Shoes: 10 % of 3,600 JPY is 360 JPY.');
  });
});

test('every explanation names the amount it explains and every rule it used', () => {
  const withReturns = anySale.chain((input) => fc.tuple(fc.constant(input), anyReturns(input.conversion)));
  fc.assert(
    fc.property(withReturns, ([input, returned]) => {
      const { lines } = difference(input.conversion, accrue(input), meta);
      const later = withOrder(settled(input), { returned });
      const corrections = difference(later.conversion, accrue(later), meta).lines;
      for (const line of [...lines.values(), ...corrections.values()]) {
        const words = explain(line, 'USD');
        expect(words).toContain(format(Math.abs(line.cents), 'USD'));
        expect(words).toContain(format(line.totalCents, 'USD'));
        for (const { label, cents } of line.parts) {
          expect(words).toContain(`${label}: `);
          const amount = `is ${format(cents, 'USD')}`;
          expect(
            [`${amount}.`, `${amount} (rounded with`].some((end) => words.includes(end)),
            words,
          ).toBe(true);
        }
        expect(words).not.toMatch(/undefined|NaN|null/);
      }
    }),
  );
});

test('a limit of an order that partners share says what of it is theirs, so that the amount comes out', () => {
  const shared = (cap: object, ...shares: readonly (readonly [string, number])[]) =>
    sale(order([item(10_000, { quantity: 3 })]), {
      credits: credits(...(shares as [string, number][])),
      plan: plan([{ ...percentRule('all', 1000), label: 'All', cap }]),
    });
  const said = (cap: object, ...shares: readonly (readonly [string, number])[]) =>
    explain(lineOf(shared(cap, ...shares), BOB), 'USD');
  expect(said({ perOrderCents: 901 }, [ANN, 7000], [BOB, 3000])).toContain(
    'All: 10 % of 90.00 USD is 2.70 USD (at most 9.01 USD an order, of which 30 % is 2.70 USD).',
  );
  expect(said({ perItemCents: 200 }, [ANN, 7000], [BOB, 3000])).toContain(
    'All: 10 % of 90.00 USD is 1.80 USD (at most 2.00 USD an item, of which 30 %).',
  );
  expect(said({ perOrderCents: 900 }, [BOB, 10_000])).toContain('is 9.00 USD (at most 9.00 USD an order).');
});
