import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AttributionPolicy } from '../../../lib/attribution/policy.ts';
import { BacktestReport, type BacktestSummary } from '../../../lib/documents/backtest-report.ts';
import { customers } from '../../../lib/store/customers.ts';
import { clickOf } from '../../../lib/tracking/click-id.ts';
import { FRESH, fanOut, type JobsGround, jobsGround, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let settlement: [Step, Step];
let backtest: [Step, Step];
let report: Step;
beforeAll(async () => {
  ground = await jobsGround();
  settlement = [
    (await import('../../../functions/jobs/plan-settlement.ts')).handler,
    (await import('../../../functions/jobs/settle-shard.ts')).handler,
  ];
  backtest = [
    (await import('../../../functions/jobs/plan-backtest.ts')).handler,
    (await import('../../../functions/jobs/backtest-shard.ts')).handler,
  ];
  report = (await import('../../../functions/jobs/report-backtest.ts')).handler;
});
afterAll(() => ground.stop());

const LINEAR = AttributionPolicy.parse({ model: 'linear', lookbackDays: 60 });
const WINDOW = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };
const SETTLED = '2026-03-20T00:00:00.000Z';

async function run(program: GivenProgram, asOf: string, policy = LINEAR) {
  const { brandId, programId } = program;
  const asked = { brandId, programId, policy, ...WINDOW, asOf };
  const { plan, tallies } = await fanOut(...backtest, asked);
  if (plan.idle) return { plan, tallies, summary: undefined, document: undefined };
  const summary = (await report(JSON.parse(JSON.stringify(plan)), FRESH)) as BacktestSummary & { report: string };
  return {
    plan,
    tallies,
    summary,
    document: BacktestReport.parse(JSON.parse(ground.document(`${summary.report}/report.json`)!)),
    csv: ground.document(`${summary.report}/report.csv`)!,
  };
}

const recognise = ({ brandId, programId }: GivenProgram, customerId: string, clickId: string) =>
  customers(ground.engine.client, ground.tables.core).recognise(
    { brandId, programId, customerId },
    clickOf({ clickId })!.visitor,
    '2026-03-09T10:00:00.000Z',
    90,
  );

/** Forty orders of three partners, one or two clicks each, some returned, under last touch. */
async function month(name: string, payoutTerms = {}) {
  const program = await givenProgram(ground, name, { payoutTerms });
  const people = [
    await program.partner('Blog'),
    await program.partner('Deals', { type: 'coupon' }),
    await program.partner('Star', { type: 'creator' }),
  ];
  for (let order = 0; order < 40; order += 1) {
    const day = String(1 + (order % 15)).padStart(2, '0');
    const visitor = `${name.slice(0, 3)}${order}`;
    // The earlier click is too old for the policy in force on some days, and inside the sixty days of the proposed one.
    if (order % 2 === 0) {
      const early = order % 4 === 0 ? '2026-01-25T08:00:00.000Z' : `2026-03-${day}T08:00:00.000Z`;
      await program.click(people[order % 3]!, visitor, early);
    }
    const clickId = await program.click(people[(order + 1) % 3]!, visitor, `2026-03-${day}T09:00:00.000Z`);
    const items = [{ sku: 'a', quantity: 2, unitPriceCents: 1_001 + 37 * order, discountCents: 0 }];
    await program.order(String(order), `2026-03-${day}T10:00:00.000Z`, { clickId, items });
    if (order % 5 === 0)
      await program.returned(String(order), `2026-03-${day}T12:00:00.000Z`, [{ line: 1, quantity: 1 }]);
  }
  await fanOut(...settlement, { brandId: program.brandId, asOf: SETTLED });
  return { program, people };
}

const totals = async (program: GivenProgram, people: readonly string[]) =>
  Object.fromEntries(
    await Promise.all(
      people.map(async (partnerId) => {
        const lines = (await program.chain(partnerId)).flatMap((journal) => journal.lines);
        return [partnerId, lines.reduce((sum, { cents }) => sum + cents, 0)] as const;
      }),
    ),
  );

test('tells to the cent what a recomputation under the policy then posts, and writes nothing before', async () => {
  const { program, people } = await month('foretold');
  const before = await totals(program, people);
  ground.meter.reset();
  const { summary, document, csv, tallies } = await run(program, SETTLED);
  expect(ground.writeUnits()).toBe(0);

  await program.policy(LINEAR, '2026-01-01T00:00:00.000Z');
  await fanOut(...settlement, { brandId: program.brandId, mode: 'recompute', ...WINDOW, asOf: SETTLED });
  const after = await totals(program, people);
  const gains = people.map((partnerId) => after[partnerId]! - before[partnerId]!);
  expect(gains.some((cents) => cents > 0) && gains.some((cents) => cents < 0)).toBe(true);

  const told = new Map(document!.partners.map((one) => [one.partnerId, one.inHold]));
  expect(people.map((partnerId) => told.get(partnerId)!.gainCents)).toEqual(gains);
  expect(people.map((partnerId) => told.get(partnerId)!.standsCents)).toEqual(people.map((id) => before[id]));
  expect(summary!.conversions).toEqual({ inHold: 40, locked: 0, notSettled: 0, setAside: 0 });
  expect(summary!.partnerTypes.map(({ type, inHold }) => [type, inHold.gainCents])).toEqual([
    ['content', gains[0]],
    ['coupon', gains[1]],
    ['creator', gains[2]],
  ]);
  expect(summary!.totals.inHold.gainCents).toBe(gains.reduce((sum, cents) => sum + cents, 0));
  expect(tallies.reduce<number>((sum, tally) => sum + (tally as { inHold: number }).inHold, 0)).toBe(40);
  const [head, ...rows] = csv!.trim().split('\r\n');
  expect(head).toBe(
    'partner,name,type,currency,in_hold_conversions,in_hold_stands,in_hold_would,in_hold_gain,locked_conversions,locked_stands,locked_would,locked_gain',
  );
  expect(rows).toHaveLength(3);
  expect(rows.map((row) => row.split(',')[7])).toEqual(
    document!.partners.map(({ inHold }) => (inHold.gainCents / 100).toFixed(2)),
  );
});

test('tells locked conversions apart, which the recomputation leaves as they are', async () => {
  const { program, people } = await month('locked', { holdDays: 10 });
  // Orders of the first to the tenth have had their ten days; those of the eleventh have theirs on the twenty-first.
  const asOf = '2026-03-20T12:00:00.000Z';
  const before = await totals(program, people);
  const { document, summary } = await run(program, asOf);
  expect(summary!.conversions).toMatchObject({ inHold: 10, locked: 30 });
  expect(summary!.totals.locked.conversions).toBeGreaterThan(30);
  await program.policy(LINEAR, '2026-01-01T00:00:00.000Z');
  await fanOut(...settlement, { brandId: program.brandId, mode: 'recompute', ...WINDOW, asOf });
  const after = await totals(program, people);
  for (const { partnerId, inHold, locked } of document!.partners) {
    expect(after[partnerId]! - before[partnerId]!).toBe(inHold.gainCents);
    expect(locked.standsCents + inHold.standsCents).toBe(before[partnerId]);
  }
  expect(document!.partners.some(({ locked }) => locked.gainCents !== 0)).toBe(true);
});

test('a conversion that is new or changed has nothing posted to compare with, and is counted apart', async () => {
  const { program } = await month('changed');
  await program.returned('1', '2026-03-25T12:00:00.000Z', [{ line: 1, quantity: 1 }]);
  const { summary } = await run(program, SETTLED);
  expect(summary!.conversions).toMatchObject({ inHold: 39, notSettled: 1 });
});

test('the same question again writes the same documents', async () => {
  const { program } = await month('again');
  const [first, second] = [await run(program, SETTLED), await run(program, SETTLED)];
  expect(second.summary).toEqual(first.summary);
  expect(second.document).toEqual(first.document);
});

test('a window without conversions is nothing to do; another brand’s program fails', async () => {
  const program = await givenProgram(ground, 'empty');
  expect((await run(program, SETTLED)).plan).toMatchObject({ idle: true, shards: [] });
  const stranger = { ...program, programId: 'prg_0000000000000000' };
  await expect(run(stranger, SETTLED)).rejects.toThrow(/has no program/);
});

test('a report without one of its parts is none', async () => {
  const program = await givenProgram(ground, 'parts');
  const { brandId, programId } = program;
  const asked = {
    brandId,
    programId,
    policy: LINEAR,
    ...WINDOW,
    asOf: SETTLED,
    folder: 'reports/backtest-attribution/x/y',
    count: 1,
  };
  await expect(report(asked, FRESH)).rejects.toThrow('part 0 of shard 0 is missing');
});

test('one table row of the whole database differs by nothing afterwards', async () => {
  const { program } = await month('untouched');
  const rows = async () => {
    const { Items = [] } = await ground.engine.client.send(new ScanCommand({ TableName: ground.tables.conversions }));
    return Items.filter(({ pk }) => pk?.S?.startsWith(program.brandId));
  };
  const before = await rows();
  await run(program, SETTLED);
  expect(await rows()).toEqual(before);
});

test('a partner whose touch an order has no more is of a type all the same', async () => {
  const program = await givenProgram(ground, 'taken back');
  const [blog, deals] = [await program.partner('Blog'), await program.partner('Deals', { type: 'coupon' })];
  await recognise(program, 'c-1', await program.click(deals, 'deals', '2026-03-09T09:00:00.000Z'));
  const clickId = await program.click(blog, 'blog', '2026-03-08T09:00:00.000Z');
  await program.order('1', '2026-03-10T10:00:00.000Z', { clickId, customerId: 'c-1' });
  await fanOut(...settlement, { brandId: program.brandId, asOf: SETTLED });
  expect((await program.conversion('1')).credits).toMatchObject([{ partnerId: deals }]);
  const { brandId, programId } = program;
  await program.stores.conversions.amend(
    { brandId, programId, eventType: 'sale', orderId: '1' },
    { amendmentId: 'a-1', reason: 'data-corrected', customerId: 'c-2' },
    { at: SETTLED, keyId: 'key_0' },
  );
  await fanOut(...settlement, { brandId, asOf: SETTLED });
  expect((await program.conversion('1')).credits).toMatchObject([{ partnerId: blog }]);
  const { document } = await run(program, SETTLED);
  expect(document!.partnerTypes.map(({ type }) => type)).toEqual(['content', 'coupon']);
});
