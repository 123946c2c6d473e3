import { describe, expect, test } from 'vitest';
import { compareRates, compareRevenue } from '../../../lib/experiments/compare.ts';
import {
  detectableByBlocks,
  detectableByUnits,
  requiredBlocks,
  requiredUnits,
  type UnitPlan,
} from '../../../lib/experiments/power.ts';
import type { ArmTally } from '../../../lib/experiments/tally.ts';
import { binomial, normals, seeded } from './seeded.ts';

const plan: UnitPlan = { alpha: 0.05, power: 0.8, baseline: { rate: 0.03 }, exposure: 1, holdoutShare: 0.5 };

describe('units that a test needs', () => {
  // The worked examples of `power.prop.test` in R's manual: 76.7 and 109 a group; the last ones from the same function.
  test.each([
    ['R’s first example', { ...plan, power: 0.9, baseline: { rate: 0.5 } }, 0.5, 154],
    ['five per cent more of twenty', { ...plan, baseline: { rate: 0.2 } }, 0.25, 2 * 1_093.74],
    ['a tenth more of three per cent', plan, 0.1, 106_421],
  ])('are those of the textbook: %s', (_, given, effect, units) => {
    expect(requiredUnits(given, effect)).toBeCloseTo(Math.ceil(units), 0);
  });

  test('for means are those of the textbook: 2(zα+zβ)²σ²/δ² a group', () => {
    const means = { ...plan, baseline: { mean: 100, sd: 500 } };
    expect(requiredUnits(means, 0.1) / 2).toBeCloseTo((2 * 2.801585 ** 2 * 500 ** 2) / 10 ** 2, -1);
  });

  test.each([0.1, 0.25, 0.5, 0.9])(
    'and the effect that so many show are each other’s inverse: holdout %d',
    (holdoutShare) => {
      for (const exposure of [1, 0.3]) {
        const given = { ...plan, holdoutShare, exposure };
        const units = requiredUnits(given, 0.2);
        expect(detectableByUnits(given, units)).toBeCloseTo(0.2, 3);
        expect(detectableByUnits(given, 2 * units)).toBeLessThan(0.2);
      }
    },
  );

  test('are more with a smaller exposure, a lopsided split, more power', () => {
    const least = requiredUnits(plan, 0.1);
    expect(requiredUnits({ ...plan, exposure: 0.5 }, 0.1)).toBeGreaterThan(3.9 * least);
    expect(requiredUnits({ ...plan, holdoutShare: 0.1 }, 0.1)).toBeGreaterThan(2 * least);
    expect(requiredUnits({ ...plan, power: 0.95 }, 0.1)).toBeGreaterThan(least);
  });

  test('do not exist for a rate past one, nor an effect for too few', () => {
    expect(requiredUnits({ ...plan, baseline: { rate: 0.6 } }, 0.7)).toBe(Number.POSITIVE_INFINITY);
    expect(detectableByUnits({ ...plan, baseline: { rate: 0.9 } }, 4)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('blocks that a test needs', () => {
  const blocks = { alpha: 0.05, power: 0.8, relativeSd: 0.1, blocks: { pairs: 10 } } as const;
  test('ten pairs show (t₀.₉₇₅,₉ + t₀.₈,₉)·s/√10', () => {
    expect(detectableByBlocks(blocks)).toBeCloseTo(((2.262157 + 0.883404) * 0.1) / Math.sqrt(10), 5);
  });
  test.each([[{ pairs: 10 }], [{ exposed: 12, holdout: 4 }]])('required and detectable agree: %o', (given) => {
    const one = { ...blocks, blocks: given };
    const total = 'pairs' in given ? given.pairs! : given.exposed! + given.holdout!;
    expect(requiredBlocks(one, detectableByBlocks(one) + 1e-9)).toBe(total);
  });
  test('no number shows an effect far below the noise', () => {
    expect(requiredBlocks({ ...blocks, relativeSd: 10 }, 0.001)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a simulated experiment of the required size', () => {
  const tally = (over: Partial<Record<keyof ArmTally, number | bigint>>): ArmTally =>
    Object.fromEntries(
      (['told', 'units', 'saw', 'conversions', 'revenueCents', 'revenueSquared'] as const).map((sum) => [
        sum,
        BigInt(over[sum] ?? 0),
      ]),
    ) as unknown as ArmTally;

  test('shows a real effect about as often as planned, and one that is not there about one time in twenty', () => {
    const given = { ...plan, baseline: { rate: 0.1 }, holdoutShare: 0.3 };
    const units = requiredUnits(given, 0.6);
    const random = seeded(7);
    const holdout = Math.round(units * 0.3);
    const arm = (p: number, n: number) => tally({ units: n, conversions: binomial(random, n, p) });
    const shares = [0.16, 0.1].map((p) => {
      let shown = 0;
      for (let i = 0; i < 2_000; i += 1) {
        const { low, high } = compareRates({ exposed: arm(p, units - holdout), holdout: arm(0.1, holdout) })!.interval;
        if (low > 0 || high < 0) shown += 1;
      }
      return shown / 2_000;
    });
    expect(shares[0]).toBeGreaterThan(0.77);
    expect(shares[0]).toBeLessThan(0.85);
    expect(shares[1]).toBeGreaterThan(0.035);
    expect(shares[1]).toBeLessThan(0.065);
  });

  test('Welch’s interval covers the difference of revenues of unlike spread about 95 times in a hundred', () => {
    const random = seeded(11);
    const normal = normals(random);
    const arm = (mean: number, sd: number, n: number) => {
      const cents = Array.from({ length: n }, () => BigInt(Math.round(mean + sd * normal())));
      return tally({
        units: n,
        revenueCents: cents.reduce((a, b) => a + b, 0n),
        revenueSquared: cents.reduce((a, b) => a + b * b, 0n),
      });
    };
    let [covered, ratio] = [0, 0];
    for (let i = 0; i < 2_000; i += 1) {
      const { interval, liftInterval } = compareRevenue({
        exposed: arm(11_000, 3_000, 40),
        holdout: arm(10_000, 900, 15),
      })!;
      if (interval.low <= 1_000 && 1_000 <= interval.high) covered += 1;
      if (liftInterval && liftInterval.low <= 0.1 && 0.1 <= liftInterval.high) ratio += 1;
    }
    for (const share of [covered / 2_000, ratio / 2_000]) {
      expect(share).toBeGreaterThan(0.935);
      expect(share).toBeLessThan(0.965);
    }
  });

  test('the variance loses nothing to cancellation: a million euros each, a cent apart', () => {
    const cents = [100_000_000_001n, 100_000_000_000n, 100_000_000_002n];
    const arm = tally({
      units: 3,
      revenueCents: cents.reduce((a, b) => a + b, 0n),
      revenueSquared: cents.reduce((a, b) => a + b * b, 0n),
    });
    const { interval } = compareRevenue({ exposed: arm, holdout: arm })!;
    // Variance of 0, 1, 2 is 1; of each mean 1/3; t₀.₉₇₅ with 4 degrees of freedom is 2.776445.
    expect(interval.high).toBeCloseTo(2.776445 * Math.sqrt(2 / 3), 5);
  });
});
