import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Env } from '../../../lib/names.ts';
import { customerPartition, customers } from '../../../lib/store/customers.ts';
import { epochMs } from '../../../lib/time.ts';
import { ADA, type ApiGround, AT, aPartner, aProgram, apiGround } from '../../support/api-ground.ts';

let api: ApiGround;
let programId: string;
let otherProgramId: string;
let ann: string;
let bob: string;
let link: string;
beforeAll(async () => {
  api = await apiGround();
  process.env[Env.lateClicksQueue] = 'http://127.0.0.1:9/111122223333/late-clicks';
  process.env[Env.assumedCountry] = 'US';
  await (await import('../../../functions/ops/rotate-click-keys.ts')).handler();
  ({ programId } = await aProgram(api));
  ({ programId: otherProgramId } = await aProgram(api));
  ({ partnerId: ann } = await aPartner(api));
  ({ partnerId: bob } = await aPartner(api));
  for (const partnerId of [ann, bob]) await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
  ({ link } = await api.ok('createLink', { body: { programId, partnerId: ann } }));
});
afterAll(() => api.close());

async function click(headers: Record<string, string> = {}): Promise<string> {
  const { handler } = await import('../../../functions/track/click.ts');
  const answer = await handler({
    pathParameters: { link },
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', ...headers },
    requestContext: { http: { method: 'GET' }, timeEpoch: epochMs(AT) },
  } as unknown as APIGatewayProxyEventV2);
  return new URL(answer.headers.location!).searchParams.get('trb_click')!;
}

describe('identifying a customer', () => {
  const identify = (clickId: string, more: object = {}) =>
    api.send('identifyCustomer', { body: { programId, clickId, customerId: 'c-1', ...more } });
  const visitorsOf = async (customerId: string) => {
    const key = { brandId: ADA.brandId, programId, customerId };
    const found = await customers(api.client, api.tables.core).visitors([key]);
    return Object.keys(found.get(customerPartition(ADA.brandId, programId, customerId)) ?? {});
  };

  test('joins each browser once', async () => {
    const clickId = await click();
    expect(await identify(clickId)).toMatchObject({ status: 200, body: { outcome: 'joined' } });
    expect(await identify(clickId)).toMatchObject({ status: 200, body: { outcome: 'already-joined' } });
    expect(await identify(await click())).toMatchObject({ body: { outcome: 'joined' } });
    expect(await visitorsOf('c-1')).toHaveLength(2);
  });

  test('keeps every browser of log-ins at the same moment', async () => {
    const clickIds = await Promise.all([1, 2, 3].map(() => click()));
    const answers = await Promise.all(clickIds.map((clickId) => identify(clickId, { customerId: 'c-2' })));
    expect(answers.map(({ body }) => body.outcome)).toEqual(['joined', 'joined', 'joined']);
    expect(await visitorsOf('c-2')).toHaveLength(3);
  });

  test('keeps nothing of a visitor who refused to be followed', async () => {
    const clickId = await click({ 'sec-gpc': '1' });
    expect(await identify(clickId, { customerId: 'c-3' })).toMatchObject({ body: { outcome: 'not-joined' } });
    expect(await visitorsOf('c-3')).toEqual([]);
  });

  test.each([
    ['another program’s click', async () => ({ clickId: await click(), programId: otherProgramId }), 422, 'clickId'],
    ['a made-up click', async () => ({ clickId: `B${'w'.repeat(63)}` }), 422, 'clickId'],
    ['a customer id that splits a key', async () => ({ clickId: await click(), customerId: 'a#b' }), 400, 'customerId'],
    ['a time to come', async () => ({ clickId: await click(), occurredAt: '2026-04-29T10:00:00Z' }), 400, 'occurredAt'],
  ])('refuses %s and stores nothing', async (_, given, status, field) => {
    const body = { programId, customerId: 'c-4', ...(await given()) };
    expect(await api.send('identifyCustomer', { body })).toMatchObject({ status, body: { fields: [{ field }] } });
    expect(await visitorsOf('c-4')).toEqual([]);
  });
});

describe('coupon codes', () => {
  const at = (path: string) => ({ params: { programId, code: path } });
  test('are one whatever the case, and the second partner to claim one is told whose it is', async () => {
    const body = { programId, partnerId: ann, code: 'Ana10' };
    expect(await api.send('createCode', { body })).toMatchObject({
      status: 201,
      body: { code: 'Ana10', partnerId: ann, status: 'active', periods: [{ partnerId: ann, from: AT }] },
    });
    const taken = await api.send('createCode', { body: { ...body, partnerId: bob, code: 'ANA10' } });
    expect(taken).toMatchObject({ status: 409, body: { code: 'code-taken', fields: [{ field: 'code' }] } });
    expect(taken.body.detail).toContain(ann);
    expect(await api.ok('getCode', at('ana10'))).toMatchObject({ code: 'Ana10', partnerId: ann });
  });

  test('two claims at once: one wins', async () => {
    const claims = await Promise.all(
      [ann, bob].map((partnerId) => api.send('createCode', { body: { programId, partnerId, code: 'RACE' } })),
    );
    expect(claims.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test('change hands by ending one period and starting another, and leave the list of the one for the other’s', async () => {
    await api.ok('createCode', { body: { programId, partnerId: ann, code: 'MOVE' } });
    const later = '2026-04-05T00:00:00.000Z';
    const moved = await api.ok('updateCode', { ...at('move'), body: { partnerId: bob }, at: later });
    expect(moved).toMatchObject({
      partnerId: bob,
      revision: 2,
      periods: [
        { partnerId: ann, from: AT, until: later },
        { partnerId: bob, from: later },
      ],
    });
    const codesOf = async (partnerId: string) =>
      (await api.ok('listCodes', { query: { partnerId, programId } })).items.map(({ code }: { code: string }) => code);
    expect(await codesOf(ann)).not.toContain('MOVE');
    expect(await codesOf(bob)).toContain('MOVE');
    const [entry] = (await api.ok('listAudit', { query: { target: `${programId}/codes/MOVE`, limit: '1' } })).items;
    expect(entry).toMatchObject({ target: `${programId}/codes/MOVE` });
  });

  test('are listed page by page, of a program and of a partner', async () => {
    for (const code of ['LIST-1', 'LIST-2']) await api.ok('createCode', { body: { programId, partnerId: ann, code } });
    for (const query of [{ programId }, { partnerId: ann }] as Record<string, string>[]) {
      const whole = await api.ok('listCodes', { query });
      expect(whole.items.length).toBeGreaterThan(1);
      const paged: object[] = [];
      let cursor: string | undefined;
      do {
        const page = await api.ok('listCodes', { query: { ...query, limit: '1', ...(cursor && { cursor }) } });
        paged.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      expect(paged).toEqual(whole.items);
    }
  });

  test.each([
    ['no owner in the program', { code: 'NEW-1', partnerId: 'ptr_01kp3q8z4m7yc2hd' }, 422, 'partnerId'],
    ['an end before its start', { code: 'NEW-1', endsAt: AT }, 400, 'endsAt'],
    ['two letters', { code: 'AB' }, 400, 'code'],
  ])('a code with %s is refused', async (_, more, status, field) => {
    const body = { programId, partnerId: ann, ...more };
    expect(await api.send('createCode', { body })).toMatchObject({ status, body: { fields: [{ field }] } });
  });

  test('a change of the past is refused', async () => {
    await api.ok('createCode', { body: { programId, partnerId: ann, code: 'PAST' } });
    const answer = await api.send('updateCode', { ...at('PAST'), body: { endsAt: '2026-03-01T00:00:00Z' } });
    expect(answer).toMatchObject({ status: 422, body: { code: 'code-not-changed', fields: [{ field: 'endsAt' }] } });
  });
});
