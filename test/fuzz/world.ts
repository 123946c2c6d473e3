import { rmSync } from 'node:fs';
import { CONTRACTS } from '../../lib/http/contracts/all.ts';
import { bootStacks, type Laptop } from '../../local/boot.ts';
import type { Invocation } from '../../local/contract.ts';
import { firstBrand, operate } from '../../local/first-brand.ts';
import { answerFrom, type HttpAnswer, message } from '../../local/http-api/answer.ts';
import { apisOf } from '../../local/http-api/api.ts';
import { functionOf as functionAt } from '../../local/http-api/authorizer.ts';
import { authorizerEvent, proxyEvent, type Received } from '../../local/http-api/event.ts';
import { routeTable } from '../../local/http-api/routes.ts';
import { brandApi, execute, until } from '../../local/story/brand-api.ts';
import type { CallerName, FuzzRequest, Names } from './make-request.ts';

/** A word that only the other brand knows: no answer to anybody else may hold it. */
export const FOREIGN_MARK = 'Aurora Secret';
const BEGINNING = '2026-03-30T10:00:00.000Z';
const CLICKED = '2026-03-31T09:00:00.000Z';
const ORDERED = '2026-03-31T10:00:00.000Z';
const PAID = '2026-03-31T12:00:00.000Z';

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
  const names: Names = {
    own: await furnish(credentials.apiUrl, credentials.trackingUrl, credentials.keys.owner, 'Own'),
    foreign: await furnish(credentials.apiUrl, credentials.trackingUrl, stranger, FOREIGN_MARK),
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

/** Something of everything, so that an input with the right names finds what it names. */
async function furnish(
  apiUrl: string,
  trackingUrl: string,
  key: string,
  name: string,
): Promise<Record<string, string>> {
  const api = brandApi(apiUrl, key);
  const post = <Answer>(path: string, body: unknown, method = 'POST', at = BEGINNING) =>
    api.call<Answer>(method, path, { body, at });
  const { programId } = await post<{ programId: string }>('/v1/programs', {
    name,
    currency: 'USD',
    timeZone: 'Europe/Berlin',
    destinationUrl: 'https://shop.example/welcome',
    plan: { name, rules: [{ id: 'base', label: 'Everything', pay: { kind: 'percent', rateBps: 800 } }] },
    payoutTerms: { taxFormRequired: false, minimumCents: 100, holdDays: 0 },
  });
  const { partnerId } = await post<{ partnerId: string }>('/v1/partners', {
    name,
    email: `${programId.slice(4, 12)}@partners.example`,
    type: 'content',
  });
  await post(`/v1/programs/${programId}/enrolments`, { partnerId });
  await post(`/v1/programs/${programId}/enrolments/${partnerId}/agreement`, { acceptedBy: name });
  await post(`/v1/partners/${partnerId}/payout-method`, { rail: 'external' }, 'PUT');
  const form = CONTRACTS.setTaxForm.examples?.body as object;
  await post(`/v1/partners/${partnerId}/tax-form`, form, 'PUT');
  const { link } = await post<{ link: string }>('/v1/links', { programId, partnerId, name });
  const { clickId } = await visit(trackingUrl, link);
  const items = [1, 2, 3].map((line) => ({ sku: `${name} ${line}`, quantity: 50, unitPriceCents: 5_000 }));
  await post(
    '/v1/conversions',
    { programId, orderId: 'F-1', currency: 'USD', occurredAt: ORDERED, clickId, items },
    'POST',
    ORDERED,
  );
  // A partner who is in no program yet, and one who may be mailed and paid.
  const { partnerId: other } = await post<{ partnerId: string }>('/v1/partners', {
    name,
    email: `other-${programId.slice(4, 12)}@partners.example`,
    type: 'coupon',
  });
  const { apiKey } = await post<{ apiKey: { keyId: string } }>('/v1/keys', {
    name,
    person: 'ben@shop.example',
    role: 'analyst',
  });
  const { experimentId } = await post<{ experimentId: string }>(`/v1/programs/${programId}/experiments`, {
    ...(CONTRACTS.registerExperiment.examples?.body as object),
    name,
  });
  await post('/v1/codes', { programId, partnerId, code: 'FUZZ-10' });
  const { capId } = await post<{ capId: string }>(`/v1/programs/${programId}/caps`, {
    scope: { kind: 'group', group: name },
    measure: 'conversions',
    window: 'day',
    limit: 3,
  });
  const { name: execution } = await execute(api, 'settle-conversions', { asOf: PAID }, PAID);
  await execute(api, 'release-commissions', { asOf: PAID }, PAID);
  const { runId } = await post<{ runId: string }>('/v1/payouts', { programId, asOf: PAID }, 'POST', PAID);
  const run = await until(
    'drafting a payout',
    () => api.call<{ status: string; fileHash?: string }>('GET', `/v1/payouts/${runId}`),
    ({ status }) => status === 'awaiting-approval' || status === 'empty',
  );
  const { items: paid } = await api.call<{ items: { itemId: string }[] }>('GET', `/v1/payouts/${runId}/items`);
  return {
    programId,
    partnerId,
    link,
    runId,
    experimentId,
    code: 'FUZZ-10',
    capId,
    clickId,
    keyId: apiKey.keyId,
    orderId: 'F-1',
    eventType: 'sale',
    itemId: paid[0]!.itemId,
    fileHash: run.fileHash!,
    newPartnerId: other,
    number: '1',
    unit: '3f7ac0de91b2',
    workflow: 'settle-conversions',
    name: execution,
    day: '2026-03-31',
    year: '2026',
    from: '2026-03-01',
    to: '2026-04-30',
    target: programId,
  };
}

/** A visit through a link, as the shop's landing page sees it. */
async function visit(trackingUrl: string, link: string): Promise<{ clickId: string }> {
  const { headers } = await fetch(`${trackingUrl}/c/${link}`, {
    redirect: 'manual',
    headers: {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
      'x-tributary-time': CLICKED,
    },
  });
  const clickId = new URL(headers.get('location') ?? '').searchParams.get('trb_click');
  if (!clickId) throw new Error(`the link ${link} gave no click id`);
  return { clickId };
}
