import * as z from 'zod';
import { CountryField, GroupField, PARTNER_TYPES } from '../partners/partner.ts';
import { CentsField, CurrencyField, DayField, LineField } from '../programs/program.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Conditions inside conditions end here: what nests deeper nobody reads right. */
const LEVELS = 4;

/** Every field given must match; within a field any of the listed values does. Nothing given matches everything. */
const fields = {
  categories: z.array(LineField(60)).min(1).max(100).optional().describe('Of the line item'),
  skus: z.array(LineField(64)).min(1).max(500).optional().describe('Of the line item'),
  minPriceCents: CentsField.optional().describe('Least unit price of the line item, included'),
  maxPriceCents: CentsField.optional().describe('Highest unit price of the line item, included'),

  groups: z.array(GroupField).min(1).max(50).optional().describe('Groups of the partner at the time of the order'),
  tiers: z.array(GroupField).min(1).max(50).optional().describe('Tiers of the partner at the time of the order'),
  partnerTypes: z.array(z.enum(PARTNER_TYPES)).min(1).optional(),
  partnerIds: z.array(LineField(64)).min(1).max(500).optional(),

  eventTypes: z.array(LineField(40)).min(1).max(20).optional(),
  minOrderCents: CentsField.optional().describe('Least worth of the order when it was made, after discounts, included'),
  maxOrderCents: CentsField.optional().describe('Highest worth of the order when it was made, included'),
  currencies: z
    .array(CurrencyField)
    .min(1)
    .max(30)
    .optional()
    .describe('Of the order as it was made; amounts in conditions are in the program’s currency'),
  coupons: z.array(LineField(40)).min(1).max(500).optional().describe('Coupon codes, whatever their case'),
  countries: z.array(CountryField).min(1).max(250).optional().describe('Country the order goes to'),
  links: z.array(LineField(64)).min(1).max(500).optional().describe('Links of the partner’s deciding touch'),

  customerStatus: z.enum(['new', 'returning']).optional(),
  nthOrder: z
    .strictObject({ from: z.int().min(1).default(1), to: z.int().min(1).optional() })
    .refine(({ from, to }) => to === undefined || from <= to, { path: ['to'], message: 'must not be less than from' })
    .optional()
    .describe('Which order of this customer it is, counted from 1; no order without a customer id'),

  from: DayField.optional().describe('First day of a season, included, in the program’s time zone'),
  to: DayField.optional().describe('Last day of a season, included'),
  weekdays: z.array(z.enum(WEEKDAYS)).min(1).max(7).optional().describe('Days of the week in the program’s time zone'),
  hours: z
    .strictObject({ from: z.int().min(0).max(23), to: z.int().min(1).max(24) })
    .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must differ from from' })
    .optional()
    .describe('Hours of the day in the program’s time zone, `to` not included; 22 to 6 goes over midnight'),
};

const flat = z.strictObject(fields);
type Fields = z.infer<typeof flat>;

/** A condition as stored: the fields that must match, and conditions over conditions beside them. */
export interface Condition extends Fields {
  readonly all?: readonly Condition[] | undefined;
  readonly any?: readonly Condition[] | undefined;
  readonly not?: Condition | undefined;
}

const PAIRS = [
  ['from', 'to'],
  ['minPriceCents', 'maxPriceCents'],
  ['minOrderCents', 'maxOrderCents'],
] as const;

const inOrder = (when: Fields, context: z.core.ParsePayload<Fields>['issues']) => {
  for (const [low, high] of PAIRS) {
    const [least, most] = [when[low], when[high]];
    if (least !== undefined && most !== undefined && least > most)
      context.push({ code: 'custom', path: [high], message: `must not lie before ${low}`, input: most });
  }
};

/** Schemas from the innermost level out, so that depth is bounded by what there is, and refusals name the field. */
function level(depth: number): z.ZodType<Condition> {
  const inner = depth > 1 ? level(depth - 1) : undefined;
  const schema = inner
    ? z.strictObject({
        ...fields,
        all: z.array(inner).min(1).max(20).optional().describe('Each of them must match'),
        any: z.array(inner).min(1).max(20).optional().describe('One of them must match'),
        not: inner.optional().describe('Must not match'),
      })
    : flat;
  return schema
    .check(({ value, issues }) => inOrder(value as Fields, issues as never))
    .meta({ id: `Condition${depth}` }) as unknown as z.ZodType<Condition>;
}

export const Condition = level(LEVELS);

/** The condition and every condition inside it. */
export function* conditionsIn(when: Condition): Generator<Condition> {
  yield when;
  for (const inner of [...(when.all ?? []), ...(when.any ?? []), ...(when.not ? [when.not] : [])])
    yield* conditionsIn(inner);
}
