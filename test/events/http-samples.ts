import { derive } from '../../lib/ids.ts';
import type { GivenProgram } from '../support/program.ts';
import { ACCOUNT, REGION } from './aws-envelopes.ts';
import { postbackSecret, sampleLink, sampleSecret } from './story.ts';

const API = 'a1b2c3d4e5';
const HOST = `${API}.execute-api.${REGION}.amazonaws.com`;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

interface Request {
  /** As API Gateway names it: `GET /c/{link}`. */
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly userAgent?: string;
  readonly headers?: object;
  /** What the authorizer answered. */
  readonly key?: object;
  readonly body?: object;
}

const headersOf = ({ userAgent = BROWSER, headers }: Request) => ({
  accept: '*/*',
  host: HOST,
  'x-amzn-trace-id': 'Root=1-69afec56-1c8d5a7e6b3f2a9d4c0e1b7f',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
  'user-agent': userAgent,
  ...headers,
});

/** What every event of the HTTP API has, the authorizer's too. */
function eventOf(request: Request) {
  const { route, path = {}, query = {}, userAgent = BROWSER, key } = request;
  const [method, pattern] = route.split(' ') as [string, string];
  const rawPath = pattern.replace(/\{(\w+)\}/g, (_, name: string) => path[name]!);
  return {
    version: '2.0',
    routeKey: route,
    rawPath,
    rawQueryString: String(new URLSearchParams(query)),
    headers: headersOf(request),
    ...(request.query && { queryStringParameters: query }),
    ...(request.path && { pathParameters: path }),
    requestContext: {
      accountId: ACCOUNT,
      apiId: API,
      ...(key && { authorizer: { lambda: key } }),
      domainName: HOST,
      domainPrefix: API,
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent },
      requestId: 'KZ3qXhPvliAEJ3A=',
      routeKey: route,
      stage: '$default',
      time: '10/Mar/2026:10:02:14 +0000',
      timeEpoch: Date.parse('2026-03-10T10:02:14.120Z'),
    },
  };
}

function handed(request: Request) {
  const body = request.body && JSON.stringify(request.body);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return {
    ...eventOf({ ...request, headers: { ...request.headers, ...length } }),
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}

/** What API Gateway sends, by the file's name: a click and its page's script, a conversion, a tracker's postback, and what the authorizer is asked. */
export async function httpSamples({ brandId, programId, click }: GivenProgram): Promise<Record<string, object>> {
  const path = { link: sampleLink(brandId) };
  const authorization = `Bearer ${sampleSecret(brandId)}`;
  const reported = {
    programId,
    orderId: '1004',
    occurredAt: '2026-03-10T10:02:13Z',
    currency: 'USD',
    items: [{ sku: 'runner-9', category: 'shoes', quantity: 1, unitPriceCents: 12_900 }],
    customerStatus: 'new',
  };
  const conversion: Request = {
    route: 'POST /v1/conversions',
    userAgent: 'shop-webhook/3',
    headers: { 'content-type': 'application/json', authorization },
  };
  const routeArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${API}/$default/POST/v1/conversions`;
  const clickId = await click(derive('partner', brandId, 'Ann'), 'visitor2', '2026-03-10T12:00:00.000Z', 'lost');
  return {
    click: handed({
      route: 'GET /c/{link}',
      path,
      headers: { referer: 'https://trailnotes.example/best-running-shoes', 'sec-fetch-dest': 'document' },
    }),
    via: handed({
      route: 'POST /v/{link}',
      path,
      query: { sub1: 'footer', visitor: 'new' },
      headers: { origin: 'https://shop.example', 'sec-fetch-dest': 'empty' },
    }),
    script: handed({
      route: 'GET /t.js',
      headers: { referer: 'https://shop.example/', 'sec-fetch-dest': 'script' },
    }),
    postback: handed({
      route: 'GET /postback',
      userAgent: 'tracker/1.0',
      query: {
        token: postbackSecret(brandId),
        transaction_id: clickId,
        order_id: '1003',
        amount: '149.00',
        currency: 'USD',
        status: 'approved',
        sub1: 'newsletter',
      },
    }),
    conversion: handed({
      ...conversion,
      key: { brandId, keyId: 'key_01kk2c7h0000s4m9', person: 'ops@fjordtrail.example', role: 'manager' },
      body: reported,
    }),
    authorizer: { type: 'REQUEST', routeArn, identitySource: [authorization], ...eventOf(conversion) },
  };
}
