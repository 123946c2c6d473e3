import * as z from 'zod';
import { WHOLE_BPS } from '../money.ts';
import type { Version } from '../programs/program.ts';

const lookbackDays = z.int().min(1).max(365).default(30).describe('Days before the order in which a click counts');

/** How the touches before a conversion share it. */
export const AttributionPolicy = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('last-touch'), lookbackDays }),
  z.strictObject({
    model: z.literal('position-based'),
    lookbackDays,
    weightsBps: z
      .strictObject({ first: z.int().min(0), middle: z.int().min(0), last: z.int().min(0) })
      .refine((w) => w.first + w.middle + w.last === WHOLE_BPS, 'first, middle and last must add up to 10000')
      .refine((w) => w.first + w.last > 0, 'first and last must not both be 0')
      .default({ first: 4000, middle: 2000, last: 4000 })
      .describe(
        'Shares of the first, all middle and the last touch. Two touches split by the shares of the ends; one takes all',
      ),
  }),
]);
export type AttributionPolicy = z.infer<typeof AttributionPolicy>;
export type PolicyVersion = Version & { readonly policy: AttributionPolicy };
