import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readEvent, type TributaryEvent } from '../../../events/catalog/catalog.ts';
import { derive } from '../../../lib/ids.ts';
import { Env } from '../../../lib/names.ts';
import { approve, freeze } from '../../../lib/payouts/run.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { type EventsGround, eventsGround } from '../../support/events-ground.ts';
import { fanOut, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: EventsGround;
let publish: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;
let program: GivenProgram;
let ann: string;
let records: { core: DynamoDBRecord[]; conversions: DynamoDBRecord[]; ledger: DynamoDBRecord[] };

beforeAll(async () => {
  ground = await eventsGround();
  process.env[Env.failureQueue] = ground.urlOf('publish-failures');
  publish = (await import('../../../functions/stream/publish-changes.ts')).handler;
  program = await givenProgram(ground as never, 'published');
  ann = await program.partner('Ann');
  await program.changeEnrolment(ann, { group: 'gold' }, '2026-02-01T00:00:00.000Z');
  await program.changePartner(ann, { name: 'Ann Otter' });
  const clickId = await program.click(ann, 'v1', '2026-03-10T09:00:00.000Z');
  await program.order('1', '2026-03-10T10:00:00.000Z', { clickId });
  await program.order('2', '2026-03-10T11:00:00.000Z', { clickId });
  await program.returned('1', '2026-03-11T10:00:00.000Z', [{ line: 1, quantity: 1 }]);
  await program.cancelled('2', '2026-03-11T11:00:00.000Z');
  await program.order('3', '2026-03-11T12:00:00.000Z', { clickId });
  const plan = (await import('../../../functions/jobs/plan-settlement.ts')).handler as Step;
  const shard = (await import('../../../functions/jobs/settle-shard.ts')).handler as Step;
  await fanOut(plan, shard, { brandId: program.brandId, asOf: '2026-03-11T13:00:00.000Z' });
  await payoutRun();
  const [core, conversions, ledger] = await Promise.all([
    ground.records('core'),
    ground.records('conversions'),
    ground.records('ledger'),
  ]);
  records = { core, conversions, ledger };
});
afterAll(() => ground.stop());

async function payoutRun() {
  const { brandId, programId } = program;
  const runs = payoutRuns(ground.engine.client, ground.tables.core);
  const runId = derive('payoutRun', programId, 'run');
  const drafted = await runs.create({
    runId,
    brandId,
    programId,
    currency: 'USD',
    asOf: '2026-03-31T00:00:00.000Z',
    status: 'drafting',
    madeBy: 'mia@example.com',
    madeAt: '2026-03-31T00:00:00.000Z',
    itemCount: 0,
    totalCents: 0,
    excludedCount: 0,
  });
  const frozen = freeze(drafted, {
    itemCount: 1,
    totalCents: 1_000,
    fileHash: 'f'.repeat(64),
    fileKey: 'payouts/1.csv',
    excludedCount: 0,
  });
  await runs.change(drafted, frozen);
  const waiting = await runs.get({ brandId, runId });
  await runs.change(
    waiting!,
    approve(waiting!, { by: 'fin@example.com', at: '2026-04-01T09:00:00.000Z', fileHash: 'f'.repeat(64) }, []),
  );
}

let before = 0;
beforeEach(async () => {
  await ground.delivered();
  before = ground.waiting('caught').length;
});
const published = async (): Promise<TributaryEvent[]> => {
  await ground.delivered();
  return ground
    .waiting('caught')
    .slice(before)
    .map((message) => {
      const read = readEvent((message as { detail: unknown }).detail);
      if ('problem' in read) throw new Error(read.problem);
      return read.event;
    });
};
const types = (events: readonly TributaryEvent[]) => events.map(({ type }) => type).sort();

describe('what is told', () => {
  test('an enrolment, and that it changed; nothing of names, clicks and day rows', async () => {
    expect(await publish({ Records: records.core })).toEqual({ batchItemFailures: [] });
    const events = await published();
    expect(types(events)).toEqual([
      'partner.enrolled',
      'partner.enrolment-changed',
      'payout.approved',
      'payout.drafted',
    ]);
    expect(events.find(({ type }) => type === 'partner.enrolment-changed')).toMatchObject({
      brandId: program.brandId,
      data: { partnerId: ann, group: 'gold', previous: { group: 'default' } },
    });
    expect(events.find(({ type }) => type === 'payout.approved')).toMatchObject({
      at: '2026-04-01T09:00:00.000Z',
      data: { approvedBy: 'fin@example.com', totalCents: 1_000 },
    });
  });

  test('orders, what came back and what was cancelled, each once; settling an order tells nothing of it', async () => {
    await publish({ Records: records.conversions });
    const events = await published();
    expect(types(events)).toEqual([
      'conversion.cancelled',
      'conversion.received',
      'conversion.received',
      'conversion.received',
      'conversion.returned',
    ]);
    expect(events.find(({ type }) => type === 'conversion.returned')).toMatchObject({
      at: '2026-03-11T10:00:00.000Z',
      data: { orderId: '1', lines: [{ line: 1, quantity: 1 }] },
    });
  });

  test('that an order was flagged, once: to each partner what is theirs, and nothing where nothing changed', async () => {
    const flagged = await givenProgram(ground as never, 'flagged');
    const bob = await flagged.partner('Bob');
    const [step, shard] = [
      (await import('../../../functions/jobs/plan-settlement.ts')).handler as Step,
      (await import('../../../functions/jobs/settle-shard.ts')).handler as Step,
    ];
    const clickId = await flagged.click(bob, 'v9', '2026-03-10T09:00:00.000Z');
    const old = await flagged.click(bob, 'v8', '2026-01-10T09:00:00.000Z');
    await flagged.order('first', '2026-03-10T10:00:00.000Z', { clickId });
    await flagged.order('again', '2026-03-10T10:01:00.000Z', { clickId, receivedAt: '2026-03-20T10:00:00.000Z' });
    await flagged.order('old', '2026-03-10T11:00:00.000Z', { clickId: old });
    const run = () => fanOut(step, shard, { brandId: flagged.brandId, asOf: '2026-03-21T13:00:00.000Z' });
    await run();
    await flagged.returned('again', '2026-03-20T12:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await run();
    const mine = (await ground.records('conversions')).filter(({ dynamodb }) =>
      dynamodb?.NewImage?.pk?.S?.startsWith(flagged.brandId),
    );
    await publish({ Records: mine });
    const events = (await published()).filter(({ type }) => type === 'conversion.flagged');
    const told = Object.fromEntries(
      events.map(({ data }) => [(data as { orderId: string }).orderId, data as Record<string, unknown>]),
    );
    expect(events).toHaveLength(2);
    expect(told.again).toMatchObject({
      flags: [{ flag: 'late' }, { flag: 'duplicate-suspect', reason: expect.stringContaining('first') }],
      previous: { flags: [] },
      partners: [{ partnerId: bob, flags: [{ flag: 'late' }, { flag: 'duplicate-suspect' }] }],
    });
    expect(JSON.stringify(told.again!.partners)).not.toContain('first');
    expect(told.old).toMatchObject({
      flags: [{ flag: 'out-of-window' }],
      partners: [{ partnerId: bob, flags: [{ flag: 'out-of-window' }] }],
    });
  });

  test('commission, with the orders it came from', async () => {
    await publish({ Records: records.ledger });
    const [event] = await published();
    expect(event).toMatchObject({
      type: 'commission.posted',
      at: '2026-03-11T13:00:00.000Z',
      data: { partnerId: ann, cents: 1_000, lines: [{ orderId: '3', cents: 1_000, reason: 'earned' }], moreLines: 0 },
    });
  });

  test('the bus gets the type as detail-type, and the time at which it happened', async () => {
    await publish({ Records: records.ledger });
    await ground.delivered();
    expect(ground.waiting('caught').at(-1)).toMatchObject({
      'detail-type': 'commission.posted',
      source: 'tributary',
      time: '2026-03-11T13:00:00Z',
    });
  });
});

test('a record delivered again is the same event again', async () => {
  const all = [...records.conversions, ...records.ledger];
  const once = new Set<string>();
  await publish({ Records: all });
  for (const { id } of await published()) once.add(id);
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...all, ...all], { minLength: 1 }), async (Records) => {
      before = ground.waiting('caught').length;
      await publish({ Records });
      for (const { id } of await published()) expect(once).toContain(id);
    }),
    { numRuns: 5 },
  );
  expect(once.size).toBe(6);
});

test('events that the bus does not take are named by the first of them, and come again from there', async () => {
  const Records = records.conversions.filter(({ eventName }) => eventName === 'INSERT');
  ground.refuseEntries([1, 3]);
  const { batchItemFailures } = await publish({ Records });
  expect(batchItemFailures).toEqual([{ itemIdentifier: Records[1]!.dynamodb!.SequenceNumber }]);
  expect(await published()).toHaveLength(Records.length - 2);
  expect(await publish({ Records: Records.slice(1) })).toEqual({ batchItemFailures: [] });
  expect(new Set((await published()).map(({ id }) => id)).size).toBe(Records.length);
});

describe('a row that cannot be read', () => {
  const spoiled = (record: DynamoDBRecord, image: object) =>
    ({
      ...record,
      dynamodb: { ...record.dynamodb, NewImage: { ...record.dynamodb!.NewImage, ...image } },
    }) as DynamoDBRecord;

  test.each([
    ['a journal of no partner', 'ledger', { pk: { S: 'a#b#c#USD' } }],
    ['a journal whose lines are no text', 'ledger', { lines: { S: '{' } }],
    ['an order without items', 'conversions', { i: { NULL: true } }],
  ] as const)('%s is set aside, and its neighbours go out', async (_, table, image) => {
    const first = records[table].find(({ eventName }) => eventName === 'INSERT')!;
    const neighbour = records.conversions.find(({ eventName }) => eventName === 'INSERT')!;
    const aside = ground.waiting('publish-failures').length;
    expect(await publish({ Records: [spoiled(first, image), neighbour] })).toEqual({ batchItemFailures: [] });
    expect(await published()).toHaveLength(1);
    expect(ground.waiting('publish-failures').slice(aside)).toMatchObject([
      {
        setAside: { worker: 'stream/publish-changes', reason: expect.stringMatching(/./) },
        record: { eventID: first.eventID },
      },
    ]);
  });

  test('a table it was not told about stops the batch: that is the deployment’s fault', async () => {
    const [record] = records.ledger;
    const Records = [{ ...record!, eventSourceARN: record!.eventSourceARN!.replace(ground.tables.ledger, 'other') }];
    await expect(publish({ Records })).rejects.toThrow('other');
  });
});
