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
const RICH = 'prg_01jqg0000000r1ch';
const STRICT = 'prg_01jqg000000str1c';

let ground: TrackingGround;
type Handler = typeof import('../../../functions/track/click.ts').handler;
let handler: Handler;
let lines: string[] = [];

const coldHandler = async (over: Record<string, string> = {}): Promise<Handler> =>
  (await ground.cold(() => import('../../../functions/track/click.ts'), over)).handler;

function follow(
  link: string,
  { headers = {}, cookies, method = 'GET', at = AT, query = '', ip = '203.0.113.7' }: Visit = {},
  by = handler,
) {
  return by({
    pathParameters: { link },
    headers: { 'user-agent': FIREFOX, ...headers },
    ...(cookies ? { cookies } : {}),
    rawQueryString: query,
    requestContext: { http: { method, path: `/c/${link}`, sourceIp: ip }, timeEpoch: epochMs(at) },
  } as unknown as APIGatewayProxyEventV2);
}
interface Visit {
  readonly headers?: Record<string, string>;
  readonly cookies?: string[];
  readonly method?: string;
  readonly at?: string;
  readonly query?: string;
  readonly ip?: string;
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
  await ground.givenLink('0a1b2c00000002', { status: 'paused', slug: 'summer' });
  await ground.givenLink('0a1b2c00000004', { endsAt: '2026-03-29T09:59:59.000Z' });
  await ground.givenLink('0a1b2c00000005', { capped: true });
  await ground.givenLink('0a1b2c00000006', { slug: 'anna', programId: RICH });
  await ground.givenLink('0a1b2c00000007', { programId: STRICT });
  await ground.givenProgram(RICH, {
    allowedHosts: ['outlet.example'],
    tracking: {
      countries: ['US', 'CA'],
      dataCentres: ['198.51.100.0/24'],
      passQuery: true,
      denyQuery: ['discount'],
      utm: { utm_source: '{partner}', utm_campaign: 'spring-{sub1}' },
      standDownParameter: 'afsrc',
    },
  });
  await ground.givenProgram(STRICT, {
    tracking: { mode: 'strict', cookies: 'always', dataCentres: ['198.51.100.0/24'] },
  });
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
    ['a link previewer', LINK, { headers: { 'user-agent': 'WhatsApp/2.23.20.0 A' } }],
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

const CLOUD = '198.51.100.7';
const landed = (answer: { headers: Readonly<Record<string, string>> }) => new URL(answer.headers.location!);

describe('a verdict', () => {
  test.each([
    ['paused', '0a1b2c00000002', {}, ['link-paused']],
    ['expired', '0a1b2c00000004', {}, ['link-ended']],
    ['over-cap', '0a1b2c00000005', {}, ['cap']],
    ['out-of-geo', '0a1b2c00000006', { headers: { 'cloudfront-viewer-country': 'JP' } }, ['country']],
    ['bot', '0a1b2c00000006', { ip: CLOUD }, ['data-centre']],
    ['bot', '0a1b2c00000006', { headers: { 'cloudfront-viewer-address': `${CLOUD}:46532` } }, ['data-centre']],
    ['bot', LINK, { headers: { 'sec-fetch-dest': 'iframe' } }, ['not-a-page']],
    ['bot', LINK, { headers: { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' } }, ['not-a-page']],
  ] as const)(
    '%s of %s is stored with its reasons, and the visitor is redirected',
    async (verdict, link, visit, reasons) => {
      expect((await follow(link, visit)).statusCode).toBe(302);
      expect(await storedClicks()).toMatchObject([{ verdict, reasons }]);
    },
  );

  test('is none for a person’s navigation', async () => {
    await follow(LINK, { headers: { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' } });
    const [row] = await storedClicks();
    expect(row).not.toHaveProperty('verdict');
    expect(row).not.toHaveProperty('reasons');
  });

  test('which can never be credited is told by the id, and by nothing readable in it', async () => {
    const keys = parseClickKeys((await parameters(leanClient('ssm')).read('/tributary/test/click-keys', 2000))!.value);
    const read = (answer: { headers: Readonly<Record<string, string>> }, program: string) =>
      readClickId(landed(answer).searchParams.get('trb_click')!, keys, program);
    expect(read(await follow('0a1b2c00000002'), PROGRAM)).toMatchObject({ uncredited: 'paused' });
    expect(read(await follow('0a1b2c00000007', { ip: CLOUD }), STRICT)).toMatchObject({ uncredited: 'bot' });
    expect(read(await follow('0a1b2c00000006', { ip: CLOUD }), RICH)).not.toHaveProperty('uncredited');
  });

  test('the program’s mode stands with it', async () => {
    await follow('0a1b2c00000007', { ip: CLOUD });
    expect(await storedClicks()).toMatchObject([{ verdict: 'bot', mode: 'strict' }]);
  });
});

describe('following a link again', () => {
  const later = (minutes: number) => new Date(epochMs(AT) + minutes * 60_000).toISOString();
  const jar = (answer: { cookies?: string[] }) => answer.cookies!.map((cookie) => cookie.split(';')[0]!);
  const verdicts = async () =>
    (await storedClicks()).sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ verdict = 'human' }) => verdict);

  test('within the hour is a duplicate, whichever environment it reaches; the hour runs from the first click', async () => {
    const first = await follow(LINK);
    const other = await coldHandler();
    const second = await follow(LINK, { cookies: jar(first), at: later(40) }, other);
    expect(second.cookies).toHaveLength(1);
    await follow(LINK, { cookies: jar(first), at: later(59) }, await coldHandler());
    await follow(LINK, { cookies: jar(first), at: later(60) });
    expect(await verdicts()).toEqual(['human', 'duplicate', 'duplicate', 'human']);
  });

  test('another link is none', async () => {
    const first = await follow(LINK);
    await follow('0a1b2c00000003', { cookies: jar(first) });
    expect(await verdicts()).toEqual(['human', 'human']);
  });

  test('without cookies is one where the same environment sees the same address and browser', async () => {
    const headers = { 'sec-gpc': '1' };
    await follow(LINK, { headers });
    await follow(LINK, { headers, at: later(5) });
    await follow(LINK, { headers, ip: '203.0.113.8', at: later(6) });
    await follow(LINK, { headers: { ...headers, 'user-agent': `${FIREFOX}x` }, at: later(7) });
    expect(await verdicts()).toEqual(['human', 'duplicate', 'human', 'human']);
  });

  test('a cookie of somebody’s making does no harm', async () => {
    await follow(LINK, { cookies: [`trb_l=${'x'.repeat(4000)}`] });
    await follow(LINK, { cookies: ['trb_l=0a1b2c00000001.zzzzzzzz-%00-..'], at: later(1) });
    expect(await verdicts()).toEqual(['human', 'human']);
  });
});

describe('cookies', () => {
  test.each([
    ['Germany', 'DE', LINK, 0],
    ['the United Kingdom', 'GB', LINK, 0],
    ['the United States', 'US', LINK, 2],
    ['Germany, of a program that asks for consent itself', 'DE', '0a1b2c00000007', 2],
  ])('in %s', async (_, country, link, count) => {
    expect((await follow(link, { headers: { 'cloudfront-viewer-country': country } })).cookies ?? []).toHaveLength(
      count,
    );
  });

  test('of visitors nobody places are none, unless the stage says where they are', async () => {
    const unplaced = await coldHandler({ ASSUMED_COUNTRY: 'unknown' });
    expect(await follow(LINK, {}, unplaced)).not.toHaveProperty('cookies');
  });
});

describe('a deep link', () => {
  const deep = (u: string) => follow('0a1b2c00000006', { query: `u=${encodeURIComponent(u)}` });

  test.each([
    ['https://shop.example/boots', 'https://shop.example/boots'],
    ['https://de.shop.example/boots?size=42#buy', 'https://de.shop.example/boots'],
    ['https://outlet.example/', 'https://outlet.example/'],
    ['HTTPS://SHOP.EXAMPLE/x', 'https://shop.example/x'],
  ])('to %s', async (u, expected) => {
    const { origin, pathname } = landed(await deep(u));
    expect(origin + pathname).toBe(expected);
    expect((await storedClicks())[0]).not.toHaveProperty('reasons');
  });

  test.each([
    'https://evil.example/',
    'https://shop.example.evil.example/',
    'https://notshop.example/',
    'https://shop.example@evil.example/',
    'https://user:pw@shop.example/',
    'https://evil.example\\@shop.example/',
    'https:\\\\evil.example',
    'https:///evil.example',
    '//evil.example/',
    'http://shop.example/',
    'javascript:alert(1)//shop.example',
    'data:text/html,shop.example',
    'https://shop.example/\r\nset-cookie: a=b',
    ' https://shop.example/',
    'https://shop.example。evil.example/',
    `https://shop.example/${'x'.repeat(2100)}`,
    '',
  ])('never to “%s”: the visitor sees the link’s own destination, the row the reason', async (u) => {
    const answer = await deep(u);
    expect(landed(answer).href).toMatch(/^https:\/\/shop\.example\/landing\?/);
    expect(await storedClicks()).toMatchObject([{ reasons: ['u-refused'] }]);
  });

  test('given twice is the first', async () => {
    const query = `u=${encodeURIComponent('https://shop.example/a')}&u=${encodeURIComponent('https://evil.example/')}`;
    expect(landed(await follow('0a1b2c00000006', { query })).pathname).toBe('/a');
  });
});

describe('the landing page gets', () => {
  test('the program’s UTM and stand-down parameters, what may be handed on, and the click id last', async () => {
    const query = 'sub1=blog%20A&sharedid=s&ref=x&discount=99&season=winter&utm_source=me&trb_click=forged';
    const { search } = landed(await follow('0a1b2c00000006', { query }));
    expect(search).toMatch(
      new RegExp(
        `^\\?season=spring&utm_source=${PARTNER}&utm_campaign=spring-blog%20A&afsrc=1&ref=x&trb_click=[\\w-]{64}$`,
      ),
    );
    expect(await storedClicks()).toMatchObject([{ subs: { sub1: 'blog A', sharedid: 's' } }]);
  });

  test('nothing more from a program that says nothing', async () => {
    expect(landed(await follow(LINK, { query: 'ref=x&sub1=y' })).search).toMatch(/^\?season=spring&trb_click=/);
  });

  test.each([
    '%',
    '%zz=%',
    '&&&=&=',
    'a=%ff%fe',
    `${'x=1&'.repeat(2000)}`,
    `sub1=${'%F0%9F%91%9F'.repeat(400)}`,
    'sub1=%00%0d%0a',
  ])('something sound whatever the query is: %s', async (query) => {
    const answer = await follow('0a1b2c00000006', { query });
    expect(answer.statusCode).toBe(302);
    expect(answer.headers.location).toMatch(/^https:\/\/shop\.example\/landing\?[!-~]+$/);
    expect(answer.headers.location!.length).toBeLessThan(4_000);
    expect(await storedClicks()).toHaveLength(1);
  });
});

describe('a slug', () => {
  test('leads where its link leads, in one read, in any case', async () => {
    const before = ground.dynamodb.calls.length;
    expect((await follow('0A1B2C-Anna')).statusCode).toBe(302);
    // The link, its program's settings, the click.
    expect(ground.dynamodb.calls.slice(before)).toEqual(['GetItem', 'GetItem', 'PutItem']);
    await follow('0a1b2c-anna');
    expect(ground.dynamodb.calls.slice(before + 3)).toEqual(['PutItem']);
    expect(await storedClicks()).toMatchObject([{ link: '0a1b2c00000006' }, { link: '0a1b2c00000006' }]);
  });

  test('changes with its link', async () => {
    expect((await follow('0a1b2c-summer')).statusCode).toBe(302);
    expect(await storedClicks()).toMatchObject([{ verdict: 'paused' }]);
  });

  test.each([
    '0a1b2c-',
    '0a1b2c-nobody',
    '0a1b2c--x',
    '-anna',
    '0a1b2c-a#b',
    '0a1b2c-../x',
    `0a1b2c-${'x'.repeat(50)}`,
  ])('that does not exist is a page: %s', async (name) => expect((await follow(name)).statusCode).toBe(404));
});

// Half of the calls fail, by the generator's first seed: not the link's, but the program's.
test('when the program cannot be read, the visitor still lands and the click is stored', async () => {
  ground.dynamodb.faults.set({ kind: 'throttle', action: 'GetItem', rate: 0.5 });
  const answer = await follow('0a1b2c00000006');
  expect(answer.statusCode).toBe(302);
  expect(await storedClicks()).toHaveLength(1);
  expect(incidents()).toMatchObject([{ ProgramRulesUnreadable: 1 }]);
});
