import { derive } from '../ids.ts';
import { canonical, sha256 } from './canonical.ts';
import { ACCOUNTS, type Account, type Balances, type Entry, isRare, type Journal, type LedgerKey } from './journal.ts';

/** Balances from cents by account: an account that is not named is zero. */
export function balancesOf(cents: Readonly<Partial<Record<Account, number | undefined>>>): Balances {
  const named = ACCOUNTS.map((account) => [account, cents[account] ?? 0] as const);
  return Object.fromEntries(named.filter(([account, amount]) => !isRare(account) || amount !== 0)) as Balances;
}

/** Balances of a chain before its first journal. */
export const NO_BALANCES: Balances = Object.freeze(balancesOf({}));

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
  const after: Partial<Record<Account, number | undefined>> = { ...balances };
  for (const { account, cents } of entries) after[account] = (after[account] ?? 0) + cents;
  return balancesOf(after);
}

/** What is not yet paid of what was earned: the partner's claim, negative when the partner owes. */
export function unpaidCents({ pending, held, payable, inTransit, receivable }: Balances): number {
  return pending + held + payable + inTransit + receivable;
}

/** The payout item of a reserve, settle, unreserve, bounce or exchange journal. */
export const itemOf = ({ cause }: Pick<Journal, 'cause'>): string => cause.split(':', 1)[0]!;
