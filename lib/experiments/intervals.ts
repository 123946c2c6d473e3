import { normalQuantile } from './distributions.ts';

/** Lower and upper limit, ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Chance that an interval misses, over all experiments: one in twenty. */
export const ALPHA = 0.05;
const Z = normalQuantile(1 - ALPHA / 2);

/** A count of units and how many of them converted. */
export interface Proportion {
  readonly successes: number;
  readonly units: number;
}

/** Wilson's score interval of one proportion (E. B. Wilson, JASA 22, 1927). */
export function wilson({ successes, units }: Proportion, z = Z): Interval {
  const p = successes / units;
  const centre = p + (z * z) / (2 * units);
  const width = z * Math.sqrt((p * (1 - p)) / units + (z * z) / (4 * units * units));
  const scale = 1 + (z * z) / units;
  return {
    low: successes === 0 ? 0 : Math.max(0, (centre - width) / scale),
    high: successes === units ? 1 : Math.min(1, (centre + width) / scale),
  };
}

/**
 * Difference of two independent proportions, `one − other`, by Newcombe's hybrid score method (R. G. Newcombe, "Interval estimation for the
 * difference between independent proportions: comparison of eleven methods", Statistics in Medicine 17, 1998, method 10). Unlike the
 * textbook interval it keeps its 95 % where conversions are rare, and never leaves −1 … 1.
 */
export function differenceOfProportions(one: Proportion, other: Proportion): Interval {
  const difference = one.successes / one.units - other.successes / other.units;
  const [a, b] = [slack(one), slack(other)];
  return { low: difference - Math.hypot(a.below, b.above), high: difference + Math.hypot(a.above, b.below) };
}

/**
 * Ratio of two independent proportions, `one ÷ other`, from the same Wilson limits (MOVER-R: A. Donner, G. Y. Zou, Statistical Methods in
 * Medical Research 21, 2012; R. G. Newcombe, same journal 25, 2016). It lies above 1 exactly when the difference lies above 0, so the two
 * can never tell different stories. No limits when the other proportion may be nothing at all.
 */
export function ratioOfProportions(one: Proportion, other: Proportion): Interval | undefined {
  const [a, b] = [slack(one), slack(other)];
  const means = { numerator: one.successes / one.units, denominator: other.successes / other.units };
  return ratioLimits(
    means,
    { numerator: a.below ** 2, denominator: b.above ** 2, together: 0 },
    { numerator: a.above ** 2, denominator: b.below ** 2, together: 0 },
  );
}

/** How far Wilson's limits lie below and above what was observed. */
function slack(proportion: Proportion) {
  const p = proportion.successes / proportion.units;
  const { low, high } = wilson(proportion);
  return { below: p - low, above: high - p };
}

interface Pair {
  readonly numerator: number;
  readonly denominator: number;
}
/** Squared distances to the limits, as variances times the squared quantile, and what the two share. */
type Squares = Pair & { readonly together: number };

/**
 * Ratio of two means by Fieller's theorem (E. C. Fieller, J. R. Stat. Soc. B 16, 1954): every ratio R for which `numerator − R·denominator` is
 * not told apart from zero. `variances` are those of the means; `together` is their covariance.
 */
export function ratioOfMeans(means: Pair, variances: Squares, quantile: number): Interval | undefined {
  const squares = {
    numerator: quantile ** 2 * variances.numerator,
    denominator: quantile ** 2 * variances.denominator,
    together: quantile ** 2 * variances.together,
  };
  return ratioLimits(means, squares, squares);
}

/** Both roots of (n − R·d)² = N − 2R·T + R²·D, the lower with the squares for the low side, the upper with those for the high side. */
function ratioLimits({ numerator, denominator }: Pair, low: Squares, high: Squares): Interval | undefined {
  // Where the denominator is not told apart from zero the ratio may be anything.
  if (denominator <= 0 || denominator ** 2 <= high.denominator) return undefined;
  const lower = quadratic({ numerator, denominator }, low);
  const upper = quadratic({ numerator, denominator }, high);
  return {
    // The same root written twice: the first does not divide by what may be zero here.
    low: lower.b > 0 ? lower.c / (lower.b + lower.root) : (lower.b - lower.root) / lower.a,
    high: (upper.b + upper.root) / upper.a,
  };
}

function quadratic({ numerator, denominator }: Pair, squares: Squares) {
  const a = denominator ** 2 - squares.denominator;
  const b = numerator * denominator - squares.together;
  const c = numerator ** 2 - squares.numerator;
  return { a, b, c, root: Math.sqrt(Math.max(0, b * b - a * c)) };
}
