import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../../lib/http/contracts/all.ts';
import { ROLES, ROUTES, type Route, type RouteId } from '../../../lib/routes.ts';
import { ADA, type ApiGround, apiGround } from '../../support/api-ground.ts';

/** Generated from the route table: who may call what, and that nobody else may. */
let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const guarded = (ROUTES as readonly Route[]).filter(({ access }) => access !== 'public');
const params = new Proxy({}, { get: () => 'x', ownKeys: () => [] });

describe('a role', () => {
  const matrix = guarded.flatMap((route) => ROLES.map((role) => ({ id: route.id as RouteId, role, route })));
  test.each(matrix)('$role calls $id', async ({ id, role, route }) => {
    const { status, body } = await api.send(id, { as: { ...ADA, role }, params, query: { zzzUnknown: '1' } });
    const may = role === 'owner' || route.access.includes(role as never);
    if (may) expect(status).toBe(400);
    else expect({ status, code: body.code }).toEqual({ status: 403, code: 'role-not-allowed' });
  });

  test.each(guarded)('nobody calls $id without a key', async ({ id }) => {
    expect(await api.send(id as RouteId, { as: null, params })).toMatchObject({
      status: 401,
      body: { code: 'no-api-key' },
    });
  });

  test.each(guarded)('that there is none of calls nothing: $id', async ({ id }) => {
    const as = { ...ADA, role: 'admin' as never };
    expect(await api.send(id as RouteId, { as, params })).toMatchObject({ status: 401 });
  });
});

test('every route has a contract', () => {
  expect(ROUTES.filter(({ id }) => !CONTRACTS[id])).toEqual([]);
});
