import { atOnce } from '../at-once.ts';
import type { targetOf } from '../partners/provider-details.ts';
import {
  accountOf,
  differingPayees,
  type Finding,
  type RunDifference,
  sharedAccounts,
  vanished,
} from '../payouts/findings.ts';
import { type Exclusion, type PayoutRun, withheldOf } from '../payouts/run.ts';
import { journalsBetween } from './chain.ts';
import type { LedgerStore } from './ledger.ts';
import { earlierRuns } from './payment-check.ts';
import type { PayoutFindingStore } from './payout-findings.ts';
import type { PayoutRunStore, StoredItem, StoredRun } from './payout-runs.ts';

interface Stores {
  readonly runs: Pick<PayoutRunStore, 'list' | 'allItems' | 'allExclusions'>;
  readonly ledger: Pick<LedgerStore, 'head' | 'journals'>;
  readonly findings: Pick<PayoutFindingStore, 'put' | 'all'>;
}

/** What is known of a run once its items stand. */
export interface DraftedRun {
  readonly run: StoredRun;
  readonly items: readonly StoredItem[];
  readonly excluded: readonly Exclusion[];
  /** Where payees are paid to, by partner; those whom the brand pays by hand have none. */
  readonly targets: ReadonlyMap<string, ReturnType<typeof targetOf>>;
}

/** Remote calls at once. */
const WIDTH = 16;
/** Journals since a run's as-of time that are looked past. */
const JOURNALS_SINCE = 50;

/**
 * Looks at a run as a whole: who shares an account, who was in the run before and is missing, and what differs from it. Notes the findings
 * and answers how many there are, those of the items among them.
 */
export async function checkRun(
  { runs, ledger, findings }: Stores,
  { run, items, excluded, targets }: DraftedRun,
): Promise<Required<Pick<PayoutRun, 'findings'>> & Pick<PayoutRun, 'difference'>> {
  const [previous] = await earlierRuns(runs, run);
  const [itemsBefore, excludedBefore] = previous
    ? await Promise.all([runs.allItems(previous), runs.allExclusions(previous)])
    : [[], []];
  const told = new Set([...items, ...excluded].map(({ partnerId }) => partnerId));
  const before = new Set([...itemsBefore, ...excludedBefore].map(({ partnerId }) => partnerId));
  const missing = [...before].filter((partnerId) => !told.has(partnerId));
  const found: Finding[] = [
    ...sharedAccounts(accountsPaid(items, targets), run.currency),
    ...(await atOnce(WIDTH, missing, (partnerId) => stillPayable(ledger, run, partnerId))).flat(),
  ];
  await atOnce(WIDTH, found, (finding) => findings.put(run, finding));
  const all = await findings.all(run);
  const severe = all.filter(({ severity }) => severity === 'severe').length;
  const difference = previous && differenceTo(previous, items, itemsBefore);
  return { findings: { severe, notable: all.length - severe }, ...(difference && { difference }) };
}

function accountsPaid(items: readonly StoredItem[], targets: DraftedRun['targets']) {
  return items.flatMap(({ partnerId, amountCents: cents }) => {
    const target = targets.get(partnerId);
    return target ? [{ partnerId, account: accountOf(target), cents }] : [];
  });
}

/** What was payable to a partner both as of the run's time and now: money that came later belongs to the next run. */
async function stillPayable(ledger: Stores['ledger'], run: StoredRun, partnerId: string): Promise<Finding[]> {
  const key = { brandId: run.brandId, programId: run.programId, currency: run.currency, partnerId };
  const head = await ledger.head(key);
  if (!head || head.after.balances.payable <= 0) return [];
  const range = { after: Math.max(0, head.sequence - JOURNALS_SINCE), through: head.sequence };
  const journals = await journalsBetween(ledger, key, range);
  const then = journals.findLast(({ at }) => at <= run.asOf)?.after.balances.payable ?? 0;
  const cents = Math.min(then, head.after.balances.payable);
  return cents > 0 ? [vanished(partnerId, cents, run.currency)] : [];
}

function differenceTo(
  { runId, asOf, totalCents, withheldCents }: StoredRun,
  items: readonly StoredItem[],
  itemsBefore: readonly StoredItem[],
): RunDifference {
  const amounts = (of: readonly StoredItem[]) =>
    new Map(
      of
        .filter(({ leftOut }) => !leftOut)
        .map((item) => [item.partnerId, { cents: item.amountCents, withheldCents: withheldOf(item) }]),
    );
  const payees = differingPayees(amounts(items), amounts(itemsBefore));
  return { runId, asOf, totalCents, ...(withheldCents && { withheldCents }), payees };
}
