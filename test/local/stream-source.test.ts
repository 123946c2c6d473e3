import { BatchWriteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Laptop } from '../../local/boot.ts';
import { bootFixture, FIXTURE, scratch, synthesizeFixture } from './fixture-app.ts';

let laptop: Laptop;
let assemblyDir: string;
const dataDir = scratch('streams');
const client = () =>
  new DynamoDBClient({ endpoint: laptop.awsEndpoint, region: laptop.region, credentials: laptop.credentials() });
const put = (id: string, more = {}) =>
  client().send(new PutItemCommand({ TableName: FIXTURE.items, Item: { id: { S: id }, ...more } }));
const seen = async (mark: string) => {
  const { Items = [] } = await DynamoDBDocumentClient.from(client()).send(new ScanCommand({ TableName: FIXTURE.seen }));
  return Items.filter(({ id }) => String(id).includes(mark)).sort((a, b) => String(a.id).localeCompare(String(b.id)));
};

beforeAll(async () => {
  assemblyDir = await synthesizeFixture();
  laptop = await bootFixture(assemblyDir, { dataDir });
}, 20_000);
afterAll(() => laptop.close());

describe('a function on a stream', () => {
  test('sees what was inserted and changed, with ARNs as the templates know them and its window', async () => {
    await put('one');
    await put('one', { colour: { S: 'red' } });
    await laptop.idle();
    const rows = await seen(' one');
    expect(rows.map(({ id }) => id)).toEqual(['INSERT one', 'MODIFY one']);
    expect(rows[0]).toMatchObject({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSourceARN: `arn:aws:dynamodb:us-east-1:000000000000:table/${FIXTURE.items}/stream/2026-01-01T00:00:00.000`,
      shardId: expect.stringContaining('shardId-'),
      window: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/),
    });
  });

  test('sees no write that changed nothing, and none that its filter leaves out', async () => {
    await put('still', { colour: { S: 'red' } });
    await put('still', { colour: { S: 'red' } });
    await put('ignored-entirely');
    await laptop.idle();
    expect((await seen('still')).map(({ id }) => id)).toEqual(['INSERT still']);
    expect(await seen('ignored')).toEqual([]);
  });

  test('gets batches of the size it asks for', async () => {
    const rows = Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { id: { S: `many${n}` } } } }));
    await client().send(new BatchWriteItemCommand({ RequestItems: { [FIXTURE.items]: rows } }));
    await laptop.idle();
    const many = await seen('many');
    expect(many).toHaveLength(25);
    expect(Math.max(...many.map(({ batch }) => batch))).toBeLessThanOrEqual(10);
  });

  test('that cannot take a record: its place goes to the on-failure queue, its neighbours arrive', async () => {
    for (const id of ['before', 'poison', 'behind']) await put(`${id}-p`);
    await laptop.idle();
    expect((await seen('-p')).map(({ id }) => id)).toEqual(['INSERT before-p', 'INSERT behind-p']);
    const sqs = new SQSClient({
      endpoint: laptop.awsEndpoint,
      region: laptop.region,
      credentials: laptop.credentials(),
    });
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: `${laptop.awsEndpoint}/${laptop.account}/${FIXTURE.failures}` }),
    );
    expect(JSON.parse(Messages?.[0]?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: { batchSize: 1, streamArn: expect.stringContaining(FIXTURE.items) },
    });
  });
});

test('goes on where it was after a restart', async () => {
  await put('first');
  await laptop.idle();
  await laptop.close();
  laptop = await bootFixture(assemblyDir, { dataDir });
  laptop.meter.reset();
  await put('second');
  await laptop.idle();
  expect(laptop.meter.totals(({ resource }) => resource === FIXTURE.seen).writeUnits).toBe(1);
  expect((await seen('second')).map(({ id }) => id)).toEqual(['INSERT second']);
}, 15_000);
