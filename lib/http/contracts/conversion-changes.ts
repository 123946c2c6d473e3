import * as z from 'zod';
import { InstantField, ProgramId } from '../../programs/program.ts';
import { AmendmentReport } from '../../tracking/amendment.ts';
import { ChargebackReport, EventType, keyPart, OrderId } from '../../tracking/conversion.ts';
import type { Contracts } from '../contract.ts';
import { BATCH_BYTES, MOST_CONVERSIONS } from '../conversion-batch.ts';
import { adjustedAnswer, conversionExamples, problem, unknown } from './conversions.ts';

const params = z.strictObject({ programId: ProgramId, eventType: EventType, orderId: OrderId });
const { example, stored } = conversionExamples;
const told = { occurredAt: '2026-04-02T08:00:00.000Z', receivedAt: '2026-04-02T08:00:00.000Z' };
const amendment = {
  amendmentId: 'a-1',
  reason: 'price-corrected' as const,
  items: [{ ...example.items[0]!, unitPriceCents: 11_900 }, example.items[1]!],
};
const { amendmentId, reason, ...set } = amendment;
const amendedOrder = { ...stored, items: amendment.items, amountCents: 13_000, remainingCents: 13_000, revision: 3 };

/** What changes an order after it was reported. */
export const conversionChangesContracts = {
  amendConversion: {
    params,
    body: AmendmentReport.meta({ id: 'AmendmentReport' }),
    answer: adjustedAnswer,
    status: 202,
    repeat: 'natural',
    refusals: {
      ...unknown,
      'different-amendment': 'Under this amendmentId stands another amendment; the fields are named',
      'less-than-returned': 'Less would be left of a line than came back; nothing was changed',
      'discount-exceeds-order': 'The order’s discount would exceed the sum of its lines; nothing was changed',
      'conversion-cancelled': 'The whole conversion was cancelled before',
    },
    examples: {
      body: amendment,
      answer: {
        outcome: 'recorded',
        conversion: amendedOrder,
        event: {
          kind: 'amendment',
          amendmentId,
          reason,
          set,
          was: { items: example.items },
          ...told,
          reportedBy: stored.reportedBy,
        },
      },
    },
  },
  chargeBack: {
    params,
    body: ChargebackReport.meta({ id: 'ChargebackReport' }),
    answer: adjustedAnswer,
    status: 202,
    repeat: 'natural',
    refusals: { ...unknown, 'different-chargeback': 'Under this chargebackId stands another; the fields are named' },
    examples: {
      body: { chargebackId: 'dp_1', reason: 'not-received', amountCents: 14_000 },
      answer: {
        outcome: 'recorded',
        conversion: {
          ...stored,
          remainingCents: 0,
          cancelled: { at: told.occurredAt, reason: 'chargeback' },
          revision: 3,
        },
        event: {
          kind: 'chargeback',
          chargebackId: 'dp_1',
          reason: 'not-received',
          amountCents: 14_000,
          ...told,
          reportedBy: stored.reportedBy,
        },
      },
    },
  },
  restateConversions: {
    body: z.strictObject({
      restatementId: keyPart(80).meta({ description: 'Your own id of the restatement' }),
      statedAt: InstantField.meta({
        description:
          'The time as of which the orders are as stated; not in the future. What was amended later than this stays',
      }),
      conversions: z.array(z.unknown()).min(1).max(MOST_CONVERSIONS).meta({
        description:
          'Each the whole new state of an order, as for `POST /v1/conversions`; what is left out is not there. Click id, time, currency and sub ids are not restated, and neither are returns and cancellations.',
      }),
    }),
    answer: z.object({
      amended: z.int(),
      unchanged: z.int(),
      alreadyThere: z.int(),
      refused: z.int(),
      results: z
        .array(
          z.object({
            status: z.int(),
            outcome: z.enum(['amended', 'unchanged', 'already-there', 'refused']),
            programId: z.string().optional(),
            eventType: z.string().optional(),
            orderId: z.string().optional(),
            fields: z.array(z.string()).optional().meta({ description: 'What was amended' }),
            problem: problem.optional(),
          }),
        )
        .meta({ description: 'In the order of the request' }),
    }),
    status: 202,
    repeat: 'natural',
    maxBytes: BATCH_BYTES,
    refusals: { 'stated-in-the-future': 'statedAt is not before now' },
    examples: {
      body: { restatementId: 'week-13', statedAt: '2026-03-29T09:00:00.000Z', conversions: [example] },
      answer: {
        amended: 1,
        unchanged: 0,
        alreadyThere: 0,
        refused: 0,
        results: [
          {
            status: 202,
            outcome: 'amended',
            programId: example.programId,
            eventType: example.eventType,
            orderId: example.orderId,
            fields: ['items'],
          },
        ],
      },
    },
  },
  uploadConversions: {
    query: z.strictObject({
      programId: ProgramId,
      eventType: EventType.default('sale'),
      dryRun: z
        .stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] })
        .default(false)
        .meta({
          description: 'Say what would become of each order and store nothing',
        }),
      zone: z
        .string()
        .regex(/^(Z|[+-]\d\d:\d\d)$/, 'must be Z or an offset such as +02:00')
        .optional()
        .meta({ description: 'Offset of times that name none' }),
    }),
    text: 'text/csv',
    answer: z.object({
      dryRun: z.boolean(),
      rows: z.int(),
      recorded: z.int(),
      alreadyThere: z.int(),
      refused: z.int(),
      columns: z.record(z.string(), z.string()).meta({ description: 'Which column was read as what' }),
      results: z
        .array(
          z.object({
            lines: z
              .array(z.int())
              .meta({ description: 'Lines of the file that make the order; the header is line 1' }),
            orderId: z.string(),
            status: z.int(),
            outcome: z.enum(['recorded', 'already-there', 'refused']),
            notes: z.array(z.string()).optional(),
            problem: problem.optional(),
          }),
        )
        .meta({ description: 'In the order of the file' }),
    }),
    status: 202,
    repeat: 'natural',
    maxBytes: BATCH_BYTES,
    refusals: {
      'no-such-program': 'There is no such program in this brand',
      'not-csv': 'The body cannot be read as CSV',
      'columns-missing': 'No column is known by the name of something that is needed; the names are listed',
      'too-many-orders': 'The file has more than 5,000 orders',
    },
    examples: {
      body: 'Order ID,Created at,Currency,SKU,Quantity,Unit price,Click ID\n1001,2026-03-29T10:00:00Z,USD,boot-42,1,129.00,\n',
      answer: {
        dryRun: true,
        rows: 1,
        recorded: 1,
        alreadyThere: 0,
        refused: 0,
        columns: { orderId: 'Order ID', occurredAt: 'Created at', currency: 'Currency', unitPrice: 'Unit price' },
        results: [{ lines: [2], orderId: '1001', status: 202, outcome: 'recorded' }],
      },
    },
  },
} satisfies Contracts<'amendConversion' | 'chargeBack' | 'restateConversions' | 'uploadConversions'>;
