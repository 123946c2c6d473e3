import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amzDate, requestSigner } from '../../../lib/aws/signature.ts';

interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let heard: Heard[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    heard.push({ path: request.url ?? '', headers: request.headers, body });
    response.end('{}');
  });
});
beforeAll(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
afterAll(() => new Promise((closed) => server.close(closed)));

const region = 'eu-central-1';
const short = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const lent = { ...short, sessionToken: 'IQoJb3JpZ2luX2VjE//////////wEaDGV1==' };

/** Signs again what the SDK sent, with the headers it chose to sign. */
function signedAgain({ path, headers, body }: Heard, credentials: typeof short | typeof lent, service: string) {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
  const signed = names.map((name) => [name, String(headers[name])] as const);
  const sign = requestSigner(credentials, region, service);
  return sign({ method: 'POST', path, headers: signed, body }, String(headers['x-amz-date']));
}

describe('our signature is the SDK’s', () => {
  test.each([
    ['with a key', short],
    ['with a session', lent],
  ])('for a put, %s', async (_, credentials) => {
    heard = [];
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new DynamoDBClient({ region, endpoint, credentials });
    await client.send(new PutItemCommand({ TableName: 'clicks', Item: { pk: { S: 'ü ünï € "quoted"' } } }));
    expect(heard).toHaveLength(1);
    expect(signedAgain(heard[0]!, credentials, 'dynamodb')).toBe(heard[0]!.headers.authorization);
  });

  test('for a message', async () => {
    heard = [];
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new SQSClient({ region, endpoint, credentials: lent, md5: false });
    await client.send(new SendMessageCommand({ QueueUrl: `${endpoint}/1/late`, MessageBody: '{"a":1}' }));
    expect(signedAgain(heard[0]!, lent, 'sqs')).toBe(heard[0]!.headers.authorization);
  });
});

test('one signer signs right before and after midnight', () => {
  const request = { method: 'POST', path: '/', headers: [['host', 'h']] as const, body: '{}' };
  const kept = requestSigner(short, region, 'dynamodb');
  for (const date of ['20260329T235959Z', '20260330T000000Z', '20260329T235958Z'])
    expect(kept(request, date)).toBe(requestSigner(short, region, 'dynamodb')(request, date));
});

test('times are written as AWS reads them', () => {
  expect(amzDate(Date.UTC(2026, 2, 29, 10, 0, 0, 5))).toBe('20260329T100000Z');
});
