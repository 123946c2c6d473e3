import * as z from 'zod';
import { ADJUSTMENT_REASONS } from '../../../events/catalog/adjustment.ts';
import { ADJUSTMENT_STATUSES } from '../../adjustments/adjustment.ts';
import { idPattern } from '../../ids.ts';
import { PartnerId } from '../../partners/partner.ts';
import { CurrencyField, LineField, ProgramId } from '../../programs/program.ts';
import { EventType, OrderId } from '../../tracking/conversion.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const MOST_CENTS = 1_000_000_000_000;
export const AdjustmentId = z.string().regex(idPattern('adjustment'), 'must be an adjustment id such as adj_01h…');
export const DisputeId = z.string().regex(idPattern('dispute'), 'must be a dispute id such as dsp_01h…');
/** An order by its natural key inside the program. */
export const ConversionRef = z.strictObject({ eventType: EventType.default('sale'), orderId: OrderId });

const AdjustmentAnswer = z
  .object({
    adjustmentId: z.string(),
    programId: z.string(),
    partnerId: z.string(),
    currency: z.string(),
    cents: z.int().meta({ description: 'Minor units. Positive: the partner gets it; negative: it is taken back' }),
    reason: z.enum(ADJUSTMENT_REASONS),
    note: z.string(),
    conversion: z.object({ eventType: z.string(), orderId: z.string() }).optional(),
    disputeId: z.string().optional(),
    status: z.enum(ADJUSTMENT_STATUSES),
    proposedBy: z.string().meta({ description: 'The person, or the job, who may not approve it' }),
    proposedAt: z.string(),
    approvedBy: z.string().optional(),
    approvedAt: z.string().optional(),
    journal: z
      .object({ journalId: z.string(), sequence: z.int() })
      .optional()
      .meta({ description: 'Where it stands in the partner’s ledger' }),
    declinedBy: z.string().optional(),
    declinedAt: z.string().optional(),
    declinedWhy: z.string().optional(),
  })
  .meta({ id: 'Adjustment' });

const account = z.strictObject({ programId: ProgramId, partnerId: PartnerId });
const one = z.strictObject({ programId: ProgramId, partnerId: PartnerId, adjustmentId: AdjustmentId });

const example = {
  adjustmentId: 'adj_01kp3q8z4m7yc2hd',
  programId: 'prg_01kp3q8z4m7yc2hd',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  currency: 'EUR',
  cents: 1_250,
  reason: 'untracked-order' as const,
  note: 'Ordered by phone after your newsletter',
  conversion: { eventType: 'sale', orderId: '2231' },
  status: 'proposed' as const,
  proposedBy: 'mia@shop.example',
  proposedAt: '2026-05-01T08:00:00.000Z',
};

export const adjustmentsContracts = {
  proposeAdjustment: {
    params: account,
    body: z.strictObject({
      currency: CurrencyField.meta({
        description: 'The program’s currency, said so that no amount is meant in another',
      }),
      cents: z
        .int()
        .min(-MOST_CENTS)
        .max(MOST_CENTS)
        .refine((cents) => cents !== 0, 'must not be 0')
        .meta({ description: 'Minor units. Positive: the partner gets it; negative: it is taken back' }),
      reason: z.enum(ADJUSTMENT_REASONS),
      note: LineField(300).meta({ description: 'For the partner: stands in the ledger, the statement and the mail' }),
      conversion: ConversionRef.optional().meta({ description: 'The order it is about' }),
      disputeId: DisputeId.optional().meta({ description: 'The dispute it answers' }),
    }),
    answer: AdjustmentAnswer,
    status: 201,
    refusals: {
      'currency-differs': 'The program pays in another currency',
      'no-such-conversion': 'There is no such order in the program',
      'no-such-dispute': 'The partner has no such dispute in the program',
      'more-than-owed': 'A write-off is at most what the partner owes now',
    },
    examples: {
      body: {
        currency: example.currency,
        cents: example.cents,
        reason: example.reason,
        note: example.note,
        conversion: example.conversion,
      },
      answer: example,
    },
  },
  listAdjustments: {
    params: z.strictObject({ programId: ProgramId }),
    query: z.strictObject({
      ...PAGING,
      status: z
        .enum(ADJUSTMENT_STATUSES)
        .default('proposed')
        .meta({ description: '`proposed`: those that wait for a second person' }),
    }),
    answer: pageAnswer(AdjustmentAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  listPartnerAdjustments: {
    params: account,
    query: z.strictObject(PAGING),
    answer: pageAnswer(AdjustmentAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getAdjustment: { params: one, answer: AdjustmentAnswer, status: 200, examples: { answer: example } },
  approveAdjustment: {
    params: one,
    body: z.strictObject({
      cents: z.int().meta({ description: 'The amount that you looked at' }),
    }),
    answer: AdjustmentAnswer,
    status: 200,
    repeat: 'natural',
    refusals: {
      'maker-cannot-approve': 'The person who proposed it may not approve it, whichever key they use',
      'cents-differ': 'It is of another amount than you looked at',
      'adjustment-is-approved': 'Another person approved it',
      'adjustment-is-declined': 'It was declined',
      'more-than-owed': 'A write-off is at most what the partner owes now',
      busy: 'The partner’s ledger is being changed by others; send the request again',
    },
    examples: {
      body: { cents: example.cents },
      answer: {
        ...example,
        status: 'approved',
        approvedBy: 'otto@shop.example',
        approvedAt: '2026-05-01T09:00:00.000Z',
        journal: { journalId: 'jrn_7h2mqc01kp3q8z4m', sequence: 14 },
      },
    },
  },
  declineAdjustment: {
    params: one,
    body: z.strictObject({ why: LineField(300) }),
    answer: AdjustmentAnswer,
    status: 200,
    repeat: 'natural',
    refusals: {
      'adjustment-is-approved': 'It is approved and posted; take it back by another adjustment',
      'adjustment-is-declined': 'Another person declined it',
    },
    examples: {
      body: { why: 'The order was paid for by another partner' },
      answer: {
        ...example,
        status: 'declined',
        declinedBy: 'otto@shop.example',
        declinedAt: '2026-05-01T09:00:00.000Z',
        declinedWhy: 'The order was paid for by another partner',
      },
    },
  },
} satisfies Contracts<
  | 'proposeAdjustment'
  | 'listAdjustments'
  | 'listPartnerAdjustments'
  | 'getAdjustment'
  | 'approveAdjustment'
  | 'declineAdjustment'
>;
