import * as z from 'zod';
import { CountryField, EmailField, NewPartner, PARTNER_TYPES, PartnerId } from '../../partners/partner.ts';
import { NameField } from '../../programs/program.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

export const PayoutMethodAnswer = z
  .discriminatedUnion('rail', [
    z.object({ rail: z.literal('external') }),
    z.object({
      rail: z.literal('bank-csv'),
      accountHolder: z.string(),
      accountLast4: z.string().meta({ description: 'All of the account number that is ever shown' }),
      changedAt: z.string().optional(),
      returned: z.object({ code: z.string(), at: z.string() }).optional().meta({
        description: 'A payment came back from this account; the partner is not paid until details are given anew',
      }),
    }),
    z.object({
      rail: z.enum(['paypal', 'wise']),
      accountHolder: z.string().optional(),
      account: z.string().meta({ description: 'All of the address or account number that is ever shown' }),
      changedAt: z.string().optional(),
      returned: z.object({ code: z.string(), at: z.string() }).optional().meta({
        description: 'A payment came back from this account; the partner is not paid until details are given anew',
      }),
    }),
  ])
  .meta({ id: 'PayoutMethod' });

export const PartnerAnswer = z
  .object({
    partnerId: z.string(),
    name: z.string(),
    email: z.string(),
    type: z.enum(PARTNER_TYPES),
    country: z.string().optional(),
    taxFormOnFile: z.boolean(),
    manager: z.string().optional(),
    payoutMethod: PayoutMethodAnswer.optional(),
    createdAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'Partner' });

const params = z.strictObject({ partnerId: PartnerId });

const newExample = { name: 'Trail Notes', email: 'mara@trailnotes.example', type: 'content', country: 'DE' };
export const partnerExample = {
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  ...newExample,
  taxFormOnFile: false,
  createdAt: '2026-03-29T10:00:00.000Z',
  revision: 1,
};
const emailTaken = { 'email-taken': 'Another partner of the brand has this address; an address names one partner' };

export const partnersContracts = {
  createPartner: {
    body: NewPartner,
    answer: PartnerAnswer,
    status: 201,
    refusals: emailTaken,
    examples: { body: newExample, answer: partnerExample },
  },
  listPartners: {
    query: z.strictObject({
      ...PAGING,
      email: EmailField.optional().meta({ description: 'Only the partner with this address' }),
    }),
    answer: pageAnswer(PartnerAnswer),
    status: 200,
    examples: { answer: { items: [partnerExample] } },
  },
  getPartner: { params, answer: PartnerAnswer, status: 200, examples: { answer: partnerExample } },
  updatePartner: {
    params,
    body: z.strictObject({
      name: NameField.optional(),
      email: EmailField.optional(),
      type: z.enum(PARTNER_TYPES).optional(),
      country: CountryField.nullable().optional().meta({ description: '`null` removes it' }),
      taxFormOnFile: z.boolean().optional(),
      manager: EmailField.nullable().optional().meta({ description: '`null` removes it' }),
    }),
    answer: PartnerAnswer,
    status: 200,
    revises: true,
    refusals: emailTaken,
    examples: { body: { taxFormOnFile: true }, answer: { ...partnerExample, taxFormOnFile: true, revision: 2 } },
  },
} satisfies Contracts<'createPartner' | 'listPartners' | 'getPartner' | 'updatePartner'>;
