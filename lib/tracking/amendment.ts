import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { FieldProblem } from '../errors.ts';
import { InstantField } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import { canonical, same } from './adjustment.ts';
import {
  AMENDMENT_REASONS,
  type Conversion,
  type ConversionEvent,
  type ConversionReport,
  keyPart,
  type OrderState,
  orderFields,
} from './conversion.ts';
import { distinctCodes } from './distinct-codes.ts';
import { sumOfLines } from './order-amount.ts';

/** A correction of an order: the fields it names are replaced, `null` takes one away. Natural key: the conversion and `amendmentId`. */
export const AmendmentReport = z
  .strictObject({
    amendmentId: keyPart(80).describe('Your own id of the amendment; with the conversion it names it'),
    occurredAt: InstantField.optional().describe(
      'When the order changed; the time of the request when left out. Of two amendments of one field the later in this sense stands, whichever came first',
    ),
    reason: z.enum(AMENDMENT_REASONS).default('order-updated'),
    items: orderFields.items
      .optional()
      .describe('All lines as they are now. What came back of line 2 came back of the new line 2'),
    orderDiscountCents: orderFields.orderDiscountCents.optional(),
    taxCents: orderFields.taxCents.nullable().optional(),
    shippingCents: orderFields.shippingCents.nullable().optional(),
    customerId: orderFields.customerId.nullable().optional(),
    customerStatus: orderFields.customerStatus.nullable().optional(),
    emailSha256: orderFields.emailSha256.nullable().optional(),
    couponCodes: orderFields.couponCodes.optional(),
    country: orderFields.country.nullable().optional(),
  })
  .refine((report) => Object.keys(settingsOf(report)).length > 0, {
    path: ['items'],
    message: 'or another field of the order must be given: there is nothing to amend',
  });
export type AmendmentReport = z.infer<typeof AmendmentReport>;

const FIELDS = [
  'items',
  'orderDiscountCents',
  'taxCents',
  'shippingCents',
  'customerId',
  'customerStatus',
  'emailSha256',
  'couponCodes',
  'country',
] as const satisfies readonly (keyof OrderState)[];

/** The fields that an amendment sets. */
export function settingsOf(report: Partial<Record<keyof OrderState, unknown>>): Partial<OrderState> {
  const given = FIELDS.flatMap((field) => (report[field] === undefined ? [] : [[field, report[field]]]));
  return Object.fromEntries(given) as Partial<OrderState>;
}

/** What an order says of itself, of a stored conversion or of a report. */
export function stateOf(order: Conversion | ConversionReport): OrderState {
  return {
    items: order.items,
    orderDiscountCents: order.orderDiscountCents,
    taxCents: order.taxCents ?? null,
    shippingCents: order.shippingCents ?? null,
    customerId: order.customerId ?? null,
    customerStatus: order.customerStatus ?? null,
    emailSha256: order.emailSha256 ?? null,
    couponCodes: distinctCodes(order),
    country: order.country ?? null,
  };
}

/** A conversion that says this of itself. What was kept of its journey goes with its customer, whose journey it was. */
export function withState({ journey, ...conversion }: Conversion, state: OrderState): Conversion {
  const { couponCode: _1, couponCodes: _2, taxCents: _3, shippingCents: _4, ...rest } = conversion;
  const { customerId: _5, customerStatus: _6, emailSha256: _7, country: _8, ...kept } = rest;
  const [couponCode] = state.couponCodes;
  const { items, orderDiscountCents, couponCodes, ...others } = state;
  const there = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null));
  const isSameCustomer = state.customerId === (conversion.customerId ?? null);
  return {
    ...kept,
    ...there,
    ...(journey && isSameCustomer && { journey }),
    items,
    orderDiscountCents,
    ...(couponCode !== undefined && { couponCode, couponCodes }),
  };
}

type AmendmentEvent = Extract<ConversionEvent, { kind: 'amendment' }>;

/**
 * What an order says of itself after all its amendments, in the order in which it changed and not in the order in which we were told: of
 * two that set a field, the one with the later time stands, of equal times the one with the greater id. So the same amendments give the
 * same order whichever came first. What a field was in the beginning is what it was when the first told amendment of it came.
 */
export function amended(current: OrderState, amendments: readonly AmendmentEvent[]): OrderState {
  const state: Partial<Record<keyof OrderState, unknown>> = { ...current };
  for (const { was } of [...amendments].sort((a, b) => b.revision - a.revision)) Object.assign(state, was);
  const inTime = [...amendments].sort(
    (a, b) => compare(a.occurredAt, b.occurredAt) || compare(a.amendmentId, b.amendmentId),
  );
  for (const { set } of inTime) Object.assign(state, set);
  return state as unknown as OrderState;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export type AmendmentDecision =
  | {
      readonly outcome: 'accepted';
      readonly event: AmendmentEvent;
      readonly after: Conversion;
      readonly changes: boolean;
    }
  | { readonly outcome: 'cancelled' }
  | { readonly outcome: 'less-than-returned' | 'discount-exceeds-order'; readonly fields: readonly FieldProblem[] };

/** Decides an amendment by what the order is and what came back of it: all of it is taken, or nothing. */
export function decideAmendment(
  before: Conversion,
  told: readonly ConversionEvent[],
  amendment: Pick<AmendmentEvent, 'amendmentId' | 'reason' | 'set' | 'digest'> & { readonly occurredAt: Instant },
  source: { readonly receivedAt: Instant; readonly reportedBy: string },
): AmendmentDecision {
  if (before.cancelled) return { outcome: 'cancelled' };
  const current = stateOf(before);
  const was = Object.fromEntries(Object.keys(amendment.set).map((name) => [name, current[name as keyof OrderState]]));
  const revision = before.revision + 1;
  const event: AmendmentEvent = { kind: 'amendment', ...amendment, was, ...source, revision };
  const earlier = told.filter((one) => one.kind === 'amendment');
  const state = amended(current, [...earlier, event]);
  const fields = lessThanReturned(before, state);
  if (fields.length > 0) return { outcome: 'less-than-returned', fields };
  const sum = sumOfLines({ items: state.items });
  if (state.orderDiscountCents > sum) {
    const message = `must not exceed the sum of the lines, ${sum}; it would be ${state.orderDiscountCents}`;
    return { outcome: 'discount-exceeds-order', fields: [{ field: 'orderDiscountCents', message }] };
  }
  const after = { ...withState(before, state), revision, open: true as const };
  return { outcome: 'accepted', event, after, changes: !same(state, current) };
}

function lessThanReturned({ returned }: Conversion, { items }: OrderState): FieldProblem[] {
  return Object.entries(returned).flatMap(([line, units]) => {
    const item = items[Number(line) - 1];
    if (item && item.quantity >= units) return [];
    const field = item ? `items[${Number(line) - 1}].quantity` : 'items';
    return [{ field, message: `must leave the ${units} that came back of line ${line}` }];
  });
}

/** What an order is from its first report on: it decides where it is counted and whom it may credit. */
const FIXED = [
  'currency',
  'occurredAt',
  'clickId',
  'cartAt',
  'test',
] as const satisfies readonly (keyof ConversionReport & keyof Conversion)[];

/** The fields of a restatement that contradict what no restatement can change; what it leaves out contradicts nothing. */
export const fixedDifferences = (stored: Conversion, stated: ConversionReport): string[] =>
  FIXED.filter((field) => stated[field] !== undefined && stated[field] !== stored[field]);

/** The fields in which a restated order differs from what is stored, and the digest of all it says. */
export function restatement(
  stored: Conversion,
  stated: ConversionReport,
): { set: Partial<OrderState>; digest: string } {
  const [current, wanted] = [stateOf(stored), stateOf(stated)];
  const set = Object.fromEntries(
    FIELDS.filter((field) => !same(current[field], wanted[field])).map((field) => [field, wanted[field]]),
  );
  return { set, digest: digestOf(stated) };
}

/** A country that is not said is no part of it: orders had none when the first of these were written. */
export const digestOf = (stated: ConversionReport): string =>
  createHash('sha256')
    .update(canonical({ ...stateOf(stated), country: stated.country }))
    .digest('base64url')
    .slice(0, 22);
