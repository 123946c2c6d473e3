import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../lib/http/contracts/all.ts';
import { ROUTES, type RouteId } from '../../lib/routes.ts';
import { operate } from '../../local/first-brand.ts';
import { execute } from '../../local/story/brand-api.ts';
import { type Booted, booted } from '../support/booted.ts';
import { shop } from '../support/shop.ts';

/** Words that only the first brand knows; none of them may reach the second. */
const MARK = 'Aurora Secret';
/** A parameter that names something of one brand; a day, a year and a provider are everybody's. */
const NAMES_OF_A_BRAND = /\{(?!day\}|year\}|provider\})/;
let ground: Booted;
let stranger: string;
let ids: Readonly<Record<string, string>>;
const at = '2026-03-05T00:00:00.000Z';

beforeAll(async () => {
  ground = await booted();
  const store = await shop(ground);
  const partner = await store.join(MARK);
  const browser = {};
  await store.visit(browser, partner.link, '2026-03-02T10:00:00.000Z');
  await store.order(browser, 'I-1', '2026-03-02T11:00:00.000Z', [{ unitPriceCents: 10_000 }]);
  const { name } = await execute(ground.people.owner, 'settle-conversions', { asOf: at }, at);
  const { runId } = await ground.people.finance.call<{ runId: string }>('POST', '/v1/payouts', {
    at,
    body: { programId: store.programId, asOf: at },
  });
  const { items: keys } = await ground.people.owner.call<{ items: { keyId: string }[] }>('GET', '/v1/keys');
  const made = <Answer>(path: string, body: object) => ground.people.owner.call<Answer>('POST', path, { at, body });
  const { programId } = store;
  const { code } = await made<{ code: string }>('/v1/codes', {
    programId,
    partnerId: partner.partnerId,
    code: 'AURORA',
  });
  const { capId } = await made<{ capId: string }>(`/v1/programs/${programId}/caps`, {
    scope: { kind: 'program' },
    measure: 'conversions',
    window: 'day',
    limit: 100,
  });
  const account = `/v1/programs/${programId}/partners/${partner.partnerId}`;
  const { adjustmentId } = await made<{ adjustmentId: string }>(`${account}/adjustments`, {
    ...{ currency: 'USD', cents: 100, reason: 'goodwill', note: MARK },
  });
  const { dispute } = await made<{ dispute: { disputeId: string } }>(`${account}/disputes`, {
    ...{ kind: 'declined', orderId: 'I-1', evidence: MARK },
  });
  const { webhook } = await made<{ webhook: { webhookId: string } }>('/v1/webhooks', {
    ...(CONTRACTS.createWebhook.examples?.body as object),
    description: MARK,
  });
  ids = {
    code,
    capId,
    adjustmentId,
    disputeId: dispute.disputeId,
    webhookId: webhook.webhookId,
    deliveryId: 'dlv_01kp3q8z4m7yc2hd9rs3t8vw5x',
    backtest: name,
    day: '2026-03-02',
    year: '2026',
    keyId: keys[0]!.keyId,
    programId: store.programId,
    partnerId: partner.partnerId,
    link: partner.link,
    eventType: 'sale',
    orderId: 'I-1',
    number: '1',
    runId,
    itemId: 'itm_0123456789abcdef',
    workflow: 'settle-conversions',
    name,
    experimentId: 'exp_0123456789abcdef',
    unit: '3f7ac0de91b2',
  };
  ({ secret: stranger } = await operate<{ secret: string }>(ground.laptop, 'ops/create-brand', {
    name: 'Other brand',
    ownerEmail: 'owner@other.example',
  }));
});
afterAll(() => ground?.close());

/** Asks, and again when the gateway finds that these tests ask too often. */
async function send(
  method: string,
  path: string,
  key: string | undefined,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  for (;;) {
    const response = await fetch(`${ground.credentials.apiUrl}${path}`, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    if (response.status !== 429) return response;
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
const filled = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name]!));
const queryFor = (id: RouteId) =>
  ({
    listLinks: `?partnerId=${ids.partnerId}`,
    listConversions: `?day=2026-03-02`,
    listDays: `?from=2026-03-01&to=2026-03-31`,
    listPayouts: `?programId=${ids.programId}`,
    listExecutions: '?workflow=settle-conversions',
  })[id as string] ?? '';

/** Field names that in some bodies mean something else: a bank's code, a number of a tax form. */
const ALSO_OTHER_THINGS = ['code', 'number', 'name', 'year', 'day'];
/** Example bodies name ids of nobody; where an id of the first brand fits, it is put in. */
function bodyFor(id: RouteId): string | undefined {
  const example = CONTRACTS[id].examples?.body;
  if (CONTRACTS[id].body === undefined) return undefined;
  return JSON.stringify(example ?? {}, (name, value: unknown) =>
    typeof value === 'string' && name in ids && !ALSO_OTHER_THINGS.includes(name) ? ids[name] : value,
  );
}

describe('another brand’s key', () => {
  test.each(ROUTES.filter(({ access }) => access !== 'public').map((route) => [route.id, route] as const))(
    'sees and changes nothing: %s',
    async (id, route) => {
      const before = await ground.people.owner.call('GET', `/v1/programs/${ids.programId}`);
      const response = await send(route.method, `${filled(route.path)}${queryFor(id)}`, stranger, bodyFor(id));
      const text = await response.text();
      expect(text).not.toContain(MARK);
      if (NAMES_OF_A_BRAND.test(route.path)) expect(response.status, text).toBe(404);
      else expect(response.status, text).toBeLessThan(500);
      expect(await ground.people.owner.call('GET', `/v1/programs/${ids.programId}`)).toEqual(before);
      const { items } = await ground.people.owner.call<{ items: unknown[] }>('GET', '/v1/partners');
      expect(items).toHaveLength(1);
    },
  );

  test.each(ROUTES.filter(({ access }) => access !== 'public').map((route) => [route.id, route] as const))(
    'no key, a wrong key and a broken key are refused: %s',
    async (_, route) => {
      const path = filled(route.path);
      expect((await send(route.method, path, undefined)).status).toBe(401);
      for (const key of [`trb_${'0'.repeat(6)}_${'A'.repeat(43)}`, 'nonsense', `${stranger}x`])
        expect((await send(route.method, path, key)).status).toBe(403);
    },
  );
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['not JSON', '{"a":'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a number', '7'],
  ['an unknown field', '{"definitely_not_a_field":1}'],
  ['a prototype', '{"__proto__":{"admin":true}}'],
  ['very deep', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`],
];

describe('a hostile body', () => {
  const routes = ROUTES.filter(({ id, access }) => access !== 'public' && CONTRACTS[id].body !== undefined);
  test.each(routes.map((route) => [route.id, route] as const))(
    'gets a 4xx that says what is wrong: %s',
    async (_, route) => {
      for (const [what, body] of HOSTILE) {
        const response = await send(route.method, filled(route.path), ground.credentials.keys.owner, body);
        const text = await response.text();
        expect(response.status, `${what}: ${text}`).toBeGreaterThanOrEqual(400);
        expect(response.status, `${what}: ${text}`).toBeLessThan(500);
        expect(response.headers.get('content-type'), what).toContain('application/problem+json');
        const problem = JSON.parse(text) as { code?: string; detail?: string; fields?: { field: string }[] };
        expect(problem.detail, what).toBeTruthy();
        if (what === 'an unknown field')
          expect(
            problem.fields?.map(({ field }) => field),
            text,
          ).toContain('definitely_not_a_field');
      }
    },
  );

  test.each(routes.map((route) => [route.id, route] as const))('every wrong field is named: %s', async (id, route) => {
    const example = CONTRACTS[id].examples?.body as Record<string, unknown> | undefined;
    for (const field of Object.keys(example ?? {})) {
      const body = JSON.stringify({ ...example, [field]: { wrong: ['on', 'purpose'] } });
      const response = await send(route.method, filled(route.path), ground.credentials.keys.owner, body);
      const problem = (await response.json()) as { fields?: { field: string }[] };
      expect(response.status, `${field}: ${JSON.stringify(problem)}`).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(
        problem.fields?.some(
          (one) => one.field === field || one.field.startsWith(`${field}.`) || one.field.startsWith(`${field}[`),
        ),
        `${field}: ${JSON.stringify(problem)}`,
      ).toBe(true);
    }
  });
});
