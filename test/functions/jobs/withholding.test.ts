import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statementCsv } from '../../../lib/documents/statement-csv.ts';
import { statementHtml } from '../../../lib/documents/statement-html.ts';
import { sha256 } from '../../../lib/ledger/canonical.ts';
import { auditRun } from '../../../lib/payouts/audit.ts';
import { nextStatement } from '../../../lib/payouts/issue.ts';
import { runIdOf } from '../../../lib/payouts/order.ts';
import type { RouteId } from '../../../lib/routes.ts';
import { apiKeys } from '../../../lib/store/api-keys.ts';
import { eventsOf } from '../../../lib/store/outbox.ts';
import { payoutRuns, type StoredItem } from '../../../lib/store/payout-runs.ts';
import { taxSettings } from '../../../lib/store/tax-settings.ts';
import { taxpayers } from '../../../lib/store/taxpayers.ts';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import { withNotice } from '../../../lib/tax/name-notice.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { noticesOf } from '../../../lib/webhooks/notices.ts';
import type { CallOptions } from '../../support/api-ground.ts';
import { fanOut, type JobsGround, jobsGround, untilDone } from '../../support/jobs-ground.ts';
import { type PayoutSteps, type PayoutsApi, payoutSteps, payoutsApi } from '../../support/paying.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let api: PayoutsApi;
let steps: PayoutSteps;
beforeAll(async () => {
  ground = await jobsGround();
  steps = await payoutSteps();
  api = await payoutsApi(LATER);
});
afterAll(() => ground.stop());

const EARNED = '2026-03-10T10:00:00.000Z';
const RELEASED = '2026-04-20T00:00:00.000Z';
const AS_OF = '2026-06-01T08:00:00.000Z';
const LATER = '2026-06-01T12:00:00.000Z';
const NEXT = '2026-07-01T08:00:00.000Z';
const NO_W9 = { taxFormOnFile: false, country: 'US' };

const runsOf = () => payoutRuns(ground.engine.client, ground.tables.core);

const call: (...args: [RouteId, GivenProgram, CallOptions]) => ReturnType<PayoutsApi> = (id, { brandId }, options) =>
  api(id, { as: { brandId, keyId: 'key_1', person: 'otto@shop.example', role: 'finance' }, ...options });

async function withholding({ brandId }: GivenProgram, settings: object = {}) {
  const chosen = TaxSettings.parse({ withholding: 'withhold', ...settings });
  const entry = {
    auditId: `aud_${brandId}`,
    brandId,
    at: AS_OF,
    person: 'ada',
    keyId: 'k',
    action: 'set',
    target: 't',
  };
  await taxSettings(ground.engine.client, ground.tables.core).set(brandId, chosen, () => entry as never);
}

/** A person with a key of the brand, whom an execution may name. */
async function mayApprove({ brandId }: GivenProgram, person: string) {
  const { client } = ground.engine;
  const key = { brandId, keyId: 'key_1', hash: sha256(brandId), name: 'Otto', person, role: 'finance' } as const;
  const write = apiKeys(client, ground.tables.core).createWrite({
    ...key,
    ...{ lastFour: 'abcd', createdAt: EARNED, createdBy: person },
  });
  await client.send(new TransactWriteCommand({ TransactItems: [write] }));
}

/** Orders that earned each partner so many cents, released. */
async function payable(program: GivenProgram, amounts: Readonly<Record<string, number>>, at = EARNED) {
  for (const [partnerId, cents] of Object.entries(amounts)) {
    const clickId = await program.click(partnerId, `v${partnerId.slice(-6)}`, at);
    const items = [{ sku: 'thing', quantity: 1, unitPriceCents: cents * 10, discountCents: 0 }];
    await program.order(`${partnerId.slice(4)}-${program.programId}-${at.slice(0, 10)}`, at, { clickId, items });
  }
  await fanOut(steps.planSettlement, steps.settleShard, { brandId: program.brandId, asOf: at });
  await fanOut(steps.planRelease, steps.releaseShard, { brandId: program.brandId, asOf: RELEASED });
}

/** The workflow draft-payout. */
async function draft({ brandId, programId }: GivenProgram, asOf = AS_OF) {
  const order = { brandId, programId, asOf, madeBy: 'mia@shop.example' };
  const { plan } = await fanOut(steps.planPayout, steps.reserveItems, order);
  if (!plan.idle) await untilDone(steps.freezeRun, plan);
  return seen({ brandId, runId: runIdOf({ brandId, programId, asOf }) });
}

async function seen(key: { brandId: string; runId: string }) {
  const items = await runsOf().allItems(key);
  const of = (partnerId: string) => items.find((item) => item.partnerId === partnerId)!;
  return { key, run: (await runsOf().get(key))!, items, of };
}

const approve = (program: GivenProgram, { runId, fileHash }: { runId: string; fileHash?: string }, at = LATER) =>
  call('approvePayout', program, { params: { runId }, body: { hash: fileHash }, at });

/** Approves and pays a run as far as no person is needed. */
async function pay(program: GivenProgram, run: { runId: string; fileHash?: string }) {
  expect((await approve(program, run)).status).toBe(202);
  const key = { brandId: program.brandId, runId: run.runId };
  await fanOut(steps.planPayment, steps.payItems, { ...key, asOf: LATER });
  return seen(key);
}

const word = (program: GivenProgram, id: RouteId, { runId, itemId }: StoredItem, body: object = {}) =>
  call(id, program, { params: { runId, itemId }, body });

/** Everything that must hold of a run and of the ledgers it moved. */
async function sound(program: GivenProgram, key: { brandId: string; runId: string }, ...partnerIds: readonly string[]) {
  expect(await program.violations(...partnerIds)).toEqual([]);
  const { run, items } = await seen(key);
  const journals = (await Promise.all(partnerIds.map(program.chain))).flat();
  expect(auditRun(run, items, journals)).toEqual([]);
}

const noticed: TaxFormOnFile = {
  ...{
    version: 1,
    form: 'w9',
    duty: 'report',
    why: 'Reported.',
    signedOn: '2026-01-02',
    receivedAt: EARNED,
    warnings: [],
  },
  notices: withNotice([], '2026-03-27'),
};

describe('a run of a brand that withholds', () => {
  test('pays who would wait, without the tax; others wait as ever, and who needs no tax is paid in full', async () => {
    const program = await givenProgram(ground, 'withholds');
    await withholding(program);
    const formless = await program.partner('Fay', NO_W9);
    const notice = await program.partner('Nia', { country: 'US', taxForm: noticed });
    const small = await program.partner('Sam', NO_W9);
    const nowhere = await program.partner('Noa', { taxFormOnFile: false });
    const inside = { ...noticed, form: 'w8ben', duty: 'foreign', servicesPerformed: 'inside-us', notices: [] } as const;
    const foreign = await program.partner('Jon', { country: 'DE', taxForm: inside });
    const fine = await program.partner('Bea');
    const amounts = { [formless]: 250_001, [notice]: 200_000, [small]: 199_999, [nowhere]: 300_000 };
    await payable(program, { ...amounts, [foreign]: 300_000, [fine]: 300_000 });

    const { run, of, key, items } = await draft(program);
    // By hand: 24 % of 2,500.01 is 600.00 and a quarter of a cent; of 2,000.00 it is 480.00; 1,999.99 is below the threshold.
    expect(of(formless)).toMatchObject({ amountCents: 190_001, withholding: { year: 2026, cents: 60_000 } });
    expect(of(notice)).toMatchObject({ amountCents: 152_000, withholding: { cents: 48_000 } });
    expect(of(small)).toMatchObject({ amountCents: 199_999, withholding: { cents: 0 } });
    expect(of(fine)).toMatchObject({ amountCents: 300_000 });
    expect(of(fine).withholding).toBeUndefined();
    expect(run).toMatchObject({
      ...{ status: 'awaiting-approval', itemCount: 4, totalCents: 842_000, withheldCents: 108_000 },
      ...{ withholdingCount: 3, excludedCount: 2 },
    });
    const { items: excluded } = await runsOf().exclusions(key);
    expect(Object.fromEntries(excluded.map((one) => [one.partnerId, one.reasons.map(({ code }) => code)]))).toEqual({
      [nowhere]: ['tax-form-missing'],
      [foreign]: ['tax-withholding-due'],
    });
    const file = ground.document(run.fileKey!)!;
    expect(file).toContain(`external,${of(formless).itemId},${formless},,,,1900.01,USD`);
    expect(file).toContain(`withheld,${of(formless).itemId},${formless},,,,600.00,USD,tax of 2026`);
    const everyone = [formless, notice, small, nowhere, foreign, fine];
    await sound(program, key, ...everyone);

    // Drafting again writes nothing and judges nothing anew.
    expect((await draft(program)).items).toEqual(items);

    await pay(program, run);
    for (const partnerId of [formless, small])
      expect((await word(program, 'confirmItem', of(partnerId))).status).toBe(200);
    expect(await program.balances(formless)).toEqual({ expense: -250_001, paid: 190_001, withheld: 60_000 });
    expect(await program.balances(small)).toEqual({ expense: -199_999, paid: 199_999 });
    expect((await program.chain(formless)).at(-1)?.after.paidBy).toEqual({ external: 250_001 });
    const journals = (await program.chain(formless)).length;
    // Said and paid again, nothing moves.
    await word(program, 'confirmItem', of(formless));
    await fanOut(steps.planPayment, steps.payItems, { ...key, asOf: LATER });
    expect((await program.chain(formless)).length).toBe(journals);
    await sound(program, key, ...everyone);
  });

  test('stops where the figures of the year are not known, before it takes anything', async () => {
    const program = await givenProgram(ground, 'withholds unseeded');
    await withholding(program);
    const formless = await program.partner('Fay', NO_W9);
    await payable(program, { [formless]: 250_000 });
    await expect(draft(program, '2020-06-01T08:00:00.000Z')).rejects.toThrow(/figures for payments of 2019/);
    expect(await program.balances(formless)).toMatchObject({ payable: 250_000 });
  });

  test('withholds nothing on a rail whose provider reports', async () => {
    const program = await givenProgram(ground, 'withholds provider');
    await withholding(program, { reporting: { external: 'provider' } });
    const formless = await program.partner('Fay', NO_W9);
    await payable(program, { [formless]: 250_000 });
    const { of } = await draft(program);
    expect(of(formless)).toMatchObject({ amountCents: 250_000 });
    expect(of(formless).withholding).toBeUndefined();
  });

  test('nothing changes for a brand that never said so', async () => {
    const program = await givenProgram(ground, 'waits');
    const formless = await program.partner('Fay', NO_W9);
    const fine = await program.partner('Bea');
    await payable(program, { [formless]: 250_000, [fine]: 100_000 });
    const { run, items, key } = await draft(program);
    expect(items.map(({ partnerId }) => partnerId)).toEqual([fine]);
    expect(run).not.toHaveProperty('withheldCents');
    expect((await runsOf().allExclusions(key)).map(({ reasons }) => reasons[0]?.code)).toEqual(['tax-form-missing']);
  });
});

describe('a payment with tax withheld', () => {
  async function taxed(name: string) {
    const program = await givenProgram(ground, name);
    await withholding(program);
    const partnerId = await program.partner('Fay', NO_W9);
    await payable(program, { [partnerId]: 250_000 });
    const { run, key } = await draft(program);
    await pay(program, run);
    const item = (await seen(key)).of(partnerId);
    return { program, partnerId, key, item };
  }

  test('that failed gives all of it back, and so does a run that is rejected', async () => {
    const { program, partnerId, key, item } = await taxed('failed');
    expect(await program.balances(partnerId)).toEqual({ expense: -250_000, inTransit: 250_000 });
    await word(program, 'failItem', item, { why: 'The account is closed' });
    expect(await program.balances(partnerId)).toEqual({ expense: -250_000, payable: 250_000 });
    await sound(program, key, partnerId);

    const again = await draft(program, NEXT);
    expect(again.of(partnerId)).toMatchObject({ amountCents: 190_000, withholding: { cents: 60_000 } });
    const rejection = { params: { runId: again.run.runId }, body: { why: 'Wait for the form' } };
    expect((await call('rejectPayout', program, rejection)).status).toBe(200);
    expect(await program.balances(partnerId)).toEqual({ expense: -250_000, payable: 250_000 });
    await sound(program, again.key, partnerId);
  });

  test('that the bank returned gives the tax back too, and the statement tells all of it', async () => {
    const { program, partnerId, key, item } = await taxed('returned');
    await word(program, 'confirmItem', item);
    const names = { brandId: program.brandId, recordedAt: LATER, cause: key.runId };
    const who = {
      partner: { partnerId, name: 'Fay' },
      program: { programId: program.programId, name: 'P', timeZone: 'UTC' },
    };
    const first = nextStatement({ ...names, ...who, journals: await program.chain(partnerId) });
    expect(first.record).toMatchObject({
      earnedCents: 250_000,
      paidCents: 190_000,
      withheldCents: 60_000,
      closingCents: 0,
    });
    expect(statementHtml(first.statement)).toContain('were paid 1,900.00 USD after 600.00 USD of tax was withheld');
    expect(statementCsv(first.statement)).toMatch(/,withheld,payment itm_[^,]+,600.00,-600.00,USD,/);

    await word(program, 'returnItem', item, { code: 'R03' });
    expect(await program.balances(partnerId)).toEqual({ expense: -250_000, payable: 250_000 });
    await sound(program, key, partnerId);
    const journals = (await program.chain(partnerId)).slice(first.record.lastJournal);
    const previous = { ...first.record, documents: { html: '', csv: '', json: '' } };
    const second = nextStatement({ ...names, ...who, journals, previous });
    expect(second.record).toMatchObject({
      ...{ earnedCents: 0, paidCents: -190_000, withheldCents: -60_000, closingCents: 250_000 },
      opening: first.record.closing,
    });
  });

  test('is told to those who pay by hand as what goes out, never as the whole', async () => {
    const { program, partnerId, item } = await taxed('told');
    await word(program, 'confirmItem', item);
    await word(program, 'returnItem', item, { code: 'R03' });
    const { key, stores } = program;
    const told = (await program.chain(partnerId)).flatMap((journal) => {
      const after = stores.ledger.putWrite(journal).Put!.Item!;
      const change = { table: 'ledger', kind: 'INSERT', key: key(partnerId), after, sequence: '1', at: LATER } as never;
      return eventsOf(change, 'ledger').flatMap(noticesOf);
    });
    expect(
      told.filter(({ type }) => type.startsWith('payout.')).map(({ type, data }) => ({ type, ...data })),
    ).toMatchObject(
      ['payout.reserved', 'payout.paid', 'payout.failed'].map((type) => ({
        ...{ type, amountCents: 190_000, withheldCents: 60_000 },
      })),
    );
  });
});

describe('two programs of a brand are one payer', () => {
  async function two(name: string) {
    const first = await givenProgram(ground, name);
    await withholding(first);
    const second = await givenProgram(ground, `${name}, second`, { ofBrand: first.brandId });
    const partnerId = await first.partner('Fay', NO_W9);
    await second.partner('Fay', NO_W9);
    for (const program of [first, second]) await payable(program, { [partnerId]: 150_000 });
    return { first, second, partnerId };
  }

  test('what one paid counts for the other, however they draft: only the second reaches the threshold', async () => {
    const { first, second, partnerId } = await two('one payer');
    const drafts = await Promise.all([draft(first), draft(second)]);
    const tax = drafts.map(({ of }) => of(partnerId).withholding?.cents ?? -1).sort((a, b) => a - b);
    expect(tax).toEqual([0, 36_000]);
    await Promise.all([sound(first, drafts[0].key, partnerId), sound(second, drafts[1].key, partnerId)]);
  });

  test('a run is not approved when more tax is due by then; drafted again it has it', async () => {
    const { first, second, partnerId } = await two('overtaken');
    const one = await draft(first);
    const other = await draft(second);
    expect([one.of(partnerId).withholding?.cents, other.of(partnerId).withholding?.cents]).toEqual([0, 36_000]);
    await pay(second, other.run);
    await word(second, 'confirmItem', (await seen(other.key)).of(partnerId));

    const refused = await approve(first, one.run);
    expect(refused).toMatchObject({ status: 422, body: { code: 'changed-since-draft' } });
    expect(refused.body.detail).toContain('360.00 USD of tax has to be withheld instead of 0.00 USD');
    const approval = { by: 'otto@shop.example', hash: one.run.fileHash! };
    await mayApprove(first, approval.by);
    const execution = { ...one.key, asOf: LATER, approval };
    await expect(fanOut(steps.planPayment, steps.payItems, execution)).rejects.toThrow(
      '360.00 USD of tax has to be withheld instead of 0.00 USD',
    );
    expect((await seen(one.key)).run.status).toBe('awaiting-approval');
    await call('rejectPayout', first, { params: { runId: one.run.runId }, body: { why: 'tax' } });
    const again = await draft(first, NEXT);
    expect(again.of(partnerId).withholding?.cents).toBe(36_000);
    expect((await approve(first, again.run, NEXT)).status).toBe(202);
  });

  test('a run that the new year overtakes is judged by the new year', async () => {
    const { first } = await two('new year');
    const { run } = await draft(first);
    const refused = await approve(first, run, '2027-01-02T09:00:00.000Z');
    expect(refused).toMatchObject({ status: 422, body: { code: 'tax-year-unseeded' } });
  });
});

describe('partners with the same taxpayer number', () => {
  test('are one payee for the threshold, also in one run: whoever is reserved when it is reached has tax withheld', async () => {
    const program = await givenProgram(ground, 'one-number');
    await withholding(program);
    const numbers = taxpayers(ground.engine.client, ground.tables.core);
    const amounts: Record<string, number> = {};
    for (let place = 0; place < 9; place += 1) {
      const partnerId = await program.partner(`Pia ${place}`, { country: 'US', taxForm: noticed });
      await numbers.put(program.brandId, partnerId, { fingerprint: 'same', formVersion: 1 });
      amounts[partnerId] = 30_000;
    }
    const stranger = await program.partner('Sue', { country: 'US', taxForm: noticed });
    await numbers.put(program.brandId, stranger, { fingerprint: 'other', formVersion: 1 });
    await payable(program, { ...amounts, [stranger]: 150_000 });

    const { items, of, key } = await draft(program);
    // By hand: six times 300.00 is 1,800.00, the seventh reaches 2,000.00; 24 % of 300.00 is 72.00, three times.
    expect(of(stranger)).toMatchObject({ amountCents: 150_000, withholding: { cents: 0 } });
    const taxed = items.filter(({ partnerId }) => partnerId !== stranger).map((item) => item.withholding?.cents);
    expect(taxed.sort()).toEqual([0, 0, 0, 0, 0, 0, 7_200, 7_200, 7_200]);
    await sound(program, key, ...Object.keys(amounts), stranger);
  });

  test('count with what other programs of the brand paid the other one', async () => {
    const program = await givenProgram(ground, 'number-here');
    const elsewhere = await givenProgram(ground, 'number-there', { ofBrand: program.brandId });
    await withholding(program);
    const numbers = taxpayers(ground.engine.client, ground.tables.core);
    const here = await program.partner('Here', { country: 'US', taxForm: noticed });
    const there = await elsewhere.partner('There', { country: 'US', taxForm: { ...noticed, notices: [] } });
    for (const partnerId of [here, there])
      await numbers.put(program.brandId, partnerId, { fingerprint: 'same', formVersion: 1 });
    await payable(elsewhere, { [there]: 150_000 });
    expect((await draft(elsewhere)).of(there)).toMatchObject({ amountCents: 150_000 });
    await payable(program, { [here]: 50_000 });
    // By hand: 1,500.00 set aside for the one and 500.00 for the other make 2,000.00; 24 % of 500.00 is 120.00.
    expect((await draft(program)).of(here)).toMatchObject({ amountCents: 38_000, withholding: { cents: 12_000 } });
  });
});
