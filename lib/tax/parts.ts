import * as z from 'zod';
import { DayField, LineField } from '../programs/program.ts';

/** Parts that W-9 and W-8 share. */

export const Signature = z.strictObject({
  name: LineField(120).describe('Who signed'),
  signedOn: DayField.describe('Day of the signature'),
  underPenaltiesOfPerjury: z
    .literal(true, 'must be true: the form is certified under penalties of perjury, or it is none')
    .describe('That the certification of the form was signed'),
});
export type Signature = z.infer<typeof Signature>;

/** A person's name in the parts that the information return has. */
export const PersonName = z.strictObject({
  first: LineField(20),
  middle: LineField(20).optional(),
  last: LineField(20),
  suffix: LineField(10).optional(),
});
export type PersonName = z.infer<typeof PersonName>;

/** An address in the United States, in the parts and lengths that the information returns have. */
export const UsAddress = z.strictObject({
  line1: LineField(35),
  line2: LineField(35).optional(),
  city: LineField(22),
  state: z.string().regex(/^[A-Z]{2}$/, 'must be the two letters of a state, e.g. CA'),
  zip: z.string().regex(/^\d{5}(-\d{4})?$/, 'must be five digits, or nine as 12345-6789'),
});
export type UsAddress = z.infer<typeof UsAddress>;

export const oneLine = ({ first, middle, last, suffix }: PersonName): string =>
  [first, middle, last, suffix].filter((part) => part !== undefined).join(' ');
