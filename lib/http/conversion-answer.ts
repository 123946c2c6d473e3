import { remainingOrder } from '../commission/order.ts';
import type { Conversion, ConversionEvent, OrderState } from '../tracking/conversion.ts';
import { flagsOf } from '../tracking/flags.ts';
import { orderCents } from '../tracking/order-amount.ts';

/** A conversion as the API shows it. */
export function conversionAnswer({ returned, open, couponCodes, mark: _, findings, ...conversion }: Conversion) {
  const items = [...conversion.items];
  return {
    ...conversion,
    items,
    ...(couponCodes && { couponCodes: [...couponCodes] }),
    amountCents: orderCents({ ...conversion, items }),
    remainingCents: remainingOrder({ ...conversion, returned }).commissionableCents,
    returned: Object.entries(returned)
      .map(([line, quantity]) => ({ line: Number(line), quantity }))
      .sort((a, b) => a.line - b.line),
    flags: flagsOf({ ...conversion, findings }),
    state: open ? ('open' as const) : ('settled' as const),
  };
}

/** Something that happened to a conversion, as the API shows it. */
export function eventAnswer(event: ConversionEvent) {
  if (event.kind === 'return') return { ...event, lines: [...event.lines] };
  if (event.kind === 'amendment') return { ...event, set: shown(event.set), was: shown(event.was) };
  return event;
}

const shown = ({ items, couponCodes, ...others }: Partial<OrderState>) => ({
  ...others,
  ...(items && { items: [...items] }),
  ...(couponCodes && { couponCodes: [...couponCodes] }),
});
