const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds before each attempt, the first included: the schedule that Standard Webhooks recommends, three days in all. */
export const WAITS_MS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** By how much a wait may be longer, so that what failed together does not come back together. It is never shorter. */
const SPREAD = 0.1;

/**
 * When the next attempt is due, after `made` attempts of which the last ended at `nowMs`; nothing when there is none left.
 * @param jitter from 0 up to 1, drawn by the caller.
 */
export function nextAttemptMs(made: number, nowMs: number, jitter: number): number | undefined {
  const wait = WAITS_MS[made];
  return wait === undefined ? undefined : nowMs + Math.ceil(wait * (1 + SPREAD * jitter));
}

/** An endpoint that took nothing for so long is switched off. Shorter than the schedule, so one unanswered event suffices. */
export const FAILING_MS = 72 * HOUR;
