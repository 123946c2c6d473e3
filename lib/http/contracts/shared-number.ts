import * as z from 'zod';

/** Other partners with the same taxpayer number; left out when there are none. Says which, and never the number. */
export const SharedNumberAnswer = z
  .object({
    partnerIds: z.array(z.string()).meta({ description: 'The others, of the same brand, who were paid in the year' }),
    grossCents: z.int().meta({ description: 'Reported of all of them together: what a threshold is compared with' }),
    withheldCents: z.int().meta({ description: 'Withheld from all of them together' }),
    words: z.string(),
  })
  .optional()
  .meta({ description: 'Partners whose W-9 has the same taxpayer number: they are one payee' });
