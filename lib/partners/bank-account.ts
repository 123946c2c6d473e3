import * as z from 'zod';
import { LineField } from '../programs/program.ts';
import { routingNumberChecks } from './routing-number.ts';

/** Length of an IBAN by country: the ISO 13616 registry. */
const IBAN_LENGTHS =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 ' +
  'GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 ' +
  'MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 ' +
  'SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30';
const LENGTH_OF = new Map(IBAN_LENGTHS.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]));

/** Whether the two check digits of an IBAN (capitals, no spaces) hold: the rearranged number is 1 modulo 97 (ISO 7064). */
export function ibanChecks(iban: string): boolean {
  const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** An IBAN, freed of blanks, whose length and check digits are right. */
export const IbanField = z
  .string()
  .max(50)
  .transform((iban) => iban.replace(/[ -]/g, '').toUpperCase())
  .pipe(
    z
      .string()
      .regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/, 'must be an IBAN, e.g. DE89 3704 0044 0532 0130 00')
      .refine((iban) => LENGTH_OF.has(iban.slice(0, 2)), {
        message: 'must begin with a country that has IBANs',
        abort: true,
      })
      .refine((iban) => LENGTH_OF.get(iban.slice(0, 2)) === iban.length, {
        message: 'must have its country’s length',
        abort: true,
      })
      .refine(ibanChecks, 'must have check digits that fit; one character is probably wrong'),
  );

export const accountHolder = LineField(70);

/** A routing number of a bank in the United States. */
export const RoutingNumberField = z
  .string()
  .regex(/^\d{9}$/, 'must be nine digits')
  .refine(routingNumberChecks, 'must be a routing number; one digit is probably wrong');

/** Details stored before they were asked for are a person's checking account: what most partners have. */
const holderKind = z
  .enum(['person', 'company'])
  .default('person')
  .describe('Whose account it is: ACH pays people (PPD) and companies (CCD) in batches of their own');
const accountType = z.enum(['checking', 'savings']).default('checking');
export type HolderKind = z.infer<typeof holderKind>;
export type AccountType = z.infer<typeof accountType>;

/** Where money goes: an IBAN, or a United States routing and account number. */
export const BankDetails = z.union([
  z.strictObject({ accountHolder, iban: IbanField }),
  z.strictObject({
    accountHolder,
    routingNumber: RoutingNumberField,
    accountNumber: z.string().regex(/^\d{4,17}$/, 'must be 4 to 17 digits'),
    holderKind,
    accountType,
  }),
]);
export type BankDetails = z.infer<typeof BankDetails>;

/** The last four characters of the account: all of it that is ever shown. */
export const accountLast4 = (details: BankDetails): string =>
  ('iban' in details ? details.iban : details.accountNumber).slice(-4);
