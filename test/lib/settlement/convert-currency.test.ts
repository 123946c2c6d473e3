import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { remainingOrder } from '../../../lib/commission/order.ts';
import { exponent } from '../../../lib/money.ts';
import { FxRates, type FxTable, rateIn, rateOf } from '../../../lib/programs/fx-rates.ts';
import { inCurrency, NoFxRate } from '../../../lib/settlement/convert-currency.ts';
import type { Conversion } from '../../../lib/tracking/conversion.ts';
import { anyOrder, anyReturns, item, order } from '../../support/orders.ts';

const DAY = '2026-03-15';
const table = (rates: Record<string, string>, base = 'EUR'): FxTable => ({ day: DAY, version: 1, base, rates });
const cents = (conversion: Conversion) => remainingOrder(conversion).commissionableCents;

describe('an order in another currency', () => {
  test.each<[string, number, string, string, Record<string, string>, number]>([
    ['from the base', 10_000, 'EUR', 'USD', { USD: '1.0834' }, 10_834],
    ['to the base', 10_834, 'USD', 'EUR', { USD: '1.0834' }, 10_000],
    ['across the base', 10_000, 'USD', 'GBP', { USD: '1.25', GBP: '0.8' }, 6_400],
    ['to no digits', 10_050, 'EUR', 'JPY', { JPY: '160' }, 16_080],
    ['from no digits', 16_080, 'JPY', 'EUR', { JPY: '160' }, 10_050],
    ['to three digits', 1_000, 'EUR', 'KWD', { KWD: '0.333' }, 3_330],
    ['a half to even, down', 1, 'EUR', 'USD', { USD: '2.5' }, 2],
    ['a half to even, up', 3, 'EUR', 'USD', { USD: '0.5' }, 2],
    ['an exact half that binary fractions miss', 1_005, 'EUR', 'USD', { USD: '1.10' }, 1_106],
  ])('%s', (_, amount, from, to, rates, expected) => {
    const converted = inCurrency(order([item(amount)], { currency: from }), to, DAY, table(rates));
    expect(cents(converted)).toBe(expected);
    expect(converted.exchange).toMatchObject({ from, fromCents: amount, to, toCents: expected, rateId: `${DAY}/1` });
  });

  test('says what the table says', () => {
    const rates = table({ USD: '1.0834', GBP: '0.84' });
    expect(rateOf(rates, 'USD', 'EUR')?.text).toBe('1 EUR is 1.0834 USD');
    expect(rateOf(rates, 'USD', 'GBP')?.text).toBe('1 EUR is 1.0834 USD and 0.84 GBP');
  });

  test('and is read from these words again', () => {
    const rates = table({ USD: '1.0834', GBP: '0.84' });
    for (const [from, to] of [
      ['USD', 'EUR'],
      ['EUR', 'GBP'],
      ['GBP', 'USD'],
    ] as const) {
      const rate = rateOf(rates, from, to)!;
      expect(rateIn(rate.text, from, to)).toEqual(rate);
      expect(rateIn(rate.text, from, 'JPY')).toBeUndefined();
    }
    for (const words of ['', 'about even', '1 EUR is much USD', '1 EUR is 0 USD'])
      expect(rateIn(words, 'USD', 'EUR')).toBeUndefined();
  });

  test.each<[string, FxTable | undefined]>([
    ['no table', undefined],
    ['a table without the currency', table({ GBP: '0.84' })],
  ])('cannot be converted with %s, and the reason says what to send', (_, rates) => {
    const convert = () => inCurrency(order([item(1)]), 'EUR', DAY, rates);
    expect(convert).toThrow(NoFxRate);
    expect(convert).toThrow(/^no-fx-rate: no rate from USD to EUR on 2026-03-15; send it with PUT /);
  });

  test('past exact integers is refused, not rounded', () => {
    const dear = order([item(900_000_000_000, { quantity: 1 })]);
    expect(() => inCurrency(dear, 'EUR', DAY, table({ USD: '0.00001' }))).toThrow(/too large/);
  });

  test.each(['0', '0.000', '-1', '1e3', '1,5', '.5', '1.', '', ' 1', '1.1234567890123'])('%j is no rate', (rate) => {
    expect(FxRates.safeParse({ base: 'EUR', rates: { USD: rate } }).success).toBe(false);
  });
});

const anyRate = fc
  .tuple(fc.nat(9_999), fc.nat(999_999))
  .filter(([whole, part]) => whole + part > 0)
  .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`);
const anyTable = fc.record({ USD: anyRate, JPY: anyRate, KWD: anyRate }).map((rates) => table(rates));
const anyCurrency = fc.constantFrom('USD', 'JPY', 'KWD', 'EUR');

describe('laws', () => {
  test('the total is the exact product rounded once, and the lines are it exactly, none of them below nothing', () =>
    fc.assert(
      fc.property(anyOrder, anyTable, anyCurrency, anyCurrency, (one, rates, from, to) => {
        const said = { ...one, currency: from };
        let converted: Conversion;
        try {
          converted = inCurrency(said, to, DAY, rates);
        } catch (error) {
          expect((error as Error).message).toMatch(/too large/);
          return;
        }
        if (from === to) {
          expect(converted).toBe(said);
          return;
        }
        const micro = (currency: string) =>
          currency === rates.base ? 1_000_000n : BigInt(rates.rates[currency]!.replace('.', ''));
        const numerator = BigInt(cents(said)) * micro(to) * 10n ** BigInt(exponent(to));
        const denominator = micro(from) * 10n ** BigInt(exponent(from));
        // Within half of one, and even where it is exactly half.
        const away = BigInt(cents(converted)) * denominator - numerator;
        const twice = 2n * (away < 0n ? -away : away);
        expect(twice <= denominator).toBe(true);
        if (twice === denominator) expect(cents(converted) % 2).toBe(0);
        for (const { quantity, unitPriceCents, discountCents } of converted.items) {
          expect(discountCents).toBeGreaterThanOrEqual(0);
          expect(quantity * unitPriceCents - discountCents).toBeGreaterThanOrEqual(0);
        }
        expect(converted.items.map(({ sku, quantity }) => [sku, quantity])).toEqual(
          said.items.map(({ sku, quantity }) => [sku, quantity]),
        );
      }),
    ));

  test('what all came back of is worth nothing, and a return never adds', () =>
    fc.assert(
      fc.property(
        anyOrder.chain((one) => fc.tuple(fc.constant(one), anyReturns(one))),
        fc.constantFrom('0.9231', '1.7', '12.3456'),
        ([one, returned], rate) => {
          const convert = (back: Record<string, number>) =>
            cents(inCurrency({ ...one, returned: back }, 'EUR', DAY, table({ USD: rate })));
          expect(convert(returned)).toBeLessThanOrEqual(convert({}));
          const all = Object.fromEntries(one.items.map(({ quantity }, at) => [String(at + 1), quantity]));
          expect(convert(all)).toBe(0);
        },
      ),
    ));
});
