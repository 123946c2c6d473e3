/**
 * Money is an integer of minor units (`…Cents`, whatever the currency's exponent) and a rate is an integer of basis points (`…Bps`).
 * Nothing here or above touches a fraction: a product that may pass 2^53 goes through BigInt.
 */

/** One hundred percent, in basis points. */
export const WHOLE_BPS = 10_000;

/**
 * `amountCents × numerator / denominator`, rounded to nearest, halves to even, so that rounding favours neither brand nor partner over
 * many sales. Throws unless all three are integers and the denominator is positive.
 *
 * A product inside 2^53 stays in numbers: its remainder is exact, and so is the quotient of what the remainder leaves.
 */
export function portion(amountCents: number, numerator: number, denominator: number): number {
  if (denominator <= 0) throw new RangeError('portion needs a positive denominator');
  const product = amountCents * numerator;
  if (!Number.isSafeInteger(product) || !Number.isSafeInteger(denominator)) {
    return Number(divideHalfEven(BigInt(amountCents) * BigInt(numerator), BigInt(denominator)));
  }
  const size = Math.abs(product);
  const remainder = size % denominator;
  const floor = (size - remainder) / denominator;
  const twice = remainder * 2;
  const rounded = twice > denominator || (twice === denominator && floor % 2 === 1) ? floor + 1 : floor;
  return product < 0 && rounded !== 0 ? -rounded : rounded;
}

/** `amountCents × numerator / denominator` for ratios beyond plain integers, rounded as `portion` rounds. Throws when the answer is. */
export function ratio(amountCents: number, numerator: bigint, denominator: bigint): number {
  const answer = Number(divideHalfEven(BigInt(amountCents) * numerator, denominator));
  if (!Number.isSafeInteger(answer)) throw new RangeError('an amount is too large for exact integers');
  return answer;
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const floor = size / denominator;
  const twice = (size % denominator) * 2n;
  const rounded = twice > denominator || (twice === denominator && floor % 2n === 1n) ? floor + 1n : floor;
  return numerator < 0n ? -rounded : rounded;
}

/** The share of an amount that a rate in basis points takes, halves to even: 5 % of 6,250 cents is 312, of 6,270 it is 314. */
export function atRate(amountCents: number, rateBps: number): number {
  return portion(amountCents, rateBps, WHOLE_BPS);
}

/**
 * Splits an amount by weights so that the parts add up to it exactly (largest remainder).
 * Remainders that tie go to the earlier weight, so the same input always splits the same way.
 * Throws unless the weights are non-negative integers and not all zero.
 */
export function allocate(amountCents: number, weights: readonly number[]): number[] {
  let total = 0;
  let largest = 0;
  for (const weight of weights) {
    if (!Number.isSafeInteger(weight) || weight < 0)
      throw new RangeError('allocate needs non-negative integer weights');
    total += weight;
    if (weight > largest) largest = weight;
  }
  if (total === 0) throw new RangeError('allocate needs at least one positive weight');
  const amount = Math.abs(amountCents);
  const sign = amountCents < 0 ? -1 : 1;
  const { floors, remainders } =
    Number.isSafeInteger(total) && Number.isSafeInteger(amount * largest)
      ? quotients(amount, weights, total)
      : wideQuotients(amount, weights);
  let left = amount;
  for (const floor of floors) left -= floor;
  if (left > 0) {
    const byRemainder = remainders.map((_, index) => index);
    byRemainder.sort((a, b) => (remainders[a]! === remainders[b]! ? a - b : remainders[a]! > remainders[b]! ? -1 : 1));
    for (let i = 0; i < left; i += 1) floors[byRemainder[i]!]! += 1;
  }
  if (sign < 0) for (let i = 0; i < floors.length; i += 1) floors[i] = floors[i] === 0 ? 0 : -floors[i]!;
  return floors;
}

interface Quotients {
  readonly floors: number[];
  /** Comparable with each other only: all numbers or all bigints. */
  readonly remainders: readonly (number | bigint)[];
}

function quotients(amount: number, weights: readonly number[], total: number): Quotients {
  const floors: number[] = [];
  const remainders: number[] = [];
  for (const weight of weights) {
    const product = amount * weight;
    const remainder = product % total;
    floors.push((product - remainder) / total);
    remainders.push(remainder);
  }
  return { floors, remainders };
}

function wideQuotients(amount: number, weights: readonly number[]): Quotients {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  const products = weights.map((weight) => BigInt(amount) * BigInt(weight));
  return {
    floors: products.map((product) => Number(product / total)),
    remainders: products.map((product) => product % total),
  };
}

const NO_DIGITS = new Set('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '));
const THREE_DIGITS = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));
const FOUR_DIGITS = new Set(['CLF', 'UYW']);

/**
 * Digits after the decimal point of a currency, by ISO 4217: USD 2, JPY 0, KWD 3. Written out: the runtime's own list (CLDR) has what people
 * write, HUF and IDR without digits, where banks and providers count in hundredths; and an amount must not change with the runtime.
 */
export const exponent = (currency: string): number =>
  NO_DIGITS.has(currency) ? 0 : THREE_DIGITS.has(currency) ? 3 : FOUR_DIGITS.has(currency) ? 4 : 2;

/** `1,299.50` in a currency of two digits → 129950; a sentence when it is no amount of that currency. */
export function minorUnits(text: string, currency: string): number | string {
  const plain = text.replace(/,(?=\d{3}(\D|$))/g, '').trim();
  const parts = /^(\d{1,12})(?:\.(\d+))?$/.exec(plain);
  if (!parts) return `“${text}” is not an amount such as 129.00`;
  const digits = exponent(currency);
  const fraction = (parts[2] ?? '').replace(/0+$/, '');
  if (fraction.length > digits) return `“${text}” has more decimals than ${currency} has`;
  return Number(parts[1]) * 10 ** digits + Number(fraction.padEnd(digits, '0') || '0');
}

/** Minor units as a plain decimal for files and forms: `1234567, 'USD'` → `12345.67`, `500, 'JPY'` → `500`. */
export function decimal(amountCents: number, currency: string): string {
  const digits = exponent(currency);
  const text = String(Math.abs(amountCents)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  return `${amountCents < 0 ? '-' : ''}${whole}${digits ? `.${text.slice(-digits)}` : ''}`;
}

/** `1234567, 'USD'` → `12,345.67 USD`; the minus sign leads. */
export function format(amountCents: number, currency: string): string {
  const [whole, rest] = decimal(amountCents, currency).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${grouped}${rest ? `.${rest}` : ''} ${currency}`;
}

/** `750` → `7.5 %`, `10000` → `100 %`. */
export function percent(rateBps: number): string {
  return `${rateBps / 100} %`;
}
