import * as z from 'zod';
import { BankDetails } from './bank-account.ts';

const [Iban, UnitedStates] = BankDetails.options;

/**
 * How a partner wants to be paid. `external`: the brand pays by its own means and confirms. `bank-csv`: a payment file that the brand's
 * bank takes, with an IBAN or a United States account.
 */
export const NewPayoutMethod = z.union([
  z.strictObject({ rail: z.literal('external') }),
  z.strictObject({ rail: z.literal('bank-csv'), ...Iban.shape }),
  z.strictObject({ rail: z.literal('bank-csv'), ...UnitedStates.shape }),
]);
export type NewPayoutMethod = z.infer<typeof NewPayoutMethod>;
