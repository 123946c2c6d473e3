import * as z from 'zod';
import { PartnerId } from '../partners/partner.ts';
import { RunId } from '../payouts/order.ts';
import { BrandId } from '../programs/brand.ts';
import { CurrencyField, DayField, InstantField, ProgramId } from '../programs/program.ts';
import { YearField } from '../tax/year-end/order.ts';
import { optional } from '../workflow-input.ts';
import type { Violation } from './laws.ts';

/** What audit-ledger is started with. Nothing given: everything stored of every brand. */
export const AuditOrder = z
  .object({
    asOf: InstantField,
    brandId: optional(BrandId),
    programId: optional(ProgramId),
    /** Where the plan's next page starts: a partner of a program, or, once all programs are planned, of a tax year; that partner left out. */
    at: optional(
      z.object({
        brandId: BrandId,
        programId: optional(ProgramId),
        year: optional(YearField),
        after: optional(PartnerId),
      }),
    ),
  })
  .refine(({ brandId, programId }) => programId === undefined || brandId !== undefined, {
    path: ['brandId'],
    message: 'must be given with programId: programs are found by their brand',
  });
export type AuditOrder = z.output<typeof AuditOrder>;

/** What a shard has found so far. */
const Tally = z.object({
  chains: z.int().default(0),
  journals: z.int().default(0),
  conversions: z.int().default(0),
  statements: z.int().default(0),
  runs: z.int().default(0),
  payees: z.int().default(0),
  returns: z.int().default(0),
  violations: z.int().default(0),
  /** The first ones; all are in the report. */
  examples: z.array(z.object({ law: z.string(), where: z.string(), found: z.string() })).default([]),
  /** Folder in the documents bucket with a line for each violation. */
  report: z.string().optional(),
});
export type AuditTally = z.output<typeof Tally>;
export const NOTHING_AUDITED: AuditTally = Tally.parse({});

const ofBrand = {
  asOf: InstantField,
  brandId: BrandId,
  /** Where the shard goes on: a partner, run or submission of the list, or a day and a place in it. */
  cursor: z.string().nullish(),
  tally: Tally.optional(),
};
const common = { ...ofBrand, programId: ProgramId };
const ofYear = { ...ofBrand, year: YearField };

/**
 * One part to audit: of a program some partners' chains and statements, the conversions of some UTC days, or some payout runs; of a brand's tax
 * year some partners' figures, some submissions, or the sums.
 */
export const AuditShard = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('chains'),
    currency: CurrencyField,
    timeZone: z.string(),
    partnerIds: z.array(PartnerId).max(100),
  }),
  z.object({ ...common, kind: z.literal('days'), firstDay: DayField, lastDay: DayField }),
  z.object({ ...common, kind: z.literal('runs'), runIds: z.array(RunId).max(100) }),
  z.object({ ...ofYear, kind: z.literal('payees'), partnerIds: z.array(PartnerId).max(100) }),
  z.object({ ...ofYear, kind: z.literal('submissions'), first: z.int(), last: z.int() }),
  z.object({ ...ofYear, kind: z.literal('sums') }),
]);
export type AuditShard = z.output<typeof AuditShard>;

/** An execution's output holds every shard's tally in 256 KB. */
const MOST_EXAMPLES = 3;

const COUNTED = ['chains', 'journals', 'conversions', 'statements', 'runs', 'payees', 'returns'] as const;
export type Counts = Partial<Record<(typeof COUNTED)[number], number>>;

/** A tally after another part was looked at. */
export function tallied(tally: AuditTally, counts: Counts, violations: readonly Violation[]): AuditTally {
  return {
    ...tally,
    ...Object.fromEntries(COUNTED.map((name) => [name, tally[name] + (counts[name] ?? 0)])),
    violations: tally.violations + violations.length,
    examples: [...tally.examples, ...violations].slice(0, MOST_EXAMPLES),
  };
}
