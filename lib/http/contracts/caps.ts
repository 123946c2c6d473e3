import * as z from 'zod';
import { CAP_MEASURES, CAP_WINDOWS, NewCap } from '../../caps/cap.ts';
import { idPattern } from '../../ids.ts';
import { CentsField, InstantField, ProgramId } from '../../programs/program.ts';
import type { Contracts } from '../contract.ts';

const capFields = {
  capId: z.string(),
  programId: z.string(),
  scope: z.object({
    kind: z.enum(['program', 'partner', 'group']),
    partnerId: z.string().optional(),
    group: z.string().optional(),
  }),
  measure: z.enum(CAP_MEASURES),
  window: z.enum(CAP_WINDOWS),
  limit: z.int(),
  hard: z.boolean(),
  startsAt: z.string(),
  endsAt: z.string().optional(),
  createdAt: z.string(),
  revision: z.int(),
};
const CapAnswer = z.object(capFields).meta({ id: 'Cap' });

const program = z.strictObject({ programId: ProgramId });
const one = z.strictObject({
  programId: ProgramId,
  capId: z.string().regex(idPattern('cap'), 'must be a cap id such as cap_01h…'),
});

const example = {
  capId: 'cap_01kp3q8z4m7yc2hd',
  programId: 'prg_01kp3q8z4m7yc2hd',
  scope: { kind: 'partner' as const, partnerId: 'ptr_01kp3q8z4m7yc2hd' },
  measure: 'payout' as const,
  window: 'month' as const,
  limit: 500_000,
  hard: true,
  startsAt: '2026-03-29T10:00:00.000Z',
  createdAt: '2026-03-29T10:00:00.000Z',
  revision: 1,
};

export const capsContracts = {
  createCap: {
    params: program,
    body: NewCap.meta({ id: 'NewCap' }),
    answer: CapAnswer,
    status: 201,
    refusals: {
      'not-enrolled': 'The partner is not in the program',
      'too-many-caps': 'The program has as many as it may',
    },
    examples: {
      body: { scope: example.scope, measure: example.measure, window: example.window, limit: example.limit },
      answer: example,
    },
  },
  listCaps: {
    params: program,
    answer: z.object({ items: z.array(CapAnswer) }),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getCap: {
    params: one,
    answer: z.object({
      ...capFields,
      windows: z
        .array(
          z.object({
            window: z.string().meta({ description: '`2026-03-29`, `W2026-03-23` (the Monday), `2026-03` or `total`' }),
            used: z.int(),
            turnedAway: z.boolean().meta({ description: 'Whether something found no room at the present limit' }),
          }),
        )
        .meta({ description: 'How far it is used, the newest 60 windows that were used at all' }),
    }),
    status: 200,
    examples: { answer: { ...example, windows: [{ window: '2026-03', used: 480_000, turnedAway: false }] } },
  },
  updateCap: {
    params: one,
    body: z.strictObject({
      limit: CentsField.optional().meta({
        description:
          'Raised: recompute the window, and what was turned away is taken up. Lowered: what was earned stays',
      }),
      hard: z.boolean().optional(),
      endsAt: InstantField.nullable().optional().meta({ description: 'Not in the past; `null`: it does not end' }),
    }),
    answer: CapAnswer,
    status: 200,
    revises: true,
    examples: { body: { limit: 800_000 }, answer: { ...example, limit: 800_000, revision: 2 } },
  },
} satisfies Contracts<'createCap' | 'listCaps' | 'getCap' | 'updateCap'>;
