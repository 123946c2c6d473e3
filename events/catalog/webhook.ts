import * as z from 'zod';
import { contract } from './envelope.ts';
import { InstantText, idOf } from './fields.ts';

/** A webhook was switched off because its receiver takes nothing; its owner is mailed. Goes straight to the mail queue, not over the bus. */
export const WebhookDisabled = contract(
  'webhook.disabled',
  z.object({
    webhookId: idOf('webhook'),
    /** Whose postback it is; absent when it is the brand's own webhook. */
    partnerId: idOf('partner').optional(),
    /** Host alone: the rest of an address may hold secrets. */
    host: z.string().min(1),
    why: z.enum(['gone', 'failing']),
    failingSince: InstantText.optional(),
  }),
);
