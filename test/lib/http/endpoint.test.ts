import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { AwsCallError } from '../../../lib/aws/lean-client.ts';
import { VisibleError } from '../../../lib/errors.ts';
import type { Contract } from '../../../lib/http/contract.ts';
import { type ApiRequest, operation, serve } from '../../../lib/http/endpoint.ts';
import { reply } from '../../../lib/http/reply.ts';
import { logger } from '../../../lib/observability/powertools.ts';
import { ROUTES, type Route, type RouteId } from '../../../lib/routes.ts';
import { ADA, type CallOptions, eventOf } from '../../support/api-ground.ts';
import { type Dynamodb, startDynamodb, type Tables } from '../../support/dynamodb.ts';

let engine: Dynamodb;
let tables: Tables;
beforeAll(async () => {
  logger.setLogLevel('SILENT');
  engine = await startDynamodb();
  tables = await engine.createTables();
});
afterAll(() => engine.stop());

const contract = {
  body: z.strictObject({ name: z.string().max(100), nap: z.int().default(0) }),
  answer: z.object({ id: z.string(), name: z.string(), at: z.string() }),
  status: 201,
} as const satisfies Contract;
type Run = (request: ApiRequest<typeof contract>) => Promise<z.input<typeof contract.answer>>;

const context = (remainingMs = 5_000) =>
  ({ awsRequestId: 'a', getRemainingTimeInMillis: () => remainingMs }) as Context;

/** A handler of createPartner that does as told, and calls to it. */
function given(run: Run, more: Partial<Contract> = {}) {
  const spied = vi.fn(run);
  const handler = serve(
    { createPartner: operation({ ...contract, ...more } as typeof contract, spied) },
    { client: engine.client, table: tables.core },
  );
  const call = async (options: CallOptions & { remainingMs?: number } = {}, id: RouteId = 'createPartner') => {
    const route = ROUTES.find((one) => one.id === id) as Route;
    const { statusCode, headers, body } = await handler(eventOf(route, options), context(options.remainingMs));
    return { status: statusCode, headers, body: JSON.parse(body ?? 'null') };
  };
  return { call, run: spied };
}

const make: Run = async ({ body, mint, at }) => ({ id: mint('partner'), name: body.name, at });

describe('an answer', () => {
  test('has what the contract names and nothing else', async () => {
    const { call } = given(async (request) => ({ ...(await make(request)), secret: 'x', brandId: 'b' }));
    const { status, headers, body } = await call({ body: { name: 'a' } });
    expect(status).toBe(201);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(Object.keys(body)).toEqual(['id', 'name', 'at']);
  });

  test('that is not what the contract says is a fault of ours', async () => {
    const { call } = given(async () => ({ id: 7 }) as never);
    expect(await call({ body: { name: 'a' } })).toMatchObject({ status: 500, body: { code: 'internal' } });
  });

  test('may be another document than JSON', async () => {
    const handler = serve({
      getStatement: operation({ answer: z.string(), status: 200, media: ['text/csv'] }, async () =>
        reply({ headers: { 'content-type': 'text/csv' }, body: 'a,b' }),
      ),
    });
    const route = ROUTES.find(({ id }) => id === 'getStatement') as Route;
    expect(await handler(eventOf(route, {}), context())).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'text/csv' },
      body: 'a,b',
    });
  });
});

describe('a refusal', () => {
  test('is a problem document with the code, the words and the fields', async () => {
    const { call } = given(async () => {
      throw new VisibleError('refused', 'more-returned-than-bought', 'Only 2 were bought.', [
        { field: 'lines[0].quantity', message: 'must be at most 2' },
      ]);
    });
    expect(await call({ body: { name: 'a' } })).toEqual({
      status: 422,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
      body: {
        type: 'urn:tributary:problem:more-returned-than-bought',
        title: 'The facts do not allow it',
        status: 422,
        detail: 'Only 2 were bought.',
        instance: 'urn:tributary:request:request-1',
        code: 'more-returned-than-bought',
        fields: [{ field: 'lines[0].quantity', message: 'must be at most 2' }],
      },
    });
  });

  test.each([
    ['a fault tells nothing of itself', new Error('password is hunter2'), 500, 'internal', undefined],
    [
      'a throttled table is worth another try',
      Object.assign(new Error('x'), { name: 'ThrottlingException' }),
      503,
      'busy',
      '1',
    ],
    [
      'so is a transaction that met another',
      Object.assign(new Error('x'), { CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }] }),
      503,
      'busy',
      '1',
    ],
    [
      'so is a service that did not answer',
      new AwsCallError('Timeout', 0, 'GetParameter: no answer'),
      503,
      'busy',
      '1',
    ],
    ['so is a slim client’s throttled call', new AwsCallError('ThrottlingException', 400, 'x'), 503, 'busy', '1'],
    [
      'a call of ours that was refused is a fault',
      new AwsCallError('AccessDeniedException', 400, 'x'),
      500,
      'internal',
      undefined,
    ],
    ['too many requests say when', new VisibleError('throttled', 'too-many', 'Later.'), 429, 'too-many', '1'],
  ])('%s', async (_, thrown, status, code, retryAfter) => {
    const { call } = given(async () => {
      throw thrown;
    });
    const answered = await call({ body: { name: 'a' } });
    expect(answered).toMatchObject({ status, body: { code } });
    expect(answered.headers?.['retry-after']).toBe(retryAfter);
    expect(JSON.stringify(answered)).not.toContain('hunter2');
  });

  test('of a route that the function does not serve is 404', async () => {
    expect(await given(make).call({}, 'listPartners')).toMatchObject({ status: 404, body: { code: 'no-such-route' } });
  });

  test('of a body that is not UTF-8 says so', async () => {
    const handler = serve({ createPartner: operation(contract, make) }, { client: engine.client, table: tables.core });
    const event = {
      ...eventOf(ROUTES.find(({ id }) => id === 'createPartner') as Route, {}),
      headers: { 'content-type': 'application/json' },
    };
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]).toString('base64');
    expect(await handler({ ...event, body, isBase64Encoded: true }, context())).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining('UTF-8'),
    });
  });
});

describe('an Idempotency-Key', () => {
  let key = 0;
  const headers = () => ({ 'idempotency-key': `key-${key}` });
  beforeEach(() => {
    key += 1;
  });

  test('carries a request out once and answers it again, as of its first time', async () => {
    const { call, run } = given(make);
    const first = await call({ headers: headers(), body: { name: 'a' } });
    const again = await call({ headers: headers(), body: { nap: 0, name: 'a' }, at: '2026-05-01T00:00:00.000Z' });
    expect(run).toHaveBeenCalledTimes(1);
    expect(again.body).toEqual(first.body);
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true' });
  });

  test('of another brand is another key', async () => {
    const { call, run } = given(make);
    await call({ headers: headers(), body: { name: 'a' } });
    await call({ headers: headers(), body: { name: 'a' }, as: { ...ADA, brandId: 'brd_eeeeee' } });
    expect(run).toHaveBeenCalledTimes(2);
  });

  test('that came with another request is refused', async () => {
    const { call, run } = given(make);
    await call({ headers: headers(), body: { name: 'a' } });
    expect(await call({ headers: headers(), body: { name: 'b' } })).toMatchObject({
      status: 409,
      body: { code: 'idempotency-key-reused' },
    });
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('whose request is at work says to wait', async () => {
    let finish = () => {};
    const working = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { call, run } = given(async (request) => {
      await working;
      return make(request);
    });
    const first = call({ headers: headers(), body: { name: 'a' } });
    await vi.waitFor(() => expect(run).toHaveBeenCalled());
    const second = await call({ headers: headers(), body: { name: 'a' } });
    expect(second).toMatchObject({
      status: 409,
      headers: { 'retry-after': '1' },
      body: { code: 'request-in-progress' },
    });
    finish();
    expect(await first).toMatchObject({ status: 201 });
    expect(await call({ headers: headers(), body: { name: 'a' } })).toMatchObject({
      status: 201,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('is free again after a refusal, with another body too', async () => {
    const { call } = given(async (request) => {
      if (request.body.name === 'bad') throw new VisibleError('refused', 'bad', 'Bad.');
      return make(request);
    });
    expect(await call({ headers: headers(), body: { name: 'bad' } })).toMatchObject({ status: 422 });
    expect(await call({ headers: headers(), body: { name: 'good' } })).toMatchObject({ status: 201 });
  });

  test('runs again after a fault, as of the first time and with the same ids', async () => {
    const ids: string[] = [];
    const { call } = given(async (request) => {
      const { id, ...rest } = await make(request);
      ids.push(id, request.entry({ target: id }).auditId, request.at);
      if (ids.length === 3) throw new Error('the process breaks after its write');
      return { id, ...rest };
    });
    expect(await call({ headers: headers(), body: { name: 'a' } })).toMatchObject({ status: 500 });
    const second = await call({ headers: headers(), body: { name: 'a' }, at: '2026-05-01T00:00:00.000Z' });
    expect(second).toMatchObject({ status: 201 });
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
  });

  test('of a process that died is taken over once it cannot live any more', async () => {
    const { call } = given(make);
    const dead = given(() => new Promise(() => {}));
    void dead.call({ headers: headers(), body: { name: 'a' }, remainingMs: -950 });
    await vi.waitFor(() => expect(dead.run).toHaveBeenCalled());
    await vi.waitFor(async () =>
      expect(await call({ headers: headers(), body: { name: 'a' } })).toMatchObject({ status: 201 }),
    );
    expect(await call({ headers: headers(), body: { name: 'b' } })).toMatchObject({ status: 409 });
  });

  test('keeps no answer that holds a secret', async () => {
    const { call } = given(async (request) => ({ ...(await make(request)), name: 'trb_topsecret' }), {
      repeat: 'secret',
    });
    expect(await call({ headers: headers(), body: { name: 'a' } })).toMatchObject({ status: 201 });
    expect(await call({ headers: headers(), body: { name: 'a' } })).toMatchObject({
      status: 409,
      body: { code: 'already-carried-out' },
    });
    const { Items } = await engine.client.send(new ScanCommand({ TableName: tables.core }));
    expect(JSON.stringify(Items)).not.toContain('topsecret');
  });

  test('is left alone where the body names what it reports', async () => {
    const { call, run } = given(make, { repeat: 'natural' });
    for (let i = 0; i < 2; i += 1) await call({ headers: headers(), body: { name: 'a' } });
    expect(run).toHaveBeenCalledTimes(2);
  });

  test('is kept for a day and does not stay for ever', async () => {
    await given(make).call({ headers: headers(), body: { name: 'kept' } });
    const { Items = [] } = await engine.client.send(new ScanCommand({ TableName: tables.core }));
    const row = Items.find(({ answer }) => String(answer).includes('kept'))!;
    const hours = (Number(row.expiresAt) - Date.now() / 1000) / 3600;
    expect(hours).toBeGreaterThan(24);
    expect(hours).toBeLessThan(26);
  });
});

describe('an audit entry', () => {
  test('written alone says who, what and why', async () => {
    const { auditLog } = await import('../../../lib/store/audit.ts');
    const { call } = given(async (request) => {
      await request.audit({ target: 'thing-1', before: { a: 1 }, after: { a: 2 } });
      return make(request);
    });
    await call({ headers: { 'x-reason': 'caf%C3%A9 100%25' }, body: { name: 'a' } });
    const { items } = await auditLog(engine.client, tables.core).list(ADA.brandId, 'thing-1', {});
    expect(items).toMatchObject([
      {
        person: ADA.person,
        keyId: ADA.keyId,
        action: 'createPartner',
        target: 'thing-1',
        before: { a: 1 },
        after: { a: 2 },
        why: 'café 100%',
      },
    ]);
  });
});
