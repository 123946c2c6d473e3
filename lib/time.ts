/** A moment in UTC as stored and exchanged: ISO 8601 with milliseconds, so text order is time order. */
export type Instant = string;

export const DAY_MS = 86_400_000;

/** Epoch milliseconds as an {@link Instant}. */
export function instant(epochMs: number): Instant {
  return new Date(epochMs).toISOString();
}

/** The UTC day of an {@link Instant}: `2026-03-29`. */
export const utcDay = (at: Instant): string => at.slice(0, 10);

/** Epoch milliseconds of an {@link Instant}. */
export function epochMs(at: Instant): number {
  return Date.parse(at);
}
