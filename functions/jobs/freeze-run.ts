import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import { type PayoutDetails, targetOf } from '../../lib/partners/provider-details.ts';
import { auditRun } from '../../lib/payouts/audit.ts';
import { bankCsv } from '../../lib/payouts/bank-csv.ts';
import { nachaDates } from '../../lib/payouts/banking-days.ts';
import { keyOf } from '../../lib/payouts/move-item.ts';
import { type NachaEntry, type NachaFile, nachaFile, nachaObstacle } from '../../lib/payouts/nacha.ts';
import type { NachaOrigination } from '../../lib/payouts/nacha-origination.ts';
import { FreezeOrder, nachaKeyOf, ordersKeyOf } from '../../lib/payouts/order.ts';
import { carries, type OrdersFile, ordersFile } from '../../lib/payouts/rails/orders.ts';
import { type Exclusion, freeze, paidByFile, paidByProvider } from '../../lib/payouts/run.ts';
import { commit } from '../../lib/store/commit.ts';
import { enrolments } from '../../lib/store/enrolments.ts';

import { type Changed, changedItems } from '../../lib/store/late-facts.ts';
import { forgetUnpaid, leaveOut } from '../../lib/store/leave-out.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutFindings } from '../../lib/store/payout-findings.ts';
import { payoutProviders } from '../../lib/store/payout-providers.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { checkRun } from '../../lib/store/run-check.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import { taxpayers } from '../../lib/store/taxpayers.ts';
import { vaultReader } from '../../lib/store/vault.ts';
import type { Instant } from '../../lib/time.ts';

const client = documentClient();
const runs = payoutRuns(client, env('coreTable'));
const programs = programStore(client, env('coreTable'));
const ledgerStore = ledger(client, env('ledgerTable'));
const findings = payoutFindings(client, env('coreTable'));
const checkStores = { runs, ledger: ledgerStore, findings };
const vault = vaultReader({ client, table: env('vaultTable'), kms: new KMSClient({}) });
const facts = {
  programs,
  ledger: ledgerStore,
  partners: partners(client, env('coreTable')),
  enrolments: enrolments(client, env('coreTable')),
  settings: taxSettings(client, env('coreTable')),
  taxpayers: taxpayers(client, env('coreTable')),
  providers: payoutProviders(client, env('coreTable')),
};
const documents = files(new S3Client({}), env('documentsBucket'));

/** Remote calls at once. */
const WIDTH = 16;

/**
 * Freezes a drafted run: counts its items, writes the payment file and stores the file's hash, which is what a second person approves.
 * What PayPal and Wise are told to pay goes into a file of its own, whose hash the payment file holds. Accounts in the United States go
 * into a NACHA file beside it when the program says who sends it; the payment file holds its hash. Before that it checks that the items,
 * the file and the journals that reserved the money make the same total.
 *
 * An item whose facts changed since it was reserved is left out: its money is payable again, and the run says why.
 *
 * What looks wrong with the run as a whole is noted beside what `check-items` found, and counted on the run.
 *
 * The file's name holds its hash, so a file that was approved is never written over.
 */
export const handler = job(FreezeOrder, async ({ brandId, programId, runId, asOf }, { recordedAt }) => {
  const drafted = await runs.get({ brandId, runId });
  if (!drafted) throw new RangeError(`brand ${brandId} has no payout run ${runId}`);
  const run = drafted.status === 'drafting' ? await frozen(drafted, recordedAt) : drafted;
  const { status, itemCount, totalCents, withheldCents = 0, excludedCount, currency, fileHash } = run;
  const tally = { status, itemCount, totalCents, withheldCents, currency, excludedCount, fileHash: fileHash ?? null };
  return { brandId, programId, runId, asOf, cursor: null, tally };
});

async function frozen(run: StoredRun, recordedAt: Instant): Promise<StoredRun> {
  const { brandId, runId } = run;
  const all = await runs.allItems(run);
  const found = all.filter(({ leftOut }) => !leftOut);
  const { nacha: origination } = (await programs.get(brandId, run.programId)) ?? {};
  const details = await payoutDetails(found);
  const gone = await changed(run, found, details);
  await leaveOut(client, { runs, ledger: ledgerStore }, run, gone, recordedAt);
  const goneIds = new Set(gone.map(({ item }) => item.itemId));
  const staying = found.filter(({ itemId }) => !goneIds.has(itemId));
  const items = await atOnce(WIDTH, staying, (item) => onItsRail(item, details.get(item.partnerId), origination));
  await forgetUnpaid(findings, run, new Set(items.map(({ partnerId }) => partnerId)));
  const excluded = await exclusions(run, items);
  const targets = new Map([...details].map(([partnerId, account]) => [partnerId, targetOf(account)]));
  const checked = await checkRun(checkStores, { run, items, excluded, targets });
  const nacha = nachaOf(run, items, details, origination);
  const orders = ordersOf(items, details);
  const file = bankCsv(run, items, targets, nacha, orders);
  const fileKey = `payouts/${brandId}/${runId}/${file.hash}.csv`;
  const { itemCount, totalCents, withheldCents, hash: fileHash } = file;
  const withholdingCount = items.filter(({ withholding }) => withholding).length;
  const nachaKey = nacha && nachaKeyOf(run, nacha.hash);
  const ordersKey = orders && ordersKeyOf(run, orders.hash);
  const excludedCount = excluded.length;
  const after = freeze(run, {
    ...{ itemCount, totalCents, fileHash, fileKey, excludedCount },
    ...(nachaKey && { nachaKey }),
    ...(ordersKey && { ordersKey }),
    ...(withheldCents > 0 && { withheldCents }),
    ...(withholdingCount > 0 && { withholdingCount }),
    ...checked,
  });

  const violations = auditRun(after, items, await reservations(items), items.length > 0 ? file : undefined);
  if (violations.length > 0) {
    const found = violations.map((violation) => `${violation.where}: ${violation.found}`);
    throw new Error(`payout run ${runId} does not add up and is not frozen: ${found.slice(0, 5).join('; ')}`);
  }
  if (nacha && nachaKey) await documents.put(nachaKey, nacha.text, 'text/plain; charset=us-ascii');
  if (orders && ordersKey) await documents.put(ordersKey, orders.text, 'application/jsonl; charset=utf-8');
  if (items.length > 0) await documents.put(fileKey, file.text, 'text/csv; charset=utf-8');
  await runs.change(run, after);
  const stored = await runs.get(run);
  if (stored?.status === 'drafting')
    throw new Error(`payout run ${runId} was changed meanwhile; the step will be tried again`);
  return stored ?? run;
}

async function payoutDetails(items: readonly StoredItem[]): Promise<Map<string, PayoutDetails>> {
  const kept = items.filter(({ rail }) => rail !== 'external');
  const read = await atOnce(WIDTH, kept, async ({ brandId, partnerId }) => {
    const details = await vault.readDetails(brandId, partnerId);
    return details ? [[partnerId, details] as const] : [];
  });
  return new Map(read.flat());
}

/**
 * What would not be reserved any more as it is: facts changed since, or the details in the vault are not of the rail that the item was judged
 * by. No item moves to another rail here: who reports it to the IRS, and whether tax is withheld, hangs on the rail.
 */
async function changed(
  run: StoredRun,
  items: readonly StoredItem[],
  details: ReadonlyMap<string, PayoutDetails>,
): Promise<Changed[]> {
  const late = await changedItems(facts, run, items, run.asOf);
  const known = new Set(late.map(({ item }) => item.itemId));
  const astray = items.filter((item) => !known.has(item.itemId) && !liesOnRail(item, details.get(item.partnerId)));
  const words = 'The payout details are not those of the payout method any more.';
  return [...late, ...astray.map((item) => ({ item, reasons: [{ code: 'payout-method-changed', words }] as const }))];
}

/** Whether the details are those that the item's rail pays. */
function liesOnRail({ rail, ...item }: StoredItem, details: PayoutDetails | undefined): boolean {
  if (rail === 'external') return true;
  if (paidByProvider(rail)) return details?.rail === rail && carries(rail, item);
  return details?.rail === 'bank-csv';
}

/** A bank's item as an entry of the NACHA file, when the program has one and ACH can pay the account; else it stays in the bank's CSV. */
async function onItsRail(
  item: StoredItem,
  details: PayoutDetails | undefined,
  origination: NachaOrigination | undefined,
): Promise<StoredItem> {
  if (!paidByFile(item.rail) || details?.rail !== 'bank-csv') return item;
  const byAch = origination && item.currency === 'USD' && 'routingNumber' in details;
  const rail = byAch && nachaObstacle(entryOf(item, details)) === undefined ? 'nacha' : 'bank-csv';
  if (item.rail === rail) return item;
  const after: StoredItem = { ...item, rail };
  if ((await commit(client, [runs.itemWrite(item, after)])) !== 'written')
    throw new Error(`item ${item.itemId} changed meanwhile`);
  return after;
}

type UnitedStatesAccount = Extract<PayoutDetails, { rail: 'bank-csv'; routingNumber: string }>;

const entryOf = ({ itemId, amountCents }: StoredItem, { rail: _, ...details }: UnitedStatesAccount): NachaEntry => ({
  itemId,
  amountCents,
  ...details,
});

function ordersOf(items: readonly StoredItem[], details: ReadonlyMap<string, PayoutDetails>): OrdersFile | undefined {
  const own = items.filter(({ rail }) => paidByProvider(rail));
  return own.length > 0 ? ordersFile(own, details) : undefined;
}

function nachaOf(
  { asOf }: StoredRun,
  items: readonly StoredItem[],
  accounts: ReadonlyMap<string, PayoutDetails>,
  origination: NachaOrigination | undefined,
): NachaFile | undefined {
  if (!origination) return undefined;
  const entries = items.flatMap((item) => {
    const details = accounts.get(item.partnerId);
    return item.rail === 'nacha' && details?.rail === 'bank-csv' && 'routingNumber' in details
      ? [entryOf(item, details)]
      : [];
  });
  if (entries.length === 0) return undefined;
  return nachaFile(origination, nachaDates(asOf, origination.leadBankingDays), entries);
}

/** Who has money and is not paid. Who was excluded by an earlier attempt and paid by a later one no longer counts. */
async function exclusions(run: StoredRun, items: readonly StoredItem[]): Promise<Exclusion[]> {
  const paid = new Set(items.map(({ partnerId }) => partnerId));
  const all = await runs.allExclusions(run);
  const obsolete = all.filter(({ partnerId }) => paid.has(partnerId));
  await atOnce(WIDTH, obsolete, (exclusion) => runs.exclude(run.brandId, { ...exclusion, reasons: [] }));
  return all.filter(({ partnerId }) => !paid.has(partnerId));
}

/** The journals that set the items' money aside. */
async function reservations(items: readonly StoredItem[]): Promise<Journal[]> {
  const read = await atOnce(WIDTH, items, (item) => ledgerStore.journal(keyOf(item), item.reserved.sequence));
  return read.filter((journal) => journal !== undefined);
}
