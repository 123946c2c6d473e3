import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { mint } from '../../lib/ids.ts';
import { sha256 } from '../../lib/ledger/canonical.ts';
import { decimal } from '../../lib/money.ts';
import { nachaKeyOf, ordersKeyOf, PaymentOrder } from '../../lib/payouts/order.ts';
import { type PaymentRows, paymentRows } from '../../lib/payouts/payment-rows.ts';
import { paidByProvider, startPaying, withheldOf } from '../../lib/payouts/run.ts';
import { type ApiKey, isAccepted } from '../../lib/programs/api-key.ts';
import { apiKeys } from '../../lib/store/api-keys.ts';
import { auditLog } from '../../lib/store/audit.ts';
import { changeKnownRun, endRun } from '../../lib/store/change-run.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { expectUnchanged } from '../../lib/store/late-facts.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutBatches } from '../../lib/store/payout-batches.ts';
import { payoutFindings } from '../../lib/store/payout-findings.ts';
import { payoutProviders } from '../../lib/store/payout-providers.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { approveRun } from '../../lib/store/run-decisions.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import { taxpayers } from '../../lib/store/taxpayers.ts';
import { epochMs, type Instant } from '../../lib/time.ts';

const client = documentClient();
const runs = payoutRuns(client, env('coreTable'));
const batches = payoutBatches(client, env('coreTable'));
const keys = apiKeys(client, env('coreTable'));
const facts = {
  runs,
  ledger: ledger(client, env('ledgerTable')),
  programs: programs(client, env('coreTable')),
  partners: partners(client, env('coreTable')),
  enrolments: enrolments(client, env('coreTable')),
  settings: taxSettings(client, env('coreTable')),
  taxpayers: taxpayers(client, env('coreTable')),
  providers: payoutProviders(client, env('coreTable')),
  findings: payoutFindings(client, env('coreTable')),
};
const decisions = { runs, audit: auditLog(client, env('coreTable')), findings: facts.findings };
const documents = files(new S3Client({}), env('documentsBucket'));

const ITEMS_PER_SHARD = 45;
const SHARDS_PER_PAGE = 40;

/**
 * Plans pay-payout: approves the run when its input says who does, checks that a second person approved it and that the file is the one they
 * approved, hands the bank its rows, and lists the items that are not paid yet. When all were looked at it is called once more, to see
 * whether the run is done; it then says whether PayPal or Wise have something to pay.
 *
 * Nothing here pays twice: items say themselves what became of them.
 */
export const handler = job(PaymentOrder, async (order, { enough, recordedAt }) => {
  // Approved once, the run is paid to its end, also when the approver's key is revoked meanwhile.
  const { approval, ...onward } = order;
  const { asOf, brandId, runId, closing, follow } = order;
  if (approval) await approveFor(order, approval, recordedAt);
  await expectFresh(order, recordedAt);
  const approved = await begun(order);
  const { programId } = approved;
  const answer = { asOf, brandId, programId, runId, follow, idle: false };
  if (closing || follow || approved.status === 'paid') {
    const run = approved.status === 'paid' ? approved : await endRun(runs, order);
    const providers = await providersLeft(run);
    return { ...answer, idle: follow && !providers, status: run.status, providers, shards: [], more: null };
  }
  const file = await approvedFile(approved);
  if (order.after === undefined) await release(approved, file);

  const shards: { asOf: string; brandId: string; runId: string; itemIds: string[] }[] = [];
  let after = order.after;
  do {
    const page = await runs.items(order, { cursor: after, limit: ITEMS_PER_SHARD });
    for (const item of page.items) if (!item.leftOut) expectInFile(item, file);
    const itemIds = page.items
      .filter(({ status, rail }) => status === 'reserved' && !paidByProvider(rail))
      .map(({ itemId }) => itemId);
    if (itemIds.length > 0) shards.push({ asOf, brandId, runId, itemIds });
    after = page.cursor;
  } while (after !== undefined && shards.length < SHARDS_PER_PAGE && enough());
  return {
    ...answer,
    status: 'paying',
    providers: false,
    shards,
    more: after === undefined ? { ...onward, closing: true } : { ...onward, after },
  };
});

/**
 * Approves the run in the name of a person, for whoever started the workflow by hand. The rules are those of the API: a live key of the
 * brand that may approve, not the maker, the hash, the findings. Who started it is in CloudTrail; the entry says that it was not a key.
 */
async function approveFor(
  { brandId, runId }: PaymentOrder,
  { by, hash: fileHash, acknowledge }: NonNullable<PaymentOrder['approval']>,
  at: Instant,
): Promise<void> {
  const mayApprove = ({ person, role, ...apiKey }: ApiKey) =>
    person.toLowerCase() === by.toLowerCase() && (role === 'owner' || role === 'finance') && isAccepted(apiKey, at);
  const key = (await keys.list(brandId)).find(mayApprove);
  if (!key) throw new RangeError(`approval.by: ${by} has no key of ${brandId} with the role owner or finance`);
  const { person } = key;
  const told = {
    brandId,
    at,
    person,
    keyId: 'execution',
    action: 'approvePayout',
    why: 'by an execution of pay-payout',
  };
  const entry = (change: object & { target: string }) => ({
    auditId: mint('audit', epochMs(at), systemEntropy(8)),
    ...told,
    ...change,
  });
  const run = await runs.get({ brandId, runId });
  if (run?.status === 'awaiting-approval') await expectUnchanged(facts, run, at);
  await approveRun(decisions, { brandId, runId }, { by: person, at, fileHash, acknowledge }, entry);
}

/**
 * An approval starts the payment at once. Where that did not work, what was approved is looked at again before it is paid late. An execution that
 * is started again with its first input has the as-of time of the approval, so the wall clock counts too.
 */
const STALE_AFTER_MS = 3_600_000;

async function expectFresh({ brandId, runId, asOf }: PaymentOrder, recordedAt: Instant): Promise<void> {
  const run = await runs.get({ brandId, runId });
  if (run?.status !== 'approved' || run.approvedAt === undefined) return;
  if (Math.max(epochMs(asOf), epochMs(recordedAt)) - epochMs(run.approvedAt) > STALE_AFTER_MS)
    await expectUnchanged(facts, run, asOf);
}

/** The run, marked as being paid. */
const begun = ({ brandId, runId }: PaymentOrder): Promise<StoredRun> =>
  changeKnownRun(runs, { brandId, runId }, (run) => (run.status === 'paid' ? run : startPaying(run)));

/** Whether PayPal or Wise are still to pay, or to be asked. */
async function providersLeft(run: StoredRun): Promise<boolean> {
  if (run.ordersKey === undefined) return false;
  const known = await batches.all(run);
  return known.length === 0 || run.status !== 'paid' || known.some(({ state }) => state !== 'done');
}

/** The frozen file, if it is the one that was approved. */
async function approvedFile({ runId, fileKey = '', fileHash }: StoredRun): Promise<PaymentRows> {
  const text = await documents.get(fileKey);
  if (text === undefined) throw new Error(`the payment file of ${runId}, ${fileKey}, is gone; nothing is paid`);
  const hash = sha256(text);
  if (hash !== fileHash) {
    throw new Error(
      `the payment file of ${runId} was changed: it has hash ${hash}, approved was ${fileHash}; nothing is paid`,
    );
  }
  return paymentRows(text);
}

/** Nothing is paid that does not stand in the approved file. */
function expectInFile(item: StoredItem, { payments }: PaymentRows): void {
  const { itemId, partnerId, rail, amountCents, currency } = item;
  const row = payments.get(itemId);
  const withheld = withheldOf(item) === 0 ? undefined : decimal(withheldOf(item), currency);
  const same = row?.partnerId === partnerId && row.rail === rail && row.withheld === withheld;
  if (same && row.amount === decimal(amountCents, currency)) return;
  throw new Error(`item ${itemId} is not in the approved file as it is stored; nothing more is paid`);
}

/** A file that the approved file names by its hash, if it is that one; nothing when the approved file names none. */
async function approvedBeside(runId: string, what: string, keyOf: (hash: string) => string, hash: string | undefined) {
  if (hash === undefined) return undefined;
  const text = await documents.get(keyOf(hash));
  if (text === undefined) throw new Error(`the ${what} of ${runId}, ${keyOf(hash)}, is gone; nothing is paid`);
  if (sha256(text) !== hash) throw new Error(`the ${what} of ${runId} was changed; nothing is paid`);
  return text;
}

/**
 * Puts what the bank pays where it is fetched from: its rows of the file, and the NACHA file. What was approved beside them is checked before
 * either is put, also what providers are told: a run is paid whole or not at all.
 */
async function release(run: StoredRun, file: PaymentRows): Promise<void> {
  const { brandId, runId } = run;
  const { bankText, nachaHash, ordersHash } = file;
  const nacha = await approvedBeside(runId, 'NACHA file', (hash) => nachaKeyOf(run, hash), nachaHash);
  await approvedBeside(runId, 'orders file', (hash) => ordersKeyOf(run, hash), ordersHash);
  if (nacha !== undefined)
    await documents.put(`payouts/released/${brandId}/${runId}.ach`, nacha, 'text/plain; charset=us-ascii');
  if (bankText === undefined) return;
  await documents.put(`payouts/released/${brandId}/${runId}.csv`, bankText, 'text/csv; charset=utf-8');
}
