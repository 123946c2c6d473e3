import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { leanClient } from '../../../lib/aws/lean-client.ts';
import { type Dynamodb, startDynamodb, type Tables } from '../../support/dynamodb.ts';
import { type FaultyEndpoint, faultyEndpoint } from '../../support/faulty-endpoint.ts';

let engine: Dynamodb;
let tables: Tables;
let endpoint: FaultyEndpoint;
const settingsAt = (url: string) => ({
  region: 'us-east-1',
  endpoint: url,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
const clientAt = (url: string) => leanClient('dynamodb', settingsAt(url));
const item = (sk: string) => ({ TableName: tables.clicks, Item: { pk: { S: 'visitor' }, sk: { S: sk } } });
const get = (sk: string) => ({ TableName: tables.clicks, Key: { pk: { S: 'visitor' }, sk: { S: sk } } });

beforeAll(async () => {
  engine = await startDynamodb();
  tables = await engine.createTables();
  endpoint = await faultyEndpoint(engine.endpoint);
});
afterEach(() => endpoint.faults.clear());
afterAll(async () => {
  await endpoint.close();
  await engine.stop();
});

describe('a call', () => {
  test('writes and reads', async () => {
    const call = clientAt(endpoint.url);
    expect(await call('PutItem', item('1'), 2000)).toEqual({});
    expect(await call('GetItem', get('1'), 2000)).toEqual({ Item: item('1').Item });
  });

  test('keeps its connection', async () => {
    const call = clientAt(endpoint.url);
    const before = endpoint.connections();
    for (const sk of ['1', '2', '3']) await call('PutItem', item(sk), 2000);
    expect(endpoint.connections() - before).toBe(1);
  });

  test.each([
    ['is refused by name', { TableName: 'nowhere', Item: {} }, 'ResourceNotFoundException', 400],
    ['is refused for what it says', { TableName: '!', Item: {} }, 'ValidationException', 400],
  ])('%s', async (_, input, code, status) => {
    await expect(clientAt(endpoint.url)('PutItem', input, 2000)).rejects.toMatchObject({ code, status });
  });

  test('is refused when throttled, without trying again', async () => {
    endpoint.faults.set({ kind: 'throttle' });
    const before = endpoint.calls.length;
    await expect(clientAt(endpoint.url)('PutItem', item('1'), 2000)).rejects.toMatchObject({
      code: 'ProvisionedThroughputExceededException',
      status: 400,
    });
    expect(endpoint.calls.length - before).toBe(1);
  });
});

describe('the deadline', () => {
  test('ends a call that takes too long', async () => {
    endpoint.faults.set({ kind: 'delay', delayMs: 1000 });
    const started = performance.now();
    await expect(clientAt(endpoint.url)('PutItem', item('slow'), 100)).rejects.toMatchObject({ code: 'Timeout' });
    expect(performance.now() - started).toBeLessThan(700);
  });

  test('ends a call whose answer stops half way', async () => {
    const server = createServer((_, response) => response.writeHead(200, { 'content-length': 10 }).write('{'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const call = clientAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(call('PutItem', item('half'), 100)).rejects.toMatchObject({ code: 'Timeout' });
    server.closeAllConnections();
    server.close();
  });
});

describe('a connection', () => {
  test('that was closed while idle costs nothing but another one', async () => {
    const call = clientAt(endpoint.url);
    await call('PutItem', item('warm'), 2000);
    endpoint.faults.set({ kind: 'down', times: 1 });
    expect(await call('PutItem', item('thawed'), 2000)).toEqual({});
    expect(await call('GetItem', get('thawed'), 2000)).toHaveProperty('Item');
  });

  test('that fails when it is new fails the call', async () => {
    endpoint.faults.set({ kind: 'down' });
    await expect(clientAt(endpoint.url)('PutItem', item('1'), 2000)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('that fails twice fails the call', async () => {
    const call = clientAt(endpoint.url);
    await call('PutItem', item('warm'), 2000);
    endpoint.faults.set({ kind: 'down', times: 2 });
    await expect(call('PutItem', item('1'), 2000)).rejects.toMatchObject({ code: 'ECONNRESET', status: 0 });
  });

  test('to nobody is refused at once', async () => {
    await expect(clientAt('http://127.0.0.1:9')('PutItem', item('1'), 2000)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});

test.each([
  ['is told by its status', 502, { code: 'Http502', status: 502 }],
  ['is no answer, whatever its status says', 200, { code: 'BadAnswer', status: 0 }],
])('an answer that is no document of the service %s', async (_, status, expected) => {
  const server = createServer((_request, response) => response.writeHead(status).end('<html>a proxy’s page</html>'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const call = clientAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(call('PutItem', {}, 1000)).rejects.toMatchObject({ name: 'AwsCallError', ...expected });
  server.close();
});
