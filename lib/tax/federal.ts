import { format } from '../money.ts';
import type { Duty } from './payee.ts';
import type { TaxYear } from './tax-year.ts';

/** What was paid to a payee in a calendar year, by the day of payment, on rails whose payments the payer reports. */
export interface YearOfPayments {
  /** Before what was withheld. */
  readonly grossCents: number;
  readonly withheldCents: number;
}

export interface FilingDecision {
  readonly file: boolean;
  readonly words: string;
}

/**
 * Whether a Form 1099-NEC is filed with the IRS (26 USC 6041(a), 6041A(a)). It is required at any amount once tax was withheld, also of
 * somebody who is exempt otherwise, since the credit for the tax goes by the form.
 */
export function federalFiling(
  rules: TaxYear,
  { duty, words }: Duty,
  { grossCents, withheldCents }: YearOfPayments,
): FilingDecision {
  if (withheldCents > 0) {
    return { file: true, words: `${format(withheldCents, 'USD')} was withheld; that is reported at any amount.` };
  }
  if (duty !== 'report') return { file: false, words };
  const figures = `${format(grossCents, 'USD')} was paid in ${rules.year}; the threshold is ${format(rules.thresholdCents, 'USD')}.`;
  return { file: grossCents >= rules.thresholdCents, words: figures };
}
