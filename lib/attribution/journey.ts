import { DAY_MS, epochMs, type Instant, instant } from '../time.ts';
import type { SubIds } from '../tracking/sub-ids.ts';
import type { Reason, Verdict } from '../tracking/verdict.ts';
import type { AttributionPolicy } from './policy.ts';

/** How a partner was in touch with a customer. */
export type TouchKind = 'click' | 'code' | 'deal' | 'lead';

/** Any recorded contact that may be credited. */
export interface Touch {
  readonly touchId: string;
  readonly partnerId: string;
  readonly kind: TouchKind;
  /** Link code that a click came through. */
  readonly link?: string;
  /** Coupon code that the customer used. */
  readonly code?: string;
  readonly at: Instant;
  /** What a click was found to be; absent: human. */
  readonly verdict?: Verdict;
  readonly reasons?: readonly Reason[];
  /** The program credited no doubtful click when it came. */
  readonly strict?: true;
  readonly subs?: SubIds;
}

/** The touches before a conversion, oldest first. */
export type Journey = readonly Touch[];

/**
 * A partner's share of one conversion. The credits of a conversion sum to 10,000 or there are none. A share of 0 is an assist: the partner
 * was in the journey, the model left nothing, and the policy pays a bonus for that.
 */
export interface Credit {
  readonly partnerId: string;
  readonly creditBps: number;
  /** Place of the partner's deciding touch among `touches`, counted from 1. */
  readonly position: number;
  readonly touches: number;
  readonly touchAt: Instant;
  /** What the deciding touch was, unless it was a click. */
  readonly kind?: Exclude<TouchKind, 'click'>;
  /** Its link, kept where a commission plan asks for links. */
  readonly link?: string;
}

/**
 * The touches that count for a conversion: at or before it, and no more than the policy's look-back before it (exactly
 * `lookbackDays` × 24 h ago still counts). Oldest first, equal times by touch id, each touch once however often it was delivered.
 *
 * @param daysFor look-back of one touch, where the policy has others for some types of partner.
 */
export function journeyOf(
  touches: Iterable<Touch>,
  occurredAt: Instant,
  { lookbackDays }: Pick<AttributionPolicy, 'lookbackDays'>,
  daysFor: (touch: Touch) => number = () => lookbackDays,
): Journey {
  const orderedMs = epochMs(occurredAt);
  const once = new Map<string, Touch>();
  // Text order is time order, and neighbours mostly share a look-back.
  let days = lookbackDays;
  let earliest = instant(orderedMs - days * DAY_MS);
  for (const touch of touches) {
    const wanted = daysFor(touch);
    if (wanted !== days) {
      days = wanted;
      earliest = instant(orderedMs - days * DAY_MS);
    }
    if (touch.at >= earliest && touch.at <= occurredAt) once.set(touch.touchId, touch);
  }
  return [...once.values()].sort((a, b) => {
    if (a.at !== b.at) return a.at < b.at ? -1 : 1;
    return a.touchId < b.touchId ? -1 : 1;
  });
}

/**
 * The touches that are found now and those that were kept with a conversion when it was settled, so that an order which is settled again
 * after its clicks have gone is shared by the same journey. Codes are never forgotten, so those found are all there are: a kept one that is
 * not among them was taken out of the order.
 */
export function withKept(found: readonly Touch[], kept: Journey = []): readonly Touch[] {
  if (kept.length === 0) return found;
  const known = new Set(found.map(nameOf));
  return [...found, ...kept.filter((touch) => touch.kind !== 'code' && !known.has(nameOf(touch)))];
}

const nameOf = ({ kind, partnerId, at }: Touch) => `${kind} ${partnerId} ${at}`;
