import type { Journey } from '../journey.ts';

/** Shares of the first, all middle and the last touch, in basis points. */
export interface PositionWeights {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
}

/**
 * First and last touch take their shares and the touches between them divide the middle's share equally. Two touches have no middle:
 * they share in the proportion of first to last. One touch takes all.
 *
 * Weights are integers in one proportion, not basis points: with n touches the ends are scaled by the n − 2 that share the middle.
 */
export function positionBased(journey: Journey, { first, middle, last }: PositionWeights): number[] {
  const between = journey.length - 2;
  if (between < 0) return journey.map(() => 1);
  if (between === 0) return [first, last];
  return journey.map((_, index) => {
    if (index === 0) return first * between;
    return index === between + 1 ? last * between : middle;
  });
}
