import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROUTES } from '../lib/routes.ts';

/** The row that the stand-in answers every look-up with: a link, and the key and the program of a postback. */
export const LINK_ROW = {
  programId: 'prg_01kp3q8z4m7yc2hd',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  destinationUrl: 'https://shop.example/welcome',
  clickParameter: 'trb_click',
  status: 'active',
  keyId: 'key_01kp3q8z4m7yc2hd',
  person: 'owner@shop.example',
  role: 'postback',
  currency: 'USD',
  timeZone: 'Europe/Berlin',
};

const AT = Date.parse('2026-03-29T10:00:00.000Z');
const context = (method: string, path: string) => ({
  accountId: '000000000000',
  apiId: 'bench',
  domainName: 'api.example',
  http: {
    method,
    path,
    protocol: 'HTTP/1.1',
    sourceIp: '192.0.2.1',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  },
  requestId: 'bench',
  stage: '$default',
  time: '29/Mar/2026:10:00:00 +0000',
  timeEpoch: AT,
  authorizer: {
    lambda: { brandId: 'brd_4k9w2x', keyId: 'key_01kp3q8z4m7yc2hd', person: 'owner@shop.example', role: 'owner' },
  },
});
const http = (method: string, route: string, path: string, pathParameters: object) => ({
  version: '2.0',
  routeKey: `${method} ${route}`,
  rawPath: path,
  rawQueryString: '',
  headers: {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    authorization: `Bearer trb_4k9w2x_${'A'.repeat(43)}`,
  },
  requestContext: { ...context(method, path), routeKey: `${method} ${route}` },
  pathParameters,
  isBase64Encoded: false,
});
const IDS: Readonly<Record<string, string>> = {
  programId: LINK_ROW.programId,
  partnerId: LINK_ROW.partnerId,
  link: '4k9w2x7h2mqc0d',
  eventType: 'sale',
  orderId: '1001',
  runId: 'pay_01kp3q8z4m7yc2hd',
  keyId: 'key_01kp3q8z4m7yc2hd',
  itemId: 'itm_01kp3q8z4m7yc2hd',
  number: '1',
  workflow: 'settle-conversions',
  name: 'bench',
};

const SAMPLES = join(import.meta.dirname, '../events/samples');
const manifest = JSON.parse(readFileSync(join(SAMPLES, 'manifest.json'), 'utf8')) as Readonly<
  Record<string, readonly string[]>
>;

/** An event that makes a function load its clients and ask AWS something: the sample of its trigger, or for most of the API a read of its own. */
export function eventFor(entry: string): unknown {
  // The sample click names a link of another brand than the stand-in's row.
  if (entry === 'track/click') return http('GET', '/c/{link}', `/c/${IDS.link}`, { link: IDS.link });
  const [sample] = manifest[entry] ?? [];
  if (sample !== undefined) return JSON.parse(readFileSync(join(SAMPLES, sample), 'utf8'));
  const routes = ROUTES.filter((route) => route.function === entry);
  const route = routes.find(({ method, path }) => method === 'GET' && path.includes('{')) ?? routes[0];
  if (!route) throw new Error(`functions/${entry}.ts has neither a sample event nor a route`);
  return http(
    route.method,
    route.path,
    route.path.replace(/\{(\w+)\}/g, (_, name: string) => IDS[name]!),
    IDS,
  );
}
