import type { Balances } from '../ledger/journal.ts';
import type { Instant } from '../time.ts';

/**
 * That a statement was issued, and everything it was made from beside the journals. The documents are a function of this record and the
 * journals it names, so a rename of the partner or the program later does not change what was issued.
 */
export interface StatementRecord {
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly currency: string;
  /** From 1, without gaps, for each partner and program, whatever the currency. */
  readonly number: number;
  readonly statementId: string;
  /** What it was issued for: the payout run. Issued once for each cause. */
  readonly cause: string;
  readonly partnerName: string;
  readonly programName: string;
  readonly timeZone: string;
  /** End of the statement before; absent for the first. */
  readonly since?: Instant;
  /** Time of its last journal. */
  readonly issuedAt: Instant;
  /** Sequence numbers of the first and last journal it covers. */
  readonly firstJournal: number;
  readonly lastJournal: number;
  readonly opening: Balances;
  readonly closing: Balances;
  readonly earnedCents: number;
  /** What was paid, less what banks returned. */
  readonly paidCents: number;
  /** Tax withheld, less what was given back; absent when that is none. */
  readonly withheldCents?: number | undefined;
  /** What came from the partner's chain in another currency, less what went there; absent when that is none. */
  readonly exchangedCents?: number | undefined;
  /** What is owed to the partner at the end, payable or not. */
  readonly closingCents: number;
  /** Every reason why the run that it was issued for did not pay the partner, in words; absent when it did, or there was nothing to pay. */
  readonly notPaid?: readonly string[] | undefined;
  /** SHA-256 of each document as issued; of the PDF unless it was issued before there was one. */
  readonly documents: { readonly html: string; readonly csv: string; readonly json: string; readonly pdf?: string };
  /** When the job wrote it. */
  readonly recordedAt: Instant;
}
