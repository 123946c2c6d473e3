import * as z from 'zod';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const AuditAnswer = z
  .object({
    auditId: z.string(),
    at: z.string(),
    person: z.string(),
    keyId: z.string(),
    action: z.string().meta({ description: '`operationId` of the route' }),
    target: z.string(),
    before: z.unknown().optional().meta({ description: 'The fields that changed, as they were' }),
    after: z.unknown().optional().meta({ description: 'The fields that changed, as they are' }),
    why: z.string().optional().meta({ description: 'What the `X-Reason` header said' }),
  })
  .meta({ id: 'AuditEntry' });

export const auditContracts = {
  listAudit: {
    query: z.strictObject({
      ...PAGING,
      target: z
        .string()
        .regex(/^[^\p{C}]{1,200}$/u)
        .optional()
        .meta({ description: 'Only what happened to this: an id as entries name it' }),
      order: z.enum(['newest-first', 'oldest-first']).default('newest-first'),
    }),
    answer: pageAnswer(AuditAnswer),
    status: 200,
    examples: {
      answer: {
        items: [
          {
            auditId: 'aud_01kp3q8z4m7yc2hd',
            at: '2026-03-29T10:00:00.000Z',
            person: 'ada@shop.example',
            keyId: 'key_01kp3q8z4m7yc2hd',
            action: 'updateEnrolment',
            target: 'prg_01kp3q8z4m7yc2hd/ptr_01kp3q8z4m7yc2hd',
            before: { group: 'default' },
            after: { group: 'gold' },
            why: 'Over 50 orders in March',
          },
        ],
      },
    },
  },
} satisfies Contracts<'listAudit'>;
