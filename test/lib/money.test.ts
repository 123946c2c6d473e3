import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, atRate, decimal, exponent, format, percent, portion } from '../../lib/money.ts';

/** The same arithmetic by another road: exact integers of any size, halves to even by looking at both neighbours. */
function exactPortion(amount: number, numerator: number, denominator: number): number {
  const [n, d] = [BigInt(amount) * BigInt(numerator), BigInt(denominator)];
  const [size, whole] = n < 0n ? [-n, -n / d] : [n, n / d];
  const [down, up] = [size - whole * d, (whole + 1n) * d - size];
  const rounded = down < up || (down === up && whole % 2n === 0n) ? whole : whole + 1n;
  return Number(n < 0n ? -rounded : rounded);
}

/** Largest remainder by the book, in exact integers of any size. */
function exactAllocate(amount: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  const size = BigInt(Math.abs(amount));
  const shares = weights.map((weight, index) => ({
    index,
    floor: (size * BigInt(weight)) / total,
    rest: (size * BigInt(weight)) % total,
  }));
  let left = size - shares.reduce((sum, { floor }) => sum + floor, 0n);
  const parts = shares.map(({ floor }) => floor);
  for (const { index } of shares.toSorted((a, b) => Number(b.rest - a.rest) || a.index - b.index)) {
    if (left-- > 0n) parts[index]! += 1n;
  }
  return parts.map((part) => Number(amount < 0 ? -part : part));
}

const amount = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.maxSafeInteger(),
);

describe('portion', () => {
  test.each([
    ['exact', 1000, 1, 4, 250],
    ['below half goes down', 10, 1, 4, 2],
    ['half goes to even, down', 5, 1, 2, 2],
    ['half goes to even, up', 7, 1, 2, 4],
    ['above half goes up', 11, 1, 4, 3],
    ['negative half goes to even', -5, 1, 2, -2],
    ['negative is the mirror of positive', -7, 1, 2, -4],
    ['rounds a small negative to plain zero', -1, 1, 4, 0],
    ['nothing of something', 5, 0, 3, 0],
    ['the largest amount at the largest rate', 1_000_000_000_000, 10_000, 10_000, 1_000_000_000_000],
    ['half goes to even past 2^53, down', 9_007_199_254_740_990, 25_000, 50_000, 4_503_599_627_370_495],
    ['half goes to even past 2^53, up', 9_007_199_254_740_991, 25_000, 50_000, 4_503_599_627_370_496],
    ['half goes to even past 2^53, down again', 9_007_199_254_740_989, 25_000, 50_000, 4_503_599_627_370_494],
    ['past 2^53', 9_007_199_254_740_991, 9_999, 10_000, 9_006_298_534_815_517],
  ])('%s', (_, cents, numerator, denominator, expected) => {
    expect(portion(cents, numerator, denominator)).toBe(expected);
  });

  test.each([
    [6_256, 800, 500],
    [6_250, 500, 312],
    [6_270, 500, 314],
    [-6_250, 500, -312],
  ])('%i cents at %i basis points are %i', (cents, bps, expected) => expect(atRate(cents, bps)).toBe(expected));
  test.each([0, -1])('refuses to divide by %i', (by) => expect(() => portion(1, 1, by)).toThrow(RangeError));
  test('refuses fractions', () => expect(() => portion(0.5, 1, 2)).toThrow(RangeError));

  test('is exact whether the product fits into a number or not', () => {
    fc.assert(
      fc.property(
        amount,
        fc.nat(1_000_000),
        fc.integer({ min: 1, max: 1_000_000 }),
        (cents, numerator, denominator) => {
          expect(portion(cents, numerator, denominator)).toBe(exactPortion(cents, numerator, denominator));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('is exact beside the limit where numbers stop being exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9_999 }), (offset, numerator) => {
        const cents = Math.floor(Number.MAX_SAFE_INTEGER / numerator) + offset;
        expect(portion(cents, numerator, 10_000)).toBe(exactPortion(cents, numerator, 10_000));
      }),
    );
  });
});

describe('allocate', () => {
  test.each<[string, number, number[], number[]]>([
    ['even', 100, [1, 1], [50, 50]],
    ['a tie goes to the earlier', 1, [1, 1], [1, 0]],
    ['two cents over three', 2, [1, 1, 1], [1, 1, 0]],
    ['40/20/40 of 10.01', 1001, [4000, 2000, 4000], [401, 200, 400]],
    ['the largest remainder gets the cent', 10, [1, 2], [3, 7]],
    ['no weight, no share', 7, [0, 3, 0], [0, 7, 0]],
    ['a loss is the mirror of a gain', -1001, [4000, 2000, 4000], [-401, -200, -400]],
    ['nothing', 0, [1, 2], [0, 0]],
    [
      'more than numbers can multiply',
      9_007_199_254_740_991,
      [3333, 3333, 3334],
      [3_002_099_511_605_172, 3_002_099_511_605_172, 3_003_000_231_530_647],
    ],
  ])('%s', (_, cents, weights, expected) => expect(allocate(cents, weights)).toEqual(expected));

  test.each([
    ['no weight at all', [0, 0]],
    ['no parts', []],
    ['a negative weight', [2, -1]],
    ['a fraction', [0.5, 0.5]],
  ])('refuses %s', (_, weights) => expect(() => allocate(100, weights)).toThrow(RangeError));

  const weights = fc
    .array(fc.oneof(fc.nat(3), fc.nat(10_000), fc.nat(1_000_000_000_000)), { minLength: 1, maxLength: 8 })
    .filter((all) => all.some((weight) => weight > 0));

  test('loses no cent, makes no cent, and never moves a part by more than one', () => {
    fc.assert(
      fc.property(amount, weights, (cents, all) => {
        const parts = allocate(cents, all);
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(cents));
        expect(parts).toEqual(exactAllocate(cents, all).map((part) => (part === 0 ? 0 : part)));
        const total = all.reduce((sum, weight) => sum + BigInt(weight), 0n);
        parts.forEach((part, index) => {
          const off = BigInt(part) * total - BigInt(cents) * BigInt(all[index]!);
          expect(off < total && -off < total).toBe(true);
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('words', () => {
  test.each([
    [1_234_567, 'USD', '12,345.67 USD', '12345.67'],
    [5, 'USD', '0.05 USD', '0.05'],
    [-5, 'USD', '-0.05 USD', '-0.05'],
    [0, 'EUR', '0.00 EUR', '0.00'],
    [1_234_567, 'JPY', '1,234,567 JPY', '1234567'],
    [1_234_567, 'KWD', '1,234.567 KWD', '1234.567'],
    [999_999_999_999_999, 'USD', '9,999,999,999,999.99 USD', '9999999999999.99'],
  ])('%i %s', (cents, currency, words, plain) => {
    expect(format(cents, currency)).toBe(words);
    expect(decimal(cents, currency)).toBe(plain);
  });

  test.each([
    ['JPY', 0],
    ['KRW', 0],
    ['UYI', 0],
    ['USD', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['COP', 2],
    ['TWD', 2],
    ['MGA', 2],
    ['KWD', 3],
    ['IQD', 3],
    ['CLF', 4],
  ])('digits of %s are %i, as ISO 4217 has them', (currency, digits) => expect(exponent(currency)).toBe(digits));
  // The runtime drops digits that people do not write. Where it has more than we, one of us is wrong.
  test.each(Intl.supportedValuesOf('currency'))('%s has no fewer digits than people write', (currency) => {
    const { maximumFractionDigits = 0 } = new Intl.NumberFormat('en', {
      style: 'currency',
      currency,
    }).resolvedOptions();
    expect(exponent(currency)).toBeGreaterThanOrEqual(maximumFractionDigits);
  });
  test.each([
    [750, '7.5 %'],
    [10_000, '100 %'],
    [1, '0.01 %'],
    [0, '0 %'],
  ])('%i basis points are %s', (bps, words) => expect(percent(bps)).toBe(words));
});
