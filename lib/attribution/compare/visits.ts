import { type JourneyBuilder, wider } from './journeys.ts';

/** The mark of a click that was no shopper's, beside its partner's number. */
const DOUBTFUL = 0x8000_0000;

/** Clicks by visitor: those of visitor `v` are `starts[v]` up to `starts[v + 1]`, oldest first, each once. */
export interface Visits {
  readonly visitors: number;
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  /** Partner numbers; beside the mark, so at least 2³¹, where the click was no shopper's. */
  readonly partners: Uint32Array;
}

/**
 * Gathers clicks in any order, each as often as it was delivered, into columns of a size that is known beforehand: twenty bytes a click and
 * no object, and twelve to twenty-four to know the visitors by their eight bytes.
 */
export class VisitColumns {
  readonly #visitors: Uint32Array;
  readonly #times: Float64Array;
  readonly #nonces: Uint32Array;
  readonly #partners: Uint32Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #numbers: Int32Array;
  #known = 0;
  #count = 0;

  /** @param most clicks that will be pushed at most. */
  constructor(most: number) {
    this.#visitors = new Uint32Array(most);
    this.#times = new Float64Array(most);
    this.#nonces = new Uint32Array(most);
    this.#partners = new Uint32Array(most);
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, most * 1.5)));
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#numbers = new Int32Array(slots).fill(-1);
  }

  get count(): number {
    return this.#count;
  }

  /** @throws RangeError past the number of clicks that was announced. */
  push(visitor: string, atMs: number, nonce: number, partner: number, shopper: boolean): void {
    const at = this.#count;
    if (at === this.#times.length) throw new RangeError(`more than the ${at} clicks there were to be`);
    this.#visitors[at] = this.#numberOf(visitor);
    this.#times[at] = atMs;
    this.#nonces[at] = nonce;
    this.#partners[at] = shopper ? partner : (partner | DOUBTFUL) >>> 0;
    this.#count += 1;
  }

  /** By visitor and time. What was delivered twice is dropped: a visitor, a time and a nonce name a click. */
  finish(): Visits {
    const places = new Uint32Array(this.#known + 1);
    for (let i = 0; i < this.#count; i += 1) places[this.#visitors[i]! + 1]! += 1;
    for (let v = 0; v < this.#known; v += 1) places[v + 1]! += places[v]!;
    const order = new Uint32Array(this.#count);
    const next = places.slice(0, this.#known);
    for (let i = 0; i < this.#count; i += 1) {
      const visitor = this.#visitors[i]!;
      order[next[visitor]!] = i;
      next[visitor]! += 1;
    }
    const times = new Float64Array(this.#count);
    const partners = new Uint32Array(this.#count);
    const starts = new Uint32Array(this.#known + 1);
    const nonces = this.#nonces;
    let kept = 0;
    for (let v = 0; v < this.#known; v += 1) {
      const own = order.subarray(places[v]!, places[v + 1]!);
      if (own.length > 1) own.sort((a, b) => this.#times[a]! - this.#times[b]! || nonces[a]! - nonces[b]!);
      for (let k = 0; k < own.length; k += 1) {
        const click = own[k]!;
        const before = k > 0 ? own[k - 1]! : -1;
        if (before >= 0 && this.#times[before] === this.#times[click] && nonces[before] === nonces[click]) continue;
        times[kept] = this.#times[click]!;
        partners[kept] = this.#partners[click]!;
        kept += 1;
      }
      starts[v + 1] = kept;
    }
    return { visitors: this.#known, starts, times: times.subarray(0, kept), partners: partners.subarray(0, kept) };
  }

  #numberOf(visitor: string): number {
    if (visitor.length !== VISITOR_LENGTH) throw new RangeError(`${visitor} is no visitor: 8 bytes in base64url`);
    const digit = (place: number) => DIGITS[visitor.charCodeAt(place)]!;
    const middle = digit(5);
    const high =
      ((digit(0) << 26) | (digit(1) << 20) | (digit(2) << 14) | (digit(3) << 8) | (digit(4) << 2) | (middle >> 4)) >>>
      0;
    const rest = (digit(6) << 22) | (digit(7) << 16) | (digit(8) << 10) | (digit(9) << 4) | (digit(10) >> 2);
    const low = ((middle << 28) | rest) >>> 0;
    const mask = this.#numbers.length - 1;
    let slot = slotOf(high, low) & mask;
    while (this.#numbers[slot] !== -1) {
      if (this.#high[slot] === high && this.#low[slot] === low) return this.#numbers[slot]!;
      slot = (slot + 1) & mask;
    }
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#numbers[slot] = this.#known;
    this.#known += 1;
    return this.#known - 1;
  }
}

const VISITOR_LENGTH = 11;
/** Values of base64url digits by character code. */
const DIGITS = new Uint8Array(128);
for (const [value, digit] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
}

function slotOf(a: number, b: number): number {
  const mixed = Math.imul(a ^ (a >>> 15), 0x9e3779b1) ^ Math.imul(b ^ (b >>> 13), 0x85ebca6b);
  return mixed ^ (mixed >>> 16);
}

/**
 * The touches of orders, to be found again among the clicks: the same partner in the same millisecond is taken for the same click. Whose
 * click it is knows only the clicks, because an order keeps no visitor.
 */
export class OrderTouches {
  #heads = new Int32Array(1 << 10).fill(-1);
  #times = new Float64Array(1 << 9);
  #partners = new Uint32Array(1 << 9);
  #ordered = new Float64Array(1 << 9);
  #next = new Int32Array(1 << 9);
  #count = 0;

  push(partner: number, atMs: number, orderedMs: number): void {
    if (this.#count === this.#times.length) this.#grow();
    const touch = this.#count;
    this.#times[touch] = atMs;
    this.#partners[touch] = partner;
    this.#ordered[touch] = orderedMs;
    this.#link(touch);
    this.#count += 1;
  }

  /** Adds when the orders were made that a click led to. */
  find(partner: number, atMs: number, into: number[]): void {
    for (let touch = this.#heads[this.#headOf(partner, atMs)]!; touch !== -1; touch = this.#next[touch]!) {
      if (this.#times[touch] === atMs && this.#partners[touch] === partner) into.push(this.#ordered[touch]!);
    }
  }

  #headOf(partner: number, atMs: number): number {
    return slotOf((atMs % 2 ** 32) >>> 0, partner) & (this.#heads.length - 1);
  }

  #link(touch: number): void {
    const head = this.#headOf(this.#partners[touch]!, this.#times[touch]!);
    this.#next[touch] = this.#heads[head]!;
    this.#heads[head] = touch;
  }

  #grow(): void {
    this.#times = wider(this.#times);
    this.#partners = wider(this.#partners);
    this.#ordered = wider(this.#ordered);
    this.#next = new Int32Array(this.#next.length * 2);
    this.#heads = new Int32Array(this.#heads.length * 2).fill(-1);
    for (let touch = 0; touch < this.#count; touch += 1) this.#link(touch);
  }
}

/** What of a program's clicks belongs to a comparison. */
export interface Stretch {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly lookbackMs: number;
}

/**
 * Adds the journeys that did not convert. What a visitor clicked within the look-back before an order belongs to that order, counted or
 * not. The rest falls into journeys: an order ends one, and so does the look-back, counted from its first click, because no order could
 * credit more. A journey belongs to the stretch in which its last click lies.
 *
 * @returns how many journeys there were, and how many clicks of the stretch stayed out because they were no shopper's.
 */
export function addUnconverted(
  visits: Visits,
  orders: OrderTouches,
  { fromMs, toMs, lookbackMs }: Stretch,
  builder: JourneyBuilder,
): { readonly journeys: number; readonly doubtful: number } {
  const { starts, times, partners } = visits;
  let [journeys, doubtful] = [0, 0];
  let run: number[] = [];
  const end = () => {
    const last = run.length > 0 ? times[run.at(-1)!]! : Number.NEGATIVE_INFINITY;
    if (last >= fromMs && last < toMs) {
      for (const touch of run) builder.touch(partners[touch]!, times[touch]!);
      builder.conversions.push(0, 0);
      builder.value.push(0, 0);
      builder.end(1, last);
      journeys += 1;
    }
    run = [];
  };
  for (let v = 0; v < visits.visitors; v += 1) {
    const ordered: number[] = [];
    for (let t = starts[v]!; t < starts[v + 1]!; t += 1) {
      orders.find((partners[t]! & ~DOUBTFUL) >>> 0, times[t]!, ordered);
    }
    for (let t = starts[v]!; t < starts[v + 1]!; t += 1) {
      const at = times[t]!;
      if (partners[t]! >= DOUBTFUL) {
        if (at >= fromMs && at < toMs) doubtful += 1;
        continue;
      }
      const led = ordered.some((order) => at <= order && at >= order - lookbackMs);
      if (led || (run.length > 0 && at > times[run[0]!]! + lookbackMs)) end();
      if (!led) run.push(t);
    }
    end();
  }
  return { journeys, doubtful };
}
