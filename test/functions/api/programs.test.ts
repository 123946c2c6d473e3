import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { currenciesOf, offeredCurrencies } from '../../../lib/programs/payout-currencies.ts';
import { ADA, type ApiGround, aProgram, apiGround, EVE } from '../../support/api-ground.ts';
import { origination } from '../../support/payouts.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const UNKNOWN = 'prg_01kp3q8z4m7yc2hd';

describe('a new program', () => {
  test('is created with its first terms and read back', async () => {
    const created = await aProgram(api, { timeZone: 'Europe/Berlin' });
    expect(created).toMatchObject({
      status: 'active',
      timeZone: 'Europe/Berlin',
      clickParameter: 'trb_click',
      payoutTerms: { holdDays: 30, minimumCents: 5000, agreementVersion: '1', taxFormRequired: true },
      revision: 1,
      policy: { version: 1, policy: { model: 'last-touch', lookbackDays: 30 } },
      plan: { version: 1, plan: { name: 'Plan' } },
    });
    const { programId, policy, plan, ...program } = created;
    expect(await api.ok('getProgram', { params: { programId } })).toEqual({ programId, ...program });
    expect(await api.ok('listPolicies', { params: { programId } })).toEqual({ items: [policy] });
    expect(await api.ok('listPlans', { params: { programId } })).toEqual({ items: [plan] });
  });

  test('is audited in the name of the person, with the reason given', async () => {
    const { programId } = await api.ok('createProgram', {
      headers: { 'x-reason': encodeURIComponent('Start für den Frühling') },
      body: {
        name: 'Audited',
        currency: 'USD',
        destinationUrl: 'https://shop.example/',
        plan: { name: 'P', rules: [{ id: 'a', label: 'A', pay: { kind: 'flat', amountCents: 100 } }] },
      },
    });
    const { items } = await api.ok('listAudit', { query: { target: programId } });
    expect(items).toMatchObject([
      { person: ADA.person, action: 'createProgram', why: 'Start für den Frühling', after: { name: 'Audited' } },
    ]);
  });

  test('comes once from a request sent twice at the same moment', async () => {
    const before = (await api.ok('listPrograms', { query: { limit: '200' } })).items.length;
    const request = {
      headers: { 'idempotency-key': 'twice' },
      body: {
        name: 'Twice',
        currency: 'USD',
        destinationUrl: 'https://shop.example/',
        plan: { name: 'P', rules: [{ id: 'a', label: 'A', pay: { kind: 'flat', amountCents: 100 } }] },
      },
    };
    const statuses = (await Promise.all([1, 2, 3].map(() => api.send('createProgram', request)))).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([201, 409, 409]);
    expect((await api.send('createProgram', request)).headers['idempotency-replayed']).toBe('true');
    expect((await api.ok('listPrograms', { query: { limit: '200' } })).items).toHaveLength(before + 1);
  });
});

describe('a change', () => {
  test('touches the named fields only, payout terms one by one', async () => {
    const { programId, name } = await aProgram(api);
    const changed = await api.ok('updateProgram', {
      params: { programId },
      body: { status: 'paused', payoutTerms: { holdDays: 7 } },
    });
    expect(changed).toMatchObject({
      name,
      status: 'paused',
      revision: 2,
      payoutTerms: { holdDays: 7, minimumCents: 5000 },
    });
  });

  test('keeps every payout currency that was ever listed, since money may wait in it', async () => {
    const { programId } = await aProgram(api, { payoutTerms: { payoutCurrencies: ['CHF', 'JPY'] } });
    const list = (payoutCurrencies: string[]) => ({
      params: { programId },
      body: { payoutTerms: { payoutCurrencies } },
    });
    expect(await api.ok('updateProgram', list(['JPY']))).toMatchObject({ payoutTerms: { payoutCurrencies: ['JPY'] } });
    await api.ok('updateProgram', list([]));
    const { programs } = await import('../../../lib/store/programs.ts');
    const stored = await programs(api.client, api.tables.core).get(ADA.brandId, programId);
    expect(currenciesOf(stored!).slice(1).sort()).toEqual(['CHF', 'JPY']);
    expect(offeredCurrencies(stored!)).toEqual([stored!.currency]);
    for (const no of [['EUX'], ['eur'], ['CHF', 'CHF'], 'CHF'])
      expect(await api.send('updateProgram', list(no as string[]))).toMatchObject({ status: 400 });
  });

  test('that changes nothing writes nothing', async () => {
    const { programId } = await aProgram(api);
    expect(await api.ok('updateProgram', { params: { programId }, body: { status: 'active' } })).toMatchObject({
      revision: 1,
    });
    expect((await api.ok('listAudit', { query: { target: programId } })).items).toHaveLength(1);
  });

  test('based on an older revision is refused and tells the one there is', async () => {
    const { programId } = await aProgram(api);
    await api.ok('updateProgram', { params: { programId }, headers: { 'if-match': '"1"' }, body: { name: 'Second' } });
    const stale = await api.send('updateProgram', {
      params: { programId },
      headers: { 'if-match': '"1"' },
      body: { name: 'Third' },
    });
    expect(stale).toMatchObject({
      status: 412,
      body: { code: 'stale-revision', detail: expect.stringContaining('revision 2') },
    });
  });

  test('made by many at once loses none of them', async () => {
    const { programId } = await aProgram(api);
    const changes = [{ name: 'A' }, { status: 'paused' }, { payoutTerms: { holdDays: 1 } }];
    await Promise.all(changes.map((body) => api.ok('updateProgram', { params: { programId }, body })));
    expect(await api.ok('getProgram', { params: { programId } })).toMatchObject({
      name: 'A',
      status: 'paused',
      payoutTerms: { holdDays: 1 },
      revision: 4,
    });
  });

  test.each([['currency'], ['timeZone'], ['clickParameter']])(
    'of %s is refused: it is in what was posted or shared',
    async (field) => {
      const { programId } = await aProgram(api);
      const refused = await api.send('updateProgram', { params: { programId }, body: { [field]: 'USD' } });
      expect(refused).toMatchObject({ status: 400, body: { fields: [{ field }] } });
    },
  );
});

describe('who sends ACH credits', () => {
  test('is set, replaced and taken away', async () => {
    const { programId } = await aProgram(api, { currency: 'USD', nacha: origination });
    expect((await api.ok('getProgram', { params: { programId } })).nacha).toEqual(origination);
    const nacha = { ...origination, entryDescription: 'PAYROLL' };
    expect((await api.ok('updateProgram', { params: { programId }, body: { nacha } })).nacha).toEqual(nacha);
    expect((await api.ok('updateProgram', { params: { programId }, body: { nacha: null } })).nacha).toBeUndefined();
  });

  test('is refused in a currency that ACH does not carry', async () => {
    const { programId } = await aProgram(api, { currency: 'EUR' });
    const refused = await api.send('updateProgram', { params: { programId }, body: { nacha: origination } });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'nacha' }] } });
    expect((await api.ok('getProgram', { params: { programId } })).revision).toBe(1);
  });
});

describe('versions', () => {
  const plan = { name: 'Next', rules: [{ id: 'base', label: 'All', pay: { kind: 'percent', rateBps: 900 } }] };

  test('count from 1 without gaps, also when added at once', async () => {
    const { programId } = await aProgram(api);
    const added = await Promise.all([1, 2, 3].map(() => api.ok('addPlan', { params: { programId }, body: { plan } })));
    expect(added.map(({ version }) => version).sort()).toEqual([2, 3, 4]);
    const { items } = await api.ok('listPlans', { params: { programId } });
    expect(items.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3, 4]);
  });

  test('apply from the time given, in the past too, or from the request on', async () => {
    const { programId } = await aProgram(api);
    const policy = { model: 'position-based', weightsBps: { first: 5000, middle: 0, last: 5000 } };
    const past = await api.ok('addPolicy', {
      params: { programId },
      body: { policy, effectiveFrom: '2026-01-01T00:00:00+01:00' },
    });
    expect(past).toMatchObject({ version: 2, effectiveFrom: '2025-12-31T23:00:00.000Z' });
    const now = await api.ok('addPolicy', { params: { programId }, body: { policy }, at: '2026-04-01T00:00:00.000Z' });
    expect(now).toMatchObject({ version: 3, effectiveFrom: '2026-04-01T00:00:00.000Z' });
    const { items } = await api.ok('listAudit', { query: { target: `${programId}/policies/3` } });
    expect(items).toMatchObject([{ action: 'addPolicy', after: { version: 3 } }]);
  });

  test('of a program that is not there are refused', async () => {
    const refused = await api.send('addPlan', { params: { programId: UNKNOWN }, body: { plan } });
    expect(refused).toMatchObject({ status: 404, body: { code: 'no-such-program' } });
  });
});

describe('the list', () => {
  test('goes page by page and holds every program of the brand once', async () => {
    const mine = { ...EVE, brandId: 'brd_pages0' };
    const made = [];
    for (let i = 0; i < 5; i += 1) made.push((await aProgram(api, { name: `P${i}` }, mine)).programId);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.ok('listPrograms', { as: mine, query: { limit: '2', ...(cursor && { cursor }) } });
      seen.push(...page.items.map(({ programId }: { programId: string }) => programId));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen.sort()).toEqual(made.sort());
  });

  test('refuses a cursor of another brand', async () => {
    for (let i = 0; i < 2; i += 1) await aProgram(api, {}, EVE);
    const { nextCursor } = await api.ok('listPrograms', { as: EVE, query: { limit: '1' } });
    const refused = await api.send('listPrograms', { query: { limit: '1', cursor: nextCursor } });
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'cursor' }] } });
  });
});

describe('how clicks are taken', () => {
  test('is as for everybody until somebody says otherwise, and then field by field', async () => {
    const { programId, ...made } = await aProgram(api);
    expect(made).not.toHaveProperty('tracking');
    const params = { programId };
    const change = (tracking: object) => api.ok('updateProgram', { params, body: { tracking } });
    expect((await change({ mode: 'strict' })).tracking).toMatchObject({
      mode: 'strict',
      cookies: 'outside-europe',
      utm: {},
    });
    expect((await change({ countries: ['DE', 'AT'], utm: { utm_source: '{partner}' } })).tracking).toMatchObject({
      mode: 'strict',
      countries: ['DE', 'AT'],
      utm: { utm_source: '{partner}' },
    });
    expect((await api.ok('getProgram', { params })).tracking).toMatchObject({
      mode: 'strict',
      countries: ['DE', 'AT'],
    });
    expect(await api.send('updateProgram', { params, body: { tracking: { mode: 'lenient' } } })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'tracking.mode' }] },
    });
  });
});
