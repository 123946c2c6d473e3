import type { ChainState, Journal, LedgerKey } from '../ledger/journal.ts';
import type { Paid } from '../tax/partner-year.ts';
import type { Instant } from '../time.ts';
import type { LedgerStore } from './ledger.ts';

/** Paid by a chain in all, as a journal's state has it. */
export function paidOf(state: ChainState | undefined): Paid {
  const { paid = 0, withheld: withheldCents = 0 } = state?.balances ?? {};
  return { paidCents: paid + withheldCents, withheldCents, byRail: state?.paidBy ?? {} };
}

/** What was paid since an earlier state of the same chain. */
export function paidSince(after: Paid, before: Paid): Paid {
  const rails = [...new Set([...Object.keys(before.byRail), ...Object.keys(after.byRail)])].sort();
  const moved = rails.map((rail) => [rail, (after.byRail[rail] ?? 0) - (before.byRail[rail] ?? 0)] as const);
  return {
    paidCents: after.paidCents - before.paidCents,
    withheldCents: after.withheldCents - before.withheldCents,
    byRail: Object.fromEntries(moved.filter(([, cents]) => cents !== 0)),
  };
}

/**
 * What a chain paid from one instant on and before another: the difference of two states, which every journal carries. Journals are
 * in order of time, so each end is found by halving: about ten reads for a thousand journals, and none of what they say is added up again.
 */
export async function paidBetween(
  ledger: Pick<LedgerStore, 'head' | 'journal'>,
  key: LedgerKey,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<Paid> {
  const head = await ledger.head(key);
  const paidBefore = async (at: Instant) => paidOf(head && (await lastBefore(ledger, key, head, at))?.after);
  const [before, after] = await Promise.all([paidBefore(from), paidBefore(to)]);
  return paidSince(after, before);
}

/** The last journal of a chain that is older than an instant. */
export async function lastBefore(
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
