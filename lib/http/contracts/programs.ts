import * as z from 'zod';
import { AttributionPolicy } from '../../attribution/policy.ts';
import { CommissionPlan } from '../../commission/plan.ts';
import { readYaml } from '../../commission/plan-text.ts';
import { NachaOrigination } from '../../payouts/nacha-origination.ts';
import { PayoutSchedule } from '../../payouts/schedule.ts';
import {
  CentsField,
  DisputeDays,
  HoldDaysByGroup,
  HoldFrom,
  HostField,
  HttpsUrl,
  InstantField,
  LineField,
  NameField,
  NewProgram,
  PayoutCurrencies,
  PayoutTerms,
  ProgramId,
  WriteOffPolicy,
} from '../../programs/program.ts';
import { TrackingChange, TrackingSettings } from '../../programs/tracking-settings.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const params = z.strictObject({ programId: ProgramId });

/** Named once, so that the OpenAPI document refers to them instead of repeating them. */
export const policy = AttributionPolicy.meta({ id: 'AttributionPolicy' });
export const plan = CommissionPlan.meta({ id: 'CommissionPlan' });

const effectiveFrom = InstantField.optional().meta({
  description:
    'First instant at which it applies, to orders by the time of the order. The time of the request when left out; may lie in the past.',
});
const versionFields = { version: z.int(), effectiveFrom: z.string() };

export const PolicyVersionAnswer = z.object({ ...versionFields, policy }).meta({ id: 'PolicyVersion' });
const shortNotice = LineField(300).meta({
  description:
    'Why partners are told of the version less than three days before it takes effect, as a sentence that they read: they get the mail at once, with it. Needed for an earlier `effectiveFrom` only',
});
export const PlanVersionAnswer = z
  .object({
    ...versionFields,
    plan,
    addedAt: z.string().optional().meta({ description: 'When it was added; the first version came with its program' }),
    shortNotice: shortNotice.optional(),
  })
  .meta({ id: 'PlanVersion' });

const programFields = {
  programId: z.string(),
  name: z.string(),
  status: z.enum(['active', 'paused']),
  currency: z.string(),
  timeZone: z.string(),
  destinationUrl: z.string(),
  allowedHosts: z.array(z.string()),
  clickParameter: z.string(),
  payoutTerms: PayoutTerms,
  payoutSchedule: PayoutSchedule.optional(),
  nacha: NachaOrigination.meta({ id: 'NachaOrigination' }).optional(),
  tracking: TrackingSettings.meta({ id: 'TrackingSettings' }).optional(),
  disputeDays: DisputeDays.optional(),
  createdAt: z.string(),
  revision: z
    .int()
    .meta({ description: 'Rises with every change; send it as `If-Match` to change nothing else than what you read' }),
};
export const ProgramAnswer = z.object(programFields).meta({ id: 'Program' });

export const planExample = {
  name: 'Spring 2026',
  rules: [
    {
      id: 'shoes-uplift',
      label: 'Shoes, spring uplift',
      when: { categories: ['shoes'], from: '2026-03-01', to: '2026-04-15' },
      pay: { kind: 'percent', rateBps: 1200 },
    },
    { id: 'base', label: 'Everything else', when: {}, pay: { kind: 'percent', rateBps: 800 } },
  ],
};
const policyExample = { model: 'last-touch', lookbackDays: 30 };
const newExample = {
  name: 'Shop partners',
  currency: 'EUR',
  timeZone: 'Europe/Berlin',
  destinationUrl: 'https://shop.example/',
  payoutTerms: { holdDays: 30, minimumCents: 5000, agreementVersion: '1', taxFormRequired: true },
};
const example = {
  programId: 'prg_01kp3q8z4m7yc2hd',
  ...newExample,
  status: 'active',
  allowedHosts: ['outlet.example'],
  clickParameter: 'trb_click',
  createdAt: '2026-03-29T10:00:00.000Z',
  revision: 1,
};
const policyVersionExample = { version: 1, effectiveFrom: '2026-03-29T10:00:00.000Z', policy: policyExample };
const planVersionExample = { version: 1, effectiveFrom: '2026-03-29T10:00:00.000Z', plan: planExample };

/** A plan alone is what a file for the price command holds; it is taken for the body's plan. */
export const asBody = (text: string): unknown => {
  const { value } = readYaml(text);
  const alone = typeof value === 'object' && value !== null && 'rules' in value && !('plan' in value);
  return alone ? { plan: value } : value;
};

export const programsContracts = {
  createProgram: {
    yaml: asBody,
    body: NewProgram.extend({
      policy: policy.prefault({ model: 'last-touch' }),
      plan,
      effectiveFrom,
    }),
    answer: z.object({ ...programFields, policy: PolicyVersionAnswer, plan: PlanVersionAnswer }),
    status: 201,
    examples: {
      body: { ...newExample, policy: policyExample, plan: planExample },
      answer: { ...example, policy: policyVersionExample, plan: planVersionExample },
    },
  },
  listPrograms: {
    query: z.strictObject(PAGING),
    answer: pageAnswer(ProgramAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getProgram: { params, answer: ProgramAnswer, status: 200, examples: { answer: example } },
  updateProgram: {
    params,
    // Currency, time zone and click parameter are in what was posted and shared already, so they never change.
    body: z.strictObject({
      name: NameField.optional(),
      status: z.enum(['active', 'paused']).optional(),
      destinationUrl: HttpsUrl.optional(),
      allowedHosts: z.array(HostField).max(50).optional(),
      payoutTerms: z
        .strictObject({
          holdDays: z.int().min(0).max(90).optional(),
          holdDaysByGroup: HoldDaysByGroup.optional().meta({
            description: 'All of them; a group left out has the program’s own hold again',
          }),
          holdFrom: HoldFrom.optional(),
          minimumCents: CentsField.optional(),
          agreementVersion: LineField(40).optional(),
          taxFormRequired: z.boolean().optional(),
          payoutCurrencies: PayoutCurrencies.optional().meta({
            description:
              'All of them. What partners asked for in one that is left out waits; what waits in it already is still paid in it',
          }),
          writeOff: WriteOffPolicy.nullable()
            .optional()
            .meta({ description: 'Propose old small debts to be written off; `null`: no longer' }),
        })
        .optional()
        .meta({ description: 'The terms to change; the others stay' }),
      payoutSchedule: PayoutSchedule.nullable()
        .optional()
        .meta({ description: 'When runs are drafted by themselves from now on; `null`: only by hand' }),
      nacha: NachaOrigination.nullable().optional().meta({
        description: 'Pay accounts in the United States by NACHA file from the next run on; `null`: no longer',
      }),
      disputeDays: DisputeDays.optional(),
      tracking: TrackingChange.optional().meta({ description: 'The settings to change; the others stay' }),
    }),
    answer: ProgramAnswer,
    status: 200,
    revises: true,
    examples: {
      body: { payoutTerms: { holdDays: 45 }, payoutSchedule: { every: 'month-end', netDays: 30 } },
      answer: { ...example, payoutSchedule: { every: 'month-end', netDays: 30 }, revision: 2 },
    },
  },
  addPolicy: {
    params,
    body: z.strictObject({ policy, effectiveFrom }),
    answer: PolicyVersionAnswer,
    status: 201,
    examples: {
      body: {
        policy: { model: 'position-based', lookbackDays: 30, weightsBps: { first: 4000, middle: 2000, last: 4000 } },
        effectiveFrom: '2026-05-01T00:00:00Z',
      },
      answer: { ...policyVersionExample, version: 2 },
    },
  },
  listPolicies: {
    params,
    answer: z.object({ items: z.array(PolicyVersionAnswer) }),
    status: 200,
    examples: { answer: { items: [policyVersionExample] } },
  },
  addPlan: {
    params,
    yaml: asBody,
    refusals: {
      'period-paid':
        'the plan would begin in days whose orders may have been paid; correct those by hand, or begin later',
      'notice-too-short':
        'the plan would take effect before partners are told three days and one day before; begin on the day that is named, or say in `shortNotice` why not',
    },
    body: z.strictObject({ plan, effectiveFrom, shortNotice: shortNotice.optional() }),
    answer: PlanVersionAnswer,
    status: 201,
    examples: {
      body: { plan: planExample, effectiveFrom: '2026-05-01T00:00:00Z' },
      answer: { ...planVersionExample, version: 2 },
    },
  },
  listPlans: {
    params,
    answer: z.object({ items: z.array(PlanVersionAnswer) }),
    status: 200,
    examples: { answer: { items: [planVersionExample] } },
  },
} satisfies Contracts<
  | 'createProgram'
  | 'listPrograms'
  | 'getProgram'
  | 'updateProgram'
  | 'addPolicy'
  | 'listPolicies'
  | 'addPlan'
  | 'listPlans'
>;
