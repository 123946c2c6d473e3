import * as z from 'zod';
import { LineField } from '../../programs/program.ts';
import { UsAddress } from '../parts.ts';
import { readTin } from '../tin.ts';
import { irsText } from './irs-text.ts';
import { CFSF_CODES } from './state-codes.ts';

const Ein = z
  .string()
  .max(11)
  .superRefine((text, context) => {
    const read = readTin('ein', text);
    if ('refused' in read) context.addIssue({ code: 'custom', message: read.refused });
  });
const Writable = (most: number) =>
  LineField(most).refine((text) => irsText(text, most) !== undefined, 'must be in letters that the IRS’s files have');
const StateCode = z.string().regex(/^[A-Z]{2}$/, 'must be the two letters of a state, e.g. CA');

/** The payer as it stands on every return: the brand itself, under its own number. */
export const TaxFiler = z.strictObject({
  name: Writable(40).describe('Legal name of the payer, as the IRS knows it'),
  tradeName: Writable(40).optional().describe('Second line of the name, when there is one'),
  ein: Ein.describe('The payer’s own number; only its last four are ever shown again'),
  address: UsAddress,
  phone: z.string().regex(/^\d{10}$/, 'must be ten digits without separators'),
  email: z
    .email('must be an e-mail address')
    .max(50)
    .regex(/^[A-Za-z0-9]/, 'must begin with a letter or digit'),
  contact: Writable(40).describe('Whom the IRS asks'),
  tcc: z
    .string()
    .regex(/^[A-Z0-9]{5}$/, 'must be five letters and digits, e.g. D1234')
    .optional()
    .describe('Transmitter Control Code; without one no XML is written'),
  stateIds: z
    .record(StateCode, Writable(20))
    .refine((ids) => Object.keys(ids).length <= 60, 'must name at most 60 states')
    .default({})
    .describe('The payer’s number with each state, box 6'),
  combinedStates: z
    .array(StateCode.refine((state) => state in CFSF_CODES, 'must be a state of the combined program'))
    .max(60)
    .default([])
    .describe('States to which the IRS forwards the return (Combined Federal/State Filing), as the payer chose'),
});
export type TaxFiler = z.infer<typeof TaxFiler>;

/** Under which name the payer lies in the vault beside the partners, whose ids are longer. */
export const FILER = 'FILER';

/** A version of the profile as the vault takes it: the number apart, so that whoever needs the rest opens no number. */
export interface SealedFiler {
  readonly ein: string;
  /** JSON of everything else. */
  readonly profile: string;
}
export const FILER_FIELDS = ['ein', 'profile'] as const;

export const sealed = ({ ein, ...profile }: TaxFiler): SealedFiler => ({ ein, profile: JSON.stringify(profile) });
export const opened = (leaves: Readonly<Record<string, string>>): TaxFiler =>
  TaxFiler.parse({ ...(JSON.parse(leaves.profile ?? '{}') as object), ein: leaves.ein });
