import { createHash } from 'node:crypto';
import { PREFIXES, toBase32 } from '../ids.ts';
import { epochMs, type Instant, instant } from '../time.ts';
import type { Notice, NoticeType } from './notices.ts';
import { nextAttemptMs, WAITS_MS } from './retry.ts';

/** One attempt to hand an event over, and what came of it. */
export interface Attempt {
  readonly at: Instant;
  /** HTTP status of the answer; absent when none came. */
  readonly status?: number;
  /** Why it did not count as taken. */
  readonly reason?: string;
  readonly tookMs: number;
}

/** Where a delivery stands. `dead`: it will not be tried again unless somebody replays it. */
export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** An event on its way to one webhook. */
export interface Delivery {
  readonly brandId: string;
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly partnerId?: string | undefined;
  readonly eventId: string;
  readonly type: NoticeType;
  /** When the event happened. */
  readonly at: Instant;
  /** What is told, as JSON text. */
  readonly body: string;
  readonly state: DeliveryState;
  /** Attempts since it was made or last replayed. */
  readonly made: number;
  /** When the next attempt is due, epoch milliseconds; of a pending delivery. */
  readonly dueAtMs: number;
  readonly attempts: readonly Attempt[];
  /** First characters of the last answer's body. */
  readonly response?: string | undefined;
  readonly createdAt: Instant;
}

/** Attempts that a delivery keeps: those of a whole schedule and of a replay after it. */
export const MOST_ATTEMPTS = 2 * WAITS_MS.length;
/** Characters of a response that are kept. */
export const RESPONSE_CHARACTERS = 500;

const CHARACTERS = 26;
export const DELIVERY_ID = new RegExp(`^${PREFIXES.delivery}_[0-9abcdefghjkmnpqrstvwxyz]{${CHARACTERS}}$`);

/** An event's delivery to a webhook: the same two give the same id. It begins with the event's time, so ids sort by it. */
export function deliveryIdOf(webhookId: string, { id, at }: Pick<Notice, 'id' | 'at'>): string {
  const digest = createHash('sha256').update(`${webhookId}\u0000${id}`).digest();
  const tail = toBase32(BigInt(`0x${digest.subarray(0, 10).toString('hex')}`), CHARACTERS - 10);
  return `${PREFIXES.delivery}_${toBase32(BigInt(epochMs(at)), 10)}${tail}`;
}

/** What an attempt came to. `gone`: the receiver wants nothing any more (410). */
export type Verdict = 'taken' | 'failed' | 'gone';

/** Any 2xx is a yes. */
export const verdictOf = (status: number | undefined): Verdict =>
  status === undefined ? 'failed' : status >= 200 && status < 300 ? 'taken' : status === 410 ? 'gone' : 'failed';

/** How a delivery stands after an attempt that ended at `nowMs`; the one rule of the schedule. */
export function afterAttempt(
  { made }: Pick<Delivery, 'made'>,
  verdict: Verdict,
  nowMs: number,
  jitter: number,
): { readonly state: DeliveryState; readonly made: number; readonly dueAtMs: number } {
  if (verdict !== 'failed')
    return { state: verdict === 'taken' ? 'delivered' : 'dead', made: made + 1, dueAtMs: nowMs };
  const dueAtMs = nextAttemptMs(made + 1, nowMs, jitter);
  return { state: dueAtMs === undefined ? 'dead' : 'pending', made: made + 1, dueAtMs: dueAtMs ?? nowMs };
}

/** SQS holds a message back for so long at most. What is due later waits in the table for the sweep. */
export const LONGEST_DELAY_MS = 15 * 60_000;
/** How long a message may take to be worked on before the sweep supposes that it is lost and sends another. */
const LOST_AFTER_MS = 30 * 60_000;

/** Seconds a message is held back so that it arrives no earlier than due; nothing when the queue cannot hold it so long. */
export function delaySeconds(dueAtMs: number, nowMs: number): number | undefined {
  const wait = Math.max(0, dueAtMs - nowMs);
  return wait <= LONGEST_DELAY_MS ? Math.min(900, Math.ceil(wait / 1000)) : undefined;
}

/** When the sweep has to look at a pending delivery: in time to queue it, or, when a message is on its way, once that must be lost. */
export function lookAt(dueAtMs: number, nowMs: number): Instant {
  return instant(delaySeconds(dueAtMs, nowMs) === undefined ? dueAtMs : Math.max(dueAtMs, nowMs) + LOST_AFTER_MS);
}
