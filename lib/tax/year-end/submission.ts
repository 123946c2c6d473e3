import { canonical, sha256 } from '../../ledger/canonical.ts';
import type { Instant } from '../../time.ts';
import type { TaxFiler } from './filer.ts';
import type { Destination, ReturnRecord } from './filing.ts';
import type { PayeeIdentity } from './identity.ts';
import type { IrisHeader } from './iris-header.ts';

/** Records that one file of the IRIS portal may have. */
export const MOST_RECORDS = 100;

/**
 * Records that went out together: one file for the portal, or for a state. A number names it for ever, its records never change, and every
 * file of it can be written again from them, from the vault and from the header it names.
 */
export interface Submission {
  readonly brandId: string;
  readonly year: number;
  /** From 1, without gaps, in the order of making. */
  readonly number: number;
  readonly destination: Destination;
  /** Originals and refiled returns, or corrections: the portal takes them apart. */
  readonly kind: 'original' | 'corrected';
  readonly records: readonly ReturnRecord[];
  /** Version of the payer's profile in the vault. */
  readonly filerVersion: number;
  /** Header of the CSV; nothing for states. */
  readonly header?: IrisHeader;
  /** As-of time of the run that made it. */
  readonly at: Instant;
  /** SHA-256 of each file once all were written. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** What the IRS answered to the upload; corrections in XML name it. */
  readonly receiptId?: string | undefined;
}

/** A record with the people on it: what the writers take. */
export interface NamedRecord extends ReturnRecord {
  readonly payee: PayeeIdentity;
  /** Receipt of the submission that is corrected. */
  readonly correctsReceipt?: string | undefined;
}

/** A submission with everybody on it, held by the one function that opens the vault. */
export interface NamedSubmission extends Omit<Submission, 'records'> {
  readonly filer: TaxFiler;
  readonly records: readonly NamedRecord[];
}

/** What records come to together; the totals that a file’s own header or trailer tells. */
export interface Totals {
  readonly records: number;
  readonly compensationCents: number;
  readonly withheldCents: number;
}

export function totalsOf(records: readonly Pick<ReturnRecord, 'compensationCents' | 'withheldCents'>[]): Totals {
  return {
    records: records.length,
    compensationCents: records.reduce((sum, record) => sum + record.compensationCents, 0),
    withheldCents: records.reduce((sum, record) => sum + record.withheldCents, 0),
  };
}

/** What the audit log notes of a submission as it is made; the hash is of all that never changes. */
export function notedOf({ files: _, receiptId: __, ...made }: Submission): object {
  const { destination, kind, records } = made;
  return { destination, kind, ...totalsOf(records), sha256: sha256(canonical(made)) };
}

/** Where the files of a submission lie. */
export const folderOf = ({
  brandId,
  year,
  number,
  destination,
}: Pick<Submission, 'brandId' | 'year' | 'number' | 'destination'>) =>
  `tax/${brandId}/${year}/${String(number).padStart(6, '0')}-${destination}`;
