import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import { transferTarget } from '../../lib/partners/bank-account.ts';
import { auditRun } from '../../lib/payouts/audit.ts';
import { bankCsv, type TransferTarget } from '../../lib/payouts/bank-csv.ts';
import { keyOf } from '../../lib/payouts/move-item.ts';
import { FreezeOrder } from '../../lib/payouts/order.ts';
import { freeze } from '../../lib/payouts/run.ts';
import { commit } from '../../lib/store/commit.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { vaultReader } from '../../lib/store/vault.ts';

const client = documentClient();
const runs = payoutRuns(client, env('coreTable'));
const ledgerStore = ledger(client, env('ledgerTable'));
const vault = vaultReader({ client, table: env('vaultTable'), kms: new KMSClient({}) });
const documents = files(new S3Client({}), env('documentsBucket'));

/** Remote calls at once. */
const WIDTH = 16;

/**
 * Freezes a drafted run: counts its items, writes the payment file and stores the file's hash, which is what a second person approves.
 * Before that it checks that the items, the file and the journals that reserved the money make the same total.
 *
 * The file's name holds its hash, so a file that was approved is never written over.
 */
export const handler = job(FreezeOrder, async ({ brandId, programId, runId, asOf }) => {
  const drafted = await runs.get({ brandId, runId });
  if (!drafted) throw new RangeError(`brand ${brandId} has no payout run ${runId}`);
  const run = drafted.status === 'drafting' ? await frozen(drafted) : drafted;
  const { status, itemCount, totalCents, excludedCount, currency, fileHash } = run;
  const tally = { status, itemCount, totalCents, currency, excludedCount, fileHash: fileHash ?? null };
  return { brandId, programId, runId, asOf, cursor: null, tally };
});

async function frozen(run: StoredRun): Promise<StoredRun> {
  const { brandId, runId } = run;
  const found = await runs.allItems(run);
  const targets = await bankTargets(found);
  const items = await atOnce(WIDTH, found, (item) => byHandWithoutDetails(item, targets));
  const excludedCount = await excluded(run, items);
  const file = bankCsv(run, items, targets);
  const fileKey = `payouts/${brandId}/${runId}/${file.hash}.csv`;
  const { itemCount, totalCents, hash: fileHash } = file;
  const after = freeze(run, { itemCount, totalCents, fileHash, fileKey, excludedCount });

  const violations = auditRun(after, items, await reservations(items), items.length > 0 ? file : undefined);
  if (violations.length > 0) {
    const found = violations.map((violation) => `${violation.where}: ${violation.found}`);
    throw new Error(`payout run ${runId} does not add up and is not frozen: ${found.slice(0, 5).join('; ')}`);
  }
  if (items.length > 0) await documents.put(fileKey, file.text, 'text/csv; charset=utf-8');
  await runs.change(run, after);
  const stored = await runs.get(run);
  if (stored?.status === 'drafting')
    throw new Error(`payout run ${runId} was changed meanwhile; the step will be tried again`);
  return stored ?? run;
}

async function bankTargets(items: readonly StoredItem[]): Promise<Map<string, TransferTarget>> {
  const bank = items.filter(({ rail }) => rail === 'bank-csv');
  const read = await atOnce(WIDTH, bank, async ({ brandId, partnerId }) => {
    const details = await vault.readBankDetails(brandId, partnerId);
    return details ? [[partnerId, transferTarget(details)] as const] : [];
  });
  return new Map(read.flat());
}

/** A partner whose bank details were taken away after the money was reserved is paid by hand, rather than holding up all others. */
async function byHandWithoutDetails(item: StoredItem, targets: ReadonlyMap<string, unknown>): Promise<StoredItem> {
  if (item.rail !== 'bank-csv' || targets.has(item.partnerId)) return item;
  const after: StoredItem = { ...item, rail: 'external' };
  if ((await commit(client, [runs.itemWrite(item, after)])) !== 'written')
    throw new Error(`item ${item.itemId} changed meanwhile`);
  return after;
}

/** How many partners with money are not paid. Who was excluded by an earlier attempt and paid by a later one no longer counts. */
async function excluded(run: StoredRun, items: readonly StoredItem[]): Promise<number> {
  const paid = new Set(items.map(({ partnerId }) => partnerId));
  const all = await runs.allExclusions(run);
  const obsolete = all.filter(({ partnerId }) => paid.has(partnerId));
  await atOnce(WIDTH, obsolete, (exclusion) => runs.exclude(run.brandId, { ...exclusion, reasons: [] }));
  return all.length - obsolete.length;
}

/** The journals that set the items' money aside. */
async function reservations(items: readonly StoredItem[]): Promise<Journal[]> {
  const read = await atOnce(WIDTH, items, (item) => ledgerStore.journal(keyOf(item), item.reserved.sequence));
  return read.filter((journal) => journal !== undefined);
}
