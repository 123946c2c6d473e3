import { createHash } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import { DeleteCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../lib/http/caller.ts';
import { BankDetails } from '../../../lib/partners/bank-account.ts';
import { runIdOf } from '../../../lib/payouts/order.ts';
import type { ApiKey } from '../../../lib/programs/api-key.ts';
import { apiKeys } from '../../../lib/store/api-keys.ts';
import { conversionPk } from '../../../lib/store/conversion-keys.ts';
import { payoutFindings } from '../../../lib/store/payout-findings.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { vaultWriter } from '../../../lib/store/vault.ts';
import { FRESH, fanOut, type JobsGround, jobsGround, SPENT, untilDone } from '../../support/jobs-ground.ts';
import { type PayoutSteps, type PayoutsApi, payoutSteps, payoutsApi } from '../../support/paying.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

/** Ten percent of what a test orders, payable after 30 days; a run on the first of each month. */
let ground: JobsGround;
let call: PayoutsApi;
let steps: PayoutSteps;
beforeAll(async () => {
  ground = await jobsGround();
  steps = await payoutSteps();
  call = await payoutsApi(month(12));
});
afterAll(() => ground.stop());

const runs = () => payoutRuns(ground.engine.client, ground.tables.core);
const findings = () => payoutFindings(ground.engine.client, ground.tables.core);
const month = (number: number, day = 1) =>
  `2026-${String(number).padStart(2, '0')}-${String(day).padStart(2, '0')}T08:00:00.000Z`;

const as = (program: GivenProgram, person: string): Caller => ({
  brandId: program.brandId,
  keyId: `key_${person}`,
  person: `${person}@shop.example`,
  role: 'finance',
});

/** An order two months before the run that pays it, settled and released. */
async function earned(program: GivenProgram, amounts: Readonly<Record<string, number>>, forMonth: number) {
  const at = month(forMonth - 2, 10);
  for (const [partnerId, cents] of Object.entries(amounts)) {
    const clickId = await program.click(partnerId, `v${partnerId.slice(-6)}`, at);
    const items = [{ sku: 'thing', quantity: 1, unitPriceCents: cents * 10, discountCents: 0 }];
    await program.order(`${partnerId.slice(4)}-${forMonth}`, at, { clickId, items });
  }
  const { brandId } = program;
  await fanOut(steps.planSettlement, steps.settleShard, { brandId, asOf: at });
  await fanOut(steps.planRelease, steps.releaseShard, { brandId, asOf: month(forMonth) });
}

async function draft(program: GivenProgram, forMonth: number) {
  const { brandId, programId } = program;
  const order = { brandId, programId, asOf: month(forMonth), madeBy: 'mia@shop.example' };
  const { plan } = await fanOut(steps.planPayout, steps.reserveItems, order);
  await untilDone(steps.freezeRun, await untilDone(steps.checkItems, plan));
  const key = { brandId, runId: runIdOf(order) };
  const run = (await runs().get(key))!;
  return { run, key, found: (await findings().all(key)).map(({ kind, partnerIds }) => [kind, partnerIds]) };
}

async function pay(program: GivenProgram, forMonth: number, acknowledge: readonly string[] = []) {
  const { run, key } = await draft(program, forMonth);
  const body = { hash: run.fileHash, acknowledge };
  expect((await call('approvePayout', { params: { runId: run.runId }, body, as: as(program, 'otto') })).status).toBe(
    202,
  );
  await fanOut(steps.planPayment, steps.payItems, { ...key, asOf: month(forMonth) });
  return run;
}

async function toAccount(program: GivenProgram, partnerId: string, iban: string) {
  const keyArn = ground.keys.arnOf('vault-key');
  const vault = vaultWriter({ kms: new KMSClient({}), table: ground.tables.vault, keyArn });
  const details = BankDetails.parse({ accountHolder: 'Any', iban });
  const write = await vault.detailsWrite(program.brandId, partnerId, { rail: 'bank-csv', ...details }, month(1));
  await ground.engine.client.send(new TransactWriteCommand({ TransactItems: [write] }));
  await program.changePartner(partnerId, {
    payoutMethod: { rail: 'bank-csv', accountHolder: 'Any', accountLast4: iban.slice(-4) },
  });
}

async function lose(program: GivenProgram, orderId: string) {
  const { brandId, programId } = program;
  const pk = conversionPk({ brandId, programId, eventType: 'sale', orderId });
  await ground.engine.client.send(new DeleteCommand({ TableName: ground.tables.conversions, Key: { pk, sk: '#' } }));
}

describe('the check before the approval', () => {
  test('of an ordinary run finds nothing, and says so', async () => {
    const program = await givenProgram(ground, 'ordinary');
    const ann = await program.partner('Ann');
    await earned(program, { [ann]: 5_000 }, 3);
    const { run, found } = await draft(program, 3);
    expect(found).toEqual([]);
    expect(run.findings).toEqual({ severe: 0, notable: 0 });
    expect(run.difference).toBeUndefined();
  });

  test('finds lines whose conversion is gone, among those that are paid', async () => {
    const program = await givenProgram(ground, 'no source');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await earned(program, { [ann]: 5_000, [bob]: 6_000 }, 3);
    await lose(program, `${ann.slice(4)}-3`);
    const { found, run, key } = await draft(program, 3);
    expect(found).toEqual([['no-source', [ann]]]);
    expect(run.findings).toEqual({ severe: 1, notable: 0 });
    const [finding] = await findings().all(key);
    expect(finding).toMatchObject({ severity: 'severe', figures: { lines: 1, cents: 5_000 } });
    expect(finding?.words).toBe(`No conversion is stored for sale ${ann.slice(4)}-3.`);
  });

  test('finds what a payment far above the usual one is, and how the run differs from the last', async () => {
    const program = await givenProgram(ground, 'jump');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    for (const number of [3, 4]) {
      await earned(program, { [ann]: 5_000, [bob]: 6_000 }, number);
      await pay(program, number);
    }
    await earned(program, { [ann]: 40_000, [bob]: 6_000 }, 5);
    const { run, found } = await draft(program, 5);
    expect(found).toEqual([['jump', [ann]]]);
    expect(run.findings).toEqual({ severe: 0, notable: 1 });
    expect(run.difference).toEqual({
      runId: runIdOf({ ...program, asOf: month(4) }),
      asOf: month(4),
      totalCents: 11_000,
      payees: [{ partnerId: ann, cents: 40_000, previousCents: 5_000 }],
    });
  });

  test('finds payees of one account, and tells the account to nobody', async () => {
    const program = await givenProgram(ground, 'shared account');
    const [ann, bob, cat] = [await program.partner('Ann'), await program.partner('Bob'), await program.partner('Cat')];
    for (const partner of [ann, bob]) await toAccount(program, partner, 'DE89370400440532013000');
    await toAccount(program, cat, 'GB82WEST12345698765432');
    await earned(program, { [ann]: 5_000, [bob]: 6_000, [cat]: 7_000 }, 3);
    const { found, key } = await draft(program, 3);
    expect(found).toEqual([['shared-account', [ann, bob].sort()]]);
    expect(JSON.stringify(await findings().all(key))).not.toContain('3013000');
  });

  test('finds whoever was in the last run, has money, and is in this one neither paid nor excluded', async () => {
    const program = await givenProgram(ground, 'vanished');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await earned(program, { [ann]: 5_000, [bob]: 6_000 }, 3);
    await pay(program, 3);
    await earned(program, { [ann]: 5_000, [bob]: 6_000 }, 4);
    await unenrol(program, ann);
    const { found, run } = await draft(program, 4);
    expect(found).toEqual([['vanished', [ann]]]);
    expect(run.difference?.payees).toEqual([{ partnerId: ann, cents: 0, previousCents: 5_000 }]);
  });

  test('takes back what is no longer so when it is run again, and finds the same page by page', async () => {
    const program = await givenProgram(ground, 'again');
    const [ann, bob] = [await program.partner('Ann'), await program.partner('Bob')];
    await earned(program, { [ann]: 5_000, [bob]: 6_000 }, 3);
    const { brandId, programId } = program;
    const order = { brandId, programId, asOf: month(3), madeBy: 'mia@shop.example' };
    const { plan } = await fanOut(steps.planPayout, steps.reserveItems, order);
    const key = { brandId, runId: runIdOf(order) };
    await findings().put(key, {
      ...{ findingId: `jump:${ann}`, kind: 'jump', severity: 'notable', partnerIds: [ann], words: 'x', figures: {} },
    });
    await lose(program, `${bob.slice(4)}-3`);
    const first = await untilDone(steps.checkItems, plan, SPENT);
    expect((await findings().all(key)).map(({ kind }) => kind)).toEqual(['no-source']);
    await untilDone(steps.freezeRun, first);
    ground.meter.reset();
    await steps.checkItems(plan, FRESH);
    expect(ground.writeUnits()).toBe(0);
  });
});

describe('approving a run with severe findings', () => {
  async function doubtful(name: string) {
    const program = await givenProgram(ground, name);
    const ann = await program.partner('Ann');
    await earned(program, { [ann]: 5_000 }, 3);
    await lose(program, `${ann.slice(4)}-3`);
    return { program, ann, ...(await draft(program, 3)) };
  }

  test('is refused until each is named, and the audit log keeps which were', async () => {
    const { program, ann, run } = await doubtful('acknowledge');
    const params = { runId: run.runId };
    const ask = (acknowledge?: unknown, person = 'otto') =>
      call('approvePayout', { params, body: { hash: run.fileHash, acknowledge }, as: as(program, person) });
    const findingId = `no-source:${ann}`;
    const { body } = await call('listFindings', { params, as: as(program, 'otto') });
    expect(body.items).toMatchObject([{ findingId, severity: 'severe', partnerIds: [ann] }]);
    expect((await call('getPayout', { params, as: as(program, 'otto') })).body.findings).toEqual({
      severe: 1,
      notable: 0,
    });

    expect(await ask()).toMatchObject({
      status: 422,
      body: {
        code: 'findings-not-acknowledged',
        fields: [{ field: 'acknowledge', message: `must name ${findingId}` }],
      },
    });
    expect((await ask([findingId, `jump:${ann}`])).status).toBe(400);
    expect((await ask(['everything'])).status).toBe(400);
    expect(await ask([findingId], 'mia')).toMatchObject({ body: { code: 'maker-cannot-approve' } });
    expect((await runs().get({ ...program, runId: run.runId }))?.status).toBe('awaiting-approval');

    expect(await ask([findingId])).toMatchObject({ status: 202, body: { acknowledged: [findingId] } });
    const { items } = await program.audit.list(program.brandId, run.runId, {});
    expect(items).toMatchObject([{ action: 'approvePayout', after: { acknowledged: [findingId] } }]);
  });

  test('another brand sees neither run nor findings', async () => {
    const { run } = await doubtful('own findings');
    const other = await givenProgram(ground, 'other brand’s');
    const asked = await call('listFindings', { params: { runId: run.runId }, as: as(other, 'eve') });
    expect(asked).toMatchObject({ status: 404, body: { code: 'no-such-payout-run' } });
  });
});

describe('approving by an execution of pay-payout', () => {
  const keyOf = (program: GivenProgram, person: string, over: Partial<ApiKey> = {}): ApiKey => ({
    brandId: program.brandId,
    keyId: `key_${person}`,
    hash: createHash('sha256').update(`${program.brandId}${person}`).digest('base64url'),
    name: person,
    person: `${person}@shop.example`,
    role: 'finance',
    lastFour: 'abcd',
    createdAt: month(1),
    createdBy: 'owner@example.com',
    ...over,
  });

  async function waiting(name: string) {
    const program = await givenProgram(ground, name);
    const ann = await program.partner('Ann');
    await earned(program, { [ann]: 5_000 }, 3);
    const keys = apiKeys(ground.engine.client, ground.tables.core);
    const people = [
      keyOf(program, 'otto'),
      keyOf(program, 'mia'),
      keyOf(program, 'max', { role: 'manager' }),
      keyOf(program, 'rita', { revokedFrom: month(2) }),
    ];
    for (const one of people)
      await ground.engine.client.send(new TransactWriteCommand({ TransactItems: [keys.createWrite(one)] }));
    const drafted = await draft(program, 3);
    const start = (by: string, hash = drafted.run.fileHash!, acknowledge: string[] = []) =>
      fanOut(steps.planPayment, steps.payItems, {
        ...drafted.key,
        asOf: month(4),
        approval: { by: `${by}@shop.example`, hash, acknowledge },
      });
    return { program, ann, ...drafted, start };
  }

  test('approves in the name of a person who may, pays, and tells the audit log how', async () => {
    const { program, ann, key, start } = await waiting('console');
    await start('Otto');
    expect(await runs().get(key)).toMatchObject({ status: 'paying', approvedBy: 'otto@shop.example' });
    const { items } = await program.audit.list(program.brandId, key.runId, {});
    expect(items).toMatchObject([
      {
        action: 'approvePayout',
        person: 'otto@shop.example',
        keyId: 'execution',
        why: 'by an execution of pay-payout',
        after: { status: 'approved' },
      },
    ]);
    expect((await runs().allItems(key)).map(({ status, partnerId }) => [status, partnerId])).toEqual([['sent', ann]]);
    await start('otto');
    expect((await program.audit.list(program.brandId, key.runId, {})).items).toHaveLength(1);
  });

  test('is said once: what is left of the payment needs no key any more', async () => {
    const { run, key } = await waiting('console, later');
    const approval = { by: 'otto@shop.example', hash: run.fileHash!, acknowledge: [] };
    const { more } = (await steps.planPayment({ ...key, asOf: month(4), approval }, FRESH)) as { more: object };
    expect(more).toMatchObject({ ...key, closing: true });
    expect(more).not.toHaveProperty('approval');
  });

  test.each([
    ['the maker', 'mia', undefined, 'another person must approve'],
    ['a person whose key may not', 'max', undefined, 'has no key of'],
    ['a person whose key was revoked', 'rita', undefined, 'has no key of'],
    ['nobody known', 'zoe', undefined, 'has no key of'],
    ['another hash', 'otto', 'f'.repeat(64), 'The payment file has hash'],
    ['no hash', 'otto', 'all of it', 'approval.hash: must be the fileHash'],
  ])('is refused to %s, and nothing is paid', async (what, by, hash, why) => {
    const { key, start } = await waiting(`console ${what}`);
    await expect(start(by, hash)).rejects.toThrow(why);
    expect((await runs().get(key))?.status).toBe('awaiting-approval');
    expect(ground.documents(`payouts/released/${key.brandId}`)).toEqual([]);
  });
});

/** Takes an enrolment's row away, as no part of the system does. */
async function unenrol({ brandId, programId }: GivenProgram, partnerId: string): Promise<void> {
  const Key = { pk: `${brandId}#${programId}#ENROLMENTS`, sk: partnerId };
  await ground.engine.client.send(new DeleteCommand({ TableName: ground.tables.core, Key }));
}
