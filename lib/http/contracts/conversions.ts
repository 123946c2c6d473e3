import * as z from 'zod';
import { DayField, ProgramId } from '../../programs/program.ts';
import {
  AMENDMENT_REASONS,
  CancellationReport,
  CHARGEBACK_REASONS,
  ConversionReport,
  EventType,
  LineItem,
  OrderId,
  RETURN_REASONS,
  ReturnReport,
} from '../../tracking/conversion.ts';
import { FLAGS } from '../../tracking/flags.ts';
import { SUB_NAMES } from '../../tracking/sub-ids.ts';
import { REASONS, VERDICTS } from '../../tracking/verdict.ts';
import type { Contracts } from '../contract.ts';
import { BATCH_BYTES, MOST_CONVERSIONS } from '../conversion-batch.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const cents = z.int().meta({ description: 'Minor units' });
const lines = z.array(z.object({ line: z.int(), quantity: z.int() }));
export const subs = z.partialRecord(z.enum(SUB_NAMES), z.string());

const conversionFields = {
  programId: z.string(),
  eventType: z.string(),
  orderId: z.string(),
  occurredAt: z.string(),
  receivedAt: z.string(),
  cartAt: z.string().optional(),
  currency: z.string(),
  items: z.array(z.object(LineItem.shape)),
  orderDiscountCents: cents,
  amountCents: cents.meta({ description: 'The lines after all discounts, as ordered' }),
  remainingCents: cents.meta({ description: 'The same after returns and cancellation: what commission is counted on' }),
  clickId: z.string().optional(),
  clickIdRefused: z
    .enum(['malformed', 'unknown-key', 'forged'])
    .optional()
    .meta({ description: 'Why the click id was not taken; the conversion then credits nobody' }),
  customerId: z.string().optional(),
  customerStatus: z.enum(['new', 'returning']).optional(),
  emailSha256: z.string().optional(),
  couponCode: z.string().optional().meta({ description: 'The first of `couponCodes`' }),
  couponCodes: z.array(z.string()).optional(),
  country: z.string().optional().meta({ description: 'Where the order goes' }),
  taxCents: cents.optional().meta({ description: 'Kept for your books; never commissionable' }),
  shippingCents: cents.optional().meta({ description: 'Kept for your books; never commissionable' }),
  sub1: z.string().optional(),
  sub2: z.string().optional(),
  sub3: z.string().optional(),
  sub4: z.string().optional(),
  sub5: z.string().optional(),
  test: z.boolean().optional().meta({ description: 'A trial: credits nobody and counts nowhere' }),
  reportedBy: z.string().optional().meta({ description: 'API key it was reported with' }),
  returned: lines.meta({ description: 'Units that came back so far, by line of the order from 1' }),
  cancelled: z.object({ at: z.string(), reason: z.string() }).optional(),
  exchange: z
    .object({
      from: z.string(),
      fromCents: cents,
      to: z.string(),
      toCents: cents,
      rateId: z.string().meta({ description: 'Day and version of the table: `2026-03-29/1`' }),
      rate: z.string(),
    })
    .optional()
    .meta({
      description: 'How it was brought to the program’s currency when it was settled, in which its commission is',
    }),
  state: z
    .enum(['open', 'settled'])
    .meta({ description: '`open`: new or changed, and counted by the next settlement, which runs every few minutes' }),
  unattributed: z.string().optional().meta({
    description:
      'Why nobody is credited: `no-click`, `code-expired`, `outside-window`, …; or why those who are earn nothing more: `over-cap: …`',
  }),
  flags: z
    .array(
      z.object({
        flag: z.enum(FLAGS),
        reason: z.string(),
        data: z
          .object({
            receivedAt: z.string().optional(),
            lateAfterDays: z.int().optional(),
            capId: z.string().optional(),
            policyVersion: z.int().optional(),
            orderId: z.string().optional(),
            occurredAt: z.string().optional(),
            withinMinutes: z.int().optional(),
          })
          .meta({ description: 'What the reason says, to compute with' }),
      }),
    )
    .meta({ description: 'What somebody may want to look at, as of the last settlement; rejects nothing' }),
  revision: z.int(),
};
const ConversionAnswer = z.object(conversionFields).meta({ id: 'Conversion' });

const state = z.object({
  items: z.array(z.object(LineItem.shape)).optional(),
  orderDiscountCents: cents.optional(),
  taxCents: cents.nullable().optional(),
  shippingCents: cents.nullable().optional(),
  customerId: z.string().nullable().optional(),
  customerStatus: z.enum(['new', 'returning']).nullable().optional(),
  emailSha256: z.string().nullable().optional(),
  couponCodes: z.array(z.string()).optional(),
  country: z.string().nullable().optional(),
});

const EventAnswer = z
  .object({
    kind: z.enum(['return', 'amendment', 'cancellation', 'chargeback']),
    returnId: z.string().optional(),
    amendmentId: z.string().optional(),
    chargebackId: z.string().optional(),
    lines: lines.optional(),
    set: state.optional().meta({ description: 'What an amendment sets; `null` is what it takes away' }),
    was: state.optional().meta({ description: 'What these fields were when it was told' }),
    amountCents: cents.optional(),
    reason: z.enum([...new Set([...RETURN_REASONS, ...AMENDMENT_REASONS, ...CHARGEBACK_REASONS])]),
    occurredAt: z.string(),
    receivedAt: z.string(),
    reportedBy: z.string(),
  })
  .meta({ id: 'ConversionEvent' });

const outcome = z
  .enum(['recorded', 'already-there'])
  .meta({ description: '`already-there`: the same was recorded before; nothing was written' });
const notes = z.array(z.string()).meta({ description: 'What you may want to know of how it was taken' });

/** What a change of a conversion is answered with. */
export const adjustedAnswer = z.object({ outcome, conversion: ConversionAnswer, event: EventAnswer });

/** Why one of many was refused. */
export const problem = z.object({
  code: z.string(),
  detail: z.string(),
  fields: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

const params = z.strictObject({ programId: ProgramId, eventType: EventType, orderId: OrderId });
export const unknown = {
  'no-such-conversion': 'There is no such conversion; report it first',
  'no-such-program': 'There is no such program in this brand',
};

const example = {
  programId: 'prg_01kp3q8z4m7yc2hd',
  eventType: 'sale',
  orderId: '1001',
  occurredAt: '2026-03-29T10:00:00.000Z',
  currency: 'USD',
  items: [
    { sku: 'boot-42', category: 'shoes', quantity: 1, unitPriceCents: 12_900, discountCents: 0 },
    { sku: 'sock-m', category: 'accessories', quantity: 3, unitPriceCents: 700, discountCents: 0 },
  ],
  orderDiscountCents: 1_000,
  clickId: 'BwCgrEwAAAAAAQBleAAAAAAP__8BnTkJPQAAAQIDBAUGB77v0LcF8wYMKv-bN_RJ',
  customerStatus: 'new' as const,
};
const stored = {
  ...example,
  receivedAt: '2026-03-29T10:00:02.000Z',
  amountCents: 14_000,
  remainingCents: 14_000,
  reportedBy: 'key_01kp3q8z4m7yc2hd',
  returned: [],
  flags: [],
  state: 'open' as const,
  revision: 1,
};
export const conversionExamples = { example, stored };
const returned = {
  ...stored,
  remainingCents: 13_350,
  returned: [{ line: 2, quantity: 1 }],
  revision: 3,
};
const returnReport = { returnId: 'r-1', lines: [{ line: 2, quantity: 1 }], reason: 'returned' as const };

export const conversionsContracts = {
  reportConversion: {
    body: ConversionReport.meta({ id: 'ConversionReport' }),
    answer: z.object({ outcome, conversion: ConversionAnswer, notes }),
    status: 202,
    repeat: 'natural',
    refusals: {
      'no-such-program': unknown['no-such-program'],
      'different-conversion': 'Under this program, event type and order id stands something else; the fields are named',
    },
    examples: { body: example, answer: { outcome: 'recorded', conversion: stored, notes: [] } },
  },
  reportConversions: {
    body: z.strictObject({
      conversions: z
        .array(z.unknown())
        .min(1)
        .max(MOST_CONVERSIONS)
        .meta({ description: 'Each as for `POST /v1/conversions`; each is taken or refused by itself' }),
    }),
    answer: z.object({
      recorded: z.int(),
      alreadyThere: z.int(),
      refused: z.int(),
      results: z
        .array(
          z.object({
            status: z.int().meta({ description: 'What it would have been answered by itself' }),
            outcome: z.enum(['recorded', 'already-there', 'refused']),
            programId: z.string().optional(),
            eventType: z.string().optional(),
            orderId: z.string().optional(),
            notes: notes.optional(),
            problem: problem.optional(),
          }),
        )
        .meta({ description: 'In the order of the request' }),
    }),
    status: 202,
    repeat: 'natural',
    maxBytes: BATCH_BYTES,
    examples: {
      body: { conversions: [example] },
      answer: {
        recorded: 1,
        alreadyThere: 0,
        refused: 0,
        results: [
          {
            status: 202,
            outcome: 'recorded',
            programId: example.programId,
            eventType: example.eventType,
            orderId: example.orderId,
          },
        ],
      },
    },
  },
  listConversions: {
    params: z.strictObject({ programId: ProgramId }),
    query: z.strictObject({
      day: DayField.optional().meta({
        description: 'Day of the order in the program’s time zone; today when left out',
      }),
      flag: z.enum(FLAGS).optional().meta({
        description:
          'Only orders with this flag. A page looks at `limit` orders, so it may be short or empty and still have a `nextCursor`',
      }),
      ...PAGING,
    }),
    answer: pageAnswer(ConversionAnswer),
    status: 200,
    refusals: { 'no-such-program': unknown['no-such-program'] },
    examples: { answer: { items: [stored] } },
  },
  getConversion: {
    params,
    answer: z.object({
      ...conversionFields,
      events: z.array(EventAnswer).meta({ description: 'What happened to it since, in order' }),
      journey: z
        .array(
          z.object({
            partnerId: z.string(),
            kind: z.enum(['click', 'code', 'deal', 'lead']),
            link: z.string().optional().meta({ description: 'The link that was followed' }),
            code: z.string().optional().meta({ description: 'The coupon code that was used' }),
            at: z.string(),
            counts: z
              .boolean()
              .meta({ description: 'Whether it may be credited: in the window, partner enrolled, a person’s click' }),
            verdict: z
              .enum(VERDICTS)
              .optional()
              .meta({ description: 'What the click was found to be; left out: `human`' }),
            reasons: z.array(z.enum(REASONS)).optional(),
            subs: subs.optional().meta({ description: 'Sub-ids that the partner put into the link' }),
          }),
        )
        .meta({ description: 'The customer’s clicks before the order, oldest first, as known now' }),
      attribution: z
        .string()
        .optional()
        .meta({ description: 'Why the credit fell so: policy version, model and every rule that had a say' }),
      credits: z
        .array(
          z.object({
            partnerId: z.string(),
            creditBps: z.int(),
            position: z.int(),
            touches: z.int(),
            touchAt: z.string().optional(),
            kind: z
              .enum(['code', 'deal', 'lead'])
              .optional()
              .meta({ description: 'What the touch was, unless it was a click' }),
            subs: subs.optional().meta({ description: 'Sub-ids of the click that is credited, while it is kept' }),
            postedCents: cents.meta({ description: 'What it has earned the partner in all' }),
            matures: z.string().optional().meta({ description: 'Day from which that can be paid' }),
            explanation: z.string().optional().meta({ description: 'Why it earns nothing, where no line says so' }),
          }),
        )
        .meta({ description: 'As settled; a partner who assisted, or is credited no longer, stands with 0' }),
      settled: z.object({ at: z.string(), policyVersion: z.int(), planVersion: z.int() }).optional(),
      lines: z
        .array(
          z.object({
            partnerId: z.string(),
            journal: z.int().meta({ description: 'Sequence number in the partner’s ledger' }),
            postedAt: z.string(),
            reason: z.enum(['earned', 'returned', 'cancelled', 'recomputed']),
            cents,
            totalCents: cents,
            explanation: z.string(),
            subs: subs.optional().meta({ description: 'Sub-ids of the click that was credited' }),
          }),
        )
        .meta({ description: 'What was posted for it, explained; of each partner the latest 20' }),
    }),
    status: 200,
    refusals: unknown,
  },
  returnItems: {
    params,
    body: ReturnReport.meta({ id: 'ReturnReport' }),
    answer: adjustedAnswer,
    status: 202,
    repeat: 'natural',
    refusals: {
      ...unknown,
      'different-return': 'Under this returnId stands another return; the fields are named',
      'no-such-line': 'The order has no such line',
      'more-returned-than-bought': 'More would have come back than was bought; nothing was changed',
      'conversion-cancelled': 'The whole conversion was cancelled before',
    },
    examples: {
      body: returnReport,
      answer: {
        outcome: 'recorded',
        conversion: returned,
        event: {
          kind: 'return',
          ...returnReport,
          occurredAt: '2026-04-02T08:00:00.000Z',
          receivedAt: '2026-04-02T08:00:00.000Z',
          reportedBy: stored.reportedBy,
        },
      },
    },
  },
  cancelConversion: {
    params,
    body: CancellationReport.meta({ id: 'CancellationReport' }),
    answer: adjustedAnswer,
    status: 202,
    repeat: 'natural',
    refusals: {
      ...unknown,
      'different-cancellation': 'It was cancelled before with another reason or time; the fields are named',
    },
    examples: { body: { reason: 'order-error' } },
  },
} satisfies Contracts<
  'reportConversion' | 'reportConversions' | 'listConversions' | 'getConversion' | 'returnItems' | 'cancelConversion'
>;
