import type { Journey } from '../journey.ts';

/** The first touch takes the whole conversion. */
export function firstTouch(journey: Journey): number[] {
  return journey.map((_, index) => (index === 0 ? 1 : 0));
}
