import type { Conversion } from '../tracking/conversion.ts';
import { conversionAnswer } from './conversion-answer.ts';

/** The fields of a conversion that an answer shows, in the contract's order; the contract's test holds the two together. */
export const CONVERSION_FIELDS = [
  'programId',
  'eventType',
  'orderId',
  'occurredAt',
  'receivedAt',
  'cartAt',
  'currency',
  'items',
  'orderDiscountCents',
  'amountCents',
  'remainingCents',
  'clickId',
  'clickIdRefused',
  'customerId',
  'customerStatus',
  'emailSha256',
  'couponCode',
  'couponCodes',
  'country',
  'taxCents',
  'shippingCents',
  'sub1',
  'sub2',
  'sub3',
  'sub4',
  'sub5',
  'test',
  'reportedBy',
  'returned',
  'cancelled',
  'exchange',
  'state',
  'unattributed',
  'flags',
  'revision',
] as const;

/** A conversion as the contract of its answer would leave it, without zod: what is not named never leaves. */
export function conversionView(conversion: Conversion): Record<string, unknown> {
  const answer: Record<string, unknown> = conversionAnswer(conversion);
  const { items, cancelled, exchange } = conversion;
  const parts: Record<string, unknown> = {
    ...answer,
    items: items.map(({ sku, category, quantity, unitPriceCents, discountCents }) => ({
      ...{ sku, category, quantity, unitPriceCents, discountCents },
    })),
    cancelled: cancelled && { at: cancelled.at, reason: cancelled.reason },
    exchange: exchange && {
      ...{ from: exchange.from, fromCents: exchange.fromCents, to: exchange.to, toCents: exchange.toCents },
      ...{ rateId: exchange.rateId, rate: exchange.rate },
    },
  };
  return Object.fromEntries(CONVERSION_FIELDS.map((name) => [name, parts[name]]));
}
