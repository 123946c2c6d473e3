import type { Journal, LedgerKey } from '../ledger/journal.ts';
import { type Command, type Posting, post } from '../ledger/post.ts';
import { advanceItem, type ItemStatus, type PayoutItem, paidByFile } from './run.ts';

/** An item with its place in the ledger. */
export interface LedgeredItem extends PayoutItem {
  readonly brandId: string;
  readonly programId: string;
  /** Journal that set the money aside: its place in the partner's chain, and its id. */
  readonly reserved: { readonly sequence: number; readonly journalId: string };
}

/** What becomes of an item's money: it was paid, or it goes back to payable. */
export type ItemMove =
  /** A file that is handed to the bank is the payment: sent and settled are one fact. Paid by hand they are two. */
  | { readonly to: 'settled'; readonly reference?: string | undefined }
  | { readonly to: 'failed' | 'released'; readonly why: string };

/**
 * An item after a move, with the journal that moves its money; `undefined` when it made that move before.
 *
 * @throws VisibleError `item-is-<status>` when it cannot make the move from where it is.
 */
export function moveItem<Item extends LedgeredItem>(
  item: Item,
  head: Journal | undefined,
  move: ItemMove,
  posting: Posting,
): { readonly after: Item; readonly journal: Journal } | undefined {
  if (item.status === move.to) return undefined;
  const { itemId, amountCents: cents } = item;
  const failure = move.to === 'settled' ? undefined : move.why;
  let after: PayoutItem = item;
  for (const status of pathTo(item, move.to))
    after = advanceItem(after, status, { at: posting.at, ...withFailure(failure) }) ?? after;
  const command: Command =
    move.to === 'settled'
      ? { kind: 'settle', itemId, cents }
      : { kind: 'unreserve', itemId, cents, why: move.why, corrects: item.reserved.journalId };
  const journal = post(head, keyOf(item), command, posting);
  if (!journal) throw new RangeError(`item ${itemId} moves nothing`);
  const reference = move.to === 'settled' ? move.reference : undefined;
  return { after: { ...item, ...after, ...(reference !== undefined && { reference }) }, journal };
}

const pathTo = ({ rail, status }: PayoutItem, to: ItemStatus): ItemStatus[] =>
  paidByFile(rail) && status === 'reserved' && to === 'settled' ? ['sent', 'settled'] : [to];

const withFailure = (failure: string | undefined) => (failure === undefined ? {} : { failure });

/** Chain of an item's partner. */
export const keyOf = ({ brandId, programId, partnerId, currency }: LedgeredItem): LedgerKey => ({
  brandId,
  programId,
  partnerId,
  currency,
});
