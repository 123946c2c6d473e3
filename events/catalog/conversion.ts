import * as z from 'zod';
import { contract } from './envelope.ts';
import { Count, Currency, conversionFields, InstantText, idOf } from './fields.ts';

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

/** What settlement flagged an order with changed: for the brand all of it, and for each partner concerned what is theirs to know. */
export const ConversionFlagged = contract(
  'conversion.flagged',
  z.object({
    ...conversionFields,
    occurredAt: InstantText,
    flags: z.array(z.object({ flag: z.string().min(1), reason: z.string().min(1) })),
    /** What it was flagged with before. */
    previous: z.object({ flags: z.array(z.string().min(1)) }),
    partners: z.array(
      z.object({
        partnerId: idOf('partner'),
        flags: z.array(z.object({ flag: z.string().min(1), reason: z.string().min(1) })),
      }),
    ),
  }),
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
