import * as z from 'zod';
import {
  AcceptedAgreement,
  ENROLMENT_STATUSES,
  GroupField,
  PartnerId,
  PayoutPreferences,
} from '../../partners/partner.ts';
import { ProgramId } from '../../programs/program.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

export const EnrolmentAnswer = z
  .object({
    programId: z.string(),
    partnerId: z.string(),
    status: z.enum(ENROLMENT_STATUSES),
    group: z.string().meta({ description: 'Names the rates that the plan gives' }),
    tier: z.string().optional().meta({ description: 'A rank beside the group, which rules may ask for' }),
    recruitedBy: z.string().optional().meta({ description: 'The partner who recruited this one' }),
    agreement: z.object({ version: z.string(), acceptedAt: z.string(), acceptedBy: z.string() }).optional(),
    payoutPreferences: PayoutPreferences.optional(),
    enrolledAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'Enrolment' });

const ofProgram = z.strictObject({ programId: ProgramId });
const one = z.strictObject({ programId: ProgramId, partnerId: PartnerId });

const example = {
  programId: 'prg_01kp3q8z4m7yc2hd',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  status: 'active',
  group: 'default',
  enrolledAt: '2026-03-29T10:00:00.000Z',
  revision: 1,
};

export const enrolmentsContracts = {
  enrolPartner: {
    params: ofProgram,
    body: z.strictObject({
      partnerId: PartnerId,
      group: GroupField.default('default'),
      tier: GroupField.optional(),
      recruitedBy: PartnerId.optional().meta({
        description: 'Who recruited the partner: another partner of the program. It cannot be changed later',
      }),
    }),
    answer: EnrolmentAnswer,
    status: 201,
    refusals: {
      'already-enrolled': 'The partner is in the program; change the enrolment instead',
      'recruiter-not-enrolled': 'Who recruits must be in the program first',
    },
    examples: { body: { partnerId: example.partnerId, group: 'gold' }, answer: { ...example, group: 'gold' } },
  },
  listEnrolments: {
    params: ofProgram,
    query: z.strictObject(PAGING),
    answer: pageAnswer(EnrolmentAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getEnrolment: { params: one, answer: EnrolmentAnswer, status: 200, examples: { answer: example } },
  updateEnrolment: {
    params: one,
    body: z.strictObject({
      group: GroupField.optional(),
      tier: GroupField.nullable().optional().meta({ description: 'From now on; `null` takes it away' }),
      status: z.enum(ENROLMENT_STATUSES).optional(),
      payoutPreferences: PayoutPreferences.optional().meta({
        description: 'What the partner asks of their payments; replaces what was asked before',
      }),
    }),
    answer: EnrolmentAnswer,
    status: 200,
    revises: true,
    refusals: { 'currency-not-offered': 'The program’s payout terms do not list the currency' },
    examples: {
      body: { group: 'gold', payoutPreferences: { minimumCents: 20_000 } },
      answer: { ...example, group: 'gold', payoutPreferences: { minimumCents: 20_000 }, revision: 2 },
    },
  },
  acceptAgreement: {
    params: one,
    body: AcceptedAgreement,
    answer: EnrolmentAnswer,
    status: 200,
    refusals: { 'not-the-current-agreement': 'The version is not the one that the program’s payout terms name' },
    examples: {
      body: { version: '1', acceptedBy: 'mara@trailnotes.example' },
      answer: {
        ...example,
        agreement: { version: '1', acceptedAt: '2026-03-29T10:00:00.000Z', acceptedBy: 'mara@trailnotes.example' },
        revision: 2,
      },
    },
  },
} satisfies Contracts<'enrolPartner' | 'listEnrolments' | 'getEnrolment' | 'updateEnrolment' | 'acceptAgreement'>;
