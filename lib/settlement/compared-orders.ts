import type { JourneyBuilder } from '../attribution/compare/journeys.ts';
import { OrderTouches } from '../attribution/compare/visits.ts';
import { remainingOrder } from '../commission/order.ts';
import { worthOf } from '../measures/day.ts';
import { epochMs } from '../time.ts';
import { clickOf } from '../tracking/click-id.ts';
import type { Conversion } from '../tracking/conversion.ts';

/** What a partner was really credited with and paid. */
export interface Paid {
  readonly creditBps: number;
  readonly valueCents: number;
  readonly commissionCents: number;
}

/** Orders of the window by what became of them. */
export interface OrderCounts {
  readonly converted: number;
  /** Cancelled, or everything came back: their journeys count among those that did not convert. */
  readonly withdrawn: number;
  /** New or changed: what they earn is not known yet, so they are left out. */
  readonly notSettled: number;
}

/**
 * Collects orders as journeys. A journey is the one that was credited when the order was settled, so a model is compared with what was paid
 * on the very touches it was paid for: joined by click, customer or code, without bots, inside the policy's window. An order that
 * credits nobody is a conversion without a touch. Trials are left out.
 */
export function comparedOrders(builder: JourneyBuilder, currency: string) {
  const touches = new OrderTouches();
  const paid = new Map<string, Paid>();
  const counts = { converted: 0, withdrawn: 0, notSettled: 0 };

  /** Clicks that led to an order are no journeys of their own, whether they were credited or not. */
  function claim(conversion: Conversion): void {
    const orderedMs = epochMs(conversion.occurredAt);
    const click = clickOf(conversion);
    for (const { partnerId, at } of [...journeyOfOrder(conversion), ...(click ? [click] : [])]) {
      touches.push(builder.names.of(partnerId), epochMs(at), orderedMs);
    }
  }

  function add(conversion: Conversion): void {
    const orderedMs = epochMs(conversion.occurredAt);
    const { units, returnedUnits } = remainingOrder(conversion);
    const withdrawn = conversion.cancelled !== undefined || returnedUnits >= units;
    const journey = journeyOfOrder(conversion);
    for (const { partnerId, at } of journey) builder.touch(builder.names.of(partnerId), epochMs(at));
    const shares = worthOf(conversion, currency);
    const valueCents = withdrawn ? 0 : shares.reduce((sum, share) => sum + share.revenueCents, 0);
    builder.conversions.push(withdrawn ? 0 : 1, 0);
    builder.value.push(valueCents, 0);
    builder.end(withdrawn ? 1 : 0, orderedMs);
    counts[withdrawn ? 'withdrawn' : 'converted'] += 1;
    if (!withdrawn) {
      for (const { partnerId, creditBps, revenueCents } of shares) {
        pay(partnerId, { creditBps, valueCents: revenueCents, commissionCents: 0 });
      }
    }
    for (const [partnerId, { cents }] of Object.entries(conversion.posted)) {
      pay(partnerId, { creditBps: 0, valueCents: 0, commissionCents: cents });
    }
  }

  function pay(partnerId: string, more: Paid): void {
    const known = paid.get(partnerId) ?? { creditBps: 0, valueCents: 0, commissionCents: 0 };
    paid.set(partnerId, {
      creditBps: known.creditBps + more.creditBps,
      valueCents: known.valueCents + more.valueCents,
      commissionCents: known.commissionCents + more.commissionCents,
    });
  }

  return {
    /** @param inWindow an order before the window only claims its clicks. */
    take(conversion: Conversion, inWindow: boolean): void {
      if (conversion.test) return;
      claim(conversion);
      if (!inWindow) return;
      if (conversion.open || !conversion.settled) counts.notSettled += 1;
      else add(conversion);
    },
    touches,
    paid: paid as ReadonlyMap<string, Paid>,
    counts: counts as OrderCounts,
  };
}

/** The touches that were credited. An order with one touch, or settled before journeys were kept, has only its credits to tell. */
function journeyOfOrder({ journey, credits = [] }: Conversion): { readonly partnerId: string; readonly at: string }[] {
  const touches = journey ?? credits.map(({ partnerId, touchAt: at }) => ({ partnerId, at }));
  return [...touches].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
