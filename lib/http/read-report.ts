import { idPattern } from '../ids.ts';
import { HIDDEN, isCurrency, keyPattern } from '../programs/field-patterns.ts';
import type { ConversionReport, LineItem } from '../tracking/conversion.ts';
import { distinctCodes, MOST_CODES } from '../tracking/distinct-codes.ts';
import { MAX_ORDER_CENTS, sumOfLines } from '../tracking/order-amount.ts';
import {
  integer,
  type JsonField,
  type JsonReading,
  line,
  list,
  moment,
  object,
  oneOf,
  optional,
  patterned,
  readJson,
  truth,
} from './json-fields.ts';

/**
 * Conversion reports without zod: takes and refuses what the schema `ConversionReport` does, in the same words, for functions that must
 * start fast. The schema stays what the OpenAPI document and all other routes are made from; a law compares the two on hostile reports.
 */
const matching = (pattern: RegExp, message: string) => [(text: string) => pattern.test(text), message] as const;
const text = (most: number) => line(most, HIDDEN);
const keyText = patterned([
  matching(keyPattern(120), 'must be 1 to 120 characters without # or control characters, and not . or ..'),
]);
const cents = integer(0, 1_000_000_000_000);

const item: JsonField<LineItem> = object<LineItem>(
  {
    sku: text(64),
    category: optional(text(60)),
    quantity: integer(1, 100_000),
    unitPriceCents: cents,
    discountCents: optional(cents, 0),
  },
  [
    [
      'unitPriceCents',
      `times quantity must not exceed ${MAX_ORDER_CENTS}`,
      ({ quantity, unitPriceCents }) => quantity * unitPriceCents <= MAX_ORDER_CENTS,
    ],
    [
      'discountCents',
      'must not exceed quantity times unit price',
      ({ quantity, unitPriceCents, discountCents }) => discountCents <= quantity * unitPriceCents,
    ],
  ],
);

const report: JsonField<ConversionReport> = object<ConversionReport>(
  {
    programId: patterned([matching(idPattern('program'), 'must be a program id such as prg_01h…')]),
    eventType: optional(
      patterned([matching(/^[a-z][a-z0-9-]{0,39}$/, 'must be kebab-case, e.g. sale or lead')]),
      'sale',
    ),
    orderId: keyText,
    occurredAt: optional(moment),
    cartAt: optional(moment),
    currency: patterned([
      matching(/^[A-Z]{3}$/, 'must be an ISO 4217 code in capitals, e.g. USD'),
      // Of what is no code at all the sentence above is enough.
      [(text) => !/^[A-Z]{3}$/.test(text) || isCurrency(text), 'must be a currency there is'],
    ]),
    items: list(item, { least: 1, most: 100 }),
    orderDiscountCents: optional(cents, 0),
    taxCents: optional(cents),
    shippingCents: optional(cents),
    clickId: optional(
      patterned([matching(/^[A-Za-z0-9_-]+$/, 'must be a click id as it stood in the landing page’s address')], 64),
    ),
    customerId: optional(keyText),
    customerStatus: optional(oneOf('new', 'returning')),
    emailSha256: optional(
      patterned([
        matching(
          /^[0-9a-f]{64}$/,
          'must be the SHA-256 of the trimmed address in lower case, as 64 hex digits in lower case; an address itself is never taken',
        ),
      ]),
    ),
    couponCode: optional(text(40)),
    couponCodes: optional(list(text(40), { most: MOST_CODES })),
    country: optional(patterned([matching(/^[A-Z]{2}$/, 'must be an ISO 3166 code in capitals, e.g. DE')])),
    sub1: optional(text(120)),
    sub2: optional(text(120)),
    sub3: optional(text(120)),
    sub4: optional(text(120)),
    sub5: optional(text(120)),
    test: optional(truth),
  },
  [
    [
      'couponCodes',
      `must be at most ${MOST_CODES} codes, couponCode included`,
      (order) => distinctCodes(order).length <= MOST_CODES,
    ],
    ['items', `must not add up to more than ${MAX_ORDER_CENTS}`, (order) => sumOfLines(order) <= MAX_ORDER_CENTS],
    [
      'cartAt',
      'must not be after occurredAt',
      ({ cartAt, occurredAt }) => !cartAt || !occurredAt || cartAt <= occurredAt,
    ],
    [
      'orderDiscountCents',
      'must not exceed the sum of the lines',
      (order) => order.orderDiscountCents <= sumOfLines(order),
    ],
  ],
);

/** Reads a report; what is wrong with it is named field by field. `root` names the report itself. */
export const readReport = (value: unknown, root = 'body'): JsonReading<ConversionReport> =>
  readJson(report, value, root);
