import { type FilingDecision, federalFiling, type YearOfPayments } from './federal.ts';
import type { TaxFormOnFile } from './form-on-file.ts';
import type { Duty } from './payee.ts';
import { type StateDecision, stateFiling } from './states.ts';
import { reportedByBrand, type TaxSettings } from './tax-settings.ts';
import type { TaxYear } from './tax-year.ts';

/** What was paid in a stretch of time, without what came back of it since. */
export interface Paid {
  /** Before what was withheld. */
  readonly paidCents: number;
  readonly withheldCents: number;
  /** Of `paidCents`, by rail; what was paid before rails were noted is in none. */
  readonly byRail: Readonly<Record<string, number>>;
}

/** What a program paid a partner in a calendar year of the program's time zone, by the day of payment. */
export interface PaidByProgram extends Paid {
  readonly programId: string;
  readonly currency: string;
  /** Number of the newest journal of the ledger that this was read from; 0 before the first. */
  readonly journal?: number;
}

export interface PartnerYear {
  /** What the brand reports: all programs in US dollars, before what was withheld, without rails whose provider reports. */
  readonly grossCents: number;
  /** Federal income tax withheld, in all programs in US dollars. */
  readonly withheldCents: number;
  /** Payments in US dollars that are not in the sum, because the provider of their rail reports them. */
  readonly reportedByProvider: readonly { readonly rail: string; readonly paidCents: number }[];
  readonly federal: FilingDecision;
  /** Of the state in the W-9's address; nothing without one. Nothing is ever withheld for a state. */
  readonly state?: StateDecision & { readonly state: string };
  /** Payments in other currencies, which are not in the sum: they have to be brought to dollars by hand. */
  readonly notCounted: readonly PaidByProgram[];
}

/** Whose form is not here is taken for somebody who is reported: that errs on the side that is mended by a form. */
const PRESUMED: Duty = { duty: 'report', words: 'No form is here; the payee is presumed to be reported.' };

/** Whether anything was paid or came back: also what makes nothing together, since rails are reported apart. */
export const moved = ({ paidCents, withheldCents, byRail }: Paid): boolean =>
  paidCents !== 0 || withheldCents !== 0 || Object.values(byRail).some((cents) => cents !== 0);

/** The year of a payee and what follows from it for the IRS and, apart from that, for a state, by the law of the year. */
export function partnerYear(
  rules: TaxYear,
  form: Pick<TaxFormOnFile, 'duty' | 'why' | 'state'> | undefined,
  paid: readonly PaidByProgram[],
  settings: Pick<TaxSettings, 'reporting'>,
): PartnerYear {
  const inMotion = paid.filter(moved);
  const inDollars = inMotion.filter(({ currency }) => currency === 'USD');
  const reportedByProvider = [...new Set(inDollars.flatMap(({ byRail }) => Object.keys(byRail)))]
    .filter((rail) => !reportedByBrand(settings, rail))
    .sort()
    .map((rail) => ({ rail, paidCents: sum(inDollars.map(({ byRail }) => byRail[rail] ?? 0)) }));
  const excludedCents = sum(reportedByProvider.map(({ paidCents }) => paidCents));
  const payments = {
    grossCents: sum(inDollars.map(({ paidCents }) => paidCents)) - excludedCents,
    withheldCents: sum(inDollars.map(({ withheldCents }) => withheldCents)),
  };
  return {
    ...payments,
    reportedByProvider,
    ...decisionsOf(rules, form, payments),
    notCounted: inMotion.filter(({ currency }) => currency !== 'USD'),
  };
}

/** What follows for the IRS and for the state of the form from a year's payments, by the law of the year. */
export function decisionsOf(
  rules: TaxYear,
  form: Pick<TaxFormOnFile, 'duty' | 'why' | 'state'> | undefined,
  payments: YearOfPayments,
): Pick<PartnerYear, 'federal' | 'state'> {
  const duty = form ? { duty: form.duty, words: form.why } : PRESUMED;
  const { year } = rules;
  const state = form?.state;
  return {
    federal: federalFiling(rules, duty, payments),
    ...(state !== undefined && { state: { state, ...stateFiling({ state, year }, duty, payments) } }),
  };
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, cents) => total + cents, 0);
