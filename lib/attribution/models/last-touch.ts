import type { Journey } from '../journey.ts';

/** The last touch takes the whole conversion. Weights stand beside the touches of the journey. */
export function lastTouch(journey: Journey): number[] {
  return journey.map((_, index) => (index === journey.length - 1 ? 1 : 0));
}
