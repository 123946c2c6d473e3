import { studentQuantile } from './distributions.ts';
import { ALPHA, differenceOfProportions, type Interval, ratioOfMeans, ratioOfProportions } from './intervals.ts';
import type { ArmTally, Tally } from './tally.ts';

/** How the two arms compare, in units of the metric: a rate as a fraction, revenue in minor units for each customer or visitor. */
export interface Comparison {
  readonly exposed: number;
  readonly holdout: number;
  /** `exposed − holdout` and its 95 % interval. */
  readonly difference: number;
  readonly interval: Interval;
  /** `exposed ÷ holdout − 1`, and its interval; absent where the holdout may be zero. */
  readonly lift?: number | undefined;
  readonly liftInterval?: Interval | undefined;
  readonly method: string;
}

const lessOne = (interval: Interval | undefined): Interval | undefined =>
  interval && { low: interval.low - 1, high: interval.high - 1 };
const liftOf = (exposed: number, holdout: number) => (holdout > 0 ? exposed / holdout - 1 : undefined);

/** Conversion rates of two arms of single units. `undefined` when an arm has none. */
export function compareRates({ exposed, holdout }: Tally): Comparison | undefined {
  if (exposed.units === 0n || holdout.units === 0n) return undefined;
  const [one, other] = [proportion(exposed), proportion(holdout)];
  const rates = { exposed: one.successes / one.units, holdout: other.successes / other.units };
  return {
    ...rates,
    difference: rates.exposed - rates.holdout,
    interval: differenceOfProportions(one, other),
    lift: liftOf(rates.exposed, rates.holdout),
    liftInterval: lessOne(ratioOfProportions(one, other)),
    method: 'Newcombe’s hybrid score interval; lift by MOVER-R',
  };
}

const proportion = ({ conversions, units }: ArmTally) => ({ successes: Number(conversions), units: Number(units) });

/** Mean and its variance. */
export interface Estimate {
  readonly mean: number;
  readonly variance: number;
  readonly df: number;
}

/** Revenue of single units in two arms, by Welch's t (B. L. Welch, Biometrika 34, 1947), which does not ask for equal variances. */
export function compareRevenue({ exposed, holdout }: Tally): Comparison | undefined {
  if (exposed.units < 2n || holdout.units < 2n) return undefined;
  const [one, other] = [revenueOf(exposed), revenueOf(holdout)];
  const variance = one.variance + other.variance;
  const t = studentQuantile(1 - ALPHA / 2, welchDf(one, other));
  const difference = one.mean - other.mean;
  const half = t * Math.sqrt(variance);
  const variances = { numerator: one.variance, denominator: other.variance, together: 0 };
  return {
    exposed: one.mean,
    holdout: other.mean,
    difference,
    interval: { low: difference - half, high: difference + half },
    lift: liftOf(one.mean, other.mean),
    liftInterval: lessOne(ratioOfMeans({ numerator: one.mean, denominator: other.mean }, variances, t)),
    method: 'Welch’s t interval; lift by Fieller’s theorem',
  };
}

/** The variance is exact up to its last step, since the sums are big integers: no figure is lost to cancellation. */
function revenueOf({ units, revenueCents, revenueSquared }: ArmTally): Estimate {
  const n = Number(units);
  const spread = Number(units * revenueSquared - revenueCents * revenueCents);
  return { mean: Number(revenueCents) / n, variance: spread / n / n / (n - 1), df: n - 1 };
}

/** Welch and Satterthwaite's degrees of freedom; at least one where nothing varies. */
export function welchDf(one: Estimate, other: Estimate): number {
  const below = one.variance ** 2 / one.df + other.variance ** 2 / other.df;
  return below > 0 ? (one.variance + other.variance) ** 2 / below : Math.max(1, one.df + other.df);
}
