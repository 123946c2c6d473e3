import { remainingOrder } from '../commission/order.ts';
import { allocate, ratio } from '../money.ts';
import { type FxTable, rateIdOf, rateOf } from '../programs/fx-rates.ts';
import type { Conversion, LineItem } from '../tracking/conversion.ts';

/** There is no rate for a conversion's day yet. It is set aside with this reason, and settled once the brand has sent the rate. */
export class NoFxRate extends RangeError {
  constructor(from: string, to: string, day: string) {
    super(`no-fx-rate: no rate from ${from} to ${to} on ${day}; send it with PUT /v1/fx-rates/${day}`);
  }
}

/**
 * An order in the program's currency. Its total is converted once and rounded once, halves to even; its lines share that as they share the
 * total, so they add up to it exactly, whatever their prices. A line then is as many units as before whose price, less a discount that
 * makes good the rest, gives its share; what is left of it after returns follows as for any order.
 *
 * @throws NoFxRate when the day's table is missing or names one of the currencies not.
 * @throws RangeError when the converted amount is too large for exact integers.
 */
export function inCurrency(conversion: Conversion, to: string, day: string, table: FxTable | undefined): Conversion {
  const { currency: from, items } = conversion;
  if (from === to) return conversion;
  const rate = table && rateOf(table, from, to);
  if (!rate) throw new NoFxRate(from, to, day);
  const whole = remainingOrder({ ...conversion, returned: {}, cancelled: undefined });
  const total = ratio(whole.commissionableCents, rate.numerator, rate.denominator);
  const shares = whole.items.map(({ netCents }) => netCents);
  const parts = whole.commissionableCents === 0 ? shares.map(() => 0) : allocate(total, shares);
  const converted = {
    ...conversion,
    currency: to,
    items: items.map((item, at) => worth(item, parts[at]!)),
    orderDiscountCents: 0,
  };
  const exchange = {
    from,
    fromCents: remainingOrder(conversion).commissionableCents,
    to,
    toCents: remainingOrder(converted).commissionableCents,
    rateId: rateIdOf(table),
    rate: rate.text,
  };
  return { ...converted, exchange };
}

/** The line with the same units, worth this. */
function worth(item: LineItem, cents: number): LineItem {
  const unitPriceCents = Math.ceil(cents / item.quantity);
  return { ...item, unitPriceCents, discountCents: unitPriceCents * item.quantity - cents };
}
