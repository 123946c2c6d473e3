import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashSecret } from '../../../lib/programs/api-key.ts';
import { ADA, type ApiGround, AT, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
let authorize: (authorization: string | undefined, at?: string) => Promise<{ isAuthorized: boolean; context: object }>;
beforeAll(async () => {
  api = await apiGround();
  const { handler } = await import('../../../functions/api/authorize.ts');
  authorize = (authorization, at = AT) =>
    handler({
      headers: { authorization },
      requestContext: { timeEpoch: Date.parse(at) },
    } as unknown as APIGatewayRequestAuthorizerEventV2);
});
afterAll(() => api.close());

const wanted = { name: 'shop webhook', person: 'ben@shop.example', role: 'manager' };
const create = (more: object = {}, as = ADA) => api.ok('createApiKey', { as, body: { ...wanted, ...more } });

describe('a new key', () => {
  test('lets its person in with its role', async () => {
    const { secret, apiKey } = await create();
    expect(secret).toMatch(/^trb_aaaaaa_[A-Za-z0-9_-]{43}$/);
    expect(await authorize(`Bearer ${secret}`)).toEqual({
      isAuthorized: true,
      context: { brandId: ADA.brandId, keyId: apiKey.keyId, person: 'ben@shop.example', role: 'manager' },
    });
  });

  test('is shown once: neither the list, the audit log nor any row has its secret', async () => {
    const { secret } = await create({}, { ...ADA });
    const rows = (await api.client.send(new ScanCommand({ TableName: api.tables.core }))).Items;
    const seen = JSON.stringify([rows, await api.ok('listApiKeys'), await api.ok('listAudit')]);
    expect(seen).toContain(hashSecret(secret));
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain(secret.slice(11));
    expect(JSON.stringify(await api.ok('listApiKeys'))).not.toContain(hashSecret(secret));
  });

  test('is not made, and not shown, again by the same request', async () => {
    const request = { body: wanted, headers: { 'idempotency-key': 'key-1' } };
    const before = (await api.ok('listApiKeys')).items.length;
    expect(await api.send('createApiKey', request)).toMatchObject({ status: 201 });
    expect(await api.send('createApiKey', request)).toMatchObject({
      status: 409,
      body: { code: 'already-carried-out' },
    });
    expect((await api.ok('listApiKeys')).items).toHaveLength(before + 1);
  });

  test('that expires is let in until then', async () => {
    const { secret } = await create({ expiresAt: '2026-03-29T11:00:00Z' });
    expect(await authorize(`Bearer ${secret}`, '2026-03-29T10:59:59.999Z')).toMatchObject({ isAuthorized: true });
    expect(await authorize(`Bearer ${secret}`, '2026-03-29T11:00:00.000Z')).toMatchObject({ isAuthorized: false });
  });

  test('that has expired already is refused', async () => {
    const refused = await api.send('createApiKey', { body: { ...wanted, expiresAt: AT } });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'expiresAt' }] } });
  });
});

describe('rotation', () => {
  test('lets the old and the new key overlap', async () => {
    const old = await create({ name: 'old' });
    const next = await create({ name: 'next' });
    const from = '2026-04-05T00:00:00.000Z';
    const revoked = await api.ok('revokeApiKey', { params: { keyId: old.apiKey.keyId }, query: { from } });
    expect(revoked).toMatchObject({ keyId: old.apiKey.keyId, revokedFrom: from });
    expect(await authorize(`Bearer ${old.secret}`, '2026-04-04T23:59:59.999Z')).toMatchObject({ isAuthorized: true });
    expect(await authorize(`Bearer ${old.secret}`, from)).toMatchObject({ isAuthorized: false });
    expect(await authorize(`Bearer ${next.secret}`, from)).toMatchObject({ isAuthorized: true });
  });

  test('ends a key at once when no time is given, and never in the past', async () => {
    const { apiKey, secret } = await create();
    const revoked = await api.ok('revokeApiKey', {
      params: { keyId: apiKey.keyId },
      query: { from: '2020-01-01T00:00:00Z' },
    });
    expect(revoked.revokedFrom).toBe(AT);
    expect(await authorize(`Bearer ${secret}`)).toMatchObject({ isAuthorized: false });
  });

  test('never leaves a brand without an owner key', async () => {
    const as = { ...ADA, brandId: 'brd_rotate' };
    const first = await create({ role: 'owner' }, as);
    const revoke = (keyId: string) => api.send('revokeApiKey', { as, params: { keyId } });
    expect(await revoke(first.apiKey.keyId)).toMatchObject({ status: 422, body: { code: 'last-owner-key' } });
    const second = await create({ role: 'owner' }, as);
    expect(await revoke(first.apiKey.keyId)).toMatchObject({ status: 200 });
    expect(await revoke(second.apiKey.keyId)).toMatchObject({ status: 422, body: { code: 'last-owner-key' } });
  });

  test('of another brand’s key finds none', async () => {
    const { apiKey } = await create();
    expect(await api.send('revokeApiKey', { as: EVE, params: { keyId: apiKey.keyId } })).toMatchObject({ status: 404 });
  });
});

describe('who is not let in', () => {
  test.each([
    ['nothing', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['a bare word', 'Bearer secret'],
    ['a key that is too short', 'Bearer trb_aaaaaa_abc'],
    ['a key of the right form that is none', `Bearer trb_aaaaaa_${'A'.repeat(43)}`],
    ['a separator in the brand', `Bearer trb_aaa#aa_${'A'.repeat(43)}`],
  ])('%s', async (_, authorization) => {
    expect(await authorize(authorization)).toEqual({ isAuthorized: false, context: {} });
  });

  test('a secret under another brand’s name', async () => {
    const { secret } = await create();
    expect(await authorize(`Bearer ${secret.replace('trb_aaaaaa', 'trb_eeeeee')}`)).toMatchObject({
      isAuthorized: false,
    });
  });
});
