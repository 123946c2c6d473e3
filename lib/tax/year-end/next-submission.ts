import {
  amountsOf,
  type Destination,
  destinationsOf,
  type Filed,
  IRS,
  type Mode,
  nextRecord,
  type RecordKind,
  type ReturnRecord,
  type Standing,
} from './filing.ts';
import type { Submission } from './submission.ts';

/** The year of one payee. */
export interface PayeeYear extends Pick<Standing, 'assessment' | 'filed'> {
  readonly partnerId: string;
}

/** One walk over all payees, in the order of their ids: what a run files of one kind at one destination. */
export type FilingPass = Pick<Submission, 'destination' | 'kind'>;

/** A payee’s place in a submission: what is to be said of them. */
export interface Entry {
  readonly payee: PayeeYear;
  readonly kind: RecordKind;
  /** What was filed for the payee at this destination. */
  readonly before?: Filed;
}

/** Payees in one submission: with its own row and the audit entry, what one transaction takes; two fewer than the portal takes. */
export const MOST_PAYEES = 98;

const kindOf = (kind: RecordKind): Submission['kind'] =>
  kind === 'original' || kind === 'refiled' ? 'original' : 'corrected';

/** What a mode files at a destination, corrections before what is refiled after them. */
export const passesAt = (mode: Mode, destination: Destination): FilingPass[] =>
  (mode === 'original' ? (['original'] as const) : (['corrected', 'original'] as const)).map((kind) => ({
    destination,
    kind,
  }));

/** All that a run files, the IRS's before states'. Which states there are is known once everybody was looked at, so after the IRS's. */
export const passesOf = (mode: Mode, states: readonly string[]): FilingPass[] =>
  [IRS, ...[...states].sort()].flatMap((destination) => passesAt(mode, destination));

/** States that a payee's return is due at, or was sent to, apart from the IRS. */
export const statesOf = (payee: PayeeYear, combinedStates: readonly string[]): Destination[] =>
  destinationsOf({ ...payee, combinedStates }).filter((destination) => destination !== IRS);

/**
 * A payee's entry in a pass; nothing when there is nothing to file, or it is of another pass.
 *
 * @param otherTaxpayer whether the form on file names another taxpayer than the record filed there.
 */
export function entryAt(
  mode: Mode,
  { destination, kind }: FilingPass,
  payee: PayeeYear,
  { combinedStates, otherTaxpayer }: { readonly combinedStates: readonly string[]; readonly otherTaxpayer: boolean },
): Entry | undefined {
  const standing = { ...payee, combinedStates };
  if (!destinationsOf(standing).includes(destination)) return undefined;
  const record = nextRecord(mode, destination, standing, otherTaxpayer);
  if (record === undefined || kindOf(record) !== kind) return undefined;
  const before = payee.filed.find((one) => one.destination === destination);
  return { payee, kind: record, ...(before && { before }) };
}

/** The record of an entry. What takes a return back names the taxpayer as it was filed, everything else as the form on file does. */
export function recordOf({ payee, kind, before }: Entry, destination: Destination, recordId: number): ReturnRecord {
  const { assessment, partnerId, filed } = payee;
  const asFiled = kind === 'zeroed' || assessment.formVersion === undefined ? before : undefined;
  const formVersion = asFiled?.formVersion ?? assessment.formVersion;
  if (formVersion === undefined) throw new RangeError(`no form names ${partnerId}`);
  const own = assessment.state?.file ? assessment.state.state : undefined;
  const state = destination === IRS ? (before ? before.state : own) : destination;
  return {
    recordId,
    partnerId,
    kind,
    formVersion,
    tinLast4: asFiled?.tinLast4 ?? assessment.tinLast4 ?? '',
    secondNotice: assessment.secondNotice,
    ...(kind === 'zeroed' ? { compensationCents: 0, withheldCents: 0 } : amountsOf(assessment)),
    ...(state !== undefined && { state }),
    basis: assessment.basis,
    copy: destination === IRS || !filed.some((one) => one.destination === IRS),
    ...(before && {
      corrects: {
        submission: before.submission,
        recordId: before.recordId,
        compensationCents: before.compensationCents,
        withheldCents: before.withheldCents,
      },
    }),
  };
}
