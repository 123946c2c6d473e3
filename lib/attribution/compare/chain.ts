import type { Journeys } from './journeys.ts';

/**
 * An absorbing Markov chain of journeys. A state is the last `order` touches (fewer at the beginning of a journey); from each a journey
 * goes on to another state, converts, or ends without. Only the probabilities of going on and of converting are kept.
 */
export interface Chain {
  readonly states: number;
  /** Share of journeys that begin in a state. */
  readonly start: Float64Array;
  /** Transitions of state `x` are the entries `rows[x]` up to `rows[x + 1]`. */
  readonly rows: Uint32Array;
  readonly to: Uint32Array;
  readonly probability: Float64Array;
  readonly convert: Float64Array;
  /** The partner of a state's last touch. A state is entered by touching this partner. */
  readonly partner: Uint32Array;
  readonly partners: number;
}

/** The state after each touch, numbered in order of appearance, when a state is the last `order` touches. */
function statesOf(journeys: Journeys, order: number): { at: Uint32Array; partner: Uint32Array; states: number } {
  const { starts, touches, count, partners } = journeys;
  if (order === 1) {
    return { at: touches, partner: Uint32Array.from(partners, (_, p) => p), states: partners.length };
  }
  const at = new Uint32Array(touches.length);
  // A tuple is a number with one digit per touch; digit 0 stands for “no touch yet”. 53 bits hold three touches of 200,000 partners.
  const base = partners.length + 1;
  if (base ** order > Number.MAX_SAFE_INTEGER)
    throw new RangeError(`order ${order} with ${partners.length} partners has more states than can be numbered`);
  const keep = base ** (order - 1);
  let size = 1 << 12;
  let keys = new Float64Array(size);
  let numbers = new Uint32Array(size);
  const known: number[] = [];
  const last: number[] = [];
  const slotOf = (key: number) => {
    let slot = (Math.imul((key % 0x7fffffff) | 0, 0x9e3779b1) ^ Math.imul((key / 0x7fffffff) | 0, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & (size - 1);
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & (size - 1);
    return slot;
  };
  for (let j = 0; j < count; j += 1) {
    let key = 0;
    for (let t = starts[j]!; t < starts[j + 1]!; t += 1) {
      key = (key % keep) * base + touches[t]! + 1;
      let slot = slotOf(key);
      if (keys[slot] === 0) {
        if ((known.length + 1) * 2 > size) {
          size *= 2;
          keys = new Float64Array(size);
          numbers = new Uint32Array(size);
          for (let state = 0; state < known.length; state += 1) {
            const free = slotOf(known[state]!);
            keys[free] = known[state]!;
            numbers[free] = state;
          }
          slot = slotOf(key);
        }
        keys[slot] = key;
        numbers[slot] = known.length;
        known.push(key);
        last.push(touches[t]!);
      }
      at[t] = numbers[slot]!;
    }
  }
  return { at, partner: Uint32Array.from(last), states: known.length };
}

/** Counts the transitions of all journeys, each as often as it happened, and makes probabilities of them. */
export function chainOf(journeys: Journeys, order: number): Chain {
  const { starts, count, conversions, nulls } = journeys;
  const { at, partner, states } = statesOf(journeys, order);
  const scale = 10 ** -conversions.digits;
  const [start, convert, out] = [new Float64Array(states), new Float64Array(states), new Float64Array(states)];
  const bucket = new Uint32Array(states + 1);
  let began = 0;
  for (let j = 0; j < count; j += 1) {
    const from = starts[j]!;
    const end = starts[j + 1]!;
    const converted = conversions.units[j]! * scale;
    const weight = converted + nulls[j]!;
    if (from === end || weight === 0) continue;
    began += weight;
    start[at[from]!]! += weight;
    convert[at[end - 1]!]! += converted;
    for (let t = from; t < end - 1; t += 1) {
      bucket[at[t]! + 1]! += 1;
      out[at[t]!]! += weight;
    }
    out[at[end - 1]!]! += weight;
  }
  for (let x = 0; x < states; x += 1) bucket[x + 1]! += bucket[x]!;
  const next = bucket.slice(0, states);
  const to = new Uint32Array(bucket[states]!);
  const weights = new Float64Array(bucket[states]!);
  for (let j = 0; j < count; j += 1) {
    const weight = conversions.units[j]! * scale + nulls[j]!;
    if (weight === 0) continue;
    for (let t = starts[j]!; t < starts[j + 1]! - 1; t += 1) {
      const place = next[at[t]!]!;
      next[at[t]!] = place + 1;
      to[place] = at[t + 1]!;
      weights[place] = weight;
    }
  }
  // Within a state, transitions to the same state are one.
  const rows = new Uint32Array(states + 1);
  const merged = new Int32Array(states).fill(-1);
  let n = 0;
  for (let x = 0; x < states; x += 1) {
    const first = n;
    for (let place = bucket[x]!; place < bucket[x + 1]!; place += 1) {
      const y = to[place]!;
      const known = merged[y]!;
      if (known >= first) weights[known]! += weights[place]!;
      else {
        merged[y] = n;
        to[n] = y;
        weights[n] = weights[place]!;
        n += 1;
      }
    }
    for (let place = first; place < n; place += 1) weights[place]! /= out[x]!;
    rows[x + 1] = n;
    if (out[x]! > 0) convert[x]! /= out[x]!;
  }
  if (began > 0) for (let x = 0; x < states; x += 1) start[x]! /= began;
  return {
    states,
    start,
    rows,
    to: to.slice(0, n),
    probability: weights.slice(0, n),
    convert,
    partner,
    partners: journeys.partners.length,
  };
}
