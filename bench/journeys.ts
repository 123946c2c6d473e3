import type { Journeys } from '../lib/attribution/compare/journeys.ts';

/** Types of partner by how often a journey that ends with one converts, and how common they are. */
const TYPES = [
  { type: 'content', converts: 0.08 },
  { type: 'coupon', converts: 0.2 },
  { type: 'creator', converts: 0.09 },
  { type: 'cashback', converts: 0.22 },
  { type: 'technology', converts: 0.06 },
  { type: 'referral', converts: 0.14 },
  { type: 'co-marketing', converts: 0.07 },
  { type: 'reseller', converts: 0.12 },
] as const;
const MONTH_MS = 30 * 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);

function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Seeded journeys as a busy program sees them: partners by Zipf 1.1, length 1 + Geometric(0.4) up to 30 (mean 2.5), 15 % of touches repeat the
 * one before, the last is drawn again from coupon and cashback partners with probability 0.35, conversion by the last partner's type,
 * value lognormal with median 60.00 in cents, all within 30 days.
 */
export function journeysOf(count: number, partners = 1000, seed = 20261): Journeys {
  const next = uniform(seed);
  const cumulative = new Float64Array(partners);
  let sum = 0;
  for (let p = 0; p < partners; p += 1) {
    sum += (p + 1) ** -1.1;
    cumulative[p] = sum;
  }
  const zipf = (sums: Float64Array) => {
    const mark = next() * sums[sums.length - 1]!;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < mark) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const closers = Uint32Array.from({ length: partners }, (_, p) => p).filter((p) => {
    const { type } = TYPES[p % TYPES.length]!;
    return type === 'coupon' || type === 'cashback';
  });
  let closing = 0;
  const closerSums = Float64Array.from(closers, (p) => {
    closing += (p + 1) ** -1.1;
    return closing;
  });

  const starts = new Uint32Array(count + 1);
  const touches: number[] = [];
  const times: number[] = [];
  const ends = new Float64Array(count);
  const conversions = new Float64Array(count);
  const value = new Float64Array(count);
  const nulls = new Float64Array(count);
  const ages = new Float64Array(30);
  let [converted, worth] = [0, 0];
  for (let j = 0; j < count; j += 1) {
    let length = 1;
    while (length < 30 && next() >= 0.4) length += 1;
    const end = START_MS + next() * MONTH_MS;
    const mine = ages.subarray(0, length);
    for (let t = 0; t < length; t += 1) mine[t] = -Math.log(1 - next()) * 3 * 86_400_000;
    mine.sort();
    let partner = 0;
    for (let t = 0; t < length; t += 1) {
      if (t === length - 1 && next() < 0.35) partner = closers[zipf(closerSums)]!;
      else if (t === 0 || next() >= 0.15) partner = zipf(cumulative);
      touches.push(partner);
      times.push(Math.floor(end - mine[length - 1 - t]!));
    }
    starts[j + 1] = touches.length;
    ends[j] = Math.floor(end);
    if (next() < TYPES[partner % TYPES.length]!.converts) {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      conversions[j] = 1;
      value[j] = Math.round(6000 * Math.exp(0.8 * normal));
      converted += 1;
      worth += value[j]!;
    } else nulls[j] = 1;
  }
  return {
    partners: Array.from({ length: partners }, (_, p) => `partner-${p}`),
    count,
    starts,
    touches: Uint32Array.from(touches),
    times: Float64Array.from(times),
    ends,
    conversions: { units: conversions, digits: 0, total: BigInt(converted) },
    value: { units: value, digits: 2, total: BigInt(worth) },
    nulls,
  };
}
