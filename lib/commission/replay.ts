import { inForceAt } from '../programs/program.ts';
import { type AccrueInput, accrueByLine, type DetailedAccrual } from './accrue.ts';
import { Book, type BookedOrder, placeOf } from './book.ts';
import { needsOf } from './facts.ts';
import type { PlanVersion } from './plan.ts';

/** An order to be priced with its history: what `accrue` takes, less what a book and the versions know. */
export type ReplayedOrder = BookedOrder & Pick<AccrueInput, 'partners' | 'policy'>;

export interface Repriced<Order extends ReplayedOrder = ReplayedOrder> {
  readonly order: Order;
  readonly plan: PlanVersion;
  readonly accruals: readonly DetailedAccrual[];
}

export interface ReplayTerms extends Pick<AccrueInput, 'terms' | 'timeZone'> {
  readonly plans: readonly PlanVersion[];
  /** Pass over orders that cannot be computed instead of stopping at them. */
  readonly lenient?: boolean;
}

/**
 * Prices orders with each other as their history, each under the plan in force when it was made. The answer is by time of the order and
 * does not depend on the order in which they are given.
 *
 * @throws RangeError when there is no plan, or an order cannot be computed.
 */
export function replay<Order extends ReplayedOrder>(
  orders: readonly Order[],
  { plans, terms, timeZone, lenient = false }: ReplayTerms,
): { readonly book: Book; readonly repriced: Repriced<Order>[] } {
  const book = new Book(timeZone);
  for (const order of orders) book.enter(order);
  const inTime = [...orders].sort((a, b) => (placeOf(a.conversion) < placeOf(b.conversion) ? -1 : 1));
  const price = (order: Order): Repriced<Order> => {
    const { conversion, credits, partners, policy } = order;
    const plan = inForceAt(plans, conversion.occurredAt);
    if (!plan) throw new RangeError('there is no commission plan');
    const facts = needsOf(plan.plan).length > 0 ? book.facts(order, plan) : {};
    const accruals = accrueByLine({ conversion, credits, partners, policy, plan, terms, timeZone, facts });
    book.keep(conversion, plan, accruals, facts);
    return { order, plan, accruals };
  };
  const repriced = inTime.flatMap((order) => {
    try {
      return [price(order)];
    } catch (error) {
      if (lenient && error instanceof RangeError) return [];
      throw error;
    }
  });
  return { book, repriced };
}
