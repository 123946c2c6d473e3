/**
 * Money is an integer of minor units (`…Cents`, whatever the currency's exponent) and a rate is an integer of basis points (`…Bps`).
 * Nothing here or above touches a float: a product that may pass 2^53 goes through BigInt.
 */

/** One hundred percent, in basis points. */
export const WHOLE_BPS = 10_000;

/** Quotient rounded to nearest, halves to even, so that rounding favours neither brand nor partner over many sales. */
function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const floor = n / d;
  const twice = (n % d) * 2n;
  const rounded = twice > d || (twice === d && floor % 2n === 1n) ? floor + 1n : floor;
  return negative ? -rounded : rounded;
}

/** `amountCents × numerator / denominator`, halves to even. Throws on a zero denominator. */
export function portion(amountCents: number, numerator: number, denominator: number): number {
  return Number(divideHalfEven(BigInt(amountCents) * BigInt(numerator), BigInt(denominator)));
}

/** The share of an amount that a rate in basis points takes, halves to even: 8 % of 6,256 cents is 500. */
export function atRate(amountCents: number, rateBps: number): number {
  return portion(amountCents, rateBps, WHOLE_BPS);
}

/**
 * Splits an amount by weights so that the parts add up to it exactly (largest remainder).
 * Remainders that tie go to the earlier weight, so the same input always splits the same way. Weights are non-negative integers, not all zero.
 */
export function allocate(amountCents: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (total <= 0n) throw new RangeError('allocate needs at least one positive weight');
  const sign = amountCents < 0 ? -1 : 1;
  const amount = BigInt(Math.abs(amountCents));
  const shares = weights.map((weight, index) => {
    const product = amount * BigInt(weight);
    return { index, floor: Number(product / total), remainder: product % total };
  });
  let left = Number(amount) - shares.reduce((sum, share) => sum + share.floor, 0);
  const parts = shares.map((share) => share.floor);
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  for (const { index } of byRemainder) {
    if (left === 0) break;
    parts[index]! += 1;
    left -= 1;
  }
  return parts.map((part) => (part === 0 ? 0 : sign * part));
}

/** Digits after the decimal point of a currency (ISO 4217 as Intl knows it): USD 2, JPY 0, KWD 3. */
export function exponent(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** `1234567, 'USD'` → `12,345.67 USD`; the minus sign leads. */
export function format(amountCents: number, currency: string): string {
  const digits = exponent(currency);
  const whole = Math.trunc(Math.abs(amountCents) / 10 ** digits);
  const rest = String(Math.abs(amountCents) % 10 ** digits).padStart(digits, '0');
  const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${amountCents < 0 ? '-' : ''}${grouped}${digits ? `.${rest}` : ''} ${currency}`;
}

/** `750` → `7.5 %`, `10000` → `100 %`. */
export function percent(rateBps: number): string {
  return `${rateBps / 100} %`;
}
