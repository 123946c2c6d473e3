import * as z from 'zod';
import { CentsField, LineField, NameField, type Version } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import { Condition } from './condition.ts';

const RateField = z
  .int('must be a whole number of basis points from 0 to 10000: 750 is 7.5 %')
  .min(0)
  .max(10_000)
  .describe('Of the price after discounts, in basis points: 750 is 7.5 %');

const PerField = z.enum(['month', 'quarter', 'year']);
export type Per = z.infer<typeof PerField>;
const ByField = z
  .enum(['revenue', 'orders', 'new-customers'])
  .describe(
    'What is counted of the partner in the period, for each event type by itself: the partner’s share of orders in minor units, orders of which something is left, or those of new customers',
  );
export type By = z.infer<typeof ByField>;

const Percent = z.strictObject({ kind: z.literal('percent'), rateBps: RateField });
const Flat = z.strictObject({
  kind: z.literal('flat'),
  amountCents: CentsField.describe('For each unit sold, or once for the order, times the partner’s share of the order'),
  per: z.enum(['item', 'order']).optional().describe('`item` when left out'),
});
const Tiers = z.strictObject({
  kind: z.literal('tiers'),
  by: ByField,
  per: PerField,
  mode: z
    .enum(['marginal', 'retroactive'])
    .describe(
      '`marginal`: each tier’s rate is for what falls into it. `retroactive`: the tier reached by the end of the period is for all of the period',
    ),
  steps: z
    .array(z.strictObject({ from: CentsField.describe('Reached at this much, included'), rateBps: RateField }))
    .min(1)
    .max(20)
    .refine((steps) => steps[0]?.from === 0, { path: [0, 'from'], message: 'must be 0: the ladder starts there' })
    .refine((steps) => steps.every(({ from }, place) => place === 0 || steps[place - 1]!.from < from), {
      message: 'must rise from step to step',
    }),
});
export type Tiers = z.infer<typeof Tiers>;

const Pay = z.discriminatedUnion('kind', [Percent, Flat, Tiers]);
export type Pay = z.infer<typeof Pay>;

const Cap = z
  .strictObject({
    perItemCents: CentsField.optional().describe('Most for each unit'),
    perOrderCents: CentsField.optional().describe('Most for each order'),
    perPeriod: z
      .strictObject({ cents: CentsField, per: PerField })
      .optional()
      .describe(
        'Most for a partner in a period, for each event type by itself (and each currency, in a file of several; settlement converts orders first); orders are counted in the order in which they were made',
      ),
  })
  .refine((cap) => Object.values(cap).some((limit) => limit !== undefined), 'must name a limit');
export type Cap = z.infer<typeof Cap>;

const RuleId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be a short kebab-case id');
const named = {
  id: RuleId,
  label: LineField(80).describe('What partners read: `Shoes, autumn uplift`'),
  when: Condition.prefault({}).describe(
    'Every field given must match; within a field any of the values does. Nothing given matches everything',
  ),
};

const Rule = z.strictObject({
  ...named,
  pay: Pay,
  cap: Cap.optional(),
  recurring: z
    .strictObject({
      months: z.int().min(1).max(60),
      rate: z
        .enum(['pinned', 'floating'])
        .describe(
          '`pinned`: the rate of the customer’s first order; of a rule that was not there then, that of the first order it priced. `floating`: the rate of each order’s own time',
        ),
    })
    .optional()
    .describe('Prices a customer’s orders for so many months from the first one that the partner is credited for'),
});
export type CommissionRule = z.infer<typeof Rule>;

const Milestone = z.strictObject({
  kind: z.literal('milestone'),
  by: ByField,
  per: PerField,
  at: CentsField.min(1),
  amountCents: CentsField.describe(
    'Once in a period, with the order that reaches the mark or the first one after it, of which something is left that matches and is not excluded',
  ),
});

const Bonus = z.strictObject({
  ...named,
  pay: z.discriminatedUnion('kind', [Percent, Flat, Tiers, Milestone]),
  cap: Cap.optional(),
  stacks: z.boolean().optional().describe('false: not where a bonus above it is paid already'),
});
export type Bonus = z.infer<typeof Bonus>;

const Exclusion = z.strictObject(named);
export type Exclusion = z.infer<typeof Exclusion>;

const Override = z.strictObject({
  id: RuleId,
  label: named.label,
  level: z.literal([1, 2], 'must be 1 or 2').describe('1: who recruited the partner. 2: who recruited them'),
  of: z
    .enum(['commission', 'sales'])
    .describe(
      'What the rate is of: what the partner earns, or the partner’s share of what the rules of the plan price',
    ),
  rateBps: RateField,
});
export type Override = z.infer<typeof Override>;

/**
 * Order is precedence: the first rule that matches a line item prices it, so a seasonal uplift stands above the base rate it replaces.
 * Exclusions come before all rules, bonuses on top of whichever rule prices an item.
 */
export const CommissionPlan = z
  .strictObject({
    name: NameField,
    rules: z
      .array(Rule)
      .min(1)
      .max(200)
      .refine((rules) => new Set(rules.map((rule) => rule.id)).size === rules.length, 'rule ids must differ')
      .describe('In order of precedence: the first that matches a line item prices it'),
    exclusions: z.array(Exclusion).max(100).optional().describe('What earns nothing, whatever the rules say'),
    bonuses: z
      .array(Bonus)
      .max(50)
      .optional()
      .describe('On top of the rule that prices an item; each that matches is paid'),
    overrides: z
      .array(Override)
      .max(2)
      .optional()
      .describe('What a partner’s recruiters earn, at most one for each level'),
  })
  .check(({ value, issues }) => {
    const { rules, exclusions = [], bonuses = [], overrides = [] } = value;
    const seen = new Set(rules.map(({ id }) => id));
    for (const [list, entries] of Object.entries({ exclusions, bonuses, overrides })) {
      entries.forEach(({ id }, place) => {
        if (seen.has(id))
          issues.push({ code: 'custom', path: [list, place, 'id'], message: 'must be an id of its own', input: id });
        seen.add(id);
      });
    }
    if (new Set(overrides.map(({ level }) => level)).size < overrides.length)
      issues.push({ code: 'custom', path: ['overrides'], message: 'must name each level once', input: overrides });
  });
export type CommissionPlan = z.infer<typeof CommissionPlan>;

export type PlanVersion = Version & {
  readonly plan: CommissionPlan;
  /** When it was added; absent for a program's first version, and for versions from before this was kept. */
  readonly addedAt?: Instant | undefined;
  /** Why partners are told of it less than three days before: a person's words, which they read. */
  readonly shortNotice?: string | undefined;
};
