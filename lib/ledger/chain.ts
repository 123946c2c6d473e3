import { derive } from '../ids.ts';
import { canonical, sha256 } from './canonical.ts';
import { ACCOUNTS, type Account, type Balances, type Entry, type Journal, type LedgerKey } from './journal.ts';

/** Balances of a chain before its first journal. */
export const NO_BALANCES: Balances = Object.freeze(
  Object.fromEntries(ACCOUNTS.map((account) => [account, 0])),
) as Balances;

/** What the first journal of a chain names as the hash before it. */
export const GENESIS_HASH = '0'.repeat(64);

/** The id of a chain's journal by its place, so that two writers of the same place make the same id. */
export function journalIdOf({ brandId, programId, partnerId, currency }: LedgerKey, sequence: number): string {
  return derive('journal', brandId, programId, partnerId, currency, sequence);
}

/**
 * SHA-256 over everything a journal says and the hash of the one before it. When it was written stays outside, so that the same facts
 * replayed give the same chain.
 */
export function hashOf(journal: Omit<Journal, 'hash'>): string {
  return sha256(canonical({ ...journal, hash: undefined, recordedAt: undefined }));
}

/** Balances after entries. */
export function apply(balances: Balances, entries: readonly Entry[]): Balances {
  const after: Record<Account, number> = { ...balances };
  for (const { account, cents } of entries) after[account] += cents;
  return after;
}

/** What is not yet paid of what was earned: the partner's claim, negative when the partner owes. */
export function unpaidCents({ pending, held, payable, inTransit, receivable }: Balances): number {
  return pending + held + payable + inTransit + receivable;
}

/** The payout item of a reserve, settle, unreserve or bounce journal. */
export const itemOf = ({ cause }: Pick<Journal, 'cause'>): string => cause.split(':', 1)[0]!;
