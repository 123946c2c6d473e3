import { allocate, portion } from '../money.ts';
import type { Conversion, LineItem } from '../tracking/conversion.ts';

/** What is left of one line of an order after discounts and returns. */
export interface RemainingItem {
  readonly item: LineItem;
  /** Units that were not returned. */
  readonly units: number;
  /** Commissionable amount: units × price, less the line's discount and its share of the order's discount. */
  readonly netCents: number;
}

/** What partners may share in: the whole order, whoever is credited. */
export interface RemainingOrder {
  readonly items: readonly RemainingItem[];
  readonly commissionableCents: number;
  /** Units ordered and units that came back, over all lines. */
  readonly units: number;
  readonly returnedUnits: number;
}

type OrderFacts = Pick<Conversion, 'items' | 'orderDiscountCents' | 'returned' | 'cancelled'>;

/** Units that came back; a cancelled order counts only what was really returned. */
export function returnedUnits({ items, returned }: Pick<Conversion, 'items' | 'returned'>): number {
  let units = 0;
  for (const line in returned) units += Math.min(returned[line]!, items[Number(line) - 1]?.quantity ?? 0);
  return units;
}

/**
 * What is left of an order. The order's discount is shared over the lines by their amounts. A return takes the returned units' part
 * of the line's net amount, so it depends on how many units came back in all and not on how many returns told us; a line of which
 * everything came back is worth exactly 0. A cancelled order is worth nothing.
 *
 * @throws RangeError when a line is too large for exact integers.
 */
export function remainingOrder({ items, orderDiscountCents, returned, cancelled }: OrderFacts): RemainingOrder {
  let units = 0;
  const amounts = items.map((item) => {
    units += item.quantity;
    return item.quantity * item.unitPriceCents - item.discountCents;
  });
  if (!amounts.every(Number.isSafeInteger)) throw new RangeError('a line of the order is too large for exact integers');
  const discounts = orderDiscountCents > 0 ? allocate(orderDiscountCents, amounts) : undefined;
  let commissionableCents = 0;
  const remaining = items.map((item, index) => {
    const sold = amounts[index]! - (discounts?.[index] ?? 0);
    const left = cancelled ? 0 : item.quantity - Math.min(returned[index + 1] ?? 0, item.quantity);
    const netCents = left === item.quantity ? sold : portion(sold, left, item.quantity);
    commissionableCents += netCents;
    return { item, units: left, netCents };
  });
  return { items: remaining, commissionableCents, units, returnedUnits: returnedUnits({ items, returned }) };
}
