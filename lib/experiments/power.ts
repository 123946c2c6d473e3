import { normalQuantile, studentQuantile } from './distributions.ts';

/** The chances a test is planned with. */
export interface Chances {
  /** Of seeing an effect where there is none; two-sided. */
  readonly alpha: number;
  /** Of seeing the effect that is looked for, when it is there. */
  readonly power: number;
}

/** What a test of many units is planned from. Shares and rates are fractions, effects are relative to the holdout. */
export interface UnitPlan extends Chances {
  readonly baseline: Baseline;
  /** Part of the units that would ever see what is tested; the effect on an arm's mean is that much smaller. */
  readonly exposure: number;
  /** Part of the units in the holdout. */
  readonly holdoutShare: number;
}
export type Baseline =
  /** Part of the holdout's units that convert. */
  | { readonly rate: number }
  /** Mean and standard deviation of a unit's revenue, units without an order counted as zero. */
  | { readonly mean: number; readonly sd: number };

/**
 * Units, both arms together, that show a relative effect with the wished power. For proportions the normal approximation with a pooled
 * variance under "no effect" (J. L. Fleiss, "Statistical Methods for Rates and Proportions", ch. 3, with unequal arms, without continuity
 * correction); for means the same with one standard deviation. `Infinity` when the effect would push a rate past one.
 */
export function requiredUnits(plan: UnitPlan, relativeEffect: number): number {
  const { alpha, power, baseline, exposure, holdoutShare: h } = plan;
  const [za, zb] = [normalQuantile(1 - alpha / 2), normalQuantile(power)];
  const seen = relativeEffect * exposure;
  if ('mean' in baseline) {
    const delta = baseline.mean * seen;
    return Math.ceil(((za + zb) ** 2 * baseline.sd ** 2 * (1 / h + 1 / (1 - h))) / delta ** 2);
  }
  const other = baseline.rate;
  const one = other * (1 + seen);
  if (one >= 1 || one < 0) return Number.POSITIVE_INFINITY;
  const pooled = h * other + (1 - h) * one;
  const under = za * Math.sqrt(pooled * (1 - pooled) * (1 / h + 1 / (1 - h)));
  const given = zb * Math.sqrt((other * (1 - other)) / h + (one * (1 - one)) / (1 - h));
  return Math.ceil((under + given) ** 2 / (one - other) ** 2);
}

/** What a test of few blocks is planned from: pairs of weeks, or regions in two arms. */
export interface BlockPlan extends Chances {
  /** Standard deviation of what is compared (a pair's difference, a region's change), as a fraction of the mean. */
  readonly relativeSd: number;
  readonly blocks: { readonly pairs: number } | { readonly exposed: number; readonly holdout: number };
}

/** Sum of variance factors and degrees of freedom of the comparison, per `blocks`. */
function precision(blocks: BlockPlan['blocks']): { factor: number; df: number } {
  if ('pairs' in blocks) return { factor: 1 / blocks.pairs, df: blocks.pairs - 1 };
  return { factor: 1 / blocks.exposed + 1 / blocks.holdout, df: blocks.exposed + blocks.holdout - 2 };
}

/** The smallest relative effect that so many blocks show with the wished power; by t quantiles, as few blocks need. */
export function detectableByBlocks({ alpha, power, relativeSd, blocks }: BlockPlan): number {
  const { factor, df } = precision(blocks);
  if (df < 1) return Number.POSITIVE_INFINITY;
  return (studentQuantile(1 - alpha / 2, df) + studentQuantile(power, df)) * relativeSd * Math.sqrt(factor);
}

/** Blocks that show a relative effect with the wished power, in the proportions of the plan; `Infinity` past ten thousand. */
export function requiredBlocks(plan: BlockPlan, relativeEffect: number): number {
  const { blocks } = plan;
  const total = 'pairs' in blocks ? blocks.pairs : blocks.exposed + blocks.holdout;
  const scaled = (n: number): BlockPlan['blocks'] => {
    if ('pairs' in blocks) return { pairs: n };
    const holdout = Math.min(n - 1, Math.max(1, Math.round((n * blocks.holdout) / total)));
    return { exposed: n - holdout, holdout };
  };
  let low = 2;
  let high = 10_001;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (detectableByBlocks({ ...plan, blocks: scaled(middle) }) <= relativeEffect) high = middle;
    else low = middle + 1;
  }
  return low > 10_000 ? Number.POSITIVE_INFINITY : low;
}

/** The smallest relative effect that so many units show with the wished power; `Infinity` when none would. */
export function detectableByUnits(plan: UnitPlan, units: number): number {
  let low = 0;
  let high = 1e-4;
  while (requiredUnits(plan, high) > units) {
    high *= 2;
    if (high > 1e4) return Number.POSITIVE_INFINITY;
    // Past the point where the rate would exceed one a larger effect needs no fewer units.
    if ('rate' in plan.baseline && plan.baseline.rate * (1 + high * plan.exposure) >= 1) {
      high = ((1 - 1e-9) / plan.baseline.rate - 1) / plan.exposure;
      if (requiredUnits(plan, high) > units) return Number.POSITIVE_INFINITY;
      break;
    }
  }
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (requiredUnits(plan, middle) > units) low = middle;
    else high = middle;
  }
  return high;
}
