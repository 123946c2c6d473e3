import * as z from 'zod';
import {
  DISPUTE_KINDS,
  DISPUTE_OUTCOMES,
  DISPUTE_REFUSALS,
  DISPUTE_STATUSES,
  MOST_ROUNDS,
} from '../../disputes/dispute.ts';
import { PartnerId } from '../../partners/partner.ts';
import { CentsField, CurrencyField, DayField, LineField, ProgramId } from '../../programs/program.ts';
import { EventType, OrderId } from '../../tracking/conversion.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';
import { AdjustmentId, ConversionRef, DisputeId } from './adjustments.ts';

const conversion = z.object({ eventType: z.string(), orderId: z.string() });
const DisputeAnswer = z
  .object({
    disputeId: z.string(),
    programId: z.string(),
    partnerId: z.string(),
    kind: z.enum(DISPUTE_KINDS),
    eventType: z.string(),
    orderId: z.string(),
    orderDay: z.string().optional(),
    amountCents: z.int().optional(),
    expectedCents: z.int().optional(),
    currency: z.string(),
    evidence: z.string(),
    round: z.int().meta({ description: 'How often the partner has said this of this order' }),
    status: z.enum(DISPUTE_STATUSES),
    raisedAt: z.string(),
    raisedBy: z.string(),
    dueOn: z.string().meta({ description: 'Last day for an answer, in the program’s time zone' }),
    overdue: z.boolean().meta({ description: 'Nobody answered by the due day' }),
    answer: z
      .object({
        outcome: z.enum(DISPUTE_OUTCOMES),
        refusal: z.enum(DISPUTE_REFUSALS).optional(),
        note: z.string(),
        adjustmentId: z.string().optional(),
        conversion: conversion.optional(),
      })
      .optional(),
    closedAt: z.string().optional(),
    closedBy: z.string().optional(),
  })
  .meta({ id: 'Dispute' });

const account = z.strictObject({ programId: ProgramId, partnerId: PartnerId });
const one = z.strictObject({ programId: ProgramId, partnerId: PartnerId, disputeId: DisputeId });

const example = {
  disputeId: 'dsp_01kp3q8z4m7yc2hd',
  programId: 'prg_01kp3q8z4m7yc2hd',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  kind: 'untracked' as const,
  eventType: 'sale',
  orderId: '2231',
  orderDay: '2026-04-28',
  amountCents: 12_500,
  currency: 'EUR',
  evidence: 'The customer sent me the confirmation, number 2231',
  round: 1,
  status: 'open' as const,
  raisedAt: '2026-05-01T08:00:00.000Z',
  raisedBy: 'ana@partners.example',
  dueOn: '2026-05-08',
  overdue: false,
};

export const disputesContracts = {
  raiseDispute: {
    params: account,
    body: z
      .strictObject({
        kind: z.enum(DISPUTE_KINDS).meta({
          description:
            '`untracked`: the order is not credited to the partner; `incorrect`: it is, with a wrong amount; `declined`: it was turned away',
        }),
        eventType: EventType.default('sale'),
        orderId: OrderId,
        orderDay: DayField.optional().meta({ description: 'Day of the order; needed for `untracked`' }),
        amountCents: CentsField.optional().meta({ description: 'What the order was worth; needed for `untracked`' }),
        expectedCents: CentsField.optional().meta({ description: 'The commission expected; needed for `incorrect`' }),
        currency: CurrencyField.optional().meta({ description: 'Of the amounts; the program’s when left out' }),
        evidence: LineField(1000).meta({ description: 'What shows it' }),
      })
      .superRefine((claim, context) => {
        const needed = { untracked: ['orderDay', 'amountCents'], incorrect: ['expectedCents'], declined: [] } as const;
        for (const path of needed[claim.kind]) {
          if (claim[path] === undefined)
            context.addIssue({ code: 'custom', path: [path], message: `must be given with the kind ${claim.kind}` });
        }
      }),
    answer: z.object({ outcome: z.enum(['raised', 'already-open']), dispute: DisputeAnswer }),
    status: 200,
    refusals: {
      'already-credited': 'An untracked order is credited to the partner already',
      'not-credited': 'An incorrect commission is of an order that is not credited to the partner',
      'said-too-often': `The partner has said this of this order ${MOST_ROUNDS} times, and each was answered or withdrawn`,
    },
    examples: {
      body: {
        kind: example.kind,
        orderId: example.orderId,
        orderDay: example.orderDay,
        amountCents: example.amountCents,
        evidence: example.evidence,
      },
      answer: { outcome: 'raised', dispute: example },
    },
  },
  listDisputes: {
    params: z.strictObject({ programId: ProgramId }),
    query: z.strictObject({
      ...PAGING,
      status: z.enum(DISPUTE_STATUSES).default('open'),
      overdue: z
        .literal('true')
        .optional()
        .meta({ description: '`true`: open ones that nobody answered by their due day, and no others' }),
    }),
    answer: pageAnswer(DisputeAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  listPartnerDisputes: {
    params: account,
    query: z.strictObject(PAGING),
    answer: pageAnswer(DisputeAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getDispute: { params: one, answer: DisputeAnswer, status: 200, examples: { answer: example } },
  answerDispute: {
    params: one,
    body: z
      .strictObject({
        outcome: z.enum(DISPUTE_OUTCOMES),
        refusal: z.enum(DISPUTE_REFUSALS).optional().meta({ description: 'Why; needed for `refused` and only for it' }),
        note: LineField(1000).meta({ description: 'For the partner' }),
        adjustmentId: AdjustmentId.optional().meta({ description: 'The adjustment that puts it right' }),
        conversion: ConversionRef.optional().meta({ description: 'The order that was reported or amended for it' }),
      })
      .superRefine((said, context) => {
        const refused = said.outcome === 'refused';
        const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
        if (refused && said.refusal === undefined) problem('refusal', 'must be given with the outcome refused');
        if (!refused && said.refusal !== undefined)
          problem('refusal', `must be left out with the outcome ${said.outcome}`);
        for (const path of ['adjustmentId', 'conversion'] as const)
          if (refused && said[path] !== undefined) problem(path, 'must be left out with the outcome refused');
      }),
    answer: DisputeAnswer,
    status: 200,
    repeat: 'natural',
    refusals: {
      'dispute-is-answered': 'It was answered before, in other words or by another person',
      'dispute-is-withdrawn': 'The partner withdrew it',
      'no-such-adjustment': 'The partner has no such adjustment in the program',
      'adjustment-is-declined': 'The adjustment was declined and puts nothing right',
      'no-such-conversion': 'There is no such order in the program',
    },
    examples: {
      body: {
        outcome: 'refused',
        refusal: 'another-partner-credited',
        note: 'A later click came through another partner',
      },
      answer: {
        ...example,
        ...{ status: 'answered', closedAt: '2026-05-04T09:00:00.000Z', closedBy: 'otto@shop.example' },
        answer: {
          outcome: 'refused',
          refusal: 'another-partner-credited',
          note: 'A later click came through another partner',
        },
      },
    },
  },
  withdrawDispute: {
    params: one,
    answer: DisputeAnswer,
    status: 200,
    repeat: 'natural',
    refusals: { 'dispute-is-answered': 'It was answered before' },
    examples: {
      answer: {
        ...example,
        ...{ status: 'withdrawn', closedAt: '2026-05-02T09:00:00.000Z', closedBy: 'ana@partners.example' },
      },
    },
  },
} satisfies Contracts<
  'raiseDispute' | 'listDisputes' | 'listPartnerDisputes' | 'getDispute' | 'answerDispute' | 'withdrawDispute'
>;
