import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiGround, aPartner, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const mara = { name: 'Trail Notes', email: 'Mara@TrailNotes.example', type: 'content', country: 'DE' };

describe('an address', () => {
  test('names one partner, whatever its case', async () => {
    const { partnerId } = await api.ok('createPartner', { body: mara });
    const again = await api.send('createPartner', { body: { ...mara, email: 'mara@trailnotes.EXAMPLE' } });
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'email-taken', fields: [{ field: 'email', message: expect.stringContaining(partnerId) }] },
    });
    const { items } = await api.ok('listPartners', { query: { email: 'MARA@trailnotes.example' } });
    expect(items).toMatchObject([{ partnerId, email: 'Mara@TrailNotes.example' }]);
  });

  test('may name a partner of another brand too', async () => {
    expect(await api.send('createPartner', { body: mara, as: EVE })).toMatchObject({ status: 201 });
  });

  test('is free again once its partner has another', async () => {
    const { partnerId } = await aPartner(api, { email: 'old@partners.example' });
    await api.ok('updatePartner', { params: { partnerId }, body: { email: 'new@partners.example' } });
    const heir = await aPartner(api, { email: 'old@partners.example' });
    const taken = await api.send('updatePartner', {
      params: { partnerId: heir.partnerId },
      body: { email: 'NEW@partners.example' },
    });
    expect(taken).toMatchObject({ status: 409, body: { code: 'email-taken' } });
    expect(await api.ok('getPartner', { params: { partnerId: heir.partnerId } })).toMatchObject({
      email: 'old@partners.example',
      revision: 1,
    });
  });

  test('goes to one of those who ask for it at once', async () => {
    const attempts = [1, 2, 3].map((n) =>
      api.send('createPartner', { body: { ...mara, name: `N${n}`, email: 'race@partners.example' } }),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status).sort();
    expect(statuses[0]).toBe(201);
    expect(statuses.slice(1).every((status) => status === 409 || status === 503)).toBe(true);
    expect((await api.ok('listPartners', { query: { email: 'race@partners.example' } })).items).toHaveLength(1);
  });
});

describe('a change', () => {
  test('of one field leaves the others, and null removes one', async () => {
    const { partnerId } = await aPartner(api, { country: 'DE', manager: 'mia@shop.example' });
    const changed = await api.ok('updatePartner', {
      params: { partnerId },
      body: { taxFormOnFile: true, country: null },
      at: '2026-03-30T10:00:00.000Z',
    });
    expect(changed).toMatchObject({ taxFormOnFile: true, manager: 'mia@shop.example', revision: 2 });
    expect(changed).not.toHaveProperty('country');
    const { items } = await api.ok('listAudit', { query: { target: partnerId } });
    expect(items[0]).toMatchObject({ before: { taxFormOnFile: false, country: 'DE' }, after: { taxFormOnFile: true } });
  });

  test('of the case of an address only is a change of the same address', async () => {
    const { partnerId } = await aPartner(api, { email: 'case@partners.example' });
    const changed = await api.ok('updatePartner', { params: { partnerId }, body: { email: 'Case@partners.example' } });
    expect(changed).toMatchObject({ email: 'Case@partners.example', revision: 2 });
  });
});

test.each([
  ['a control character in the name', { name: 'Trail\u0007Notes' }, 'name'],
  ['a text that turns direction', { name: 'Trail\u202eseton' }, 'name'],
  ['a name of blanks', { name: '   ' }, 'name'],
  ['no address', { email: 'mara' }, 'email'],
  ['a country that is none', { country: 'Germany' }, 'country'],
  ['a type that is none', { type: 'blogger' }, 'type'],
])('%s is refused', async (_, wrong, field) => {
  const refused = await api.send('createPartner', { body: { ...mara, email: 'x@partners.example', ...wrong } });
  expect(refused).toMatchObject({ status: 400, body: { fields: [{ field }] } });
});
