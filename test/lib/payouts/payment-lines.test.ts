import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../../lib/calendar.ts';
import { derive } from '../../../lib/ids.ts';
import type { Journal } from '../../../lib/ledger/journal.ts';
import { paymentLines } from '../../../lib/payouts/payment-lines.ts';
import { item } from '../../support/orders.ts';
import { PartnerAccount } from '../../support/partner-account.ts';

/** Five percent after a hold of 14 days: an order of 100.00 USD earns 5.00. */
const at = (day: string) => `${day}T09:00:00.000Z`;
const itemOf = (name: string) => derive('payoutItem', name, 'ann');

/** The chain up to and with the journal that sets a payment aside. */
function through(journals: readonly Journal[], itemId: string): Journal[] {
  const end = journals.findIndex(({ kind, cause }) => kind === 'reserve' && cause === itemId);
  return journals.slice(0, end + 1);
}
const paidBy = (account: PartnerAccount, itemId: string) => paymentLines(through(account.journals, itemId))!;
const orders = (account: PartnerAccount, itemId: string) => {
  const { lines, amountCents, explainedCents } = paidBy(account, itemId);
  return [lines.map(({ orderId, cents }) => `${orderId} ${cents}`), amountCents, explainedCents];
};

describe('the lines of a payment', () => {
  const [march, april, may] = [itemOf('march'), itemOf('april'), itemOf('may')];
  const twoMonths = () =>
    new PartnerAccount()
      .order('1', at('2026-03-02'), [item(10_000)])
      .order('2', at('2026-03-25'), [item(20_000)])
      .release(at('2026-03-31'), '2026-03-31')
      .pay(at('2026-04-01'), march)
      .order('3', at('2026-04-05'), [item(40_000)])
      .returned('1', at('2026-04-06'), { '1': 1 })
      .release(at('2026-04-30'), '2026-04-30');

  test('are those that matured since the payment before, and corrections of earlier ones', () => {
    const account = twoMonths().pay(at('2026-05-01'), april);
    expect(orders(account, march)).toEqual([['1 500'], 500, 500]);
    expect(orders(account, april)).toEqual([['2 1000', '3 2000', '1 -500'], 2_500, 2_500]);
  });

  test('leave out what is still on hold', () => {
    const account = new PartnerAccount()
      .order('1', at('2026-03-02'), [item(10_000)])
      .order('2', at('2026-03-25'), [item(20_000)])
      .release(at('2026-03-31'), '2026-03-31')
      .pay(at('2026-04-01'), march);
    expect(orders(account, march)).toEqual([['1 500'], 500, 500]);
  });

  test('of a payment that was given back are paid again by the next', () => {
    const account = twoMonths()
      .post(at('2026-05-01'), { kind: 'reserve', itemId: april, cents: 2_500 })
      .post(at('2026-05-02'), { kind: 'unreserve', itemId: april, cents: 2_500, why: 'run rejected' })
      .pay(at('2026-05-03'), may);
    expect(orders(account, may)).toEqual(orders(account, april));
  });

  test('of one that the bank returned are paid again by the next, which says so', () => {
    const account = twoMonths()
      .pay(at('2026-05-01'), april)
      .post(at('2026-05-06'), {
        kind: 'bounce',
        itemId: april,
        cents: 2_500,
        why: 'R03',
        corrects: 'jrn_0000000000000001',
      })
      .order('4', at('2026-05-07'), [item(2_000)])
      .release(at('2026-05-31'), '2026-05-31')
      .pay(at('2026-06-01'), may);
    expect(orders(account, may)).toEqual([['2 1000', '3 2000', '1 -500', '4 100'], 2_600, 2_600]);
  });

  test('do not make an amount that no line tells of', () => {
    const chain = through(twoMonths().pay(at('2026-05-01'), april).journals, april);
    const silent = chain.map((journal) => ({
      ...journal,
      lines: journal.lines.filter(({ orderId }) => orderId !== '3'),
    }));
    expect(paymentLines(silent)).toMatchObject({ amountCents: 2_500, explainedCents: 500 });
  });

  test('are the same however much of the chain before is read, and ask for more when it is too little', () => {
    const chain = through(twoMonths().pay(at('2026-05-01'), april).journals, april);
    const answers = chain.map((_, start) => paymentLines(chain.slice(start)));
    const whole = JSON.stringify(answers[0]);
    expect(answers.map((answer) => answer && JSON.stringify(answer) === whole)).toContain(true);
    expect(answers.filter((answer) => answer && JSON.stringify(answer) !== whole)).toEqual([]);
    expect(answers.at(-1)).toBeUndefined();
  });

  test('are asked of a chain that ends with a payment', () => {
    expect(() => paymentLines(twoMonths().journals)).toThrow(RangeError);
  });
});

test('law: whatever happened before, the lines of a payment make its amount, and each line is paid once', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('order' as const), cents: fc.integer({ min: 100, max: 90_000 }) }),
    fc.record({ do: fc.constant('return' as const), of: fc.nat(20) }),
    fc.record({ do: fc.constant('release' as const) }),
    fc.record({ do: fc.constant('pay' as const), ends: fc.constantFrom('arrives', 'fails', 'comes back') }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), step), { maxLength: 40 }), (story) => {
      const account = new PartnerAccount();
      const payments: { itemId: string; ends: string }[] = [];
      const placed: string[] = [];
      let day = '2026-01-05';
      for (const [days, what] of story) {
        day = addDays(day, days);
        if (what.do === 'order') {
          placed.push(`o${placed.length}`);
          account.order(placed.at(-1)!, at(day), [item(what.cents)]);
        } else if (what.do === 'return' && placed.length > 0) {
          account.returned(placed[what.of % placed.length]!, at(day), { '1': 1 });
        } else if (what.do === 'release') {
          account.release(at(day), day);
        } else if (what.do === 'pay') {
          const { payable = 0, receivable = 0 } = account.journals.at(-1)?.after.balances ?? {};
          if (payable <= 0 || receivable < 0) continue;
          const itemId = itemOf(`${payments.length}`);
          account.post(at(day), { kind: 'reserve', itemId, cents: payable });
          if (what.ends === 'fails') account.post(at(day), { kind: 'unreserve', itemId, cents: payable, why: 'no' });
          else account.post(at(day), { kind: 'settle', itemId, cents: payable });
          if (what.ends === 'comes back')
            account.post(at(day), {
              kind: 'bounce',
              itemId,
              cents: payable,
              why: 'R03',
              corrects: 'jrn_0000000000000001',
            });
          payments.push({ itemId, ends: what.ends });
        }
      }
      const seen = new Set<string>();
      for (const { itemId, ends } of payments) {
        const { lines, amountCents, explainedCents } = paidBy(account, itemId);
        expect(explainedCents).toBe(amountCents);
        if (ends !== 'arrives') continue;
        for (const { orderId, sequence } of lines) {
          expect(seen).not.toContain(`${orderId} ${sequence}`);
          seen.add(`${orderId} ${sequence}`);
        }
      }
    }),
  );
});
