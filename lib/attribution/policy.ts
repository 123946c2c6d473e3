import * as z from 'zod';
import { WHOLE_BPS } from '../money.ts';
import { PARTNER_TYPES, type PartnerType } from '../partners/partner.ts';
import { CentsField, type Version } from '../programs/program.ts';

const Days = z.int().min(1).max(365);
const Types = z.array(z.enum(PARTNER_TYPES)).min(1).max(PARTNER_TYPES.length);

const Priority = z
  .strictObject({
    preferred: Types.optional().describe('Whoever of these types is in the journey shares it among themselves'),
    nonPreferred: Types.optional().describe('Credited only where no other partner is in the journey'),
  })
  .refine(({ preferred = [], nonPreferred = [] }) => !preferred.some((type) => nonPreferred.includes(type)), {
    path: ['nonPreferred'],
    message: 'must not name a type that is preferred',
  });

const LateTouch = z
  .strictObject({
    partnerTypes: Types.default(['coupon', 'cashback']).describe('Whose late touches are capped'),
    withinSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .optional()
      .describe('A touch this many seconds before the order, or fewer, is late'),
    afterCart: z
      .boolean()
      .default(false)
      .describe('A touch at or after `cartAt`, where the conversion was reported with it, is late too'),
    mostBps: z.int().min(0).max(WHOLE_BPS).describe('What late touches keep together, in basis points'),
    earlier: Types.default(['content', 'creator']).describe(
      'The cap applies where a partner of one of these types was there before the first late touch',
    ),
  })
  .refine(({ withinSeconds, afterCart }) => withinSeconds !== undefined || afterCart, {
    path: ['withinSeconds'],
    message: 'must be given unless afterCart is true: otherwise no touch is ever late',
  });

const AssistBonus = z.strictObject({
  pay: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('percent'),
      rateBps: z.int().min(0).max(WHOLE_BPS).describe('Of what the whole order counts, to each who assisted'),
    }),
    z.strictObject({
      kind: z.literal('flat'),
      amountCents: CentsField.describe('To each who assisted, while anything is left of the order'),
    }),
  ]),
  mostCents: CentsField.describe(
    'What one order pays in assist bonuses at most; shared in proportion when it is reached',
  ),
  partnerTypes: Types.optional().describe('Who may assist; every type when left out'),
});

/** What every model may have beside its own settings. Whatever is left out is off. */
const shared = {
  lookbackDays: Days.default(30).describe('Days before the order in which a touch counts'),
  lookbackDaysByType: z
    .partialRecord(z.enum(PARTNER_TYPES), Days)
    .optional()
    .describe('Other look-backs for partners of these types'),
  priority: Priority.optional().describe(
    'Credit goes only to the highest group in the journey: preferred, then standard, then non-preferred',
  ),
  lateTouch: LateTouch.optional().describe('The coupon and cashback rule: what a touch at the till keeps at most'),
  codeCredit: z
    .enum(['always', 'involved', 'winner'])
    .optional()
    .describe(
      'What a coupon code is worth to its owner. `always`: the whole conversion, whatever was clicked. `involved`: the whole, if the owner ' +
        'was also clicked in the window. `winner`: only what the owner’s own clicks win. Left out: the whole, where no other touch counts',
    ),
  assistBonus: AssistBonus.optional().describe(
    'Paid beside the commission to partners of the journey whom the model leaves without a share',
  ),
};

const Weights = z
  .strictObject({ first: z.int().min(0), middle: z.int().min(0), last: z.int().min(0) })
  .refine((w) => w.first + w.middle + w.last === WHOLE_BPS, 'first, middle and last must add up to 10000')
  .refine((w) => w.first + w.last > 0, 'first and last must not both be 0')
  .default({ first: 4000, middle: 2000, last: 4000 })
  .describe(
    'Shares of the first, all middle and the last touch. Two touches split by the shares of the ends; one takes all',
  );

/** How the touches before a conversion share it. */
export const AttributionPolicy = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('last-touch'), ...shared }),
  z.strictObject({ model: z.literal('first-touch'), ...shared }),
  z.strictObject({ model: z.literal('linear'), ...shared }),
  z.strictObject({ model: z.literal('position-based'), ...shared, weightsBps: Weights }),
  z.strictObject({
    model: z.literal('time-decay'),
    ...shared,
    halfLifeHours: z
      .int()
      .min(1)
      .max(365 * 24)
      .default(7 * 24)
      .describe('A touch this much older than another weighs half as much'),
  }),
]);
export type AttributionPolicy = z.infer<typeof AttributionPolicy>;
export type PolicyVersion = Version & { readonly policy: AttributionPolicy };

type Lookback = Pick<AttributionPolicy, 'lookbackDays' | 'lookbackDaysByType'>;

/** Days before the order in which a touch of a partner of this type counts; of an unknown type, the policy's own. */
export function lookbackDaysFor({ lookbackDays, lookbackDaysByType = {} }: Lookback, type?: PartnerType): number {
  return (type && lookbackDaysByType[type]) ?? lookbackDays;
}

/** The furthest that any type may look back: as far as touches must be read. */
export function longestLookbackDays({ lookbackDays, lookbackDaysByType = {} }: Lookback): number {
  return Math.max(lookbackDays, ...Object.values(lookbackDaysByType));
}
