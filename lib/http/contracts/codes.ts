import * as z from 'zod';
import { PartnerId } from '../../partners/partner.ts';
import { InstantField, ProgramId } from '../../programs/program.ts';
import { CodeField } from '../../tracking/code.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const CodeAnswer = z
  .object({
    code: z.string().meta({ description: 'As it was registered; customers may type it in any case' }),
    programId: z.string(),
    partnerId: z.string().meta({ description: 'Whose it is, or was last' }),
    status: z.enum(['active', 'scheduled', 'paused', 'ended']),
    periods: z
      .array(
        z.object({
          partnerId: z.string(),
          from: z.string(),
          until: z.string().optional(),
          pausedFrom: z.string().optional(),
        }),
      )
      .meta({ description: 'Whose it was when, oldest first; orders are credited by the period of their time' }),
    createdAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'Code' });

const params = z.strictObject({ programId: ProgramId, code: CodeField });
const endsAt = InstantField.meta({ description: 'The instant before which it ends' });

const example = {
  code: 'ANA10',
  programId: 'prg_01kp3q8z4m7yc2hd',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  status: 'active' as const,
  periods: [{ partnerId: 'ptr_01kp3q8z4m7yc2hd', from: '2026-03-29T10:00:00.000Z' }],
  createdAt: '2026-03-29T10:00:00.000Z',
  revision: 1,
};
const refusals = { 'not-enrolled': 'The partner is not in the program, or has left it' };

export const codesContracts = {
  createCode: {
    body: z.strictObject({
      programId: ProgramId,
      partnerId: PartnerId,
      code: CodeField,
      startsAt: InstantField.optional().meta({
        description:
          'First instant at which it is the partner’s; the time of the request when left out, may lie in the past',
      }),
      endsAt: endsAt.optional(),
    }),
    answer: CodeAnswer,
    status: 201,
    refusals: { ...refusals, 'code-taken': 'The program has this code, in this or another spelling; change that one' },
    examples: {
      body: { programId: example.programId, partnerId: example.partnerId, code: example.code },
      answer: example,
    },
  },
  listCodes: {
    query: z.strictObject({ ...PAGING, programId: ProgramId.optional(), partnerId: PartnerId.optional() }),
    answer: pageAnswer(CodeAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getCode: { params, answer: CodeAnswer, status: 200, examples: { answer: example } },
  updateCode: {
    params,
    body: z.strictObject({
      partnerId: PartnerId.optional().meta({
        description:
          'Another partner: the present period ends and one of theirs starts; orders of before stay as they were',
      }),
      startsAt: InstantField.optional().meta({
        description: 'When the new partner’s period starts; the time of the request when left out',
      }),
      endsAt: endsAt.nullable().optional().meta({ description: '`null`: it does not end' }),
      status: z.enum(['active', 'paused']).optional(),
    }),
    answer: CodeAnswer,
    status: 200,
    revises: true,
    refusals: {
      ...refusals,
      'code-not-changed': 'The change would rewrite the past or leave no period; the field is named',
    },
    examples: {
      body: { status: 'paused' },
      answer: {
        ...example,
        status: 'paused',
        periods: [{ ...example.periods[0]!, pausedFrom: '2026-04-01T00:00:00.000Z' }],
        revision: 2,
      },
    },
  },
} satisfies Contracts<'createCode' | 'listCodes' | 'getCode' | 'updateCode'>;
