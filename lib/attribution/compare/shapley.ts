import type { Journeys } from './journeys.ts';

/** Up to so many partners every coalition is looked at; above, orders of joining are drawn. */
export const EXACT_UP_TO = 12;

/** The Shapley value of each partner, in units of the conversion rate, with the standard error of what was drawn (0 where nothing was). */
export interface ShapleyValues {
  readonly values: Float64Array;
  readonly errors: Float64Array;
  /** The conversion rate of all journeys with a touch; the values add up to it. */
  readonly rate: number;
  readonly exact: boolean;
}

/**
 * The Shapley value on conversion *rates*. The worth of a coalition S is v(S) = conversions / journeys among the journeys that have at least
 * one touch and whose partners all belong to S, those that did not convert included; v is 0 where there is no such journey. So a partner
 * is worth more when journeys convert more often with it than without, and its value may be negative when they convert less.
 *
 * Exact up to 12 partners. Above, `samples` orders of joining are drawn from `seed`, in pairs of an order and its reverse, and the
 * standard error of the mean over pairs is given.
 */
export function shapley(
  journeys: Journeys,
  sampling: { readonly seed: number; readonly samples: number },
): ShapleyValues {
  const sets = partnerSets(journeys);
  return journeys.partners.length <= EXACT_UP_TO ? exact(sets) : sampled(sets, journeys.partners, sampling);
}

/** The different sets of partners among the journeys: set `s` has the members `starts[s]` up to `starts[s + 1]`. */
interface PartnerSets {
  readonly partners: number;
  readonly count: number;
  readonly starts: Uint32Array;
  readonly members: Uint32Array;
  readonly conversions: Float64Array;
  readonly journeys: Float64Array;
}

function partnerSets({ partners, starts, touches, count, conversions, nulls }: Journeys): PartnerSets {
  const scale = 10 ** -conversions.digits;
  const setStarts = new Uint32Array(count + 1);
  const members = new Uint32Array(touches.length);
  const converted = new Float64Array(count);
  const all = new Float64Array(count);
  let size = 1 << 12;
  let table = new Int32Array(size).fill(-1);
  const hashes = new Uint32Array(count);
  const seen = new Uint32Array(partners.length);
  let sets = 0;
  let at = 0;
  for (let j = 0; j < count; j += 1) {
    const weight = conversions.units[j]! * scale + nulls[j]!;
    if (weight === 0 || starts[j] === starts[j + 1]) continue;
    let end = at;
    for (let t = starts[j]!; t < starts[j + 1]!; t += 1) {
      const partner = touches[t]!;
      if (seen[partner] === j + 1) continue;
      seen[partner] = j + 1;
      // Sorted by insertion: sets are small.
      let place = end;
      while (place > at && members[place - 1]! > partner) {
        members[place] = members[place - 1]!;
        place -= 1;
      }
      members[place] = partner;
      end += 1;
    }
    let hash = 0x811c9dc5;
    for (let m = at; m < end; m += 1) hash = Math.imul(hash ^ members[m]!, 0x9e3779b1) ^ (hash >>> 15);
    hash >>>= 0;
    if ((sets + 1) * 2 > size) {
      size *= 2;
      table = new Int32Array(size).fill(-1);
      for (let s = 0; s < sets; s += 1) {
        let slot = hashes[s]! & (size - 1);
        while (table[slot] !== -1) slot = (slot + 1) & (size - 1);
        table[slot] = s;
      }
    }
    let slot = hash & (size - 1);
    let set = table[slot]!;
    while (set !== -1 && !(hashes[set] === hash && sameMembers(set, end))) {
      slot = (slot + 1) & (size - 1);
      set = table[slot]!;
    }
    if (set === -1) {
      set = sets;
      table[slot] = set;
      hashes[set] = hash;
      sets += 1;
      at = end;
      setStarts[sets] = at;
    }
    converted[set]! += conversions.units[j]! * scale;
    all[set]! += weight;
  }
  return {
    partners: partners.length,
    count: sets,
    starts: setStarts.slice(0, sets + 1),
    members: members.slice(0, at),
    conversions: converted.slice(0, sets),
    journeys: all.slice(0, sets),
  };

  function sameMembers(set: number, end: number): boolean {
    const first = setStarts[set]!;
    const length = setStarts[set + 1]! - first;
    if (length !== end - at) return false;
    for (let m = 0; m < length; m += 1) if (members[first + m] !== members[at + m]) return false;
    return true;
  }
}

function overallRate({ conversions, journeys, count }: PartnerSets): number {
  let [converted, all] = [0, 0];
  for (let s = 0; s < count; s += 1) {
    converted += conversions[s]!;
    all += journeys[s]!;
  }
  return all > 0 ? converted / all : 0;
}

function exact(sets: PartnerSets): ShapleyValues {
  const n = sets.partners;
  const coalitions = 1 << n;
  const converted = new Float64Array(coalitions);
  const all = new Float64Array(coalitions);
  for (let s = 0; s < sets.count; s += 1) {
    let mask = 0;
    for (let m = sets.starts[s]!; m < sets.starts[s + 1]!; m += 1) mask |= 1 << sets.members[m]!;
    converted[mask]! += sets.conversions[s]!;
    all[mask]! += sets.journeys[s]!;
  }
  // Sums over all subsets, one partner at a time.
  for (let bit = 1; bit < coalitions; bit <<= 1) {
    for (let mask = 0; mask < coalitions; mask += 1) {
      if ((mask & bit) === 0) continue;
      converted[mask]! += converted[mask ^ bit]!;
      all[mask]! += all[mask ^ bit]!;
    }
  }
  const worth = converted.map((c, mask) => (all[mask]! > 0 ? c / all[mask]! : 0));
  // In how large a share of all orders exactly `size` others came before.
  const weights = new Float64Array(n);
  for (let size = 0; size < n; size += 1) {
    let choose = 1;
    for (let k = 1; k <= size; k += 1) choose = (choose * (n - k)) / k;
    weights[size] = 1 / (n * choose);
  }
  const sizes = new Uint8Array(coalitions);
  const values = new Float64Array(n);
  for (let mask = 0; mask < coalitions; mask += 1) {
    if (mask > 0) sizes[mask] = sizes[mask >> 1]! + (mask & 1);
    for (let i = 0; i < n; i += 1) {
      if ((mask & (1 << i)) === 0) values[i]! += weights[sizes[mask]!]! * (worth[mask | (1 << i)]! - worth[mask]!);
    }
  }
  return { values, errors: new Float64Array(n), rate: overallRate(sets), exact: true };
}

function sampled(
  sets: PartnerSets,
  names: readonly string[],
  { seed, samples }: { readonly seed: number; readonly samples: number },
): ShapleyValues {
  const n = sets.partners;
  const pairs = Math.max(2, Math.ceil(samples / 2));
  const next = draws(seed);
  // Drawn from the partners in the order of their names, so that the same journeys in another order give the same answer.
  const order = Uint32Array.from(names.keys()).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  const place = new Uint32Array(n);
  const converted = new Float64Array(n);
  const all = new Float64Array(n);
  const marginal = new Float64Array(n);
  const mean = new Float64Array(n);
  const squares = new Float64Array(n);
  for (let pair = 1; pair <= pairs; pair += 1) {
    for (let i = n - 1; i > 0; i -= 1) {
      const j = Math.floor(next() * (i + 1));
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    for (let i = 0; i < n; i += 1) place[order[i]!] = i;
    marginal.fill(0);
    join(false);
    join(true);
    for (let i = 0; i < n; i += 1) {
      const half = marginal[i]! / 2;
      const off = half - mean[i]!;
      mean[i]! += off / pair;
      squares[i]! += off * (half - mean[i]!);
    }
  }
  return {
    values: mean,
    errors: squares.map((sum) => Math.sqrt(sum / (pairs - 1) / pairs)),
    rate: overallRate(sets),
    exact: false,
  };

  /** Lets the partners join in order, or in reverse: a journey counts from when the last of its partners has joined. */
  function join(reverse: boolean): void {
    converted.fill(0);
    all.fill(0);
    const { starts, members } = sets;
    for (let s = 0; s < sets.count; s += 1) {
      let latest = reverse ? n - 1 : 0;
      for (let m = starts[s]!; m < starts[s + 1]!; m += 1) {
        const at = place[members[m]!]!;
        if (reverse ? at < latest : at > latest) latest = at;
      }
      converted[latest]! += sets.conversions[s]!;
      all[latest]! += sets.journeys[s]!;
    }
    let [c, a, before] = [0, 0, 0];
    for (let step = 0; step < n; step += 1) {
      const at = reverse ? n - 1 - step : step;
      c += converted[at]!;
      a += all[at]!;
      const worth = a > 0 ? c / a : 0;
      marginal[order[at]!]! += worth - before;
      before = worth;
    }
  }
}

/** Mulberry32, numbers in [0, 1) from a seed. */
function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
