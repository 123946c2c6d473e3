import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../../lib/aws/files.ts';
import type { Caller } from '../../../lib/http/caller.ts';
import { sha256 } from '../../../lib/ledger/canonical.ts';
import { BankDetails } from '../../../lib/partners/bank-account.ts';
import { auditRun } from '../../../lib/payouts/audit.ts';
import { runIdOf } from '../../../lib/payouts/order.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { vaultWriter } from '../../../lib/store/vault.ts';
import type { CallOptions } from '../../support/api-ground.ts';
import { FRESH, fanOut, type JobsGround, jobsGround, untilDone } from '../../support/jobs-ground.ts';
import { readNacha } from '../../support/nacha-reader.ts';
import { type PayoutSteps, type PayoutsApi, payoutSteps, payoutsApi } from '../../support/paying.ts';
import { origination } from '../../support/payouts.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let call: PayoutsApi;
let steps: PayoutSteps;
beforeAll(async () => {
  ground = await jobsGround();
  steps = await payoutSteps();
  call = await payoutsApi(LATER);
});
afterAll(() => ground.stop());

const RELEASED = '2026-04-20T00:00:00.000Z';
const AS_OF = '2026-05-01T08:00:00.000Z';
const LATER = '2026-05-01T12:00:00.000Z';

const as = (program: GivenProgram, person: string, role: Caller['role'] = 'finance'): Caller => ({
  brandId: program.brandId,
  keyId: `key_${person}`,
  person: `${person}@shop.example`,
  role,
});

const runsOf = () => payoutRuns(ground.engine.client, ground.tables.core);

/** Orders that earned each partner so many cents, released. */
async function payable(
  program: GivenProgram,
  amounts: Readonly<Record<string, number>>,
  at = '2026-03-10T10:00:00.000Z',
) {
  for (const [partnerId, cents] of Object.entries(amounts)) {
    const orderId = `${partnerId.slice(4)}-${at.slice(0, 10)}`;
    const clickId = await program.click(partnerId, `v${partnerId.slice(-6)}`, at);
    const items = [{ sku: 'thing', quantity: 1, unitPriceCents: cents * 10, discountCents: 0 }];
    await program.order(orderId, at, { clickId, items });
  }
  const { brandId } = program;
  await fanOut(steps.planSettlement, steps.settleShard, { brandId, asOf: at });
  await fanOut(steps.planRelease, steps.releaseShard, { brandId, asOf: RELEASED });
}

/** A partner who is paid through the bank; with an IBAN unless other details are given. */
async function bankPartner(
  program: GivenProgram,
  person: string,
  account: object = { iban: 'DE89370400440532013000' },
) {
  const partnerId = await program.partner(person, {
    payoutMethod: { rail: 'bank-csv', accountHolder: person, accountLast4: '3000' },
  });
  const vault = vaultWriter({
    kms: new KMSClient({}),
    table: ground.tables.vault,
    keyArn: ground.keys.arnOf('vault-key'),
  });
  const details = BankDetails.parse({ accountHolder: person, ...account });
  const write = await vault.detailsWrite(program.brandId, partnerId, details, AS_OF);
  await ground.engine.client.send(new TransactWriteCommand({ TransactItems: [write] }));
  return partnerId;
}

/** The workflow draft-payout. */
async function draft(program: GivenProgram, asOf = AS_OF, madeBy = 'mia@shop.example') {
  const { brandId, programId } = program;
  const { plan, tallies } = await fanOut(steps.planPayout, steps.reserveItems, { brandId, programId, asOf, madeBy });
  if (!plan.idle) await untilDone(steps.freezeRun, await untilDone(steps.checkItems, plan));
  const key = { brandId, runId: runIdOf({ brandId, programId, asOf }) };
  return { key, plan, tallies, run: (await runsOf().get(key))!, items: await runsOf().allItems(key) };
}

/** The workflow pay-payout, without the statements. */
async function pay({ brandId, runId }: { brandId: string; runId: string }, asOf = LATER) {
  const { plan, tallies } = await fanOut(steps.planPayment, steps.payItems, { brandId, runId, asOf });
  const key = { brandId, runId };
  return { plan, tallies, run: (await runsOf().get(key))!, items: await runsOf().allItems(key) };
}

async function approved(program: GivenProgram, asOf = AS_OF) {
  const { run, key } = await draft(program, asOf);
  const options = { params: { runId: run.runId }, body: { hash: run.fileHash }, as: as(program, 'otto') };
  const { status } = await call('approvePayout', options);
  expect(status).toBe(202);
  return key;
}

/** A program with one partner paid by the bank, one by hand, and three who are not paid. */
async function shop(name: string) {
  const program = await givenProgram(ground, name, { payoutTerms: { minimumCents: 5_000 } });
  const bank = await bankPartner(program, 'Bea');
  const byHand = await program.partner('Hal');
  const small = await program.partner('Sam');
  const formless = await program.partner('Fay', { taxFormOnFile: false });
  const idle = await program.partner('Ida');
  await payable(program, { [bank]: 7_000, [byHand]: 9_000, [small]: 1_000, [formless]: 8_000 });
  return { program, bank, byHand, small, formless, idle };
}

/** Everything that must hold of a run and of the ledgers it moved. */
async function sound(program: GivenProgram, key: { brandId: string; runId: string }, ...partnerIds: readonly string[]) {
  expect(await program.violations(...partnerIds)).toEqual([]);
  const run = (await runsOf().get(key))!;
  const journals = (await Promise.all(partnerIds.map(program.chain))).flat();
  expect(auditRun(run, await runsOf().allItems(key), journals)).toEqual([]);
}

describe('drafting', () => {
  test('reserves what is payable, says why others are not paid, and freezes one file', async () => {
    const { program, bank, byHand, small, formless, idle } = await shop('draft');
    const { run, items, key, tallies } = await draft(program);

    expect(run).toMatchObject({
      status: 'awaiting-approval',
      madeBy: 'mia@shop.example',
      itemCount: 2,
      totalCents: 16_000,
      excludedCount: 2,
      currency: 'USD',
    });
    expect(tallies).toEqual([{ reserved: 2, cents: 16_000 }]);
    const paid = items.map(({ partnerId, rail, amountCents, status }) => [partnerId, rail, amountCents, status]);
    expect(paid.sort()).toEqual(
      [
        [bank, 'bank-csv', 7_000, 'reserved'],
        [byHand, 'external', 9_000, 'reserved'],
      ].sort(),
    );
    expect(await program.balances(bank)).toEqual({ expense: -7_000, inTransit: 7_000 });
    expect(await program.balances(idle)).toEqual({});

    const { items: excluded } = await runsOf().exclusions(key);
    expect(
      Object.fromEntries(excluded.map(({ partnerId, reasons }) => [partnerId, reasons.map(({ code }) => code)])),
    ).toEqual({
      [small]: ['below-minimum'],
      [formless]: ['tax-form-missing'],
    });

    const file = ground.document(run.fileKey!)!;
    expect(sha256(file)).toBe(run.fileHash);
    expect(file).toContain('Bea,DE89370400440532013000,,70.00,USD');
    expect(file).toContain(`external,${items.find(({ partnerId }) => partnerId === byHand)!.itemId}`);
    await sound(program, key, bank, byHand, small, formless);
  });

  test('drafting again as of the same time is the same run and writes nothing', async () => {
    const { program } = await shop('draft again');
    const { run } = await draft(program);
    ground.meter.reset();
    const again = await draft(program);
    expect(again.run).toEqual(run);
    expect(again.plan).toMatchObject({ idle: true, shards: [], status: 'awaiting-approval' });
    expect(ground.writeUnits()).toBe(0);
  });

  test('a program that can pay nobody gets an empty run', async () => {
    const program = await givenProgram(ground, 'empty', { payoutTerms: { minimumCents: 5_000 } });
    const sam = await program.partner('Sam');
    await payable(program, { [sam]: 1_000 });
    const { run, plan } = await draft(program);
    expect(plan.idle).toBe(true);
    expect(run).toMatchObject({ status: 'empty', itemCount: 0, totalCents: 0, excludedCount: 1 });
    expect(run.fileHash).toBeUndefined();
  });

  test('two runs drafted at the same time reserve every partner once', async () => {
    const { program, bank, byHand } = await shop('two drafts');
    const runs = await Promise.all([draft(program, AS_OF), draft(program, LATER)]);
    expect(runs.flatMap(({ items }) => items.map(({ partnerId }) => partnerId)).sort()).toEqual([bank, byHand].sort());
    expect(runs.reduce((sum, { run }) => sum + run.totalCents, 0)).toBe(16_000);
    for (const { key } of runs) await sound(program, key, bank, byHand);
  });

  test('nobody is reserved for a run that was rejected meanwhile', async () => {
    const { program, bank } = await shop('rejected draft');
    const { brandId, programId } = program;
    const order = { brandId, programId, asOf: AS_OF, madeBy: 'mia@shop.example' };
    const planned = (await steps.planPayout(order, FRESH)) as { shards: object[]; runId: string };
    const options = { params: { runId: planned.runId }, body: { why: 'wrong month' }, as: as(program, 'otto') };
    expect((await call('rejectPayout', options)).body.status).toBe('rejected');
    for (const shard of planned.shards) await untilDone(steps.reserveItems, shard);
    expect(await runsOf().allItems({ brandId, runId: planned.runId })).toEqual([]);
    expect((await program.balances(bank)).payable).toBe(7_000);
  });

  test('a partner whose bank details went away after the reservation is paid by hand', async () => {
    const program = await givenProgram(ground, 'details gone');
    const bea = await program.partner('Bea', {
      payoutMethod: { rail: 'bank-csv', accountHolder: 'Bea', accountLast4: '3000' },
    });
    await payable(program, { [bea]: 7_000 });
    const { items, run } = await draft(program);
    expect(items).toMatchObject([{ rail: 'external', amountCents: 7_000 }]);
    expect(run.status).toBe('awaiting-approval');
  });

  test('who could not be paid when the plan was made, but can when it is run again, is no longer excluded', async () => {
    const { program, formless } = await shop('mended');
    const { brandId, programId } = program;
    const order = { brandId, programId, asOf: AS_OF, madeBy: 'mia@shop.example' };
    await steps.planPayout(order, FRESH);
    await program.changePartner(formless, { taxFormOnFile: true });
    const { run, key } = await draft(program);
    expect(run).toMatchObject({ itemCount: 3, excludedCount: 1 });
    expect((await runsOf().exclusions(key)).items).toHaveLength(1);
  });

  test('it says who drafts: nobody can approve a run that nobody made', async () => {
    const { brandId, programId } = await givenProgram(ground, 'nameless');
    const order = { brandId, programId, asOf: AS_OF };
    await expect(steps.planPayout(order, FRESH)).rejects.toThrow('madeBy: must name the person who drafts the run');
  });
});

describe('a NACHA file', () => {
  const ACCOUNT = { routingNumber: '021000021', accountNumber: '000123456789' };

  async function americans(name: string) {
    const program = await givenProgram(ground, name, { nacha: origination });
    const person = await bankPartner(program, 'Ann', ACCOUNT);
    const firm = await bankPartner(program, 'Acme, Inc.', {
      ...ACCOUNT,
      accountNumber: '42424242',
      holderKind: 'company',
      accountType: 'savings',
    });
    const iban = await bankPartner(program, 'Bea');
    const script = await bankPartner(program, '李明', { ...ACCOUNT, accountNumber: '0077' });
    const byHand = await program.partner('Hal');
    await payable(program, { [person]: 7_000, [firm]: 9_000, [iban]: 1_000, [script]: 1_100, [byHand]: 1_200 });
    return { program, person, firm, iban, script, byHand };
  }

  test('pays accounts in the United States, and what it cannot carry stays in the CSV; one hash covers both', async () => {
    const { program, person, firm, iban, script, byHand } = await americans('ach');
    const { run, items, key } = await draft(program);
    expect(Object.fromEntries(items.map(({ partnerId, rail }) => [partnerId, rail]))).toEqual({
      [person]: 'nacha',
      [firm]: 'nacha',
      [iban]: 'bank-csv',
      [script]: 'bank-csv',
      [byHand]: 'external',
    });
    const ach = ground.document(run.nachaKey!)!;
    const csv = ground.document(run.fileKey!)!;
    expect(sha256(csv)).toBe(run.fileHash);
    expect(csv.trim().split('\r\n').at(-1)).toBe(`nacha-file,,,,,,160.00,USD,${sha256(ach)}`);
    const { batches } = readNacha(ach);
    expect(
      batches.map(({ entryClass, effectiveDate, entries }) => [
        entryClass,
        effectiveDate,
        entries.map(({ name, transactionCode, amountCents }) => [name, transactionCode, amountCents]),
      ]),
    ).toEqual([
      ['PPD', '260505', [['ANN', '22', 7_000]]],
      ['CCD', '260505', [['ACME, INC.', '32', 9_000]]],
    ]);
    const trace = batches[0]!.entries[0]!.trace;
    expect(csv).toContain(`,000123456789,021000021,70.00,USD,${trace}`);

    ground.meter.reset();
    await draft(program);
    expect(ground.writeUnits()).toBe(0);

    const otto = { params: { runId: run.runId }, body: { hash: run.fileHash }, as: as(program, 'otto') };
    expect(await call('approvePayout', otto)).toMatchObject({ status: 202, body: { nachaKey: run.nachaKey } });
    const first = await pay(key);
    expect(first.tallies).toEqual([{ settled: 4, settledCents: 18_100, sent: 1, left: [] }]);
    expect(ground.document(`payouts/released/${key.brandId}/${key.runId}.ach`)).toBe(ach);
    const released = ground.document(`payouts/released/${key.brandId}/${key.runId}.csv`)!;
    expect(released.trim().split('\r\n')).toHaveLength(3);
    expect(released).not.toContain('nacha');
    await sound(program, key, person, firm, iban, script, byHand);
  });

  test('of which a byte was changed after the approval pays nobody', async () => {
    const { program, person } = await americans('ach forged');
    const key = await approved(program);
    const { nachaKey } = (await runsOf().get(key))!;
    const ach = ground.document(nachaKey!)!;
    const documents = files(new S3Client({ forcePathStyle: true }), 'documents');
    await documents.put(nachaKey!, ach.replace('000123456789', '000123456780'), 'text/plain');
    await expect(pay(key)).rejects.toThrow('was changed; nothing is paid');
    expect(await program.balances(person)).toEqual({ expense: -7_000, inTransit: 7_000 });
    expect(ground.documents(`payouts/released/${key.brandId}/${key.runId}`)).toEqual([]);
  });
});

describe('over the API', () => {
  test('a run is drafted, read with its items and exclusions, listed', async () => {
    const { program, small } = await shop('api');
    const { programId } = program;
    const mia = as(program, 'mia');
    const drafted = await call('draftPayout', { body: { programId, asOf: AS_OF }, as: mia });
    expect(drafted).toMatchObject({ status: 202, body: { status: 'drafting', madeBy: 'mia@shop.example' } });
    const { runId } = drafted.body;
    const name = `${program.brandId}-${runId}`;
    expect(ground.started('draft-payout')[name]).toEqual({
      brandId: program.brandId,
      programId,
      asOf: AS_OF,
      madeBy: 'mia@shop.example',
    });
    await draft(program);

    expect((await call('getPayout', { params: { runId }, as: mia })).body).toMatchObject({
      runId,
      status: 'awaiting-approval',
    });
    const items = await call('listPayoutItems', { params: { runId }, query: { limit: '1' }, as: mia });
    expect(items.body.items).toHaveLength(1);
    const cursor = items.body.nextCursor;
    const rest = await call('listPayoutItems', { params: { runId }, query: { limit: '1', cursor }, as: mia });
    expect(rest.body.items[0].itemId).not.toBe(items.body.items[0].itemId);
    const { body } = await call('listExcluded', { params: { runId }, as: mia });
    expect(body.items.find(({ partnerId }: { partnerId: string }) => partnerId === small)).toMatchObject({
      payableCents: 1_000,
      reasons: [{ code: 'below-minimum', words: '10.00 USD is payable; payments start at 50.00 USD.' }],
    });
    await draft(program, LATER);
    const listed = await call('listPayouts', { query: { programId }, as: mia });
    expect(listed.body.items.map(({ asOf }: { asOf: string }) => asOf)).toEqual([LATER, AS_OF]);
  });

  test('the maker cannot approve, whichever key; another person approves exactly the hash that was looked at', async () => {
    const { program } = await shop('maker and checker');
    const { run } = await draft(program);
    const params = { runId: run.runId };
    const ask = (person: string, hash: string, role: Caller['role'] = 'finance') =>
      call('approvePayout', {
        params,
        body: { hash },
        as: { ...as(program, person, role), keyId: `key_${Math.trunc(hash.length)}` },
      });

    expect(await ask('mia', run.fileHash!, 'owner')).toMatchObject({
      status: 422,
      body: { code: 'maker-cannot-approve' },
    });
    expect(await ask('otto', '0'.repeat(64))).toMatchObject({ status: 409, body: { code: 'hash-differs' } });
    expect(await ask('ann', run.fileHash!, 'manager')).toMatchObject({ status: 403 });
    expect(ground.started('pay-payout')).not.toHaveProperty(`${program.brandId}-${run.runId}`);

    expect(await ask('otto', run.fileHash!)).toMatchObject({
      status: 202,
      body: { status: 'approved', approvedBy: 'otto@shop.example' },
    });
    expect(await ask('otto', run.fileHash!)).toMatchObject({ status: 202 });
    expect(await ask('zoe', run.fileHash!)).toMatchObject({ status: 409, body: { code: 'run-is-approved' } });
    expect(ground.started('pay-payout')[`${program.brandId}-${run.runId}`]).toEqual({
      brandId: program.brandId,
      runId: run.runId,
      asOf: LATER,
    });
    const { items } = await program.audit.list(program.brandId, run.runId, {});
    expect(items.map(({ action, person }) => [action, person])).toEqual([['approvePayout', 'otto@shop.example']]);
  });

  test('an approval whose start failed is started when the person approves again', async () => {
    const { program } = await shop('start failed');
    const { run } = await draft(program);
    const options = { params: { runId: run.runId }, body: { hash: run.fileHash }, as: as(program, 'otto') };
    const arn = ground.ground.assembly.find('pay-payout')!.arn;
    ground.ground.refused.add(`operator states:StartExecution ${arn}`);
    expect((await call('approvePayout', options)).status).toBe(500);
    expect((await runsOf().get(run))?.status).toBe('approved');
    ground.ground.refused.clear();
    expect((await call('approvePayout', options)).status).toBe(202);
    expect(ground.started('pay-payout')).toHaveProperty(`${program.brandId}-${run.runId}`);
  });

  test('a rejected run gives every item back once', async () => {
    const { program, bank, byHand } = await shop('rejected');
    const { run, key } = await draft(program);
    const options = {
      params: { runId: run.runId },
      body: { why: 'two partners under review' },
      as: as(program, 'mia'),
    };
    const rejected = await call('rejectPayout', options);
    expect(rejected).toMatchObject({
      status: 200,
      body: { status: 'rejected', rejectedWhy: 'two partners under review' },
    });
    ground.meter.reset();
    expect((await call('rejectPayout', options)).status).toBe(200);
    expect(ground.writeUnits()).toBe(0);

    expect(await program.balances(bank)).toEqual({ expense: -7_000, payable: 7_000 });
    expect((await program.chain(byHand)).at(-1)).toMatchObject({
      kind: 'unreserve',
      actor: 'mia@shop.example',
      cause: expect.stringContaining('run rejected, two partners under review'),
      corrects: expect.stringMatching(/^jrn_/),
    });
    await sound(program, key, bank, byHand);
    const next = await draft(program, LATER);
    expect(next.run).toMatchObject({ itemCount: 2, totalCents: 16_000 });
  });

  test.each([
    ['an unknown run', 'getPayout', { params: { runId: 'pay_0000000000000000' } }, 404],
    ['a run of another brand', 'getPayout', 'foreign', 404],
    ['a future as-of time', 'draftPayout', 'future', 400],
    ['an item that was not sent', 'confirmItem', 'reserved', 409],
  ] as const)('refuses %s', async (name, id, what, status) => {
    const { program } = await shop(`refuse ${name}`);
    const { run, items } = await draft(program);
    const options: Record<string, CallOptions> = {
      foreign: { params: { runId: run.runId }, as: { ...as(program, 'eve'), brandId: 'brd_zzzzzz' } },
      future: { body: { programId: program.programId, asOf: '2027-01-01T00:00:00Z' } },
      reserved: { params: { runId: run.runId, itemId: items[0]!.itemId }, body: {} },
    };
    const given = typeof what === 'string' ? options[what]! : what;
    expect((await call(id, { as: as(program, 'otto'), ...given })).status).toBe(status);
  });
});

describe('paying', () => {
  test('the bank’s items are settled, those paid by hand wait for a word, the run ends with the last', async () => {
    const { program, bank, byHand } = await shop('pay');
    const key = await approved(program);
    const first = await pay(key);

    expect(first.tallies).toEqual([{ settled: 1, settledCents: 7_000, sent: 1, left: [] }]);
    expect(first.run.status).toBe('paying');
    expect(await program.balances(bank)).toEqual({ expense: -7_000, paid: 7_000 });
    expect(await program.balances(byHand)).toEqual({ expense: -9_000, inTransit: 9_000 });
    const released = ground.document(`payouts/released/${key.brandId}/${key.runId}.csv`)!;
    expect(released.trim().split('\r\n')).toHaveLength(2);
    expect(released).toContain('bank-csv,');
    expect(released).not.toContain('external,');

    ground.meter.reset();
    await pay(key);
    expect(ground.writeUnits()).toBe(0);

    const item = first.items.find(({ partnerId }) => partnerId === byHand)!;
    const options = {
      params: { runId: key.runId, itemId: item.itemId },
      body: { reference: 'Wise 88213' },
      as: as(program, 'mia'),
    };
    expect(await call('confirmItem', options)).toMatchObject({
      status: 200,
      body: { status: 'settled', reference: 'Wise 88213' },
    });
    expect((await call('confirmItem', options)).status).toBe(200);
    expect((await call('failItem', { ...options, body: { why: 'closed' } })).body.code).toBe('item-is-settled');
    expect((await program.chain(byHand)).map(({ kind }) => kind)).toEqual(['accrual', 'release', 'reserve', 'settle']);
    expect((await program.chain(byHand)).at(-1)).toMatchObject({ actor: 'mia@shop.example' });
    expect(ground.started('pay-payout')).toHaveProperty(`${key.brandId}-${key.runId}-${item.itemId}`);

    const last = await pay(key);
    expect(last.run.status).toBe('paid');
    expect(last.plan).toMatchObject({ ...key, programId: program.programId, idle: false, shards: [], more: null });
    await sound(program, key, bank, byHand);
  });

  test('an item that failed is payable again once, and the next run pays it with a new item', async () => {
    const { program, bank, byHand } = await shop('fail');
    const key = await approved(program);
    const { items } = await pay(key);
    const item = items.find(({ partnerId }) => partnerId === byHand)!;
    const options = {
      params: { runId: key.runId, itemId: item.itemId },
      body: { why: 'The account is closed' },
      as: as(program, 'mia'),
    };
    expect(await call('failItem', options)).toMatchObject({
      status: 200,
      body: { status: 'failed', failure: 'The account is closed' },
    });
    expect((await call('failItem', options)).status).toBe(200);
    expect((await call('confirmItem', { ...options, body: {} })).body.code).toBe('item-is-failed');
    expect(await program.balances(byHand)).toEqual({ expense: -9_000, payable: 9_000 });

    const { run } = await pay(key);
    expect(run).toMatchObject({ status: 'paid', itemCount: 2, totalCents: 16_000 });
    await sound(program, key, bank, byHand);
    const next = await draft(program, LATER);
    expect(next.items).toMatchObject([{ partnerId: byHand, amountCents: 9_000 }]);
    expect(next.items[0]!.itemId).not.toBe(item.itemId);
  });

  test('a payment that the bank returned is payable again once, not to the same account, and then by a new item', async () => {
    const program = await givenProgram(ground, 'bounce', { payoutTerms: { minimumCents: 1 }, nacha: origination });
    const account = { routingNumber: '021000021', accountNumber: '000123456789' };
    const bea = await bankPartner(program, 'Bea', account);
    await payable(program, { [bea]: 7_000 });
    const key = await approved(program);
    const { items, run } = await pay(key);
    expect(run.status).toBe('paid');
    const { itemId } = items[0]!;
    const options = { params: { runId: key.runId, itemId }, body: { code: 'R03' }, as: as(program, 'mia') };
    expect(await call('returnItem', { ...options, body: { code: '03' } })).toMatchObject({ status: 400 });

    const both = await Promise.all([call('returnItem', options), call('returnItem', options)]);
    const answers = [...both, await call('returnItem', options)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const failure = 'R03 There is no account of this name and number';
    expect(answers.at(-1)?.body).toMatchObject({ status: 'returned', failure });
    expect(await program.balances(bea)).toEqual({ expense: -7_000, payable: 7_000 });
    const chain = await program.chain(bea);
    expect(chain.map(({ kind }) => kind)).toEqual(['accrual', 'release', 'reserve', 'settle', 'bounce']);
    expect(chain.at(-1)).toMatchObject({
      cause: `${itemId}: ${failure}`,
      corrects: chain.at(-2)!.journalId,
      paidOn: chain.at(-2)!.at.slice(0, 10),
      actor: 'mia@shop.example',
    });
    expect((await call('confirmItem', { ...options, body: {} })).body.code).toBe('item-is-returned');
    const { items: told } = await program.audit.list(program.brandId, `${key.runId}/${itemId}`, {});
    expect(told.map(({ action }) => action)).toEqual(['returnItem']);
    await sound(program, key, bea);

    const blocked = await draft(program, '2026-05-03T00:00:00.000Z');
    expect(blocked.run.status).toBe('empty');
    expect((await runsOf().exclusions(blocked.key)).items).toMatchObject([
      { partnerId: bea, payableCents: 7_000, reasons: [{ code: 'account-returned' }] },
    ]);

    await program.changePartner(bea, {
      payoutMethod: { rail: 'bank-csv', accountHolder: 'Bea', accountLast4: '6789', changedAt: LATER },
    });
    const next = await draft(program, '2026-05-04T00:00:00.000Z');
    expect(next.items).toMatchObject([{ partnerId: bea, amountCents: 7_000, rail: 'nacha' }]);
    expect(next.items[0]!.itemId).not.toBe(itemId);
    await sound(program, next.key, bea);
  });

  test('a return for no fault of the account lets the next run pay it; an item that was not paid has none', async () => {
    const { program, bank, byHand } = await shop('bounce without fault');
    const key = await approved(program);
    const { items } = await pay(key);
    const ask = (partnerId: string) => ({
      params: { runId: key.runId, itemId: items.find((item) => item.partnerId === partnerId)!.itemId },
      body: { code: 'R24', reason: 'sent twice, says the bank' },
      as: as(program, 'mia'),
    });
    expect((await call('returnItem', ask(byHand))).body.code).toBe('item-is-sent');
    expect((await call('returnItem', ask(bank))).body.failure).toBe('R24 sent twice, says the bank');
    const next = await draft(program, LATER);
    expect(next.items).toMatchObject([{ partnerId: bank, amountCents: 7_000 }]);
    await sound(program, key, bank, byHand);
  });

  test('a return after the payment is owed, keeps the partner out of the next run, and is repaid by the next sale', async () => {
    const program = await givenProgram(ground, 'owes', { payoutTerms: { minimumCents: 1 } });
    const bea = await bankPartner(program, 'Bea');
    await payable(program, { [bea]: 7_000 });
    await pay(await approved(program));
    await program.cancelled(`${bea.slice(4)}-2026-03-10`, '2026-05-02T00:00:00.000Z');
    const settle = (asOf: string) =>
      fanOut(steps.planSettlement, steps.settleShard, { brandId: program.brandId, asOf });
    await settle('2026-05-02T01:00:00.000Z');
    expect(await program.balances(bea)).toEqual({ paid: 7_000, receivable: -7_000 });

    const owing = await draft(program, '2026-05-03T00:00:00.000Z');
    expect(owing.run.status).toBe('empty');
    expect((await runsOf().exclusions(owing.key)).items).toMatchObject([
      { partnerId: bea, reasons: [{ code: 'owes' }] },
    ]);

    const clickId = await program.click(bea, 'again', '2026-05-04T09:00:00.000Z');
    const items = [{ sku: 'thing', quantity: 1, unitPriceCents: 100_000, discountCents: 0 }];
    await program.order('new', '2026-05-04T10:00:00.000Z', { clickId, items });
    await settle('2026-05-04T11:00:00.000Z');
    await fanOut(steps.planRelease, steps.releaseShard, { brandId: program.brandId, asOf: '2026-06-05T00:00:00.000Z' });
    expect(await program.balances(bea)).toEqual({ expense: -10_000, paid: 7_000, payable: 3_000 });
    expect(await program.violations(bea)).toEqual([]);
  });

  test('nothing is paid when the file is not the one that was approved, or was not approved', async () => {
    const { program, bank } = await shop('tampered');
    const { run, key } = await draft(program);
    await expect(pay(key)).rejects.toThrow('awaiting-approval');
    const options = { params: { runId: run.runId }, body: { hash: run.fileHash }, as: as(program, 'otto') };
    await call('approvePayout', options);
    const text = ground.document(run.fileKey!)!;
    const documents = files(new S3Client({}), 'documents');
    await documents.put(run.fileKey!, text.replace('70.00', '71.00'), 'text/csv');
    await expect(pay(key)).rejects.toThrow('was changed');
    expect((await program.balances(bank)).inTransit).toBe(7_000);
    await documents.put(run.fileKey!, text, 'text/csv');
    expect((await pay(key)).tallies).toMatchObject([{ settled: 1 }]);
  });

  test('paid twice at the same time, every item is settled once', async () => {
    const program = await givenProgram(ground, 'paid twice');
    const people = await Promise.all(
      ['1111', '2222', '3333', '4444'].map((accountNumber) =>
        bankPartner(program, `P${accountNumber}`, { routingNumber: '021000021', accountNumber }),
      ),
    );
    await payable(program, Object.fromEntries(people.map((person, i) => [person, 1_000 * (i + 1)])));
    const key = await approved(program);
    await Promise.all([pay(key), pay(key), pay(key)]);
    const { run } = await pay(key);
    expect(run).toMatchObject({ status: 'paid', totalCents: 10_000 });
    await sound(program, key, ...people);
    for (const [i, person] of people.entries()) expect((await program.balances(person)).paid).toBe(1_000 * (i + 1));
  });
});

describe('a process that dies before any of its writes', () => {
  test('leaves a draft that drafting again completes', async () => {
    for (let writes = 0; ; writes += 1) {
      const { program, bank, byHand, small } = await shop(`crash while drafting ${writes}`);
      ground.crashAfter(writes);
      const died = await draft(program).then(
        () => false,
        () => true,
      );
      ground.heal();
      const { run, key } = await draft(program);
      expect(run).toMatchObject({ status: 'awaiting-approval', itemCount: 2, totalCents: 16_000, excludedCount: 2 });
      await sound(program, key, bank, byHand, small);
      if (!died) return expect(writes).toBeGreaterThan(3);
    }
  }, 240_000);

  test('leaves a payment that paying again completes', async () => {
    for (let writes = 0; ; writes += 1) {
      const { program, bank, byHand } = await shop(`crash while paying ${writes}`);
      const key = await approved(program);
      ground.crashAfter(writes);
      const died = await pay(key).then(
        () => false,
        () => true,
      );
      ground.heal();
      const { items, run } = await pay(key);
      expect(run.status).toBe('paying');
      expect(items.map(({ status }) => status).sort()).toEqual(['sent', 'settled']);
      expect(await program.balances(bank)).toEqual({ expense: -7_000, paid: 7_000 });
      await sound(program, key, bank, byHand);
      if (!died) return expect(writes).toBeGreaterThan(2);
    }
  }, 240_000);

  test.each([
    ['another transaction holds the item', { kind: 'conflict', times: 3 }],
    ['the table is throttled', { kind: 'throttle', times: 3 }],
    ['the answer is lost after the write', { kind: 'lost-reply', times: 2 }],
  ] as const)('and when %s', async (name, fault) => {
    const { program, bank, byHand } = await shop(name);
    const clear = ground.faults.set({ ...fault, action: 'TransactWriteItems' });
    const { run, key } = await draft(program);
    clear();
    expect(run).toMatchObject({ status: 'awaiting-approval', itemCount: 2, totalCents: 16_000 });
    await call('approvePayout', {
      params: { runId: run.runId },
      body: { hash: run.fileHash },
      as: as(program, 'otto'),
    });
    const clearAgain = ground.faults.set({ ...fault, action: 'TransactWriteItems' });
    await pay(key).catch(() => pay(key));
    clearAgain();
    await pay(key);
    expect(await program.balances(bank)).toEqual({ expense: -7_000, paid: 7_000 });
    await sound(program, key, bank, byHand);
  });
});
