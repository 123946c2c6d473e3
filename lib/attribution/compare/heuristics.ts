import { halving } from './halving.ts';
import { type Journeys, worthSharing } from './journeys.ts';

/** How the touches of a journey share it by rule. The decay's half-life is in milliseconds before the journey's end. */
export type Rule =
  | { readonly model: 'last' }
  | { readonly model: 'first' }
  | { readonly model: 'linear' }
  | { readonly model: 'linear-distinct' }
  | { readonly model: 'position'; readonly first: number; readonly middle: number; readonly last: number }
  | { readonly model: 'decay'; readonly halfLifeMs: number };

/** What each partner gets, by partner number, in the steps of the journeys' own columns. Real numbers: nothing is rounded yet. */
export interface Shares {
  readonly conversions: Float64Array;
  readonly value: Float64Array;
}

/**
 * What a rule gives each partner. Journeys that did not convert and have no value are passed over, and journeys without touches credit
 * nobody. `linear-distinct` shares a journey equally among the different partners in it; that is also exactly what the Shapley value gives
 * when it is computed on converting paths alone, which is why it is offered under its plain name.
 *
 * Loops, one per rule, over columns: no object per journey or touch.
 */
export function shareByRule(all: Journeys, rule: Rule): Shares {
  const journeys = worthSharing(all);
  const n = journeys.partners.length;
  const shares = { conversions: new Float64Array(n), value: new Float64Array(n) };
  switch (rule.model) {
    case 'last':
      last(journeys, shares);
      break;
    case 'first':
      first(journeys, shares);
      break;
    case 'linear':
      linear(journeys, shares);
      break;
    case 'linear-distinct':
      linearDistinct(journeys, shares);
      break;
    case 'position':
      position(journeys, shares, rule);
      break;
    case 'decay':
      decay(journeys, shares, rule.halfLifeMs);
  }
  return shares;
}

function last({ starts, touches, count, conversions, value }: Journeys, shares: Shares): void {
  const cs = conversions.units;
  const vs = value.units;
  const toConversions = shares.conversions;
  const toValue = shares.value;
  for (let j = 0; j < count; j += 1) {
    const c = cs[j]!;
    const v = vs[j]!;
    const end = starts[j + 1]!;
    if ((c === 0 && v === 0) || end === starts[j]) continue;
    const partner = touches[end - 1]!;
    toConversions[partner]! += c;
    toValue[partner]! += v;
  }
}

function first({ starts, touches, count, conversions, value }: Journeys, shares: Shares): void {
  const cs = conversions.units;
  const vs = value.units;
  const toConversions = shares.conversions;
  const toValue = shares.value;
  for (let j = 0; j < count; j += 1) {
    const c = cs[j]!;
    const v = vs[j]!;
    const start = starts[j]!;
    if ((c === 0 && v === 0) || starts[j + 1] === start) continue;
    const partner = touches[start]!;
    toConversions[partner]! += c;
    toValue[partner]! += v;
  }
}

function linear({ starts, touches, count, conversions, value }: Journeys, shares: Shares): void {
  const cs = conversions.units;
  const vs = value.units;
  const toConversions = shares.conversions;
  const toValue = shares.value;
  for (let j = 0; j < count; j += 1) {
    let c = cs[j]!;
    let v = vs[j]!;
    if (c === 0 && v === 0) continue;
    const start = starts[j]!;
    const end = starts[j + 1]!;
    c /= end - start;
    v /= end - start;
    for (let t = start; t < end; t += 1) {
      toConversions[touches[t]!]! += c;
      toValue[touches[t]!]! += v;
    }
  }
}

function linearDistinct({ starts, touches, count, conversions, value, partners }: Journeys, shares: Shares): void {
  const cs = conversions.units;
  const vs = value.units;
  const toConversions = shares.conversions;
  const toValue = shares.value;
  const seen = new Uint32Array(partners.length);
  let different = new Uint32Array(64);
  for (let j = 0; j < count; j += 1) {
    let c = cs[j]!;
    let v = vs[j]!;
    if (c === 0 && v === 0) continue;
    const start = starts[j]!;
    const end = starts[j + 1]!;
    if (end - start > different.length) different = new Uint32Array(2 * (end - start));
    let n = 0;
    for (let t = start; t < end; t += 1) {
      const partner = touches[t]!;
      if (seen[partner] === j + 1) continue;
      seen[partner] = j + 1;
      different[n] = partner;
      n += 1;
    }
    c /= n;
    v /= n;
    for (let i = 0; i < n; i += 1) {
      toConversions[different[i]!]! += c;
      toValue[different[i]!]! += v;
    }
  }
}

function position(
  { starts, touches, count, conversions, value }: Journeys,
  shares: Shares,
  weights: { readonly first: number; readonly middle: number; readonly last: number },
): void {
  const cs = conversions.units;
  const vs = value.units;
  const toConversions = shares.conversions;
  const toValue = shares.value;
  const whole = weights.first + weights.middle + weights.last;
  const [atFirst, between, atLast] = [weights.first / whole, weights.middle / whole, weights.last / whole];
  const firstOfTwo = weights.first / (weights.first + weights.last);
  for (let j = 0; j < count; j += 1) {
    const c = cs[j]!;
    const v = vs[j]!;
    const start = starts[j]!;
    const end = starts[j + 1]!;
    const n = end - start;
    if ((c === 0 && v === 0) || n === 0) continue;
    const head = touches[start]!;
    if (n === 1) {
      toConversions[head]! += c;
      toValue[head]! += v;
      continue;
    }
    const tail = touches[end - 1]!;
    const toHead = n === 2 ? firstOfTwo : atFirst;
    const toTail = n === 2 ? 1 - firstOfTwo : atLast;
    toConversions[head]! += c * toHead;
    toValue[head]! += v * toHead;
    toConversions[tail]! += c * toTail;
    toValue[tail]! += v * toTail;
    if (n === 2) continue;
    const each = between / (n - 2);
    const cEach = c * each;
    const vEach = v * each;
    for (let t = start + 1; t < end - 1; t += 1) {
      toConversions[touches[t]!]! += cEach;
      toValue[touches[t]!]! += vEach;
    }
  }
}

function decay(journeys: Journeys, shares: Shares, halfLifeMs: number): void {
  const { starts, touches, count, conversions, value, times } = journeys;
  if (!times) throw new RangeError('time decay needs journeys with times');
  const cs = conversions.units;
  const vs = value.units;
  const toConversions = shares.conversions;
  const toValue = shares.value;
  const perHalfLife = 1 / halfLifeMs;
  let weights = new Float64Array(64);
  for (let j = 0; j < count; j += 1) {
    const c = cs[j]!;
    const v = vs[j]!;
    const start = starts[j]!;
    const last = starts[j + 1]! - 1;
    if ((c === 0 && v === 0) || last < start) continue;
    if (last === start) {
      toConversions[touches[start]!]! += c;
      toValue[touches[start]!]! += v;
      continue;
    }
    if (last - start >= weights.length) weights = new Float64Array(2 * (last - start));
    // Only ages relative to each other matter; from the youngest touch they cannot all underflow to zero.
    const youngest = times[last]!;
    let sum = 1;
    for (let t = start; t < last; t += 1) {
      const weight = halving((youngest - times[t]!) * perHalfLife);
      weights[t - start] = weight;
      sum += weight;
    }
    const cUnit = c / sum;
    const vUnit = v / sum;
    for (let t = start; t < last; t += 1) {
      const weight = weights[t - start]!;
      toConversions[touches[t]!]! += cUnit * weight;
      toValue[touches[t]!]! += vUnit * weight;
    }
    toConversions[touches[last]!]! += cUnit;
    toValue[touches[last]!]! += vUnit;
  }
}
