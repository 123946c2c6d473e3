import * as z from 'zod';
import { idPattern } from '../ids.ts';
import { PartnerId } from '../partners/partner.ts';
import { ROLES } from '../routes.ts';
import { InstantField, NameField, ProgramId } from './program.ts';

export const ApiKeyId = z.string().regex(idPattern('apiKey'), 'must be a key id such as key_01h…');

/** A key is made for a person: what is done with it is audited in their name. */
export const NewApiKey = z
  .strictObject({
    name: NameField.meta({ description: 'What the key is for: `shop webhook`' }),
    person: z
      .email('must be an e-mail address')
      .max(254)
      // One spelling for one person: whoever made a payout run must not approve it as somebody in capitals.
      .toLowerCase()
      .meta({ description: 'Whose key it is, in lower case; named in audit entries' }),
    role: z.enum(ROLES),
    programId: ProgramId.optional().meta({ description: 'For the role `postback`: the program it reports for' }),
    partnerId: PartnerId.optional().meta({ description: 'For the role `partner`: the partner it acts for' }),
    signing: z.literal('required').optional().meta({
      description: 'The key signs its requests by the Standard Webhooks scheme and calls nothing but conversions',
    }),
    expiresAt: InstantField.optional().meta({ description: 'First instant at which it is no longer accepted' }),
  })
  .refine(({ role, programId }) => (role === 'postback') === (programId !== undefined), {
    path: ['programId'],
    message: 'must be given for the role postback, and for no other',
  })
  .refine(({ role, partnerId }) => (role === 'partner') === (partnerId !== undefined), {
    path: ['partnerId'],
    message: 'must be given for the role partner, and for no other',
  })
  .refine(({ role, signing }) => signing === undefined || role === 'manager', {
    path: ['signing'],
    message: 'is for keys of the role manager: they report conversions',
  });
export type NewApiKey = z.infer<typeof NewApiKey>;
