import type { Conversion, LineItem } from './conversion.ts';

/** Amounts of lines and orders end here, so that no sum over them leaves exact integers. */
export const MAX_ORDER_CENTS = 1_000_000_000_000;

export function sumOfLines({ items }: { readonly items: readonly LineItem[] }): number {
  return items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents - item.discountCents, 0);
}

/** What an order was worth when it was made: its lines after all discounts, in minor units. */
export const orderCents = (order: Pick<Conversion, 'items' | 'orderDiscountCents'>): number =>
  sumOfLines(order) - order.orderDiscountCents;
