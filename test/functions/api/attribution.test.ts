import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { channelTouches } from '../../../lib/store/channel-touches.ts';
import { ADA, type ApiGround, AT, aPartner, aProgram, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
let programId: string;
let partnerId: string;
beforeAll(async () => {
  api = await apiGround();
  ({ programId } = await aProgram(api));
  ({ partnerId } = await aPartner(api, { type: 'reseller' }));
  await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
});
afterAll(() => api.close());

const stored = (customerId: string) =>
  channelTouches(api.client, api.tables.core).ofCustomer(ADA.brandId, programId, customerId);

describe('a deal or lead', () => {
  const record = (body: object, more: object = {}) => api.send('recordTouch', { params: { programId }, body, ...more });

  test('is recorded once, however often it is reported', async () => {
    const deal = { touchId: 'D-1', partnerId, kind: 'deal', customerId: 'C-1', occurredAt: '2026-03-20T09:00:00Z' };
    const touch = { ...deal, occurredAt: '2026-03-20T09:00:00.000Z' };
    expect(await record(deal)).toMatchObject({ status: 202, body: { outcome: 'recorded', touch } });
    expect(await record(deal)).toMatchObject({ status: 202, body: { outcome: 'already-there', touch } });
    const { occurredAt: _, ...timeless } = deal;
    expect(await record(timeless)).toMatchObject({ body: { outcome: 'already-there', touch } });
    expect(await stored('C-1')).toEqual([touch]);
    const { items } = await api.ok('listAudit', { query: { target: `${programId}/touches/D-1` } });
    expect(items).toMatchObject([{ action: 'recordTouch', after: touch }]);
  });

  test('that contradicts what stands under its id is refused, and changes nothing', async () => {
    const lead = { touchId: 'L-1', partnerId, kind: 'lead', customerId: 'C-2' };
    await record(lead);
    const answered = await record({ ...lead, kind: 'deal', occurredAt: '2026-03-01T00:00:00Z' });
    expect(answered).toMatchObject({ status: 409, body: { code: 'different-touch' } });
    expect(answered.body.fields.map(({ field }: { field: string }) => field)).toEqual(['kind', 'occurredAt']);
    expect(await stored('C-2')).toMatchObject([{ kind: 'lead', occurredAt: AT }]);
  });

  test.each([
    ['of a partner outside the program', { partnerId: 'ptr_00000000000gh0st' }, 422, 'partnerId'],
    ['of a customer whose id has a separator', { customerId: 'a#b' }, 400, 'customerId'],
    ['that is a click', { kind: 'click' }, 400, 'kind'],
    ['from tomorrow', { occurredAt: '2026-03-30T10:00:00Z' }, 400, 'occurredAt'],
  ])('%s is refused', async (_, over, status, field) => {
    const answered = await record({ touchId: 'X', partnerId, kind: 'deal', customerId: 'C-3', ...over });
    expect(answered).toMatchObject({ status, body: { fields: [{ field }] } });
    expect(await stored('C-3')).toEqual([]);
  });
});

describe('a back-test', () => {
  const body = { policy: { model: 'time-decay' }, from: '2026-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
  const start = (more: object = {}) => api.send('startBacktest', { params: { programId }, body: { ...body, ...more } });

  test('is started as of the request, and read where the answer says', async () => {
    const { status, body: started } = await start();
    expect(status).toBe(202);
    expect(started).toMatchObject({ asOf: AT, href: `/v1/programs/${programId}/backtests/${started.backtest}` });
    const params = { programId, backtest: started.backtest };
    expect(await api.ok('getBacktest', { params })).toMatchObject({ backtest: started.backtest });
    const run = await api.ok('getExecution', { params: { workflow: 'backtest-attribution', name: started.backtest } });
    expect(run.input).toMatchObject({
      brandId: ADA.brandId,
      programId,
      asOf: AT,
      madeBy: ADA.person,
      policy: { model: 'time-decay', halfLifeHours: 168, lookbackDays: 30 },
    });
    expect(await api.send('getBacktest', { params, query: { format: 'csv' } })).toMatchObject({
      status: 409,
      body: { code: 'backtest-not-ready' },
    });
  });

  test('of another brand or program is not there', async () => {
    const { body: started } = await start();
    const params = { programId, backtest: started.backtest };
    expect((await api.send('getBacktest', { params, as: EVE })).status).toBe(404);
    const other = await aProgram(api);
    const elsewhere = { params: { ...params, programId: other.programId } };
    expect(await api.send('getBacktest', elsewhere)).toMatchObject({ status: 404, body: { code: 'no-such-backtest' } });
  });

  test.each([
    ['no policy there is', { policy: { model: 'magic' } }, 'policy'],
    ['a window that ends before it begins', { to: '2025-01-01T00:00:00Z' }, 'to'],
    ['more than 400 days', { from: '2024-01-01T00:00:00Z' }, 'to'],
  ])('%s is refused', async (_, over, field) => {
    const answered = await start(over);
    expect(answered.status).toBe(400);
    expect(answered.body.fields[0].field).toContain(field);
  });

  test('may be started as an execution too', async () => {
    const input = { programId, ...body };
    const started = await api.ok('startExecution', { body: { workflow: 'backtest-attribution', input } });
    expect(started.input).toMatchObject({ programId, policy: { model: 'time-decay' } });
  });
});
