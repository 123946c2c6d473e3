import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decline } from '../../../lib/adjustments/adjustment.ts';
import type { Command } from '../../../lib/ledger/movement.ts';
import { post } from '../../../lib/ledger/post.ts';
import { adjustments } from '../../../lib/store/adjustments.ts';
import { fanOut, type JobsGround, jobsGround, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let steps: Record<'planSettlement' | 'settleShard' | 'planRelease' | 'releaseShard', Step>;
beforeAll(async () => {
  ground = await jobsGround();
  steps = {
    planSettlement: (await import('../../../functions/jobs/plan-settlement.ts')).handler,
    settleShard: (await import('../../../functions/jobs/settle-shard.ts')).handler,
    planRelease: (await import('../../../functions/jobs/plan-release.ts')).handler,
    releaseShard: (await import('../../../functions/jobs/release-shard.ts')).handler,
  };
});
afterAll(() => ground.stop());

async function sale(
  program: GivenProgram,
  partnerId: string,
  orderId: string,
  occurredAt = '2026-03-10T10:00:00.000Z',
) {
  const clickId = await program.click(partnerId, `v${orderId}`, '2026-03-10T09:00:00.000Z');
  await program.order(orderId, occurredAt, { clickId });
  const input = { brandId: program.brandId, asOf: occurredAt };
  await fanOut(steps.planSettlement, steps.settleShard, input);
}
const release = (program: GivenProgram, asOf: string, over: object = {}) =>
  fanOut(steps.planRelease, steps.releaseShard, { brandId: program.brandId, asOf, ...over });

test('pending money becomes payable on its day, once', async () => {
  const program = await givenProgram(ground, 'release');
  const ann = await program.partner('Ann');
  await sale(program, ann, '1');

  expect((await release(program, '2026-04-08T23:59:59.000Z')).plan.idle).toBe(true);
  const { tallies } = await release(program, '2026-04-09T00:00:00.000Z');
  expect(tallies).toEqual([{ partners: 1, writeOffs: 0, cents: { USD: 1_000 } }]);
  expect(await program.balances(ann)).toEqual({ expense: -1_000, payable: 1_000 });
  expect((await program.chain(ann)).at(-1)).toMatchObject({
    kind: 'release',
    cause: 'release 2026-04-09',
    actor: 'system:release-commissions',
  });

  ground.meter.reset();
  expect((await release(program, '2026-04-09T00:00:00.000Z')).plan).toMatchObject({ idle: true, shards: [] });
  expect(ground.writeUnits()).toBe(0);
  expect(await program.violations(ann)).toEqual([]);
});

test('the day is the program’s own', async () => {
  const program = await givenProgram(ground, 'release in Auckland', { timeZone: 'Pacific/Auckland' });
  const ann = await program.partner('Ann');
  await sale(program, ann, '1', '2026-03-10T12:00:00.000Z');
  // There the order fell on March 11th, so its day is April 10th, which begins at 12:00 UTC of the 9th.
  expect((await release(program, '2026-04-09T11:59:59.000Z')).plan.idle).toBe(true);
  await release(program, '2026-04-09T12:00:00.000Z');
  expect(await program.balances(ann)).toEqual({ expense: -1_000, payable: 1_000 });
});

test('a return between plan and shard takes only what is left', async () => {
  const program = await givenProgram(ground, 'release and return');
  const ann = await program.partner('Ann');
  await sale(program, ann, '1');
  const asOf = '2026-04-09T00:00:00.000Z';
  const planned = (await steps.planRelease(
    { brandId: program.brandId, asOf },
    { getRemainingTimeInMillis: () => 300_000 },
  )) as {
    shards: object[];
  };
  await program.cancelled('1', '2026-04-08T00:00:00.000Z');
  await fanOut(steps.planSettlement, steps.settleShard, { brandId: program.brandId, asOf });
  await steps.releaseShard(planned.shards[0], { getRemainingTimeInMillis: () => 300_000 });
  expect(await program.balances(ann)).toEqual({});
  expect((await program.chain(ann)).map(({ kind }) => kind)).toEqual(['accrual', 'accrual']);
});

test('every partner of every program, page by page, when the time of a call is short', async () => {
  const program = await givenProgram(ground, 'release many');
  const people: string[] = [];
  for (let i = 0; i < 53; i += 1) people.push(await program.partner(`P${i}`));
  for (const [i, person] of people.entries()) {
    const clickId = await program.click(person, `v${i}`, '2026-03-10T09:00:00.000Z');
    await program.order(String(i), '2026-03-10T10:00:00.000Z', { clickId });
  }
  await fanOut(steps.planSettlement, steps.settleShard, { brandId: program.brandId, asOf: '2026-03-10T11:00:00.000Z' });
  const spent = { getRemainingTimeInMillis: () => 0 };
  const ran = await fanOut(
    steps.planRelease,
    steps.releaseShard,
    { brandId: program.brandId, asOf: '2026-04-09T00:00:00.000Z' },
    spent,
  );
  expect(ran.tallies).toHaveLength(2);
  for (const person of people) expect((await program.balances(person)).payable).toBe(1_000);
});

test('a dry run says what would be released and writes nothing', async () => {
  const program = await givenProgram(ground, 'release dry');
  const ann = await program.partner('Ann');
  await sale(program, ann, '1');
  ground.meter.reset();
  const { tallies } = await release(program, '2026-04-09T00:00:00.000Z', { dryRun: true });
  expect(tallies).toEqual([{ partners: 1, writeOffs: 0, cents: { USD: 1_000 } }]);
  expect(ground.writeUnits()).toBe(0);
});

describe('an old small debt', () => {
  const policy = { afterDays: 30, maxCents: 1_000 };
  /** A partner who was paid 10.00 USD for an order that came back. The last journal is of April 20th. */
  async function owing(name: string, writeOff?: object) {
    const program = await givenProgram(ground, name, { payoutTerms: { ...(writeOff && { writeOff }) } });
    const ann = await program.partner('Ann');
    await sale(program, ann, '1');
    await release(program, '2026-04-09T00:00:00.000Z');
    const posted = async (command: Command, at: string) => {
      const head = await program.stores.ledger.head(program.key(ann));
      const journal = post(head, program.key(ann), command, { at, recordedAt: at, actor: 'test' })!;
      await ground.engine.client.send(new PutCommand(program.stores.ledger.putWrite(journal).Put!));
    };
    await posted({ kind: 'reserve', itemId: 'itm_1', cents: 1_000 }, '2026-04-10T00:00:00.000Z');
    await posted({ kind: 'settle', itemId: 'itm_1', cents: 1_000 }, '2026-04-11T00:00:00.000Z');
    await program.cancelled('1', '2026-04-20T00:00:00.000Z');
    await fanOut(steps.planSettlement, steps.settleShard, {
      brandId: program.brandId,
      asOf: '2026-04-20T01:00:00.000Z',
    });
    expect(await program.balances(ann)).toEqual({ paid: 1_000, receivable: -1_000 });
    const store = adjustments(ground.engine.client, ground.tables.core);
    return { program, ann, store, all: () => store.allOfPartner(program.key(ann)), posted };
  }

  test('is proposed to be written off once, after the days of the policy, and waits for a person', async () => {
    const { program, ann, all } = await owing('write-off', policy);
    expect((await release(program, '2026-05-19T23:59:59.000Z')).plan.idle).toBe(true);
    const { tallies } = await release(program, '2026-05-20T00:00:00.000Z');
    expect(tallies).toEqual([{ partners: 0, writeOffs: 1, cents: {} }]);
    const proposed = await all();
    expect(proposed).toMatchObject([
      {
        cents: 1_000,
        reason: 'write-off',
        status: 'proposed',
        proposedBy: 'system:release-commissions',
        currency: 'USD',
      },
    ]);
    expect(await program.balances(ann)).toEqual({ paid: 1_000, receivable: -1_000 });

    ground.meter.reset();
    expect((await release(program, '2026-05-21T00:00:00.000Z')).plan.idle).toBe(true);
    expect(ground.writeUnits()).toBe(0);
    expect(await all()).toEqual(proposed);
  });

  test('is proposed once, however the step is repeated and cut off', async () => {
    const { program, all } = await owing('write-off again', policy);
    const asOf = '2026-05-20T00:00:00.000Z';
    const context = { getRemainingTimeInMillis: () => 300_000 };
    const planned = (await steps.planRelease({ brandId: program.brandId, asOf }, context)) as { shards: object[] };
    ground.crashAfter(0);
    await expect(steps.releaseShard(planned.shards[0], context)).rejects.toThrow();
    ground.heal();
    expect(await all()).toEqual([]);
    const twice = await Promise.all([1, 2].map(() => steps.releaseShard(planned.shards[0], context)));
    expect(twice.map((one) => (one as { tally: { writeOffs: number } }).tally.writeOffs).sort()).toEqual([0, 1]);
    expect(await all()).toHaveLength(1);
  });

  test('that was declined stays declined until something moves', async () => {
    const { program, all, store, posted } = await owing('write-off declined', policy);
    await release(program, '2026-05-20T00:00:00.000Z');
    const [first] = await all();
    await store.change(
      first!,
      decline(first!, { by: 'otto@shop.example', at: '2026-05-21T00:00:00.000Z', why: 'they will pay' }),
    );
    await release(program, '2026-06-20T00:00:00.000Z');
    expect((await all()).map(({ status }) => status)).toEqual(['declined']);
    await posted(
      { kind: 'adjustment', adjustmentId: 'adj_1', cents: 100, reason: 'goodwill', note: 'x' },
      '2026-06-21T00:00:00.000Z',
    );
    expect((await release(program, '2026-07-20T00:00:00.000Z')).plan.idle).toBe(true);
    await release(program, '2026-07-21T00:00:00.000Z');
    expect((await all()).map(({ status, cents }) => `${status} ${cents}`).sort()).toEqual([
      'declined 1000',
      'proposed 900',
    ]);
  });

  test.each<[string, object | undefined]>([
    ['a program without a policy', undefined],
    ['a debt above what the policy allows', { ...policy, maxCents: 999 }],
  ])('is left alone in %s', async (name, writeOff) => {
    const { program, all } = await owing(name, writeOff);
    expect((await release(program, '2026-07-21T00:00:00.000Z')).plan.idle).toBe(true);
    expect(await all()).toEqual([]);
  });

  test('is only told in a dry run', async () => {
    const { program, all } = await owing('write-off dry', policy);
    const { tallies } = await release(program, '2026-05-20T00:00:00.000Z', { dryRun: true });
    expect(tallies).toEqual([{ partners: 0, writeOffs: 1, cents: {} }]);
    expect(await all()).toEqual([]);
  });
});
