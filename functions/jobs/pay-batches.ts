import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env, outboundExceptions } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { outbound } from '../../lib/http/outbound.ts';
import { derive } from '../../lib/ids.ts';
import { sha256 } from '../../lib/ledger/canonical.ts';
import { ordersKeyOf, ProviderOrder } from '../../lib/payouts/order.ts';
import { paymentRows } from '../../lib/payouts/payment-rows.ts';
import { afterLook, isOverdue, moveBy, OVERDUE_DAYS, ROUND_WAITS } from '../../lib/payouts/rails/follow.ts';
import { type Batch, batchesOf, newRecord } from '../../lib/payouts/rails/orders.ts';
import type { BatchNews, BatchRecord, Keep } from '../../lib/payouts/rails/provider.ts';
import { ChangedMeanwhile } from '../../lib/payouts/rails/provider.ts';
import { accountNameOf, type Rail, railOf } from '../../lib/payouts/rails/rail.ts';
import { advanceItem } from '../../lib/payouts/run.ts';
import { endRun } from '../../lib/store/change-run.ts';
import { commit } from '../../lib/store/commit.ts';
import { moveItems } from '../../lib/store/item-moves.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { payoutBatches, type StoredBatch } from '../../lib/store/payout-batches.ts';
import { providerOpener } from '../../lib/store/payout-providers.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { markReturned } from '../../lib/store/returned-account.ts';

const client = documentClient();
const core = env('coreTable');
const programs = programStore(client, core);
const stores = { runs: payoutRuns(client, core), ledger: ledger(client, env('ledgerTable')) };
const batches = payoutBatches(client, core);
const partners = partnerStore(client, core);
const accounts = providerOpener(client, core, new KMSClient({}));
const documents = files(new S3Client({}), env('documentsBucket'));
const send = outbound({ exceptions: outboundExceptions(), timeoutMs: 20_000, mostRedirects: 0, mostBytes: 4_194_304 });

/** Remote calls at once. */
const WIDTH = 16;
const ACTOR = 'system:pay-payout';
const NONE = { settled: 0, failed: 0, returned: 0, waiting: 0, left: 0 };
type Tally = typeof NONE;

/**
 * Has PayPal and Wise pay the items of an approved run, and asks what became of those they were told of: one batch a call. Everything it sends
 * stands in the orders file that was approved, and nothing that may have been sent is sent again but under the same id.
 *
 * A provider's fault is no fault of the step: it is noted on the batch, the others go on, and the next round, or the schedule, goes on with it.
 */
export const handler = job(ProviderOrder, async (order, { recordedAt, enough }) => {
  const { brandId, runId, asOf, round, follow } = order;
  const run = await stores.runs.get({ brandId, runId });
  if (run?.status !== 'paying' && run?.status !== 'paid')
    throw new RangeError(`payout run ${runId} is ${run?.status ?? 'not there'}; nothing was paid`);
  const all = batchesOf(await approvedOrders(run));
  const known = new Map((await batches.all(run)).map((batch) => [batch.batch, batch]));
  const tally: Tally = { ...(order.tally ?? NONE), ...(order.cursor == null && { waiting: 0, left: 0 }) };
  let trouble = order.cursor == null ? undefined : (order.trouble ?? undefined);
  let cursor = order.cursor ?? 0;
  do {
    const batch = all[cursor];
    if (!batch) break;
    const record = known.get(cursor);
    // The schedule asks what is due. Somebody who starts the workflow wants to know now.
    const due = record?.state !== 'done' && !(follow && record?.dueAt !== undefined && record.dueAt > recordedAt);
    if (due) {
      const words = await pay(run, batch, record, { at: asOf, recordedAt }, tally);
      if (words !== undefined) trouble ??= `batch ${batch.batch} at ${batch.provider}: ${words}`;
    }
    cursor += 1;
  } while (cursor < all.length && enough());

  const more = cursor < all.length;
  if (!more) await endRun(stores.runs, run);
  const seconds = tally.waiting + tally.left > 0 || trouble !== undefined ? ROUND_WAITS[round] : undefined;
  const wait = more || follow ? undefined : seconds;
  return {
    ...{ asOf, brandId, programId: run.programId, runId, follow, tally },
    cursor: more ? cursor : null,
    round: wait === undefined ? round : round + 1,
    wait: wait ?? null,
    trouble: trouble ?? null,
    /** A run that was only asked about and did not change has no new statements. */
    statements: !follow || tally.settled + tally.failed + tally.returned > 0,
  };
});

/** Goes through one batch. Answers what keeps it from going on. */
async function pay(
  run: StoredRun,
  batch: Batch,
  stored: StoredBatch | undefined,
  posting: { readonly at: string; readonly recordedAt: string },
  tally: Tally,
): Promise<string | undefined> {
  const { recordedAt: now } = posting;
  let record: StoredBatch | undefined = stored;
  const keep: Keep = async (change) => {
    record = await batches.put(record, { ...(record ?? newRecord(run, batch)), ...change });
    return record;
  };
  try {
    const itemIds = batch.orders.map(({ item }) => item);
    const news = await toldOf(run, batch, keep, record, now);
    const items = await stores.runs.itemsWith(run, itemIds);
    const contradicted = await apply(run, [...items.values()], news, posting, tally);
    const after = [...(await stores.runs.itemsWith(run, itemIds)).values()];
    tally.waiting += after.filter(({ status }) => status === 'sent' || status === 'reserved').length;
    const next = afterLook(record ?? newRecord(run, batch), after, now);
    const trouble = contradicted ?? news.trouble;
    await keep({ ...next, trouble, lookedAt: now });
    if (trouble === undefined && isOverdue(record!, now))
      return `payments are under way for more than ${OVERDUE_DAYS} days; ask ${batch.provider}`;
    return trouble;
  } catch (error) {
    if (error instanceof ChangedMeanwhile) return error.message;
    throw error;
  }
}

/** What the provider says, after the batch was brought as far as it will go. */
async function toldOf(
  run: StoredRun,
  batch: Batch,
  keep: Keep,
  stored: StoredBatch | undefined,
  now: string,
): Promise<BatchNews> {
  const rail = await railFor(run.brandId, batch, stored);
  if ('trouble' in rail) return { reports: [], trouble: rail.trouble };
  // Known before anything is sent: from which account, and that the money is on its way.
  const record: BatchRecord = stored?.account === undefined ? await keep({ account: rail.name }) : stored;
  if (record.providerId === undefined) await markSent(run, batch, now);
  return rail.client.advance(record, batch.orders, keep, now);
}

async function railFor(
  brandId: string,
  { provider }: Batch,
  stored: StoredBatch | undefined,
): Promise<{ client: Rail; name: string } | { trouble: string }> {
  const opened = await accounts.open(brandId, provider);
  if (!opened) return { trouble: `no account at ${provider} is set up; set it with PUT /v1/payout-providers` };
  const name = accountNameOf(opened.account);
  if (stored?.account !== undefined && stored.account !== name)
    return {
      trouble: `it was begun with the account ${stored.account}; another one must not pay it: set that one again`,
    };
  return { client: railOf(opened.account, opened.secret, send), name };
}

/** From now on only the provider's word ends an item. */
async function markSent(run: StoredRun, { orders }: Batch, now: string): Promise<void> {
  const items = await stores.runs.itemsWith(
    run,
    orders.map(({ item }) => item),
  );
  const reserved = [...items.values()].filter(({ status }) => status === 'reserved');
  await atOnce(WIDTH, reserved, async (item) => {
    const after = { ...item, ...advanceItem(item, 'sent', { at: now }) };
    if ((await commit(client, [stores.runs.itemWrite(item, after)])) === 'refused')
      throw new Error(`DynamoDB refuses to write item ${item.itemId}`);
  });
}

/** Moves the items whose end the provider tells, with their money. Answers what cannot be true of both sides. */
async function apply(
  { brandId, programId }: StoredRun,
  items: readonly StoredItem[],
  { reports }: BatchNews,
  posting: { readonly at: string; readonly recordedAt: string },
  tally: Tally,
): Promise<string | undefined> {
  const program = await programs.get(brandId, programId);
  if (!program) throw new Error(`program ${programId} of payments is not there`);
  const byItem = new Map(reports.map((report) => [report.itemId, report]));
  const moves = new Map(
    items.flatMap((item) => {
      const report = byItem.get(item.itemId);
      const move = report && moveBy(item, report, program.timeZone);
      return move === undefined ? [] : [[item.itemId, move] as const];
    }),
  );
  const wrong = [...moves].find(([, move]) => move === 'contradiction');
  const moving = items.filter(({ itemId }) => typeof moves.get(itemId) === 'object');
  const moveOf = ({ itemId }: StoredItem) => {
    const move = moves.get(itemId);
    if (typeof move !== 'object') throw new RangeError(`item ${itemId} does not move`);
    return move;
  };
  for (const item of moving)
    if (item.status === 'settled') await markAccount(item, byItem.get(item.itemId)!.words, posting);
  const told = { ...posting, actor: ACTOR };
  const { moved, left } = await moveItems(client, stores, moving, moveOf, told);
  for (const { status } of moved)
    if (status === 'settled' || status === 'failed' || status === 'returned') tally[status] += 1;
  tally.left += left.length;
  return (
    wrong &&
    `the provider says that ${wrong[0]} is paid, which failed here and is payable again: it must not be paid twice`
  );
}

/** Before the money moves, so that no run drafted in between pays the same account again. */
async function markAccount(
  item: StoredItem,
  words: string,
  { recordedAt: at }: { readonly recordedAt: string },
): Promise<void> {
  const { brandId, itemId } = item;
  await markReturned(partners, item, { code: words, at }, (change) => ({
    ...change,
    ...{ auditId: derive('audit', itemId, 'returned'), brandId, at },
    ...{ person: ACTOR, keyId: '-', action: 'returnItem', why: words },
  }));
}

/** What the providers are told to pay, if it is what was approved. */
async function approvedOrders({ brandId, runId, fileKey = '', fileHash }: StoredRun): Promise<string> {
  const file = await documents.get(fileKey);
  if (file === undefined || sha256(file) !== fileHash)
    throw new Error(`the payment file of ${runId} is gone or was changed; nothing more is paid`);
  const { ordersHash } = paymentRows(file);
  if (ordersHash === undefined) return '';
  const text = await documents.get(ordersKeyOf({ brandId, runId }, ordersHash));
  if (text === undefined || sha256(text) !== ordersHash)
    throw new Error(`the orders of ${runId} are gone or were changed; nothing more is paid`);
  return text;
}
