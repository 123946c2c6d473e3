import * as z from 'zod';
import { PartnerId } from '../../partners/partner.ts';
import { BrandId } from '../../programs/brand.ts';
import { InstantField } from '../../programs/program.ts';
import type { Instant } from '../../time.ts';
import { optional } from '../../workflow-input.ts';

export const YearField = z.int('must be a year, e.g. 2026').min(2020).max(2099);
export const ModeField = z.enum(['original', 'corrected']);

/** What file-1099 is started with. */
export const FilingOrder = z.object({
  asOf: InstantField,
  brandId: BrandId,
  year: YearField,
  /** `original`: returns that are due and not filed. `corrected`: what changed since. */
  mode: ModeField.default('original'),
  /** Make the figures and file nothing. */
  dryRun: z.boolean().default(false),
  /** Number of a submission whose files are to be written again; then nothing else is filed. */
  rewrite: optional(z.int().min(1)),
  /** Where the plan's next page starts: after this partner. */
  after: optional(PartnerId),
});
export type FilingOrder = z.output<typeof FilingOrder>;

/** Partners whose year is worked out together. */
export const AssessShard = z.object({
  asOf: InstantField,
  brandId: BrandId,
  year: YearField,
  partnerIds: z.array(PartnerId).min(1).max(50),
});

/** What the steps after the shards get: the plan's answer, then each other's. */
const AfterShards = FilingOrder.omit({ after: true }).extend({ cursor: z.string().nullish() });

/** Whose taxpayer numbers are compared: those of a brand, for a year's returns or before a payout run is drafted. */
export const MatchOrder = AfterShards.partial({ year: true });

export type MatchOrder = z.output<typeof MatchOrder>;

/** Whose years are judged together. */
export const CombineOrder = AfterShards;

/** Where a run that files returns goes on. */
export const FilingPlace = z.object({
  /** Place among the run's passes. */
  pass: z.int().min(0),
  /** The payee after whom the pass goes on; nothing at its beginning. */
  after: optional(z.string()),
  /** Numbers of the first submission of the run, and of the next. */
  first: z.int().min(1),
  next: z.int().min(1),
  /** States met in the first pass, which have passes of their own. */
  states: z.array(z.string()),
});
export type FilingPlace = z.output<typeof FilingPlace>;

/** What the last step gets: the answer of the one before, then its own. */
export const WriteOrder = AfterShards.extend({ cursor: FilingPlace.nullish() });
export type WriteOrder = z.output<typeof WriteOrder>;

/**
 * From when on returns of a year are made: it has ended everywhere on earth. Before that a figure may still grow.
 */
export const yearIsOver = (year: number, asOf: Instant): boolean => asOf >= `${year + 1}-01-01T12:00:00.000Z`;
