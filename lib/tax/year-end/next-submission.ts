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

/** What may go out together next. */
export interface NextSubmission extends Pick<Submission, 'destination' | 'kind'> {
  readonly entries: readonly Entry[];
}

/** A payee’s place in it: what is to be said of them. */
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

/** Tells a payee's return at one destination from all others. */
export const placeOf = (partnerId: string, destination: Destination) => `${partnerId}#${destination}`;

/**
 * The first of what a run has left to file: the IRS's before states', corrections before what is refiled after them, payees in the order
 * of their ids. Asked again once it is filed, it answers what follows; nothing when all is done.
 *
 * @param otherTaxpayer Places whose form on file names another taxpayer than the filed record.
 */
export function nextSubmission(
  mode: Mode,
  payees: readonly PayeeYear[],
  combinedStates: readonly string[],
  otherTaxpayer: ReadonlySet<string>,
): NextSubmission | undefined {
  const found = payees.flatMap((payee) => {
    const standing = { ...payee, combinedStates };
    return destinationsOf(standing).flatMap((destination) => {
      const other = otherTaxpayer.has(placeOf(payee.partnerId, destination));
      const kind = nextRecord(mode, destination, standing, other);
      const before = payee.filed.find((one) => one.destination === destination);
      return kind ? [{ destination, entry: { payee, kind, ...(before && { before }) } }] : [];
    });
  });
  const groups = Map.groupBy(
    found,
    ({ destination, entry }) => `${destination === IRS ? 0 : 1}${destination} ${kindOf(entry.kind)}`,
  );
  const [first] = [...groups.keys()].sort();
  const group = first === undefined ? undefined : groups.get(first);
  if (!group) return undefined;
  const entries = group.map(({ entry }) => entry).sort((a, b) => (a.payee.partnerId < b.payee.partnerId ? -1 : 1));
  const [{ destination, entry }] = group as [(typeof group)[number]];
  return { destination, kind: kindOf(entry.kind), entries: entries.slice(0, MOST_PAYEES) };
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
