import * as z from 'zod';
import { PARTNER_TYPES } from '../partners/partner.ts';
import { CentsField, DayField, LineField, NameField, type Version } from '../programs/program.ts';

const Category = LineField(60);

/** Every field given must match; within a field any of the listed values does. Nothing given matches everything. */
const Condition = z
  .strictObject({
    categories: z.array(Category).min(1).max(100).optional().describe('Of the line item'),
    skus: z.array(LineField(64)).min(1).max(500).optional().describe('Of the line item'),
    groups: z.array(LineField(40)).min(1).max(50).optional().describe('Groups of the partner at the time of the order'),
    partnerTypes: z.array(z.enum(PARTNER_TYPES)).min(1).optional(),
    eventTypes: z.array(LineField(40)).min(1).max(20).optional(),
    customerStatus: z.enum(['new', 'returning']).optional(),
    from: DayField.optional().describe('First day of a season, included, in the program’s time zone'),
    to: DayField.optional().describe('Last day of a season, included'),
  })
  .refine(({ from, to }) => !from || !to || from <= to, { path: ['to'], message: 'must not lie before from' });

const Pay = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('percent'),
    rateBps: z.int().min(0).max(10_000).describe('Of the price after discounts, in basis points: 750 is 7.5 %'),
  }),
  z.strictObject({
    kind: z.literal('flat'),
    amountCents: CentsField.describe('For each unit sold, times the partner’s share of the order'),
  }),
]);
export type Pay = z.infer<typeof Pay>;

/** Order is precedence: the first rule that matches a line item prices it, so a seasonal uplift stands above the base rate it replaces. */
export const CommissionPlan = z.strictObject({
  name: NameField,
  rules: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be a short kebab-case id'),
        label: LineField(80).describe('What partners read: `Shoes, autumn uplift`'),
        when: Condition.prefault({}).describe(
          'Every field given must match; within a field any of the values does. Nothing given matches everything',
        ),
        pay: Pay,
      }),
    )
    .min(1)
    .max(200)
    .refine((rules) => new Set(rules.map((rule) => rule.id)).size === rules.length, 'rule ids must differ')
    .describe('In order of precedence: the first that matches a line item prices it'),
});
export type CommissionPlan = z.infer<typeof CommissionPlan>;
export type CommissionRule = CommissionPlan['rules'][number];
export type PlanVersion = Version & { readonly plan: CommissionPlan };
