import * as z from 'zod';
import type { Because } from '../attribution/because.ts';
import type { Credit, Journey } from '../attribution/journey.ts';
import { CountryField } from '../partners/partner.ts';
import { keyPattern } from '../programs/field-patterns.ts';
import { CentsField, CurrencyField, InstantField, LineField, ProgramId } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import type { ClickIdRefusal, Uncredited } from './click-id.ts';
import { distinctCodes, MOST_CODES } from './distinct-codes.ts';
import type { Findings } from './flags.ts';
import { MAX_ORDER_CENTS, sumOfLines } from './order-amount.ts';
import type { OrderMark } from './order-mark.ts';

/** Part of a key, so no separator and no control characters. */
export const keyPart = (max: number) =>
  z.string().regex(keyPattern(max), `must be 1 to ${max} characters without # or control characters, and not . or ..`);

export const OrderId = keyPart(120);
/** A brand's own id of a customer. */
export const CustomerId = keyPart(120).describe('Your own id of the customer');
export const EventType = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be kebab-case, e.g. sale or lead');
export const ClickIdField = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be a click id as it stood in the landing page’s address');

/** One line of an order. Prices are net of tax; tax and shipping are never part of a line. */
export const LineItem = z
  .strictObject({
    sku: LineField(64),
    category: LineField(60).optional(),
    quantity: z.int().min(1).max(100_000),
    unitPriceCents: CentsField.describe('Net of tax; tax and shipping are never part of a line'),
    discountCents: CentsField.default(0).describe('On the whole line'),
  })
  .refine((item) => item.quantity * item.unitPriceCents <= MAX_ORDER_CENTS, {
    path: ['unitPriceCents'],
    message: `times quantity must not exceed ${MAX_ORDER_CENTS}`,
  })
  .refine((item) => item.discountCents <= item.quantity * item.unitPriceCents, {
    path: ['discountCents'],
    message: 'must not exceed quantity times unit price',
  });
export type LineItem = z.infer<typeof LineItem>;

/** Names the customer across orders without saying who it is. */
const EmailSha256 = z
  .string()
  .regex(
    /^[0-9a-f]{64}$/,
    'must be the SHA-256 of the trimmed address in lower case, as 64 hex digits in lower case; an address itself is never taken',
  );
const CustomerStatus = z.enum(['new', 'returning']);
export const CouponCodes = z.array(LineField(40)).max(MOST_CODES);
const SubId = LineField(120)
  .optional()
  .describe('Sub id as a tracker or a link carried it; echoed, never computed with');

/** What an order says of itself beside its name and time; all of it can be amended. */
export const orderFields = {
  items: z.array(LineItem).min(1).max(100),
  orderDiscountCents: CentsField.describe('On the whole order, shared over the lines by their amounts'),
  taxCents: CentsField.describe('Kept for your books; never commissionable'),
  shippingCents: CentsField.describe('Kept for your books; never commissionable'),
  customerId: CustomerId,
  customerStatus: CustomerStatus,
  emailSha256: EmailSha256.describe(
    'SHA-256 of the customer’s trimmed address in lower case; the address itself is refused',
  ),
  couponCodes: CouponCodes.describe('Every code that was redeemed'),
  country: CountryField.describe('Where the order goes, ISO 3166-1 alpha-2; commission rules may ask for it'),
} as const;

/** What a brand reports. Natural key: program, event type, order id. `lib/http/read-report.ts` reads the same without zod: change both. */
export const ConversionReport = z
  .strictObject({
    programId: ProgramId,
    eventType: EventType.default('sale').describe('`sale`, `lead`, or a word of your own'),
    orderId: OrderId.describe('Your own id of the order; with program and event type it names the conversion'),
    occurredAt: InstantField.optional().describe('When the customer ordered; the time of the request when left out'),
    cartAt: InstantField.optional().describe(
      'When the customer first put something into the cart; lets the program tell a touch at the till from an earlier one',
    ),
    currency: CurrencyField,
    items: orderFields.items,
    orderDiscountCents: orderFields.orderDiscountCents.default(0),
    taxCents: orderFields.taxCents.optional(),
    shippingCents: orderFields.shippingCents.optional(),
    clickId: ClickIdField.optional().describe('As it stood in the landing page’s address'),
    customerId: orderFields.customerId.optional(),
    customerStatus: orderFields.customerStatus.optional(),
    emailSha256: orderFields.emailSha256.optional(),
    couponCode: LineField(40).optional().describe('The same as `couponCodes` with one code'),
    couponCodes: orderFields.couponCodes.optional(),
    country: orderFields.country.optional(),
    sub1: SubId,
    sub2: SubId,
    sub3: SubId,
    sub4: SubId,
    sub5: SubId,
    test: z.boolean().optional().describe('A trial: kept and shown, credits nobody and counts nowhere'),
  })
  .refine((report) => distinctCodes(report).length <= MOST_CODES, {
    path: ['couponCodes'],
    message: `must be at most ${MOST_CODES} codes, couponCode included`,
  })
  .refine((report) => sumOfLines(report) <= MAX_ORDER_CENTS, {
    path: ['items'],
    message: `must not add up to more than ${MAX_ORDER_CENTS}`,
  })
  .refine(({ cartAt, occurredAt }) => !cartAt || !occurredAt || cartAt <= occurredAt, {
    path: ['cartAt'],
    message: 'must not be after occurredAt',
  })
  .refine((report) => report.orderDiscountCents <= sumOfLines(report), {
    path: ['orderDiscountCents'],
    message: 'must not exceed the sum of the lines',
  });
export type ConversionReport = z.infer<typeof ConversionReport>;

type SubIds = { readonly [Name in 'sub1' | 'sub2' | 'sub3' | 'sub4' | 'sub5']?: string };

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
  returnId: keyPart(80).describe('Your own id of the return; with the conversion it names it'),
  occurredAt: InstantField.optional(),
  lines: z
    .array(
      z.strictObject({
        line: z.int().min(1).max(100).describe('The order’s items, counted from 1'),
        quantity: z.int().min(1).max(100_000),
      }),
    )
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

/** Why a customer's bank took a payment back. */
export const CHARGEBACK_REASONS = [
  'fraud',
  'not-received',
  'not-as-described',
  'duplicate',
  'credit-not-processed',
  'subscription-cancelled',
  'not-recognised',
  'authorisation',
  'other',
] as const;
export type ChargebackReason = (typeof CHARGEBACK_REASONS)[number];

/** The customer's bank took the payment back: the whole conversion is void. Natural key: the conversion and `chargebackId`. */
export const ChargebackReport = z.strictObject({
  chargebackId: keyPart(80).describe('Your own or your payment provider’s id of the dispute'),
  occurredAt: InstantField.optional(),
  reason: z.enum(CHARGEBACK_REASONS),
  amountCents: CentsField.optional().describe(
    'What was taken back, for your books: the whole conversion is void either way',
  ),
});
export type ChargebackReport = z.infer<typeof ChargebackReport>;

/** What an order says of itself; a field that it does not have is `null`. */
export interface OrderState {
  readonly items: readonly LineItem[];
  readonly orderDiscountCents: number;
  readonly taxCents: number | null;
  readonly shippingCents: number | null;
  readonly customerId: string | null;
  readonly customerStatus: 'new' | 'returning' | null;
  readonly emailSha256: string | null;
  readonly couponCodes: readonly string[];
  readonly country: string | null;
}

export const AMENDMENT_REASONS = ['order-updated', 'price-corrected', 'data-corrected', 'restated', 'other'] as const;

/** A change to what an order said of itself: the fields it sets, and what they were when it came. */
export interface Amendment {
  readonly amendmentId: string;
  readonly reason: (typeof AMENDMENT_REASONS)[number];
  readonly set: Partial<OrderState>;
  readonly was: Partial<OrderState>;
  /** Of all that a restatement said, to tell it from another under the same id. */
  readonly digest?: string;
}

/** What names a conversion: nothing else is needed to report it, return from it or find it. */
export interface ConversionKey {
  readonly brandId: string;
  readonly programId: string;
  readonly eventType: string;
  readonly orderId: string;
}

/** Something that happened to a conversion after it was recorded. Written once, with the change it makes, and never changed. */
export type ConversionEvent = (
  | ({ readonly kind: 'return' } & Pick<ReturnReport, 'returnId' | 'lines' | 'reason'>)
  | ({ readonly kind: 'cancellation' } & Pick<CancellationReport, 'reason'>)
  | {
      readonly kind: 'chargeback';
      readonly chargebackId: string;
      readonly reason: ChargebackReason;
      /** What the bank took back, as told; nothing is computed with it. */
      readonly amountCents?: number;
    }
  | ({ readonly kind: 'amendment' } & Amendment)
) & {
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  /** Id of the API key it was reported with. */
  readonly reportedBy: string;
  /** Of the conversion, after this. */
  readonly revision: number;
};

/** What was posted for one partner of a conversion so far. */
export interface Posted {
  readonly cents: number;
  /** Day (program's time zone) from which it is payable, fixed at the first posting. */
  readonly matures: string;
  /** Units of the order that had come back when this was posted; more now means the change is a return. */
  readonly returnedUnits: number;
}

/** An order's amount in its own currency and in the program's, by which rate. Amounts are what was left when it was settled. */
export interface Exchange {
  readonly from: string;
  readonly fromCents: number;
  readonly to: string;
  readonly toCents: number;
  /** The day's table and its version, `2026-03-29/1`, and what it says: `1 EUR is 1.0834 USD`. */
  readonly rateId: string;
  readonly rate: string;
}

/** A conversion as the rules see it: what was reported, what came back, what was posted. */
export interface Conversion extends ConversionKey, SubIds {
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  /** When the customer first put something into the cart, where it was reported. */
  readonly cartAt?: Instant;
  readonly currency: string;
  readonly items: readonly LineItem[];
  readonly orderDiscountCents: number;
  readonly clickId?: string;
  /** Why the click id was not taken when the conversion was recorded. Absent: it is one of ours, for this program. */
  readonly clickIdRefused?: ClickIdRefusal;
  /** Why the click can never be credited, as its id said when the conversion was recorded. */
  readonly clickUncredited?: Uncredited;
  readonly customerId?: string;
  readonly customerStatus?: 'new' | 'returning';
  readonly emailSha256?: string;
  /** Every code that was redeemed, and the first of them; absent when there was none. */
  readonly couponCodes?: readonly string[];
  readonly couponCode?: string;
  /** Where it goes, ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** Never commissionable. */
  readonly taxCents?: number;
  readonly shippingCents?: number;
  /** A trial of the integration: credits nobody, counts nowhere. */
  readonly test?: true;
  /** Id of the API key it was reported with. */
  readonly reportedBy?: string;
  /** Units returned so far, by line number from 1. */
  readonly returned: Readonly<Record<string, number>>;
  readonly cancelled?: { readonly at: Instant; readonly reason: string };
  /** Rises with every change to the row; every writer conditions on it. */
  readonly revision: number;
  /** Has work to do: new, or changed since it was settled. */
  readonly open?: true;
  /** By partner id; empty until settled, and when nothing was earned. */
  readonly posted: Readonly<Record<string, Posted>>;
  /**
   * Why nobody is credited: `no-click`, `outside-window`, … once settled without a credit; `click-id-forged`, `click-id-malformed` or
   * `click-id-unknown-key` from the beginning, when the click id was not taken. `over-cap: …` when somebody is credited and found no room.
   */
  readonly unattributed?: string;
  /** How it was brought to the program's currency when it was settled; absent when it is in that currency. */
  readonly exchange?: Exchange;
  /** Who shares it, and with which versions that was settled; absent until settled. */
  readonly credits?: readonly Credit[];
  readonly settled?: { readonly at: Instant; readonly policyVersion: number; readonly planVersion: number };
  /** The touches that counted when it was settled, when there was more than one: what later settlements start from once clicks have gone. */
  readonly journey?: Journey;
  /** The rules of the policy that led to the credits; absent when only the model did. */
  readonly because?: readonly Because[];
  /** What it used of each cap of the program, by cap id; absent when no cap counts it. */
  readonly consumed?: Readonly<Record<string, number>>;
  /** What it is recognised by when it is told twice, as it was first reported; absent when it names nobody. */
  readonly mark?: OrderMark;
  /** What settlement found to flag; absent when there is nothing. `flagsOf` gives all flags in words. */
  readonly findings?: Findings;
  /** Where its lines stand in the ledger: sequence numbers of journals, by partner, oldest first. */
  readonly journals?: Readonly<Record<string, readonly number[]>>;
}
