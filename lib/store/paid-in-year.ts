import { startOfDay } from '../calendar.ts';
import type { ChainState, Journal, LedgerKey } from '../ledger/journal.ts';
import type { Paid } from '../tax/partner-year.ts';
import type { Instant } from '../time.ts';
import type { LedgerStore } from './ledger.ts';

/** Ever paid by a chain, as a journal's state has it; what came back of a year is taken from that year, not from the time when it did. */
export function paidOf(state: ChainState | undefined): Paid {
  const { paid = 0, withheld = 0 } = state?.balances ?? {};
  const now = { paidCents: paid + withheld, withheldCents: withheld, byRail: state?.paidBy ?? {} };
  const years = Object.keys(state?.cameBack ?? {});
  return years.reduce((sum, year) => together(sum, cameBackOf(state, year), 1), now as Paid);
}

/** What came back by then of the payments of a year. */
export function cameBackOf(state: ChainState | undefined, year: number | string): Paid {
  const { cents, withheld, byRail } = state?.cameBack?.[year] ?? { cents: 0, byRail: {} };
  return { paidCents: cents, withheldCents: withheld ?? 0, byRail };
}

/** What was paid without a part of it. */
export const paidLess = (paid: Paid, part: Paid): Paid => together(paid, part, -1);

function together(one: Paid, other: Paid, sign: 1 | -1): Paid {
  const rails = [...new Set([...Object.keys(one.byRail), ...Object.keys(other.byRail)])].sort();
  const byRail = rails.map((rail) => [rail, (one.byRail[rail] ?? 0) + sign * (other.byRail[rail] ?? 0)] as const);
  return {
    paidCents: one.paidCents + sign * other.paidCents,
    withheldCents: one.withheldCents + sign * other.withheldCents,
    byRail: Object.fromEntries(byRail.filter(([, cents]) => cents !== 0)),
  };
}

/**
 * What a chain paid in a calendar year of its program's time zone, less what came back of it since, in whichever year. Every journal carries
 * sums of all before it and those are in order of time, so the ends of the year are found by halving: about ten reads for a thousand journals,
 * and none of what they say is added up again.
 *
 * @param head The journal to which the chain is read: the newest, or one from which it had stood earlier.
 */
export async function paidInYear(
  ledger: Pick<LedgerStore, 'journal'>,
  key: LedgerKey,
  { year, timeZone }: { readonly year: number; readonly timeZone: string },
  head: Journal | undefined,
): Promise<Paid> {
  const paidBefore = async (first: number) =>
    paidOf(head && (await lastBefore(ledger, key, head, startOfDay(`${first}-01-01`, timeZone)))?.after);
  const [before, after] = await Promise.all([paidBefore(year), paidBefore(year + 1)]);
  return paidLess(paidLess(after, before), cameBackOf(head?.after, year));
}

/** The last journal of a chain that is older than an instant. */
export const lastBefore = (
  ledger: Pick<LedgerStore, 'journal'>,
  key: LedgerKey,
  head: Journal,
  at: Instant,
): Promise<Journal | undefined> => lastThat(ledger, key, head, (journal) => journal.at < at);

/**
 * The last journal of a chain of which something is true that is true of every journal before it.
 *
 * @throws JournalMissing when the chain has a gap.
 */
export async function lastThat(
  ledger: Pick<LedgerStore, 'journal'>,
  key: LedgerKey,
  head: Journal,
  isEarly: (journal: Journal) => boolean,
): Promise<Journal | undefined> {
  if (isEarly(head)) return head;
  let found: Journal | undefined;
  let low = 1;
  let high = head.sequence - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const journal = await ledger.journal(key, middle);
    if (!journal) throw new JournalMissing(`journal ${middle} of ${key.partnerId} in ${key.programId} is missing`);
    if (isEarly(journal)) {
      found = journal;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}

/** A chain has a gap: `audit-ledger` tells of it. */
export class JournalMissing extends Error {
  override readonly name = 'JournalMissing';
}
