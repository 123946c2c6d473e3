import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommissionPlan } from '../../../lib/commission/plan.ts';
import { hashSecret, mintSecret } from '../../../lib/programs/api-key.ts';
import { NewProgram } from '../../../lib/programs/program.ts';
import type { Role } from '../../../lib/routes.ts';
import { apiKeys } from '../../../lib/store/api-keys.ts';
import type { AuditEntry } from '../../../lib/store/audit.ts';
import { programs } from '../../../lib/store/programs.ts';
import { epochMs } from '../../../lib/time.ts';
import { BRAND, PROGRAM, type TrackingGround, trackingGround } from '../../support/tracking-ground.ts';

const AT = '2026-03-29T10:00:00.000Z';
const LINK = '0a1b2c00000001';
let ground: TrackingGround;
let handler: typeof import('../../../functions/track/postback.ts').handler;
let token: string;
let keys = 0;

const entry = (action: string): AuditEntry => ({
  auditId: `aud_${action}`.padEnd(20, '0'),
  brandId: BRAND,
  at: AT,
  person: 'owner@example.com',
  keyId: 'key_0',
  action,
  target: action,
});

async function aKey(role: Role, over: object = {}): Promise<string> {
  keys += 1;
  const secret = mintSecret(BRAND, Buffer.alloc(32, keys));
  const key = {
    brandId: BRAND,
    keyId: `key_01jqg000000000k${keys}`,
    hash: hashSecret(secret),
    name: 'tracker',
    person: 'ada@shop.example',
    role,
    lastFour: secret.slice(-4),
    createdAt: AT,
    createdBy: 'x',
    ...over,
  };
  await apiKeys(ground.engine.client, ground.tables.core).create(key, entry(`key-${keys}`));
  return secret;
}

beforeAll(async () => {
  ground = await trackingGround();
  await (await ground.cold(() => import('../../../functions/ops/rotate-click-keys.ts'))).handler();
  const program = NewProgram.parse({
    name: 'P',
    currency: 'USD',
    destinationUrl: 'https://shop.example/',
    timeZone: 'Europe/Berlin',
  });
  const plan = CommissionPlan.parse({
    name: 'P',
    rules: [{ id: 'a', label: 'A', pay: { kind: 'percent', rateBps: 1 } }],
  });
  const first = { version: 1, effectiveFrom: AT };
  await programs(ground.engine.client, ground.tables.core).create(
    BRAND,
    { ...program, programId: PROGRAM, status: 'active', createdAt: AT },
    { policy: { ...first, policy: { model: 'last-touch', lookbackDays: 30 } }, plan: { ...first, plan } },
    entry('program'),
  );
  token = await aKey('postback', { programId: PROGRAM });
  ({ handler } = await ground.cold(() => import('../../../functions/track/postback.ts')));
});
afterAll(() => ground.stop());

async function tell(query: Record<string, string>, { at = AT, headers = {} as Record<string, string> } = {}) {
  const event = {
    queryStringParameters: query,
    headers,
    requestContext: { requestId: 'r-1', timeEpoch: epochMs(at), http: { method: 'GET', path: '/postback' } },
  } as unknown as APIGatewayProxyEventV2;
  const { statusCode, body = '', headers: answered } = await handler(event);
  return { status: statusCode, body, type: String(answered?.['content-type']) };
}
const stored = (orderId: string, eventType = 'sale') => ground.conversions.get(BRAND, PROGRAM, eventType, orderId);

async function aClick(): Promise<string> {
  await ground.givenLink(LINK).catch(() => {});
  const click = await ground.cold(() => import('../../../functions/track/click.ts'));
  const { headers } = await click.handler({
    pathParameters: { link: LINK },
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0' },
    requestContext: { http: { method: 'GET' }, timeEpoch: epochMs(AT) },
  } as unknown as APIGatewayProxyEventV2);
  return new URL(headers.location!).searchParams.get('trb_click')!;
}

describe('a postback', () => {
  test('stores the row that a report through the API would, and answers in words', async () => {
    const clickId = await aClick();
    const answer = await tell({
      token,
      click_id: clickId,
      order_id: 'P-1',
      amount: '149.00',
      sub1: 'mail',
      coupon: 'X',
    });
    expect(answer).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: 'success=true; outcome=recorded; event=sale; order_id=P-1',
    });
    const { conversion } = (await stored('P-1'))!;
    expect(conversion).toMatchObject({
      clickId,
      occurredAt: AT,
      receivedAt: AT,
      currency: 'USD',
      items: [{ sku: 'order', quantity: 1, unitPriceCents: 14_900, discountCents: 0 }],
      sub1: 'mail',
      couponCodes: ['X'],
      reportedBy: 'key_01jqg000000000k1',
      open: true,
      revision: 1,
    });
    expect(conversion.clickIdRefused).toBeUndefined();
    const day = await ground.conversions.dayKeys(BRAND, PROGRAM, '2026-03-29');
    expect(day.items).toContainEqual(expect.objectContaining({ orderId: 'P-1' }));
  });

  test('counts once, told again and told at the same moment; other facts are a conflict', async () => {
    const said = { token, order_id: 'P-2', amount: '10', occurred_at: AT };
    const all = await Promise.all(Array.from({ length: 8 }, () => tell(said)));
    expect(all.filter(({ body }) => body.includes('recorded'))).toHaveLength(1);
    expect(all.filter(({ body }) => body.includes('already-there'))).toHaveLength(7);
    const other = await tell({ ...said, amount: '11' });
    expect(other).toMatchObject({ status: 409, body: expect.stringMatching(/success=false; err_msg=.*items/) });
  });

  test('without an order id counts once for its click and event type', async () => {
    const click_id = await aClick();
    await tell({ token, click_id, amount: '5' });
    expect((await tell({ token, click_id, amount: '5' })).body).toContain('already-there');
    expect((await tell({ token, click_id, event: 'lead' })).body).toContain('recorded');
    expect((await stored(`click-${click_id}`, 'lead'))?.conversion.items[0]?.unitPriceCents).toBe(0);
  });

  test('a click id that is not ours is kept with the reason', async () => {
    await tell({ token, order_id: 'P-3', click_id: 'A'.repeat(64) });
    expect((await stored('P-3'))?.conversion).toMatchObject({ clickIdRefused: 'unknown-key' });
    await tell({ token, order_id: 'P-4', click_id: 'other-network' });
    expect((await stored('P-4'))?.conversion).toMatchObject({ unattributed: 'click-id-malformed' });
  });

  test('rejected cancels, once, and beats a report that comes later', async () => {
    await tell({ token, order_id: 'P-5', amount: '10' });
    const rejected = { token, order_id: 'P-5', status: 'rejected' };
    expect((await tell(rejected)).body).toContain('outcome=cancelled');
    expect((await tell(rejected)).body).toContain('outcome=already-there');
    const found = await stored('P-5');
    expect(found).toMatchObject({ conversion: { revision: 2, open: true }, events: [{ kind: 'cancellation' }] });
    await tell({ token, order_id: 'P-6', amount: '10', status: 'rejected' });
    expect((await tell({ token, order_id: 'P-6', amount: '10' })).body).toContain('already-there');
    const void_ = await stored('P-6');
    expect(void_).toMatchObject({ conversion: { cancelled: { reason: 'other' } }, events: [{ kind: 'cancellation' }] });
  });

  test('answers JSON to who asks for it, refusals too', async () => {
    const asked = { headers: { accept: 'application/json' } };
    const done = await tell({ token, order_id: 'P-7' }, asked);
    expect([done.type, JSON.parse(done.body)]).toEqual([
      'application/json',
      { success: true, outcome: 'recorded', eventType: 'sale', orderId: 'P-7' },
    ]);
    const refused = await tell({ token, amount: 'x', order_id: '1', format: 'json' });
    expect([refused.status, refused.type, JSON.parse(refused.body).fields]).toEqual([
      400,
      'application/problem+json',
      [{ field: 'amount', message: expect.any(String) }],
    ]);
  });
});

describe('a token', () => {
  test.each([
    ['none', undefined],
    ['none of ours', 'secret'],
    ['nobody’s', mintSecret(BRAND, Buffer.alloc(32, 200))],
    ['another brand’s', mintSecret('brd_zzzzzz', Buffer.alloc(32, 1))],
  ])('%s is refused and named', async (_, secret) => {
    const answer = await tell({ order_id: 'T-1', ...(secret !== undefined && { token: secret }) });
    expect(answer).toMatchObject({ status: 401, body: expect.stringMatching(/^success=false; err_msg=token: /) });
    expect(await stored('T-1')).toBeUndefined();
  });

  test('that may do more than report does not belong in an address', async () => {
    const answer = await tell({ order_id: 'T-1', token: await aKey('owner') });
    expect(answer).toMatchObject({
      status: 403,
      body: expect.stringMatching(/role postback; this one is of the role owner/),
    });
    expect(await stored('T-1')).toBeUndefined();
  });

  test('that was revoked is refused from then on', async () => {
    const ended = await aKey('postback', { programId: PROGRAM, revokedFrom: '2026-03-29T11:00:00.000Z' });
    expect((await tell({ order_id: 'T-2', token: ended })).status).toBe(200);
    expect((await tell({ order_id: 'T-3', token: ended }, { at: '2026-03-29T11:00:00.000Z' })).status).toBe(401);
  });
});

test('warm, it writes once and reads nothing', async () => {
  await tell({ token, order_id: 'W-0' });
  const before = ground.dynamodb.calls.length;
  await tell({ token, order_id: 'W-1', amount: '1' });
  expect(ground.dynamodb.calls.slice(before)).toEqual(['PutItem']);
});

test('a table that does not answer is a fault of ours: the tracker is asked to send again, and it counts once', async () => {
  const said = { token, order_id: 'F-1', occurred_at: AT };
  const fault = ground.dynamodb.faults.set({ kind: 'lost-reply', table: ground.tables.conversions });
  const answer = await tell(said);
  expect(answer).toMatchObject({ status: 503, body: expect.stringMatching(/^success=false; err_msg=.*again/) });
  ground.dynamodb.faults.clear();
  expect(fault).toBeDefined();
  expect((await tell(said)).body).toContain('outcome=already-there');
});
