import * as z from 'zod';
import { CentsField, CurrencyField, InstantField, ProgramId } from '../programs/program.ts';
import type { Instant } from '../time.ts';

/** Part of a key, so no separator and no control characters. */
const keyPart = (max: number) =>
  z
    .string()
    .regex(new RegExp(`^[^#\\p{C}]{1,${max}}$`, 'u'), `must be 1 to ${max} characters without # or control characters`);

export const OrderId = keyPart(120);
export const EventType = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be kebab-case, e.g. sale or lead');
export const ClickIdField = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be a click id as it stood in the landing page’s address');

/** One line of an order. Prices are net of tax; tax and shipping are never part of a line. */
export const LineItem = z
  .strictObject({
    sku: z.string().trim().min(1).max(64),
    category: z.string().trim().min(1).max(60).optional(),
    quantity: z.int().min(1).max(100_000),
    unitPriceCents: CentsField,
    /** Discount on the whole line. */
    discountCents: CentsField.default(0),
  })
  .refine((item) => item.discountCents <= item.quantity * item.unitPriceCents, {
    path: ['discountCents'],
    message: 'must not exceed quantity times unit price',
  });
export type LineItem = z.infer<typeof LineItem>;

/** What a brand reports. Natural key: program, event type, order id. */
export const ConversionReport = z
  .strictObject({
    programId: ProgramId,
    eventType: EventType.default('sale'),
    orderId: OrderId,
    /** When the customer ordered; the time of the request when left out. */
    occurredAt: InstantField.optional(),
    currency: CurrencyField,
    items: z.array(LineItem).min(1).max(100),
    /** Discount on the whole order, shared over the lines by their amounts. */
    orderDiscountCents: CentsField.default(0),
    clickId: ClickIdField.optional(),
    customerId: keyPart(120).optional(),
    customerStatus: z.enum(['new', 'returning']).optional(),
    couponCode: z.string().trim().min(1).max(40).optional(),
  })
  .refine(
    (report) =>
      report.orderDiscountCents <=
      report.items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents - item.discountCents, 0),
    {
      path: ['orderDiscountCents'],
      message: 'must not exceed the sum of the lines',
    },
  );
export type ConversionReport = z.infer<typeof ConversionReport>;

export const RETURN_REASONS = [
  'returned',
  'not-delivered',
  'order-error',
  'fraud',
  'chargeback',
  'test-order',
  'other',
] as const;

/** Items that came back. Natural key: the conversion and `returnId`. */
export const ReturnReport = z.strictObject({
  returnId: keyPart(80),
  occurredAt: InstantField.optional(),
  /** `line` counts the order's items from 1. */
  lines: z
    .array(z.strictObject({ line: z.int().min(1).max(100), quantity: z.int().min(1).max(100_000) }))
    .min(1)
    .max(100)
    .refine((lines) => new Set(lines.map(({ line }) => line)).size === lines.length, 'each line may stand once'),
  reason: z.enum(RETURN_REASONS).default('returned'),
});
export type ReturnReport = z.infer<typeof ReturnReport>;

export const CancellationReport = z.strictObject({
  occurredAt: InstantField.optional(),
  reason: z.enum(RETURN_REASONS).default('order-error'),
});
export type CancellationReport = z.infer<typeof CancellationReport>;

/** What was posted for one partner of a conversion so far. */
export interface Posted {
  readonly cents: number;
  /** Day (program's time zone) from which it is payable, fixed at the first posting. */
  readonly matures: string;
  /** Units of the order that had come back when this was posted; more now means the change is a return. */
  readonly returnedUnits: number;
}

/** A conversion as the rules see it: what was reported, what came back, what was posted. */
export interface Conversion {
  readonly brandId: string;
  readonly programId: string;
  readonly eventType: string;
  readonly orderId: string;
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  readonly currency: string;
  readonly items: readonly LineItem[];
  readonly orderDiscountCents: number;
  readonly clickId?: string;
  readonly customerId?: string;
  readonly customerStatus?: 'new' | 'returning';
  readonly couponCode?: string;
  /** Units returned so far, by line number from 1. */
  readonly returned: Readonly<Record<string, number>>;
  readonly cancelled?: { readonly at: Instant; readonly reason: string };
  /** Rises with every change to the row; every writer conditions on it. */
  readonly revision: number;
  /** By partner id; empty until settled, and when nothing was earned. */
  readonly posted: Readonly<Record<string, Posted>>;
  /** Why nobody is credited, once settled without a credit: `no-click`, `click-not-ours`, `outside-window`, … */
  readonly unattributed?: string;
}
