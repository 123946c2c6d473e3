import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Counted, type DayStore, days, replayShard, rowId } from '../../../lib/store/days.ts';
import { type Dynamodb, startDynamodb } from '../../support/dynamodb.ts';

let engine: Dynamodb;
let store: DayStore;
let table: string;
beforeAll(async () => {
  engine = await startDynamodb();
  table = (await engine.createTables()).core;
  store = days(engine.client, table);
});
afterAll(() => engine.stop());

const DAY_SECONDS = 86_400;
const NOW = 1_774_778_400;
const key = (partnerId: string, day = '2026-03-29') => ({
  brandId: 'brd_000001',
  programId: 'prg_0000000000000001',
  day,
  partnerId,
});
const click = (sequence: number | string, at = NOW): Counted => ({ sequence: String(sequence), at, by: { clicks: 1 } });
const clicksOf = async (partnerId: string) =>
  (await store.ofPartner('brd_000001', 'prg_0000000000000001', partnerId, ['2026-03-29']))[0]?.clicks;
const item = async (partnerId: string) => {
  const pk = 'brd_000001#prg_0000000000000001#DAYS';
  return (await engine.client.send(new GetCommand({ TableName: table, Key: { pk, sk: `2026-03-29#${partnerId}` } })))
    .Item;
};

test('a record at or below the mark is old news; numbers of different length compare as numbers', async () => {
  expect(await store.count(key('a'), 's', [click('9'), click('100')])).toBe('counted');
  expect(await store.count(key('a'), 's', [click('9'), click('100')])).toBe('already-counted');
  expect(await store.count(key('a'), 's', [click('100'), click('4421584500000000017450439091')])).toBe('counted');
  expect(await clicksOf('a')).toBe(3);
});

test('each shard has a mark of its own', async () => {
  await store.count(key('b'), 'one', [click(5)]);
  expect(await store.count(key('b'), 'two', [click(5)])).toBe('counted');
  expect(await clicksOf('b')).toBe(2);
});

test('marks read too early are read again', async () => {
  const early = (await store.marks([key('c')])).get(rowId(key('c')));
  await store.count(key('c'), 's', [click(1), click(2)]);
  expect(await store.count(key('c'), 's', [click(1), click(2), click(3)], early)).toBe('counted');
  expect(await clicksOf('c')).toBe(3);
});

test('many at once count each record once', async () => {
  const shards = Array.from({ length: 6 }, (_, n) => `shard ${n}`);
  await Promise.all([...shards, ...shards].map((shard) => store.count(key('d'), shard, [click(1), click(2)])));
  expect(await clicksOf('d')).toBe(12);
});

test('records that cancel each other out still move the mark', async () => {
  const off: Counted = { sequence: '2', at: NOW, by: { clicks: -1 } };
  expect(await store.count(key('e'), 's', [click(1), off])).toBe('counted');
  expect(await store.count(key('e'), 's', [off])).toBe('already-counted');
  expect(await clicksOf('e')).toBe(0);
});

test('a mark goes when its stream can hold nothing that it guards against; one of a replay stays longer', async () => {
  const shards = async () =>
    Object.keys((await item('f')) ?? {})
      .filter((name) => name.startsWith('mark '))
      .sort();
  const count = async (shard: string, sequence: number, at: number) =>
    store.count(key('f'), shard, [click(sequence, at)], (await store.marks([key('f')])).get(rowId(key('f'))));
  await count('old', 1, NOW);
  await count(replayShard('x'), 1, NOW);
  await count('day later', 1, NOW + DAY_SECONDS);
  expect(await shards()).toEqual(['mark day later', 'mark old', 'mark replay-x']);
  await count('week later', 1, NOW + 7 * DAY_SECONDS);
  expect(await shards()).toEqual(['mark replay-x', 'mark week later']);
  await count('much later', 1, NOW + 60 * DAY_SECONDS);
  expect(await shards()).toEqual(['mark much later']);
  expect(await clicksOf('f')).toBe(5);
});

test('rows are read by day, from day to day in pages, and by partner', async () => {
  for (const day of ['2026-04-01', '2026-04-02', '2026-04-03']) {
    for (const partner of ['-', 'x', 'y']) await store.count(key(partner, day), 's', [click(1)]);
  }
  const { brandId, programId } = key('x');
  expect((await store.ofDay(brandId, programId, '2026-04-02')).map(({ partnerId }) => partnerId)).toEqual([
    '-',
    'x',
    'y',
  ]);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.range(brandId, programId, '2026-04-01', '2026-04-02', { limit: 4, cursor });
    found.push(...page.items.map(({ day, partnerId }) => `${day} ${partnerId}`));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(found).toEqual([
    '2026-04-01 -',
    '2026-04-01 x',
    '2026-04-01 y',
    '2026-04-02 -',
    '2026-04-02 x',
    '2026-04-02 y',
  ]);
  const wanted = ['2026-04-03', '2026-04-01', '2026-04-09'];
  expect((await store.ofPartner(brandId, programId, 'y', wanted)).map(({ day }) => day)).toEqual([
    '2026-04-01',
    '2026-04-03',
  ]);
});

test('more rows than one request reads are all read', async () => {
  const keys = Array.from({ length: 130 }, (_, n) => key(`many${n}`));
  await Promise.all(keys.map((one) => store.count(one, 's', [click(1)])));
  expect((await store.marks(keys)).size).toBe(130);
});
