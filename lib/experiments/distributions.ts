/**
 * The three distributions that intervals and sample sizes need. Each is good to eight decimals in the ranges used here; the tests hold
 * them against printed tables.
 */

/** Cumulative standard normal, from the error function by its continued fraction and series. */
export function normalCdf(z: number): number {
  const half = 0.5 * regularizedGamma(0.5, (z * z) / 2);
  return z < 0 ? 0.5 - half : 0.5 + half;
}

/**
 * Quantile of the standard normal for `0 < p < 1`.
 * Peter J. Acklam's rational approximation (relative error below 1.2e-9), then one step of Halley's method.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a probability between 0 and 1 is wanted, not ${p}`);
  if (p > 0.5) return -normalQuantile(1 - p);
  const first = p < 0.02425 ? tail(Math.sqrt(-2 * Math.log(p))) : centre(p - 0.5);
  const error = normalCdf(first) - p;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp((first * first) / 2);
  return first - step / (1 + (first * step) / 2);
}

const A = [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1];
const B = [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1];
const C = [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968];
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];

const horner = (coefficients: readonly number[], x: number, last: number) =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0) * x + last;
const centre = (q: number) => (horner(A, q * q, 2.506628277459239) * q) / horner(B, q * q, 1);
const tail = (q: number) => horner(C, q, 2.938163982698783) / horner(D, q, 1);

/** Cumulative Student t with `df` degrees of freedom, which need not be whole. */
export function studentCdf(t: number, df: number): number {
  const half = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t > 0 ? 1 - half : half;
}

/** Quantile of Student's t, by bisection of {@link studentCdf}. */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1) || !(df > 0)) throw new RangeError(`no quantile ${p} of t with ${df} degrees of freedom`);
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let low = 0;
  let high = 1;
  while (studentCdf(high, df) < p && high < 1e12) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i += 1) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Logarithm of the gamma function for `x > 0`: Stirling's series, shifted up to where it is exact enough. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  while (y < 12) {
    shift += Math.log(y);
    y += 1;
  }
  const r = 1 / (y * y);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** Lower regularized incomplete gamma P(a, x): its series. Terms fall once they pass x, so a few hundred suffice for |z| ≤ 30. */
function regularizedGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  if (x > 450) return 1;
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return Math.min(1, sum * Math.exp(a * Math.log(x) - x - logGamma(a)));
}

/** Regularized incomplete beta I_x(a, b) by Lentz's continued fraction, on the side where it converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const guarded = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / guarded(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guarded(1 + even * d);
    c = guarded(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guarded(1 + odd * d);
    c = guarded(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}
