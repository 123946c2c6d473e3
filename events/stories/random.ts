/** A seeded source of chance: the same seed tells the same story on every machine. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** An integer in [low, high]. */
  between(low: number, high: number): number;
  /** True with the given probability. */
  happens(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Picks by weight; weights need not sum to one. */
  weighted<T>(choices: readonly T[], weight: (choice: T, index: number) => number): T;
  bytes(length: number): Uint8Array;
}

/** Mulberry32: 32 bits of state, good enough for stories and fast enough not to be noticed. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    happens: (probability) => next() < probability,
    pick: (choices) => choices[between(0, choices.length - 1)]!,
    weighted: (choices, weight) => {
      const weights = choices.map(weight);
      let left = next() * weights.reduce((sum, w) => sum + w, 0);
      const at = weights.findIndex((w) => {
        left -= w;
        return left < 0;
      });
      return choices[at < 0 ? choices.length - 1 : at]!;
    },
    bytes: (length) => Uint8Array.from({ length }, () => between(0, 255)),
  };
}
