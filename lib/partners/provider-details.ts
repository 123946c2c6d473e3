import * as z from 'zod';
import { LineField } from '../programs/program.ts';
import { accountHolder, BankDetails, IbanField, RoutingNumberField } from './bank-account.ts';
import { CountryField, EmailField } from './partner.ts';

const holderKind = z.enum(['person', 'company']).default('person');

/** Whom PayPal pays: the address of an account, or its id, which a change of address does not touch. */
export const PayPalDetails = z.union([
  z.strictObject({ email: EmailField }),
  z.strictObject({
    payerId: z.string().regex(/^[2-9A-HJ-NP-Z]{13}$/, 'must be a PayPal payer id: 13 capitals and digits'),
  }),
]);

/**
 * An account that Wise pays into, in the form that it asks for: an IBAN in euros, a United Kingdom account in pounds, one in the United
 * States in dollars. The last needs the holder's address.
 */
export const WiseDetails = z.union([
  z.strictObject({ accountHolder, holderKind, iban: IbanField }),
  z.strictObject({
    accountHolder,
    holderKind,
    sortCode: z
      .string()
      .transform((code) => code.replaceAll(/[ -]/g, ''))
      .pipe(z.string().regex(/^\d{6}$/, 'must be six digits')),
    accountNumber: z.string().regex(/^\d{8}$/, 'must be eight digits'),
  }),
  z.strictObject({
    accountHolder,
    holderKind,
    routingNumber: RoutingNumberField,
    accountNumber: z.string().regex(/^\d{4,17}$/, 'must be 4 to 17 digits'),
    accountType: z.enum(['checking', 'savings']).default('checking'),
    street: LineField(100),
    city: LineField(60),
    region: z.string().regex(/^[A-Z]{2}$/, 'must be the two letters of the state'),
    postalCode: LineField(12),
    country: CountryField,
  }),
]);
export type WiseDetails = z.infer<typeof WiseDetails>;

/** What the vault says of whom PayPal or Wise pay. */
export type ProviderDetails = Exclude<PayoutDetails, { readonly rail: 'bank-csv' }>;

/** Everything that the vault keeps of how a partner is paid. Details stored before other rails were known name none: they are a bank's. */
export const PayoutDetails = z.union([
  ...BankDetails.options.map((one) =>
    z.strictObject({ ...one.shape, rail: z.literal('bank-csv').default('bank-csv') }),
  ),
  ...PayPalDetails.options.map((one) => z.strictObject({ rail: z.literal('paypal'), ...one.shape })),
  ...WiseDetails.options.map((one) => z.strictObject({ rail: z.literal('wise'), ...one.shape })),
]);
export type PayoutDetails = z.infer<typeof PayoutDetails>;

/** How an account at a provider is shown: enough to tell it from others. */
export function shownAs(details: ProviderDetails): { readonly accountHolder?: string; readonly account: string } {
  if (details.rail === 'paypal')
    return { account: 'email' in details ? masked(details.email) : `…${details.payerId.slice(-4)}` };
  const account = 'iban' in details ? details.iban : details.accountNumber;
  return { accountHolder: details.accountHolder, account: `…${account.slice(-4)}` };
}

/** `m…a@trailnotes.example`: the domain says most, and the name is not for every reader. */
function masked(email: string): string {
  const [name = '', domain = ''] = email.split('@');
  return `${name.slice(0, 1)}…${name.length > 2 ? name.slice(-1) : ''}@${domain}`;
}

/** Where a payment goes, as the payment file shows it to whoever approves it. */
export function targetOf(details: PayoutDetails): { accountHolder?: string; accountNumber: string; bankCode?: string } {
  if (details.rail === 'paypal') return { accountNumber: 'email' in details ? details.email : details.payerId };
  if ('iban' in details) return { accountHolder: details.accountHolder, accountNumber: details.iban };
  const bankCode = 'sortCode' in details ? details.sortCode : details.routingNumber;
  return { accountHolder: details.accountHolder, accountNumber: details.accountNumber, bankCode };
}
