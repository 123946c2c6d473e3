import type { IncomingMessage } from 'node:http';
import { instant } from '../../lib/time.ts';

/** A request as it reached the front, read once. */
export interface Received {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
  /** When it arrived, or the time a replay gives it. */
  readonly atMs: number;
  readonly sourceIp: string;
}

export interface EventPlace {
  readonly apiId: string;
  readonly account: string;
  readonly stage: string;
}

/** Set by whoever replays history, taken only by this front; the function sees the time it names, not the header. */
export const TIME_HEADER = 'x-tributary-time';
/** Likewise for the caller's address. */
export const ADDRESS_HEADER = 'x-tributary-source-ip';

/** Headers of this one connection, and the two that only this front understands. */
const NOT_PASSED_ON = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', TIME_HEADER, ADDRESS_HEADER];

/** Reads head and body; header names are lower case, values of a repeated header joined by a comma. */
export function received(request: IncomingMessage, body: Buffer, id: string, nowMs: number): Received | 'bad-time' {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const time = request.headers[TIME_HEADER];
  const atMs = time === undefined ? nowMs : timeOf(String(time));
  if (atMs === undefined) return 'bad-time';
  const sourceIp = String(request.headers[ADDRESS_HEADER] ?? request.socket.remoteAddress ?? '127.0.0.1');
  const { cookie, ...rest } = request.headers;
  for (const name of NOT_PASSED_ON) delete rest[name];
  return {
    id,
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: {
      ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, [value].flat().join(',')])),
      'x-forwarded-for': sourceIp,
      'x-forwarded-port': String(request.socket.localPort ?? 80),
      'x-forwarded-proto': 'http',
    },
    cookies: cookie ? cookie.split(/;\s*/).filter(Boolean) : [],
    body,
    atMs,
    sourceIp,
  };
}

/** ISO 8601, or epoch milliseconds. */
function timeOf(text: string): number | undefined {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** The event of payload format 2.0 that the integration gets. */
export function proxyEvent(
  request: Received,
  routeKey: string,
  parameters: Readonly<Record<string, string>>,
  place: EventPlace,
  authorizer?: Readonly<Record<string, unknown>>,
) {
  const isBase64Encoded = request.body.length > 0 && !isText(request.headers['content-type']);
  return {
    ...commonEvent(request, routeKey, parameters),
    requestContext: {
      ...requestContext(request, routeKey, place),
      ...(authorizer && { authorizer: { lambda: authorizer } }),
    },
    ...(request.body.length > 0 && { body: request.body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

/** The event of payload format 2.0 that a Lambda authorizer gets: no body, and the identity it is to judge. */
export function authorizerEvent(
  request: Received,
  routeKey: string,
  parameters: Readonly<Record<string, string>>,
  place: EventPlace,
  identitySource: readonly string[],
  region: string,
) {
  return {
    ...commonEvent(request, routeKey, parameters),
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:${region}:${place.account}:${place.apiId}/${place.stage}/${request.method}${request.path}`,
    identitySource,
    requestContext: requestContext(request, routeKey, place),
  };
}

function commonEvent(request: Received, routeKey: string, parameters: Readonly<Record<string, string>>) {
  const query = queryParameters(request.query);
  return {
    version: '2.0',
    routeKey,
    rawPath: request.path,
    rawQueryString: request.query,
    ...(request.cookies.length > 0 && { cookies: request.cookies }),
    headers: request.headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
  };
}

function requestContext(request: Received, routeKey: string, { apiId, account, stage }: EventPlace) {
  return {
    accountId: account,
    apiId,
    domainName: request.headers.host ?? '127.0.0.1',
    domainPrefix: apiId,
    http: {
      method: request.method,
      path: request.path,
      protocol: 'HTTP/1.1',
      sourceIp: request.sourceIp,
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: request.id,
    routeKey,
    stage,
    time: commonLogTime(request.atMs),
    timeEpoch: request.atMs,
  };
}

/** Values of a repeated parameter joined by a comma. */
function queryParameters(query: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    joined[name] = Object.hasOwn(joined, name) ? `${joined[name]},${value}` : value;
  }
  return joined;
}

/** API Gateway passes these as text and everything else, forms included, in base64. */
function isText(contentType = 'text/plain'): boolean {
  return /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml)))/i.test(contentType);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2026:19:03:58 +0000` */
export function commonLogTime(epochMs: number): string {
  const [date = '', time = ''] = instant(epochMs).split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
