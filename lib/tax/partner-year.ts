import { type FilingDecision, federalFiling } from './federal.ts';
import type { TaxFormOnFile } from './form-on-file.ts';
import type { Duty } from './payee.ts';
import { type StateDecision, stateFiling } from './states.ts';
import type { TaxYear } from './tax-year.ts';

/** What a program paid a partner in a calendar year of the program's time zone, by the day of payment. */
export interface PaidByProgram {
  readonly programId: string;
  readonly currency: string;
  readonly paidCents: number;
}

export interface PartnerYear {
  /** All programs in US dollars together. */
  readonly grossCents: number;
  readonly withheldCents: number;
  readonly federal: FilingDecision;
  /** Of the state in the W-9's address; nothing without one. */
  readonly state?: StateDecision & { readonly state: string };
  /** Payments in other currencies, which are not in the sum: they have to be brought to dollars by hand. */
  readonly notCounted: readonly PaidByProgram[];
}

/** Whose form is not here is taken for somebody who is reported: that errs on the side that is mended by a form. */
const PRESUMED: Duty = { duty: 'report', words: 'No form is here; the payee is presumed to be reported.' };

/** The year of a payee and what follows from it for the IRS and for a state, by the law of the year. Nothing is ever withheld here. */
export function partnerYear(
  rules: TaxYear,
  form: Pick<TaxFormOnFile, 'duty' | 'why' | 'state'> | undefined,
  paid: readonly PaidByProgram[],
): PartnerYear {
  const moved = paid.filter(({ paidCents }) => paidCents !== 0);
  const inDollars = moved.filter(({ currency }) => currency === 'USD');
  const grossCents = inDollars.reduce((sum, { paidCents }) => sum + paidCents, 0);
  const payments = { grossCents, withheldCents: 0 };
  const duty = form ? { duty: form.duty, words: form.why } : PRESUMED;
  const { year } = rules;
  const state = form?.state;
  return {
    ...payments,
    federal: federalFiling(rules, duty, payments),
    ...(state !== undefined && { state: { state, ...stateFiling({ state, year }, duty, payments) } }),
    notCounted: moved.filter(({ currency }) => currency !== 'USD'),
  };
}
