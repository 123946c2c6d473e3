import * as z from 'zod';
import { idPattern } from '../ids.ts';
import { PartnerId } from '../partners/partner.ts';

/** What the writer of TIN Matching files is asked for. */
export const TinFileOrder = z.strictObject({
  brandId: z.string().regex(idPattern('brand'), 'must be a brand id'),
  again: z.boolean().default(false).describe('Ask about numbers that have an answer too'),
  after: PartnerId.optional().describe('Go on after this partner'),
});
