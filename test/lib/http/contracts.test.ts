import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { CONTRACTS } from '../../../lib/http/contracts/all.ts';
import { ROUTES, type Route, type RouteId } from '../../../lib/routes.ts';

/** Generated from the route table: what the reference shows is what runs. */
const routes = (ROUTES as readonly Route[]).map((route) => ({
  id: route.id,
  route,
  contract: CONTRACTS[route.id as RouteId]!,
}));

test('a route has one name, and one place', () => {
  expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
  expect(new Set(ROUTES.map(({ method, path }) => `${method} ${path}`)).size).toBe(ROUTES.length);
});

describe.each(routes)('$id', ({ route, contract }) => {
  test('reads every placeholder of its path', () => {
    const placeholders = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(contract.params?.shape ?? {}).sort()).toEqual(placeholders.sort());
  });

  test('refuses what it does not know, at every level', () => {
    for (const part of [contract.params, contract.query, contract.body])
      if (part) expect(looseObjects(part)).toEqual([]);
  });

  test('takes and answers its own examples', () => {
    const { body, answer, examples } = contract;
    if (examples?.body !== undefined) expect(body?.safeParse(examples.body).error?.issues).toBeUndefined();
    if (examples?.answer === undefined) return;
    const shown = answer.safeParse(examples.answer);
    expect(shown.error?.issues).toBeUndefined();
    expect(shown.data, 'nothing in the example that no answer has').toEqual(examples.answer);
  });

  test('takes a body only where something changes', () => {
    if (contract.body) expect(route.method).not.toMatch(/GET|DELETE/);
    if (contract.revises) expect(route.method).toMatch(/PATCH|PUT/);
  });
});

/** Paths of objects that would drop a field in silence. */
function looseObjects(schema: z.core.$ZodType, path = ''): string[] {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'object') {
    const own = (def.catchall as z.core.$ZodType | undefined)?._zod.def.type === 'never' ? [] : [path || '.'];
    return [...own, ...Object.entries(def.shape).flatMap(([name, inner]) => looseObjects(inner, `${path}.${name}`))];
  }
  if (def.type === 'array') return looseObjects(def.element, `${path}[]`);
  if (def.type === 'union') return def.options.flatMap((option) => looseObjects(option, path));
  if (def.type === 'pipe') return looseObjects(def.in, path);
  return 'innerType' in def ? looseObjects(def.innerType as z.core.$ZodType, path) : [];
}
