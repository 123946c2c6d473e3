import { approve as approveAdjustment, decline, postingOf } from '../../lib/adjustments/adjustment.ts';
import { answer, withdraw } from '../../lib/disputes/dispute.ts';
import { derive } from '../../lib/ids.ts';
import { post } from '../../lib/ledger/post.ts';
import { Env } from '../../lib/names.ts';
import { runIdOf } from '../../lib/payouts/order.ts';
import { approve, reject } from '../../lib/payouts/run.ts';
import { adjustments } from '../../lib/store/adjustments.ts';
import { disputes } from '../../lib/store/disputes.ts';
import { fxRates } from '../../lib/store/fx-rates.ts';
import { moveItems } from '../../lib/store/item-moves.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { FRESH, type JobsGround, type Step } from '../support/jobs-ground.ts';
import type { GivenProgram } from '../support/program.ts';
import { windowBatch } from './aws-envelopes.ts';
import type { StoryStreams } from './story-streams.ts';

/**
 * Two partners, three orders and one whose click is too old, a return, a cancellation, a corrected price, a paid run and a refused one, what
 * the year's Forms 1099 come to so far, two disputes, money that came back and is paid in euros, a plan that changes at short notice. Answers what each step was called with first.
 */
export async function tellStory(
  { brandId, programId, ...given }: GivenProgram,
  { engine: { client }, tables }: JobsGround,
  streams: StoryStreams,
): Promise<Record<string, unknown>> {
  const called: Record<string, unknown> = {};
  const step = async (name: string, input: object): Promise<Record<string, unknown>> => {
    const { handler } = (await import(`../../functions/jobs/${name}.ts`)) as { handler: Step };
    called[name] ??= input;
    const answer = streams.during(() => handler(JSON.parse(JSON.stringify(input)), FRESH));
    return (await answer) as Record<string, unknown>;
  };
  const work = async (plan: string, shard: string, input: object) => {
    const planned = await step(plan, input);
    for (const one of planned.shards as object[]) await step(shard, one);
    return planned;
  };

  const ann = await given.partner('Ann');
  const bob = await given.partner('Bob');
  await given.changeEnrolment(ann, { group: 'gold' }, '2026-03-02T09:00:00.000Z');
  await given.click(ann, 'visitor1', '2026-03-08T17:20:11.042Z');
  const clickId = await given.click(bob, 'visitor1', '2026-03-10T09:31:47.310Z');
  const alone = await given.click(ann, 'visitor2', '2026-03-10T12:00:00.000Z');
  const shoes = { sku: 'runner-9', category: 'shoes', quantity: 1, unitPriceCents: 12_900, discountCents: 0 };
  const socks = { sku: 'socks', quantity: 2, unitPriceCents: 1_499, discountCents: 300 };
  await given.order('1001', '2026-03-10T10:02:13.000Z', { clickId, items: [shoes, socks] });
  await given.order('1002', '2026-03-10T12:30:00.000Z', { clickId: alone, items: [shoes] });
  await given.order('1003', '2026-03-10T13:00:00.000Z', { clickId: alone, items: [{ ...shoes, quantity: 4 }] });
  const old = await given.click(ann, 'visitor3', '2026-01-20T12:00:00.000Z');
  await given.order('1004', '2026-03-10T12:45:00.000Z', { clickId: old, items: [socks] });
  await work('plan-settlement', 'settle-shard', { brandId, asOf: '2026-03-10T13:05:00.000Z' });
  await given.returned('1001', '2026-03-12T08:00:00.000Z', [{ line: 2, quantity: 1 }]);
  await given.cancelled('1002', '2026-03-12T09:00:00.000Z');
  await given.stores.conversions.amend(
    { brandId, programId, eventType: 'sale', orderId: '1003' },
    { amendmentId: 'a-1', reason: 'price-corrected', items: [{ ...shoes, quantity: 4, unitPriceCents: 12_500 }] },
    { at: '2026-03-12T09:30:00.000Z', keyId: 'key_0' },
  );
  await work('plan-settlement', 'settle-shard', { brandId, asOf: '2026-03-12T10:00:00.000Z' });
  const policy = { model: 'linear', lookbackDays: 30 };
  const window = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };
  const asked = { brandId, programId, policy, ...window, asOf: '2026-03-24T09:00:00.000Z' };
  await step('report-backtest', await work('plan-backtest', 'backtest-shard', asked));
  await countClicks(streams, tables.clicks);
  const { policy: _, ...compared } = asked;
  await work('plan-comparison', 'compare-partners', { ...compared, models: ['last', 'markov'] });
  const release = { brandId, asOf: '2026-03-25T02:15:00.000Z' };
  await step('draft-released-payouts', await work('plan-release', 'release-shard', release));

  const runs = payoutRuns(client, tables.core);
  const stores = { runs, ledger: given.stores.ledger };
  const draft = async (asOf: string) => {
    const order = { brandId, programId, asOf, madeBy: 'mia@fjordtrail.example' };
    const runId = runIdOf(order);
    const made = { status: 'drafting', madeAt: asOf, itemCount: 0, totalCents: 0, excludedCount: 0 } as const;
    await runs.create({ ...order, runId, currency: 'USD', ...made });
    const planned = await work('plan-payout', 'reserve-items', order);
    await step('freeze-run', await step('check-items', planned));
    return (await runs.get({ brandId, runId }))!;
  };
  const refused = await draft('2026-04-14T08:00:00.000Z');
  await runs.change(
    refused,
    reject(refused, { by: 'fin@fjordtrail.example', at: '2026-04-14T09:00:00.000Z', why: 'wrong month' }),
  );
  const move = (runId: string, to: Parameters<typeof moveItems>[3], at: string) =>
    runs
      .allItems({ brandId, runId })
      .then((items) => moveItems(client, stores, items, to, { at, recordedAt: at, actor: 'fin@fjordtrail.example' }));
  await move(refused.runId, { to: 'released', why: 'run rejected, wrong month' }, '2026-04-14T09:00:00.000Z');

  const { runId, fileHash = '', ...run } = await draft('2026-04-15T08:00:00.000Z');
  const approved = approve(
    { ...run, runId, fileHash },
    { by: 'fin@fjordtrail.example', at: '2026-04-15T09:00:00.000Z', fileHash },
    [],
  );
  await runs.change({ ...run, runId, fileHash }, approved);
  const pay = { brandId, runId, asOf: '2026-04-15T09:00:00.000Z' };
  await work('plan-payment', 'pay-items', pay);
  await move(runId, { to: 'settled', reference: 'wire 77' }, '2026-04-16T07:00:00.000Z');
  const done = await step('plan-payment', { ...pay, closing: true });
  await step('pay-batches', { ...done, providers: true });
  await step('write-statements', done);
  const soFar = { brandId, year: 2026, mode: 'original', dryRun: true, asOf: '2026-04-16T07:30:00.000Z' };
  const matched = await step('match-taxpayers', await work('plan-returns', 'assess-returns', soFar));
  await step('write-returns', await step('combine-returns', matched));
  await move(
    runId,
    { to: 'returned', why: 'R03 There is no account of this name and number', timeZone: 'UTC' },
    '2026-04-20T07:00:00.000Z',
  );
  await disputed({ brandId, programId, ...given }, ann, client, tables.core);
  await paidInEuros({ brandId, programId, ...given }, ann, client, tables.core);
  const inEuros = {
    brandId,
    programId,
    asOf: '2026-04-16T08:00:00.000Z',
    madeBy: 'mia@fjordtrail.example',
    currency: 'EUR',
  };
  await step('freeze-run', await step('check-items', await work('plan-payout', 'reserve-items', inEuros)));
  const shortNotice = 'Shoes are sold out until June.';
  const everything = [{ id: 'base', label: 'Everything', pay: { kind: 'percent', rateBps: 500 } }];
  await given.plan(everything, '2026-04-24T22:00:00.000Z', { shortNotice, at: '2026-04-23T09:00:00.000Z' });
  await work('plan-audit', 'audit-shard', { brandId, asOf: '2026-04-15T09:00:00.000Z' });
  return called;
}

/** A partner who asks for euros, and the rate of that day. */
async function paidInEuros(
  { brandId, programId, stores }: Pick<GivenProgram, 'brandId' | 'programId' | 'stores'>,
  partnerId: string,
  client: JobsGround['engine']['client'],
  core: string,
) {
  const at = '2026-04-22T09:00:00.000Z';
  const told = (action: string, target: string) => ({
    ...{ auditId: derive('audit', brandId, action), brandId, at, target, action },
    ...{ person: 'fin@fjordtrail.example', keyId: 'key_0' },
  });
  await stores.enrolments.update(
    brandId,
    programId,
    partnerId,
    (enrolment) => ({ ...enrolment, payoutPreferences: { currency: 'EUR' } }),
    () => told('updateEnrolment', partnerId),
  );
  const table = { base: 'EUR', rates: { USD: '1.1712' } };
  await fxRates(client, core).put(brandId, '2026-04-16', table, () => told('putFxRates', '2026-04-16'));
}

/** Counts the clicks so far, which also keeps them where a comparison of partners reads them. */
async function countClicks(streams: StoryStreams, table: string): Promise<void> {
  // Every click of the story can be counted, so nothing is set aside and no queue is written to.
  process.env[Env.failureQueue] = 'https://sqs.invalid/none';
  const { handler } = await import('../../functions/stream/count-day.ts');
  const batch = windowBatch('clicks', await streams.records('clicks', table));
  const { batchItemFailures } = await streams.during(() => handler(batch));
  if (batchItemFailures.length > 0) throw new Error('a click of the story was not counted');
}

/** Two disputes, one upheld by an adjustment and one withdrawn, and an adjustment that nobody wanted. */
async function disputed(
  program: Pick<GivenProgram, 'brandId' | 'programId' | 'stores' | 'key'>,
  partnerId: string,
  client: JobsGround['engine']['client'],
  core: string,
) {
  const { brandId, programId, key, stores } = program;
  const account = { brandId, programId, partnerId };
  const at = '2026-04-21T08:00:00.000Z';
  const decision = { by: 'fin@fjordtrail.example', at: '2026-04-22T08:00:00.000Z' };
  let told = 0;
  const entry = (target: string) => {
    told += 1;
    const auditId = derive('audit', brandId, 'disputes', told);
    return { ...{ auditId, brandId, at, target, action: 'raiseDispute' }, person: decision.by, keyId: 'key_0' };
  };
  const disputeStore = disputes(client, core);
  const raise = async (orderId: string) => {
    const claim = {
      kind: 'untracked',
      eventType: 'sale',
      orderId,
      orderDay: '2026-04-02',
      amountCents: 9_900,
    } as const;
    const raisedAt = { status: 'open', raisedAt: at, raisedBy: 'ann@trailnotes.example', dueOn: '2026-04-28' } as const;
    const said = { currency: 'USD', evidence: 'The customer sent me the confirmation' };
    const raised = await disputeStore.raise({ ...account, ...claim, ...raisedAt, ...said }, () => entry(orderId));
    if (raised.outcome === 'exhausted') throw new Error(`${orderId} was disputed too often`);
    return raised.dispute;
  };
  const adjustmentStore = adjustments(client, core);
  const propose = async (name: string, disputeId?: string) => {
    const adjustment = {
      ...{ ...key(partnerId), adjustmentId: derive('adjustment', programId, name), cents: 792, disputeId },
      ...({ reason: 'untracked-order', note: 'The order came by phone', status: 'proposed' } as const),
      ...{ proposedBy: 'mia@fjordtrail.example', proposedAt: at },
    };
    await adjustmentStore.propose(adjustment);
    return { ...adjustment, revision: 1 };
  };
  const upheld = await raise('2001');
  const proposed = await propose('upheld', upheld.disputeId);
  const head = await stores.ledger.head(proposed);
  const posting = { at: decision.at, recordedAt: decision.at, actor: decision.by };
  const journal = post(head, proposed, { kind: 'adjustment', ...postingOf(proposed) }, posting)!;
  const { journalId, sequence } = journal;
  const approved = { ...approveAdjustment(proposed, decision), journal: { journalId, sequence } };
  await adjustmentStore.change(proposed, approved, stores.ledger.putWrite(journal));
  const { adjustmentId } = proposed;
  const answered = { outcome: 'upheld', note: 'It was yours', adjustmentId } as const;
  await disputeStore.change(
    account,
    upheld.disputeId,
    (row) => answer(row, answered, decision),
    () => entry('2001'),
  );
  const taken = await raise('2002');
  await disputeStore.change(
    account,
    taken.disputeId,
    (row) => withdraw(row, decision),
    () => entry('2002'),
  );
  const unwanted = await propose('unwanted');
  await adjustmentStore.change(unwanted, decline(unwanted, { ...decision, why: 'asked for twice' }));
}
