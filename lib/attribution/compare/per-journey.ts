import type { Rule, Shares } from './heuristics.ts';
import type { Journeys } from './journeys.ts';

/** What a rule gives each touch of journey `j`, written to `into`; the weights add up to 1. Journeys without touches have none. */
export function touchWeights(journeys: Journeys, j: number, rule: Rule, into: Float64Array): number {
  const { starts, touches, times } = journeys;
  const start = starts[j]!;
  const n = starts[j + 1]! - start;
  into.fill(0, 0, n);
  if (n === 0) return 0;
  switch (rule.model) {
    case 'last':
      into[n - 1] = 1;
      break;
    case 'first':
      into[0] = 1;
      break;
    case 'linear':
      into.fill(1 / n, 0, n);
      break;
    case 'linear-distinct': {
      const partners = new Set(touches.subarray(start, start + n));
      // A partner's first touch stands for all of its touches.
      for (let t = 0; t < n; t += 1) if (partners.delete(touches[start + t]!)) into[t] = 1;
      const different = into.subarray(0, n).reduce((a, b) => a + b, 0);
      for (let t = 0; t < n; t += 1) into[t]! /= different;
      break;
    }
    case 'position': {
      const { first, middle, last } = rule;
      if (n === 1) into[0] = 1;
      else {
        const whole = n === 2 ? first + last : first + middle + last;
        into.fill(middle / whole / (n - 2), 1, n - 1);
        into[0] = first / whole;
        into[n - 1] = last / whole;
      }
      break;
    }
    case 'decay': {
      if (!times) throw new RangeError('time decay needs journeys with times');
      let sum = 0;
      for (let t = 0; t < n; t += 1) {
        into[t] = 2 ** ((times[start + t]! - times[start + n - 1]!) / rule.halfLifeMs);
        sum += into[t]!;
      }
      for (let t = 0; t < n; t += 1) into[t]! /= sum;
    }
  }
  return n;
}

/**
 * Splits a whole number of steps among weights that add up to 1, so that the parts are whole and add up to it exactly: each is rounded
 * down, the rest goes to the largest remainders, ties to the earlier touch. Written to `into`.
 */
export function splitSteps(steps: number, weights: Float64Array, n: number, into: Float64Array): void {
  const size = Math.abs(steps);
  const sign = steps < 0 ? -1 : 1;
  let left = size;
  for (let t = 0; t < n; t += 1) {
    // A part that is whole but for float noise must not lose a step to it.
    const part = size * weights[t]!;
    const near = Math.round(part);
    into[t] = Math.abs(part - near) < 1e-9 * Math.max(1, part) ? near : Math.floor(part);
    left -= into[t]!;
  }
  const order = Array.from({ length: n }, (_, t) => t).filter((t) => weights[t]! > 0);
  const remainder = (t: number) => Math.round((size * weights[t]! - into[t]!) * 1e9);
  if (left > 0) order.sort((a, b) => remainder(b) - remainder(a) || a - b);
  else order.sort((a, b) => remainder(a) - remainder(b) || b - a);
  for (let i = 0; left !== 0; i = (i + 1) % order.length) {
    const change = left > 0 ? 1 : -1;
    into[order[i]!]! += change;
    left -= change;
  }
  if (sign < 0) for (let t = 0; t < n; t += 1) into[t] = into[t] === 0 ? 0 : -into[t]!;
}

/**
 * As `shareByRule`, but what a journey gives is whole steps of the input, cents where it has cents, so that each journey adds up by
 * itself as a payment must. Over many journeys the rounding of each adds up too; comparisons are better rounded once.
 */
export function shareInWholeSteps(journeys: Journeys, rule: Rule): Shares {
  const { starts, touches, count, partners, conversions, value } = journeys;
  const shares = { conversions: new Float64Array(partners.length), value: new Float64Array(partners.length) };
  let longest = 1;
  for (let j = 0; j < count; j += 1) longest = Math.max(longest, starts[j + 1]! - starts[j]!);
  const [weights, parts] = [new Float64Array(longest), new Float64Array(longest)];
  for (let j = 0; j < count; j += 1) {
    if (conversions.units[j] === 0 && value.units[j] === 0) continue;
    const n = touchWeights(journeys, j, rule, weights);
    if (n > 0) splitSteps(value.units[j]!, weights, n, parts);
    for (let t = 0; t < n; t += 1) {
      shares.conversions[touches[starts[j]! + t]!]! += conversions.units[j]! * weights[t]!;
      shares.value[touches[starts[j]! + t]!]! += parts[t]!;
    }
  }
  return shares;
}
