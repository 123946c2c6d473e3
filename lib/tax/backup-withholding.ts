import { atRate } from '../money.ts';
import type { TaxYear } from './tax-year.ts';

/** What decides whether tax is kept back from a payment to somebody whose number is missing or, by the IRS, wrong. */
export interface PaymentFacts {
  readonly paymentCents: number;
  /** Paid to the payee earlier in the same calendar year. */
  readonly paidBeforeCents: number;
  /** Whether a return was required for payments to the payee of the year before. */
  readonly reportedLastYear: boolean;
  /** Whether tax was kept back from payments of the year before. */
  readonly withheldLastYear: boolean;
}

export interface Withholding {
  readonly withheldCents: number;
  readonly words: string;
}

/**
 * Tax kept back from one payment to a payee under backup withholding (26 USC 3406(a), (b)(6)). It starts when the payments of the year reach
 * the reporting threshold, and the payment that reaches it is withheld on in full, earlier ones not at all; or with the first dollar when
 * the payee was reported, or withheld on, for the year before. That changes when tax is withheld and never from which amount is reported.
 *
 * @param rules Those of the year in which the payment is made.
 */
export function backupWithholding(rules: TaxYear, facts: PaymentFacts): Withholding {
  const { paymentCents, paidBeforeCents, reportedLastYear, withheldLastYear } = facts;
  const kept = (words: string): Withholding => ({
    withheldCents: atRate(paymentCents, rules.backupWithholdingBps),
    words,
  });
  if (withheldLastYear) return kept('Tax was withheld from the payee last year, so it is from the first dollar.');
  if (reportedLastYear) return kept('The payee was reported for last year, so tax is withheld from the first dollar.');
  if (paidBeforeCents + paymentCents >= rules.thresholdCents) {
    return kept('The payments of the year reach the threshold with this one, or did before.');
  }
  return { withheldCents: 0, words: 'The payments of the year stay below the threshold.' };
}
