import * as z from 'zod';
import { InstantField, ProgramId } from '../programs/program.ts';
import { DAY_MS, epochMs, type Instant, instant } from '../time.ts';
import { ClickIdField, CustomerId } from './conversion.ts';

/** What a brand says when a customer whom it knows (a log-in, a sign-up, a checkout) came with a click. */
export const Identification = z.strictObject({
  programId: ProgramId,
  clickId: ClickIdField.describe('As it stood in the landing page’s address'),
  customerId: CustomerId,
  occurredAt: InstantField.optional().describe(
    'When the customer was recognised; the time of the request when left out',
  ),
});
export type Identification = z.infer<typeof Identification>;

/** When a visitor was first and last known to be a customer. */
export interface Seen {
  readonly first: Instant;
  readonly last: Instant;
}

/** The browsers in which a customer of a program was recognised, by visitor. */
export type Visitors = Readonly<Record<string, Seen>>;

/** A person's phones, computers and browsers of one look-back window; more is a shared account or a programming error. */
export const MOST_VISITORS = 20;

/** Brands often report the log-in of a checkout a moment after the order. */
const AFTER_ORDER_MS = 3_600_000;

/**
 * A customer's visitors with one more recognition; the very same object when nothing changes. Recognitions may arrive in any order and
 * any number of times: the earliest and the latest time win. The latest is kept to the day, so that a customer who logs in all day long
 * costs one write. Past {@link MOST_VISITORS} the visitors that were not seen for longest are forgotten.
 */
export function recognised(known: Visitors, visitor: string, at: Instant): Visitors {
  const before = known[visitor];
  const first = before && before.first <= at ? before.first : at;
  const last = before && epochMs(at) < epochMs(before.last) + DAY_MS ? before.last : at;
  if (before && first === before.first && last === before.last) return known;
  const all = Object.entries({ ...known, [visitor]: { first, last } });
  all.sort(([a, x], [b, y]) => (x.last === y.last ? (a < b ? -1 : 1) : x.last > y.last ? -1 : 1));
  return Object.fromEntries(all.slice(0, MOST_VISITORS));
}

/**
 * The visitors whose clicks belong to a customer's order: those recognised before it, or within an hour after. What is learned later
 * changes no order of the past.
 */
export function visitorsAt(known: Visitors, orderedAt: Instant): string[] {
  const latest = instant(epochMs(orderedAt) + AFTER_ORDER_MS);
  return Object.keys(known)
    .filter((visitor) => known[visitor]!.first <= latest)
    .sort();
}
