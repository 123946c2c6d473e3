import { describe, expect, test } from 'vitest';
import { parseRoute, routeTable } from '../../../local/http-api/routes.ts';

const keys = [
  'GET /',
  'GET /v1/partners',
  'GET /v1/partners/{id}',
  'GET /v1/partners/new',
  'ANY /v1/partners/{id}',
  'POST /v1/conversions',
  'POST /v1/conversions:batch',
  'GET /v1/{kind}/new',
  'ANY /files/{path+}',
  'GET /files/{name}',
  '$default',
];
const match = routeTable(keys.map((key) => ({ pattern: parseRoute(key), route: key })));

describe('chooses', () => {
  test.each<[string, string, string, Record<string, string>]>([
    ['GET', '/', 'GET /', {}],
    ['GET', '/v1/partners', 'GET /v1/partners', {}],
    ['GET', '/v1/partners/ptr_1', 'GET /v1/partners/{id}', { id: 'ptr_1' }],
    ['GET', '/v1/partners/new', 'GET /v1/partners/new', {}],
    ['DELETE', '/v1/partners/ptr_1', 'ANY /v1/partners/{id}', { id: 'ptr_1' }],
    ['POST', '/v1/conversions', 'POST /v1/conversions', {}],
    ['POST', '/v1/conversions:batch', 'POST /v1/conversions:batch', {}],
    ['POST', '/v1/conversions%3Abatch', 'POST /v1/conversions:batch', {}],
    ['GET', '/v1/programs/new', 'GET /v1/{kind}/new', { kind: 'programs' }],
    ['GET', '/files/a', 'GET /files/{name}', { name: 'a' }],
    ['PUT', '/files/a', 'ANY /files/{path+}', { path: 'a' }],
    ['GET', '/files/a/b%20c/d', 'ANY /files/{path+}', { path: 'a/b c/d' }],
    ['GET', '/v1/partners/a%2Fb', 'GET /v1/partners/{id}', { id: 'a/b' }],
    ['GET', '/v1/partners/', '$default', {}],
    ['PATCH', '/nowhere/at/all', '$default', {}],
  ])('%s %s → %s', (method, path, route, parameters) => expect(match(method, path)).toEqual({ route, parameters }));
});

test('nothing, without a default', () => {
  expect(routeTable([{ pattern: parseRoute('GET /a'), route: 1 }])('POST', '/a')).toBeUndefined();
});

test.each([
  ['GET /v1/{id}:approve', /whole segment/],
  ['GET /{all+}/x', /must come last/],
  ['/no-method', /not "METHOD/],
])('refuses %s', (key, reason) => {
  expect(() => parseRoute(key)).toThrow(reason);
});
