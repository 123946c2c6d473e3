import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Created } from '../../../functions/ops/create-brand.ts';
import { brands } from '../../../lib/store/brands.ts';
import { type ApiGround, apiGround } from '../../support/api-ground.ts';

let api: ApiGround;
let create: (event: unknown) => Promise<Created>;
let letsIn: (secret: string | undefined) => Promise<unknown>;
beforeAll(async () => {
  api = await apiGround();
  ({ handler: create } = await import('../../../functions/ops/create-brand.ts'));
  const { handler } = await import('../../../functions/api/authorize.ts');
  letsIn = (secret) =>
    handler({
      headers: { authorization: `Bearer ${secret}` },
      requestContext: { timeEpoch: Date.parse('2026-03-29T10:00:00.000Z') },
    } as unknown as APIGatewayRequestAuthorizerEventV2);
});
afterAll(() => api.close());

const shop = { name: 'Fjord & Trail', ownerEmail: 'Owner@fjord.example' };

describe('creating a brand', () => {
  test('makes it with an owner key that lets its owner in', async () => {
    const { brandId, created, keyId, secret } = await create(shop);
    expect(created).toBe(true);
    expect(await letsIn(secret)).toEqual({
      isAuthorized: true,
      // One spelling for one person.
      context: { brandId, keyId, person: shop.ownerEmail.toLowerCase(), role: 'owner' },
    });
    expect(await brands(api.client, api.tables.core).get(brandId)).toMatchObject(shop);
  });

  test('again, also with the address in another case, finds it and tells no secret', async () => {
    const first = await create({ ...shop, key: 'again' });
    const second = await create({ ...shop, key: 'again', ownerEmail: 'owner@FJORD.example' });
    expect(second).toEqual({ brandId: first.brandId, created: false });
  });

  test('many times at once makes one', async () => {
    const attempts = await Promise.allSettled([1, 2, 3, 4].map(() => create({ ...shop, key: 'at once' })));
    const made = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(made.map(({ brandId }) => brandId)).size).toBe(1);
  });

  test('gives another owner key when asked: the first secret was lost', async () => {
    const first = await create({ ...shop, key: 'lost' });
    const second = await create({ ...shop, key: 'lost', anotherOwnerKey: true });
    expect(second).toMatchObject({ brandId: first.brandId, created: false });
    expect(second.secret).not.toBe(first.secret);
    for (const { secret } of [first, second]) expect(await letsIn(secret)).toMatchObject({ isAuthorized: true });
  });

  test('of the same name for another owner, or under another key, is another brand', async () => {
    const ids = await Promise.all([
      create({ ...shop, key: 'a' }),
      create({ ...shop, key: 'b' }),
      create({ ...shop, ownerEmail: 'other@fjord.example' }),
    ]);
    expect(new Set(ids.map(({ brandId }) => brandId)).size).toBe(3);
  });

  test('whose derived id belongs to another brand takes the next one', async () => {
    const wanted = { ...shop, key: 'collides' };
    const { derive } = await import('../../../lib/ids.ts');
    const madeFor = JSON.stringify([wanted.name, wanted.ownerEmail.toLowerCase(), wanted.key]);
    const taken = derive('brand', madeFor, 1);
    const store = brands(api.client, api.tables.core);
    const { writeTogether } = await import('../../../lib/store/transaction.ts');
    const other = {
      brandId: taken,
      name: 'Other',
      ownerEmail: 'o@o.example',
      madeFor: 'other',
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    await writeTogether(api.client, [store.createWrite(other)]);
    const { brandId, created } = await create(wanted);
    expect(created).toBe(true);
    expect(brandId).not.toBe(taken);
    expect(await store.get(taken)).toMatchObject({ name: 'Other' });
    expect(await create(wanted)).toEqual({ brandId, created: false });
  });

  test.each([
    ['nothing', null, 'input'],
    ['no owner', { name: 'A' }, 'ownerEmail'],
    ['no address', { ...shop, ownerEmail: 'owner' }, 'ownerEmail'],
    ['an unknown field', { ...shop, role: 'admin' }, 'role'],
  ])('with %s is refused and says why', async (_, event, words) => {
    await expect(create(event)).rejects.toThrow(words);
  });
});
