import { epochMs, type Instant, instant } from '../../time.ts';
import type { ItemMove } from '../move-item.ts';
import type { PayoutItem } from '../run.ts';
import type { BatchRecord, ItemReport } from './provider.ts';

const DAY_MS = 86_400_000;

/** While payments are under way the schedule asks once a day; between one run of it and the next there is a little less than a day. */
const ASK_AGAIN_MS = DAY_MS / 2;

/** Days after which a payment that is still under way is a person's matter: PayPal gives an unclaimed one back after 30. */
export const OVERDUE_DAYS = 40;

/** Days after the end at which the provider is asked whether a payment came back. Banks return within weeks, most within days. */
const WATCH_DAYS = [1, 3, 7, 14, 30, 60] as const;

/** Seconds between the rounds in which one execution asks; after the last it ends, and the schedule goes on. */
export const ROUND_WAITS = [30, 120, 600, 1800] as const;

/**
 * What a provider's word does to an item; nothing when it is there already or waits.
 *
 * @param timeZone the program's, in which the day is told on which a payment that came back had been made.
 * @returns `contradiction` when the provider says it paid what is failed and payable again here, which no journal may mend by itself.
 */
export function moveBy(
  { status }: Pick<PayoutItem, 'status'>,
  { state, words, reference }: ItemReport,
  timeZone: string,
): ItemMove | 'contradiction' | undefined {
  if (state === 'waiting') return undefined;
  if (state === 'paid') {
    if (status === 'sent') return { to: 'settled', reference };
    return status === 'failed' || status === 'released' ? 'contradiction' : undefined;
  }
  if (status === 'sent') return { to: 'failed', why: words };
  return status === 'settled' ? { to: 'returned', why: words, timeZone } : undefined;
}

/** A batch after its items were looked at: when the provider is to be asked again, if at all. */
export function afterLook(
  record: BatchRecord,
  items: readonly Pick<PayoutItem, 'status'>[],
  now: Instant,
): Pick<BatchRecord, 'state' | 'endedAt' | 'dueAt'> {
  const open = items.some(({ status }) => status === 'reserved' || status === 'sent');
  if (open) return { state: 'open', endedAt: undefined, dueAt: instant(epochMs(now) + ASK_AGAIN_MS) };
  const endedAt = record.endedAt ?? now;
  const settled = items.some(({ status }) => status === 'settled');
  const next =
    settled && record.providerId !== undefined ? WATCH_DAYS.find((days) => after(endedAt, days) > now) : undefined;
  if (next === undefined) return { state: 'done', endedAt, dueAt: undefined };
  return { state: 'watched', endedAt, dueAt: after(endedAt, next) };
}

/** Whether payments of a batch are under way for longer than any provider takes. */
export const isOverdue = ({ state, sentAt }: BatchRecord, now: Instant): boolean =>
  state === 'open' && sentAt !== undefined && after(sentAt, OVERDUE_DAYS) < now;

const after = (at: Instant, days: number): Instant => instant(epochMs(at) + days * DAY_MS);
