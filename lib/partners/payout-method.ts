import * as z from 'zod';
import { BankDetails } from './bank-account.ts';
import { PayPalDetails, WiseDetails } from './provider-details.ts';

const [Iban, UnitedStates] = BankDetails.options;

/**
 * How a partner wants to be paid. `external`: the brand pays by its own means and confirms. `bank-csv`: a payment file that the brand's
 * bank takes, with an IBAN or a United States account. `paypal` and `wise`: the provider pays, from the brand's own account there.
 */
export const NewPayoutMethod = z.union([
  z.strictObject({ rail: z.literal('external') }),
  z.strictObject({ rail: z.literal('bank-csv'), ...Iban.shape }),
  z.strictObject({ rail: z.literal('bank-csv'), ...UnitedStates.shape }),
  ...PayPalDetails.options.map((one) => z.strictObject({ rail: z.literal('paypal'), ...one.shape })),
  ...WiseDetails.options.map((one) => z.strictObject({ rail: z.literal('wise'), ...one.shape })),
]);
export type NewPayoutMethod = z.infer<typeof NewPayoutMethod>;
