import * as z from 'zod';
import { LineField } from '../programs/program.ts';
import { oneLine, PersonName, Signature, UsAddress } from './parts.ts';
import { type ReadTin, readTin } from './tin.ts';

/** Line 3a of Form W-9. The last two stand for its "Other" box with an exemption on line 4. */
export const TAX_CLASSES = [
  'individual',
  'c-corporation',
  's-corporation',
  'partnership',
  'trust-estate',
  'llc',
  'tax-exempt',
  'government',
] as const;
export type TaxClass = (typeof TAX_CLASSES)[number];

/** What an LLC that is not disregarded is taxed as. One that is disregarded gives its owner's name, class and number. */
export const LLC_LETTERS = ['C', 'S', 'P'] as const;
export type LlcLetter = (typeof LLC_LETTERS)[number];

/** What answers a second notice of a wrong number: a W-9 alone does not. */
export const VERIFICATIONS = ['ssa-printout', 'irs-letter-147c'] as const;

/**
 * Form W-9: a United States person says who they are for taxes. It has no expiry; a new one is needed when what it says changes.
 * The address has its parts apart, as the information returns ask for them.
 */
export const W9 = z
  .strictObject({
    form: z.literal('w9'),
    person: PersonName.optional().describe('Line 1 of an individual, sole proprietor or owner of a disregarded LLC'),
    name: LineField(80).optional().describe('Line 1 of everybody else'),
    businessName: LineField(80).optional().describe('Line 2: business name, when it differs'),
    taxClass: z.enum(TAX_CLASSES).describe('Line 3a'),
    llcTaxedAs: z.enum(LLC_LETTERS).optional().describe('The letter that goes with `llc`, and with nothing else'),
    address: UsAddress,
    tin: z.strictObject({
      box: z.enum(['ssn', 'ein']).describe('Which box of part I; an ITIN goes into the box for SSNs'),
      number: z.string().max(11),
    }),
    verifiedBy: z
      .enum(VERIFICATIONS)
      .optional()
      .describe('What was brought after a second notice that name and number do not match'),
    signature: Signature,
  })
  .superRefine((form, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { person, name, taxClass, llcTaxedAs, tin, verifiedBy } = form;
    const individual = taxClass === 'individual';
    if (individual && (!person || name !== undefined))
      refuse(['person'], 'must name the individual, instead of `name`');
    if (!individual && (name === undefined || person)) refuse(['name'], 'must name the entity, instead of `person`');
    if (taxClass === 'llc' && !llcTaxedAs)
      refuse(['llcTaxedAs'], 'must be C, S or P; a disregarded LLC gives its owner’s class');
    if (taxClass !== 'llc' && llcTaxedAs) refuse(['llcTaxedAs'], 'must be left out: only the class `llc` has a letter');
    // An estate and a trust that is disregarded may have a person's number; nobody else who is not an individual.
    if (!individual && taxClass !== 'trust-estate' && tin.box === 'ssn')
      refuse(['tin', 'box'], 'must be `ein`: only individuals, trusts and estates have the number of a person');
    const read = readTin(tin.box, tin.number);
    if ('refused' in read) refuse(['tin', 'number'], read.refused);
    if (verifiedBy && (verifiedBy === 'ssa-printout') !== (tin.box === 'ssn'))
      refuse(['verifiedBy'], 'must be `ssa-printout` for an SSN and `irs-letter-147c` for an EIN');
  });
export type W9 = z.infer<typeof W9>;

/** Line 1, as TIN Matching and the return take it. */
export const lineOneOf = ({ person, name }: Pick<W9, 'person' | 'name'>): string =>
  name ?? (person ? oneLine(person) : '');

/** The number of a form that was accepted. */
export function tinOf({ tin }: Pick<W9, 'tin'>): Exclude<ReadTin, { refused: string }> {
  const read = readTin(tin.box, tin.number);
  if ('refused' in read) throw new RangeError(`a form with a number that ${read.refused} was accepted`);
  return read;
}
