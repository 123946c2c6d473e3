import { epochMs, type Instant } from '../time.ts';
import type { Conversion, ConversionKey } from '../tracking/conversion.ts';
import type { DuplicateOf, Findings } from '../tracking/flags.ts';
import { type OrderMark, traitsOf } from '../tracking/order-mark.ts';

/** An order as the day index tells of it. */
export interface MarkedOrder {
  readonly key: ConversionKey;
  readonly occurredAt: Instant;
  readonly mark: OrderMark;
}

const MINUTE_MS = 60_000;

/** A stretch of time, both ends included. */
export interface Reach {
  readonly from: number;
  readonly to: number;
}

/** The times in which orders may lie that are alike to one of these: so many minutes before and after each, those that meet as one. */
export function reachesOf(orders: readonly Pick<MarkedOrder, 'occurredAt'>[], withinMinutes: number): Reach[] {
  const reach = withinMinutes * MINUTE_MS;
  const reaches: { from: number; to: number }[] = [];
  for (const at of orders.map(({ occurredAt }) => epochMs(occurredAt)).sort((a, b) => a - b)) {
    const last = reaches.at(-1);
    if (last && at - reach <= last.to) last.to = at + reach;
    else reaches.push({ from: at - reach, to: at + reach });
  }
  return reaches;
}

/** For each order, in order, those among others that are alike and at most so many minutes away. An order is not alike to itself. */
export function alike(
  orders: readonly MarkedOrder[],
  others: readonly MarkedOrder[],
  withinMinutes: number,
): MarkedOrder[][] {
  const byTrait = new Map<string, MarkedOrder[]>();
  for (const other of others)
    for (const trait of traitsOf(other.mark)) {
      const known = byTrait.get(trait);
      if (known) known.push(other);
      else byTrait.set(trait, [other]);
    }
  return orders.map((order) => {
    const found = new Map<string, MarkedOrder>();
    for (const trait of traitsOf(order.mark))
      for (const other of byTrait.get(trait) ?? []) {
        const apart = Math.abs(epochMs(other.occurredAt) - epochMs(order.occurredAt));
        if (nameOf(other.key) !== nameOf(order.key) && apart <= withinMinutes * MINUTE_MS)
          found.set(nameOf(other.key), other);
      }
    return [...found.values()];
  });
}

const nameOf = ({ eventType, orderId }: ConversionKey) => `${eventType}#${orderId}`;

type Placed = Pick<Conversion, 'occurredAt' | 'orderId'>;

/** Which of two orders comes first: the one made earlier, of two at the same instant the one whose id sorts first. */
export function precedes(a: Placed, b: Placed): boolean {
  return a.occurredAt === b.occurredAt ? a.orderId < b.orderId : a.occurredAt < b.occurredAt;
}

/**
 * The order that this one may be a repetition of: of those alike that come before it, the first. The same whichever was told first; what
 * was told after the as-of time is not known yet.
 */
export function duplicateOf(
  order: Placed,
  twins: readonly Conversion[],
  withinMinutes: number,
  asOf: Instant,
): DuplicateOf | undefined {
  const before = twins.filter((twin) => twin.receivedAt <= asOf && precedes(twin, order));
  const [first] = before.sort((a, b) => (precedes(a, b) ? -1 : 1));
  return first && { orderId: first.orderId, occurredAt: first.occurredAt, withinMinutes };
}

/**
 * Whether an order that was settled before has to be looked at again because of this one: it comes after, and is flagged as a repetition of
 * nothing, or of an order that comes after this one too.
 */
export function disturbs(order: Placed, twin: Conversion): boolean {
  if (twin.open || !precedes(order, twin)) return false;
  const known = twin.findings?.duplicateOf;
  return !known || precedes(order, known);
}

/** Whether two settlements found the same. */
export function sameFindings(a: Findings = {}, b: Findings = {}): boolean {
  const [one, other] = [a.duplicateOf, b.duplicateOf];
  return (
    a.lateAfterDays === b.lateAfterDays &&
    one?.orderId === other?.orderId &&
    one?.occurredAt === other?.occurredAt &&
    one?.withinMinutes === other?.withinMinutes
  );
}
