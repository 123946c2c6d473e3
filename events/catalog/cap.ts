import * as z from 'zod';
import { contract } from './envelope.ts';
import { Count, idOf } from './fields.ts';

/** A window of a cap is 90 % or wholly used, or something was turned away by it. Once for each window, threshold and limit. */
export const CapReached = contract(
  'cap.reached',
  z.object({
    programId: idOf('program'),
    capId: idOf('cap'),
    measure: z.enum(['clicks', 'conversions', 'payout', 'revenue']),
    scope: z.enum(['program', 'partner', 'group']),
    /** Of a cap on one partner. */
    partnerId: idOf('partner').optional(),
    /** Of a cap on one group. */
    group: z.string().min(1).optional(),
    /** `2026-03-29`, `W2026-03-23` (the Monday), `2026-03` or `total`. */
    window: z.string().min(1),
    limit: Count,
    used: Count,
    threshold: z.union([z.literal(90), z.literal(100)]),
    hard: z.boolean(),
  }),
);
