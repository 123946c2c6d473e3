import type { Day } from '../calendar.ts';
import { dayIn, startOfDay } from '../calendar.ts';
import { placeOf } from './book.ts';
import type { PlanVersion } from './plan.ts';
import { type ReplayedOrder, type ReplayTerms, type Repriced, replay } from './replay.ts';

/** What some orders earn under the plans in force and under a draft. */
export interface Sums {
  /** Orders with a difference. */
  readonly orders: number;
  readonly beforeCents: number;
  readonly afterCents: number;
  readonly differenceCents: number;
}

export interface Simulation {
  /** Orders of the window that were priced. */
  readonly orders: number;
  readonly total: Sums;
  readonly partners: readonly (Sums & { readonly partnerId: string })[];
  readonly types: readonly (Sums & { readonly type: string })[];
  readonly rules: readonly (Sums & { readonly rule: string })[];
}

/** The most partners told one by one; the others are in the total. */
const MOST_PARTNERS = 100;

/** Sums before and after by name, and the orders in which they differ. */
class Ledgers {
  readonly #before = new Map<string, Map<string, number>>();
  readonly #after = new Map<string, Map<string, number>>();

  add(side: 'before' | 'after', name: string, order: string, cents: number): void {
    const sums = side === 'before' ? this.#before : this.#after;
    const orders = sums.get(name) ?? new Map<string, number>();
    orders.set(order, (orders.get(order) ?? 0) + cents);
    sums.set(name, orders);
  }

  names(): string[] {
    return [...new Set([...this.#before.keys(), ...this.#after.keys()])].sort();
  }

  sums(name: string): Sums {
    const [before, after] = [this.#before.get(name) ?? new Map(), this.#after.get(name) ?? new Map()];
    const sum = (orders: ReadonlyMap<string, number>) =>
      [...orders.values()].reduce((total, cents) => total + cents, 0);
    const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
      (order) => (before.get(order) ?? 0) !== (after.get(order) ?? 0),
    );
    const [beforeCents, afterCents] = [sum(before), sum(after)];
    return { orders: differing.length, beforeCents, afterCents, differenceCents: afterCents - beforeCents };
  }
}

/**
 * Prices the same orders under the plans in force and as if the draft had begun with the window. Orders outside the window are history: they
 * count for tiers and customers under both, and are not told; what they earned, pinned or were paid once before the window is by the plans
 * that were in force then, as it would be if the draft were adopted.
 */
export function simulate(
  orders: readonly ReplayedOrder[],
  draft: PlanVersion['plan'],
  { from, to, ...terms }: ReplayTerms & { readonly from: Day; readonly to: Day },
): Simulation {
  const inWindow = ({ order }: Repriced) => {
    const day = dayIn(order.conversion.occurredAt, terms.timeZone);
    return from <= day && day <= to;
  };
  const total = new Ledgers();
  const partners = new Ledgers();
  const types = new Ledgers();
  const rules = new Ledgers();
  const count = (side: 'before' | 'after', priced: readonly Repriced[]) => {
    for (const { order, accruals } of priced) {
      const { eventType, orderId } = order.conversion;
      const name = `${eventType} ${orderId}`;
      for (const { partnerId, totalCents, parts } of accruals) {
        total.add(side, '', name, totalCents);
        partners.add(side, partnerId, name, totalCents);
        types.add(side, order.partners.get(partnerId)?.type ?? 'unknown', name, totalCents);
        for (const { rule, cents } of parts) rules.add(side, rule, name, cents);
      }
    }
  };
  const before = replay(orders, { ...terms, lenient: true }).repriced.filter(inWindow);
  const begin = startOfDay(from, terms.timeZone);
  const earlier = terms.plans.filter(({ effectiveFrom }) => effectiveFrom < begin);
  const drafted = {
    version: Math.max(0, ...earlier.map(({ version }) => version)) + 1,
    effectiveFrom: begin,
    plan: draft,
  };
  const after = replay(orders, { ...terms, plans: [...earlier, drafted], lenient: true }).repriced.filter(inWindow);
  // What only one of them can price would look like money won or lost.
  const compared = sharedBy(before, after);
  count('before', compared(before));
  count('after', compared(after));
  const bySize = (a: Sums, b: Sums) => Math.abs(b.differenceCents) - Math.abs(a.differenceCents);
  return {
    orders: compared(after).length,
    total: total.sums(''),
    partners: partners
      .names()
      .map((partnerId) => ({ partnerId, ...partners.sums(partnerId) }))
      .sort(bySize)
      .slice(0, MOST_PARTNERS),
    types: types.names().map((type) => ({ type, ...types.sums(type) })),
    rules: rules.names().map((rule) => ({ rule, ...rules.sums(rule) })),
  };
}

/** Leaves of either the orders that both have. */
function sharedBy(...both: readonly (readonly Repriced[])[]): (some: readonly Repriced[]) => readonly Repriced[] {
  const places = both.map((some) => new Set(some.map(({ order }) => placeOf(order.conversion))));
  return (some) => some.filter(({ order }) => places.every((each) => each.has(placeOf(order.conversion))));
}
