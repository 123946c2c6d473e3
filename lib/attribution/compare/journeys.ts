import { AmountColumn, type Amounts } from './amounts.ts';
import { PartnerNames } from './partner-names.ts';

/**
 * Journeys in columns: journey `j` has the touches `starts[j]` up to `starts[j + 1]`, oldest first. A journey may stand for many: `conversions`
 * of them converted and were worth `value` together, `nulls` of them did not convert.
 */
export interface Journeys {
  /** Partner names by number. */
  readonly partners: readonly string[];
  readonly count: number;
  readonly starts: Uint32Array;
  /** Partner numbers. */
  readonly touches: Uint32Array;
  /** When each touch was, epoch milliseconds; absent when the source knows no times. */
  readonly times?: Float64Array;
  /** When each journey ended: its conversion, or the last that was seen of it. Present together with `times`. */
  readonly ends?: Float64Array;
  readonly conversions: Amounts;
  readonly value: Amounts;
  readonly nulls: Float64Array;
}

/** The same numbers with as much room again. */
export function wider<T extends Uint32Array | Float64Array>(array: T): T {
  const copy = new (array.constructor as new (length: number) => T)(array.length * 2);
  copy.set(array);
  return copy;
}

/** Builds `Journeys` touch by touch: `touch` for each, then `end`, which takes what was given as one journey. */
export class JourneyBuilder {
  readonly names = new PartnerNames();
  readonly conversions = new AmountColumn();
  readonly value = new AmountColumn();
  #starts = new Uint32Array(1024);
  #touches = new Uint32Array(4096);
  #nulls = new Float64Array(1024);
  #times: Float64Array | undefined;
  #ends: Float64Array | undefined;
  #count = 0;
  #touched = 0;

  constructor(options: { readonly timed: boolean }) {
    if (!options.timed) return;
    this.#times = new Float64Array(4096);
    this.#ends = new Float64Array(1024);
  }

  touch(partner: number, at?: number): void {
    if (this.#touched === this.#touches.length) {
      this.#touches = wider(this.#touches);
      if (this.#times) this.#times = wider(this.#times);
    }
    this.#touches[this.#touched] = partner;
    if (this.#times) this.#times[this.#touched] = at!;
    this.#touched += 1;
  }

  /** Ends a journey, whose amounts the caller pushes onto `conversions` and `value`. */
  end(nulls: number, at?: number): void {
    if (this.#count + 1 === this.#starts.length) {
      this.#starts = wider(this.#starts);
      this.#nulls = wider(this.#nulls);
      if (this.#ends) this.#ends = wider(this.#ends);
    }
    this.#nulls[this.#count] = nulls;
    if (this.#ends) this.#ends[this.#count] = at!;
    this.#count += 1;
    this.#starts[this.#count] = this.#touched;
  }

  finish(): Journeys {
    return {
      partners: this.names.list,
      count: this.#count,
      starts: this.#starts.subarray(0, this.#count + 1),
      touches: this.#touches.subarray(0, this.#touched),
      ...(this.#times ? { times: this.#times.subarray(0, this.#touched) } : {}),
      ...(this.#ends ? { ends: this.#ends.subarray(0, this.#count) } : {}),
      conversions: this.conversions.finish(),
      value: this.value.finish(),
      nulls: this.#nulls.subarray(0, this.#count),
    };
  }
}

const selections = new WeakMap<Journeys, Journeys>();

/**
 * Only the journeys that are worth something and have a touch, in columns of their own: all that a rule looks at, which is one in ten or
 * fewer. Put together once, by the first rule that asks.
 */
export function worthSharing(journeys: Journeys): Journeys {
  const known = selections.get(journeys);
  if (known) return known;
  const { starts, touches, times, ends, nulls, conversions, value, count } = journeys;
  const rows = new Uint32Array(count);
  let [n, touched] = [0, 0];
  for (let j = 0; j < count; j += 1) {
    const length = starts[j + 1]! - starts[j]!;
    if ((conversions.units[j] === 0 && value.units[j] === 0) || length === 0) continue;
    rows[n] = j;
    n += 1;
    touched += length;
  }
  const own = {
    starts: new Uint32Array(n + 1),
    touches: new Uint32Array(touched),
    ...(times && { times: new Float64Array(touched) }),
    ...(ends && { ends: new Float64Array(n) }),
    nulls: new Float64Array(n),
    conversions: { ...conversions, units: new Float64Array(n) },
    value: { ...value, units: new Float64Array(n) },
  };
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    const j = rows[i]!;
    own.conversions.units[i] = conversions.units[j]!;
    own.value.units[i] = value.units[j]!;
    own.nulls[i] = nulls[j]!;
    if (own.ends) own.ends[i] = ends![j]!;
    for (let t = starts[j]!; t < starts[j + 1]!; t += 1) {
      own.touches[at] = touches[t]!;
      if (own.times) own.times[at] = times![t]!;
      at += 1;
    }
    own.starts[i + 1] = at;
  }
  const selection: Journeys = { ...journeys, ...own, count: n };
  selections.set(journeys, selection);
  return selection;
}

/**
 * The same journeys with only the touches that lie at or before the end and no more than `lookbackMs` before it; exactly that long ago
 * still counts, as in `journeyOf`. A journey may lose all its touches. Throws a RangeError when the journeys have no times.
 */
export function withinLookback(journeys: Journeys, lookbackMs: number): Journeys {
  const { times, ends, starts, touches, count } = journeys;
  if (!times || !ends) throw new RangeError('a look-back needs journeys with times');
  const kept = new Uint32Array(touches.length);
  const keptTimes = new Float64Array(touches.length);
  const keptStarts = new Uint32Array(count + 1);
  let n = 0;
  for (let j = 0; j < count; j += 1) {
    const end = ends[j]!;
    for (let t = starts[j]!; t < starts[j + 1]!; t += 1) {
      if (times[t]! > end || times[t]! < end - lookbackMs) continue;
      kept[n] = touches[t]!;
      keptTimes[n] = times[t]!;
      n += 1;
    }
    keptStarts[j + 1] = n;
  }
  return { ...journeys, starts: keptStarts, touches: kept.subarray(0, n), times: keptTimes.subarray(0, n) };
}
