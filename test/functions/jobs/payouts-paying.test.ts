import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../../lib/aws/files.ts';
import { fanOut, type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { LATER } from '../../support/paying.ts';
import { as, type PayoutFlow, payoutFlow } from '../../support/payout-flow.ts';
import { origination } from '../../support/payouts.ts';
import { givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let flow: PayoutFlow;
beforeAll(async () => {
  ground = await jobsGround();
  flow = await payoutFlow(ground);
});
afterAll(() => ground.stop());

describe('paying', () => {
  test('the bank’s items are settled, those paid by hand wait for a word, the run ends with the last', async () => {
    const { program, bank, byHand } = await flow.shop('pay');
    const key = await flow.approved(program);
    const first = await flow.pay(key);

    expect(first.tallies).toEqual([{ settled: 1, settledCents: 7_000, sent: 1, left: [] }]);
    expect(first.run.status).toBe('paying');
    expect(await program.balances(bank)).toEqual({ expense: -7_000, paid: 7_000 });
    expect(await program.balances(byHand)).toEqual({ expense: -9_000, inTransit: 9_000 });
    const released = ground.document(`payouts/released/${key.brandId}/${key.runId}.csv`)!;
    expect(released.trim().split('\r\n')).toHaveLength(2);
    expect(released).toContain('bank-csv,');
    expect(released).not.toContain('external,');

    ground.meter.reset();
    await flow.pay(key);
    expect(ground.writeUnits()).toBe(0);

    const item = first.items.find(({ partnerId }) => partnerId === byHand)!;
    const options = {
      params: { runId: key.runId, itemId: item.itemId },
      body: { reference: 'Wise 88213' },
      as: as(program, 'mia'),
    };
    expect(await flow.call('confirmItem', options)).toMatchObject({
      status: 200,
      body: { status: 'settled', reference: 'Wise 88213' },
    });
    expect((await flow.call('confirmItem', options)).status).toBe(200);
    expect((await flow.call('failItem', { ...options, body: { why: 'closed' } })).body.code).toBe('item-is-settled');
    expect((await program.chain(byHand)).map(({ kind }) => kind)).toEqual(['accrual', 'release', 'reserve', 'settle']);
    expect((await program.chain(byHand)).at(-1)).toMatchObject({ actor: 'mia@shop.example' });
    expect(ground.started('pay-payout')).toHaveProperty(`${key.brandId}-${key.runId}-${item.itemId}`);

    const last = await flow.pay(key);
    expect(last.run.status).toBe('paid');
    expect(last.plan).toMatchObject({ ...key, programId: program.programId, idle: false, shards: [], more: null });
    await flow.sound(program, key, bank, byHand);
  });

  test('an item that failed is payable again once, and the next run pays it with a new item', async () => {
    const { program, bank, byHand } = await flow.shop('fail');
    const key = await flow.approved(program);
    const { items } = await flow.pay(key);
    const item = items.find(({ partnerId }) => partnerId === byHand)!;
    const options = {
      params: { runId: key.runId, itemId: item.itemId },
      body: { why: 'The account is closed' },
      as: as(program, 'mia'),
    };
    expect(await flow.call('failItem', options)).toMatchObject({
      status: 200,
      body: { status: 'failed', failure: 'The account is closed' },
    });
    expect((await flow.call('failItem', options)).status).toBe(200);
    expect((await flow.call('confirmItem', { ...options, body: {} })).body.code).toBe('item-is-failed');
    expect(await program.balances(byHand)).toEqual({ expense: -9_000, payable: 9_000 });

    const { run } = await flow.pay(key);
    expect(run).toMatchObject({ status: 'paid', itemCount: 2, totalCents: 16_000 });
    await flow.sound(program, key, bank, byHand);
    const next = await flow.draft(program, LATER);
    expect(next.items).toMatchObject([{ partnerId: byHand, amountCents: 9_000 }]);
    expect(next.items[0]!.itemId).not.toBe(item.itemId);
  });

  test('a payment that the bank returned is payable again once, not to the same account, and then by a new item', async () => {
    const program = await givenProgram(ground, 'bounce', { payoutTerms: { minimumCents: 1 }, nacha: origination });
    const account = { routingNumber: '021000021', accountNumber: '000123456789' };
    const bea = await flow.bankPartner(program, 'Bea', account);
    await flow.payable(program, { [bea]: 7_000 });
    const key = await flow.approved(program);
    const { items, run } = await flow.pay(key);
    expect(run.status).toBe('paid');
    const { itemId } = items[0]!;
    const options = { params: { runId: key.runId, itemId }, body: { code: 'R03' }, as: as(program, 'mia') };
    for (const code of ['03', 'R00', 'R86'])
      expect(await flow.call('returnItem', { ...options, body: { code } })).toMatchObject({ status: 400 });

    const both = await Promise.all([flow.call('returnItem', options), flow.call('returnItem', options)]);
    const answers = [...both, await flow.call('returnItem', options)];
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
    expect((await flow.call('confirmItem', { ...options, body: {} })).body.code).toBe('item-is-returned');
    const { items: told } = await program.audit.list(program.brandId, `${key.runId}/${itemId}`, {});
    expect(told.map(({ action }) => action)).toEqual(['returnItem']);
    await flow.sound(program, key, bea);

    const blocked = await flow.draft(program, '2026-05-03T00:00:00.000Z');
    expect(blocked.run.status).toBe('empty');
    expect((await flow.runs.exclusions(blocked.key)).items).toMatchObject([
      { partnerId: bea, payableCents: 7_000, reasons: [{ code: 'account-returned' }] },
    ]);

    await program.changePartner(bea, {
      payoutMethod: { rail: 'bank-csv', accountHolder: 'Bea', accountLast4: '6789', changedAt: LATER },
    });
    const next = await flow.draft(program, '2026-05-04T00:00:00.000Z');
    expect(next.items).toMatchObject([{ partnerId: bea, amountCents: 7_000, rail: 'nacha' }]);
    expect(next.items[0]!.itemId).not.toBe(itemId);
    await flow.sound(program, next.key, bea);
  });

  test('a return for no fault of the account lets the next run pay it; an item that was not paid has none', async () => {
    const { program, bank, byHand } = await flow.shop('bounce without fault');
    const key = await flow.approved(program);
    const { items } = await flow.pay(key);
    const ask = (partnerId: string) => ({
      params: { runId: key.runId, itemId: items.find((item) => item.partnerId === partnerId)!.itemId },
      body: { code: 'R24', reason: 'sent twice, says the bank' },
      as: as(program, 'mia'),
    });
    expect((await flow.call('returnItem', ask(byHand))).body.code).toBe('item-is-sent');
    expect((await flow.call('returnItem', ask(bank))).body.failure).toBe('R24 sent twice, says the bank');
    const next = await flow.draft(program, LATER);
    expect(next.items).toMatchObject([{ partnerId: bank, amountCents: 7_000 }]);
    await flow.sound(program, key, bank, byHand);
  });

  test('a return after the payment is owed, keeps the partner out of the next run, and is repaid by the next sale', async () => {
    const program = await givenProgram(ground, 'owes', { payoutTerms: { minimumCents: 1 } });
    const bea = await flow.bankPartner(program, 'Bea');
    await flow.payable(program, { [bea]: 7_000 });
    await flow.pay(await flow.approved(program));
    await program.cancelled(`${bea.slice(4)}-2026-03-10`, '2026-05-02T00:00:00.000Z');
    const settle = (asOf: string) =>
      fanOut(flow.steps.planSettlement, flow.steps.settleShard, { brandId: program.brandId, asOf });
    await settle('2026-05-02T01:00:00.000Z');
    expect(await program.balances(bea)).toEqual({ paid: 7_000, receivable: -7_000 });

    const owing = await flow.draft(program, '2026-05-03T00:00:00.000Z');
    expect(owing.run.status).toBe('empty');
    expect((await flow.runs.exclusions(owing.key)).items).toMatchObject([
      { partnerId: bea, reasons: [{ code: 'owes' }] },
    ]);

    const clickId = await program.click(bea, 'again', '2026-05-04T09:00:00.000Z');
    const items = [{ sku: 'thing', quantity: 1, unitPriceCents: 100_000, discountCents: 0 }];
    await program.order('new', '2026-05-04T10:00:00.000Z', { clickId, items });
    await settle('2026-05-04T11:00:00.000Z');
    await fanOut(flow.steps.planRelease, flow.steps.releaseShard, {
      brandId: program.brandId,
      asOf: '2026-06-05T00:00:00.000Z',
    });
    expect(await program.balances(bea)).toEqual({ expense: -10_000, paid: 7_000, payable: 3_000 });
    expect(await program.violations(bea)).toEqual([]);
  });

  test('nothing is paid when the file is not the one that was approved, or was not approved', async () => {
    const { program, bank } = await flow.shop('tampered');
    const { run, key } = await flow.draft(program);
    await expect(flow.pay(key)).rejects.toThrow('awaiting-approval');
    const options = { params: { runId: run.runId }, body: { hash: run.fileHash }, as: as(program, 'otto') };
    await flow.call('approvePayout', options);
    const text = ground.document(run.fileKey!)!;
    const documents = files(new S3Client({}), 'documents');
    await documents.put(run.fileKey!, text.replace('70.00', '71.00'), 'text/csv');
    await expect(flow.pay(key)).rejects.toThrow('was changed');
    expect((await program.balances(bank)).inTransit).toBe(7_000);
    await documents.put(run.fileKey!, text, 'text/csv');
    expect((await flow.pay(key)).tallies).toMatchObject([{ settled: 1 }]);
  });

  test('paid twice at the same time, every item is settled once', async () => {
    const program = await givenProgram(ground, 'paid twice');
    const people = await Promise.all(
      ['1111', '2222', '3333', '4444'].map((accountNumber) =>
        flow.bankPartner(program, `P${accountNumber}`, { routingNumber: '021000021', accountNumber }),
      ),
    );
    await flow.payable(program, Object.fromEntries(people.map((person, i) => [person, 1_000 * (i + 1)])));
    const key = await flow.approved(program);
    await Promise.all([flow.pay(key), flow.pay(key), flow.pay(key)]);
    const { run } = await flow.pay(key);
    expect(run).toMatchObject({ status: 'paid', totalCents: 10_000 });
    await flow.sound(program, key, ...people);
    for (const [i, person] of people.entries()) expect((await program.balances(person)).paid).toBe(1_000 * (i + 1));
  });
});
