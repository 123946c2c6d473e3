import { epochMs } from '../../time.ts';
import type { Journey } from '../journey.ts';

const HOUR_MS = 3_600_000;
/** Weight of the newest touch. A thousand of them, times 10,000 basis points, stay exact. */
const UNIT = 2 ** 36;

/**
 * A touch weighs half for every half-life that it is older than the newest one: 2^(−age ÷ half-life).
 *
 * Weights are integers, 2^36 for the newest touch, rounded; a touch more than 37 half-lives older weighs nothing. Whole half-lives are exact.
 * The part of one is computed with products and sums alone, which IEEE 754 rounds the same everywhere, so the same journey always gives
 * the same weights: `Math.pow` promises no such thing.
 */
export function timeDecay(journey: Journey, halfLifeHours: number): number[] {
  const last = journey.at(-1);
  if (!last) return [];
  const halfLifeMs = halfLifeHours * HOUR_MS;
  const newestMs = epochMs(last.at);
  return journey.map(({ at }) => {
    const ageMs = newestMs - epochMs(at);
    const rest = ageMs % halfLifeMs;
    const halvings = (ageMs - rest) / halfLifeMs;
    return halvings > 37 ? 0 : Math.round((UNIT / 2 ** halvings) * half(rest / halfLifeMs));
  });
}

/** 2^−x for x from 0 up to 1, by the series of e^(−x ln 2), to the last bit or two of a double. */
function half(x: number): number {
  const y = -x * Math.LN2;
  let sum = 1;
  for (let term = 18; term >= 1; term -= 1) sum = 1 + (y * sum) / term;
  return sum;
}
