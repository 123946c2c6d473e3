import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { leanClient } from '../../../lib/aws/lean-client.ts';
import { parameters } from '../../../lib/aws/parameters.ts';
import { toClick } from '../../../lib/store/click-row.ts';
import { epochMs } from '../../../lib/time.ts';
import type { Click } from '../../../lib/tracking/click.ts';
import { readClickId } from '../../../lib/tracking/click-id.ts';
import { parseClickKeys } from '../../../lib/tracking/click-keys.ts';
import { PARTNER, PROGRAM, type TrackingGround, trackingGround } from '../../support/tracking-ground.ts';

const AT = '2026-03-29T10:00:00.000Z';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const LINK = '0a1b2c00000001';
const SHOP = 'https://www.shop.example';

let ground: TrackingGround;
let handler: typeof import('../../../functions/track/via.ts').handler;
let visits = 0;

async function come(link: string, { headers = {}, query = '', minute = 0, ip }: Coming = {}) {
  visits += 1;
  const {
    statusCode,
    headers: answered,
    body,
  } = await handler({
    pathParameters: { link },
    rawQueryString: query,
    headers: { 'user-agent': FIREFOX, origin: SHOP, 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', ...headers },
    requestContext: {
      http: { method: 'POST', path: `/v/${link}`, sourceIp: ip ?? `203.0.113.${visits % 250}` },
      timeEpoch: epochMs(AT) + minute * 60_000,
    },
  } as unknown as APIGatewayProxyEventV2);
  return {
    status: statusCode,
    headers: answered,
    body: JSON.parse(body!) as { clickId?: string; visitor?: string; problem?: string },
  };
}
interface Coming {
  readonly headers?: Record<string, string | undefined>;
  readonly query?: string;
  readonly minute?: number;
  readonly ip?: string;
}

let before = 0;
async function stored(): Promise<Click[]> {
  const { Items = [] } = await ground.engine.client.send(new ScanCommand({ TableName: ground.tables.clicks }));
  return Items.map(toClick);
}

beforeAll(async () => {
  ground = await trackingGround();
  await (await ground.cold(() => import('../../../functions/ops/rotate-click-keys.ts'))).handler();
  await ground.givenProgram(PROGRAM);
  await ground.givenLink(LINK, { slug: 'anna' });
  await ground.givenLink('0a1b2c00000002', { status: 'paused' });
});
beforeEach(async () => {
  ({ handler } = await ground.cold(() => import('../../../functions/track/via.ts')));
  before = (await stored()).length;
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  ground.dynamodb.faults.clear();
});
afterAll(() => ground.stop());

describe('a visitor who comes with ?via=', () => {
  test.each([LINK, '0a1b2c-anna'])('by %s is a click, told by its id', async (name) => {
    const { status, headers, body } = await come(name, { query: 'sub1=footer' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'access-control-allow-origin': SHOP, vary: 'origin', 'cache-control': 'no-store' });
    expect(body).toEqual({ clickId: expect.any(String) });
    const keys = parseClickKeys((await parameters(leanClient('ssm')).read('/tributary/test/click-keys', 2000))!.value);
    const facts = readClickId(body.clickId!, keys, PROGRAM);
    const rows = (await stored()).filter(({ visitor }) => typeof facts === 'object' && visitor === facts.visitor);
    expect(rows).toEqual([
      expect.objectContaining({ link: LINK, partnerId: PARTNER, at: AT, subs: { sub1: 'footer' } }),
    ]);
    expect(rows[0]).not.toHaveProperty('referrerHost');
  });

  test('without consent is somebody new each time; with it the browser’s own token joins its clicks', async () => {
    const first = (await come(LINK, { query: 'visitor=new' })).body;
    const again = (await come(LINK, { query: `visitor=${first.visitor}`, minute: 30 })).body;
    expect(again.visitor).toBe(first.visitor);
    const mine = (await stored()).slice().filter(({ at, verdict }) => at > AT && verdict === 'duplicate');
    expect(mine).toHaveLength(1);
    expect((await come(LINK)).body).not.toHaveProperty('visitor');
  });

  test.each([
    ['refuses tracking', { headers: { 'sec-gpc': '1' }, query: 'visitor=new' }],
    ['refuses it and sends a token', { headers: { 'sec-gpc': '1' }, query: 'visitor=AAECAwQFBgc' }],
  ])('and %s keeps none', async (_, coming) => expect((await come(LINK, coming)).body).not.toHaveProperty('visitor'));

  test('with a token of somebody’s making gets one of ours', async () => {
    const { visitor } = (await come(LINK, { query: 'visitor=admin%23or%231' })).body;
    expect(visitor).toMatch(/^[\w-]{11}$/);
  });

  test('through a paused link has a click id that credits nobody', async () => {
    expect((await come('0a1b2c00000002')).body.clickId).toBeDefined();
    expect((await stored()).some(({ verdict }) => verdict === 'paused')).toBe(true);
  });

  test('warm, costs one write', async () => {
    await come(LINK);
    const calls = ground.dynamodb.calls.length;
    await come(LINK);
    expect(ground.dynamodb.calls.slice(calls)).toEqual(['PutItem']);
  });
});

describe('nothing is recorded', () => {
  test.each([
    ['from another site', LINK, { headers: { origin: 'https://evil.example' } }, 403],
    ['from a host that ends alike', LINK, { headers: { origin: 'https://notshop.example' } }, 403],
    ['from a page of no origin', LINK, { headers: { origin: 'null' } }, 403],
    ['from no page', LINK, { headers: { origin: undefined } }, 403],
    [
      'for a crawler that runs scripts',
      LINK,
      { headers: { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' } },
      200,
    ],
    ['while a page is prerendered', LINK, { headers: { 'sec-purpose': 'prefetch;prerender' } }, 200],
    ['for a link that does not exist', '0a1b2czzzzzzzz', {}, 404],
    ['for what is no link', '../admin', {}, 404],
    ['for a slug without a brand', '-anna', {}, 404],
  ])('%s', async (_, link, coming, status) => {
    const answer = await come(link, coming as Coming);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toHaveProperty('clickId');
    if (status !== 200) expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(await stored()).toHaveLength(before);
  });

  test('when the link cannot be read; the page is told to come back', async () => {
    ground.dynamodb.faults.set({ kind: 'down', action: 'GetItem' });
    expect(await come(LINK)).toMatchObject({ status: 503, body: { problem: 'try-again' } });
  });
});

test.each([
  '%',
  '%zz',
  'visitor=%00%0d%0a&sub1=%ff',
  `visitor=${'x'.repeat(9_000)}`,
  `${'sub1=a&'.repeat(3_000)}`,
  'sub1[]=x&__proto__=y',
])('whatever the query is, the answer is sound: %s', async (query) => {
  const { status, body } = await come(LINK, { query });
  expect(status).toBe(200);
  expect(body.clickId).toMatch(/^[\w-]{64}$/);
  expect(await stored()).toHaveLength(before + 1);
});
