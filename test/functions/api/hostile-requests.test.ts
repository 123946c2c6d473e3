import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../../lib/http/contracts/all.ts';
import { ROUTES, type Route, type RouteId } from '../../../lib/routes.ts';
import { type Answered, type ApiGround, apiGround, type CallOptions } from '../../support/api-ground.ts';
import { type Place, placesOf, plantedAt } from '../../support/hostile-json.ts';

/**
 * Generated from the route table and the contracts: whatever is wrong, every route answers 4xx and names the field. A route or a field
 * that is added later is tried without anybody thinking of it.
 */
let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const routes = (ROUTES as readonly Route[])
  .filter(({ access }) => access !== 'public')
  .map((route) => ({ route, id: route.id as RouteId, contract: CONTRACTS[route.id as RouteId] }));
const withBody = routes.filter(({ contract }) => contract.body);

const VALID: Readonly<Record<string, string>> = {
  programId: 'prg_01kp3q8z4m7yc2hd',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  keyId: 'key_01kp3q8z4m7yc2hd',
  runId: 'pay_01kp3q8z4m7yc2hd',
  itemId: 'itm_01kp3q8z4m7yc2hd',
  link: 'aaaaaa7h2mqc0d',
  code: 'ANA10',
  capId: 'cap_01kp3q8z4m7yc2hd',
  eventType: 'sale',
  orderId: 'A-1001',
  number: '1',
  workflow: 'settle-conversions',
  name: 'brd_aaaaaa-x',
  experimentId: 'exp_01kp3q8z4m7yc2hd',
  unit: '3f7ac0de91b2',
  webhookId: 'whk_01kp3q8z4m7yc2hd',
  deliveryId: 'dlv_01kp3q8z4m7yc2hd9rs3t8vw5x',
  year: '2025',
};
const paramsOf = (route: Route) =>
  Object.fromEntries([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name!, VALID[name!] ?? '1']));
const send = (id: RouteId, route: Route, options: CallOptions) => api.send(id, { params: paramsOf(route), ...options });

/** Refused, and by our words: a fault of ours answers 500 and names nothing. One order of a batch is refused by itself, in the answer. */
function expectRefused(answered: Answered, field: string | RegExp) {
  const [item] = answered.body.results ?? [];
  const status = item ? item.status : answered.status;
  const body = item ? { fields: item.problem?.fields?.map(ofBatch) } : answered.body;
  expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
  expect(status, JSON.stringify(body)).toBeLessThan(500);
  const named = (body.fields ?? []).map((problem: { field: string }) => problem.field);
  expect(
    named.some((name: string) => (typeof field === 'string' ? name === field : field.test(name))),
    `${field} among ${named}`,
  ).toBe(true);
}

const ofBatch = ({ field }: { field: string }) => ({ field: `conversions[0].${field}`.replace('.body', '') });

describe('a body as a whole', () => {
  const texts: readonly (readonly [what: string, text: string, field: RegExp])[] = [
    ['no JSON', '{"name": ', /^body$/],
    ['a list', '[]', /^body$/],
    ['a text', '"name"', /^body$/],
    ['a number', '42', /^body$/],
    ['null', 'null', /^body$/],
    ['a key that stands twice', '{"name":"a","name":"b"}', /^name$/],
    ['a key that reaches the prototype', '{"__proto__":{"role":"owner"}}', /^__proto__$/],
    ['a constructor', '{"constructor":{"prototype":{}}}', /^constructor$/],
    ['half a surrogate pair', '{"name":"\\ud800"}', /^name$/],
    ['a thousand levels', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`, /^a(\.a)+$/],
    ['a thousand lists', `${'['.repeat(1000)}${']'.repeat(1000)}`, /^\[0\]/],
  ];
  test.each(
    withBody.flatMap(({ id, route }) => texts.map(([what, text, field]) => ({ id, route, what, text, field }))),
  )('$id: $what', async ({ id, route, text, field }) => expectRefused(await send(id, route, { body: text }), field));

  test.each(withBody)('$id: a field nobody knows', async ({ id, route, contract }) => {
    const body = { ...(contract.examples?.body as object), zzzUnknown: 1 };
    expectRefused(await send(id, route, { body }), 'zzzUnknown');
  });

  test.each(withBody)('$id: larger than it may be', async ({ id, route, contract }) => {
    const text = `{"name":"${'a'.repeat(contract.maxBytes ?? 262_144)}"}`;
    const refused = await send(id, route, { body: text });
    expect(refused.status).toBe(413);
    expectRefused(refused, 'body');
  });

  test.each(withBody)('$id: not sent as JSON', async ({ id, route }) => {
    const refused = await send(id, route, {
      body: 'name=a',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(refused.status).toBe(415);
    expectRefused(refused, 'Content-Type');
  });

  test.each(routes.filter(({ contract }) => !contract.body && contract.text === undefined))(
    '$id: a body where none belongs',
    async ({ id, route }) => expectRefused(await send(id, route, { body: { name: 'a' } }), 'body'),
  );
});

describe('a field of a body', () => {
  const places = withBody.flatMap(({ id, route, contract }) => {
    const example = contract.examples?.body;
    return placesOf(example).map((place) => ({ id, route, example, place, field: place.field }));
  });

  test('is tried on every route that takes a body: each has an example', () => {
    expect(withBody.filter(({ contract }) => contract.examples?.body === undefined).map(({ id }) => id)).toEqual([]);
  });

  const wrong: readonly (readonly [what: string, value: unknown, when: (place: Place) => boolean])[] = [
    ['an object for a value', { $gt: '' }, ({ kind }) => kind !== 'object'],
    ['a list for what is none', ['x'], ({ kind }) => kind !== 'list'],
    ['a text for an object or a list', 'x', ({ kind }) => kind === 'object' || kind === 'list'],
    ['a number for a text', 7, ({ kind }) => kind === 'text'],
    ['a text for a number', '7', ({ kind }) => kind === 'number' || kind === 'boolean'],
    ['a hundred thousand characters', 'a'.repeat(100_000), ({ kind }) => kind === 'text'],
    ['a number past all counting', 1e300, ({ kind }) => kind === 'number'],
    // An adjustment takes back with a minus; all else that is counted starts at nothing.
    ['a negative number', -1, ({ kind, field }) => kind === 'number' && field !== 'cents'],
    ['a broken number', 1.5, ({ kind }) => kind === 'number'],
    ['a NUL', 'a\u0000b', ({ kind }) => kind === 'text'],
    ['a key’s separator in an id', 'prg_#01kp3q8z4m7yc2hd', ({ key }) => /Id$/.test(key)],
    ['an id with a line break', 'ptr_01kp3q8z4m7yc2hd\n', ({ key }) => /Id$/.test(key)],
  ];
  test.each(
    places.flatMap((one) =>
      wrong.filter(([, , when]) => when(one.place)).map(([what, value]) => ({ ...one, what, value })),
    ),
  )('$id $field: $what', async ({ id, route, example, place, value }) => {
    expectRefused(await send(id, route, { body: plantedAt(example, place, value) }), namedAt(place.field));
  });

  test.each(places.filter(({ place }) => place.kind === 'object'))(
    '$id $field: a field nobody knows',
    async ({ id, route, example, place }) => {
      const body = plantedAt(example, place, { ...(place.value as object), zzzUnknown: 1 });
      expectRefused(await send(id, route, { body }), namedAt(`${place.field}.zzzUnknown`));
    },
  );

  /** The field itself; a variant of a union may also be told apart by it and name what is then missing beside it. */
  function namedAt(field: string): RegExp {
    const escaped = field.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped}`);
  }
});

describe('a part of a path', () => {
  const bad = [
    '',
    ' ',
    '#',
    'prg_#',
    '..',
    '%00',
    '\u0000',
    'a\nb',
    'é'.repeat(200),
    'x'.repeat(5000),
    '__proto__',
    "' OR 1=1",
    '\u202e',
  ];
  test.each(
    routes.flatMap(({ id, route }) =>
      Object.keys(paramsOf(route)).flatMap((name) =>
        bad.map((value) => ({ id, route, name, value, shown: JSON.stringify(value).slice(0, 20) })),
      ),
    ),
  )('$id $name: $shown', async ({ id, route, name, value }) => {
    const answered = await send(id, route, {
      params: { ...paramsOf(route), [name]: value },
      body: CONTRACTS[id]?.examples?.body,
    });
    expect(answered.status, JSON.stringify(answered.body)).toBeGreaterThanOrEqual(400);
    expect(answered.status, JSON.stringify(answered.body)).toBeLessThan(500);
    // An order id may be nearly anything, so an odd one is well-formed and simply not there.
    if (answered.status !== 404) expectRefused(answered, name);
  });
});

describe('a query parameter', () => {
  test.each(routes)('$id: one nobody knows', async ({ id, route, contract }) =>
    expectRefused(await send(id, route, { query: { zzzUnknown: '1' }, body: contract.examples?.body }), 'zzzUnknown'),
  );

  const bad = ['', '-1', '0.5', 'x'.repeat(5000), '\u0000', '1,1', 'é#', '{}'];
  test.each(
    routes.flatMap(({ id, route, contract }) =>
      Object.entries(contract.query?.shape ?? {}).flatMap(([name]) =>
        bad.map((value) => ({ id, route, name, value, shown: JSON.stringify(value).slice(0, 20) })),
      ),
    ),
  )('$id $name: $shown', async ({ id, route, name, value }) => {
    const answered = await send(id, route, { query: { [name]: value } });
    expect(answered.status, JSON.stringify(answered.body)).toBeLessThan(500);
    if (name === 'limit') expectRefused(answered, name);
    if (name === 'cursor') expect(answered.status).toBeGreaterThanOrEqual(400);
  });
});

describe('a header', () => {
  const posts = routes.filter(({ route, contract }) => route.method === 'POST' && contract.repeat !== 'natural');
  test.each(posts)('$id: an Idempotency-Key that is none', async ({ id, route, contract }) => {
    for (const key of ['', 'a b', 'ä', 'x'.repeat(201), 'a\u0000']) {
      const options = { headers: { 'idempotency-key': key }, body: contract.examples?.body };
      expectRefused(await send(id, route, options), 'Idempotency-Key');
    }
  });

  test.each(routes.filter(({ contract }) => contract.revises))(
    '$id: an If-Match that is none',
    async ({ id, route, contract }) => {
      const refused = await send(id, route, { headers: { 'if-match': 'W/"abc"' }, body: contract.examples?.body });
      // What is changed may not exist; then that is said first.
      if (refused.status !== 404) expectRefused(refused, 'If-Match');
    },
  );

  test.each(routes.filter(({ route }) => route.method !== 'GET'))(
    '$id: an X-Reason that is a novel',
    async ({ id, route, contract }) => {
      const refused = await send(id, route, {
        headers: { 'x-reason': 'x'.repeat(501) },
        body: contract.examples?.body,
      });
      expectRefused(refused, 'X-Reason');
    },
  );
});
