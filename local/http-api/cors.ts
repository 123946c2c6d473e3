import type { Received } from './event.ts';

/** An API's `CorsConfiguration`. */
export interface Cors {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
  readonly AllowCredentials?: boolean;
}

type Headers = Readonly<Record<string, string>>;

/** A browser asking beforehand; the API answers by itself, no function is called. */
export const isPreflight = ({ method, headers }: Received): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

/** Headers of the answer to a preflight; none when the origin may not call. */
export function preflightHeaders(cors: Cors, { headers }: Received): Headers {
  const origin = originHeaders(cors, headers.origin);
  if (Object.keys(origin).length === 0) return {};
  return {
    ...origin,
    ...(cors.AllowMethods && { 'access-control-allow-methods': cors.AllowMethods.join(',') }),
    ...(cors.AllowHeaders && { 'access-control-allow-headers': cors.AllowHeaders.join(',') }),
    ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
  };
}

/** Headers that every other answer to an allowed origin carries. */
export function answerHeaders(cors: Cors, { headers }: Received): Headers {
  const origin = originHeaders(cors, headers.origin);
  if (Object.keys(origin).length === 0) return {};
  return { ...origin, ...(cors.ExposeHeaders && { 'access-control-expose-headers': cors.ExposeHeaders.join(',') }) };
}

function originHeaders({ AllowOrigins = [], AllowCredentials }: Cors, origin: string | undefined): Headers {
  if (origin === undefined) return {};
  const any = AllowOrigins.includes('*');
  const allowed = any || AllowOrigins.some((pattern) => originMatches(pattern, origin));
  if (!allowed) return {};
  return {
    'access-control-allow-origin': any ? '*' : origin,
    ...(!any && { vary: 'Origin' }),
    ...(AllowCredentials && { 'access-control-allow-credentials': 'true' }),
  };
}

/** `https://*` stands for every origin of that scheme. */
const originMatches = (pattern: string, origin: string) =>
  pattern.endsWith('://*') ? origin.startsWith(pattern.slice(0, -1)) : pattern === origin;
