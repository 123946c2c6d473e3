import { remainingOrder } from '../commission/order.ts';
import { type Conversion, type ConversionEvent, orderCents } from '../tracking/conversion.ts';

/** A conversion as the API shows it. */
export function conversionAnswer({ returned, open, ...conversion }: Conversion) {
  const items = [...conversion.items];
  return {
    ...conversion,
    items,
    amountCents: orderCents({ ...conversion, items }),
    remainingCents: remainingOrder({ ...conversion, returned }).commissionableCents,
    returned: Object.entries(returned)
      .map(([line, quantity]) => ({ line: Number(line), quantity }))
      .sort((a, b) => a.line - b.line),
    state: open ? ('open' as const) : ('settled' as const),
  };
}

export const eventAnswer = (event: ConversionEvent) =>
  event.kind === 'return' ? { ...event, lines: [...event.lines] } : event;
