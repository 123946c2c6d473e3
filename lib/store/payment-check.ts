import { atOnce } from '../at-once.ts';
import type { PlanVersion } from '../commission/plan.ts';
import type { AccrualLine, Journal, LedgerKey } from '../ledger/journal.ts';
import { type Finding, jumpOf, lineFindings, USUAL_RUNS } from '../payouts/findings.ts';
import { keyOf, originOf } from '../payouts/move-item.ts';
import { itemIdOf } from '../payouts/order.ts';
import { type PaymentLines, paymentLines } from '../payouts/payment-lines.ts';
import { isReleased, type PayoutRun } from '../payouts/run.ts';
import { journalsBetween } from './chain.ts';
import type { ConversionStore } from './conversions.ts';
import type { LedgerStore } from './ledger.ts';
import type { PayoutRunStore, StoredItem, StoredRun } from './payout-runs.ts';

export interface CheckStores {
  readonly runs: Pick<PayoutRunStore, 'list' | 'itemsWith'>;
  readonly ledger: Pick<LedgerStore, 'journals'>;
  readonly conversions: Pick<ConversionStore, 'load'>;
}

/** Chains read at once. */
const WIDTH = 8;
/** Journals of a chain read together, from its end back. */
const JOURNALS_PER_READ = 50;
/** Runs looked through for earlier ones: many of them may have been rejected, or have paid nobody. */
const RUNS_LOOKED_THROUGH = 100;

/** The last runs of the program in the currency of this one, before it, that were approved, newest first. */
export async function earlierRuns(
  runs: Pick<PayoutRunStore, 'list'>,
  { brandId, programId, currency, asOf, runId }: PayoutRun,
): Promise<StoredRun[]> {
  const cursor = `${asOf}#${runId}`;
  const page = await runs.list(brandId, programId, { cursor, limit: RUNS_LOOKED_THROUGH, newestFirst: true });
  return page.items.filter((run) => run.currency === currency && isReleased(run)).slice(0, USUAL_RUNS);
}

/**
 * What looks wrong with some items of a run: the lines they pay, and their amounts beside what their payees are usually paid.
 *
 * A chain is read back to the payment before, and on to where the oldest money that was on hold then was posted: what is read grows with
 * what is paid, not with the partner's history.
 *
 * @param earlier the runs that tell what is usual.
 */
export async function checkItems(
  { runs, ledger, conversions }: CheckStores,
  items: readonly StoredItem[],
  earlier: readonly StoredRun[],
  plans: readonly PlanVersion[],
): Promise<Finding[]> {
  const usual = await Promise.all(
    earlier.map((run) =>
      runs.itemsWith(
        run,
        items.map(({ partnerId }) => itemIdOf(run.runId, partnerId)),
      ),
    ),
  );
  const found = await atOnce(WIDTH, items, async (item): Promise<Finding[]> => {
    const { partnerId, amountCents, currency } = item;
    const paid = await linesPaidBy(ledger, keyOf(item), item.reserved.sequence);
    const source = await sourcesOf(conversions, item, paid.lines);
    const earlierCents = usual.flatMap((of, place) => {
      const before = of.get(itemIdOf(earlier[place]!.runId, partnerId));
      return before && before.status !== 'failed' && before.status !== 'released' ? [before.amountCents] : [];
    });
    const jump = jumpOf(partnerId, amountCents, earlierCents, currency);
    const here = lineFindings({ partnerId, currency, paid, source, plans });
    const before = await findingsOfOrigin({ ledger, conversions }, item, plans);
    return [...here, ...before, ...(jump ? [jump] : [])];
  });
  return found.flat();
}

/** What looks wrong with the lines behind what was exchanged for an item: they stand in the chain in the program's currency. */
async function findingsOfOrigin(
  { ledger, conversions }: Pick<CheckStores, 'ledger' | 'conversions'>,
  item: StoredItem,
  plans: readonly PlanVersion[],
): Promise<Finding[]> {
  if (!item.exchange) return [];
  const { partnerId, exchange } = item;
  const { currency, sequence } = exchange.from;
  const paid = await linesPaidBy(ledger, originOf(item), sequence);
  const source = await sourcesOf(conversions, item, paid.lines);
  return lineFindings({ partnerId, currency, paid, source, plans });
}

/** @param last the journal of the chain that sets the money aside, or exchanges it. */
async function linesPaidBy(ledger: CheckStores['ledger'], key: LedgerKey, last: number): Promise<PaymentLines> {
  let chain: readonly Journal[] = [];
  let through = last;
  for (;;) {
    const after = Math.max(0, through - JOURNALS_PER_READ);
    chain = [...(await journalsBetween(ledger, key, { after, through })), ...chain];
    const paid = paymentLines(chain);
    if (paid) return paid;
    through = after;
  }
}

async function sourcesOf(
  conversions: CheckStores['conversions'],
  { brandId, programId }: StoredItem,
  lines: PaymentLines['lines'],
) {
  const nameOf = ({ eventType, orderId }: Pick<AccrualLine, 'eventType' | 'orderId'>) => `${eventType} ${orderId}`;
  const stored = await conversions.load(
    lines.map(({ eventType, orderId }) => ({ brandId, programId, eventType, orderId })),
  );
  const known = new Map(stored.map((conversion) => [nameOf(conversion), conversion]));
  return (line: AccrualLine) => known.get(nameOf(line));
}
