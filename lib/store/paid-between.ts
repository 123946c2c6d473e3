import type { Journal, LedgerKey } from '../ledger/journal.ts';
import type { Instant } from '../time.ts';
import type { LedgerStore } from './ledger.ts';

/**
 * What a chain paid from one instant on and before another: the difference of its account `paid`, which every journal carries. Journals are
 * in order of time, so each end is found by halving: about ten reads for a thousand journals, and none of what they say is added up again.
 */
export async function paidBetween(
  ledger: Pick<LedgerStore, 'head' | 'journal'>,
  key: LedgerKey,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<number> {
  const head = await ledger.head(key);
  if (!head) return 0;
  const paidBefore = async (at: Instant) => (await lastBefore(ledger, key, head, at))?.after.balances.paid ?? 0;
  const [before, after] = await Promise.all([paidBefore(from), paidBefore(to)]);
  return after - before;
}

/** The last journal of a chain that is older than an instant. */
async function lastBefore(
  ledger: Pick<LedgerStore, 'journal'>,
  key: LedgerKey,
  head: Journal,
  at: Instant,
): Promise<Journal | undefined> {
  if (head.at < at) return head;
  let found: Journal | undefined;
  let low = 1;
  let high = head.sequence - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const journal = await ledger.journal(key, middle);
    if (!journal) throw new Error(`journal ${middle} of ${key.partnerId} in ${key.programId} is missing`);
    if (journal.at < at) {
      found = journal;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}
