import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accrue } from '../../../lib/commission/accrue.ts';
import { assistPay } from '../../../lib/commission/assist.ts';
import { difference } from '../../../lib/commission/difference.ts';
import { explain } from '../../../lib/commission/explain.ts';
import { ANN, anyOrder, BOB, CAT, credits, item, order, policy, sale, traits } from '../../support/orders.ts';

const cents = (given: Parameters<typeof assistPay>[0], commissionable: number, count: number) =>
  assistPay(given, commissionable, count).map(({ parts }) => parts.reduce((sum, part) => sum + part.cents, 0));
const percent = (rateBps: number, mostCents: number) => ({ pay: { kind: 'percent' as const, rateBps }, mostCents });
const flat = (amountCents: number, mostCents: number) => ({ pay: { kind: 'flat' as const, amountCents }, mostCents });

test.each([
  ['nobody assisted', percent(100, 500), 10_000, 0, []],
  ['1 % of 100.00 each', percent(100, 500), 10_000, 2, [100, 100]],
  ['halves go to even: 1 % of 2.50', percent(100, 500), 250, 1, [2]],
  ['1.00 each, while anything is left', flat(100, 500), 1, 2, [100, 100]],
  ['nothing of nothing', flat(100, 500), 0, 2, [0, 0]],
  ['three want 3.00, the order ends at 5.00', flat(300, 500), 10_000, 3, [167, 167, 166]],
  ['exactly at the cap', flat(250, 500), 10_000, 2, [250, 250]],
  ['a cap of nothing', flat(250, 0), 10_000, 1, [0]],
] as const)('%s', (_, given, commissionable, count, expected) =>
  expect(cents(given, commissionable, count)).toEqual(expected),
);

const assisted = (assistBonus: object) =>
  sale(order([item(10_000)]), {
    credits: [...credits([ANN, 10_000]), { ...credits([BOB, 0])[0]!, touches: 2 }, { ...credits([CAT, 0])[0]! }],
    policy: { ...policy(), policy: { model: 'last-touch', lookbackDays: 30, assistBonus: assistBonus as never } },
    partners: traits([ANN], [BOB], [CAT]),
  });

test('the bonus comes beside the commission, not out of it, as a line of its own that says why', () => {
  const input = assisted(flat(300, 500));
  const { lines } = difference(input.conversion, accrue(input), {
    model: 'last-touch',
    policyVersion: 1,
    planVersion: 1,
  });
  expect([...lines].map(([partnerId, line]) => [partnerId, line.cents])).toEqual([
    [ANN, 1000],
    [BOB, 250],
    [CAT, 250],
  ]);
  expect(explain(lines.get(BOB)!, 'USD')).toBe(
    'You assisted with sale 1001 of 2026-03-15 10:00 UTC: your touch, a click at 2026-03-01 08:00 UTC, was the first of 2, and others ' +
      'share the order (model: last touch). Assist bonus: 3.00 USD for the order; an order pays at most 5.00 USD in bonuses, so yours is ' +
      '2.50 USD. Counted with version 1 of the commission plan and version 1 of the attribution policy. This earns 2.50 USD. Payable from ' +
      '2026-04-14 on.',
  );
});

test('it shrinks with the order and goes with it', () => {
  const input = assisted(percent(100, 500));
  const totals = (returned: Record<string, number>) =>
    accrue({ ...input, conversion: { ...input.conversion, items: [item(5_000, { quantity: 2 })], returned } }).map(
      ({ totalCents }) => totalCents,
    );
  expect(totals({})).toEqual([1000, 100, 100]);
  expect(totals({ 1: 1 })).toEqual([500, 50, 50]);
  expect(totals({ 1: 2 })).toEqual([0, 0, 0]);
});

test('bonuses never pass the cap, and leave what is shared as it is without them', () => {
  fc.assert(
    fc.property(anyOrder, fc.nat(10_000), fc.nat(100_000), (conversion, rateBps, mostCents) => {
      const withBonus = { ...assisted(percent(rateBps, mostCents)), conversion };
      const shared = accrue(withBonus).filter(({ credit }) => credit.creditBps > 0);
      const bonuses = accrue(withBonus).filter(({ credit }) => credit.creditBps === 0);
      expect(bonuses.reduce((sum, { totalCents }) => sum + totalCents, 0)).toBeLessThanOrEqual(mostCents);
      expect(shared).toEqual(accrue({ ...withBonus, credits: credits([ANN, 10_000]) }));
      for (const { totalCents, parts } of bonuses)
        expect(parts.reduce((sum, part) => sum + part.cents, 0)).toBe(totalCents);
    }),
  );
});
