import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { leanClient } from '../../../lib/aws/lean-client.ts';
import { parameters } from '../../../lib/aws/parameters.ts';
import { toClick } from '../../../lib/store/click-row.ts';
import { epochMs } from '../../../lib/time.ts';
import type { Click } from '../../../lib/tracking/click.ts';
import { type ClickFacts, readClickId } from '../../../lib/tracking/click-id.ts';
import { parseClickKeys } from '../../../lib/tracking/click-keys.ts';
import { BRAND, PARTNER, PROGRAM, type TrackingGround, trackingGround } from '../../support/tracking-ground.ts';

const AT = '2026-03-29T10:00:00.000Z';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const LINK = '0a1b2c00000001';

let ground: TrackingGround;
type Handler = typeof import('../../../functions/track/click.ts').handler;
let handler: Handler;
let lines: string[] = [];

const coldHandler = async (over: Record<string, string> = {}): Promise<Handler> =>
  (await ground.cold(() => import('../../../functions/track/click.ts'), over)).handler;

function follow(link: string, { headers = {}, cookies, method = 'GET', at = AT }: Visit = {}, by = handler) {
  return by({
    pathParameters: { link },
    headers: { 'user-agent': FIREFOX, ...headers },
    ...(cookies ? { cookies } : {}),
    requestContext: { http: { method, path: `/c/${link}` }, timeEpoch: epochMs(at) },
  } as unknown as APIGatewayProxyEventV2);
}
interface Visit {
  readonly headers?: Record<string, string>;
  readonly cookies?: string[];
  readonly method?: string;
  readonly at?: string;
}

async function storedClicks(): Promise<Click[]> {
  const { Items = [] } = await ground.engine.client.send(
    new ScanCommand({ TableName: ground.tables.clicks, ConsistentRead: true }),
  );
  return Items.map(toClick);
}
async function forgetClicks() {
  const { Items = [] } = await ground.engine.client.send(new ScanCommand({ TableName: ground.tables.clicks }));
  for (const { pk, sk } of Items)
    await ground.engine.client.send(new DeleteCommand({ TableName: ground.tables.clicks, Key: { pk, sk } }));
}
async function factsIn(location: string | undefined): Promise<ClickFacts> {
  const id = new URL(location ?? '').searchParams.get('trb_click') ?? '';
  const stored = await parameters(leanClient('ssm')).read('/tributary/test/click-keys', 2000);
  const facts = readClickId(id, parseClickKeys(stored!.value), PROGRAM);
  if (typeof facts === 'string') throw new Error(`the id in ${location} is ${facts}`);
  return facts;
}
const incidents = () =>
  lines.flatMap((line) => (line.startsWith('{"_aws"') ? [JSON.parse(line) as Record<string, unknown>] : []));

beforeAll(async () => {
  ground = await trackingGround();
  const rotate = await ground.cold(() => import('../../../functions/ops/rotate-click-keys.ts'));
  await rotate.handler();
  await ground.givenLink(LINK);
  await ground.givenLink('0a1b2c00000002', { status: 'paused' });
  await ground.givenLink('0a1b2c00000003', { destinationUrl: 'https://shöp.example/größe?q=ü', clickParameter: 'cid' });
});
beforeEach(async () => {
  handler = await coldHandler();
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  ground.dynamodb.faults.clear();
  await forgetClicks();
});
afterAll(() => ground.stop());

describe('a person follows a link', () => {
  test('and lands on the destination with a click id that tells what the row tells', async () => {
    const answer = await follow(LINK, { headers: { referer: 'https://blog.example.com/best-shoes?mail=a@b.c' } });
    expect(answer.statusCode).toBe(302);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(answer.headers.location).toMatch(
      /^https:\/\/shop\.example\/landing\?season=spring&trb_click=[A-Za-z0-9_-]{64}#shoes$/,
    );
    const [row, ...others] = await storedClicks();
    expect(others).toEqual([]);
    expect(row).toEqual({
      ...(await factsIn(answer.headers.location)),
      programId: PROGRAM,
      referrerHost: 'blog.example.com',
      expiresAt: epochMs(AT) / 1000 + 90 * 86_400,
    });
    expect(row).toMatchObject({ brandId: BRAND, partnerId: PARTNER, link: LINK, at: AT });
    expect(incidents()).toEqual([]);
  });

  test('and costs one write and nothing else once the link is known', async () => {
    await follow(LINK);
    const before = ground.dynamodb.calls.length;
    await follow(LINK);
    expect(ground.dynamodb.calls.slice(before)).toEqual(['PutItem']);
  });

  test('typed in capitals', async () => {
    expect((await follow(LINK.toUpperCase())).statusCode).toBe(302);
  });

  test('to a destination outside ASCII, under the program’s own parameter', async () => {
    const { location } = (await follow('0a1b2c00000003')).headers;
    expect(location).toMatch(/^https:\/\/xn--shp-tna\.example\/gr%C3%B6%C3%9Fe\?q=%C3%BC&cid=[\w-]{64}$/);
  });
});

describe('a browser that comes back', () => {
  const cookieOf = (answer: { cookies?: string[] }) => answer.cookies![0]!.split(';')[0]!;

  test('is the same visitor', async () => {
    const first = await follow(LINK);
    const second = await follow(LINK, { cookies: [cookieOf(first)], at: '2026-03-30T10:00:00.000Z' });
    expect(cookieOf(second)).toBe(cookieOf(first));
    const { visitor } = await factsIn(first.headers.location);
    expect((await factsIn(second.headers.location)).visitor).toBe(visitor);
    const journey = await ground.clicks.journey(BRAND, PROGRAM, visitor, AT, '2026-03-30T10:00:00.000Z');
    expect(journey.map(({ at }) => at)).toEqual([AT, '2026-03-30T10:00:00.000Z']);
  });

  test('without its cookie is another', async () => {
    const [first, second] = [await follow(LINK), await follow(LINK)];
    expect((await factsIn(first.headers.location)).visitor).not.toBe((await factsIn(second.headers.location)).visitor);
  });

  test('with a cookie of its own making gets a new one', async () => {
    const answer = await follow(LINK, { cookies: ['trb_v=admin#or#1=1'] });
    expect(cookieOf(answer)).toMatch(/^trb_v=[\w-]{11}$/);
  });

  test('that refuses tracking is a new visitor each time, and gets no cookie', async () => {
    const known = await follow(LINK);
    const headers = { 'sec-gpc': '1' };
    const answers = [0, 1].map(() => follow(LINK, { headers, cookies: [cookieOf(known)] }));
    const visitors = new Set([(await factsIn(known.headers.location)).visitor]);
    for (const answer of await Promise.all(answers)) {
      expect(answer).not.toHaveProperty('cookies');
      visitors.add((await factsIn(answer.headers.location)).visitor);
    }
    expect(visitors.size).toBe(3);
    expect(await storedClicks()).toHaveLength(3);
  });
});

describe('is redirected and not counted', () => {
  test.each([
    ['a crawler', LINK, { headers: { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' } }],
    ['a prefetch', LINK, { headers: { 'sec-purpose': 'prefetch' } }],
    ['a request for the head', LINK, { method: 'HEAD' }],
    ['anybody on a paused link', '0a1b2c00000002', {}],
  ])('%s', async (_, link, visit) => {
    const answer = await follow(link, visit);
    expect(answer.statusCode).toBe(302);
    expect(answer.headers.location).toBe('https://shop.example/landing?season=spring#shoes');
    expect(answer).not.toHaveProperty('cookies');
    expect(await storedClicks()).toEqual([]);
  });
});

describe('a link that does not exist', () => {
  test('is a page', async () => {
    const answer = await follow('0a1b2czzzzzzzz');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  test('is asked for once', async () => {
    const before = ground.dynamodb.calls.length;
    for (let i = 0; i < 3; i += 1) await follow('0a1b2cyyyyyyyy');
    expect(ground.dynamodb.calls.length - before).toBe(1);
  });

  test.each(['', 'favicon.ico', '0a1b2c', '0a1b2c0000000l', '../../admin', '0a1b2c00000001x', 'https://evil.example'])(
    'cannot be “%s”, without a read',
    async (link) => {
      const before = ground.dynamodb.calls.length;
      expect((await follow(link)).statusCode).toBe(404);
      expect(ground.dynamodb.calls.length).toBe(before);
    },
  );
});

describe('when the clicks table', () => {
  const latePut = { action: 'PutItem' } as const;

  test.each([
    ['is throttled', { kind: 'throttle' }],
    ['closes the connection', { kind: 'down' }],
    ['answers after the deadline', { kind: 'delay', delayMs: 900 }],
    ['stores the click and loses the answer', { kind: 'lost-reply' }],
  ] as const)('%s, the click goes through the queue and the visitor is redirected', async (_, fault) => {
    await follow(LINK);
    await forgetClicks();
    const before = ground.late().length;
    ground.dynamodb.faults.set({ ...latePut, ...fault });
    const started = performance.now();
    const answer = await follow(LINK);
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(answer.statusCode).toBe(302);
    const facts = await factsIn(answer.headers.location);

    const sent = ground.late().slice(before);
    expect(sent).toHaveLength(1);
    expect(JSON.parse(sent[0]!)).toMatchObject(facts);
    expect(incidents()).toMatchObject([{ ClicksLate: 1, link: LINK }]);

    const { handler: record } = await ground.cold(() => import('../../../functions/queue/record-click.ts'));
    ground.dynamodb.faults.clear();
    await new Promise((later) => setTimeout(later, 'delayMs' in fault ? fault.delayMs : 0));
    for (let delivery = 1; delivery <= 3; delivery += 1) {
      const Records = [{ messageId: 'm', body: sent[0]! }] as never;
      expect(await record({ Records })).toEqual({ batchItemFailures: [] });
    }
    expect(await storedClicks()).toMatchObject([facts]);
  });

  test('and the queue are both away, the visitor is redirected with an id that tells the click', async () => {
    const lost = await coldHandler({ AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9' });
    await follow(LINK, {}, lost);
    await forgetClicks();
    ground.dynamodb.faults.set({ kind: 'down', action: 'PutItem' });
    const answer = await follow(LINK, {}, lost);
    expect(answer.statusCode).toBe(302);
    const facts = await factsIn(answer.headers.location);
    expect(await storedClicks()).toEqual([]);
    expect(incidents()).toMatchObject([{ ClicksNotStored: 1, click: facts }]);
  });
});

describe('when links cannot be read', () => {
  test('a cold visitor is asked to try again, and finds the link a moment later', async () => {
    ground.dynamodb.faults.set({ kind: 'down', action: 'GetItem' });
    const answer = await follow(LINK);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(incidents()).toMatchObject([{ LinksUnreadable: 1, link: LINK }]);
    ground.dynamodb.faults.clear();
    expect((await follow(LINK)).statusCode).toBe(302);
  });

  test('once is tried again without anybody noticing', async () => {
    ground.dynamodb.faults.set({ kind: 'throttle', action: 'GetItem', times: 1 });
    expect((await follow(LINK)).statusCode).toBe(302);
    expect(incidents()).toEqual([]);
  });

  test('a warm environment goes on', async () => {
    await follow(LINK);
    ground.dynamodb.faults.set({ kind: 'down', action: 'GetItem' });
    expect((await follow(LINK)).statusCode).toBe(302);
  });
});

describe('when the click keys cannot be read', () => {
  test('the click is stored and the visitor redirected without an id; the store is not asked again at once', async () => {
    const keyless = await coldHandler({ AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:9' });
    for (let i = 0; i < 3; i += 1) {
      const answer = await follow(LINK, {}, keyless);
      expect(answer.headers.location).toBe('https://shop.example/landing?season=spring#shoes');
    }
    expect(await storedClicks()).toHaveLength(3);
    expect(incidents()).toMatchObject([{ ClickKeysUnreadable: 1 }]);
  });
});

test('nothing of a visitor’s address or device is stored', async () => {
  await follow(LINK, { headers: { 'x-forwarded-for': '203.0.113.7', referer: 'https://203.0.113.7/private' } });
  const { Items = [] } = await ground.engine.client.send(new ScanCommand({ TableName: ground.tables.clicks }));
  expect(JSON.stringify(Items)).not.toMatch(/Firefox|Mozilla|private|203\.0\.113/);
  expect(Object.keys(Items[0]!).sort()).toEqual(['expiresAt', 'l', 'p', 'pk', 'sk']);
});
