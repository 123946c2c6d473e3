import { dayIn } from '../calendar.ts';
import { undoExchange } from '../ledger/exchange.ts';
import type { Journal, LedgerKey } from '../ledger/journal.ts';
import type { Command } from '../ledger/movement.ts';
import { type Posting, post } from '../ledger/post.ts';
import type { Instant } from '../time.ts';
import { advanceItem, grossOf, type ItemStatus, type PayoutItem, paidByFile, withheldOf } from './run.ts';

/** An item with its place in the ledger. */
export interface LedgeredItem extends PayoutItem {
  readonly brandId: string;
  readonly programId: string;
  /** Journal that set the money aside: its place in the partner's chain, and its id. */
  readonly reserved: { readonly sequence: number; readonly journalId: string };
  /** Journal that paid it, and when; absent on items settled before returns were known. */
  readonly settled?: { readonly journalId: string; readonly at: Instant } | undefined;
}

/** What becomes of an item's money: it was paid, or it goes back to payable, before or after it was paid. */
export type ItemMove =
  /** A file that is handed to the bank is the payment: sent and settled are one fact. Paid by hand they are two. */
  | { readonly to: 'settled'; readonly reference?: string | undefined }
  | { readonly to: 'failed'; readonly why: string }
  /** `leftOut`: before the run was frozen. */
  | { readonly to: 'released'; readonly why: string; readonly leftOut?: true }
  /**
   * The bank sent it back after it was settled; `why` begins with its code: `R03 There is no account …`. In the program's time zone is told on
   * which day it had been paid.
   */
  | { readonly to: 'returned'; readonly why: string; readonly timeZone: string };

/**
 * An item after a move, with the journals that move its money; `undefined` when it made that move before.
 *
 * An item that is released was paid to nobody, so its exchange is undone too: what was exchanged for it is payable again in the program's
 * currency. One that failed stays in its currency: the next run in it pays it again, at no other rate.
 *
 * @param origin newest journal of the chain that the item's money was exchanged from; needed when {@link undoes} says so.
 * @throws VisibleError `item-is-<status>` when it cannot make the move from where it is.
 */
export function moveItem<Item extends LedgeredItem>(
  item: Item,
  head: Journal | undefined,
  move: ItemMove,
  posting: Posting,
  origin?: Journal,
): { readonly after: Item; readonly journals: readonly Journal[] } | undefined {
  if (item.status === move.to) return undefined;
  const { itemId } = item;
  const failure = move.to === 'settled' ? undefined : move.why;
  let after: PayoutItem = item;
  for (const status of pathTo(item, move.to))
    after = advanceItem(after, status, { at: posting.at, ...withFailure(failure) }) ?? after;
  const journal = post(head, keyOf(item), commandOf(item, move), posting);
  if (!journal) throw new RangeError(`item ${itemId} moves nothing`);
  const reference = move.to === 'settled' ? move.reference : undefined;
  const settled = move.to === 'settled' ? { settled: { journalId: journal.journalId, at: journal.at } } : {};
  const undone = undoes(item, move) ? undo(item, { origin, head: journal }, move.why, posting) : [];
  const journals = [journal, ...undone];
  const leftOut = move.to === 'released' && move.leftOut ? { leftOut: true } : {};
  const told = reference === undefined ? {} : { reference };
  return { after: { ...item, ...after, ...settled, ...leftOut, ...told }, journals };
}

/** Whether a move takes back the exchange that was made for the item. */
export const undoes = (
  { exchange }: Pick<LedgeredItem, 'exchange'>,
  move: ItemMove,
): move is Extract<ItemMove, { why: string }> => move.to === 'released' && exchange !== undefined;

function undo(
  item: LedgeredItem,
  { origin, head }: { readonly origin: Journal | undefined; readonly head: Journal },
  why: string,
  posting: Posting,
): Journal[] {
  const { itemId, exchange: done } = item;
  if (!done) return [];
  const keys = { from: originOf(item), to: keyOf(item) };
  const { from, to } = undoExchange(keys, { from: origin, to: head }, { itemId, done, why }, posting);
  return [from, to];
}

function commandOf(item: LedgeredItem, move: ItemMove): Command {
  const { itemId, rail, reserved, settled } = item;
  const cents = grossOf(item);
  const withheldCents = withheldOf(item);
  const how = { withheldCents, rail };
  switch (move.to) {
    case 'settled':
      return { kind: 'settle', itemId, cents, ...how };
    case 'returned': {
      const paidOn = settled && dayIn(settled.at, move.timeZone);
      const corrects = (settled ?? reserved).journalId;
      return { kind: 'bounce', itemId, cents, ...how, why: move.why, corrects, paidOn };
    }
    default:
      return { kind: 'unreserve', itemId, cents, withheldCents, why: move.why, corrects: reserved.journalId };
  }
}

const pathTo = ({ rail, status }: PayoutItem, to: ItemStatus): ItemStatus[] =>
  paidByFile(rail) && status === 'reserved' && to === 'settled' ? ['sent', 'settled'] : [to];

const withFailure = (failure: string | undefined) => (failure === undefined ? {} : { failure });

/** Chain that an item's money was exchanged from; its own when it was not. */
export const originOf = (item: LedgeredItem): LedgerKey => ({
  ...keyOf(item),
  currency: item.exchange?.from.currency ?? item.currency,
});

/** Chain of an item's partner. */
export const keyOf = ({ brandId, programId, partnerId, currency }: LedgeredItem): LedgerKey => ({
  brandId,
  programId,
  partnerId,
  currency,
});
