import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPEN_SHARDS } from '../../../lib/store/conversions.ts';
import { ADA, type ApiGround, aPartner, aProgram, apiGround } from '../../support/api-ground.ts';

/**
 * Stored orders under a draft, each figure worked out by hand. In force: 8 % of everything. The draft:
 *
 * - to Germany a ladder of the quarter, marginal: 10 % up to 350.00, 20 % above
 * - 12 % for partners of the tier `silver`
 * - 5 % of everything else
 * - 10 % of the commission for who recruited the partner; Rob recruited Ann
 *
 * | order | partner | day        | to | left                       | in force | draft                                            |
 * | ----- | ------- | ---------- | -- | -------------------------- | -------- | ------------------------------------------------ |
 * | A0    | Ann     | 2026-02-20 | DE | 100.00, before the window  |          | fills the ladder with 100.00                     |
 * | A1    | Ann     | 2026-03-02 | DE | 300.00                     | 24.00    | 250.00 at 10 % and 50.00 at 20 %: 35.00; Rob 3.50 |
 * | A2    | Ann     | 2026-03-10 | US | 100.00 of 200.00, one back |  8.00    | 5 %: 5.00; Rob 0.50                              |
 * | B1    | Bob     | 2026-03-05 |    | 100.00                     |  8.00    | 12 %: 12.00                                      |
 * | B2    | Bob     | 2026-03-20 | DE | cancelled                  |  0.00    | 0.00                                             |
 * | A3    | Ann     | 2026-03-25 | DE | not settled yet            |          |                                                  |
 */
let api: ApiGround;
let programId: string;
let partners: Readonly<Record<'ann' | 'bob' | 'rob', string>>;

const early = { at: '2026-01-01T00:00:00.000Z' };
const settle = async (asOf: string) => {
  const { handler } = await import('../../../functions/jobs/settle-shard.ts');
  const shards = Array.from({ length: OPEN_SHARDS }, (_, shard) => shard);
  await handler({ mode: 'new', brandId: ADA.brandId, shards, asOf }, {
    getRemainingTimeInMillis: () => 60_000,
  } as never);
};
const report = (orderId: string, couponCode: string, day: string, quantity: number, more: object = {}) =>
  api.ok('reportConversion', {
    body: {
      ...{ programId, orderId, couponCode, currency: 'EUR', occurredAt: `${day}T10:00:00Z` },
      items: [{ sku: 'thing', quantity, unitPriceCents: 10_000 }],
      ...more,
    },
  });
const path = (orderId: string) => ({ params: { programId, eventType: 'sale', orderId } });

beforeAll(async () => {
  api = await apiGround();
  const policy = { model: 'last-touch', lookbackDays: 30, codeCredit: 'always' };
  ({ programId } = await aProgram(api, { policy, effectiveFrom: '2026-01-01T00:00:00Z' }));
  const enrolled = async (type: string, more: object = {}) => {
    const { partnerId } = await aPartner(api, { type });
    await api.ok('enrolPartner', { params: { programId }, body: { partnerId, ...more }, ...early });
    return partnerId;
  };
  const rob = await enrolled('creator');
  const ann = await enrolled('content', { recruitedBy: rob });
  const bob = await enrolled('coupon', { tier: 'silver' });
  partners = { ann, bob, rob };
  await api.ok('createCode', { body: { programId, partnerId: ann, code: 'ANN' }, ...early });
  await api.ok('createCode', { body: { programId, partnerId: bob, code: 'BOB' }, ...early });
  await report('A0', 'ANN', '2026-02-20', 1, { country: 'DE' });
  await report('A1', 'ANN', '2026-03-02', 3, { country: 'DE' });
  await report('A2', 'ANN', '2026-03-10', 2, { country: 'US' });
  await report('B1', 'BOB', '2026-03-05', 1);
  await report('B2', 'BOB', '2026-03-20', 1, { country: 'DE' });
  await settle('2026-03-29T12:00:00.000Z');
  await api.ok('returnItems', { ...path('A2'), body: { returnId: 'r-1', lines: [{ line: 1, quantity: 1 }] } });
  await api.ok('cancelConversion', { ...path('B2'), body: {} });
  await settle('2026-03-29T13:00:00.000Z');
  await report('A3', 'ANN', '2026-03-25', 1, { country: 'DE' });
  // From now on: his orders of March were of the tier.
  await api.ok('updateEnrolment', { params: { programId, partnerId: bob }, body: { tier: null } });
});
afterAll(() => api.close());

const DRAFT = {
  name: 'Draft',
  rules: [
    {
      ...{ id: 'germany', label: 'Germany', when: { countries: ['DE'] } },
      pay: {
        ...{ kind: 'tiers', by: 'revenue', per: 'quarter', mode: 'marginal' },
        steps: [
          { from: 0, rateBps: 1_000 },
          { from: 35_000, rateBps: 2_000 },
        ],
      },
    },
    { id: 'silver', label: 'Silver', when: { tiers: ['silver'] }, pay: { kind: 'percent', rateBps: 1_200 } },
    { id: 'base', label: 'Base', pay: { kind: 'percent', rateBps: 500 } },
  ],
  overrides: [{ id: 'recruiter', label: 'Recruiter', level: 1, of: 'commission', rateBps: 1_000 }],
};
const sums = (orders: number, beforeCents: number, afterCents: number) => ({
  ...{ orders, beforeCents, afterCents, differenceCents: afterCents - beforeCents },
});

test('tells who would earn more and less, by partner, type and rule, to the cent', async () => {
  const stored = await api.ok('getConversion', path('A1'));
  const body = { plan: DRAFT, from: '2026-03-01', to: '2026-03-31' };
  const told = await api.ok('simulatePlan', { params: { programId }, body });
  expect(told).toMatchObject({ orders: 4, unsettled: 1, total: sums(3, 4_000, 5_600) });
  const byName = (rows: readonly Record<string, unknown>[], name: string) =>
    Object.fromEntries(rows.map(({ [name]: key, ...rest }) => [key, rest]));
  expect(byName(told.partners, 'partnerId')).toEqual({
    [partners.ann]: sums(2, 3_200, 4_000),
    [partners.bob]: sums(1, 800, 1_200),
    [partners.rob]: sums(2, 0, 400),
  });
  expect(told.partners[0].partnerId, 'the largest difference first').toBe(partners.ann);
  expect(byName(told.types, 'type')).toEqual({
    content: sums(2, 3_200, 4_000),
    coupon: sums(1, 800, 1_200),
    creator: sums(2, 0, 400),
  });
  expect(byName(told.rules, 'rule')).toEqual({
    base: sums(3, 4_000, 500),
    germany: sums(1, 0, 3_500),
    silver: sums(1, 0, 1_200),
    recruiter: sums(2, 0, 400),
  });
  expect(await api.ok('getConversion', path('A1')), 'nothing is stored').toEqual(stored);
  expect((await api.ok('listPlans', { params: { programId } })).items).toHaveLength(1);
});

test('of the plan in force differs in nothing', async () => {
  const rules = [{ id: 'base', label: 'Everything', pay: { kind: 'percent', rateBps: 800 } }];
  const body = { plan: { name: 'Same', rules }, from: '2026-03-01', to: '2026-03-31' };
  const told = await api.ok('simulatePlan', { params: { programId }, body });
  expect(told).toMatchObject({ orders: 4, total: sums(0, 4_000, 4_000), rules: [{ rule: 'base' }] });
});

test.each([
  // Ann’s quarter comes to 500.00 of 450.00, so all of it earns 20 %: 60.00 and 20.00. Bob’s 100.00 stay at 10 %.
  ['before', '2026-03-31', sums(3, 4_000, 6_000 + 2_000 + 1_000)],
  // Her 100.00 of the 10th lift what she sold before it.
  ['after', '2026-03-08', sums(2, 3_200, 6_000 + 1_000)],
])('of a retroactive ladder counts the whole period, the days %s the window too', async (_, to, total) => {
  const pay = {
    ...{ kind: 'tiers', by: 'revenue', per: 'quarter', mode: 'retroactive' },
    steps: [
      { from: 0, rateBps: 1_000 },
      { from: 45_000, rateBps: 2_000 },
    ],
  };
  const body = {
    plan: { name: 'Ladder', rules: [{ id: 'all', label: 'All', pay }] },
    ...{ from: '2026-03-01', to },
  };
  const told = await api.ok('simulatePlan', { params: { programId }, body });
  expect(told.total).toEqual(total);
});
