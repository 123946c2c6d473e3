import type { Journeys } from './journeys.ts';

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
export function shareByRule(journeys: Journeys, rule: Rule): Shares {
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
  const [cs, vs] = [conversions.units, value.units];
  for (let j = 0; j < count; j += 1) {
    const c = cs[j]!;
    const v = vs[j]!;
    const end = starts[j + 1]!;
    if ((c === 0 && v === 0) || end === starts[j]) continue;
    const partner = touches[end - 1]!;
    shares.conversions[partner]! += c;
    shares.value[partner]! += v;
  }
}

function first({ starts, touches, count, conversions, value }: Journeys, shares: Shares): void {
  const [cs, vs] = [conversions.units, value.units];
  for (let j = 0; j < count; j += 1) {
    const c = cs[j]!;
    const v = vs[j]!;
    const start = starts[j]!;
    if ((c === 0 && v === 0) || starts[j + 1] === start) continue;
    const partner = touches[start]!;
    shares.conversions[partner]! += c;
    shares.value[partner]! += v;
  }
}

function linear({ starts, touches, count, conversions, value }: Journeys, shares: Shares): void {
  const [cs, vs] = [conversions.units, value.units];
  for (let j = 0; j < count; j += 1) {
    let c = cs[j]!;
    let v = vs[j]!;
    if (c === 0 && v === 0) continue;
    const start = starts[j]!;
    const end = starts[j + 1]!;
    c /= end - start;
    v /= end - start;
    for (let t = start; t < end; t += 1) {
      shares.conversions[touches[t]!]! += c;
      shares.value[touches[t]!]! += v;
    }
  }
}

function linearDistinct({ starts, touches, count, conversions, value, partners }: Journeys, shares: Shares): void {
  const [cs, vs] = [conversions.units, value.units];
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
      shares.conversions[different[i]!]! += c;
      shares.value[different[i]!]! += v;
    }
  }
}

function position(
  { starts, touches, count, conversions, value }: Journeys,
  shares: Shares,
  weights: { readonly first: number; readonly middle: number; readonly last: number },
): void {
  const [cs, vs] = [conversions.units, value.units];
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
      shares.conversions[head]! += c;
      shares.value[head]! += v;
      continue;
    }
    const tail = touches[end - 1]!;
    const toHead = n === 2 ? firstOfTwo : atFirst;
    const toTail = n === 2 ? 1 - firstOfTwo : atLast;
    shares.conversions[head]! += c * toHead;
    shares.value[head]! += v * toHead;
    shares.conversions[tail]! += c * toTail;
    shares.value[tail]! += v * toTail;
    if (n === 2) continue;
    const [cEach, vEach] = [(c * between) / (n - 2), (v * between) / (n - 2)];
    for (let t = start + 1; t < end - 1; t += 1) {
      shares.conversions[touches[t]!]! += cEach;
      shares.value[touches[t]!]! += vEach;
    }
  }
}

function decay(journeys: Journeys, shares: Shares, halfLifeMs: number): void {
  const { starts, touches, count, conversions, value, times } = journeys;
  if (!times) throw new RangeError('time decay needs journeys with times');
  const [cs, vs] = [conversions.units, value.units];
  const rate = Math.LN2 / halfLifeMs;
  let weights = new Float64Array(64);
  for (let j = 0; j < count; j += 1) {
    const c = cs[j]!;
    const v = vs[j]!;
    if (c === 0 && v === 0) continue;
    const start = starts[j]!;
    const end = starts[j + 1]!;
    if (end - start === 0) continue;
    if (end - start > weights.length) weights = new Float64Array(2 * (end - start));
    // Only ages relative to each other matter; from the youngest touch they cannot all underflow to zero.
    const youngest = times[end - 1]!;
    let sum = 1;
    weights[end - 1 - start] = 1;
    for (let t = start; t < end - 1; t += 1) {
      const weight = Math.exp((times[t]! - youngest) * rate);
      weights[t - start] = weight;
      sum += weight;
    }
    const [cUnit, vUnit] = [c / sum, v / sum];
    for (let t = start; t < end; t += 1) {
      shares.conversions[touches[t]!]! += cUnit * weights[t - start]!;
      shares.value[touches[t]!]! += vUnit * weights[t - start]!;
    }
  }
}
