import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../../lib/http/contracts/all.ts';
import type { PayoutRun } from '../../../lib/payouts/run.ts';
import { ROUTES, type Route, type RouteId } from '../../../lib/routes.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { ADA, type ApiGround, AT, aPartner, aProgram, apiGround, EVE } from '../../support/api-ground.ts';
import { aTaxYear } from '../../support/tax-year.ts';

/** Generated from the route table: an owner of another brand who knows every id of this one reads and changes nothing of it. */
const MARK = 'Aurora Secret';
let api: ApiGround;
let ids: Readonly<Record<string, string>>;
/** Of a partner's postback: the same names in another path. */
let postbackIds: Readonly<Record<string, string>>;

beforeAll(async () => {
  api = await apiGround();
  const { programId } = await aProgram(api, { name: MARK });
  const { partnerId } = await aPartner(api, { name: MARK });
  await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
  await api.ok('setPayoutMethod', {
    params: { partnerId },
    body: { rail: 'bank-csv', accountHolder: MARK, iban: 'DE89370400440532013000' },
  });
  await api.ok('setTaxForm', { params: { partnerId }, body: CONTRACTS.setTaxForm.examples?.body });
  const { link } = await api.ok('createLink', { body: { programId, partnerId, name: MARK } });
  await api.ok('createCode', { body: { programId, partnerId, code: 'ANA10' } });
  const { capId } = await api.ok('createCap', {
    params: { programId },
    body: { scope: { kind: 'group', group: MARK }, measure: 'conversions', window: 'day', limit: 3 },
  });
  const { apiKey } = await api.ok('createApiKey', { body: { name: MARK, person: 'ben@shop.example', role: 'owner' } });
  await api.ok('setTaxFiler', { body: { ...(CONTRACTS.setTaxFiler.examples?.body as object), contact: MARK } });
  await api.ok('setIrisHeader', { params: { year: '2026' }, body: CONTRACTS.setIrisHeader.examples?.body });
  await aTaxYear(api, partnerId);
  const order = {
    programId,
    orderId: 'A-1',
    currency: 'EUR',
    items: [{ sku: MARK, quantity: 1, unitPriceCents: 100 }],
  };
  await api.ok('reportConversion', { body: order });
  const account = { programId, partnerId };
  const { adjustmentId } = await api.ok('proposeAdjustment', {
    params: account,
    body: { currency: 'EUR', cents: 100, reason: 'goodwill', note: MARK },
  });
  const { dispute } = await api.ok('raiseDispute', {
    params: account,
    body: { kind: 'declined', orderId: 'A-1', evidence: MARK },
  });
  const day = '2026-03-28';
  await api.ok('putFxRates', { params: { day }, body: { base: 'EUR', rates: { USD: '1.0834' } } });
  const { name } = await api.ok('startExecution', { body: { workflow: 'settle-conversions' } });
  const { experimentId } = await api.ok('registerExperiment', {
    params: { programId },
    body: { ...(CONTRACTS.registerExperiment.examples?.body as object), hypothesis: MARK },
  });
  const { backtest } = await api.ok('startBacktest', {
    params: { programId },
    body: { policy: { model: 'linear' }, from: '2026-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z' },
  });
  const { comparison } = await api.ok('startComparison', {
    params: { programId },
    body: { models: ['last'], from: '2026-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z' },
  });
  const hook = { kind: 'signed-json', url: 'https://hooks.shop.example/', description: MARK };
  const { webhook } = await api.ok('createWebhook', { body: hook });
  const { deliveryId } = await api.ok('testWebhook', { params: { webhookId: webhook.webhookId } });
  const postback = (await api.ok('createPostback', { params: { partnerId }, body: hook })).webhook;
  const sent = await api.ok('testPostback', { params: { partnerId, webhookId: postback.webhookId } });
  postbackIds = { webhookId: postback.webhookId, deliveryId: sent.deliveryId };
  const run: PayoutRun = {
    runId: 'pay_01kp3q8z4m7yc2hd',
    brandId: ADA.brandId,
    programId,
    currency: 'EUR',
    asOf: AT,
    status: 'awaiting-approval',
    madeBy: MARK,
    madeAt: AT,
    itemCount: 0,
    totalCents: 0,
    excludedCount: 0,
    fileHash: 'f'.repeat(64),
  };
  await payoutRuns(api.client, api.tables.core).create(run);
  ids = {
    programId,
    partnerId,
    link,
    code: 'ANA10',
    capId,
    adjustmentId,
    disputeId: dispute.disputeId,
    keyId: apiKey.keyId,
    webhookId: webhook.webhookId,
    deliveryId,
    orderId: 'A-1',
    eventType: 'sale',
    runId: run.runId,
    provider: 'paypal',
    itemId: 'itm_01kp3q8z4m7yc2hd',
    number: '1',
    workflow: 'settle-conversions',
    name,
    backtest,
    comparison,
    fileHash: run.fileHash!,
    day,
    experimentId,
    unit: '3f7ac0de91b2',
    year: '2026',
  };
});
afterAll(() => api.close());

/** Everything the brand has, in every table. */
async function everything(): Promise<Record<string, unknown>> {
  const rows = await Promise.all(
    Object.values(api.tables).map(
      async (TableName) => (await api.client.send(new ScanCommand({ TableName }))).Items ?? [],
    ),
  );
  const own = rows.flat().filter((row) => String(row.pk).startsWith(ADA.brandId));
  return Object.fromEntries(own.map((row) => [`${row.pk} ${row.sk}`, row]));
}

const paramsOf = (route: Route) => {
  const known = route.path.includes('/postbacks/') ? { ...ids, ...postbackIds } : ids;
  return Object.fromEntries([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name!, known[name!]!]));
};

/** The example body, with this brand's ids wherever an id of that name stands; a bank's return code is no coupon code. */
const bodyOf = (id: RouteId): unknown => {
  const example = CONTRACTS[id]?.examples?.body;
  if (example === undefined) return CONTRACTS[id]?.body && {};
  return JSON.parse(
    JSON.stringify(example, (key, value) =>
      typeof value === 'string' &&
      ids[key] &&
      !['name', 'number'].includes(key) &&
      !(id === 'returnItem' && key === 'code')
        ? ids[key]
        : value,
    ),
  );
};

/** The query parameters of the route that take an id of this brand. */
const queryOf = (id: RouteId): Record<string, string> =>
  Object.fromEntries(
    Object.keys(CONTRACTS[id]?.query?.shape ?? {}).flatMap((key) => (ids[key] ? [[key, ids[key]]] : [])),
  );

describe('an owner of another brand', () => {
  const routes = (ROUTES as readonly Route[]).filter(({ access }) => access !== 'public');
  test.each(routes)('$id', async (route) => {
    const id = route.id as RouteId;
    const before = await everything();
    const params = { ...paramsOf(route), ...(id === 'putFxRates' && { day: '2026-03-27' }) };
    const query = queryOf(id);
    const answered = await api.send(id, { as: EVE, params, query, body: bodyOf(id) });
    expect(await everything()).toEqual(before);
    expect(answered.status, JSON.stringify(answered.body)).toBeLessThan(500);
    expect(JSON.stringify(answered.body)).not.toContain(MARK);
    // A day is nobody's: whoever sends rates for it sends them to themselves; the figures of a year are everybody's; a provider is each brand's.
    if (['putFxRates', 'getTaxYear', 'listTaxReturns', 'listTaxSubmissions', 'removePayoutProvider'].includes(id))
      expect(answered.status).toBe(200);
    // Whoever pastes a header pastes it for themselves, and reads their own.
    else if (id === 'setIrisHeader' || id === 'getIrisHeader') expect(answered.status).toBe(200);
    else if (Object.keys(params).length) expect(answered.status, JSON.stringify(answered.body)).toBe(404);
    else if (route.method === 'GET' && answered.status === 200)
      expect(JSON.stringify(answered.body)).not.toContain(ADA.brandId);
  });

  test.each(routes.filter(({ path, method }) => path.includes('{') && method === 'GET'))(
    'the brand itself is answered: $id',
    async (route) => {
      const id = route.id as RouteId;
      if (['getStatement', 'getExecution', 'getExperimentResult'].includes(id)) return;
      const answered = await api.send(id, { params: paramsOf(route), query: queryOf(id) });
      expect(answered.status, JSON.stringify(answered.body)).toBe(200);
    },
  );
});
