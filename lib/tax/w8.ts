import * as z from 'zod';
import type { Day } from '../calendar.ts';
import { CountryField } from '../partners/partner.ts';
import { LineField } from '../programs/program.ts';
import { Signature } from './parts.ts';

/** Where the work is done: services that a foreign person performs outside the United States are foreign-source income. */
export const SERVICES_PERFORMED = ['outside-us', 'inside-us', 'both'] as const;

/** Line 4 of Form W-8BEN-E, as far as a partner who is paid for services in their own name can be one. */
export const FOREIGN_ENTITIES = [
  'corporation',
  'disregarded-entity',
  'simple-trust',
  'complex-trust',
  'estate',
  'government',
  'tax-exempt',
] as const;

const Foreign = CountryField.refine(
  (country) => country !== 'US',
  'must be another country than US: a United States person gives a W-9, also when living abroad',
);

/** Forms W-8BEN (individuals) and W-8BEN-E (entities): somebody who is no United States person says so. */
export const W8 = z
  .strictObject({
    form: z.enum(['w8ben', 'w8ben-e']),
    name: LineField(120).describe('Line 1'),
    entityType: z.enum(FOREIGN_ENTITIES).optional().describe('W-8BEN-E alone'),
    country: Foreign.describe('Citizenship of an individual, country of incorporation of an entity'),
    address: z.strictObject({
      line1: LineField(80),
      line2: LineField(80).optional(),
      city: LineField(60),
      postalCode: LineField(20).optional(),
      country: Foreign.describe('Permanent residence, for taxes'),
    }),
    foreignTin: LineField(40).optional().describe('Tax number given by the country of residence'),
    noForeignTin: LineField(200).optional().describe('Why there is none'),
    servicesPerformed: z.enum(SERVICES_PERFORMED).describe('Where the work that is paid for is done'),
    signature: Signature,
  })
  .superRefine((form, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (form.form === 'w8ben-e' && !form.entityType) refuse('entityType', 'must say what the entity is');
    if (form.form === 'w8ben' && form.entityType) refuse('entityType', 'must be left out: an individual is no entity');
    if ((form.foreignTin === undefined) === (form.noForeignTin === undefined))
      refuse('foreignTin', 'must be given, or `noForeignTin` must say why there is none');
  });
export type W8 = z.infer<typeof W8>;

/** A W-8 holds from its signature to the end of the third calendar year that follows (Reg. 1.1441-1(e)(4)(ii)). */
export const w8ExpiresAfter = (signedOn: Day): Day => `${Number(signedOn.slice(0, 4)) + 3}-12-31`;
