import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { WindowAnswer, WindowEvent } from '../../../functions/stream/count-day.ts';
import { compare } from '../../../lib/attribution/compare/compare.ts';
import { readCsv } from '../../../lib/attribution/compare/read-csv.ts';
import { ComparisonReport } from '../../../lib/documents/comparison-report.ts';
import { mintLinkCode } from '../../../lib/ids.ts';
import { Env } from '../../../lib/names.ts';
import { COMPARISON_MODELS, MOST_CLICKS, modelOf } from '../../../lib/settlement/comparison-order.ts';
import { clickItem } from '../../../lib/store/click-row.ts';
import { type EventsGround, eventsGround } from '../../support/events-ground.ts';
import { FRESH, fanOut, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: EventsGround;
let countDay: (event: WindowEvent) => Promise<WindowAnswer>;
let settlement: [Step, Step];
let comparison: [Step, Step];
let program: GivenProgram;
let people: { ann: string; bob: string; cy: string };
let stream: readonly DynamoDBRecord[];

const WINDOW = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };
const AS_OF = '2026-04-01T09:00:00.000Z';

beforeAll(async () => {
  ground = await eventsGround();
  process.env[Env.failureQueue] = ground.urlOf('publish-failures');
  countDay = (await import('../../../functions/stream/count-day.ts')).handler;
  settlement = [
    (await import('../../../functions/jobs/plan-settlement.ts')).handler,
    (await import('../../../functions/jobs/settle-shard.ts')).handler,
  ];
  comparison = [
    (await import('../../../functions/jobs/plan-comparison.ts')).handler,
    (await import('../../../functions/jobs/compare-partners.ts')).handler,
  ];
  program = await givenProgram(ground as never, 'compared');
  people = { ann: await program.partner('Ann'), bob: await program.partner('Bob'), cy: await program.partner('=Cy') };
  await live();
  stream = await ground.records('clicks');
  await deliver(stream);
});
afterAll(() => ground.stop());

/** Hands click records to the counter, as one shard's batch. */
async function deliver(records: readonly DynamoDBRecord[]): Promise<void> {
  const { shardId } = await ground.shardOf('clicks');
  const answer = await countDay({ Records: [...records], shardId });
  expect(answer.batchItemFailures).toEqual([]);
}

async function live(): Promise<void> {
  const { click, order, brandId } = program;
  const { ann, bob, cy } = people;
  // Ann, then Bob, then an order.
  await click(ann, 'v1', '2026-03-02T10:00:00.000Z');
  await order('1', '2026-03-03T11:00:00.000Z', { clickId: await click(bob, 'v1', '2026-03-03T10:00:00.000Z') });
  // Bob alone, whose row arrives after the order's id told of it.
  await order('2', '2026-03-04T11:00:00.000Z', { clickId: await click(bob, 'v2', '2026-03-04T10:00:00.000Z') });
  // Ann twice, and no order; Bob, and no order.
  await click(ann, 'v3', '2026-03-05T10:00:00.000Z');
  await click(ann, 'v3', '2026-03-06T10:00:00.000Z');
  await click(bob, 'v4', '2026-03-05T10:00:00.000Z');
  // Cy more than thirty days before Ann: two journeys, of which one ended before the window.
  await click(cy, 'v6', '2026-02-05T10:00:00.000Z');
  await click(ann, 'v6', '2026-03-10T10:00:00.000Z');
  // Cy, and an order that was cancelled.
  await order('7', '2026-03-08T11:00:00.000Z', { clickId: await click(cy, 'v7', '2026-03-08T10:00:00.000Z') });
  // An order before the window, of a click in the look-back before it: neither a conversion of it nor a failed journey.
  await order('8', '2026-02-28T11:00:00.000Z', { clickId: await click(bob, 'v8', '2026-02-28T10:00:00.000Z') });
  // An order of nobody, a trial, and one that is never settled here.
  await order('9', '2026-03-09T11:00:00.000Z');
  await order('10', '2026-03-09T12:00:00.000Z', { test: true });
  await bot(cy, 'v5', '2026-03-05T10:00:00.000Z');
  await program.cancelled('7', '2026-03-12T00:00:00.000Z');
  await fanOut(...settlement, { brandId, asOf: '2026-03-20T00:00:00.000Z' });
  await order('11', '2026-03-25T11:00:00.000Z', { clickId: await click(ann, 'v11', '2026-03-25T10:00:00.000Z') });
}

async function bot(partnerId: string, visitor: string, at: string): Promise<void> {
  const { brandId, programId } = program;
  const Item = clickItem({
    ...{ brandId, programId, partnerId, at, nonce: '00ff', expiresAt: 2_000_000_000, verdict: 'bot' },
    link: mintLinkCode(brandId, Buffer.from('abcde')),
    visitor: Buffer.from(visitor.padEnd(8, '.')).toString('base64url'),
  });
  await ground.engine.client.send(new PutItemCommand({ TableName: ground.tables.clicks, Item: Item as never }));
}

async function run(over: object = {}) {
  const { brandId, programId } = program;
  const models = [...COMPARISON_MODELS];
  const asked = { brandId, programId, ...WINDOW, models, asOf: AS_OF, ...over };
  const { plan, tallies } = await fanOut(...comparison, asked);
  if (plan.idle) return { plan, report: undefined, csv: undefined };
  const [{ report: folder }] = tallies as unknown as [{ report: string }];
  return {
    plan,
    report: ComparisonReport.parse(JSON.parse(ground.document(`${folder}/comparison.json`)!)),
    csv: ground.document(`${folder}/comparison.csv`)!,
  };
}
type Report = NonNullable<Awaited<ReturnType<typeof run>>['report']>;

let first: Report;
beforeEach(async () => {
  first ??= (await run()).report!;
});

/** The journeys of the story, worked out by hand. */
const byHand = () => {
  const { ann, bob, cy } = people;
  const rows = [
    `${ann} > ${bob},1,10000,0`,
    `${bob},1,10000,1`,
    `${ann} > ${ann},0,0,1`,
    `${ann},0,0,1`,
    `${cy},0,0,1`,
    ',1,10000,0',
  ];
  return readCsv([Buffer.from(`path,total_conversions,total_conversion_value,total_null\n${rows.join('\n')}\n`)]);
};

test('counts journeys that converted, journeys that did not, and what was left out', () => {
  expect(first.journeys).toEqual({ converted: 3, notConverted: 3, withdrawn: 1 });
  expect(first.leftOut).toEqual({ notSettled: 1, doubtfulClicks: 1 });
  expect(first.totals).toEqual({ conversions: '3.0000', valueCents: 30_000, commissionCents: 2_000 });
});

test('tells what was paid, and removal effects worked out by hand', () => {
  const told = new Map(first.partners.map((one) => [one.partnerId, one]));
  expect(told.get(people.bob)!.paid).toEqual({ conversions: '2.0000', valueCents: 20_000, commissionCents: 2_000 });
  expect(told.get('-')!.paid).toEqual({ conversions: '1.0000', valueCents: 10_000, commissionCents: 0 });
  // From the start: Ann 3/6, Bob 2/6, Cy 1/6; from Ann 1/4 to Bob, 1/4 to Ann; Bob converts with 2/3. Without Ann 2/9 convert instead of 1/3.
  const { markov: ofAnn } = told.get(people.ann)!.models;
  expect(ofAnn).toMatchObject({ conversions: '0.500000', valueCents: 5_000 });
  expect(ofAnn!.removalEffect).toBeCloseTo(1 / 3, 12);
  expect(told.get(people.bob)!.models.markov).toEqual({
    conversions: '1.500000',
    valueCents: 15_000,
    removalEffect: 1,
  });
  expect(told.get(people.cy)!.models.markov).toEqual({ conversions: '0.000000', valueCents: 0, removalEffect: 0 });
});

test.each(COMPARISON_MODELS.filter((model) => model !== 'decay'))(
  '%s: what the pure core gives on these journeys',
  (model) => {
    const { rows } = compare(byHand(), modelOf(model, {}), { valueDigits: 0 });
    const told = first.partners.flatMap(({ partnerId, models }) =>
      models[model] ? [{ partnerId, ...models[model] }] : [],
    );
    expect(told.map(({ partnerId, conversions, valueCents }) => [partnerId, conversions, valueCents]).sort()).toEqual(
      rows
        .map(({ partner, conversions, value }) => [partner === '' ? '-' : partner, conversions, Number(value)])
        .sort(),
    );
  },
);

test('decay knows the times: a day before, half as much at a half-life of a day', async () => {
  const { report } = await run({ models: ['decay'], halfLifeDays: 1 });
  const told = new Map(report!.partners.map(({ partnerId, models }) => [partnerId, models.decay!]));
  expect(told.get(people.ann)).toMatchObject({ conversions: '0.333333', valueCents: 3_333 });
  expect(told.get(people.bob)).toMatchObject({ conversions: '1.666667', valueCents: 16_667 });
});

test('whole cents of each model add up to what there was to share', () => {
  for (const model of COMPARISON_MODELS) {
    const cents = first.partners.reduce((sum, { models }) => sum + (models[model]?.valueCents ?? 0), 0);
    expect(cents).toBe(30_000);
  }
});

test('batches that come again, cut in other places, count once', async () => {
  await deliver(stream);
  expect(ground.documents('journeys/').length).toBeGreaterThan(0);
  const before = ground.documents('journeys/').length;
  for (let at = 0; at < stream.length; at += 3) await deliver(stream.slice(at, at + 3));
  expect(ground.documents('journeys/').length).toBeGreaterThan(before);
  expect((await run()).report).toEqual(first);
});

test('the CSV has the same figures, as decimals; a name that would run stands still', async () => {
  const { csv } = await run({ models: ['last', 'markov'] });
  const [head, ...rows] = csv!.trim().split('\r\n');
  expect(head).toBe(
    'partner,name,currency,paid_conversions,paid_value,paid_commission,last_conversions,last_value,markov_conversions,markov_value,markov_removal_effect',
  );
  expect(rows[0]).toBe(`${people.bob},Bob,USD,2.0000,200.00,20.00,2.000000,200.00,1.500000,150.00,1.000000000000`);
  expect(rows.some((row) => row.includes(`,'=Cy,`))).toBe(true);
});

test('only the program’s own clicks, and nothing of a person, are kept', async () => {
  const { brandId, programId } = program;
  const keys = ground.documents('journeys/');
  expect(keys.every((key) => key.startsWith(`journeys/${brandId}/${programId}/2026-0`))).toBe(true);
});

test('a window without clicks and orders is nothing to do', async () => {
  const { plan } = await run({
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-02T00:00:00.000Z',
    asOf: '2026-01-03T00:00:00.000Z',
  });
  expect(plan).toMatchObject({ idle: true, shards: [] });
});

test('what has been forgotten, is too much, or is another brand’s is refused with the reason', async () => {
  const { brandId, programId } = program;
  const plan = (over: object) =>
    comparison[0]({ brandId, programId, ...WINDOW, models: ['last'], asOf: AS_OF, ...over }, FRESH);
  await expect(plan({ from: '2025-12-01T00:00:00.000Z' })).rejects.toThrow('clicks are kept for 90 days');
  await expect(plan({ programId: 'prg_0000000000000000' })).rejects.toThrow('has no program');
  await expect(plan({ models: [] })).rejects.toThrow('input refused: models');
  const { keptClicks } = await import('../../../lib/store/kept-clicks.ts');
  const day = { brandId, programId, day: '2026-03-15' };
  const { files } = await import('../../../lib/aws/files.ts');
  const { S3Client } = await import('@aws-sdk/client-s3');
  const documents = files(new S3Client({}), process.env[Env.documentsBucket]!);
  await documents.put(
    `journeys/${day.brandId}/${day.programId}/${day.day}/s-1-${MOST_CLICKS}.gz`,
    '',
    'application/gzip',
  );
  expect((await keptClicks(documents).ofDay(brandId, programId, day.day))[0]!.clicks).toBe(MOST_CLICKS);
  await expect(plan({})).rejects.toThrow(/a comparison holds at most 10000000: ask for a shorter window/);
});
