/**
 * A column of decimal amounts. `units` are the amounts in steps of 10^-digits: exact as long as an amount has up to 15 digits, nearest
 * beyond. `total` is their sum in the same steps and always exact.
 */
export interface Amounts {
  readonly units: Float64Array;
  readonly digits: number;
  readonly total: bigint;
}

/** Below this, sums of whole numbers are exact in a float with room to add one more. */
const SAFE_SUM = 2 ** 52;
/** Amounts have at most so many digits on either side of the point; more is a mistake in the file. */
const MOST_DIGITS = 40;

/** The same amounts in steps of at least so many decimals: `100` in steps of a cent is 10,000. */
export function inStepsOf(amounts: Amounts, digits: number): Amounts {
  const more = digits - amounts.digits;
  if (more <= 0) return amounts;
  const scale = 10 ** more;
  return { units: amounts.units.map((units) => units * scale), digits, total: amounts.total * BigInt(scale) };
}

/** Collects a column amount by amount, without knowing beforehand how many decimals are to come. */
export class AmountColumn {
  #mantissas = new Float64Array(1024);
  #decimals = new Uint8Array(1024);
  #count = 0;
  /** Sums by number of decimals: a fast part in floats, poured over before it could round. */
  readonly #running: number[] = [];
  readonly #poured: bigint[] = [];

  /** Adds `mantissa × 10^-decimals`; the mantissa is a safe integer. */
  push(mantissa: number, decimals: number): void {
    this.#store(mantissa, decimals);
    const sum = (this.#running[decimals] ?? 0) + mantissa;
    if (sum < SAFE_SUM && sum > -SAFE_SUM) this.#running[decimals] = sum;
    else {
      this.#pour(decimals, BigInt(this.#running[decimals] ?? 0) + BigInt(mantissa));
      this.#running[decimals] = 0;
    }
  }

  /** Adds a decimal such as `-12.50` or `1.5e+05`; false when the text is no such number, and nothing is added. */
  pushText(text: string): boolean {
    const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
    if (!parts) return false;
    const whole = parts[2] ?? '';
    const fraction = parts[3] ?? '';
    if (whole.length + fraction.length === 0) return false;
    let digits = (whole + fraction).replace(/^0+(?=\d)/, '');
    let decimals = fraction.length - Number(parts[4] ?? '0');
    while (decimals > 0 && digits.length > 1 && digits.endsWith('0') && parts[4] !== undefined) {
      digits = digits.slice(0, -1);
      decimals -= 1;
    }
    if (decimals < 0) {
      if (digits.length - decimals > MOST_DIGITS && digits !== '0') return false;
      digits = digits === '0' ? '0' : digits + '0'.repeat(-decimals);
      decimals = 0;
    }
    if (decimals > MOST_DIGITS || digits.length > MOST_DIGITS + decimals) return false;
    if (digits === '0' && decimals > 9) decimals = 0;
    const mantissa = BigInt(parts[1] === '-' ? `-${digits}` : digits);
    if (digits.length <= 15) this.push(Number(mantissa), decimals);
    else {
      this.#store(Number(mantissa), decimals);
      this.#pour(decimals, mantissa);
    }
    return true;
  }

  finish(): Amounts {
    let digits = 0;
    for (let row = 0; row < this.#count; row += 1) if (this.#decimals[row]! > digits) digits = this.#decimals[row]!;
    const scales = Array.from({ length: digits + 1 }, (_, decimals) => 10 ** (digits - decimals));
    const units = new Float64Array(this.#count);
    for (let row = 0; row < this.#count; row += 1) units[row] = this.#mantissas[row]! * scales[this.#decimals[row]!]!;
    let total = 0n;
    for (let decimals = 0; decimals <= digits; decimals += 1) {
      const sum = (this.#poured[decimals] ?? 0n) + BigInt(this.#running[decimals] ?? 0);
      total += sum * 10n ** BigInt(digits - decimals);
    }
    return { units, digits, total };
  }

  #store(mantissa: number, decimals: number): void {
    if (this.#count === this.#mantissas.length) {
      const mantissas = new Float64Array(this.#count * 2);
      mantissas.set(this.#mantissas);
      this.#mantissas = mantissas;
      const places = new Uint8Array(this.#count * 2);
      places.set(this.#decimals);
      this.#decimals = places;
    }
    this.#mantissas[this.#count] = mantissa;
    this.#decimals[this.#count] = decimals;
    this.#count += 1;
  }

  #pour(decimals: number, sum: bigint): void {
    this.#poured[decimals] = (this.#poured[decimals] ?? 0n) + sum;
  }
}

/**
 * Rounds real parts to steps of 10^-digits so that they add up to `total` exactly: each is rounded down, and the steps that are left go to
 * the largest remainders, ties to the earlier part. A part of zero stays zero. `parts` and `total` are in steps of 10^-given, and the
 * parts add up to the total but for float noise.
 */
export function settle(parts: Float64Array, total: bigint, given: number, digits: number): bigint[] {
  const finer = 10n ** BigInt(digits - given);
  const fine = Number(finer);
  const whole: bigint[] = [];
  const remainders = new Float64Array(parts.length);
  const taking: number[] = [];
  let left = total * finer;
  for (let i = 0; i < parts.length; i += 1) {
    const floor = Math.floor(parts[i]!);
    const steps = (parts[i]! - floor) * fine;
    const floorSteps = Math.floor(steps);
    // To a thousandth of a step: what is finer is float noise and must not decide between equals.
    remainders[i] = Math.round((steps - floorSteps) * 1000);
    whole.push(BigInt(floor) * finer + BigInt(floorSteps));
    left -= whole[i]!;
    if (parts[i] !== 0) taking.push(i);
  }
  if (taking.length === 0 || left === 0n) return whole;
  // Float noise may leave more steps than parts, or take some away: everybody gives or takes the same, the rest goes by remainder.
  const count = BigInt(taking.length);
  let each = left / count;
  if (left < 0n && left % count !== 0n) each -= 1n;
  let extra = Number(left - each * count);
  taking.sort((a, b) => remainders[b]! - remainders[a]! || a - b);
  for (const i of taking) {
    whole[i]! += each + (extra > 0 ? 1n : 0n);
    extra -= 1;
  }
  return whole;
}

/** `-1234567n, 4` → `-123.4567`. */
export function decimalText(steps: bigint, digits: number): string {
  const text = String(steps < 0n ? -steps : steps).padStart(digits + 1, '0');
  const point = text.length - digits;
  return `${steps < 0n ? '-' : ''}${text.slice(0, point)}${digits > 0 ? `.${text.slice(point)}` : ''}`;
}
