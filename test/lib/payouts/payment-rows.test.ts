import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bankCsv } from '../../../lib/payouts/bank-csv.ts';
import { paymentRows } from '../../../lib/payouts/payment-rows.ts';
import { payoutItem, run } from '../../support/payouts.ts';

const items = [
  payoutItem({ itemId: 'itm_1', partnerId: 'ptr_1', rail: 'bank-csv', amountCents: 1_234 }),
  payoutItem({ itemId: 'itm_2', partnerId: 'ptr_2', rail: 'external', amountCents: 5 }),
];

test('a frozen file reads back: every payment, and the bank’s rows as they stand', () => {
  const targets = new Map([['ptr_1', { accountHolder: '=Ann "Holder", B\r\nC', accountNumber: 'DE1' }]]);
  const { text } = bankCsv(run(), items, targets);
  const { payments, bankText } = paymentRows(text);
  expect([...payments]).toEqual([
    ['itm_1', { rail: 'bank-csv', partnerId: 'ptr_1', amount: '12.34' }],
    ['itm_2', { rail: 'external', partnerId: 'ptr_2', amount: '0.05' }],
  ]);
  expect(text.startsWith(bankText!)).toBe(true);
  expect(text.slice(bankText!.length)).toMatch(/^external,itm_2,[^\r]+\r\n$/);
});

test('what is kept back stands in the file that is approved, and not in what the bank gets', () => {
  const targets = new Map([['ptr_1', { accountHolder: 'Ann', accountNumber: 'DE1' }]]);
  const withholding = { year: 2026, cents: 389, words: 'No W-9.' };
  const small = { ...items[1]!, withholding: { ...withholding, cents: 0 } };
  const taxed = bankCsv(run(), [{ ...items[0]!, withholding }, small], targets);
  expect(taxed).toMatchObject({ totalCents: 1_239, withheldCents: 389 });
  const { payments, bankText } = paymentRows(taxed.text);
  expect([...payments.values()]).toEqual([
    { rail: 'bank-csv', partnerId: 'ptr_1', amount: '12.34', withheld: '3.89' },
    { rail: 'external', partnerId: 'ptr_2', amount: '0.05' },
  ]);
  expect(taxed.text).toMatch(/withheld,itm_1,ptr_1,,,,3.89,USD,tax of 2026\r\n$/);
  // The same file but for that row, so a run without tax has the bytes that it always had.
  const without = bankCsv(run(), items, targets);
  expect(taxed.text.startsWith(without.text)).toBe(true);
  expect(bankText).toBe(paymentRows(without.text).bankText);
});

test('there is nothing for the bank when the brand pays everybody itself', () => {
  const { text } = bankCsv(run(), [items[1]!], new Map());
  expect(paymentRows(text).bankText).toBeUndefined();
});

test('whatever stands in the account holder’s name', () =>
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.integer({ min: 1, max: 10 ** 12 }),
      (accountHolder, amountCents) => {
        const item = { ...items[0]!, amountCents };
        const { text } = bankCsv(
          run(),
          [item, items[1]!],
          new Map([['ptr_1', { accountHolder, accountNumber: 'DE1' }]]),
        );
        const { payments, bankText } = paymentRows(text);
        expect([...payments.keys()]).toEqual(['itm_1', 'itm_2']);
        expect(text.startsWith(bankText!)).toBe(true);
      },
    ),
  ));
