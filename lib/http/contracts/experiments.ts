import * as z from 'zod';
import { ARMS, ExperimentId, NewExperiment } from '../../experiments/experiment.ts';
import { BlockOutcome, UnitOutcome } from '../../experiments/outcome.ts';
import { LineField, ProgramId } from '../../programs/program.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const MOST_OUTCOMES = 1_000;
const ofProgram = z.strictObject({ programId: ProgramId });
const one = z.strictObject({ programId: ProgramId, experimentId: ExperimentId });

const byArm = z.object({ exposed: z.int(), holdout: z.int() });
const interval = z.object({ low: z.number(), high: z.number() });
const OF = ['units', 'regions', 'pairs'] as const;

const PowerAnswer = z
  .object({
    of: z.enum(OF),
    expected: z.number(),
    required: z.int().optional().meta({ description: 'Absent when no number would do' }),
    detectableBps: z.int().optional().meta({ description: 'Smallest lift that the expected number shows' }),
    enough: z.boolean(),
    sentence: z.string(),
  })
  .meta({ id: 'PowerCheck' });

const experimentFields = {
  experimentId: z.string(),
  programId: z.string(),
  ...NewExperiment.shape,
  // What is answered was checked when it came in; dates far off would be refused here for no reason.
  startsOn: z.string(),
  endsOn: z.string(),
  minimumSample: z.int(),
  phase: z
    .enum(['registered', 'running', 'reporting', 'closed', 'called-off'])
    .meta({ description: '`reporting`: it is over and late outcomes still arrive; `closed`: the result stands' }),
  startsAt: z.string(),
  endsAt: z.string().meta({ description: 'First instant after it, as planned' }),
  closesAt: z.string().meta({ description: 'From when on the result is shown' }),
  stopped: z
    .object({ at: z.string(), reason: z.string(), by: z.string() })
    .optional()
    .meta({ description: 'Ended before its time, and why' }),
  power: PowerAnswer,
  registeredAt: z.string(),
  registeredBy: z.string(),
  revision: z.int(),
};
const ExperimentAnswer = z.object(experimentFields).meta({ id: 'Experiment' });

const ProgressAnswer = z.object({ told: byArm, units: byArm, saw: byArm }).meta({
  id: 'ExperimentProgress',
  description: 'Outcomes told so far. Not what they are: who looks before the end stops when it pleases',
});

const ResultAnswer = z
  .object({
    verdict: z.enum(['shown', 'shown-negative', 'not-shown', 'not-valid']),
    comparison: z
      .object({
        exposed: z.number(),
        holdout: z.number(),
        difference: z.number(),
        interval,
        lift: z.number().optional(),
        liftInterval: interval.optional(),
        method: z.string(),
      })
      .optional()
      .meta({
        description: 'Rates as fractions, revenue in minor units for each customer or visitor; intervals of 95 %',
      }),
    incremental: z.object({ estimate: z.number(), interval }).optional().meta({
      description: 'Conversions, or minor units of revenue, of the exposed arm that would not have come otherwise',
    }),
    sample: z.object({ of: z.enum(OF), exposed: z.int(), holdout: z.int() }),
    stoppedEarly: z.boolean(),
    underpowered: z.boolean(),
    sentences: z.array(z.string()),
  })
  .meta({ id: 'ExperimentResult' });

const planExample = {
  name: 'Coupon box, spring',
  hypothesis: 'The coupon box makes at least a tenth more visitors buy',
  design: { kind: 'unit-holdout', surface: 'couponBox', holdoutBps: 5_000 },
  arms: {
    exposed: { sees: { couponBox: 'on', links: 'on', extension: 'on' }, credit: 'counted' },
    holdout: { sees: { couponBox: 'off', links: 'on', extension: 'on' }, credit: 'counted' },
  },
  metric: 'conversion-rate',
  baseline: { rateBps: 300 },
  exposureBps: 10_000,
  minimumEffectBps: 1_000,
  powerBps: 8_000,
  expectedUnits: 120_000,
  minimumSample: 100_000,
  acceptUnderpowered: false,
  startsOn: '2026-05-01',
  endsOn: '2026-05-28',
  reportingDays: 7,
};
const powerExample = {
  of: 'units' as const,
  expected: 120_000,
  required: 106_421,
  detectableBps: 941,
  enough: true,
  sentence:
    'Enough: 106,421 customers or visitors show a lift of 10 % with a chance of 80 %, and 120,000 are expected. With 120,000 the smallest lift shown with that chance is 9.41 %.',
};
const example = {
  experimentId: 'exp_01kp3q8z4m7yc2hd',
  programId: 'prg_01kp3q8z4m7yc2hd',
  ...planExample,
  phase: 'registered' as const,
  startsAt: '2026-04-30T22:00:00.000Z',
  endsAt: '2026-05-28T22:00:00.000Z',
  closesAt: '2026-06-04T22:00:00.000Z',
  power: powerExample,
  registeredAt: '2026-04-12T09:00:00.000Z',
  registeredBy: 'mara@shop.example',
  revision: 1,
};
const progressExample = {
  told: { exposed: 60_112, holdout: 59_888 },
  units: { exposed: 60_112, holdout: 59_888 },
  saw: { exposed: 41_007, holdout: 0 },
};
const resultExample = {
  verdict: 'not-shown' as const,
  comparison: {
    exposed: 0.03081,
    holdout: 0.03014,
    difference: 0.00067,
    interval: { low: -0.00127, high: 0.00261 },
    lift: 0.0222,
    liftInterval: { low: -0.0406, high: 0.0892 },
    method: 'Newcombe’s hybrid score interval; lift by MOVER-R',
  },
  sample: { of: 'units' as const, exposed: 60_112, holdout: 59_888 },
  stoppedEarly: false,
  underpowered: false,
  sentences: ['Not shown: the interval spans zero, so what was seen may be chance.'],
};

const refusals = {
  'arms-see-the-same': 'Customers of both arms would meet the same, so there is nothing to compare',
  'arms-differ-otherwise': 'The arms differ in more than what the design is about',
  underpowered:
    'The sample will probably not show the lift that matters; send `acceptUnderpowered` to run it all the same',
  'starts-too-early': 'An experiment is registered before it starts',
};

export const experimentsContracts = {
  checkExperiment: {
    params: ofProgram,
    body: NewExperiment.meta({ id: 'NewExperiment' }),
    answer: z.object({ power: PowerAnswer }),
    status: 200,
    repeat: 'natural',
    refusals: {
      'arms-see-the-same': refusals['arms-see-the-same'],
      'arms-differ-otherwise': refusals['arms-differ-otherwise'],
    },
    examples: { body: planExample, answer: { power: powerExample } },
  },
  registerExperiment: {
    params: ofProgram,
    body: NewExperiment,
    answer: ExperimentAnswer,
    status: 201,
    refusals,
    examples: { body: planExample, answer: example },
  },
  listExperiments: {
    params: ofProgram,
    query: z.strictObject(PAGING),
    answer: pageAnswer(ExperimentAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getExperiment: {
    params: one,
    answer: z.object({
      ...experimentFields,
      progress: ProgressAnswer,
      result: ResultAnswer.optional().meta({ description: 'Once it is closed' }),
    }),
    status: 200,
    examples: { answer: { ...example, phase: 'running', progress: progressExample } },
  },
  updateExperiment: {
    params: one,
    body: NewExperiment,
    answer: ExperimentAnswer,
    status: 200,
    revises: true,
    refusals: { ...refusals, 'experiment-started': 'From its start on an experiment stays as it was registered' },
    examples: { body: planExample, answer: { ...example, revision: 2 } },
  },
  stopExperiment: {
    params: one,
    body: z.strictObject({ reason: LineField(500).describe('Stands beside the result for ever') }),
    answer: ExperimentAnswer,
    status: 200,
    refusals: { 'experiment-over': 'It is over, or was stopped before with another reason' },
    examples: {
      body: { reason: 'The shop’s checkout was down for two days' },
      answer: {
        ...example,
        phase: 'reporting',
        stopped: {
          at: '2026-05-12T08:00:00.000Z',
          reason: 'The shop’s checkout was down for two days',
          by: 'mara@shop.example',
        },
        closesAt: '2026-05-19T08:00:00.000Z',
        revision: 2,
      },
    },
  },
  getAssignment: {
    params: one.extend({
      unit: z
        .string()
        .regex(
          /^[A-Za-z0-9_-]{1,128}$/,
          'must be a hash of a customer or visitor, a region or a day, as the design wants',
        ),
    }),
    answer: z.object({
      unit: z.string(),
      arm: z.enum(ARMS),
      active: z
        .boolean()
        .meta({ description: 'Whether it is running now; before and after, show everybody what `exposed` sees' }),
      sees: NewExperiment.shape.arms.shape.exposed.shape.sees,
    }),
    status: 200,
    refusals: { 'not-a-unit': 'The experiment gives no arm to such a thing' },
    examples: {
      answer: { unit: '3f7ac0de91b2', arm: 'holdout', active: true, sees: planExample.arms.holdout.sees },
    },
  },
  reportOutcomes: {
    params: one,
    body: z.strictObject({
      units: z.array(UnitOutcome).min(1).max(MOST_OUTCOMES).optional().describe('For designs of customers or visitors'),
      blocks: z.array(BlockOutcome).min(1).max(MOST_OUTCOMES).optional().describe('For designs of regions or times'),
    }),
    answer: z.object({ recorded: z.int(), alreadyThere: z.int(), progress: ProgressAnswer }),
    status: 200,
    repeat: 'natural',
    maxBytes: 524_288,
    refusals: {
      'not-started': 'Outcomes are told from the start on',
      'experiment-closed': 'Its result stands; nothing is added any more',
      'different-outcome':
        'Something else was told of the same unit or day; the fields say which. The others were taken',
    },
    examples: {
      body: { units: [{ unit: '3f7ac0de91b2', saw: false, converted: true, revenueCents: 12_900 }] },
      answer: { recorded: 1, alreadyThere: 0, progress: progressExample },
    },
  },
  getExperimentResult: {
    params: one,
    answer: ResultAnswer,
    status: 200,
    refusals: { 'no-result-yet': 'It is not closed yet, and nobody looks before', 'called-off': 'It never ran' },
    examples: { answer: resultExample },
  },
} satisfies Contracts<
  | 'checkExperiment'
  | 'registerExperiment'
  | 'listExperiments'
  | 'getExperiment'
  | 'updateExperiment'
  | 'stopExperiment'
  | 'getAssignment'
  | 'reportOutcomes'
  | 'getExperimentResult'
>;
