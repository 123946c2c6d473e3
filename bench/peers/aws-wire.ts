/**
 * An instant stand-in for the AWS wire, in a process of its own so that its CPU is not the handler's: it reads the request and answers
 * what the handler needs to go on. It stores nothing; `bench/units.ts` and `bench/throughput.ts` use the real engine.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const LINK = {
  Item: Object.fromEntries(
    Object.entries(JSON.parse(process.argv[2] ?? '{}') as Record<string, string>).map(([name, value]) => [
      name,
      { S: value },
    ]),
  ),
};
const KEYS = {
  Parameter: {
    Name: 'click-keys',
    Type: 'SecureString',
    Version: 1,
    Value: JSON.stringify({ current: 1, keys: { 1: Buffer.alloc(32, 7).toString('base64') } }),
  },
};

const ANSWERS: Readonly<Record<string, unknown>> = {
  GetItem: LINK,
  GetParameter: KEYS,
  SendMessage: { MessageId: '00000000-0000-0000-0000-000000000000' },
  Query: { Items: [], Count: 0, ScannedCount: 0 },
  BatchGetItem: { Responses: {}, UnprocessedKeys: {} },
  PutEvents: { FailedEntryCount: 0, Entries: [] },
};

const server = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const action =
      String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? '';
    const body = JSON.stringify(ANSWERS[action] ?? {});
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
