import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../../lib/ledger/canonical.ts';
import { FRESH, type JobsGround, jobsGround, untilDone } from '../../support/jobs-ground.ts';
import { AS_OF, LATER } from '../../support/paying.ts';
import { as, type PayoutFlow, payoutFlow } from '../../support/payout-flow.ts';
import { givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let flow: PayoutFlow;
beforeAll(async () => {
  ground = await jobsGround();
  flow = await payoutFlow(ground);
});
afterAll(() => ground.stop());

describe('drafting', () => {
  test('reserves what is payable, says why others are not paid, and freezes one file', async () => {
    const { program, bank, byHand, small, formless, idle } = await flow.shop('draft');
    const { run, items, key, tallies } = await flow.draft(program);

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

    const { items: excluded } = await flow.runs.exclusions(key);
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
    await flow.sound(program, key, bank, byHand, small, formless);
  });

  test('drafting again as of the same time is the same run and writes nothing', async () => {
    const { program } = await flow.shop('draft again');
    const { run } = await flow.draft(program);
    ground.meter.reset();
    const again = await flow.draft(program);
    expect(again.run).toEqual(run);
    expect(again.plan).toMatchObject({ idle: true, shards: [], status: 'awaiting-approval' });
    expect(ground.writeUnits()).toBe(0);
  });

  test('a program that can pay nobody gets an empty run', async () => {
    const program = await givenProgram(ground, 'empty', { payoutTerms: { minimumCents: 5_000 } });
    const sam = await program.partner('Sam');
    await flow.payable(program, { [sam]: 1_000 });
    const { run, plan } = await flow.draft(program);
    expect(plan.idle).toBe(true);
    expect(run).toMatchObject({ status: 'empty', itemCount: 0, totalCents: 0, excludedCount: 1 });
    expect(run.fileHash).toBeUndefined();
  });

  test('two runs drafted at the same time reserve every partner once', async () => {
    const { program, bank, byHand } = await flow.shop('two drafts');
    const runs = await Promise.all([flow.draft(program, AS_OF), flow.draft(program, LATER)]);
    expect(runs.flatMap(({ items }) => items.map(({ partnerId }) => partnerId)).sort()).toEqual([bank, byHand].sort());
    expect(runs.reduce((sum, { run }) => sum + run.totalCents, 0)).toBe(16_000);
    for (const { key } of runs) await flow.sound(program, key, bank, byHand);
  });

  test('nobody is reserved for a run that was rejected meanwhile', async () => {
    const { program, bank } = await flow.shop('rejected draft');
    const { brandId, programId } = program;
    const order = { brandId, programId, asOf: AS_OF, madeBy: 'mia@shop.example' };
    const planned = (await flow.steps.planPayout(order, FRESH)) as { shards: object[]; runId: string };
    const options = { params: { runId: planned.runId }, body: { why: 'wrong month' }, as: as(program, 'otto') };
    expect((await flow.call('rejectPayout', options)).body.status).toBe('rejected');
    for (const shard of planned.shards) await untilDone(flow.steps.reserveItems, shard);
    expect(await flow.runs.allItems({ brandId, runId: planned.runId })).toEqual([]);
    expect((await program.balances(bank)).payable).toBe(7_000);
  });

  test('a partner whose bank details went away after the reservation is left out', async () => {
    const program = await givenProgram(ground, 'details gone');
    const bea = await program.partner('Bea', {
      payoutMethod: { rail: 'bank-csv', accountHolder: 'Bea', accountLast4: '3000' },
    });
    await flow.payable(program, { [bea]: 7_000 });
    const { items, run } = await flow.draft(program);
    expect(items).toMatchObject([{ rail: 'bank-csv', status: 'released', amountCents: 7_000 }]);
    expect(run).toMatchObject({ status: 'empty', excludedCount: 1 });
    expect(await program.balances(bea)).toEqual({ expense: -7_000, payable: 7_000 });
  });

  test('who could not be paid when the plan was made, but can when it is run again, is no longer excluded', async () => {
    const { program, formless } = await flow.shop('mended');
    const { brandId, programId } = program;
    const order = { brandId, programId, asOf: AS_OF, madeBy: 'mia@shop.example' };
    await flow.steps.planPayout(order, FRESH);
    await program.changePartner(formless, { taxFormOnFile: true });
    const { run, key } = await flow.draft(program);
    expect(run).toMatchObject({ itemCount: 3, excludedCount: 1 });
    expect((await flow.runs.exclusions(key)).items).toHaveLength(1);
  });

  test('it says who drafts: nobody can approve a run that nobody made', async () => {
    const { brandId, programId } = await givenProgram(ground, 'nameless');
    const order = { brandId, programId, asOf: AS_OF };
    await expect(flow.steps.planPayout(order, FRESH)).rejects.toThrow(
      'madeBy: must name the person who drafts the run',
    );
  });
});
