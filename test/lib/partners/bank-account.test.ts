import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountLast4, BankDetails, ibanChecks } from '../../../lib/partners/bank-account.ts';
import { PayoutDetails, targetOf } from '../../../lib/partners/provider-details.ts';
import { routingNumberChecks } from '../../../lib/partners/routing-number.ts';

/** Published examples of the registry, one per shape. */
const IBANS = [
  'DE89370400440532013000',
  'GB29NWBK60161331926819',
  'FR1420041010050500013M02606',
  'NO9386011117947',
  'MT84MALT011000012345MTLCAST001S',
  'CH9300762011623852957',
  'SA0380000000608010167519',
  'BR9700360305000010009795493P1',
];

describe('an IBAN', () => {
  test.each(IBANS)('%s holds', (iban) =>
    expect(BankDetails.safeParse({ accountHolder: 'Ann', iban }).success).toBe(true),
  );

  test('is read with blanks, dashes and small letters', () => {
    expect(BankDetails.parse({ accountHolder: 'Ann', iban: 'gb29 nwbk-6016 1331 9268 19' })).toEqual({
      accountHolder: 'Ann',
      iban: IBANS[1],
    });
  });

  test('law: one digit changed never holds', () => {
    const changed = fc.record({
      iban: fc.constantFrom(...IBANS),
      place: fc.nat(33),
      by: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(changed, ({ iban, place, by }) => {
        const at = place % iban.length;
        if (!/\d/.test(iban[at]!)) return;
        const digit = (Number(iban[at]) + by) % 10;
        expect(ibanChecks(iban.slice(0, at) + digit + iban.slice(at + 1))).toBe(false);
      }),
    );
  });

  test('law: two neighbours swapped never hold', () => {
    fc.assert(
      fc.property(fc.constantFrom(...IBANS), fc.nat(33), (iban, place) => {
        const at = 4 + (place % (iban.length - 5));
        if (iban[at] === iban[at + 1]) return;
        expect(ibanChecks(iban.slice(0, at) + iban[at + 1] + iban[at] + iban.slice(at + 2))).toBe(false);
      }),
    );
  });
});

describe('a routing number', () => {
  test.each(['021000021', '011401533', '091000019', '322271627'])('%s holds', (number) =>
    expect(routingNumberChecks(number)).toBe(true),
  );
  test.each(['021000022', '12100002', '0210000210', 'abcdefghi', '000000000', ''])('%s does not', (number) =>
    expect(routingNumberChecks(number)).toBe(false),
  );

  test('law: one digit changed never holds', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const number = '021000021';
        const digit = (Number(number[at]) + by) % 10;
        expect(routingNumberChecks(number.slice(0, at) + digit + number.slice(at + 1))).toBe(false);
      }),
    );
  });
});

test.each([
  [{ accountHolder: 'Ann', iban: IBANS[0]! }, '3000', { accountHolder: 'Ann', accountNumber: IBANS[0] }],
  [
    { accountHolder: 'Bob', routingNumber: '021000021', accountNumber: '123456789' },
    '6789',
    { accountHolder: 'Bob', accountNumber: '123456789', bankCode: '021000021' },
  ],
])('%j shows its last four and names where money goes', (details, last4, target) => {
  expect(accountLast4(BankDetails.parse(details))).toBe(last4);
  expect(targetOf(PayoutDetails.parse(details))).toEqual(target);
});
