import * as z from 'zod';
import { PARTNER_TYPES } from '../partners/partner.ts';
import { CentsField, DayField, LineField, NameField, type Version } from '../programs/program.ts';

const Category = LineField(60);

/** Every field given must match; within a field any of the listed values does. Nothing given matches everything. */
const Condition = z.strictObject({
  categories: z.array(Category).min(1).max(100).optional(),
  skus: z.array(LineField(64)).min(1).max(500).optional(),
  groups: z.array(LineField(40)).min(1).max(50).optional(),
  partnerTypes: z.array(z.enum(PARTNER_TYPES)).min(1).optional(),
  eventTypes: z.array(LineField(40)).min(1).max(20).optional(),
  customerStatus: z.enum(['new', 'returning']).optional(),
  /** First and last day of a season, both included, in the program's time zone. */
  from: DayField.optional(),
  to: DayField.optional(),
});

const Pay = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('percent'), rateBps: z.int().min(0).max(10_000) }),
  /** Per unit sold, times the partner's credit. */
  z.strictObject({ kind: z.literal('flat'), amountCents: CentsField }),
]);
export type Pay = z.infer<typeof Pay>;

/** Order is precedence: the first rule that matches a line item prices it, so a seasonal uplift stands above the base rate it replaces. */
export const CommissionPlan = z.strictObject({
  name: NameField,
  rules: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be a short kebab-case id'),
        /** What partners read: `Shoes, autumn uplift`. */
        label: LineField(80),
        when: Condition.prefault({}),
        pay: Pay,
      }),
    )
    .min(1)
    .max(200)
    .refine((rules) => new Set(rules.map((rule) => rule.id)).size === rules.length, 'rule ids must differ'),
});
export type CommissionPlan = z.infer<typeof CommissionPlan>;
export type CommissionRule = CommissionPlan['rules'][number];
export type PlanVersion = Version & { readonly plan: CommissionPlan };
