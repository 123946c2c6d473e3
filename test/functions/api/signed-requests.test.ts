import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../lib/http/caller.ts';
import { signatureOf } from '../../../lib/programs/signature.ts';
import { ADA, type ApiGround, AT, aProgram, apiGround } from '../../support/api-ground.ts';

let api: ApiGround;
let programId: string;
let signingSecret: string;
let signer: Caller;
const NOW = Date.parse(AT) / 1000;

beforeAll(async () => {
  api = await apiGround();
  ({ programId } = await aProgram(api));
  const body = { name: 'shop', person: 'ben@shop.example', role: 'manager', signing: 'required' };
  const made = await api.ok('createApiKey', { body });
  ({ signingSecret } = made);
  const { handler } = await import('../../../functions/api/authorize.ts');
  const { context } = await handler({
    headers: { authorization: `Bearer ${made.secret}` },
    requestContext: { timeEpoch: Date.parse(AT) },
  } as unknown as APIGatewayRequestAuthorizerEventV2);
  signer = context as Caller;
});
afterAll(() => api.close());

let ids = 0;
const order = (more: object = {}) => {
  ids += 1;
  const items = [{ sku: 'boot', quantity: 1, unitPriceCents: 10_000 }];
  return JSON.stringify({ programId, orderId: `S-${ids}`, currency: 'EUR', items, occurredAt: AT, ...more });
};
const sign = (body: string, { id = `msg_${ids}`, timestamp = NOW, secret = signingSecret } = {}) => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': `v1,${signatureOf(secret, { id, timestamp }, body)}`,
});
const send = (body: string, headers: Record<string, string> = {}, at = AT) =>
  api.send('reportConversion', { body, headers: { 'content-type': 'application/json', ...headers }, as: signer, at });

describe('a key that signs', () => {
  test('is told its secret once; what is stored opens only as this key’s', async () => {
    expect(signingSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const rows = (await api.client.send(new ScanCommand({ TableName: api.tables.core }))).Items;
    expect(JSON.stringify([rows, await api.ok('listApiKeys')])).not.toContain(signingSecret.slice(6));
    expect((await api.ok('listApiKeys')).items[0]).toMatchObject({ signing: 'required' });
    expect(JSON.stringify(await api.ok('listApiKeys'))).not.toContain(signer.signing);
    const body = order();
    const moved = { ...signer, keyId: 'key_01kaaaaaaaaaaaaa' };
    const answer = await api.send('reportConversion', {
      body,
      headers: { 'content-type': 'application/json', ...sign(body) },
      as: moved,
    });
    expect(answer.status).toBe(500);
  });

  test('has its request taken; the same again, signed anew, is already there', async () => {
    const body = order();
    expect(await send(body, sign(body))).toMatchObject({ status: 202, body: { outcome: 'recorded' } });
    const again = sign(body, { timestamp: NOW + 60 });
    expect(await send(body, again)).toMatchObject({ status: 202, body: { outcome: 'already-there' } });
  });

  test('one of several signatures is enough, while a secret is changed', async () => {
    const body = order();
    const good = sign(body);
    const headers = { ...good, 'webhook-signature': `v1,AAAA v2,x ${good['webhook-signature']}` };
    expect((await send(body, headers)).status).toBe(202);
  });

  test.each<[string, (body: string) => Record<string, string>, string]>([
    ['no signature', () => ({}), 'webhook-id'],
    ['no timestamp', (body) => ({ ...sign(body), 'webhook-timestamp': '' }), 'webhook-timestamp'],
    ['a timestamp that is none', (body) => ({ ...sign(body), 'webhook-timestamp': 'now' }), 'webhook-timestamp'],
    ['a stale timestamp', (body) => sign(body, { timestamp: NOW - 301 }), 'webhook-timestamp'],
    ['a timestamp to come', (body) => sign(body, { timestamp: NOW + 301 }), 'webhook-timestamp'],
    ['another body’s signature', (body) => sign(`${body} `), 'webhook-signature'],
    ['another id’s signature', (body) => ({ ...sign(body), 'webhook-id': 'other' }), 'webhook-signature'],
    ['another secret', (body) => sign(body, { secret: `whsec_${'A'.repeat(43)}=` }), 'webhook-signature'],
    [
      'a signature of another version',
      (body) => ({ ...sign(body), 'webhook-signature': 'v1a,x' }),
      'webhook-signature',
    ],
  ])('is refused with %s, and nothing is stored', async (_, headers, field) => {
    const body = order();
    const refused = await send(body, headers(body));
    expect(refused).toMatchObject({ status: 401, body: { code: 'signature-refused', fields: [{ field }] } });
    const params = { programId, eventType: 'sale', orderId: JSON.parse(body).orderId };
    expect((await api.send('getConversion', { params })).status).toBe(404);
  });

  test('is refused what was seen: the very same request, and its id with another body', async () => {
    const body = order();
    const headers = sign(body, { id: 'once' });
    const all = await Promise.all(Array.from({ length: 5 }, () => send(body, headers)));
    expect(all.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
    const other = order();
    for (const timestamp of [NOW, NOW + 1]) {
      const reused = await send(other, sign(other, { id: 'once', timestamp }));
      expect(reused).toMatchObject({
        status: 409,
        body: { code: 'signature-replayed', fields: [{ field: 'webhook-id' }] },
      });
    }
  });

  test('may call nothing where signatures are not checked', async () => {
    const refused = await api.send('listPrograms', { as: signer });
    expect(refused).toMatchObject({ status: 403, body: { code: 'signing-key' } });
  });

  test('reads signed, too', async () => {
    const params = { programId };
    expect((await api.send('listConversions', { params, as: signer })).status).toBe(401);
    const headers = sign('', { id: 'read' });
    expect((await api.send('listConversions', { params, as: signer, headers })).status).toBe(200);
  });

  test('is a manager’s', async () => {
    const body = { name: 'x', person: ADA.person, role: 'owner', signing: 'required' };
    expect(await api.send('createApiKey', { body })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'signing' }] },
    });
  });
});

test('the scheme’s own example is signed as it says', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330 };
  expect(signatureOf(secret, signed, '{"test": 2432232314}')).toBe('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});
