import { SFNClient } from '@aws-sdk/client-sfn';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { workflows as workflowClient } from '../../lib/aws/states.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { VisibleError } from '../../lib/errors.ts';
import { payoutsContracts } from '../../lib/http/contracts/payouts.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { reply } from '../../lib/http/reply.ts';
import { missing } from '../../lib/http/revision.ts';
import type { ItemMove } from '../../lib/payouts/move-item.ts';
import { executionOf, runIdOf } from '../../lib/payouts/order.ts';
import { returnCode } from '../../lib/payouts/return-codes.ts';
import { paidByProvider, reject } from '../../lib/payouts/run.ts';
import { currenciesOf, foreign } from '../../lib/programs/payout-currencies.ts';
import { type AuditEntry, auditLog } from '../../lib/store/audit.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { moveItems } from '../../lib/store/item-moves.ts';
import { expectUnchanged } from '../../lib/store/late-facts.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { payoutBatches } from '../../lib/store/payout-batches.ts';
import { payoutFindings } from '../../lib/store/payout-findings.ts';
import { payoutProviders } from '../../lib/store/payout-providers.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { markReturned } from '../../lib/store/returned-account.ts';
import { approveRun, decideRun } from '../../lib/store/run-decisions.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import { taxpayers as taxpayerStore } from '../../lib/store/taxpayers.ts';
import { epochMs, type Instant, instant } from '../../lib/time.ts';
import { partnersOn } from '../../web/payouts/opened-run.ts';
import { runPage } from '../../web/payouts/run-page.ts';

const client = documentClient();
const table = env('coreTable');
const programs = programStore(client, table);
const partners = partnerStore(client, table);
const enrolments = enrolmentStore(client, table);
const settings = taxSettings(client, table);
const providers = payoutProviders(client, table);
const runs = payoutRuns(client, table);
const batches = payoutBatches(client, table);
const audit = auditLog(client, table);
const findings = payoutFindings(client, table);
const decisions = { runs, audit, findings };
const stores = { runs, ledger: ledger(client, env('ledgerTable')) };
const taxpayers = taxpayerStore(client, table);
const facts = { ...stores, ...{ programs, partners, enrolments, settings, findings, providers, taxpayers } };
const workflows = workflowClient(new SFNClient({}), env('workflows'));

const draftPayout = operation(payoutsContracts.draftPayout, async ({ body, who, at, audit: tell }) => {
  const { programId, asOf = at } = body;
  const program = await programs.get(who.brandId, programId);
  if (!program) throw missing('program', programId);
  if (asOf > at) {
    const field = { field: 'asOf', message: 'must not be in the future' };
    throw new VisibleError('invalid', 'invalid-fields', `asOf: ${field.message}`, [field]);
  }
  const order = { brandId: who.brandId, programId, asOf, madeBy: who.person };
  const paidIn = currenciesOf(program);
  const wanted = body.currency ?? program.currency;
  if (!paidIn.includes(wanted)) {
    const field = { field: 'currency', message: `must be ${paidIn.join(' or ')}: what the program pays in` };
    throw new VisibleError('invalid', 'invalid-fields', `currency: ${field.message}`, [field]);
  }
  const run = await runs.create({
    ...order,
    runId: runIdOf(order, foreign(program, wanted)),
    currency: wanted,
    status: 'drafting',
    madeAt: at,
    itemCount: 0,
    totalCents: 0,
    excludedCount: 0,
  });
  await tell({ target: run.runId, after: { programId, asOf, status: run.status } });
  // Without a currency everybody is to be paid, so the others are looked at too; where nobody's money is in one, no run is stored.
  for (const currency of body.currency === undefined ? paidIn : [wanted]) {
    const other = foreign(program, currency);
    // An execution that found nobody stored no run, and its name is used up: who asks for the run by its currency gets another.
    const occasion = other && body.currency ? 'asked' : undefined;
    const name = executionOf({ brandId: who.brandId, runId: runIdOf(order, other) }, occasion);
    await workflows.start('draft-payout', name, { ...order, madeBy: run.madeBy, ...(other && { currency: other }) });
  }
  return run;
});

const listPayouts = operation(payoutsContracts.listPayouts, async ({ query, who }) => {
  const { programId, limit } = query;
  if (!(await programs.get(who.brandId, programId))) throw missing('program', programId);
  const scope = [who.brandId, programId, 'payouts'];
  const cursor = fromCursor(query.cursor, scope);
  return answerPage(await runs.list(who.brandId, programId, { limit, cursor, newestFirst: true }), scope);
});

const getPayout = operation(payoutsContracts.getPayout, ({ params, who }) => runOf(who.brandId, params.runId));

const listPayoutItems = operation(payoutsContracts.listPayoutItems, async ({ params, query, who }) =>
  itemsOf(await runOf(who.brandId, params.runId), query),
);

const listPayoutBatches = operation(payoutsContracts.listPayoutBatches, async ({ params, who }) => {
  const run = await runOf(who.brandId, params.runId);
  return { items: await batches.all(run) };
});

const listExcluded = operation(payoutsContracts.listExcluded, async ({ params, query, who }) =>
  excludedOf(await runOf(who.brandId, params.runId), query),
);

const listFindings = operation(payoutsContracts.listFindings, async ({ params, query, who }) =>
  findingsOf(await runOf(who.brandId, params.runId), query),
);

const getPayoutPage = operation(payoutsContracts.getPayoutPage, async ({ params, query, who, at }) => {
  const { brandId, person } = who;
  const run = await runOf(brandId, params.runId);
  const [program, items, excluded, found] = await Promise.all([
    programs.get(brandId, run.programId),
    itemsOf(run, { limit: PAGE_ROWS, cursor: query.items }),
    excludedOf(run, { limit: PAGE_ROWS, cursor: query.excluded }),
    findingsOf(run, { limit: PAGE_ROWS }),
  ]);
  const seen = { run, items, excluded, findings: found };
  const people = await partners.many(brandId, [...partnersOn(seen)]);
  const names = new Map([...people.values()].map(({ partnerId, name }) => [partnerId, name]));
  const opened = { ...seen, run: { ...run, program: program?.name ?? run.programId }, names };
  const body = await runPage(opened, { person, from: query, nowMs: epochMs(at) });
  return reply({ headers: { 'content-type': 'text/html; charset=utf-8' }, body });
});

const approvePayout = operation(payoutsContracts.approvePayout, async ({ params, body, who, at, entry }) => {
  const asked = await runOf(who.brandId, params.runId);
  // Who has approved it already only sends the word again.
  if (asked.status === 'awaiting-approval') await expectUnchanged(facts, asked, at);
  const approval = { by: who.person, at, fileHash: body.hash, acknowledge: body.acknowledge };
  const run = await approveRun(decisions, { brandId: who.brandId, runId: params.runId }, approval, entry);
  if (!run) throw missing('payout-run', params.runId);
  // Again by the same person it finds itself approved and starts what may not have been started; the name keeps it from starting twice.
  // As of now, for what is paid late is looked at again, and is paid on the day on which it is.
  const { brandId, runId } = run;
  await workflows.start('pay-payout', executionOf(run), { brandId, runId, asOf: at });
  return run;
});

const rejectPayout = operation(payoutsContracts.rejectPayout, async ({ params, body, who, at, entry }) => {
  const { why } = body;
  const decision = { by: who.person, at, why };
  const rejected = (run: StoredRun) => (run.status === 'rejected' ? run : reject(run, decision));
  const run = await decideRun(decisions, { brandId: who.brandId, runId: params.runId }, rejected, entry);
  if (!run) throw missing('payout-run', params.runId);
  const reserved = (await runs.allItems(run)).filter(({ status }) => status === 'reserved');
  const { rejectedBy = who.person, rejectedWhy = why } = run;
  const move = { to: 'released', why: `run rejected, ${rejectedWhy}` } as const;
  const { left } = await moveItems(client, stores, reserved, move, posting(rejectedBy, at));
  if (left.length === 0) return run;
  throw new VisibleError(
    'throttled',
    'items-busy',
    `${run.runId} is rejected, but ${left.length} items are not released yet; send the request again.`,
  );
});

const confirmItem = operation(payoutsContracts.confirmItem, ({ params, body, who, at, entry }) =>
  end(who, params, { to: 'settled', reference: body.reference }, at, entry),
);

const failItem = operation(payoutsContracts.failItem, ({ params, body, who, at, entry }) =>
  end(who, params, { to: 'failed', why: body.why }, at, entry),
);

/**
 * The account is marked before the money moves, so that no run drafted in between pays the same account again. Sent again it finds both
 * done, or does what is left.
 */
const returnItem = operation(payoutsContracts.returnItem, async ({ params, body, who, at, entry }) => {
  const { code, reason = returnCode(code).words } = body;
  const run = await runOf(who.brandId, params.runId);
  const item = await runs.item(run, params.itemId);
  if (!item) throw missing('payout-item', params.itemId);
  const returnable = item.status === 'settled' || item.status === 'returned';
  if (returnable && item.rail !== 'external' && returnCode(code).accountAtFault)
    await markReturned(partners, item, { code, at }, entry);
  const program = await programs.get(who.brandId, run.programId);
  if (!program) throw missing('program', run.programId);
  return end(who, params, { to: 'returned', why: `${code} ${reason}`, timeZone: program.timeZone }, at, entry);
});

/** Rows of each list on a page that people read. */
const PAGE_ROWS = 200;

interface Rows {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

async function itemsOf(run: StoredRun, { limit, cursor }: Rows) {
  const scope = [run.brandId, run.runId, 'items'];
  return answerPage(await runs.items(run, { limit, cursor: fromCursor(cursor, scope) }), scope);
}

async function excludedOf(run: StoredRun, { limit, cursor }: Rows) {
  const scope = [run.brandId, run.runId, 'excluded'];
  const page = await runs.exclusions(run, { limit, cursor: fromCursor(cursor, scope) });
  return answerPage({ ...page, items: page.items.map((row) => ({ ...row, reasons: [...row.reasons] })) }, scope);
}

async function findingsOf(run: StoredRun, { limit, cursor }: Rows) {
  const scope = [run.brandId, run.runId, 'findings'];
  const page = await findings.list(run, { limit, cursor: fromCursor(cursor, scope) });
  return answerPage({ ...page, items: page.items.map((row) => ({ ...row, partnerIds: [...row.partnerIds] })) }, scope);
}

type Entry = (change: { target: string; before: object; after: object }) => AuditEntry;

async function runOf(brandId: string, runId: string): Promise<StoredRun> {
  const run = await runs.get({ brandId, runId });
  if (!run) throw missing('payout-run', runId);
  return run;
}

/**
 * Ends an item at a person's word; the same word again changes nothing. What PayPal or Wise were told to pay a person may call paid, which pays
 * nothing twice, and not failed.
 */
async function end(
  who: { readonly brandId: string; readonly person: string },
  { runId, itemId }: { readonly runId: string; readonly itemId: string },
  move: ItemMove,
  at: Instant,
  entry: Entry,
): Promise<StoredItem> {
  const run = await runOf(who.brandId, runId);
  const item = await runs.item(run, itemId);
  if (!item) throw missing('payout-item', itemId);
  if (item.status === 'reserved') {
    throw new VisibleError(
      'conflict',
      'item-is-reserved',
      `Payout item ${itemId} was not sent yet: ${runId} is ${run.status}.`,
    );
  }
  if (move.to === 'failed' && paidByProvider(item.rail)) {
    throw new VisibleError(
      'refused',
      'provider-decides',
      `${item.rail} was told to pay ${itemId}, and may still do so; only its word makes the money payable again.`,
    );
  }
  const said = move.to === 'settled' ? { reference: move.reference } : { why: move.why };
  const told = entry({
    target: `${runId}/${itemId}`,
    before: { status: item.status },
    after: { status: move.to, ...said },
  });
  const beside = [audit.write(told)];
  const { moved } = await moveItems(client, stores, [item], move, posting(who.person, at), beside);
  const [after] = moved;
  if (!after)
    throw new VisibleError(
      'throttled',
      'busy',
      `The ledger of ${item.partnerId} is being changed by others; try again.`,
    );
  await finishRun(run, itemId, at);
  return after;
}

/** After the last word the paying workflow runs once more: it ends the run and writes the statements. */
async function finishRun(run: StoredRun, itemId: string, at: Instant): Promise<void> {
  if (run.status === 'paid' || (await runs.anyOpen(run))) return;
  const { brandId, runId } = run;
  await workflows.start('pay-payout', executionOf(run, itemId), { brandId, runId, asOf: at });
}

const posting = (actor: string, at: Instant) => ({ at, recordedAt: instant(wallClockMs()), actor });

export const handler = serve(
  {
    ...{
      draftPayout,
      listPayouts,
      getPayout,
      getPayoutPage,
      listPayoutItems,
      listPayoutBatches,
      listExcluded,
      listFindings,
    },
    ...{ approvePayout, rejectPayout, confirmItem, failItem, returnItem },
  },
  { client, table },
);
