import type { FieldProblem } from '../errors.ts';
import { minorUnits } from '../money.ts';
import { HIDDEN, isCurrency, keyPattern } from '../programs/field-patterns.ts';
import { epochMs, type Instant, instant } from '../time.ts';
import type { ConversionReport } from './conversion.ts';
import { MAX_ORDER_CENTS } from './order-amount.ts';

/**
 * What a tracker's postback says, read from its query. Names are those that trackers use; the first that is given counts. Written out and
 * not made with zod, because the function that needs it must start fast; a test holds that nothing passes here that the API would refuse.
 */
export const POSTBACK_NAMES = {
  token: ['token', 'security_token', 'verification_token'],
  clickId: ['click_id', 'clickid', 'transaction_id', 'trb_click'],
  orderId: ['order_id', 'orderid', 'order_ref'],
  amount: ['amount', 'sale_amount', 'order_total'],
  currency: ['currency', 'currency_code'],
  eventType: ['event', 'event_type', 'goal'],
  status: ['status', 'conversion_status'],
  occurredAt: ['occurred_at', 'timestamp'],
  couponCode: ['coupon_code', 'coupon', 'promo_code'],
  customerId: ['customer_id'],
  customerStatus: ['customer_status', 'cust_status'],
  emailSha256: ['email_sha256'],
  country: ['country', 'country_code'],
  sku: ['sku'],
  category: ['category'],
  test: ['test', 'is_test'],
  sub1: ['sub1', 'aff_sub1', 'sub_id1'],
  sub2: ['sub2', 'aff_sub2', 'sub_id2'],
  sub3: ['sub3', 'aff_sub3', 'sub_id3'],
  sub4: ['sub4', 'aff_sub4', 'sub_id4'],
  sub5: ['sub5', 'aff_sub5', 'sub_id5'],
} as const;
type Name = keyof typeof POSTBACK_NAMES;

export type Query = Readonly<Record<string, string | undefined>>;
export type PostbackReading =
  | { readonly kind: 'report' | 'cancellation'; readonly report: ConversionReport }
  | { readonly kind: 'refused'; readonly problems: readonly FieldProblem[] };

/** A macro that the tracker did not fill in: `{click_id}`, `[[oid]]`, `%CLICK%`, `${amount}`. */
const PLACEHOLDER = /^(\$?\{.*\}|\[.*\]|<.*>|%[A-Za-z_]+%|#[A-Za-z_]+#)$/;

/** Reports and cancellations by the words trackers have for them. A pending conversion is reported: the hold period is what it waits for. */
const STATUSES: Readonly<Record<string, 'report' | 'cancellation'>> = {
  approved: 'report',
  pending: 'report',
  confirmed: 'report',
  rejected: 'cancellation',
  declined: 'cancellation',
  reversed: 'cancellation',
  cancelled: 'cancellation',
  canceled: 'cancellation',
  invalid: 'cancellation',
};
const CUSTOMERS: Readonly<Record<string, 'new' | 'returning'>> = {
  new: 'new',
  returning: 'returning',
  existing: 'returning',
};

const KEY_PART = keyPattern(120);
const MOST_FUTURE_MS = 5 * 60_000;

/** The value of a parameter under any of its names, and the name it came under. */
export function given(query: Query, name: Name): { readonly value: string; readonly as: string } | undefined {
  for (const as of POSTBACK_NAMES[name]) {
    const value = query[as]?.trim();
    if (value) return { value, as };
  }
  return undefined;
}

/**
 * Reads a postback for a program. Without an order id the click id names the order (`click-…`), so that one click and event type make one
 * conversion however often they are told; without both there is nothing to name it by, and it is refused.
 */
export function readPostback(
  query: Query,
  { programId, currency: usual, at }: { readonly programId: string; readonly currency: string; readonly at: Instant },
): PostbackReading {
  const problems: FieldProblem[] = [];
  const refuse = (field: string, message: string): undefined => {
    problems.push({ field, message });
    return undefined;
  };
  /** An optional parameter; a placeholder that was not filled in is none. */
  const optional = <Value>(name: Name, right: string, read: (text: string) => Value | undefined): Value | undefined => {
    const found = given(query, name);
    if (!found || PLACEHOLDER.test(found.value)) return undefined;
    return read(found.value) ?? refuse(found.as, right);
  };
  const essential = <Value>(
    name: Name,
    right: string,
    read: (text: string) => Value | undefined,
  ): Value | undefined => {
    const found = given(query, name);
    if (found && PLACEHOLDER.test(found.value))
      return refuse(found.as, `still is the placeholder ${found.value.slice(0, 60)}: the tracker did not fill it in`);
    return optional(name, right, read);
  };
  const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined);
  const line = (most: number) => (text: string) => (text.length <= most && !HIDDEN.test(text) ? text : undefined);
  const lineSays = (most: number) => `must be one line of at most ${most} characters`;

  const clickId = essential(
    'clickId',
    'must be a click id as it stood in the landing page’s address',
    matching(/^[A-Za-z0-9_-]{1,64}$/),
  );
  const named = essential(
    'orderId',
    'must be 1 to 120 characters without # or control characters, and not . or ..',
    matching(KEY_PART),
  );
  if (problems.length === 0 && clickId === undefined && named === undefined)
    refuse('click_id', 'or order_id must be given: nothing else names the conversion');
  const orderId = named ?? `click-${clickId}`;
  const currency = optional('currency', 'must be an ISO 4217 code such as USD', currencyOf) ?? usual;
  const amount = essential('amount', 'must be an amount in major units such as 49.90', (text) => text);
  const unitPriceCents = amount === undefined ? 0 : minorUnits(amount, currency);
  if (typeof unitPriceCents === 'string') refuse(given(query, 'amount')!.as, unitPriceCents);
  else if (unitPriceCents > MAX_ORDER_CENTS)
    refuse(given(query, 'amount')!.as, 'must not exceed what an order can be worth');
  const statuses = Object.keys(STATUSES).join(', ');
  const kind =
    optional('status', `must be one of ${statuses}`, (text) => ownOf(STATUSES, text.toLowerCase())) ?? 'report';
  const eventType = optional('eventType', 'must be kebab-case, e.g. sale or lead', (text) =>
    matching(/^[a-z][a-z0-9-]{0,39}$/)(text.toLowerCase().replace(/[_ ]/g, '-')),
  );
  const when = 'must be an ISO 8601 time with zone or seconds since 1970, in the past and after 2000';
  const occurredAt = optional('occurredAt', when, (text) => timeOf(text, at));
  if (query.email?.trim())
    refuse('email', 'is never taken; send email_sha256, the SHA-256 of the trimmed address in lower case');
  const customers = `must be one of ${Object.keys(CUSTOMERS).join(', ')}`;
  const test = optional('test', 'must be 1 or 0', (text) =>
    ownOf({ 1: true, true: true, 0: false, false: false }, text),
  );
  const parts = {
    clickId,
    occurredAt,
    customerId: optional(
      'customerId',
      'must be 1 to 120 characters without # or control characters, and not . or ..',
      matching(KEY_PART),
    ),
    customerStatus: optional('customerStatus', customers, (text) => ownOf(CUSTOMERS, text.toLowerCase())),
    emailSha256: optional('emailSha256', 'must be 64 hex digits in lower case', matching(/^[0-9a-f]{64}$/)),
    couponCode: optional('couponCode', lineSays(40), line(40)),
    country: optional('country', 'must be an ISO 3166 code such as DE', (text) =>
      matching(/^[A-Z]{2}$/)(text.toUpperCase()),
    ),
    sub1: optional('sub1', lineSays(120), line(120)),
    sub2: optional('sub2', lineSays(120), line(120)),
    sub3: optional('sub3', lineSays(120), line(120)),
    sub4: optional('sub4', lineSays(120), line(120)),
    sub5: optional('sub5', lineSays(120), line(120)),
    test: test || undefined,
  };
  const sku = optional('sku', lineSays(64), line(64)) ?? 'order';
  const category = optional('category', lineSays(60), line(60));
  if (problems.length > 0 || typeof unitPriceCents === 'string') return { kind: 'refused', problems };
  const there = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return {
    kind,
    report: {
      programId,
      eventType: eventType ?? 'sale',
      orderId,
      currency,
      items: [{ sku, ...(category !== undefined && { category }), quantity: 1, unitPriceCents, discountCents: 0 }],
      orderDiscountCents: 0,
      ...there,
    },
  };
}

const ownOf = <Value>(words: Readonly<Record<string, Value>>, word: string): Value | undefined =>
  Object.hasOwn(words, word) ? words[word] : undefined;

function currencyOf(text: string): string | undefined {
  const code = text.toUpperCase();
  return isCurrency(code) ? code : undefined;
}

function timeOf(text: string, at: Instant): Instant | undefined {
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = iso ? Date.parse(text) : /^\d{9,10}$/.test(text) ? Number(text) * 1000 : Number.NaN;
  const possible = ms >= Date.UTC(2000) && ms <= epochMs(at) + MOST_FUTURE_MS;
  return possible ? instant(ms) : undefined;
}
