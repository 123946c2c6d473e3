import type { Journey } from '../journey.ts';

/** Every touch weighs the same, so a partner who was there twice gets twice as much as one who was there once. */
export function linear(journey: Journey): number[] {
  return journey.map(() => 1);
}
