import * as z from 'zod';
import { contract } from './envelope.ts';
import { Count, Currency, conversionFields, InstantText } from './fields.ts';

/** A brand reported an order or another event; whom it credits is decided later. */
export const ConversionReceived = contract(
  'conversion.received',
  z.object({
    ...conversionFields,
    occurredAt: InstantText,
    currency: Currency,
    /** Sum of the lines after all discounts. */
    amountCents: Count,
  }),
);

export const ConversionReturned = contract(
  'conversion.returned',
  z.object({
    ...conversionFields,
    returnId: z.string().min(1),
    occurredAt: InstantText,
    reason: z.string().min(1),
    lines: z.array(z.object({ line: z.int().min(1), quantity: z.int().min(1) })).min(1),
  }),
);

export const ConversionCancelled = contract(
  'conversion.cancelled',
  z.object({ ...conversionFields, occurredAt: InstantText, reason: z.string().min(1) }),
);

/** An order is other than it was reported: which fields; the conversion itself has their values, old and new. */
export const ConversionAmended = contract(
  'conversion.amended',
  z.object({
    ...conversionFields,
    amendmentId: z.string().min(1),
    occurredAt: InstantText,
    reason: z.string().min(1),
    fields: z.array(z.string().min(1)).min(1),
  }),
);
