import { addDays, type Day } from '../calendar.ts';
import type { Instant } from '../time.ts';
import { type AdjustmentPosting, adjustmentCause, adjustmentFault } from './adjustment.ts';
import { type Undone, withCameBack } from './came-back.ts';
import { apply, GENESIS_HASH, hashOf, journalIdOf, NO_BALANCES } from './chain.ts';
import {
  ACCOUNTS,
  type Account,
  type AccrualLine,
  type Balances,
  type ChainState,
  type Entry,
  type Exchange,
  type Journal,
  type JournalKind,
  type LedgerKey,
} from './journal.ts';

/** What can happen to a partner's money. */
export type Command =
  /** `today` is the day of the job in the program's time zone; a chain that begins with it has nothing to release before it. */
  | { readonly kind: 'accrual'; readonly lines: readonly AccrualLine[]; readonly today: Day }
  /** The hold of everything that matures by this day is over. */
  | { readonly kind: 'release'; readonly through: Day }
  /** A person's correction that another person approved. */
  | ({ readonly kind: 'adjustment' } & AdjustmentPosting)
  /** Set aside for a payment. */
  | { readonly kind: 'reserve'; readonly itemId: string; readonly cents: number; readonly withheldCents?: number }
  /** The payment arrived: all that was reserved but the tax withheld from it. */
  | ({ readonly kind: 'settle'; readonly itemId: string; readonly cents: number } & PaidHow)
  /** The bank returned a payment that was settled; what was withheld from it goes back too. */
  | ({
      readonly kind: 'bounce';
      readonly itemId: string;
      readonly cents: number;
      readonly why: string;
      /** Journal that settled it. */
      readonly corrects: string;
      /** Day of that journal in the program's time zone; items have none that were settled before they kept when. */
      readonly paidOn?: Day | undefined;
    } & PaidHow)
  /** The payment did not happen. */
  | {
      readonly kind: 'unreserve';
      readonly itemId: string;
      readonly cents: number;
      readonly withheldCents?: number;
      readonly why: string;
      /** Journal that reserved it. */
      readonly corrects?: string;
    }
  /** One side of an exchange, by the chain it is posted to; see {@link exchangePair} for both together. */
  | {
      readonly kind: 'exchange';
      readonly itemId: string;
      readonly exchange: Exchange;
      /** The money goes back as it came. */
      readonly undo?: { readonly why: string; readonly corrects: string };
    };

interface PaidHow {
  /** Of the cents, what was kept back for the tax authority. */
  readonly withheldCents?: number;
  /** How the payment went out. */
  readonly rail?: string | undefined;
}

export interface Posting {
  /** As-of time of the job. */
  readonly at: Instant;
  readonly recordedAt: Instant;
  /** The job, or the person who decided. */
  readonly actor: string;
}

/** What a command does to a chain, before it is sealed. */
interface Movement {
  readonly cause: string;
  readonly corrects?: string;
  readonly lines?: readonly AccrualLine[];
  /** Tax that goes with it while it is not withheld yet. */
  readonly withholds?: number;
  readonly exchange?: Exchange;
  readonly entries: Moves;
  readonly schedule: ChainState['schedule'];
  readonly releasedThrough: Day;
  /** What the command pays by a rail; negative when it came back. */
  readonly paid?: { readonly rail: string; readonly cents: number };
  /** A payment that it undoes. */
  readonly undone?: Undone;
}
type Moves = Partial<Record<Account, number>>;

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
  const movement = move(before, command, key);
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

function move(before: ChainState, command: Command, { currency }: LedgerKey): Movement | undefined {
  switch (command.kind) {
    case 'accrual':
      return accrual(before, command.lines);
    case 'release':
      return release(before, command.through);
    case 'adjustment':
      return adjustment(before, command);
    case 'reserve':
      return transfer(before, command, 'payable');
    case 'settle':
    case 'unreserve':
      return transfer(before, command, 'inTransit');
    case 'bounce':
      return transfer(before, command, 'paid');
    case 'exchange':
      return exchange(before, command, currency);
  }
}

function accrual(before: ChainState, lines: readonly AccrualLine[]): Movement | undefined {
  if (lines.length === 0) return undefined;
  const { balances, releasedThrough } = before;
  const moves = new Map<Day, number>();
  let earned = 0;
  let released = 0;
  for (const { matures, cents } of lines) {
    earned += cents;
    if (matures <= releasedThrough) released += cents;
    else moves.set(matures, (moves.get(matures) ?? 0) + cents);
  }
  const schedule: Record<Day, number> = { ...before.schedule };
  let pending = 0;
  for (const [day, cents] of moves) {
    const bucket = schedule[day] ?? 0;
    const fits = Math.max(cents, -bucket);
    pending += fits;
    released += cents - fits;
    if (bucket + fits === 0) delete schedule[day];
    else schedule[day] = bucket + fits;
  }
  return {
    cause: 'settlement',
    lines: [...lines].sort(byOrder),
    entries: { expense: -earned, pending, ...intoPayable(balances, released) },
    schedule: inDayOrder(schedule),
    releasedThrough,
  };
}

/** Nothing waits for a day already released, so releasing an earlier day or the same one again frees nothing. */
function release(before: ChainState, through: Day): Movement | undefined {
  let freed = 0;
  const schedule: Record<Day, number> = {};
  for (const [day, cents] of Object.entries(before.schedule)) {
    if (day <= through) freed += cents;
    else schedule[day] = cents;
  }
  if (freed === 0) return undefined;
  return {
    cause: `release ${through}`,
    entries: { pending: -freed, ...intoPayable(before.balances, freed) },
    schedule,
    releasedThrough: through,
  };
}

/** What is given is payable at once, for there is no order that could still be returned; what is taken comes from payable, the rest is owed. */
function adjustment(before: ChainState, command: AdjustmentPosting): Movement {
  const fault = adjustmentFault(before.balances, command);
  if (fault !== undefined) throw new RangeError(`cannot post ${command.adjustmentId}: it ${fault}`);
  return {
    cause: adjustmentCause(command),
    entries: { expense: -command.cents, ...intoPayable(before.balances, command.cents) },
    schedule: before.schedule,
    releasedThrough: before.releasedThrough,
  };
}

/** What leaves is taken from payable; what arrives, or comes back, goes there, and repays first what is owed. */
function exchange(
  { balances, schedule, releasedThrough }: ChainState,
  { itemId, exchange, undo }: Extract<Command, { kind: 'exchange' }>,
  currency: string,
): Movement {
  const { from, to } = exchange;
  const leaves = from.currency === currency;
  const cents = leaves === (undo === undefined) ? -(leaves ? from : to).cents : (leaves ? from : to).cents;
  const possible = from.cents > 0 && to.cents > 0 && balances.payable + cents >= 0;
  if (!possible || ![from.cents, to.cents].every(Number.isSafeInteger))
    throw new RangeError(`cannot exchange ${cents} ${currency} for ${itemId}: payable is ${balances.payable}`);
  return {
    cause: undo ? `${itemId}: ${undo.why}` : itemId,
    ...(undo && { corrects: undo.corrects }),
    exchange,
    entries: { exchanged: -cents, ...intoPayable(balances, cents) },
    schedule,
    releasedThrough,
  };
}

function transfer(
  before: ChainState,
  command: Exclude<Extract<Command, { itemId: string }>, { kind: 'exchange' }>,
  from: 'payable' | 'inTransit' | 'paid',
): Movement | undefined {
  const { kind, itemId, cents } = command;
  if (cents === 0) return undefined;
  const { balances } = before;
  const { withheldCents = 0 } = command;
  const { rail } = kind === 'settle' || kind === 'bounce' ? command : {};
  const refuse = (account: Account, found: number) =>
    new RangeError(`cannot ${kind} ${cents} for ${itemId}, ${withheldCents} withheld: ${account} is ${found}`);
  // What is withheld never lay with the partner, so a bounce takes it from where it is.
  const taken = kind === 'bounce' ? cents - withheldCents : cents;
  const available = balances[from];
  if (!Number.isSafeInteger(cents) || cents < 0 || taken > available) throw refuse(from, available);
  const { withheld = 0 } = balances;
  if (!Number.isSafeInteger(withheldCents) || withheldCents < 0 || withheldCents > cents)
    throw refuse('withheld', withheld);
  if (kind === 'bounce' && withheldCents > withheld) throw refuse('withheld', withheld);
  const unchanged = { schedule: before.schedule, releasedThrough: before.releasedThrough };
  switch (kind) {
    case 'reserve':
      return { cause: itemId, withholds: withheldCents, entries: { payable: -cents, inTransit: cents }, ...unchanged };
    case 'settle':
      return {
        cause: itemId,
        entries: { inTransit: -cents, paid: cents - withheldCents, withheld: withheldCents },
        ...(rail !== undefined && { paid: { rail, cents } }),
        ...unchanged,
      };
    case 'bounce':
      return {
        cause: `${itemId}: ${command.why}`,
        corrects: command.corrects,
        entries: { paid: -taken, withheld: -withheldCents, ...intoPayable(before.balances, cents) },
        ...(rail !== undefined && { paid: { rail, cents: -cents } }),
        ...(command.paidOn !== undefined && {
          undone: { paidOn: command.paidOn, cents, withheld: withheldCents, rail },
        }),
        ...unchanged,
      };
    case 'unreserve':
      return {
        cause: `${itemId}: ${command.why}`,
        corrects: command.corrects,
        withholds: withheldCents,
        entries: { inTransit: -cents, ...intoPayable(before.balances, cents) },
        ...unchanged,
      };
  }
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

/** Adds to payable, repaying what the partner owes first; takes from it, owing what is missing. */
function intoPayable({ payable, receivable }: Balances, cents: number): Moves {
  const net = payable + receivable + cents;
  return { payable: Math.max(net, 0) - payable, receivable: Math.min(net, 0) - receivable };
}

const entriesOf = (moves: Moves): Entry[] =>
  ACCOUNTS.flatMap((account) => (moves[account] ? [{ account, cents: moves[account] }] : []));

const inDayOrder = (schedule: Readonly<Record<Day, number>>) =>
  Object.fromEntries(Object.entries(schedule).sort(([a], [b]) => (a < b ? -1 : 1)));

/** By time of the order, then by its name: an order stands once in a batch. */
function byOrder(a: AccrualLine, b: AccrualLine): number {
  const [left, right] = [a, b].map(({ occurredAt, eventType, orderId }) => `${occurredAt} ${eventType} ${orderId}`);
  return left! < right! ? -1 : 1;
}
