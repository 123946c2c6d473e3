import { format } from '../money.ts';
import type { FilingDecision, YearOfPayments } from './federal.ts';
import type { Duty } from './payee.ts';
import type { Proof } from './tax-year.ts';

/** What one state asks for in a year. */
export interface StateRule {
  readonly state: string;
  readonly year: number;
  readonly thresholdCents: number;
  readonly proof: Proof;
  readonly note?: string;
}

/**
 * Not every state followed the federal $2,000. None of these figures was read in the law or on the site of the state itself, so all are
 * unverified and say so wherever they are shown; a state without a row is unknown and gets no figure by default.
 */
export const STATE_RULES: readonly StateRule[] = [
  { state: 'AL', year: 2026, thresholdCents: 150_000, proof: 'unverified' },
  { state: 'AR', year: 2026, thresholdCents: 250_000, proof: 'unverified' },
  { state: 'CA', year: 2026, thresholdCents: 200_000, proof: 'unverified' },
  {
    state: 'CO',
    year: 2026,
    thresholdCents: 60_000,
    proof: 'unverified',
    note: 'Takes a Pub. 1220 file of its own; the combined federal and state program does not carry this form there.',
  },
  { state: 'MS', year: 2026, thresholdCents: 60_000, proof: 'unverified' },
  { state: 'WI', year: 2026, thresholdCents: 60_000, proof: 'unverified' },
];

export type StateDecision = Omit<FilingDecision, 'file'> & {
  /** Nothing when this version has no row for the state and year. */
  readonly file: boolean | undefined;
  readonly proof: Proof;
};

/** Whether a state wants the form, apart from what the IRS wants. */
export function stateFiling(
  { state, year }: { readonly state: string; readonly year: number },
  { duty, words }: Duty,
  { grossCents, withheldCents }: YearOfPayments,
): StateDecision {
  const rule = STATE_RULES.find((one) => one.state === state && one.year === year);
  if (!rule) {
    return {
      file: undefined,
      proof: 'unverified',
      words: `No rule of ${state} for ${year} is known here; ask your adviser.`,
    };
  }
  const { thresholdCents, proof } = rule;
  const mark = proof === 'unverified' ? ' (unverified)' : '';
  if (withheldCents > 0) {
    return {
      file: true,
      proof,
      words: `${format(withheldCents, 'USD')} was withheld; ${state} usually wants the form then${mark}.`,
    };
  }
  if (duty !== 'report') return { file: false, proof, words };
  const figures = `${format(grossCents, 'USD')} was paid in ${year}; the threshold of ${state} is ${format(thresholdCents, 'USD')}${mark}.`;
  return { file: grossCents >= thresholdCents, proof, words: figures };
}
