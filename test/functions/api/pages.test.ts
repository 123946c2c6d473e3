import { describe, expect, test } from 'vitest';
import { handler } from '../../../functions/api/pages.ts';
import { ROUTES } from '../../../lib/routes.ts';
import { referencePage } from '../../../web/reference/page.ts';

const get = (path: string) => handler({ routeKey: `GET ${path}` });

describe('the OpenAPI document', () => {
  test('describes every route there is, and no other', async () => {
    const { paths } = JSON.parse((await get('/openapi.json')).body!);
    const described = Object.entries<Record<string, { operationId: string }>>(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    expect(described.sort()).toEqual(ROUTES.map(({ method, path, id }) => `${method} ${path} ${id}`).sort());
  });

  test('refers only to what is in it', async () => {
    const text = (await get('/openapi.json')).body!;
    const { components } = JSON.parse(text);
    const names = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !components.schemas[name])).toEqual([]);
  });

  test('says for every route which refusals to expect, ours as problem documents, the gateway’s as its own', async () => {
    const { paths } = JSON.parse((await get('/openapi.json')).body!);
    type Methods = Record<string, { responses: Record<string, { content?: object }> }>;
    const seen = Object.values<Methods>(paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ responses }) =>
        Object.entries(responses).flatMap(([status, { content = {} }]) =>
          Number(status) < 400 ? [] : [`${status} ${Object.keys(content).join(' ')}`],
        ),
      ),
    );
    expect([...new Set(seen)].sort()).toEqual([
      '400 application/problem+json',
      '401 application/json',
      '403 application/problem+json application/json',
      '404 application/problem+json',
      '409 application/problem+json',
      '412 application/problem+json',
      '413 application/problem+json',
      '415 application/problem+json',
      '422 application/problem+json',
      '429 application/json',
      '500 application/problem+json',
      '503 application/problem+json',
    ]);
  });
});

describe('the page', () => {
  test('has a place for every route, and every link inside it leads somewhere', async () => {
    const { body = '', headers } = await get('/');
    expect(headers?.['content-type']).toBe('text/html; charset=utf-8');
    const anchors = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const { id } of ROUTES) expect(anchors).toContain(id);
    const targets = [...body.matchAll(/href="#([^"]*)"/g)].map(([, target]) => target!);
    expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
  });

  test('tells a large object once, however many routes and objects have it', async () => {
    const { body = '' } = await get('/');
    expect(body.split('id="CommissionPlan"')).toHaveLength(2);
    expect(body.split('href="#CommissionPlan"').length).toBeGreaterThan(4);
    // A function answers with 6 MB at most, and a reader on a phone waits for far less.
    expect(body.length).toBeLessThan(2_000_000);
  });

  test('loads nothing and runs nothing', async () => {
    const { body = '', headers } = await get('/');
    expect(body).not.toMatch(/<script|<link|<img|@import|url\(|src=|javascript:|\son\w+=/i);
    expect(headers?.['content-security-policy']).toContain("default-src 'none'");
  });

  test('shows whatever a document says as text', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const operation = {
      operationId: 'a',
      summary: evil,
      description: `**${evil}** \`${evil}\``,
      tags: [evil],
      responses: { 200: { description: evil } },
    };
    const page = referencePage({
      info: { title: evil, version: evil, description: `## ${evil}` },
      tags: [{ name: evil }],
      paths: { '/': { get: operation } },
    });
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img');
  });
});
