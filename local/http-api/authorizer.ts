import type { Invoke, Resource } from '../contract.ts';
import { authorizerEvent, type EventPlace, type Received } from './event.ts';

/** What an authorizer says about a request. */
export type Verdict =
  | { readonly kind: 'allowed'; readonly context: Readonly<Record<string, unknown>> }
  /** An identity source is missing: 401, the function is not asked. */
  | { readonly kind: 'unidentified' }
  /** 403 */
  | { readonly kind: 'refused' }
  /** The function failed or answered nonsense: 500. */
  | { readonly kind: 'failed'; readonly reason: string };

export type Authorize = (
  request: Received,
  routeKey: string,
  parameters: Readonly<Record<string, string>>,
  nowMs: number,
) => Promise<Verdict>;

/** Answers kept at most; the oldest go first. */
const CACHED = 10_000;

/**
 * A Lambda authorizer with simple answers, and its cache: for the time the template says, the same identity gets the same answer
 * without a call. @throws for kinds of authorizers that are not served here.
 */
export function lambdaAuthorizer(authorizer: Resource, place: EventPlace, region: string, invoke: Invoke): Authorize {
  const { properties, stack, logicalId } = authorizer;
  if (properties.AuthorizerType !== 'REQUEST' || properties.EnableSimpleResponses !== true) {
    throw new Error(`${stack}/${logicalId}: only Lambda authorizers with simple responses are served on the laptop`);
  }
  const functionArn = functionOf(String(properties.AuthorizerUri));
  const sources = ([properties.IdentitySource ?? []].flat() as string[]).map(String);
  const keepMs = Number(properties.AuthorizerResultTtlInSeconds ?? 300) * 1000;
  const kept = new Map<string, { readonly untilMs: number; readonly verdict: Verdict }>();

  return async (request, routeKey, parameters, nowMs) => {
    const identity = sources.map((source) => identityIn(source, request, routeKey));
    if (identity.some((value) => value === undefined || value === '')) return { kind: 'unidentified' };
    const key = JSON.stringify(identity);
    const known = keepMs > 0 && sources.length > 0 ? kept.get(key) : undefined;
    if (known && known.untilMs > nowMs) return known.verdict;
    const given = identity.filter((value) => value !== undefined);
    const outcome = await invoke(functionArn, authorizerEvent(request, routeKey, parameters, place, given, region));
    if (!outcome.ok) return { kind: 'failed', reason: `${outcome.errorType}: ${outcome.errorMessage}` };
    const { isAuthorized, context } = (outcome.payload ?? {}) as {
      isAuthorized?: unknown;
      context?: Record<string, unknown>;
    };
    if (typeof isAuthorized !== 'boolean')
      return { kind: 'failed', reason: 'the authorizer did not answer isAuthorized' };
    const verdict: Verdict = isAuthorized ? { kind: 'allowed', context: context ?? {} } : { kind: 'refused' };
    kept.set(key, { untilMs: nowMs + keepMs, verdict });
    if (kept.size > CACHED) kept.delete(kept.keys().next().value!);
    return verdict;
  };
}

/** The function in `arn:aws:apigateway:…:lambda:path/2015-03-31/functions/<arn>/invocations`, or the ARN itself. */
export const functionOf = (uri: string): string => /functions\/(arn:[^/]+)\/invocations/.exec(uri)?.[1] ?? uri;

function identityIn(source: string, { headers, query, path }: Received, routeKey: string): string | undefined {
  const [, where, name = ''] = /^\$(request\.header|request\.querystring|context)\.([\w-]+)$/i.exec(source) ?? [];
  if (where === 'request.header') return headers[name.toLowerCase()];
  if (where === 'request.querystring') return new URLSearchParams(query).get(name) ?? undefined;
  if (source === '$request.path') return path;
  if (source === '$context.routeKey') return routeKey;
  return undefined;
}
