import { describe, expect, test } from 'vitest';
import { normalCdf, normalQuantile, studentCdf, studentQuantile } from '../../../lib/experiments/distributions.ts';
import {
  differenceOfProportions,
  ratioOfMeans,
  ratioOfProportions,
  wilson,
} from '../../../lib/experiments/intervals.ts';
import { binomial, seeded } from './seeded.ts';

const of = (successes: number, units: number) => ({ successes, units });

describe('distributions agree with printed tables', () => {
  test.each([
    [0.975, 1.959963985],
    [0.995, 2.575829304],
    [0.8, 0.841621234],
    [0.001, -3.090232306],
    [0.5, 0],
  ])('normal quantile %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 8);
    expect(normalCdf(z)).toBeCloseTo(p, 8);
  });

  test.each([
    [0.975, 1, 12.70620474],
    [0.975, 10, 2.228138852],
    [0.995, 3, 5.840909309],
    [0.95, 30, 1.697260887],
    [0.975, 1000, 1.962339081],
  ])('t quantile %d with %d degrees of freedom', (p, df, t) => {
    expect(studentQuantile(p, df)).toBeCloseTo(t, 6);
    expect(studentCdf(t, df)).toBeCloseTo(p, 8);
    expect(studentQuantile(1 - p, df)).toBeCloseTo(-t, 6);
  });
});

describe('an interval of two proportions', () => {
  // R. G. Newcombe, Statistics in Medicine 17 (1998) 873–890, table II, method 10.
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('%d/%d − %d/%d is as published', (a, b, c, d, low, high) => {
    const interval = differenceOfProportions(of(a, b), of(c, d));
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  // The same author's single proportions, Statistics in Medicine 17 (1998) 857–872, table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('Wilson’s of %d/%d is as published', (a, b, low, high) => {
    expect(wilson(of(a, b)).low).toBeCloseTo(low, 4);
    expect(wilson(of(a, b)).high).toBeCloseTo(high, 4);
  });

  test('the ratio of the physicians’ aspirin trial is as published, (1.43, 2.30)', () => {
    const { low, high } = ratioOfProportions(of(189, 11_034), of(104, 11_037))!;
    expect(low).toBeCloseTo(1.43, 2);
    expect(high).toBeCloseTo(2.3, 2);
  });

  test('difference and ratio never tell different stories', () => {
    for (let a = 0; a <= 12; a += 1)
      for (let c = 1; c <= 17; c += 1) {
        const difference = differenceOfProportions(of(a, 12), of(c, 17));
        const ratio = ratioOfProportions(of(a, 12), of(c, 17));
        if (!ratio) continue;
        expect(ratio.low > 1, `${a}/12 to ${c}/17`).toBe(difference.low > 0);
        expect(ratio.high < 1, `${a}/12 to ${c}/17`).toBe(difference.high < 0);
      }
  });

  test('the ratio has no interval where the other may be nothing', () => {
    expect(ratioOfProportions(of(5, 56), of(0, 29))).toBeUndefined();
    expect(
      ratioOfMeans({ numerator: 5, denominator: 1 }, { numerator: 1, denominator: 1, together: 0 }, 1.96),
    ).toBeUndefined();
  });

  test.each([
    ['rare', 0.01, 0.012, 1_000, 300],
    ['usual', 0.03, 0.03, 600, 600],
    ['frequent', 0.4, 0.5, 60, 40],
  ])('covers what is true about 95 times in a hundred: %s', (_, p1, p0, n1, n0) => {
    const random = seeded(42);
    const draws = 2_000;
    const drawn = (p: number, n: number) => of(binomial(random, n, p), n);
    let [difference, ratio] = [0, 0];
    for (let i = 0; i < draws; i += 1) {
      const [one, other] = [drawn(p1, n1), drawn(p0, n0)];
      const inside = ({ low, high }: { low: number; high: number }, value: number) => low <= value && value <= high;
      if (inside(differenceOfProportions(one, other), p1 - p0)) difference += 1;
      const limits = ratioOfProportions(one, other);
      if (!limits || inside(limits, p1 / p0)) ratio += 1;
    }
    for (const covered of [difference, ratio]) {
      expect(covered / draws).toBeGreaterThan(0.94);
      expect(covered / draws).toBeLessThan(0.97);
    }
  });
});
