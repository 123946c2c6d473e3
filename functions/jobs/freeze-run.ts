import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import type { Journal } from '../../lib/ledger/journal.ts';
import { type BankDetails, transferTarget } from '../../lib/partners/bank-account.ts';
import { auditRun } from '../../lib/payouts/audit.ts';
import { bankCsv } from '../../lib/payouts/bank-csv.ts';
import { nachaDates } from '../../lib/payouts/banking-days.ts';
import { keyOf } from '../../lib/payouts/move-item.ts';
import { type NachaEntry, type NachaFile, nachaFile, nachaObstacle } from '../../lib/payouts/nacha.ts';
import type { NachaOrigination } from '../../lib/payouts/nacha-origination.ts';
import { FreezeOrder, nachaKeyOf } from '../../lib/payouts/order.ts';
import { type Exclusion, freeze, type Rail } from '../../lib/payouts/run.ts';
import { commit } from '../../lib/store/commit.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { payoutFindings } from '../../lib/store/payout-findings.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { checkRun } from '../../lib/store/run-check.ts';
import { vaultReader } from '../../lib/store/vault.ts';

const client = documentClient();
const runs = payoutRuns(client, env('coreTable'));
const programs = programStore(client, env('coreTable'));
const ledgerStore = ledger(client, env('ledgerTable'));
const checkStores = { runs, ledger: ledgerStore, findings: payoutFindings(client, env('coreTable')) };
const vault = vaultReader({ client, table: env('vaultTable'), kms: new KMSClient({}) });
const documents = files(new S3Client({}), env('documentsBucket'));

/** Remote calls at once. */
const WIDTH = 16;

/**
 * Freezes a drafted run: counts its items, writes the payment file and stores the file's hash, which is what a second person approves.
 * Accounts in the United States go into a NACHA file beside it when the program says who sends it; the payment file holds its hash.
 * Before that it checks that the items, the file and the journals that reserved the money make the same total.
 *
 * What looks wrong with the run as a whole is noted beside what `check-items` found, and counted on the run.
 *
 * The file's name holds its hash, so a file that was approved is never written over.
 */
export const handler = job(FreezeOrder, async ({ brandId, programId, runId, asOf }) => {
  const drafted = await runs.get({ brandId, runId });
  if (!drafted) throw new RangeError(`brand ${brandId} has no payout run ${runId}`);
  const run = drafted.status === 'drafting' ? await frozen(drafted) : drafted;
  const { status, itemCount, totalCents, withheldCents = 0, excludedCount, currency, fileHash } = run;
  const tally = { status, itemCount, totalCents, withheldCents, currency, excludedCount, fileHash: fileHash ?? null };
  return { brandId, programId, runId, asOf, cursor: null, tally };
});

async function frozen(run: StoredRun): Promise<StoredRun> {
  const { brandId, runId } = run;
  const found = await runs.allItems(run);
  const { nacha: origination } = (await programs.get(brandId, run.programId)) ?? {};
  const details = await bankDetails(found);
  const items = await atOnce(WIDTH, found, (item) => onItsRail(item, details.get(item.partnerId), origination));
  const excluded = await exclusions(run, items);
  const checked = await checkRun(checkStores, { run, items, excluded, accounts: details });
  const targets = new Map([...details].map(([partnerId, account]) => [partnerId, transferTarget(account)]));
  const nacha = nachaOf(run, items, details, origination);
  const file = bankCsv(run, items, targets, nacha);
  const fileKey = `payouts/${brandId}/${runId}/${file.hash}.csv`;
  const { itemCount, totalCents, withheldCents, hash: fileHash } = file;
  const withholdingCount = items.filter(({ withholding }) => withholding).length;
  const nachaKey = nacha && nachaKeyOf(run, nacha.hash);
  const excludedCount = excluded.length;
  const after = freeze(run, {
    ...{ itemCount, totalCents, fileHash, fileKey, excludedCount },
    ...(nachaKey && { nachaKey }),
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
  if (items.length > 0) await documents.put(fileKey, file.text, 'text/csv; charset=utf-8');
  await runs.change(run, after);
  const stored = await runs.get(run);
  if (stored?.status === 'drafting')
    throw new Error(`payout run ${runId} was changed meanwhile; the step will be tried again`);
  return stored ?? run;
}

async function bankDetails(items: readonly StoredItem[]): Promise<Map<string, BankDetails>> {
  const bank = items.filter(({ rail }) => rail !== 'external');
  const read = await atOnce(WIDTH, bank, async ({ brandId, partnerId }) => {
    const details = await vault.readBankDetails(brandId, partnerId);
    return details ? [[partnerId, details] as const] : [];
  });
  return new Map(read.flat());
}

/**
 * The item on the rail that can carry it as things are now. A partner whose bank details were taken away after the money was reserved is
 * paid by hand, rather than holding up all others; an account that ACH cannot pay stays in the bank's CSV.
 */
async function onItsRail(
  item: StoredItem,
  details: BankDetails | undefined,
  origination: NachaOrigination | undefined,
): Promise<StoredItem> {
  const rail = railOf(item, details, origination);
  if (item.rail === rail) return item;
  const after: StoredItem = { ...item, rail };
  if ((await commit(client, [runs.itemWrite(item, after)])) !== 'written')
    throw new Error(`item ${item.itemId} changed meanwhile`);
  return after;
}

function railOf(item: StoredItem, details: BankDetails | undefined, origination: NachaOrigination | undefined): Rail {
  if (item.rail === 'external' || !details) return 'external';
  const byAch = origination && item.currency === 'USD' && 'routingNumber' in details;
  return byAch && nachaObstacle(entryOf(item, details)) === undefined ? 'nacha' : 'bank-csv';
}

type UnitedStatesAccount = Extract<BankDetails, { routingNumber: string }>;

const entryOf = ({ itemId, amountCents }: StoredItem, details: UnitedStatesAccount): NachaEntry => ({
  itemId,
  amountCents,
  ...details,
});

function nachaOf(
  { asOf }: StoredRun,
  items: readonly StoredItem[],
  accounts: ReadonlyMap<string, BankDetails>,
  origination: NachaOrigination | undefined,
): NachaFile | undefined {
  if (!origination) return undefined;
  const entries = items.flatMap((item) => {
    const details = accounts.get(item.partnerId);
    return item.rail === 'nacha' && details && 'routingNumber' in details ? [entryOf(item, details)] : [];
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
