import * as z from 'zod';
import { PartnerId } from '../partners/partner.ts';
import { BrandId } from '../programs/brand.ts';
import { CurrencyField, DayField, InstantField, ProgramId, WriteOffPolicy } from '../programs/program.ts';
import { optional } from '../workflow-input.ts';

/** What release-commissions is started with. Nothing given: whatever is due in every program of every brand. */
export const ReleaseOrder = z
  .object({
    asOf: InstantField,
    dryRun: z.boolean().default(false),
    brandId: optional(BrandId),
    programId: optional(ProgramId),
    /** Where the plan's next page starts: a partner of a program, that partner left out. */
    at: optional(z.object({ brandId: BrandId, programId: ProgramId, after: optional(PartnerId) })),
  })
  .refine(({ brandId, programId }) => programId === undefined || brandId !== undefined, {
    path: ['brandId'],
    message: 'must be given with programId: programs are found by their brand',
  });
export type ReleaseOrder = z.output<typeof ReleaseOrder>;

/** What a release covered, whose programs may want a payout run drafted at once. */
export const ReleasedOrder = z.object({
  asOf: InstantField,
  brandId: optional(BrandId),
  programId: optional(ProgramId),
  /** The program that is looked at next. */
  cursor: optional(z.object({ brandId: BrandId, programId: ProgramId })),
});

/** By currency: what became payable, or what of it repaid a debt; and how many write-offs were proposed. */
export interface ReleaseTally {
  readonly partners: number;
  readonly writeOffs: number;
  readonly cents: Readonly<Record<string, number>>;
}

/** Partners of one program with money that matures by a day, or a debt that its policy may want written off. */
export const ReleaseShard = z.object({
  asOf: InstantField,
  dryRun: z.boolean().default(false),
  brandId: BrandId,
  programId: ProgramId,
  currency: CurrencyField,
  /** Day of the as-of time in the program's time zone; money that matures by it is released. */
  through: DayField,
  partnerIds: z.array(PartnerId).max(100),
  /** Partners whose debt the policy wants written off, if it still does when the shard looks. */
  owing: z.array(PartnerId).max(100).default([]),
  writeOff: optional(WriteOffPolicy),
  timeZone: z.string().default('UTC'),
});
export type ReleaseShard = z.output<typeof ReleaseShard>;
