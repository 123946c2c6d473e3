import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WindowAnswer, WindowEvent } from '../../../functions/stream/count-day.ts';
import { dayIn } from '../../../lib/calendar.ts';
import { remainingOrder } from '../../../lib/commission/order.ts';
import { allocate } from '../../../lib/money.ts';
import { Env } from '../../../lib/names.ts';
import { type DayRow, days, rowId } from '../../../lib/store/days.ts';
import { type EventsGround, eventsGround } from '../../support/events-ground.ts';
import { fanOut, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

const TIME_ZONE = 'America/New_York';
const SOURCES = ['clicks', 'conversions', 'ledger'] as const;
type Source = (typeof SOURCES)[number];
type Stream = Readonly<Record<Source, readonly DynamoDBRecord[]>>;

let ground: EventsGround;
let countDay: (event: WindowEvent) => Promise<WindowAnswer>;
let program: GivenProgram;
let partners: { ann: string; bob: string };
let stream: Stream;

beforeAll(async () => {
  ground = await eventsGround();
  process.env[Env.failureQueue] = ground.urlOf('publish-failures');
  countDay = (await import('../../../functions/stream/count-day.ts')).handler;
  program = await givenProgram(ground as never, 'counted', {
    timeZone: TIME_ZONE,
    policy: { model: 'position-based', lookbackDays: 30, weightsBps: { first: 4000, middle: 2000, last: 4000 } },
  });
  partners = { ann: await program.partner('Ann'), bob: await program.partner('Bob') };
  await live(program, partners);
  const records = await Promise.all(SOURCES.map((source) => ground.records(source)));
  stream = { clicks: records[0]!, conversions: records[1]!, ledger: records[2]! };
});
afterAll(() => ground.stop());

/** Three days of a program around a day's end in New York: clicks, shared orders, orders of nobody, a return, a cancellation, a new plan. */
async function live({ click, order, returned, cancelled, plan, brandId }: GivenProgram, { ann, bob }: typeof partners) {
  const steps = (await import('../../../functions/jobs/plan-settlement.ts')).handler as Step;
  const shard = (await import('../../../functions/jobs/settle-shard.ts')).handler as Step;
  const settle = (asOf: string, over: object = {}) => fanOut(steps, shard, { brandId, asOf, ...over });

  await click(ann, 'shared', '2026-03-10T03:59:59.000Z');
  const shared = await click(bob, 'shared', '2026-03-10T04:00:01.000Z');
  const alone = await click(ann, 'alone', '2026-03-10T15:00:00.000Z');
  for (let n = 0; n < 6; n += 1) await click(bob, `v${n}`, `2026-03-10T1${n}:00:00.000Z`);
  await order('1', '2026-03-10T16:00:00.000Z', { clickId: shared });
  await order('2', '2026-03-10T16:30:00.000Z', { clickId: alone });
  await order('3', '2026-03-11T03:30:00.000Z', {});
  await order('4', '2026-03-11T04:30:00.000Z', {
    clickId: shared,
    items: [{ sku: 'x', quantity: 3, unitPriceCents: 3_333, discountCents: 0 }],
  });
  await settle('2026-03-11T05:00:00.000Z');
  await returned('4', '2026-03-12T10:00:00.000Z', [{ line: 1, quantity: 1 }]);
  await cancelled('2', '2026-03-12T11:00:00.000Z');
  await settle('2026-03-12T12:00:00.000Z');
  await plan(
    [{ id: 'double', label: 'Twice', when: {}, pay: { kind: 'percent', rateBps: 2_000 } }],
    '2026-03-10T00:00:00.000Z',
  );
  await settle('2026-03-12T13:00:00.000Z', {
    mode: 'recompute',
    from: '2026-03-10T00:00:00.000Z',
    to: '2026-03-12T00:00:00.000Z',
  });
}

/** The day rows worked out from what the tables hold now, without any stream. */
async function fromTables(): Promise<Map<string, DayRow>> {
  const { brandId, programId } = program;
  const rows = new Map<string, Record<string, unknown>>();
  const add = (partnerId: string, day: string, by: Record<string, number>) => {
    const key = { brandId, programId, day, partnerId };
    const row = rows.get(rowId(key)) ?? {
      ...key,
      clicks: 0,
      conversions: 0,
      creditBps: 0,
      revenueCents: 0,
      commissionCents: 0,
      returns: 0,
    };
    for (const [name, value] of Object.entries(by)) row[name] = Number(row[name]) + value;
    rows.set(rowId(key), row);
  };
  for (const { dynamodb } of stream.clicks)
    add(dynamodb!.NewImage!.p!.S!, dayIn(dynamodb!.NewImage!.sk!.S!.split('#')[0]!, TIME_ZONE), { clicks: 1 });
  for (const orderId of ['1', '2', '3', '4']) {
    const conversion = await program.conversion(orderId);
    const { commissionableCents, returnedUnits } = remainingOrder(conversion);
    const credits = conversion.credits?.length ? conversion.credits : [{ partnerId: '-', creditBps: 10_000 }];
    const shares = allocate(
      commissionableCents,
      credits.map(({ creditBps }) => creditBps),
    );
    credits.forEach(({ partnerId, creditBps }, place) => {
      add(partnerId, dayIn(conversion.occurredAt, TIME_ZONE), {
        conversions: 1,
        creditBps,
        revenueCents: shares[place]!,
        returns: conversion.cancelled || returnedUnits > 0 ? 1 : 0,
      });
    });
  }
  for (const partnerId of Object.values(partners)) {
    for (const journal of await program.chain(partnerId)) {
      const commissionCents = journal.lines.reduce((sum, { cents }) => sum + cents, 0);
      add(partnerId, dayIn(journal.at, TIME_ZONE), { commissionCents });
    }
  }
  return rows as unknown as Map<string, DayRow>;
}

const counted = async () => {
  const { items } = await days(ground.engine.client, ground.tables.core).range(
    program.brandId,
    program.programId,
    '2026-01-01',
    '2026-12-31',
    { limit: 1_000 },
  );
  return new Map(items.map((row) => [rowId(row), row]));
};

/** Rows without movement: an order that left a row leaves zeroes behind. */
const withoutZeroes = (rows: ReadonlyMap<string, DayRow>) =>
  [...rows]
    .filter(([, { clicks, conversions, creditBps, revenueCents, commissionCents, returns }]) =>
      [clicks, conversions, creditBps, revenueCents, commissionCents, returns].some((value) => value !== 0),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));

beforeEach(async () => {
  ground.faults.clear();
  await forget();
});

async function forget() {
  const { client } = ground.engine;
  const TableName = ground.tables.core;
  const pk = `${program.brandId}#${program.programId}#DAYS`;
  const { Items = [] } = await client.send(
    new QueryCommand({ TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } }),
  );
  for (const { sk } of Items) await client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
}

/** An event source: goes on from the first record named as failed; after a crash it delivers the batch again. */
async function deliver(source: Source, batches: readonly { size: number; crashes: number }[]) {
  const records = stream[source];
  let place = 0;
  for (let turn = 0; place < records.length; turn += 1) {
    const { size, crashes } = batches[turn % batches.length]!;
    const batch = records.slice(place, place + size);
    const event = { Records: batch, shardId: `shardId-000-${source}`, state: {} } as WindowEvent;
    // A batch whose answer was lost may come again cut shorter: that is how an event source looks for a bad record.
    for (let crash = crashes; crash > 0; crash -= 1) {
      await countDay({ ...event, Records: records.slice(place, place + size + crash) }).catch(() => undefined);
    }
    const answer = await countDay(event).catch(() => ({
      batchItemFailures: [{ itemIdentifier: batch[0]!.dynamodb!.SequenceNumber! }],
    }));
    const [failed] = answer.batchItemFailures;
    place = failed
      ? place + batch.findIndex(({ dynamodb }) => dynamodb!.SequenceNumber === failed.itemIdentifier)
      : place + batch.length;
    if (turn > 2_000) throw new Error('never done');
  }
}

const once = [{ size: 1_000, crashes: 0 }];

describe('what is counted', () => {
  test('is what the tables say: clicks and orders on their day in New York, commission on the day it was posted', async () => {
    for (const source of SOURCES) await deliver(source, once);
    const rows = await counted();
    expect(withoutZeroes(rows)).toEqual(withoutZeroes(await fromTables()));
    const { brandId, programId } = program;
    const of = (partnerId: string, day: string) => rows.get(rowId({ brandId, programId, partnerId, day }));
    expect(of(partners.ann, '2026-03-09')).toMatchObject({ clicks: 1, conversions: 0 });
    expect(of(partners.bob, '2026-03-10')).toMatchObject({
      clicks: 7,
      conversions: 1,
      creditBps: 5_000,
      revenueCents: 5_000,
    });
    expect(of(partners.ann, '2026-03-10')).toMatchObject({
      clicks: 1,
      conversions: 2,
      creditBps: 15_000,
      revenueCents: 5_000,
      returns: 1,
    });
    expect(of('-', '2026-03-10')).toMatchObject({ conversions: 1, creditBps: 10_000, revenueCents: 10_000 });
    expect(of('-', '2026-03-11')).toMatchObject({ conversions: 0, revenueCents: 0 });
  });

  test('takes one write for each row a batch touches, and none when the batch comes again', async () => {
    ground.calls.length = 0;
    await deliver('clicks', once);
    expect(ground.calls.filter((action) => action === 'UpdateItem')).toHaveLength(3);
    ground.calls.length = 0;
    await deliver('clicks', once);
    expect(ground.calls).toEqual(['BatchGetItem']);
  });

  test('is the same however the streams are cut, repeated and mixed', async () => {
    const expected = withoutZeroes(await fromTables());
    const cuts = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 7 }), crashes: fc.integer({ min: 0, max: 4 }) }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(cuts, cuts, cuts, fc.boolean(), async (clicks, conversions, ledger, together) => {
        await forget();
        const cut = { clicks, conversions, ledger };
        if (together) await Promise.all(SOURCES.map((source) => deliver(source, cut[source])));
        else for (const source of SOURCES) await deliver(source, cut[source]);
        expect(withoutZeroes(await counted())).toEqual(expected);
      }),
      { numRuns: 8 },
    );
  }, 120_000);

  test('is the same when writes are refused, or done without an answer', async () => {
    const expected = withoutZeroes(await fromTables());
    for (const kind of ['lost-reply', 'down'] as const) {
      await forget();
      ground.faults.clear();
      ground.faults.set({ kind, action: 'UpdateItem', rate: 0.4, seed: 7 });
      for (const source of SOURCES) await deliver(source, [{ size: 5, crashes: 1 }]);
      ground.faults.clear();
      expect(withoutZeroes(await counted()), kind).toEqual(expected);
    }
  }, 60_000);
});

describe('a row that cannot be read', () => {
  function spoil({ dynamodb, ...record }: DynamoDBRecord, image: Record<string, object>): DynamoDBRecord {
    const Keys = { ...dynamodb!.Keys, ...(image.pk && { pk: image.pk }) };
    return {
      ...record,
      dynamodb: { ...dynamodb, Keys, NewImage: { ...dynamodb!.NewImage, ...image } },
    } as DynamoDBRecord;
  }

  test.each([
    ['names no program', { pk: { S: 'nonsense' } }],
    ['is of a program that is not there', { pk: { S: 'brd_000000#prg_0000000000000000#v' } }],
    ['names no partner', { p: { S: 'nobody' } }],
    ['has no link', { l: { NULL: true } }],
  ])('%s: it is set aside with the reason, and its neighbours are counted', async (_, image) => {
    const [first, second, third] = stream.clicks as [DynamoDBRecord, DynamoDBRecord, DynamoDBRecord];
    const before = ground.waiting('publish-failures').length;
    const event = { Records: [first, spoil(second, image), third], shardId: 's' } as unknown as WindowEvent;
    expect(await countDay(event)).toEqual({ state: {}, batchItemFailures: [] });
    const total = [...(await counted()).values()].reduce((sum, { clicks }) => sum + clicks, 0);
    expect(total).toBe(2);
    const [aside] = ground.waiting('publish-failures').slice(before) as [{ setAside: object; record: DynamoDBRecord }];
    expect(aside.setAside).toMatchObject({ worker: 'stream/count-day', reason: expect.stringMatching(/\w/) });
    expect(aside.record.eventID).toBe(second.eventID);
  });
});

test('a click that expired, or was written again, is no click and nothing to set aside', async () => {
  const before = ground.waiting('publish-failures').length;
  const [click] = stream.clicks as [DynamoDBRecord];
  const { NewImage: _, ...keysOnly } = click.dynamodb!;
  const Records = [
    { ...click, eventName: 'MODIFY' },
    { ...click, eventName: 'REMOVE', dynamodb: keysOnly },
  ];
  expect(await countDay({ Records, shardId: 's' } as WindowEvent)).toEqual({ state: {}, batchItemFailures: [] });
  expect(await counted()).toEqual(new Map());
  expect(ground.waiting('publish-failures')).toHaveLength(before);
});

test('an event without a shard is refused: the marks would mean nothing', async () => {
  await expect(countDay({ Records: [...stream.clicks] } as WindowEvent)).rejects.toThrow('tumbling window');
});

test('the end of a window brings no records and keeps its state', async () => {
  expect(await countDay({ Records: [], state: { a: 1 } } as unknown as WindowEvent)).toEqual({
    state: { a: 1 },
    batchItemFailures: [],
  });
});
