import * as z from 'zod';
import { addDays, dayIn, monthOf, startOfDay } from '../calendar.ts';
import { format } from '../money.ts';
import { GroupField, PartnerId } from '../partners/partner.ts';
import { CentsField, InstantField } from '../programs/program.ts';
import type { Instant } from '../time.ts';

export const CAP_MEASURES = ['clicks', 'conversions', 'payout', 'revenue'] as const;
export const CAP_WINDOWS = ['day', 'week', 'month', 'total'] as const;

/** Whose clicks, conversions or money count together. */
export const CapScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('program') }),
  z.strictObject({ kind: z.literal('partner'), partnerId: PartnerId }),
  z.strictObject({ kind: z.literal('group'), group: GroupField }),
]);
export type CapScope = z.infer<typeof CapScope>;

/** A limit on what a program, a group or a partner may bring in a stretch of time. */
export const NewCap = z.strictObject({
  scope: CapScope.describe('The whole program, one partner, or the partners of one group at the time of the order'),
  measure: z.enum(CAP_MEASURES).describe('`payout`: commission posted; `revenue`: orders after discounts and returns'),
  window: z
    .enum(CAP_WINDOWS)
    .describe('In the program’s time zone; weeks begin on Monday. Orders count by the time of the order'),
  limit: CentsField.describe('A number of clicks or conversions; minor units for payout and revenue'),
  hard: z.boolean().default(true).describe('Past a hard cap nothing is earned; a soft one only tells'),
  startsAt: InstantField.optional().describe(
    'First instant that counts; the time of the request when left out, never earlier',
  ),
  endsAt: InstantField.optional().describe('The instant before which it ends'),
});
export type NewCap = z.infer<typeof NewCap>;

/** Scope, measure, window and start never change, so what was counted stays counted alike; the limit may. */
export interface Cap extends NewCap {
  readonly brandId: string;
  readonly programId: string;
  readonly capId: string;
  readonly startsAt: Instant;
  readonly createdAt: Instant;
}

/**
 * The window of a cap in which an instant lies: `2026-03-29`, `W2026-03-23` (its Monday), `2026-03`, `total`. None when the cap is not in
 * force then.
 */
export function windowAt(
  { window, startsAt, endsAt }: Pick<Cap, 'window' | 'startsAt' | 'endsAt'>,
  at: Instant,
  timeZone: string,
): string | undefined {
  if (at < startsAt || (endsAt !== undefined && at >= endsAt)) return undefined;
  if (window === 'total') return 'total';
  const day = dayIn(at, timeZone);
  if (window === 'day') return day;
  if (window === 'month') return monthOf(day);
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return `W${addDays(day, -sinceMonday)}`;
}

/** The first instant after a window; none for all time. */
export function windowEnd(window: string, timeZone: string): Instant | undefined {
  if (window === 'total') return undefined;
  const next = window.startsWith('W')
    ? addDays(window.slice(1), 7)
    : window.length > MONTH_LENGTH
      ? addDays(window, 1)
      : `${monthOf(addDays(`${window}-28`, 7))}-01`;
  return startOfDay(next, timeZone);
}
const MONTH_LENGTH = '2026-03'.length;

/** How full a window is, as far as anybody is told: at 90 %, and at 100 % or when something was turned away. */
export type CapLevel = 0 | 90 | 100;

export function levelOf({ used, limit, turned }: { used: number; limit: number; turned?: boolean }): CapLevel {
  if (turned || used >= limit) return 100;
  return used * 10 >= limit * 9 ? 90 : 0;
}

const A_WINDOW = { day: 'a day', week: 'a week', month: 'a month', total: 'in all' } as const;

/** A cap in words: `3 conversions a day of ptr_…`. */
export function capWords(
  { scope, measure, window, limit }: Pick<Cap, 'scope' | 'measure' | 'window' | 'limit'>,
  currency: string,
): string {
  const amount =
    measure === 'payout' || measure === 'revenue' ? `${format(limit, currency)} ${measure}` : `${limit} ${measure}`;
  const whose =
    scope.kind === 'program'
      ? 'of the program'
      : scope.kind === 'partner'
        ? `of ${scope.partnerId}`
        : `of group ${scope.group}`;
  return `${amount} ${A_WINDOW[window]} ${whose}`;
}
