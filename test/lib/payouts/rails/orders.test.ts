import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PayoutDetails } from '../../../../lib/partners/provider-details.ts';
import { batchesOf, carries, newRecord, ordersFile } from '../../../../lib/payouts/rails/orders.ts';
import { whyNotServer } from '../../../../lib/payouts/rails/provider.ts';
import { transactionIdOf } from '../../../../lib/payouts/rails/wise.ts';
import { payoutItem } from '../../../support/payouts.ts';

const paypal = PayoutDetails.parse({ rail: 'paypal', email: 'ann@notes.example' });
const wise = PayoutDetails.parse({ rail: 'wise', accountHolder: 'Bea', iban: 'DE89370400440532013000' });
const itemOf = (place: number, rail: 'paypal' | 'wise') =>
  payoutItem({ itemId: `itm_${String(place).padStart(16, '0')}`, partnerId: `ptr_${rail}`, rail });
const details = new Map([
  ['ptr_paypal', paypal],
  ['ptr_wise', wise],
]);

describe('the orders file', () => {
  test('is the same whatever order its items come in, and its batches hold every item once', () => {
    const items = [...Array(1_203).keys()].map((place) => itemOf(place, place % 3 === 0 ? 'wise' : 'paypal'));
    const file = ordersFile(items, details);
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (shuffled) => {
        expect(ordersFile(shuffled, details).hash).toBe(file.hash);
      }),
      { numRuns: 5 },
    );
    const batches = batchesOf(file.text);
    expect(batches.map(({ provider, orders }) => [provider, orders.length])).toEqual([
      ['paypal', 500],
      ['paypal', 302],
      ['wise', 100],
      ['wise', 100],
      ['wise', 100],
      ['wise', 100],
      ['wise', 1],
    ]);
    expect(new Set(batches.flatMap(({ orders }) => orders.map(({ item }) => item))).size).toBe(1_203);
    expect(file).toMatchObject({ itemCount: 1_203, totalCents: 1_203_000 });
  });

  test('gives every batch an id of its own, the same each time', () => {
    const run = { brandId: 'brd_aaaaaa', programId: 'prg_0000000000000001', runId: 'pay_0000000000000001' };
    const ids = batchesOf(ordersFile([itemOf(1, 'paypal'), itemOf(2, 'wise')], details).text).map(
      (batch) => newRecord(run, batch).batchId,
    );
    expect(new Set(ids).size).toBe(2);
    const again = newRecord(run, { batch: 0, provider: 'paypal', orders: [] }).batchId;
    expect(again).toBe(ids[0]);
    expect(newRecord({ ...run, brandId: 'brd_bbbbbb' }, { batch: 0, provider: 'paypal', orders: [] }).batchId).not.toBe(
      again,
    );
  });

  test('names nobody who has no account of that rail', () => {
    expect(() => ordersFile([itemOf(1, 'paypal')], new Map([['ptr_paypal', wise]]))).toThrow('no paypal account');
  });
});

test.each([
  ['paypal', 'USD', 1_250, true],
  ['paypal', 'INR', 1_250, false],
  ['paypal', 'HUF', 1_250, false],
  ['paypal', 'HUF', 1_200, true],
  ['paypal', 'JPY', 1_250, true],
  ['wise', 'INR', 1_250, true],
] as const)('%s pays %s %i: %s', (provider, currency, amountCents, yes) =>
  expect(carries(provider, { currency, amountCents })).toBe(yes),
);

test('an item’s id at Wise is a UUID, and another for another item', () => {
  const id = transactionIdOf('itm_0000000000000001');
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(transactionIdOf('itm_0000000000000002')).not.toBe(id);
});

describe('a provider’s server', () => {
  test.each([
    ['paypal', 'https://api-m.paypal.com', true],
    ['paypal', 'https://api-m.sandbox.paypal.com/', true],
    ['wise', 'https://api.wise.com', true],
    ['paypal', 'https://api.wise.com', false],
    ['paypal', 'https://api-m.paypal.com.evil.example', false],
    ['paypal', 'https://api-m.paypal.com:8443', false],
    ['paypal', 'http://api-m.paypal.com', false],
    ['paypal', 'https://user:pass@api-m.paypal.com', false],
    ['paypal', 'https://api-m.paypal.com/v1?x=', false],
    ['paypal', 'https://169.254.169.254', false],
    ['paypal', 'http://127.0.0.1:4500', false],
  ] as const)('of %s: %s %s', (provider, url, known) => {
    expect(whyNotServer(provider, url, []) === undefined).toBe(known);
  });

  test('on this machine is let through where the machine says so', () => {
    expect(whyNotServer('wise', 'http://127.0.0.1:4500', ['http://127.0.0.1:4500'])).toBeUndefined();
  });
});
