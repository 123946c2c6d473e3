import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { atOnce } from '../at-once.ts';
import type { Posting } from '../ledger/post.ts';
import { type ItemMove, keyOf, moveItem, originOf, undoes } from '../payouts/move-item.ts';
import { commit } from './commit.ts';
import type { LedgerStore } from './ledger.ts';
import type { PayoutRunStore, StoredItem } from './payout-runs.ts';
import type { Write } from './transaction.ts';

/** A journal and an item for each: half of a transaction's 100 writes, less some room. */
const ITEMS_TOGETHER = 45;
/** Two more journals for each whose exchange is undone. */
const UNDONE_TOGETHER = 22;
const ATTEMPTS = 6;
/** From this attempt on items are moved one by one, so that a contended ledger does not hold up the others. */
const ALONE_FROM = 3;
const WIDTH = 16;

interface Stores {
  readonly runs: PayoutRunStore;
  readonly ledger: LedgerStore;
}

/**
 * Moves items of one run and their money, item and journal in one transaction. Items that made the move before are answered as they are;
 * `left` are those whose ledgers others kept changing, untouched.
 *
 * @param move the same for all, or by the item.
 * @param beside further writes of the transaction that moves the one item: the audit entry of a person's word.
 * @throws VisibleError when an item cannot make the move from where it is.
 */
export async function moveItems(
  client: DynamoDBDocumentClient,
  stores: Stores,
  items: readonly StoredItem[],
  move: ItemMove | ((item: StoredItem) => ItemMove),
  posting: Posting,
  beside: readonly Write[] = [],
): Promise<{ readonly moved: readonly StoredItem[]; readonly left: readonly StoredItem[] }> {
  const moved: StoredItem[] = [];
  let left = [...items];
  const moveOf = typeof move === 'function' ? move : () => move;
  for (let attempt = 0; left.length > 0 && attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await pause(20 * 2 ** attempt);
    const tried = left;
    left = [];
    const together = tried.some((item) => undoes(item, moveOf(item))) ? UNDONE_TOGETHER : ITEMS_TOGETHER;
    for (const group of groups(tried, attempt < ALONE_FROM ? together : 1)) {
      const after = await moveTogether(client, stores, group, moveOf, posting, beside);
      if (after) moved.push(...after);
      else left.push(...group);
    }
  }
  return { moved, left };
}

/**
 * The items after the move; nothing when somebody changed one of the rows meanwhile.
 *
 * Ledgers are read before items: a ledger that shows a move is then followed by an item that shows it too.
 */
async function moveTogether(
  client: DynamoDBDocumentClient,
  { runs, ledger }: Stores,
  group: readonly StoredItem[],
  moveOf: (item: StoredItem) => ItemMove,
  posting: Posting,
  beside: readonly Write[],
): Promise<StoredItem[] | undefined> {
  const heads = await atOnce(WIDTH, group, async (item) => ({
    own: await ledger.head(keyOf(item)),
    origin: undoes(item, moveOf(item)) ? await ledger.head(originOf(item)) : undefined,
  }));
  const stored = await runs.itemsWith(
    group[0]!,
    group.map(({ itemId }) => itemId),
  );
  const steps = group.map(({ itemId }, place) => {
    const item = stored.get(itemId);
    if (!item) throw new RangeError(`payout item ${itemId} is not there`);
    const { own, origin } = heads[place]!;
    return { item, step: moveItem(item, own, moveOf(item), posting, origin) };
  });
  const writes = steps.flatMap(({ item, step }) =>
    step ? [...step.journals.map(ledger.putWrite), runs.itemWrite(item, step.after)] : [],
  );
  const outcome = await commit(client, writes.length > 0 ? [...writes, ...beside] : []);
  if (outcome === 'refused') throw new Error('DynamoDB refuses to write payout items and their journals');
  return outcome === 'written' ? steps.map(({ item, step }) => step?.after ?? item) : undefined;
}

function groups<Item>(items: readonly Item[], size: number): Item[][] {
  const all: Item[][] = [];
  for (let start = 0; start < items.length; start += size) all.push(items.slice(start, start + size));
  return all;
}
