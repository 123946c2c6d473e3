import { randomBytes } from 'node:crypto';

/** A source of random bytes, passed in so that tests and replays can seed it. */
export type Entropy = (bytes: number) => Uint8Array;

/** The only place that draws true randomness. */
export const systemEntropy: Entropy = (bytes) => randomBytes(bytes);
