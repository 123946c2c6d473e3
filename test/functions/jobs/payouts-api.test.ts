import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../lib/http/caller.ts';
import type { CallOptions } from '../../support/api-ground.ts';
import { type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { AS_OF, LATER } from '../../support/paying.ts';
import { as, type PayoutFlow, payoutFlow } from '../../support/payout-flow.ts';

let ground: JobsGround;
let flow: PayoutFlow;
beforeAll(async () => {
  ground = await jobsGround();
  flow = await payoutFlow(ground);
});
afterAll(() => ground.stop());

describe('over the API', () => {
  test('a run is drafted, read with its items and exclusions, listed', async () => {
    const { program, small } = await flow.shop('api');
    const { programId } = program;
    const mia = as(program, 'mia');
    const drafted = await flow.call('draftPayout', { body: { programId, asOf: AS_OF }, as: mia });
    expect(drafted).toMatchObject({ status: 202, body: { status: 'drafting', madeBy: 'mia@shop.example' } });
    const { runId } = drafted.body;
    const name = `${program.brandId}-${runId}`;
    expect(ground.started('draft-payout')[name]).toEqual({
      brandId: program.brandId,
      programId,
      asOf: AS_OF,
      madeBy: 'mia@shop.example',
    });
    await flow.draft(program);

    expect((await flow.call('getPayout', { params: { runId }, as: mia })).body).toMatchObject({
      runId,
      status: 'awaiting-approval',
    });
    const items = await flow.call('listPayoutItems', { params: { runId }, query: { limit: '1' }, as: mia });
    expect(items.body.items).toHaveLength(1);
    const cursor = items.body.nextCursor;
    const rest = await flow.call('listPayoutItems', { params: { runId }, query: { limit: '1', cursor }, as: mia });
    expect(rest.body.items[0].itemId).not.toBe(items.body.items[0].itemId);
    const { body } = await flow.call('listExcluded', { params: { runId }, as: mia });
    expect(body.items.find(({ partnerId }: { partnerId: string }) => partnerId === small)).toMatchObject({
      payableCents: 1_000,
      reasons: [{ code: 'below-minimum', words: '10.00 USD is payable; payments start at 50.00 USD.' }],
    });
    await flow.draft(program, LATER);
    const listed = await flow.call('listPayouts', { query: { programId }, as: mia });
    expect(listed.body.items.map(({ asOf }: { asOf: string }) => asOf)).toEqual([LATER, AS_OF]);
  });

  test('the maker cannot approve, whichever key; another person approves exactly the hash that was looked at', async () => {
    const { program } = await flow.shop('maker and checker');
    const { run } = await flow.draft(program);
    const params = { runId: run.runId };
    const ask = (person: string, hash: string, role: Caller['role'] = 'finance') =>
      flow.call('approvePayout', {
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
    const { program } = await flow.shop('start failed');
    const { run } = await flow.draft(program);
    const options = { params: { runId: run.runId }, body: { hash: run.fileHash }, as: as(program, 'otto') };
    const arn = ground.ground.assembly.find('pay-payout')!.arn;
    ground.ground.refused.add(`operator states:StartExecution ${arn}`);
    expect((await flow.call('approvePayout', options)).status).toBe(500);
    expect((await flow.runs.get(run))?.status).toBe('approved');
    ground.ground.refused.clear();
    expect((await flow.call('approvePayout', options)).status).toBe(202);
    expect(ground.started('pay-payout')).toHaveProperty(`${program.brandId}-${run.runId}`);
  });

  test('a rejected run gives every item back once', async () => {
    const { program, bank, byHand } = await flow.shop('rejected');
    const { run, key } = await flow.draft(program);
    const options = {
      params: { runId: run.runId },
      body: { why: 'two partners under review' },
      as: as(program, 'mia'),
    };
    const rejected = await flow.call('rejectPayout', options);
    expect(rejected).toMatchObject({
      status: 200,
      body: { status: 'rejected', rejectedWhy: 'two partners under review' },
    });
    ground.meter.reset();
    expect((await flow.call('rejectPayout', options)).status).toBe(200);
    expect(ground.writeUnits()).toBe(0);

    expect(await program.balances(bank)).toEqual({ expense: -7_000, payable: 7_000 });
    expect((await program.chain(byHand)).at(-1)).toMatchObject({
      kind: 'unreserve',
      actor: 'mia@shop.example',
      cause: expect.stringContaining('run rejected, two partners under review'),
      corrects: expect.stringMatching(/^jrn_/),
    });
    await flow.sound(program, key, bank, byHand);
    const next = await flow.draft(program, LATER);
    expect(next.run).toMatchObject({ itemCount: 2, totalCents: 16_000 });
  });

  test.each([
    ['an unknown run', 'getPayout', { params: { runId: 'pay_0000000000000000' } }, 404],
    ['a run of another brand', 'getPayout', 'foreign', 404],
    ['a future as-of time', 'draftPayout', 'future', 400],
    ['an item that was not sent', 'confirmItem', 'reserved', 409],
  ] as const)('refuses %s', async (name, id, what, status) => {
    const { program } = await flow.shop(`refuse ${name}`);
    const { run, items } = await flow.draft(program);
    const options: Record<string, CallOptions> = {
      foreign: { params: { runId: run.runId }, as: { ...as(program, 'eve'), brandId: 'brd_zzzzzz' } },
      future: { body: { programId: program.programId, asOf: '2027-01-01T00:00:00Z' } },
      reserved: { params: { runId: run.runId, itemId: items[0]!.itemId }, body: {} },
    };
    const given = typeof what === 'string' ? options[what]! : what;
    expect((await flow.call(id, { as: as(program, 'otto'), ...given })).status).toBe(status);
  });
});
