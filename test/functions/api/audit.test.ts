import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type ApiGround, aPartner, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const as = { ...ADA, brandId: 'brd_audit0' };
const times = [1, 2, 3, 4, 5].map((day) => `2026-04-0${day}T00:00:00.000Z`);

test('the log holds every change of the brand once, newest first or oldest first, page by page', async () => {
  const { partnerId } = await aPartner(api, {}, as);
  for (const [place, at] of times.entries()) {
    await api.ok('updatePartner', { as, at, params: { partnerId }, body: { name: `Name ${place}` } });
  }
  const walk = async (query: Record<string, string>) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.ok('listAudit', { as, query: { ...query, limit: '2', ...(cursor && { cursor }) } });
      seen.push(...page.items.map((entry: { at: string }) => entry.at));
      cursor = page.nextCursor;
    } while (cursor);
    return seen;
  };
  const all = ['2026-03-29T10:00:00.000Z', ...times];
  expect(await walk({ order: 'oldest-first' })).toEqual(all);
  expect(await walk({})).toEqual(all.toReversed());
  expect(await walk({ target: partnerId })).toEqual(all.toReversed());
  expect(await walk({ target: 'ptr_01kp3q8z4m7yc2hd' })).toEqual([]);
});

test('another brand sees none of it, by target either', async () => {
  const { partnerId } = await aPartner(api, {}, as);
  expect(await api.ok('listAudit', { as: EVE })).toEqual({ items: [] });
  expect(await api.ok('listAudit', { as: EVE, query: { target: partnerId } })).toEqual({ items: [] });
});
