import * as z from 'zod';
import { BrandId } from '../programs/brand.ts';
import { DayField, InstantField, ProgramId } from '../programs/program.ts';
import { optional } from '../workflow-input.ts';
import type { SettlementTally } from './tally.ts';

const window = {
  /** First order time, included; order time to stop before. */
  from: optional(InstantField),
  to: optional(InstantField),
};
const run = { asOf: InstantField, dryRun: z.boolean().default(false) };

/**
 * What settle-conversions is started with. `new` settles what is open; `recompute` looks at every conversion of the window again, settled
 * or not, and posts what differs; `recount` does that for programs whose plans price orders by others, over the days whose tiers and limits
 * may still move. Nothing given: all open work of every brand.
 */
export const SettlementOrder = z
  .object({
    ...run,
    ...window,
    brandId: optional(BrandId),
    programId: optional(ProgramId),
    mode: z.enum(['new', 'recompute', 'recount']).default('new'),
    /** Where the plan's next page starts. */
    at: optional(z.object({ brandId: BrandId, programId: optional(ProgramId) })),
    /** The plan's own note: programs without a hold whose commission is released, and its payout drafted, once all is settled. */
    releases: z.array(z.object({ brandId: BrandId, programId: ProgramId })).default([]),
    /** Every shard is settled: start what is noted. */
    closing: z.boolean().default(false),
  })
  .refine(({ brandId, programId }) => programId === undefined || brandId !== undefined, {
    path: ['brandId'],
    message: 'must be given with programId: programs are found by their brand',
  })
  .refine(({ mode, from }) => mode !== 'recompute' || from !== undefined, {
    path: ['from'],
    message: 'must be given to recompute: the first order time to look at again',
  });
export type SettlementOrder = z.output<typeof SettlementOrder>;

const progress = {
  cursor: optional(z.string()),
  tally: z.custom<SettlementTally>().optional(),
};

/** Conversions assessed together: enough for a partner's orders to meet in one journal, few enough to be done in seconds. */
export const SETTLED_TOGETHER = 200;

/** Shards of the open work of a brand that one worker settles, or a stretch of a program's days. */
export const SettlementShard = z.discriminatedUnion('mode', [
  z.object({
    ...run,
    ...window,
    ...progress,
    mode: z.literal('new'),
    brandId: BrandId,
    programId: optional(ProgramId),
    shards: z.array(z.int().min(0)).min(1),
  }),
  z.object({
    ...run,
    ...window,
    ...progress,
    mode: z.literal('recompute'),
    brandId: BrandId,
    programId: ProgramId,
    shard: z.int().min(0),
    /** First and last UTC day. */
    firstDay: DayField,
    lastDay: DayField,
  }),
]);
export type SettlementShard = z.output<typeof SettlementShard>;
