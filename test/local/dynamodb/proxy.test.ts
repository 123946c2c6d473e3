import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Laptop } from '../../../local/boot.ts';
import { bootFixture, FIXTURE, synthesizeFixture } from '../fixture-app.ts';

const TableName = FIXTURE.items;
const S = (text: string) => ({ S: text });
const KB = 'x'.repeat(1000);

let laptop: Laptop;
let client: DynamoDBClient;
beforeAll(async () => {
  laptop = await bootFixture(await synthesizeFixture());
  client = clientOf(laptop, 1);
}, 20_000);
afterAll(() => laptop.close());
beforeEach(() => laptop.meter.reset());
afterEach(() => laptop.faults.clear());

const clientOf = ({ awsEndpoint, region, credentials }: Laptop, maxAttempts: number) =>
  new DynamoDBClient({ endpoint: awsEndpoint, region, credentials: credentials(), maxAttempts });
const put = (id: string, more = {}) => client.send(new PutItemCommand({ TableName, Item: { id: S(id), ...more } }));
const get = async (id: string) => (await client.send(new GetItemCommand({ TableName, Key: { id: S(id) } }))).Item;
const mine = () => laptop.meter.totals(({ principal }) => principal === 'operator');

describe('the meter counts', () => {
  test.each<[string, () => Promise<unknown>, { calls: number; writeUnits: number; readUnits: number }]>([
    ['one unit for a small row', () => put('m1'), { calls: 1, writeUnits: 1, readUnits: 0 }],
    ['one for each started KB', () => put('m2', { text: S(KB + KB) }), { calls: 1, writeUnits: 2, readUnits: 0 }],
    ['its index too', () => put('m3', { owner: S('o') }), { calls: 1, writeUnits: 2, readUnits: 0 }],
    ['an index move twice', () => put('m3', { owner: S('p') }), { calls: 1, writeUnits: 3, readUnits: 0 }],
    ['a read of half a unit', () => get('m1'), { calls: 1, writeUnits: 0, readUnits: 0.5 }],
    [
      'a consistent read of one',
      () => client.send(new GetItemCommand({ TableName, Key: { id: S('m1') }, ConsistentRead: true })),
      { calls: 1, writeUnits: 0, readUnits: 1 },
    ],
    [
      'a transaction twice',
      () =>
        client.send(
          new TransactWriteItemsCommand({
            TransactItems: ['t1', 't2'].map((id) => ({ Put: { TableName, Item: { id: S(id) } } })),
          }),
        ),
      { calls: 1, writeUnits: 4, readUnits: 0 },
    ],
    [
      'a batch by row, over tables',
      () =>
        client.send(
          new BatchWriteItemCommand({
            RequestItems: {
              [TableName]: [{ PutRequest: { Item: { id: S('b1') } } }],
              [FIXTURE.seen]: [{ PutRequest: { Item: { id: S('b2') } } }],
            },
          }),
        ),
      { calls: 1, writeUnits: 2, readUnits: 0 },
    ],
    [
      'a failed condition by the row that is there',
      () =>
        client
          .send(
            new PutItemCommand({ TableName, Item: { id: S('m2') }, ConditionExpression: 'attribute_not_exists(id)' }),
          )
          .catch(() => {}),
      { calls: 1, writeUnits: 2, readUnits: 0 },
    ],
    [
      'a failed condition on nothing as one',
      () =>
        client
          .send(
            new UpdateItemCommand({ TableName, Key: { id: S('none') }, ConditionExpression: 'attribute_exists(id)' }),
          )
          .catch(() => {}),
      { calls: 1, writeUnits: 1, readUnits: 0 },
    ],
  ])('%s', async (_, act, expected) => {
    await act();
    expect(mine()).toEqual(expected);
  });

  test('by caller, action, table and index', async () => {
    await put('row', { owner: S('o') });
    expect(laptop.meter.snapshot(({ principal }) => principal === 'operator')).toEqual([
      {
        principal: 'operator',
        action: 'dynamodb:PutItem',
        resource: TableName,
        calls: 1,
        writeUnits: 2,
        readUnits: 0,
        indexUnits: { 'by-owner': 1 },
      },
    ]);
  });
});

describe('what the caller sees is what it asked for', () => {
  test('no capacity unless asked, the total, or all of it', async () => {
    const answers = await Promise.all(
      (['NONE', 'TOTAL', 'INDEXES', undefined] as const).map((ReturnConsumedCapacity) =>
        client.send(
          new PutItemCommand({
            TableName,
            Item: { id: S(`c${ReturnConsumedCapacity}`), owner: S('o') },
            ReturnConsumedCapacity,
          }),
        ),
      ),
    );
    expect(answers.map(({ ConsumedCapacity }) => ConsumedCapacity)).toEqual([
      undefined,
      { TableName, CapacityUnits: 2 },
      expect.objectContaining({ CapacityUnits: 2, GlobalSecondaryIndexes: { 'by-owner': { CapacityUnits: 1 } } }),
      undefined,
    ]);
  });

  test('the old row of a failed condition only when asked', async () => {
    await put('old', { text: S('there') });
    const attempt = (more = {}) =>
      client
        .send(
          new PutItemCommand({
            TableName,
            Item: { id: S('old') },
            ConditionExpression: 'attribute_not_exists(id)',
            ...more,
          }),
        )
        .catch((error) => error);
    expect(await attempt()).toMatchObject({ name: 'ConditionalCheckFailedException', Item: undefined });
    expect((await attempt({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).Item).toEqual({
      id: S('old'),
      text: S('there'),
    });
  });

  test("ARNs of the templates' own account and region", async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table?.TableArn).toBe(`arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`);
    expect(Table?.LatestStreamArn).toBe(`${Table?.TableArn}/stream/2026-01-01T00:00:00.000`);
  });

  test('a table may be named by its ARN', async () => {
    await put('by-arn');
    const Item = await client.send(
      new GetItemCommand({
        TableName: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`,
        Key: { id: S('by-arn') },
      }),
    );
    expect(Item.Item).toEqual({ id: S('by-arn') });
  });
});

describe('faults', () => {
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => 'succeeded',
      (error) => error.name as string,
    );

  test('a throttled call did nothing, and the SDK tries again by itself', async () => {
    laptop.faults.set({ principal: 'operator', kind: 'throttle', action: 'PutItem', times: 1 });
    expect(await failure(put('throttled'))).toBe('ProvisionedThroughputExceededException');
    expect(await get('throttled')).toBeUndefined();
    laptop.faults.set({ principal: 'operator', kind: 'throttle', action: 'PutItem', times: 2 });
    await clientOf(laptop, 3).send(new PutItemCommand({ TableName, Item: { id: S('tried-thrice') } }));
    expect(await get('tried-thrice')).toBeDefined();
  });

  test('a lost reply: done, but the caller cannot know', async () => {
    laptop.faults.set({ principal: 'operator', kind: 'lost-reply', table: TableName, action: 'PutItem', times: 1 });
    expect(await failure(put('unheard'))).not.toBe('succeeded');
    expect(await get('unheard')).toEqual({ id: S('unheard') });
  });

  test('down: nothing done, nothing heard', async () => {
    const up = laptop.faults.set({ principal: 'operator', kind: 'down', action: 'PutItem' });
    expect(await failure(put('down'))).not.toBe('succeeded');
    up();
    expect(await get('down')).toBeUndefined();
    expect(await failure(put('down'))).toBe('succeeded');
  });

  test('a conflict cancels a transaction with its reason', async () => {
    laptop.faults.set({ principal: 'operator', kind: 'conflict', times: 2 });
    const transact = client.send(
      new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: { id: S('c') } } }] }),
    );
    await expect(transact).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    });
    expect(await failure(put('c'))).toBe('TransactionConflictException');
  });

  test('a delay', async () => {
    laptop.faults.set({ principal: 'operator', kind: 'delay', delayMs: 80, times: 1 });
    const started = performance.now();
    await put('late');
    expect(performance.now() - started).toBeGreaterThanOrEqual(79);
  });

  test('only where they are set, and the same ones for the same seed', async () => {
    const pattern = async () => {
      laptop.faults.clear();
      laptop.faults.set({ principal: 'operator', kind: 'throttle', table: FIXTURE.seen, rate: 0.5, seed: 7 });
      const outcomes: string[] = [];
      for (let n = 0; n < 12; n += 1) {
        outcomes.push(
          await failure(client.send(new PutItemCommand({ TableName: FIXTURE.seen, Item: { id: S(`s${n}`) } }))),
        );
      }
      return outcomes;
    };
    const [first, second] = [await pattern(), await pattern()];
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(2);
    expect(await failure(put('elsewhere'))).toBe('succeeded');
  });
});

describe('expiry', () => {
  test('a row whose time is over goes, with a stream record that names DynamoDB', async () => {
    await put('mortal', { expiresAt: { N: '1700000000' } });
    await put('immortal');
    await put('later', { expiresAt: { N: '99999999999' } });
    expect(await laptop.sweepExpired()).toBe(1);
    expect([await get('mortal'), await get('immortal'), await get('later')].map(Boolean)).toEqual([false, true, true]);
    await laptop.idle();
    const { Item } = await client.send(
      new GetItemCommand({ TableName: FIXTURE.seen, Key: { id: S('REMOVE mortal') } }),
    );
    expect(Item?.by).toEqual(S('dynamodb.amazonaws.com'));
  });
});

test('queries read through their index', async () => {
  for (const id of ['q1', 'q2']) await put(id, { owner: S('asker') });
  laptop.meter.reset();
  const { Count } = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': S('asker') },
    }),
  );
  expect(Count).toBe(2);
  expect(laptop.meter.snapshot(({ action }) => action === 'dynamodb:Query')[0]).toMatchObject({
    readUnits: 0.5,
    indexUnits: { 'by-owner': 0.5 },
  });
});
