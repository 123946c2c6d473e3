import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { atOnce } from '../at-once.ts';
import { grossOf } from '../payouts/run.ts';
import type { Instant } from '../time.ts';
import { moveItems } from './item-moves.ts';
import type { Changed } from './late-facts.ts';
import type { LedgerStore } from './ledger.ts';
import type { PayoutFindingStore } from './payout-findings.ts';
import type { PayoutRunStore, StoredItem, StoredRun } from './payout-runs.ts';

/** Remote calls at once. */
const WIDTH = 16;

/**
 * Leaves items out of a run that is not frozen yet: the run says why it does not pay them, and their money is payable again, for the next run to
 * judge anew.
 *
 * @throws Error when others keep changing the ledgers; what is left out by then stays so.
 */
export async function leaveOut(
  client: DynamoDBDocumentClient,
  stores: { readonly runs: PayoutRunStore; readonly ledger: LedgerStore },
  { brandId, runId, asOf }: StoredRun,
  gone: readonly Changed[],
  recordedAt: Instant,
): Promise<void> {
  await atOnce(WIDTH, gone, ({ item, reasons }) =>
    stores.runs.exclude(brandId, { runId, partnerId: item.partnerId, ...payableOf(item), reasons }),
  );
  const whys = new Map(gone.map(({ item, reasons }) => [item.itemId, reasons.map(({ words }) => words).join(' ')]));
  const items = gone.map(({ item }) => item);
  const move = ({ itemId }: StoredItem) =>
    ({ to: 'released', why: `left out: ${whys.get(itemId)}`, leftOut: true }) as const;
  const posting = { at: asOf, recordedAt, actor: 'system:draft-payout' };
  const { left } = await moveItems(client, stores, items, move, posting);
  if (left.length > 0) throw new Error(`${left.length} items of ${runId} are busy; the step will be tried again`);
}

/** What is payable again; what was exchanged for the item is so in its own currency. */
const payableOf = (item: StoredItem) => {
  const { exchange } = item;
  if (!exchange) return { payableCents: grossOf(item) };
  const { from, to } = exchange;
  return { payableCents: grossOf(item) - to.cents, exchangeable: { currency: from.currency, cents: from.cents } };
};

/** Takes back what was found of payees who are not paid by the run after all. */
export async function forgetUnpaid(
  findings: Pick<PayoutFindingStore, 'all' | 'put'>,
  run: StoredRun,
  paid: ReadonlySet<string>,
): Promise<void> {
  const all = await findings.all(run);
  const moot = all.filter(({ partnerIds }) => !partnerIds.every((partnerId) => paid.has(partnerId)));
  await atOnce(WIDTH, moot, ({ brandId: _, runId: __, ...finding }) =>
    findings.put(run, { ...finding, partnerIds: [] }),
  );
}
