import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Laptop } from '../../../local/boot.ts';
import { apiOf, bootFixture, scratch, synthesizeFixture } from '../fixture-app.ts';

let laptop: Laptop;
let api: string;
const dataDir = scratch('front');
beforeAll(async () => {
  laptop = await bootFixture(await synthesizeFixture(), { dataDir });
  api = apiOf(laptop);
}, 20_000);
afterAll(() => laptop.close());

type Shown = APIGatewayProxyEventV2 & { requestContext: { authorizer?: { lambda: unknown } } };
const echo = async (path: string, init?: RequestInit) => (await (await fetch(api + path, init)).json()) as Shown;

describe('the event', () => {
  test('is payload 2.0', async () => {
    const event = await echo('/echo/a/b?x=1&x=2&y=%20z', {
      method: 'PUT',
      headers: { cookie: 'one=1; two=2', 'x-custom': 'v', 'user-agent': 'tests' },
      body: 'plain',
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /echo/{rest+}',
      rawPath: '/echo/a/b',
      rawQueryString: 'x=1&x=2&y=%20z',
      cookies: ['one=1', 'two=2'],
      queryStringParameters: { x: '1,2', y: ' z' },
      pathParameters: { rest: 'a/b' },
      headers: { 'x-custom': 'v', 'x-forwarded-for': '127.0.0.1' },
      body: 'plain',
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        stage: '$default',
        http: { method: 'PUT', path: '/echo/a/b', sourceIp: '127.0.0.1', userAgent: 'tests' },
      },
    });
    expect(event.headers).not.toHaveProperty('cookie');
  });

  test.each([
    ['application/json', '{"a":1}', false],
    ['application/vnd.api+json', '{}', false],
    ['application/x-www-form-urlencoded', 'a=1', true],
    ['application/octet-stream', '\u0000\u0001', true],
  ])('a body of %s arrives whole', async (type, body, base64) => {
    const event = await echo('/echo/x', { method: 'POST', headers: { 'content-type': type }, body });
    expect(event.isBase64Encoded).toBe(base64);
    expect(base64 ? Buffer.from(event.body ?? '', 'base64').toString() : event.body).toBe(body);
  });
});

describe('the time of a replay', () => {
  test.each([
    ['ISO', '2026-03-12T19:03:58Z'],
    ['epoch', '1773342238000'],
  ])('as %s becomes the time of the request', async (_, time) => {
    const event = await echo('/echo/x', { headers: { 'x-tributary-time': time } });
    expect(event.requestContext).toMatchObject({ timeEpoch: 1_773_342_238_000, time: '12/Mar/2026:19:03:58 +0000' });
    expect(event.headers).not.toHaveProperty('x-tributary-time');
  });

  test('with an address', async () => {
    const event = await echo('/echo/x', { headers: { 'x-tributary-source-ip': '203.0.113.9' } });
    expect([event.requestContext.http.sourceIp, event.headers['x-forwarded-for']]).toEqual([
      '203.0.113.9',
      '203.0.113.9',
    ]);
    expect(event.headers).not.toHaveProperty('x-tributary-source-ip');
  });

  test('without it is now', async () => {
    const before = Date.now();
    const { requestContext } = await echo('/echo/x');
    expect(requestContext.timeEpoch).toBeGreaterThanOrEqual(before);
  });

  test('that is none is refused', async () => {
    const answer = await fetch(`${api}/echo/x`, { headers: { 'x-tributary-time': 'yesterday' } });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { message: expect.stringContaining('x-tributary-time') },
    ]);
  });
});

describe('answers', () => {
  const plain = async (path: string, init?: RequestInit) => {
    const answer = await fetch(api + path, init);
    return [answer.status, await answer.text()];
  };

  test('cookies each in a header', async () => {
    const { headers } = await fetch(`${api}/echo/x`);
    expect(headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
  });

  test.each<[string, string, RequestInit, number, string]>([
    ['no route', '/nowhere', {}, 404, 'Not Found'],
    ['a route of another method', '/owners/me', { method: 'POST' }, 404, 'Not Found'],
    ['a handler that throws', '/behave/throw', {}, 500, 'Internal Server Error'],
    ['a handler that never answers', '/behave/hang', {}, 500, 'Internal Server Error'],
    [
      'more than 10 MB',
      '/echo/x',
      { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024 + 1) },
      413,
      'Request Entity Too Large',
    ],
  ])('%s', async (_, path, init, status, text) =>
    expect(await plain(path, init)).toEqual([status, JSON.stringify({ message: text })]),
  );

  test('a route whose last segment holds a colon', async () => {
    expect(await plain('/items:batch', { method: 'POST', body: '{"id":"colon","owner":"o"}' })).toEqual([
      201,
      expect.stringContaining('POST /items:batch'),
    ]);
  });

  test('a request that is cut off harms nobody', async () => {
    const { port } = new URL(api);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end('POST /items HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{"id"');
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await plain('/echo/x'))[0]).toBe(200);
  });
});

describe('an authorizer', () => {
  const asked = async (authorization?: string) => {
    const answer = await fetch(`${api}/private`, authorization ? { headers: { authorization } } : {});
    return [answer.status, (await answer.json()) as Shown] as const;
  };

  test('is not asked without an identity', async () => {
    expect(await asked()).toEqual([401, { message: 'Unauthorized' }]);
  });
  test('refuses', async () => expect(await asked('Bearer bad')).toEqual([403, { message: 'Forbidden' }]));
  test('that fails is our fault', async () =>
    expect(await asked('Bearer broken')).toEqual([500, { message: 'Internal Server Error' }]));
  test('lets in, and passes its context on', async () => {
    const [status, event] = await asked('Bearer good-1');
    expect([status, event.requestContext.authorizer?.lambda]).toEqual([200, { key: 'good-1', asked: 'Bearer good-1' }]);
  });
  test('is asked once for the same identity while its answer is kept', async () => {
    const guard = () => laptop.modules.functions.state().find(({ name }) => name.includes('guard'))!.invocations;
    await asked('Bearer good-2');
    const once = guard();
    await asked('Bearer good-2');
    expect(guard()).toBe(once);
    await asked('Bearer good-3');
    expect(guard()).toBe(once + 1);
  });
});

test('a browser may ask beforehand', async () => {
  const preflight = await fetch(`${api}/items`, {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
  });
  expect([
    preflight.status,
    preflight.headers.get('access-control-allow-origin'),
    preflight.headers.get('access-control-allow-methods'),
  ]).toEqual([204, 'https://shop.example', 'POST']);
});

test('throttling answers 429, and the access log has a line for each request', async () => {
  const assemblyDir = await synthesizeFixture((_, work) => {
    const stage = work.node.findChild('Api').node.findChild('DefaultStage').node.defaultChild as CfnStage;
    stage.addPropertyOverride('DefaultRouteSettings', { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 });
    stage.addPropertyOverride('AccessLogSettings', {
      DestinationArn: 'arn',
      Format: '{"route":"$context.routeKey","status":"$context.status"}',
    });
  });
  const limited = await bootFixture(assemblyDir);
  try {
    const statuses = await Promise.all([1, 2, 3].map(async () => (await fetch(`${apiOf(limited)}/echo/x`)).status));
    expect(statuses.sort()).toEqual([200, 200, 429]);
    const log = limited.logs(`${limited.assembly.ofType('AWS::ApiGatewayV2::Api')[0]!.physicalName}.access`);
    expect(log.map((line) => JSON.parse(line).status).sort()).toEqual(['200', '200', '429']);
  } finally {
    await limited.close();
  }
}, 20_000);

test('logs are files', () => {
  const files = readdirSync(join(dataDir, 'logs'));
  const behave = files.find((file) => file.includes('behave'))!;
  expect(readFileSync(join(dataDir, 'logs', behave), 'utf8')).toContain('about to hang');
});
