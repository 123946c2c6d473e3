import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bankCsv, type TransferTarget } from '../../../lib/payouts/bank-csv.ts';
import type { PayoutItem } from '../../../lib/payouts/run.ts';
import { ANN, BOB, CAT } from '../../support/orders.ts';
import { payoutItem, run } from '../../support/payouts.ts';

const details = new Map<string, TransferTarget>([
  [ANN, { accountHolder: 'Ann Example', accountNumber: 'DE89370400440532013000' }],
  [BOB, { accountHolder: 'Bob, "the blogger"', accountNumber: '000123456789', bankCode: '021000021' }],
]);
const items: PayoutItem[] = [
  payoutItem({ itemId: 'itm_c', partnerId: CAT, amountCents: 250_000 }),
  payoutItem({ itemId: 'itm_b', partnerId: BOB, amountCents: 123_456_789, rail: 'bank-csv' }),
  payoutItem({ itemId: 'itm_a', partnerId: ANN, amountCents: 5, rail: 'bank-csv' }),
];

describe('a payment file', () => {
  const file = bankCsv(run(), items, details);

  test('has a row for every item, bank transfers first', () => {
    expect(file.text).toBe(
      [
        'rail,item,partner,account_holder,account_number,bank_code,amount,currency,reference',
        `bank-csv,itm_a,${ANN},Ann Example,DE89370400440532013000,,0.05,USD,itm_a`,
        `bank-csv,itm_b,${BOB},"Bob, ""the blogger""",000123456789,021000021,1234567.89,USD,itm_b`,
        `external,itm_c,${CAT},,,,2500.00,USD,itm_c`,
        '',
      ].join('\r\n'),
    );
  });

  test('tells its totals by rail, and its hash', () => {
    expect(file).toMatchObject({
      itemCount: 3,
      totalCents: 123_706_794,
      rails: {
        'bank-csv': { itemCount: 2, totalCents: 123_456_794 },
        external: { itemCount: 1, totalCents: 250_000 },
      },
      hash: createHash('sha256').update(file.text).digest('hex'),
    });
  });

  test('is the same bytes whatever the order of the items', () => {
    expect(bankCsv(run(), items.toReversed(), details)).toEqual(file);
  });

  test('has another hash when any amount or account is another', () => {
    const otherAccount = new Map(details).set(ANN, { accountHolder: 'Ann Example', accountNumber: 'DE00' });
    const otherAmount = items.map((each) => (each.itemId === 'itm_a' ? { ...each, amountCents: 6 } : each));
    const hashes = [file.hash, bankCsv(run(), items, otherAccount).hash, bankCsv(run(), otherAmount, details).hash];
    expect(new Set(hashes).size).toBe(3);
  });

  test('in a currency without decimals', () => {
    const yen = bankCsv(run({ currency: 'JPY' }), [payoutItem({ currency: 'JPY', amountCents: 1500 })], new Map());
    expect(yen.text).toContain(',1500,JPY,');
  });

  test.each<[string, PayoutItem]>([
    ['with nowhere to go', payoutItem({ partnerId: CAT, rail: 'bank-csv' })],
    ['of another run', payoutItem({ runId: 'pay_other' })],
    ['in another currency', payoutItem({ currency: 'EUR' })],
    ['of nothing', payoutItem({ amountCents: 0 })],
    ['of less than nothing', payoutItem({ amountCents: -5 })],
  ])('refuses an item %s', (_, item) => expect(() => bankCsv(run(), [item], details)).toThrow(RangeError));

  test('a spreadsheet runs no formula from it, and a reader gets every cell and cent back', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('=1+1', '@SUM(A1)', '-2', '+3', '\t=1', '\r=1', 'a,"b"\r\nc'));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 1e12 }), (holder, amountCents) => {
        const bank = new Map([[ANN, { accountHolder: holder, accountNumber: '1' }]]);
        const made = bankCsv(run(), [payoutItem({ rail: 'bank-csv', amountCents })], bank).text;
        const [row] = parse(made, { columns: true }) as Record<string, string>[];
        expect(row!.account_holder!.replace(/^'/, '')).toBe(holder.replace(/^'/, ''));
        expect(row!.account_holder).not.toMatch(/^[=+\-@\t\r]/);
        expect(Math.round(Number(row!.amount) * 100)).toBe(amountCents);
      }),
    );
  });
});
