import type { Assessment, Basis } from './assess.ts';

/** Where returns go: `US`, the IRS, or the two letters of a state that takes a file of its own. */
export type Destination = string;
export const IRS: Destination = 'US';

/**
 * What a record says. `original`: the first return. `corrected`: the amounts as they should have been, for the same taxpayer (error type 1).
 * `zeroed`: the return that names the wrong taxpayer, or should not have been filed, with no amounts; `refiled`: the return for the right one,
 * which follows (error type 2).
 */
export type RecordKind = 'original' | 'corrected' | 'zeroed' | 'refiled';

/** The amounts of a return, in cents. Boxes that commissions do not fill are left out and never zero. */
export interface Amounts {
  /** Box 1, from 2026 on 1a: before what was withheld. */
  readonly compensationCents: number;
  /** Box 4. */
  readonly withheldCents: number;
}

/** One return as it was put into a submission; with the version of the form in the vault it can be written again at any time. */
export interface ReturnRecord extends Amounts {
  /** Within its submission, from 1. */
  readonly recordId: number;
  readonly partnerId: string;
  readonly kind: RecordKind;
  readonly formVersion: number;
  readonly tinLast4: string;
  readonly secondNotice: boolean;
  /** Boxes 5 to 7: the state of the payee, when it wants to know. */
  readonly state?: string;
  /** Whether the recipient gets a copy of this one; a state's file repeats what the IRS has been told. */
  readonly copy: boolean;
  /** What the amounts were made from. */
  readonly basis: Basis;
  /** What a correction takes the place of. */
  readonly corrects?: { readonly submission: number; readonly recordId: number } & Amounts;
}

/** The latest record of a payee at a destination. */
export interface Filed extends ReturnRecord {
  readonly destination: Destination;
  readonly submission: number;
}

export type Mode = 'original' | 'corrected';

/** What is known of a payee's returns for a year. */
export interface Standing {
  readonly assessment: Assessment;
  /** Everything that was filed for the payee and year, one for each destination. */
  readonly filed: readonly Filed[];
  /** States to which the IRS forwards. */
  readonly combinedStates: readonly string[];
}

/** Destinations that a payee's return is due at, or was sent to. */
export function destinationsOf({ assessment: { state }, filed, combinedStates }: Standing): Destination[] {
  const own = state?.file === true && !combinedStates.includes(state.state) ? [state.state] : [];
  return [...new Set([IRS, ...own, ...filed.map(({ destination }) => destination)])];
}

/**
 * Whether a return is due at a destination. A state that the IRS forwards to is served by the IRS's file, also below the federal threshold.
 * Who moves after the return was filed is no new payee of another state.
 */
export function due(destination: Destination, { assessment, filed, combinedStates }: Standing): boolean {
  const { state, federal } = assessment;
  if (destination === IRS) return federal.file || (state?.file === true && combinedStates.includes(state.state));
  const elsewhere = filed.some((one) => one.destination !== IRS && one.destination !== destination);
  return state?.file === true && state.state === destination && !elsewhere;
}

/** What should stand on the return now. Who turned out to be exempt has nothing on it; who only fell below the threshold has the amounts. */
export function amountsOf({ duty, grossCents, withheldCents }: Assessment): Amounts {
  const reported = duty === 'report' || withheldCents > 0;
  return { compensationCents: reported ? Math.max(grossCents, 0) : 0, withheldCents };
}

/**
 * What a run of a mode files for a payee at a destination: originals only, or corrections only with what follows from them. Nothing when all is
 * as it was filed, so that a run without changes makes nothing.
 *
 * @param otherTaxpayer Whether the form on file names another taxpayer than the filed record.
 */
export function nextRecord(
  mode: Mode,
  destination: Destination,
  standing: Standing,
  otherTaxpayer: boolean,
): RecordKind | undefined {
  const { assessment, filed } = standing;
  if (assessment.problems.some(({ blocks }) => blocks)) return undefined;
  const before = filed.find((one) => one.destination === destination);
  if (!before) return mode === 'original' && due(destination, standing) ? 'original' : undefined;
  if (mode === 'original') return undefined;
  const now = amountsOf(assessment);
  if (before.kind === 'zeroed') return now.compensationCents > 0 && due(destination, standing) ? 'refiled' : undefined;
  if (now.compensationCents === 0 && now.withheldCents === 0) return 'zeroed';
  if (otherTaxpayer) return 'zeroed';
  const same = before.compensationCents === now.compensationCents && before.withheldCents === now.withheldCents;
  return same ? undefined : 'corrected';
}
