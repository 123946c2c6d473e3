import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { ROUTES } from '../../lib/routes.ts';
import { campaign } from './campaign.ts';
import { chanceOf } from './chance.ts';
import { whyWrong } from './judge-answer.ts';
import { type FuzzRequest, makeRequest } from './make-request.ts';
import { nameFor } from './names.ts';
import { FOREIGN_MARK } from './world.ts';

const names = { own: { link: 'aaaaaa7h2mqc0d' }, more: [], foreign: { link: 'bbbbbb7h2mqc0d' } };
const routeKeys = ['GET /c/{link}', 'POST /v1/links', 'GET /v1/links/{link}'];

test('a thousand inputs: nothing breaks, and nothing is stored that a schema would refuse', async () => {
  const { sent, failures, taken, routes, byStatus } = await campaign({
    assemblyDir: inject('assemblyDir'),
    dataDir: mkdtempSync(join(tmpdir(), 'tributary-fuzz-')),
    seed: 20_260_329,
    inputs: 1_000,
  });
  expect(failures.join('\n\n')).toBe('');
  expect(sent).toBe(1_000);
  // Inputs that are all refused at the door would try little.
  for (const { method, path } of ROUTES) expect(routes).toContain(`${method} ${path}`);
  expect(routes.length).toBeGreaterThan(ROUTES.length);
  expect(taken.length).toBeGreaterThan(routes.length / 3);
  expect(byStatus[400]).toBeGreaterThan(200);
  // Ten seconds on a machine of its own; the limit is for what hangs.
}, 300_000);

describe('an input', () => {
  test('is the same for the same seed and number, whatever was made before', () => {
    const late = makeRequest(7, 321, routeKeys, names);
    for (let number = 0; number < 400; number += 1) makeRequest(7, number, routeKeys, names);
    expect(makeRequest(7, 321, routeKeys, names)).toEqual(late);
    expect(makeRequest(8, 321, routeKeys, names)).not.toEqual(late);
  });

  test('takes no name from what every object has', () => {
    const chance = chanceOf(7, 1);
    for (let draw = 0; draw < 50; draw += 1)
      for (const name of ['constructor', 'toString', '__proto__'])
        expect(typeof nameFor(chance, name, { ...names, calm: false })).toBe('string');
  });

  test('goes to every route', () => {
    const aimed = Array.from({ length: 200 }, (_, number) => makeRequest(7, number, routeKeys, names).routeKey);
    expect(new Set(aimed)).toEqual(new Set(routeKeys));
  });
});

describe('an answer is wrong', () => {
  const request = (routeKey: string, caller: FuzzRequest['caller'] = 'owner') => ({
    ...makeRequest(1, 1, [routeKey], names),
    caller,
  });
  const answer = (status: number, body: unknown = '', headers: Record<string, string> = {}) => ({
    answer: {
      status,
      headers: typeof body === 'string' ? headers : { 'content-type': 'application/json', ...headers },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    },
  });
  const refusal = { code: 'invalid-fields', detail: 'name: is required' };

  test.each([
    ['a fault', 'POST /v1/links', answer(500, { code: 'internal', detail: 'A fault of ours.' })],
    ['a function that threw', 'GET /c/{link}', { ...answer(500), thrown: 'TypeError: x is undefined' }],
    ['congestion without a time to come back', 'POST /v1/links', answer(503, { code: 'busy', detail: 'busy' })],
    ['a fault in a batch', 'POST /v1/conversions:batch', answer(200, { results: [{ status: 500 }] })],
    ['another brand’s word', 'GET /v1/links/{link}', answer(404, { code: 'no-such-link', detail: FOREIGN_MARK })],
    ['a way to somebody else', 'GET /c/{link}', answer(302, '', { location: 'https://shop.example.evil.example/' })],
    ['a way to somebody else, without a scheme', 'GET /c/{link}', answer(302, '', { location: '//evil.example' })],
    ['a broken header', 'GET /c/{link}', answer(302, '', { location: 'https://shop.example/\r\nset-cookie: a=b' })],
    ['a refusal without words', 'POST /v1/links', answer(400, { error: true })],
    ['an answer off the contract', 'POST /v1/links', answer(201, { link: 5 })],
  ])('%s', (_, routeKey, sent) => expect(whyWrong(request(routeKey), sent)).toBeDefined());

  test('one for nobody that says yes', () =>
    expect(whyWrong(request('GET /v1/programs', 'nobody'), answer(200, { items: [] }))).toContain('nobody'));

  test.each([
    ['a refusal', 'POST /v1/links', answer(400, refusal)],
    ['congestion', 'POST /v1/links', answer(503, { code: 'busy', detail: 'busy' }, { 'retry-after': '1' })],
    ['a redirect home', 'GET /c/{link}', answer(302, '', { location: 'https://shop.example/welcome?trb_click=1' })],
    ['an empty list', 'GET /v1/programs', answer(200, { items: [] })],
  ])('not: %s', (_, routeKey, sent) => expect(whyWrong(request(routeKey), sent)).toBeUndefined());
});
