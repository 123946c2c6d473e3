import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import type { AwsCall } from '../../../local/contract.ts';
import { startEngine } from '../../../local/dynamodb/engine.ts';
import { createFaults } from '../../../local/dynamodb/faults.ts';
import { startTables, type Tables } from '../../../local/dynamodb/start.ts';
import { askEngine } from '../../../local/dynamodb/wire.ts';
import { createMeter } from '../../../local/meter.ts';
import { resolveAssembly } from '../../../local/resolve-assembly.ts';
import { scratch } from '../fixture-app.ts';

const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
const key = (AttributeName: string) => [{ AttributeName, KeyType: 'HASH' }];
const index = (name: string, of = name) => ({
  IndexName: name,
  KeySchema: key(of),
  Projection: { ProjectionType: 'ALL' },
});
const plain = { TableName: 'things', KeySchema: key('id'), AttributeDefinitions: [attribute('id')] };

const started: Tables[] = [];
afterEach(async () => {
  for (const tables of started.splice(0)) await tables.close();
});

/** Starts the engine on a folder with one table of the given properties. */
async function start(
  folder: string,
  Properties: Record<string, unknown>,
  Type = 'AWS::DynamoDB::Table',
  elsewhere: { endpoint?: string; fresh?: boolean } = {},
): Promise<Tables> {
  const stacks = [
    { name: 's', account: undefined, region: undefined, template: { Resources: { Things: { Type, Properties } } } },
  ];
  const assembly = resolveAssembly({ stacks, assets: new Map() }, { door: '', apiUrl: () => '' });
  const unused = () => {
    throw new Error('tables need nothing of this');
  };
  const tables = await startTables(
    {
      assembly,
      dataDir: () => folder,
      region: 'us-east-1',
      account: '000000000000',
      invoke: unused,
      invokeLater: unused,
      awsEndpoint: '',
      credentials: unused,
      allows: unused,
      log: () => {},
    },
    { endpoint: elsewhere.endpoint, fresh: elsewhere.fresh ?? false, meter: createMeter(), faults: createFaults() },
  );
  started.push(tables);
  return tables;
}

async function stop(tables: Tables) {
  started.splice(started.indexOf(tables), 1);
  await tables.close();
}

const put = (tables: Tables, Item: Record<string, unknown>) =>
  askEngine(tables.send, 'PutItem', { TableName: 'things', Item });
interface TableDescription {
  readonly GlobalSecondaryIndexes: readonly { readonly IndexName: string; readonly KeySchema: unknown }[];
  readonly StreamSpecification: unknown;
}
const describeTable = async (tables: Tables) =>
  (await askEngine<{ Table: TableDescription }>(tables.send, 'DescribeTable', { TableName: 'things' })).Table;

describe('when a template changes, the rows stay and', () => {
  test('indexes come and go, with the rows that were there', async () => {
    const folder = scratch('tables');
    const first = await start(folder, {
      ...plain,
      AttributeDefinitions: [attribute('id'), attribute('old')],
      GlobalSecondaryIndexes: [index('old')],
    });
    await put(first, { id: { S: 'a' }, owner: { S: 'me' } });
    await stop(first);

    const second = await start(folder, {
      ...plain,
      AttributeDefinitions: [attribute('id'), attribute('owner')],
      GlobalSecondaryIndexes: [index('owner')],
    });
    expect((await describeTable(second)).GlobalSecondaryIndexes.map(({ IndexName }) => IndexName)).toEqual(['owner']);
    const found = await askEngine<{ Count: number }>(second.send, 'Query', {
      TableName: 'things',
      IndexName: 'owner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: 'me' } },
    });
    expect(found.Count).toBe(1);
  });

  test('an index with the same name and another key is made anew', async () => {
    const folder = scratch('tables');
    const AttributeDefinitions = [attribute('id'), attribute('a'), attribute('b')];
    await stop(
      await start(folder, {
        ...plain,
        AttributeDefinitions: AttributeDefinitions.slice(0, 2),
        GlobalSecondaryIndexes: [index('same', 'a')],
      }),
    );
    const tables = await start(folder, {
      ...plain,
      AttributeDefinitions: [AttributeDefinitions[0], AttributeDefinitions[2]],
      GlobalSecondaryIndexes: [index('same', 'b')],
    });
    expect((await describeTable(tables)).GlobalSecondaryIndexes[0]?.KeySchema).toEqual(key('b'));
  });

  test('a stream and expiry are turned on', async () => {
    const folder = scratch('tables');
    await stop(await start(folder, plain));
    const tables = await start(folder, {
      ...plain,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'until', Enabled: true },
    });
    expect(tables.engineStreams.get('things')).toContain('/stream/');
    await put(tables, { id: { S: 'a' }, until: { N: '1' } });
    expect(await tables.sweepExpired()).toBe(1);
  });

  test('another key is refused with what to do', async () => {
    const folder = scratch('tables');
    await stop(await start(folder, plain));
    await expect(
      start(folder, { ...plain, KeySchema: key('other'), AttributeDefinitions: [attribute('other')] }),
    ).rejects.toThrow(/key of the table things has changed.*--fresh/s);
  });
});

test('a global table is a table', async () => {
  const tables = await start(
    scratch('tables'),
    { ...plain, Replicas: [{ Region: 'us-east-1' }], StreamSpecification: { StreamViewType: 'KEYS_ONLY' } },
    'AWS::DynamoDB::GlobalTable',
  );
  expect((await describeTable(tables)).StreamSpecification).toEqual({
    StreamEnabled: true,
    StreamViewType: 'KEYS_ONLY',
  });
});

test('writes to a stream find its last number through an index, and so cost the same at any length', async () => {
  const folder = scratch('tables');
  const tables = await start(folder, { ...plain, StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } });
  await put(tables, { id: { S: 'a' } });
  const database = new DatabaseSync(join(folder, 'tables.db'), { readOnly: true });
  const plan = database
    .prepare(
      'EXPLAIN QUERY PLAN SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?',
    )
    .all('things');
  database.close();
  expect(JSON.stringify(plan)).toContain('tributary_stream_sequence');
});

test('an engine that ends by itself is started again, with everything it had answered', async () => {
  const folder = scratch('tables');
  const tables = await start(folder, plain);
  await put(tables, { id: { S: 'kept' } });
  process.kill(Number(readFileSync(join(folder, 'engine.pid'), 'utf8')), 'SIGKILL');
  const get = () =>
    askEngine<{ Item?: unknown }>(tables.send, 'GetItem', { TableName: 'things', Key: { id: { S: 'kept' } } });
  await expect.poll(() => get().catch(() => undefined), { timeout: 3_000 }).toEqual({ Item: { id: { S: 'kept' } } });
});

test('an engine that somebody else runs: its tables are made there, kept, and dropped when started fresh', async () => {
  const theirs = await startEngine(scratch('theirs'), () => {});
  try {
    const { endpoint } = theirs;
    const count = async (tables: Tables) =>
      (await askEngine<{ Count: number }>(tables.send, 'Scan', { TableName: 'things' })).Count;
    const folder = scratch('tables');
    const first = await start(folder, plain, 'AWS::DynamoDB::Table', { endpoint });
    await put(first, { id: { S: 'a' } });
    await stop(first);
    const second = await start(folder, plain, 'AWS::DynamoDB::Table', { endpoint });
    expect(await count(second)).toBe(1);
    await stop(second);
    expect(await count(await start(folder, plain, 'AWS::DynamoDB::Table', { endpoint, fresh: true }))).toBe(0);
    expect(existsSync(join(folder, 'tables.db'))).toBe(false);
  } finally {
    await theirs.stop();
  }
});

test('a call that is no JSON is refused by the engine, not by us', async () => {
  const tables = await start(scratch('tables'), plain);
  const call: AwsCall = {
    service: 'dynamodb',
    principal: 'operator',
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
    body: Buffer.from('{'),
  };
  const { status, body } = await tables.service.answer(call);
  expect([status, String(body)]).toEqual([400, expect.stringContaining('SerializationException')]);
});
