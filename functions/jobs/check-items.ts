import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { CheckOrder } from '../../lib/payouts/order.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { checkItems, earlierRuns } from '../../lib/store/payment-check.ts';
import { payoutFindings } from '../../lib/store/payout-findings.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { terms } from '../../lib/store/terms.ts';

const client = documentClient();
const core = env('coreTable');
const runs = payoutRuns(client, core);
const findings = payoutFindings(client, core);
const stores = {
  runs,
  ledger: ledger(client, env('ledgerTable')),
  conversions: conversions(client, env('conversionsTable')),
};
const plansOf = terms(client, core).plans;

const ITEMS_PER_PAGE = 45;
/** Writes at once. */
const WIDTH = 16;

/**
 * Looks for what is wrong with each item of a run that is being drafted, before it is frozen, and notes it for whoever approves. It stops
 * nothing: what is severe, the approver must name. A run that is drafted already is left alone: what was found is what was approved.
 */
export const handler = job(CheckOrder, async (order, { enough }) => {
  const { cursor, ...answer } = order;
  const run = await runs.get(order);
  if (!run) throw new RangeError(`brand ${order.brandId} has no payout run ${order.runId}`);
  if (run.status !== 'drafting') return { ...answer, cursor: null };
  if (cursor === undefined) await findings.takeBack(run);
  const [earlier, plans] = await Promise.all([earlierRuns(runs, run), plansOf(run.brandId, run.programId)]);
  let place = cursor;
  do {
    const page = await runs.items(run, { cursor: place, limit: ITEMS_PER_PAGE });
    const found = await checkItems(stores, page.items, earlier, plans);
    await atOnce(WIDTH, found, (finding) => findings.put(run, finding));
    place = page.cursor;
  } while (place !== undefined && enough());
  return { ...answer, cursor: place ?? null };
});
