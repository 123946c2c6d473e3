import * as z from 'zod';
import { AttributionPolicy } from '../attribution/policy.ts';
import { BrandId } from '../programs/brand.ts';
import { DayField, InstantField, ProgramId } from '../programs/program.ts';
import { DAY_MS, epochMs } from '../time.ts';
import { optional } from '../workflow-input.ts';
import { type BacktestTable, NOTHING_TESTED } from './backtest.ts';

/** A quarter of last year beside one of this year, and some. */
export const MOST_DAYS = 400;

const asked = {
  brandId: BrandId,
  programId: ProgramId,
  policy: AttributionPolicy,
  /** First order time, included; order time to stop before. */
  from: InstantField,
  to: InstantField,
  /** What is locked by then is told apart. */
  asOf: InstantField,
};

/** What backtest-attribution is started with. */
export const BacktestOrder = z
  .object(asked)
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be after from' })
  .refine(({ from, to }) => epochMs(to) - epochMs(from) <= MOST_DAYS * DAY_MS, {
    path: ['to'],
    message: `must be at most ${MOST_DAYS} days after from`,
  });
export type BacktestOrder = z.output<typeof BacktestOrder>;

/** Conversions judged together: one round of reads. */
export const TESTED_TOGETHER = 200;

/** A stretch of UTC days. */
export const BacktestShard = z.object({
  ...asked,
  /** Where the parts of the report go. */
  folder: z.string(),
  shard: z.int().min(0),
  firstDay: DayField,
  lastDay: DayField,
  cursor: optional(z.string()),
  /** How often it was called before: each call writes a part. */
  part: z.int().min(0).default(0),
  tally: z.custom<BacktestTable['conversions']>().default(NOTHING_TESTED.conversions),
});
export type BacktestShard = z.output<typeof BacktestShard>;

/** The last step: what it puts together. */
export const BacktestParts = z.object({ ...asked, folder: z.string(), count: z.int().min(0) });

/** What a call of a shard found, as it lies in the bucket until the report is made. */
export interface BacktestPart {
  readonly last: boolean;
  readonly table: BacktestTable;
}
export const partKey = (folder: string, shard: number, part: number) => `${folder}/parts/${shard}-${part}.json`;
export const reportKey = (folder: string, format: 'json' | 'csv') => `${folder}/report.${format}`;
