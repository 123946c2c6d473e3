import * as z from 'zod';
import { RAILS } from '../payouts/run.ts';

/** Rails on which money goes from account to account. No bank files a form about it, so the brand does. */
const BANK_RAILS: ReadonlySet<string> = new Set(['bank-csv', 'nacha']);

/**
 * What a brand decides about taxes on its partners' payments.
 *
 * Who reports a payment is never inferred from a vendor's name. Payments through a third-party settlement organization are reported by it
 * on Form 1099-K and left out of the payer's forms (26 CFR 1.6041-1(a)(1)(iv)); whether payouts through a given provider are such payments
 * is for the brand and its adviser to say. Until they do, the brand reports them.
 */
export const TaxSettings = z.strictObject({
  withholding: z
    .enum(['wait', 'withhold'])
    .default('wait')
    .describe(
      'What becomes of a payment that needs backup withholding: it waits, or 24 % is withheld and the rest is paid',
    ),
  reporting: z
    .partialRecord(z.enum(RAILS), z.enum(['brand', 'provider']))
    .default({})
    .superRefine((reporting, context) => {
      for (const [rail, by] of Object.entries(reporting)) {
        if (!BANK_RAILS.has(rail) || by === 'brand') continue;
        const message = 'must be `brand`: a bank files no form for payments from account to account';
        context.addIssue({ code: 'custom', path: [rail], message });
      }
    })
    .describe('Who reports payments to the IRS, by rail; a rail that is not named is reported by the brand'),
});
export type TaxSettings = z.output<typeof TaxSettings>;

export const DEFAULT_TAX_SETTINGS: TaxSettings = TaxSettings.parse({});

/** Whether the brand reports what goes out on a rail, also on one that is newer than the settings. */
export const reportedByBrand = ({ reporting }: Pick<TaxSettings, 'reporting'>, rail: string): boolean =>
  (reporting as Readonly<Record<string, string>>)[rail] !== 'provider';
