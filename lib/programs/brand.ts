import * as z from 'zod';
import { idPattern } from '../ids.ts';
import type { Instant } from '../time.ts';
import { NameField } from './program.ts';

/** What ops gives to set up a tenant. The same input names the same brand for ever; `key` tells apart two brands of one name and owner. */
export const NewBrand = z.strictObject({
  name: NameField,
  ownerEmail: z.email('must be an e-mail address').max(254),
  key: z.string().max(80).default(''),
  /** Issue a further owner key for a brand that exists, when the first secret was lost. */
  anotherOwnerKey: z.boolean().default(false),
});
export type NewBrand = z.infer<typeof NewBrand>;

export const BrandId = z.string().regex(idPattern('brand'), 'must be a brand id such as brd_4k9w2x');

/** A tenant. */
export interface Brand {
  readonly brandId: string;
  readonly name: string;
  readonly ownerEmail: string;
  /** The input it was made for, so that a rerun finds it and a collision of ids is seen. */
  readonly madeFor: string;
  readonly createdAt: Instant;
}
