import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { PaymentShard } from '../../lib/payouts/order.ts';
import { advanceItem, paidByFile } from '../../lib/payouts/run.ts';
import { commit } from '../../lib/store/commit.ts';
import { moveItems } from '../../lib/store/item-moves.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { payoutRuns, type StoredItem } from '../../lib/store/payout-runs.ts';
import type { Instant } from '../../lib/time.ts';

const client = documentClient();
const runs = payoutRuns(client, env('coreTable'));
const ledgerStore = ledger(client, env('ledgerTable'));

/** Remote calls at once. */
const WIDTH = 16;

/**
 * Pays items of an approved run. Those in a file for the bank are settled: handing over the file is the payment. Those the brand pays by hand
 * are marked as sent and wait for a person's word. What somebody did with an item before stands.
 */
export const handler = job(PaymentShard, async (shard, { recordedAt }) => {
  const { brandId, runId, asOf, itemIds } = shard;
  const run = await runs.get({ brandId, runId });
  if (run?.status !== 'paying')
    throw new RangeError(`payout run ${runId} is ${run?.status ?? 'not there'}; nothing was paid`);
  const found = await runs.itemsWith(run, itemIds);
  const open = [...found.values()].filter(({ status }) => status === 'reserved');

  const bank = open.filter(({ rail }) => paidByFile(rail));
  const posting = { at: asOf, recordedAt, actor: 'system:pay-payout' };
  const { moved, left } = await moveItems(client, { runs, ledger: ledgerStore }, bank, { to: 'settled' }, posting);

  const byHand = open.filter(({ rail }) => rail === 'external');
  const sent = await atOnce(WIDTH, byHand, (item) => send(item, asOf));

  const tally = {
    settled: moved.length,
    settledCents: moved.reduce((sum, { amountCents }) => sum + amountCents, 0),
    sent: sent.filter(Boolean).length,
    /** Left for the next run of the workflow, because others kept changing their ledgers. */
    left: left.map(({ itemId }) => itemId),
  };
  return { ...shard, cursor: null, tally };
});

/** Whether the item was marked now; somebody who was faster has marked it too, or failed it. */
async function send(item: StoredItem, at: Instant): Promise<boolean> {
  const after = { ...item, ...advanceItem(item, 'sent', { at }) };
  return (await commit(client, [runs.itemWrite(item, after)])) === 'written';
}
