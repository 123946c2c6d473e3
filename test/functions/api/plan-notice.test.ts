import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADA, type ApiGround, aPartner, aProgram, apiGround } from '../../support/api-ground.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const plan = { name: 'Next', rules: [{ id: 'base', label: 'All', pay: { kind: 'percent', rateBps: 900 } }] };
// After the day's notices: the next ones go out on March 30th, three days before April 2nd, which begins in Berlin at 22:00 UTC.
const at = '2026-03-29T10:00:00.000Z';
const EARLIEST = '2026-04-01T22:00:00.000Z';

async function withPartner(more: object = {}) {
  const { programId } = await aProgram(api, { timeZone: 'Europe/Berlin', ...more });
  const { partnerId } = await aPartner(api);
  await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
  const add = (body: object, options: object = {}) =>
    api.send('addPlan', { params: { programId }, body: { plan, ...body }, at, ...options });
  return { programId, partnerId, add };
}

describe('a further plan of a program that has partners', () => {
  test.each([
    ['at once', {}],
    ['in the past', { effectiveFrom: '2026-01-01T00:00:00Z' }],
    ['tomorrow', { effectiveFrom: '2026-03-30T12:00:00Z' }],
    ['a moment before partners are told in time', { effectiveFrom: '2026-04-01T21:59:59Z' }],
  ])('is refused %s, and the first day possible is named', async (_, body) => {
    const { programId, add } = await withPartner();
    const refused = await add(body);
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'notice-too-short', fields: [{ field: 'effectiveFrom' }] },
    });
    expect(refused.body.detail).toContain(`must not lie before ${EARLIEST} (2026-04-02 in Europe/Berlin)`);
    expect(refused.body.detail).toContain('shortNotice');
    expect((await api.ok('listPlans', { params: { programId } })).items).toHaveLength(1);
  });

  test('is taken from the day on that was named', async () => {
    const { add } = await withPartner();
    const added = await add({ effectiveFrom: EARLIEST });
    expect(added).toMatchObject({ status: 201, body: { version: 2, addedAt: at } });
    expect(added.body).not.toHaveProperty('shortNotice');
  });

  test('is taken at once with a reason, which the audit log and the version keep', async () => {
    const { programId, add } = await withPartner();
    const shortNotice = 'The rate of shoes was entered wrong.';
    expect(await add({ shortNotice })).toMatchObject({
      status: 201,
      body: { version: 2, effectiveFrom: at, shortNotice },
    });
    const { items } = await api.ok('listAudit', { query: { target: `${programId}/plans/2` } });
    expect(items).toMatchObject([{ action: 'addPlan', person: ADA.person, after: { version: 2, shortNotice } }]);
    expect((await api.ok('listPlans', { params: { programId } })).items.at(-1)).toMatchObject({ shortNotice });
  });

  test.each([
    ['empty', '  '],
    ['of two lines', 'a\nb'],
    ['too long', 'x'.repeat(301)],
    ['no text', 5],
  ])('is refused with a reason that is %s', async (_, shortNotice) => {
    const { add } = await withPartner();
    expect(await add({ shortNotice })).toMatchObject({ status: 400, body: { fields: [{ field: 'shortNotice' }] } });
  });

  test('asked for twice under one key is one version, also when the second comes too late', async () => {
    const { programId, add } = await withPartner();
    const headers = { 'idempotency-key': 'plan-of-april' };
    const first = await add({ effectiveFrom: EARLIEST }, { headers });
    const again = await add({ effectiveFrom: EARLIEST }, { headers, at: '2026-03-30T09:00:00.000Z' });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect((await api.ok('listPlans', { params: { programId } })).items).toHaveLength(2);
  });

  test('needs its notice too where all partners left: what they sold last is not priced yet', async () => {
    const { programId, partnerId, add } = await withPartner();
    await api.ok('updateEnrolment', { params: { programId, partnerId }, body: { status: 'ended' } });
    expect(await add({})).toMatchObject({ status: 422, body: { code: 'notice-too-short' } });
  });
});

test('where nobody was ever enrolled there is nobody to tell', async () => {
  const { programId } = await aProgram(api);
  expect(await api.ok('addPlan', { params: { programId }, body: { plan } })).toMatchObject({ version: 2 });
});
