import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunStatus } from '../../../lib/payouts/run.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { ADA, type ApiGround, aPartner, aProgram, apiGround } from '../../support/api-ground.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const RULES = [
  {
    id: 'shoes',
    label: 'Shoes, spring',
    when: { categories: ['shoes'], from: '2026-03-01' },
    pay: { kind: 'percent', rateBps: 1_200 },
  },
  { id: 'base', label: 'Everything else', pay: { kind: 'percent', rateBps: 800 } },
];
const withRules = (rules: readonly unknown[], more: object = {}) => ({ plan: { name: 'Plan', rules, ...more } });
const YAML = { 'content-type': 'application/yaml' };

describe('a plan as YAML', () => {
  test('is added like one as JSON, alone or with its date', async () => {
    const { programId } = await aProgram(api);
    const alone =
      'name: Alone\nrules:\n  - { id: a, label: A, when: { to: 2026-04-01 }, pay: { kind: percent, rateBps: 500 } }\n';
    const added = await api.ok('addPlan', { params: { programId }, headers: YAML, body: alone });
    expect(added).toMatchObject({ version: 2, plan: { name: 'Alone', rules: [{ when: { to: '2026-04-01' } }] } });
    const dated = `effectiveFrom: 2027-01-01T00:00:00Z\nplan:\n${alone.replace(/^/gm, '  ')}`;
    expect(await api.ok('addPlan', { params: { programId }, headers: YAML, body: dated })).toMatchObject({
      effectiveFrom: '2027-01-01T00:00:00.000Z',
    });
  });

  test.each([
    ['a key that stands twice', 'name: A\nname: B\n', 'body', 'line 2'],
    ['an alias', 'name: &n A\nrules: *n\n', 'body', 'alias'],
    [
      'a field that no plan has',
      'name: A\nrules: [{ id: a, label: A, pay: { kind: percent, rate: 5 } }]',
      'plan.rules[0].pay.rate',
      'rateBps',
    ],
    ...['7.5', '0.1', '10%', '1_000', '.inf'].map((rate): [string, string, string, string] => [
      `a rate of ${rate}`,
      `name: A\nrules: [{ id: a, label: A, pay: { kind: percent, rateBps: ${rate} } }]`,
      'plan.rules[0].pay.rateBps',
      'must be a whole number of basis points from 0 to 10000: 750 is 7.5 %',
    ]),
    ...['-1', '12000'].map((rate): [string, string, string, string] => [
      `a rate of ${rate}`,
      `name: A\nrules: [{ id: a, label: A, pay: { kind: percent, rateBps: ${rate} } }]`,
      'plan.rules[0].pay.rateBps',
      'from 0 to 10000',
    ]),
    [
      'a third level',
      'name: A\nrules: [{ id: a, label: A, pay: { kind: percent, rateBps: 5 } }]\noverrides: [{ id: o, label: O, level: 3, of: sales, rateBps: 5 }]',
      'plan.overrides[0].level',
      'must be 1 or 2',
    ],
    [
      'a field that no condition has, with all that there are',
      'name: A\nrules: [{ id: a, label: A, when: { colour: red }, pay: { kind: percent, rateBps: 5 } }]',
      'plan.rules[0].when.colour',
      'weekdays, hours, all, any, not',
    ],
    [
      'a word that YAML 1.1 takes for false',
      'name: A\nrules: [{ id: a, label: A, pay: { kind: percent, rateBps: 5 } }]\nbonuses: [{ id: b, label: B, stacks: no, pay: { kind: percent, rateBps: 5 } }]',
      'plan.bonuses[0].stacks',
      'expected boolean',
    ],
    [
      'a merge key',
      'name: A\nrules: [{ <<: { id: a }, label: A, pay: { kind: percent, rateBps: 5 } }]',
      'plan.rules[0].<<',
      '',
    ],
  ])('is refused for %s', async (_, text, field, words) => {
    const { programId } = await aProgram(api);
    const refused = await api.send('addPlan', { params: { programId }, headers: YAML, body: text });
    expect(refused.status).toBe(400);
    const problem = refused.body.fields.find((each: { field: string }) => each.field === field);
    expect(problem.message).toContain(words);
  });

  test('other routes take JSON only', async () => {
    const refused = await api.send('createPartner', { headers: YAML, body: 'name: A\n' });
    expect(refused).toMatchObject({ body: { code: 'content-type-not-json' } });
  });
});

describe('a plan may ask for all that the language says', () => {
  const rule = (over: object) => [{ ...RULES[1], ...over }];
  test.each<[string, object]>([
    ['countries', withRules(rule({ when: { any: [{ countries: ['DE'] }] } }))],
    ['tiers of partners', withRules(rule({ when: { tiers: ['gold'] } }))],
    ['five years of renewals', withRules(rule({ recurring: { months: 60, rate: 'pinned' } }))],
    ['recruiters', withRules(RULES, { overrides: [{ id: 'r', label: 'R', level: 1, of: 'sales', rateBps: 100 }] })],
    [
      'links with a limit of the month',
      withRules(rule({ when: { links: ['x'] }, cap: { perPeriod: { cents: 1, per: 'month' } } })),
    ],
  ])('%s', async (_, body) => {
    const { programId } = await aProgram(api);
    expect(await api.send('addPlan', { params: { programId }, body })).toMatchObject({ status: 201 });
  });
});

describe('a version that begins in the past', () => {
  /** A run of the program as of this moment; the hold is 30 days. */
  const drafted = (programId: string, status: RunStatus, runId: string, asOf = '2026-03-31T22:30:00.000Z') =>
    payoutRuns(api.client, api.tables.core).create({
      ...{ runId, brandId: ADA.brandId, programId, currency: 'EUR', status, madeBy: 'ben@example.com' },
      ...{ asOf, madeAt: asOf },
      ...{ itemCount: 1, totalCents: 100, excludedCount: 0 },
    });

  test.each<[RunStatus, string, number]>([
    // In Berlin the run is of April 1st; orders of March 2nd were held through that day's first moment, those of the 3rd are not payable yet.
    ['paid', '2026-03-02T22:59:59Z', 422],
    ['paid', '2026-03-02T23:00:00Z', 201],
    ['approved', '2026-01-01T00:00:00Z', 422],
    ['awaiting-approval', '2026-01-01T00:00:00Z', 201],
    ['rejected', '2026-01-01T00:00:00Z', 201],
  ])('with a run that is %s, from %s on: %i', async (status, effectiveFrom, expected) => {
    const { programId } = await aProgram(api, { timeZone: 'Europe/Berlin' });
    await drafted(programId, status, `run_${programId.slice(4)}`);
    const answered = await api.send('addPlan', { params: { programId }, body: { ...withRules(RULES), effectiveFrom } });
    expect(answered.status).toBe(expected);
    if (expected === 422)
      expect(answered.body).toMatchObject({ code: 'period-paid', fields: [{ field: 'effectiveFrom' }] });
  });

  const since = async (programId: string, day: string) =>
    (
      await api.send('addPlan', {
        params: { programId },
        body: { ...withRules(RULES), effectiveFrom: `${day}T12:00:00Z` },
      })
    ).status;

  test('a longer hold does not open days that were paid under a shorter one', async () => {
    const { programId } = await aProgram(api);
    await drafted(programId, 'paid', `run_${programId.slice(4)}`);
    const hold = (terms: object) => api.ok('updateProgram', { params: { programId }, body: { payoutTerms: terms } });
    await hold({ holdDaysByGroup: { fast: 7 } });
    await hold({ holdDays: 90, holdDaysByGroup: {} });
    await hold({ holdDays: 60 });
    expect(await since(programId, '2026-03-24')).toBe(422);
    expect(await since(programId, '2026-03-25')).toBe(201);
  });

  test('a paid run is found behind months of empty ones', async () => {
    const { programId } = await aProgram(api);
    const runId = (place: number) => `run_${String(place).padStart(4, '0')}${programId.slice(8)}`;
    await drafted(programId, 'paid', runId(0));
    for (let day = 1; day <= 105; day += 1)
      await drafted(programId, 'empty', runId(day), new Date(Date.UTC(2026, 3, day)).toISOString());
    expect(await since(programId, '2026-01-01')).toBe(422);
  });
});

test('a plan tells itself in words, each version', async () => {
  const { programId } = await aProgram(api);
  await api.ok('addPlan', { params: { programId }, body: withRules(RULES) });
  const { headers, body } = await api.send('getPlanDocument', { params: { programId }, query: { version: '2' } });
  expect(headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(body).toContain(
    '| 1 | Shoes, spring | items of category shoes; days from 2026-03-01 on | 12 % of the price after discounts |',
  );
  expect(body).toContain('| 2 | Everything else | everything | 8 % of the price after discounts |');
  expect(await api.send('getPlanDocument', { params: { programId }, query: { version: '9' } })).toMatchObject({
    status: 404,
    body: { code: 'no-such-plan' },
  });
});

test('a draft is checked, and nothing is stored', async () => {
  const { programId } = await aProgram(api);
  const { findings } = await api.ok('lintPlan', { params: { programId }, body: withRules([RULES[1], RULES[0]]) });
  expect(findings).toMatchObject([
    { code: 'unreachable', severity: 'error', rule: 'shoes', fix: 'Put shoes above base, or remove it.' },
    { code: 'coupon-last-touch', severity: 'warning' },
  ]);
  expect((await api.ok('listPlans', { params: { programId } })).items).toHaveLength(1);
});

describe('a rate', () => {
  test('is what a sale would earn at a time, explained', async () => {
    const { programId } = await aProgram(api);
    await api.ok('addPlan', {
      params: { programId },
      body: { ...withRules(RULES), effectiveFrom: '2026-03-01T00:00:00Z' },
    });
    const query = { at: '2026-03-20T10:00:00Z', category: 'shoes', unitPriceCents: '4999', quantity: '2' };
    expect(await api.ok('getRate', { params: { programId }, query })).toMatchObject({
      planVersion: 2,
      amountCents: 9_998,
      cents: 1_200,
      parts: [{ rule: 'shoes', rateBps: 1_200, baseCents: 9_998 }],
      explanation: expect.stringContaining('Shoes, spring: 12 % of 99.98 '),
      assumes: [],
    });
  });

  test('says what it takes for given', async () => {
    const { programId } = await aProgram(api);
    const pay = {
      kind: 'tiers',
      by: 'orders',
      per: 'month',
      mode: 'marginal',
      steps: [
        { from: 0, rateBps: 100 },
        { from: 2, rateBps: 900 },
      ],
    };
    await api.ok('addPlan', { params: { programId }, body: withRules([{ ...RULES[1], pay }]) });
    expect(await api.ok('getRate', { params: { programId } })).toMatchObject({
      cents: 100,
      assumes: ['the partner has no other order in the period'],
    });
  });

  test('is by country and tier as asked, or by the tier the partner has', async () => {
    const rules = [
      {
        ...RULES[1],
        id: 'silver',
        when: { tiers: ['silver'], countries: ['DE'] },
        pay: { kind: 'percent', rateBps: 900 },
      },
      RULES[1],
    ];
    const { programId } = await aProgram(api, { plan: { name: 'Plan', rules } });
    const { partnerId } = await aPartner(api);
    await api.ok('enrolPartner', { params: { programId }, body: { partnerId, tier: 'silver' } });
    const rate = async (query: Record<string, string>) =>
      (await api.ok('getRate', { params: { programId }, query })).cents;
    expect(await rate({ partnerId, country: 'DE' })).toBe(900);
    expect(await rate({ tier: 'silver', country: 'DE' })).toBe(900);
    expect(await rate({ partnerId })).toBe(800);
    expect(await rate({ tier: 'gold', country: 'DE' })).toBe(800);
  });

  test('of a partner who is not enrolled is none', async () => {
    const { programId } = await aProgram(api);
    const query = { partnerId: 'ptr_01kp3q8z4m7yc2hd' };
    expect(await api.send('getRate', { params: { programId }, query })).toMatchObject({ status: 404 });
  });
});

test('a simulation of a window without orders differs in nothing', async () => {
  const { programId } = await aProgram(api);
  const body = { ...withRules(RULES), from: '2026-03-01', to: '2026-03-31' };
  expect(await api.ok('simulatePlan', { params: { programId }, body })).toEqual({
    orders: 0,
    unsettled: 0,
    total: { orders: 0, beforeCents: 0, afterCents: 0, differenceCents: 0 },
    partners: [],
    types: [],
    rules: [],
  });
  const long = await api.send('simulatePlan', { params: { programId }, body: { ...body, to: '2026-12-31' } });
  expect(long).toMatchObject({ status: 400, body: { fields: [{ field: 'to' }] } });
});
