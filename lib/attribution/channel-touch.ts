import * as z from 'zod';
import { PartnerId } from '../partners/partner.ts';
import { keyPattern } from '../programs/field-patterns.ts';
import { InstantField } from '../programs/program.ts';
import type { Touch } from './journey.ts';

const keyPart = (max: number) =>
  z.string().regex(keyPattern(max), `must be 1 to ${max} characters without # or control characters, and not . or ..`);

/** A contact outside the web that a brand reports: a reseller registered a deal, a partner handed over a lead. */
export const ChannelTouch = z.strictObject({
  touchId: keyPart(80).describe('Your own id of the deal or lead; with program and customer it names the touch'),
  partnerId: PartnerId,
  kind: z.enum(['deal', 'lead']),
  customerId: keyPart(120).describe('Your own id of the customer, as conversions are reported with'),
  occurredAt: InstantField.optional().describe('When it was registered; the time of the request when left out'),
});
export type ChannelTouch = Required<z.infer<typeof ChannelTouch>>;

/** It joins the journey of every conversion of its customer, in its window like any other touch. */
export const touchOf = ({ touchId, kind, partnerId, occurredAt }: ChannelTouch): Touch => ({
  touchId: `${kind}#${touchId}`,
  kind,
  partnerId,
  at: occurredAt,
});
