import { type Chain, chainOf } from './chain.ts';
import { byFollowing } from './follow.ts';
import { fundamental } from './fundamental.ts';
import { invertInPlace } from './invert.ts';
import type { Journeys } from './journeys.ts';

/** How many past touches a chain remembers. */
export type Order = 1 | 2 | 3;

/** Up to so many states a chain of order 2 or 3 is solved through the full inverse; above, mass is followed until none is left. */
const FULL_UP_TO = 1200;
/**
 * The removal effect of each partner: the share of conversions that would be lost if a journey ended without conversion wherever it touches
 * the partner. 0 for a partner that no conversion needs, 1 for one that all need; 0 for all when nothing converts.
 *
 * Order 1: RE = (N_si / N_ii) × h_i / h_s, with N = (I − Q)⁻¹, s the start and h the probability of converting.
 *
 * Orders 2 and 3: a state is a tuple of touches, and removing a partner removes every tuple that contains it. A journey enters that set by
 * touching the partner, so by a tuple that *ends* in it; removing those, B, removes them all. With f the probabilities of first entering
 * each state of B, RE = f · h_B / h_s, and f N_BB = N_sB: the formula of order 1 with a block in the place of N_ii.
 */
export function removalEffects(journeys: Journeys, order: Order): Float64Array {
  const chain = chainOf(journeys, order);
  if (order === 1) return bySingleStates(chain);
  return (chain.states <= FULL_UP_TO ? byFullInverse(chain) : byFollowing(chain)).map(clamp);
}

function bySingleStates(chain: Chain): Float64Array {
  const { visits, conversion, returns } = fundamental(chain);
  const whole = dot(chain.start, conversion);
  return Float64Array.from({ length: chain.partners }, (_, i) =>
    whole > 0 ? clamp(((visits[i]! / returns[i]!) * conversion[i]!) / whole) : 0,
  );
}

/** The block formula on the full inverse of I − Q. */
export function byFullInverse(chain: Chain): Float64Array {
  const { states: n, rows, to, probability, start, convert } = chain;
  const inverse = new Float64Array(n * n);
  for (let x = 0; x < n; x += 1) {
    inverse[x * n + x] = 1;
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) inverse[x * n + to[e]!]! -= probability[e]!;
  }
  invertInPlace(inverse, n);
  const visits = new Float64Array(n);
  const conversion = new Float64Array(n);
  for (let x = 0; x < n; x += 1) {
    for (let y = 0; y < n; y += 1) {
      visits[y]! += start[x]! * inverse[x * n + y]!;
      conversion[x]! += inverse[x * n + y]! * convert[y]!;
    }
  }
  const whole = dot(start, conversion);
  const effects = new Float64Array(chain.partners);
  if (whole === 0) return effects;
  for (const [i, block] of blocks(chain).entries()) {
    const b = block.length;
    const within = new Float64Array(b * b);
    for (let k = 0; k < b; k += 1) {
      for (let l = 0; l < b; l += 1) within[k * b + l] = inverse[block[k]! * n + block[l]!]!;
    }
    invertInPlace(within, b);
    let sum = 0;
    for (let k = 0; k < b; k += 1) {
      for (let l = 0; l < b; l += 1) sum += visits[block[k]!]! * within[k * b + l]! * conversion[block[l]!]!;
    }
    effects[i] = sum / whole;
  }
  return effects;
}

/** The states that end in each partner. */
function blocks({ states, partner, partners }: Chain): number[][] {
  const all: number[][] = Array.from({ length: partners }, () => []);
  for (let x = 0; x < states; x += 1) all[partner[x]!]!.push(x);
  return all;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

/** An effect is a share; what rounding leaves outside 0 … 1 is put back. */
function clamp(effect: number): number {
  return Math.min(1, Math.max(0, effect));
}
