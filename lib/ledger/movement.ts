import type { Day } from '../calendar.ts';
import { type AdjustmentPosting, adjustmentCause, adjustmentFault } from './adjustment.ts';
import type { Undone } from './came-back.ts';
import type { Account, AccrualLine, Balances, ChainState, Exchange } from './journal.ts';

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

/** What a command does to a chain, before it is sealed. */
export interface Movement {
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
 * What a command does to a chain of this currency in this state; `undefined` when it moves nothing.
 *
 * @throws RangeError as `post` says.
 */
export function move(before: ChainState, command: Command, currency: string): Movement | undefined {
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

/** Adds to payable, repaying what the partner owes first; takes from it, owing what is missing. */
function intoPayable({ payable, receivable }: Balances, cents: number): Moves {
  const net = payable + receivable + cents;
  return { payable: Math.max(net, 0) - payable, receivable: Math.min(net, 0) - receivable };
}

const inDayOrder = (schedule: Readonly<Record<Day, number>>) =>
  Object.fromEntries(Object.entries(schedule).sort(([a], [b]) => (a < b ? -1 : 1)));

/** By time of the order, then by its name: an order stands once in a batch. */
function byOrder(a: AccrualLine, b: AccrualLine): number {
  const [left, right] = [a, b].map(({ occurredAt, eventType, orderId }) => `${occurredAt} ${eventType} ${orderId}`);
  return left! < right! ? -1 : 1;
}
