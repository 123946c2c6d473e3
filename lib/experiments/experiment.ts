import * as z from 'zod';
import { idPattern } from '../ids.ts';
import { CentsField, DayField, LineField, NameField } from '../programs/program.ts';
import type { Instant } from '../time.ts';

/**
 * An experiment asks one question: what would have happened without this? It is written down whole before it starts, because a hypothesis
 * chosen after the figures are known shows nothing.
 */
export const ExperimentId = z.string().regex(idPattern('experiment'), 'must be an experiment id such as exp_01h…');

/** What a customer may meet; an arm says which of it is on. */
export const SURFACES = ['couponBox', 'links', 'extension'] as const;
export type Surface = (typeof SURFACES)[number];

const OnOff = z.enum(['on', 'off']);
/** What the units of an arm really experience, and how their orders are credited, which nobody experiences. */
const ArmField = z.strictObject({
  sees: z
    .strictObject({ couponBox: OnOff.default('on'), links: OnOff.default('on'), extension: OnOff.default('on') })
    .describe('What customers of this arm meet: the coupon box, partners’ links and offers, browser extensions'),
  credit: z
    .enum(['counted', 'withheld'])
    .default('counted')
    .describe('Whether partners are credited. Nobody sees it, so it makes no difference between arms'),
});
export type ArmSees = z.infer<typeof ArmField>['sees'];

/** Names of the two arms. The lift is that of `exposed` over `holdout`. */
export const ARMS = ['exposed', 'holdout'] as const;
export type Arm = (typeof ARMS)[number];

/** Names of regions, as the brand writes them: `DE-BE`, `US-TX`, `dma-501`. */
export const GeoField = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, 'must be a region’s name: letters, digits and dashes');

const holdoutBps = z.int().min(100).max(9_000).describe('Part of the units in the holdout, in basis points');
const Design = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('unit-holdout'), surface: z.enum(['couponBox', 'links']), holdoutBps })
      .describe('Some customers or visitors, chosen by a hash, do not see the coupon box or partners’ links'),
    z
      .strictObject({ kind: z.literal('stand-down'), surface: z.literal('extension').default('extension'), holdoutBps })
      .describe('Browser extensions stand down for some visitors, chosen by a hash'),
    z
      .strictObject({
        kind: z.literal('geo-switch-off'),
        surface: z.enum(SURFACES),
        geos: z.array(GeoField).min(2).max(200),
        holdoutGeos: z.int().min(1).max(199).describe('How many of the regions are switched off; which, is drawn'),
        beforeDays: z
          .int()
          .min(7)
          .max(90)
          .default(28)
          .describe('Days before the start that each region is compared with'),
      })
      .describe('In some regions, drawn at random, it is off; each region is compared with itself before'),
    z
      .strictObject({
        kind: z.literal('time-switch-off'),
        surface: z.enum(SURFACES),
        blockDays: z
          .int()
          .min(1)
          .max(28)
          .describe('Days that it stays on or off; of each pair of blocks one is off, drawn at random'),
        washoutDays: z.int().min(0).max(14).default(0).describe('Days at the start of each block that are not counted'),
      })
      .describe('It is switched on and off in turns; of each two neighbouring blocks one is off'),
  ])
  .meta({ id: 'ExperimentDesign' });
export type Design = z.infer<typeof Design>;

const baselineFields = {
  rateBps: z
    .int()
    .min(1)
    .max(9_999)
    .optional()
    .describe('Conversion rate of the holdout to be expected; for `conversion-rate` of units'),
  meanCents: CentsField.optional().describe('Revenue of a unit to be expected; for `revenue-per-unit` of units'),
  sdCents: CentsField.optional().describe('Standard deviation of a unit’s revenue, units without an order included'),
  relativeSdBps: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe(
      'For regions and times: standard deviation of a region’s change, or of the difference of two neighbouring blocks, relative to the mean',
    ),
};

/** What is written down before the start. */
export const NewExperiment = z.strictObject({
  name: NameField,
  hypothesis: LineField(500).describe('What you expect to see, in your words'),
  design: Design,
  arms: z.strictObject({ exposed: ArmField, holdout: ArmField }).describe('What customers of each arm meet'),
  metric: z.enum(['conversion-rate', 'revenue-per-unit']),
  baseline: z.strictObject(baselineFields).describe('From your own history'),
  exposureBps: z
    .int()
    .min(1)
    .max(10_000)
    .default(10_000)
    .describe('Part of the units that would ever see it; the rest dilute the effect'),
  minimumEffectBps: z.int().min(1).max(100_000).describe('Smallest relative lift that matters to you; 500 is 5 %'),
  powerBps: z.int().min(5_000).max(9_900).default(8_000).describe('Chance of seeing that lift when it is there'),
  expectedUnits: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('Customers or visitors until the end, both arms together; not for regions and times'),
  minimumSample: z
    .int()
    .min(2)
    .max(1_000_000_000)
    .optional()
    .describe(
      'Units (or regions, or pairs of blocks) below which the result is called too small; what the power check wants when left out',
    ),
  acceptUnderpowered: z
    .boolean()
    .default(false)
    .describe('Run it although it will probably not show the lift that matters; the result says so'),
  startsOn: DayField.describe('First day, in the program’s time zone; must not have begun'),
  endsOn: DayField.describe('Last day'),
  reportingDays: z
    .int()
    .min(0)
    .max(60)
    .default(7)
    .describe('Days after the end in which outcomes still arrive; the result is shown when they are over'),
});
export type NewExperiment = z.infer<typeof NewExperiment>;

/** An experiment as it is kept. Times follow from the days and the program's time zone. */
export interface Experiment extends Omit<NewExperiment, 'minimumSample'> {
  readonly experimentId: string;
  readonly programId: string;
  /** Of the program, which never changes them. */
  readonly timeZone: string;
  readonly currency: string;
  readonly minimumSample: number;
  /** Nothing about it changes from here on. */
  readonly startsAt: Instant;
  /** First instant after it. */
  readonly endsAt: Instant;
  readonly registeredAt: Instant;
  readonly registeredBy: string;
  /** Ended before its time, or, when that was before the start, called off. */
  readonly stopped?: Stop | undefined;
}

export interface Stop {
  readonly at: Instant;
  readonly reason: string;
  readonly by: string;
}

export type Phase = 'registered' | 'running' | 'reporting' | 'closed' | 'called-off';

/** Units are customers or visitors by hash; blocks are days, of a region or of the whole program. */
export const isOfUnits = ({ design }: Pick<Experiment, 'design'>): boolean =>
  design.kind === 'unit-holdout' || design.kind === 'stand-down';
