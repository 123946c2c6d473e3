import { afterAll, beforeAll, expect, test } from 'vitest';
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
  expect(tallies).toEqual([{ partners: 1, cents: { USD: 1_000 } }]);
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
  expect(tallies).toEqual([{ partners: 1, cents: { USD: 1_000 } }]);
  expect(ground.writeUnits()).toBe(0);
});
