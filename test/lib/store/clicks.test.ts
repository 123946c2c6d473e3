import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickItem, toClick } from '../../../lib/store/click-row.ts';
import { clicks } from '../../../lib/store/clicks.ts';
import { instant } from '../../../lib/time.ts';
import type { Click } from '../../../lib/tracking/click.ts';
import { touchOfClickId } from '../../../lib/tracking/click-id.ts';
import { type Dynamodb, startDynamodb, type Tables } from '../../support/dynamodb.ts';

const BRAND = 'brd_0a1b2c';
const PROGRAM = 'prg_01jqg0000000yyyy';
const click = (over: Partial<Click> = {}): Click => ({
  brandId: BRAND,
  programId: PROGRAM,
  partnerId: 'ptr_01jqg0000000zzzz',
  link: '0a1b2c00000001',
  at: '2026-03-29T10:00:00.000Z',
  visitor: 'AAECAwQFBgc',
  nonce: 'beef',
  expiresAt: 1_782_554_400,
  ...over,
});

let engine: Dynamodb;
let tables: Tables;
let store: ReturnType<typeof clicks>;
beforeAll(async () => {
  engine = await startDynamodb();
  tables = await engine.createTables();
  store = clicks(engine.client, tables.clicks);
});
afterAll(() => engine.stop());

const put = (one: Click) =>
  engine.client.send(
    new PutItemCommand({ TableName: tables.clicks, Item: clickItem(one) as never, ReturnConsumedCapacity: 'TOTAL' }),
  );
const journey = (from: string, to: string, visitor = 'AAECAwQFBgc') => store.journey(BRAND, PROGRAM, visitor, from, to);

describe('a click’s row', () => {
  test.each([
    ['bare', click({ visitor: 'bare0000000' })],
    [
      'with its referrer, as long as one may be',
      click({ visitor: 'long0000000', referrerHost: `${'a'.repeat(91)}.example` }),
    ],
  ])('%s is one unit, tells the click, and is the same however often it is written', async (_, one) => {
    for (let i = 0; i < 3; i += 1) expect((await put(one)).ConsumedCapacity?.CapacityUnits).toBe(1);
    const { Items = [] } = await engine.client.send(new ScanCommand({ TableName: tables.clicks }));
    expect(Items.map(toClick).filter(({ visitor }) => visitor === one.visitor)).toEqual([one]);
  });
});

describe('a journey', () => {
  test('has the visitor’s clicks of the window, both ends included, oldest first', async () => {
    const times = [
      '2026-03-01T00:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
      '2026-03-03T00:00:00.000Z',
      '2026-03-04T00:00:00.000Z',
    ];
    for (const at of [...times].reverse()) await put(click({ at, nonce: 'ffff' }));
    await put(click({ at: times[1]!, visitor: 'otherPerson' }));
    await put(click({ at: times[1]!, programId: 'prg_01jqg0000000other'.slice(0, 20) }));
    expect((await journey(times[1]!, times[2]!)).map(({ at }) => at)).toEqual([times[1], times[2]]);
    expect(await journey('2026-03-02T00:00:00.001Z', '2026-03-02T23:59:59.999Z')).toEqual([]);
  });

  test('has the touch that the click id tells of, field by field', async () => {
    const one = click({ visitor: 'match000000' });
    await put(one);
    expect(await journey(one.at, one.at, 'match000000')).toEqual([touchOfClickId(one)]);
  });

  test('of a program that clicks without end is its newest thousand', async () => {
    const start = Date.UTC(2026, 3, 1);
    for (let n = 0; n < 1_005; n += 15)
      await Promise.all(
        Array.from({ length: 15 }, (_, place) =>
          put(click({ visitor: 'robot000000', at: instant(start + n + place) })),
        ),
      );
    const touches = await journey(instant(start), instant(start + 5_000), 'robot000000');
    expect(touches).toHaveLength(1_000);
    expect(touches.at(0)!.at).toBe(instant(start + 5));
    expect(touches.at(-1)!.at).toBe(instant(start + 1_004));
  });
});
