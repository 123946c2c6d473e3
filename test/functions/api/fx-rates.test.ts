import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADA, type ApiGround, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const params = { day: '2026-03-28' };
const body = { base: 'EUR', rates: { USD: '1.0834', JPY: '162.37' } };

describe('exchange rates', () => {
  test('are stored once, corrected by a version, and settlement looks at their day again', async () => {
    const first = await api.ok('putFxRates', { params, body });
    expect(first).toMatchObject({ outcome: 'stored', table: { ...params, version: 1, ...body } });
    const again = { base: 'EUR', rates: { JPY: '162.37', USD: '1.0834' } };
    expect(await api.ok('putFxRates', { params, body: again })).toMatchObject({ outcome: 'already-there' });
    const other = { ...body, rates: { USD: '1.09' } };
    expect(await api.ok('putFxRates', { params, body: other })).toMatchObject({ table: { version: 2 } });
    expect((await api.ok('getFxRates', { params })).items.map(({ version }: { version: number }) => version)).toEqual([
      2, 1,
    ]);
    expect(await api.send('getFxRates', { params, as: EVE })).toMatchObject({ status: 404 });
    const execution = await api.ok('getExecution', {
      params: { workflow: 'settle-conversions', name: first.settles },
    });
    expect(execution.input).toMatchObject({
      mode: 'recompute',
      brandId: ADA.brandId,
      from: '2026-03-27T00:00:00.000Z',
      to: '2026-03-30T00:00:00.000Z',
    });
  });

  test.each([
    ['a number', { base: 'EUR', rates: { USD: 1.0834 } }, /^rates/],
    ['nothing', { base: 'EUR', rates: {} }, /^rates$/],
    ['the base itself', { base: 'EUR', rates: { EUR: '1' } }, /^rates$/],
    ['a currency there is not', { base: 'EUR', rates: { XXQ: '1' } }, /^rates/],
    ['no rate at all', { base: 'EUR', rates: { USD: '0.0' } }, /^rates/],
  ])('%s is refused by name', async (_, wrong, field) => {
    const refused = await api.send('putFxRates', { params, body: wrong });
    expect(refused.status).toBe(400);
    expect(refused.body.fields[0].field).toMatch(field);
  });
});
