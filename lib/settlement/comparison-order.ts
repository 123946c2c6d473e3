import * as z from 'zod';
import type { Model } from '../attribution/compare/compare.ts';
import { BrandId } from '../programs/brand.ts';
import { InstantField, ProgramId } from '../programs/program.ts';
import { DAY_MS, epochMs } from '../time.ts';
import { optional } from '../workflow-input.ts';
import { MOST_DAYS } from './backtest-order.ts';

/** What one comparison holds in memory at most, with its look-back; see docs/attribution-comparisons.md for what that takes. */
export const MOST_CLICKS = 10_000_000;
export const MOST_CONVERSIONS = 1_000_000;

export const COMPARISON_MODELS = [
  'last',
  'first',
  'linear',
  'linear-distinct',
  'position',
  'decay',
  'markov',
  'shapley',
] as const;
export type ComparisonModel = (typeof COMPARISON_MODELS)[number];

const Weight = z.int().min(0).max(10_000);

/** How partners are to be compared; settings of models that are not asked for change nothing. */
export const comparisonSettings = {
  models: z
    .array(z.enum(COMPARISON_MODELS))
    .min(1)
    .max(COMPARISON_MODELS.length)
    .refine((models) => new Set(models).size === models.length, 'each model may stand once')
    .describe('Models to compare the partners by'),
  order: optional(z.int().min(1).max(3)).describe('`markov`: touches a state remembers; 1 when left out'),
  weights: optional(
    z
      .strictObject({ first: Weight, middle: Weight, last: Weight })
      .refine(({ first, last }) => first + last > 0, 'first and last must not both be 0'),
  ).describe(
    '`position`: shares of the first, all middle and the last touch, in proportion; 40, 20 and 40 when left out',
  ),
  halfLifeDays: optional(z.int().min(1).max(365)).describe(
    '`decay`: a touch this much older than another weighs half as much; 7 when left out',
  ),
  samples: optional(z.int().min(2).max(100_000)).describe(
    '`shapley` above 12 partners: orders of joining to draw; 1000 when left out',
  ),
  seed: optional(z.int().min(0).max(0xffff_ffff)).describe(
    '`shapley` above 12 partners: where drawing starts; 1 when left out',
  ),
};
export const comparisonWindow = {
  from: InstantField.describe(
    'First order time, and first time at which a journey that did not convert may have ended',
  ),
  to: InstantField.describe('Time to stop before'),
};

/** What is wrong with a window; the same for whoever asks. */
export const windowChecks = <Window extends { readonly from: string; readonly to: string }>(
  schema: z.ZodType<Window>,
) =>
  schema
    .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be after from' })
    .refine(({ from, to }) => epochMs(to) - epochMs(from) <= MOST_DAYS * DAY_MS, {
      path: ['to'],
      message: `must be at most ${MOST_DAYS} days after from`,
    });

const asked = {
  brandId: BrandId,
  programId: ProgramId,
  ...comparisonWindow,
  ...comparisonSettings,
  asOf: InstantField,
};

/** What compare-attribution is started with. */
export const ComparisonOrder = windowChecks(z.object(asked));
export type ComparisonOrder = z.output<typeof ComparisonOrder>;

/** The whole of it: journeys are put together from all clicks of a visitor, and most models look at all journeys. */
export const ComparisonShard = z.object({
  ...asked,
  /** Where the report goes. */
  folder: z.string(),
  lookbackDays: z.int().min(1),
  /** Clicks there are to read, at most. */
  clicks: z.int().min(0),
});

export type ComparisonShard = z.output<typeof ComparisonShard>;

export const comparisonKey = (folder: string, format: 'json' | 'csv') => `${folder}/comparison.${format}`;

type Settings = Pick<ComparisonOrder, 'order' | 'weights' | 'halfLifeDays' | 'samples' | 'seed'>;

export function modelOf(name: ComparisonModel, settings: Settings): Model {
  const {
    order = 1,
    weights = { first: 40, middle: 20, last: 40 },
    halfLifeDays = 7,
    samples = 1_000,
    seed = 1,
  } = settings;
  switch (name) {
    case 'position':
      return { model: name, ...weights };
    case 'decay':
      return { model: name, halfLifeMs: halfLifeDays * DAY_MS };
    case 'markov':
      return { model: name, order: order as 1 | 2 | 3 };
    case 'shapley':
      return { model: name, seed, samples };
    default:
      return { model: name };
  }
}
