import { addDays } from '../calendar.ts';
import type { Instant } from '../time.ts';
import { withCameBack } from './came-back.ts';
import { apply, GENESIS_HASH, hashOf, journalIdOf, NO_BALANCES } from './chain.ts';
import { ACCOUNTS, type ChainState, type Entry, type Journal, type JournalKind, type LedgerKey } from './journal.ts';
import { type Command, type Movement, move } from './movement.ts';

export interface Posting {
  /** As-of time of the job. */
  readonly at: Instant;
  readonly recordedAt: Instant;
  /** The job, or the person who decided. */
  readonly actor: string;
}

/**
 * The next journal of a chain, or `undefined` when the command moves nothing.
 *
 * Three rules hold in every state. Money that matures later is pending, by its day; everything up to the last release is payable.
 * Payable is never negative: what is missing becomes a receivable, and whatever comes into payable repays the receivable first, so never
 * both. And every journal sums to zero.
 *
 * Lines of one call are netted by day before they move, so their order does not matter. A line that takes back finds its money in the
 * bucket of its own day: each conversion keeps the day of its first line and its total is never negative, so a bucket, the sum of such
 * totals, covers what is taken from it. Should a caller break that rule, the bucket gives what it has and payable the rest.
 *
 * @throws RangeError when more is reserved or exchanged than is payable, more is settled or given back than is in transit, more is returned than was
 * paid, more is withheld than is settled, or more is written off than is owed: the caller decides amounts from the same head, and the store
 * refuses a journal whose place in the chain was taken meanwhile.
 */
export function post(
  head: Journal | undefined,
  key: LedgerKey,
  command: Command,
  { at, recordedAt, actor }: Posting,
): Journal | undefined {
  const before: ChainState = head?.after ?? {
    balances: NO_BALANCES,
    schedule: {},
    releasedThrough: command.kind === 'accrual' ? addDays(command.today, -1) : '',
  };
  const movement = move(before, command, key.currency);
  if (!movement) return undefined;
  const entries = entriesOf(movement.entries);
  const sequence = (head?.sequence ?? 0) + 1;
  const journal: Omit<Journal, 'hash'> = {
    brandId: key.brandId,
    programId: key.programId,
    partnerId: key.partnerId,
    currency: key.currency,
    sequence,
    journalId: journalIdOf(key, sequence),
    kind: command.kind satisfies JournalKind,
    at: head && head.at > at ? head.at : at,
    recordedAt,
    cause: movement.cause,
    actor,
    ...(movement.corrects !== undefined && { corrects: movement.corrects }),
    ...(movement.withholds && { withholds: movement.withholds }),
    ...(movement.undone && { paidOn: movement.undone.paidOn }),
    ...(movement.exchange && { exchange: movement.exchange }),
    entries,
    lines: movement.lines ?? [],
    after: {
      balances: apply(before.balances, entries),
      schedule: movement.schedule,
      releasedThrough: movement.releasedThrough,
      ...paidBy(before, movement),
      ...cameBack(before, movement),
    },
    previousHash: head?.hash ?? GENESIS_HASH,
  };
  return { ...journal, hash: hashOf(journal) };
}

function paidBy({ paidBy = {} }: ChainState, { paid }: Movement): Pick<ChainState, 'paidBy'> {
  const rails = Object.entries(paid ? { ...paidBy, [paid.rail]: (paidBy[paid.rail] ?? 0) + paid.cents } : paidBy);
  const used = rails.filter(([, cents]) => cents !== 0);
  return used.length > 0 ? { paidBy: Object.fromEntries(used) } : {};
}

function cameBack({ cameBack }: ChainState, { undone }: Movement): Pick<ChainState, 'cameBack'> {
  if (!undone) return cameBack ? { cameBack } : {};
  return { cameBack: withCameBack(cameBack, undone) };
}

const entriesOf = (moves: Movement['entries']): Entry[] =>
  ACCOUNTS.flatMap((account) => (moves[account] ? [{ account, cents: moves[account] }] : []));
