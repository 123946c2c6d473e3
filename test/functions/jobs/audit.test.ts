import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Adjustment, approve as approveAdjustment, postingOf } from '../../../lib/adjustments/adjustment.ts';
import type { AuditTally } from '../../../lib/ledger/audit-order.ts';
import { hashOf } from '../../../lib/ledger/chain.ts';
import type { Journal } from '../../../lib/ledger/journal.ts';
import { post } from '../../../lib/ledger/post.ts';
import { runIdOf } from '../../../lib/payouts/order.ts';
import { approve } from '../../../lib/payouts/run.ts';
import { adjustments } from '../../../lib/store/adjustments.ts';
import { moveItems } from '../../../lib/store/item-moves.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { FRESH, fanOut, type JobsGround, jobsGround, SPENT, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

const NAMES = [
  'plan-settlement',
  'settle-shard',
  'plan-release',
  'release-shard',
  'plan-payout',
  'reserve-items',
  'freeze-run',
  'plan-payment',
  'pay-items',
  'write-statements',
  'plan-audit',
  'audit-shard',
] as const;
let ground: JobsGround;
let steps: Record<(typeof NAMES)[number], Step>;
let LawsBroken: typeof import('../../../functions/jobs/audit-shard.ts').LawsBroken;
beforeAll(async () => {
  ground = await jobsGround();
  ({ LawsBroken } = await import('../../../functions/jobs/audit-shard.ts'));
  const loaded = NAMES.map(async (name) => [name, (await import(`../../../functions/jobs/${name}.ts`)).handler]);
  steps = Object.fromEntries(await Promise.all(loaded));
});
afterAll(() => ground.stop());

const AS_OF = '2026-05-02T00:00:00.000Z';
/** What an audit of the program comes to, all shards together. A shard that found something says so by failing. */
async function audited(program: GivenProgram, context = FRESH): Promise<AuditTally> {
  const input = { brandId: program.brandId, programId: program.programId, asOf: AS_OF };
  const shard: Step = async (one, given) => {
    try {
      return await steps['audit-shard'](one, given);
    } catch (error) {
      if (!(error instanceof LawsBroken)) throw error;
      return { ...(one as object), cursor: null, tally: error.tally };
    }
  };
  const { tallies } = await fanOut(steps['plan-audit'], shard, input, context);
  const sum = { chains: 0, journals: 0, conversions: 0, statements: 0, runs: 0, payees: 0, returns: 0, violations: 0 };
  const examples: AuditTally['examples'] = [];
  let report: string | undefined;
  for (const tally of tallies as readonly AuditTally[]) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += tally[name];
    examples.push(...tally.examples);
    report ??= tally.report;
  }
  return { ...sum, examples, ...(report !== undefined && { report }) };
}
const lawsOf = ({ examples }: AuditTally) => [...new Set(examples.map(({ law }) => law))].sort();

let count = 0;
let program: GivenProgram;
let ann: string;
let runId: string;
/** Two orders of one partner settled, one of them returned; the other one's commission paid and stated. */
beforeEach(async () => {
  count += 1;
  program = await givenProgram(ground, `audit ${count}`);
  const { brandId, programId } = program;
  ann = await program.partner('Ann');
  for (const orderId of ['1', '2']) {
    const clickId = await program.click(ann, `v${orderId}`, '2026-03-10T09:00:00.000Z');
    await program.order(orderId, '2026-03-10T10:00:00.000Z', { clickId });
  }
  const settle = (asOf: string) => fanOut(steps['plan-settlement'], steps['settle-shard'], { brandId, asOf });
  await settle('2026-03-10T11:00:00.000Z');
  await program.returned('2', '2026-03-12T08:00:00.000Z', [{ line: 1, quantity: 1 }]);
  await settle('2026-03-12T09:00:00.000Z');
  await fanOut(steps['plan-release'], steps['release-shard'], { brandId, asOf: '2026-04-20T00:00:00.000Z' });

  const runs = payoutRuns(ground.engine.client, ground.tables.core);
  const order = { brandId, programId, asOf: '2026-05-01T08:00:00.000Z', madeBy: 'mia@shop.example' };
  runId = runIdOf(order);
  const made = { status: 'drafting', madeAt: order.asOf, itemCount: 0, totalCents: 0, excludedCount: 0 } as const;
  await runs.create({ ...order, runId, currency: 'USD', ...made });
  const drafted = await fanOut(steps['plan-payout'], steps['reserve-items'], order);
  await steps['freeze-run'](drafted.plan, FRESH);
  const frozen = (await runs.get({ brandId, runId }))!;
  const decision = { by: 'fin@shop.example', at: '2026-05-01T09:00:00.000Z', fileHash: frozen.fileHash! };
  await runs.change(frozen, approve(frozen, decision, []));
  const pay = { brandId, runId, asOf: '2026-05-01T09:00:00.000Z' };
  await fanOut(steps['plan-payment'], steps['pay-items'], pay);
  const items = await runs.allItems({ brandId, runId });
  const byHand = { at: '2026-05-01T10:00:00.000Z', recordedAt: '2026-05-01T10:00:00.000Z', actor: 'fin@shop.example' };
  const moved = { runs, ledger: program.stores.ledger };
  await moveItems(ground.engine.client, moved, items, { to: 'settled', reference: 'wire 77' }, byHand);
  await steps['write-statements']({ brandId, programId, runId, asOf: pay.asOf }, FRESH);
});

/** Sets attributes of a row by hand, as nothing of ours does. */
const tamper = (table: string, Key: Record<string, string>, set: Record<string, unknown>) =>
  ground.engine.client.send(
    new UpdateCommand({
      TableName: table,
      Key,
      UpdateExpression: `SET ${Object.keys(set)
        .map((name) => `#${name} = :${name}`)
        .join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(Object.keys(set).map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
    }),
  );
const chainKey = () => `${program.brandId}#${program.programId}#${ann}#USD`;
const place = (sequence: number) => ({ pk: chainKey(), sk: String(sequence).padStart(12, '0') });
const order = (orderId: string) => ({ pk: `${program.brandId}#${program.programId}#sale#${orderId}`, sk: '#' });

test('what the jobs wrote keeps every law, and the audit writes nothing', async () => {
  ground.meter.reset();
  const found = await audited(program);
  expect(found).toMatchObject({ chains: 1, conversions: 2, runs: 1, statements: 1, violations: 0, examples: [] });
  expect(found.journals).toBe((await program.chain(ann)).length);
  expect(found.report).toBeUndefined();
  expect(ground.writeUnits()).toBe(0);
});

test('a call that is short of time goes on where it stopped and finds the same', async () => {
  expect(await audited(program, SPENT)).toEqual(await audited(program));
});

test('a journal that was changed by hand is found, and stands in the report with the law’s sentence', async () => {
  await tamper(ground.tables.ledger, place(1), { actor: 'somebody' });
  const found = await audited(program);
  expect(lawsOf(found)).toContain('chain-unbroken');
  const files = ground.documents(found.report!);
  const lines = files.flatMap((key) => ground.document(key)!.trim().split('\n'));
  expect(lines).toHaveLength(found.violations);
  expect(JSON.parse(lines[0]!)).toMatchObject({ programId: program.programId, says: expect.stringMatching(/\.$/) });
});

test('a conversion that says more was posted than its lines make is found from both sides', async () => {
  const { posted } = await program.conversion('1');
  const { matures } = posted[ann]!;
  await tamper(ground.tables.conversions, order('1'), { po: { [ann]: [4_711, matures, 0] } });
  const found = await audited(program);
  expect(lawsOf(found)).toEqual(['posted-is-the-lines']);
  expect(found.violations).toBe(2);
});

test('shares that are not whole are found', async () => {
  await tamper(ground.tables.conversions, order('1'), { cr: [[ann, 9_999, 1, 1, '2026-03-10T09:00:00.000Z']] });
  expect(lawsOf(await audited(program))).toEqual(['credits-are-whole']);
});

test('an adjustment that its maker approved, one that is another amount, and one that nobody proposed', async () => {
  const key = program.key(ann);
  const head = (await program.stores.ledger.head(key))!;
  const proposed: Adjustment = {
    ...{ ...key, adjustmentId: 'adj_0000000000000001', cents: 500, reason: 'goodwill', note: 'sorry' },
    ...{ status: 'proposed', proposedBy: 'mia@shop.example', proposedAt: AS_OF },
  };
  const decision = { by: 'fin@shop.example', at: AS_OF };
  const journal = post(
    head,
    key,
    { kind: 'adjustment', ...postingOf(proposed) },
    { ...decision, recordedAt: AS_OF, actor: decision.by },
  )!;
  const store = adjustments(ground.engine.client, ground.tables.core);
  await store.propose(proposed);
  const { journalId, sequence } = journal;
  const approved = { ...approveAdjustment(proposed, decision), journal: { journalId, sequence } };
  await store.change({ ...proposed, revision: 1 }, approved, program.stores.ledger.putWrite(journal));
  expect((await audited(program)).violations).toBe(0);

  const row = { pk: `${program.brandId}#${program.programId}#ADJUSTMENTS#${ann}`, sk: proposed.adjustmentId };
  await tamper(ground.tables.core, row, { proposedBy: 'FIN@shop.example' });
  expect(lawsOf(await audited(program))).toEqual(['maker-is-not-checker']);
  await tamper(ground.tables.core, row, { proposedBy: 'mia@shop.example', cents: 501 });
  expect(lawsOf(await audited(program))).toEqual(['adjusted-as-approved']);
  await ground.engine.client.send(new DeleteCommand({ TableName: ground.tables.core, Key: row }));
  expect((await audited(program)).examples[0]?.found).toBe(`journal ${sequence} posts it, but nobody proposed it`);
});

test('a run that its maker approved, and one whose total is not its items', async () => {
  const key = { pk: `${program.brandId}#PAYOUT#${runId}`, sk: '#' };
  await tamper(ground.tables.core, key, { approvedBy: 'MIA@shop.example' });
  expect(lawsOf(await audited(program))).toEqual(['maker-is-not-checker']);
  await tamper(ground.tables.core, key, { approvedBy: 'fin@shop.example', totalCents: 1 });
  expect(lawsOf(await audited(program))).toEqual(['run-adds-up']);
});

test('a statement that would read differently today', async () => {
  const key = { pk: `${program.brandId}#${program.programId}#STATEMENTS#${ann}`, sk: 'NUMBER#000001' };
  await tamper(ground.tables.core, key, { partnerName: 'Annabel' });
  const found = await audited(program);
  expect(lawsOf(found)).toEqual(['statements-join']);
  expect(found.examples[0]?.found).toBe('its html and csv and pdf and json would be other bytes today');
});

test('a journal that is missing', async () => {
  const [first] = await program.chain(ann);
  expect(first?.sequence).toBe(1);
  const { Item } = await ground.engine.client.send(new GetCommand({ TableName: ground.tables.ledger, Key: place(2) }));
  await ground.engine.client.send(
    new PutCommand({ TableName: ground.tables.ledger, Item: { ...Item, sk: place(99).sk } }),
  );
  expect(lawsOf(await audited(program))).toContain('chain-unbroken');
});

/** Rewrites a stored journal, and everything after it with hashes of its own: a forger who knows how they are made. */
async function forge(sequence: number, rewrite: (journal: Journal) => Partial<Journal>): Promise<void> {
  const { ledger } = program.stores;
  let previousHash: string | undefined;
  for (const journal of await program.chain(ann)) {
    if (journal.sequence < sequence) continue;
    const change = journal.sequence === sequence ? rewrite(journal) : {};
    const { hash: _, ...forged } = { ...journal, ...change, ...(previousHash !== undefined && { previousHash }) };
    previousHash = hashOf(forged);
    const { Item, TableName } = ledger.putWrite({ ...forged, hash: previousHash }).Put!;
    await ground.engine.client.send(new PutCommand({ TableName, Item }));
  }
}

test.each<[string, number, (journal: Journal) => Partial<Journal>, string]>([
  ['money that nobody moved', 5, () => ({ actor: '' }), 'told-who-and-why'],
  ['a journal that was written at no time', 1, () => ({ recordedAt: 'never' }), 'told-who-and-why'],
  ['one that reasons from a time before the last', 3, () => ({ at: '2026-01-01T00:00:00.000Z' }), 'time-goes-forward'],
  [
    'a payment of more than was approved',
    5,
    ({ entries, after }) => ({
      entries: entries.map((one) => ({ ...one, cents: one.cents * 2 })),
      after: { ...after, balances: { ...after.balances, inTransit: after.balances.inTransit - 1_000 } },
    }),
    'balances-in-range',
  ],
  ['a payment that says it came back', 5, () => ({ paidOn: '2026-05-01' }), 'undone-in-its-year'],
])('%s is found, though every hash was made anew', async (_, sequence, rewrite, law) => {
  await forge(sequence, rewrite);
  expect(lawsOf(await audited(program))).toContain(law);
});
