import { rmSync } from 'node:fs';
import { bootStacks, type Laptop } from '../../local/boot.ts';
import type { Invocation } from '../../local/contract.ts';
import { firstBrand, operate } from '../../local/first-brand.ts';
import { answerFrom, type HttpAnswer, message } from '../../local/http-api/answer.ts';
import { apisOf } from '../../local/http-api/api.ts';
import { functionOf as functionAt } from '../../local/http-api/authorizer.ts';
import { authorizerEvent, proxyEvent, type Received } from '../../local/http-api/event.ts';
import { routeTable } from '../../local/http-api/routes.ts';
import { furnish, furnishMore } from './furnish.ts';
import type { CallerName, FuzzRequest } from './make-request.ts';
import type { Names } from './names.ts';

/** A word that only the other brand knows: no answer to anybody else may hold it. */
export const FOREIGN_MARK = 'Aurora Secret';

/** The deployed stacks on the laptop's engines, with two brands that have something of everything. */
export interface World {
  readonly laptop: Laptop;
  readonly names: Names;
  /** Keys of all HTTP APIs’ routes as synthesized: a route that is added is tried without anybody thinking of it. */
  readonly routeKeys: readonly string[];
  readonly keys: Readonly<Partial<Record<CallerName, string>>>;
  /** Base address of the API a route belongs to, for inputs sent over the wire. */
  addressOf(routeKey: string): string;
  /** Carries an input to the function that serves it, as the gateway would, but without its limits. */
  send(request: FuzzRequest): Promise<Sent>;
  close(): Promise<void>;
}
export interface Sent {
  readonly answer: HttpAnswer;
  /** What the function threw, or that it timed out. */
  readonly thrown?: string;
}

export async function openWorld(assemblyDir: string, dataDir: string): Promise<World> {
  const laptop = await bootStacks({
    assemblyDir,
    dataDir,
    settings: { port: 0, environmentsPerFunction: 2 },
    schedules: 'paused',
  });
  const credentials = await firstBrand(laptop, dataDir);
  const { secret: stranger } = await operate<{ secret: string }>(laptop, 'ops/create-brand', {
    name: 'Other brand',
    ownerEmail: 'owner@other.example',
  });
  const { apiUrl, trackingUrl } = credentials;
  const shop = { apiUrl, trackingUrl, owner: credentials.keys.owner, name: 'Own' };
  const own = await furnish(shop);
  const names: Names = {
    own,
    more: await furnishMore(shop, credentials.keys.finance, own),
    foreign: await furnish({ apiUrl, trackingUrl, owner: stranger, name: FOREIGN_MARK }),
  };
  const keys: World['keys'] = {
    owner: credentials.keys.owner,
    finance: credentials.keys.finance,
    stranger,
    broken: `${stranger}x`,
  };
  const apis = apisOf(laptop.assembly).map((api) => ({
    api,
    match: routeTable(api.routes.map((route) => ({ pattern: route.pattern, route }))),
    place: { apiId: api.id, account: laptop.account, stage: api.stage },
  }));
  const apiOf = (routeKey: string) =>
    apis.find(({ api }) => api.routes.some(({ pattern }) => pattern.key === routeKey))!;
  const verdicts = new Map<string, Promise<Record<string, unknown> | undefined>>();

  return {
    laptop,
    names,
    keys,
    routeKeys: apis.flatMap(({ api }) => api.routes.map(({ pattern }) => pattern.key)),
    addressOf: (routeKey) => laptop.apis[apiOf(routeKey).api.resource.logicalId]!,

    async send(request) {
      const { match, place } = apiOf(request.routeKey);
      const found = match(request.method, request.path);
      if (!found) return { answer: message(404, 'Not Found') };
      const { route, parameters } = found;
      const received = receivedFrom(request, keys[request.caller]);
      if (!route.authorizer)
        return sentBy(
          await laptop.invoke(route.functionArn, proxyEvent(received, route.pattern.key, parameters, place)),
        );

      const { authorization } = received.headers;
      if (!authorization) return { answer: message(401, 'Unauthorized') };
      const event = authorizerEvent(received, route.pattern.key, parameters, place, [authorization], laptop.region);
      const known =
        verdicts.get(authorization) ?? judge(laptop, String(route.authorizer.properties.AuthorizerUri), event);
      verdicts.set(authorization, known);
      const context = await known;
      if (!context) return { answer: message(403, 'Forbidden') };
      return sentBy(
        await laptop.invoke(route.functionArn, proxyEvent(received, route.pattern.key, parameters, place, context)),
      );
    },

    async close() {
      await laptop.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function sentBy(outcome: Invocation): Sent {
  const answer = answerFrom(outcome);
  return outcome.ok
    ? { answer }
    : { answer, thrown: `${outcome.errorType}: ${outcome.errorMessage}\n${(outcome.stack ?? []).join('\n')}` };
}

/** What the authorizer says of a key; nothing when it refuses. A fault of its own is thrown. */
async function judge(laptop: Laptop, uri: string, event: unknown): Promise<Record<string, unknown> | undefined> {
  const outcome = await laptop.invoke(functionAt(uri), event);
  if (!outcome.ok) throw new Error(`the authorizer failed: ${outcome.errorMessage}`);
  const { isAuthorized, context } = outcome.payload as { isAuthorized: boolean; context?: Record<string, unknown> };
  return isAuthorized ? (context ?? {}) : undefined;
}

function receivedFrom(request: FuzzRequest, key: string | undefined): Received {
  const { method, path, query, headers, cookies, body, at, number } = request;
  return {
    id: `fuzz-${number}`,
    method,
    path,
    query,
    headers: { ...headers, ...(key !== undefined && { authorization: `Bearer ${key}` }) },
    cookies,
    body,
    atMs: Date.parse(at),
    sourceIp: '203.0.113.7',
  };
}
