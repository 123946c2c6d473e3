import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADA, type ApiGround, aPartner, aProgram, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
let programId: string;
beforeAll(async () => {
  api = await apiGround();
  ({ programId } = await aProgram(api));
});
afterAll(() => api.close());

async function enrolled(body: object = {}) {
  const { partnerId } = await aPartner(api);
  await api.ok('enrolPartner', { params: { programId }, body: { partnerId, ...body } });
  return { params: { programId, partnerId } };
}

describe('enrolling', () => {
  test('puts a partner into the program, in the default group', async () => {
    const { params } = await enrolled();
    expect(await api.ok('getEnrolment', { params })).toEqual({
      ...params,
      status: 'active',
      group: 'default',
      enrolledAt: '2026-03-29T10:00:00.000Z',
      revision: 1,
    });
  });

  test('a second time is refused and changes nothing', async () => {
    const { params } = await enrolled({ group: 'gold' });
    const again = await api.send('enrolPartner', { params: { programId }, body: { partnerId: params.partnerId } });
    expect(again).toMatchObject({ status: 409, body: { code: 'already-enrolled' } });
    expect(await api.ok('getEnrolment', { params })).toMatchObject({ group: 'gold', revision: 1 });
  });

  test('repeated after a crash before the answer was stored is answered as the first time', async () => {
    const { partnerId } = await aPartner(api);
    const request = { params: { programId }, body: { partnerId }, headers: { 'idempotency-key': 'crash' } };
    const first = await api.ok('enrolPartner', request);
    const { UpdateCommand, ScanCommand } = await import('@aws-sdk/lib-dynamodb');
    const { Items = [] } = await api.client.send(new ScanCommand({ TableName: api.tables.core }));
    const { pk, sk } = Items.find((row) => String(row.pk).includes('#ONCE#enrolPartner#'))!;
    const crashed = { state: 'running', lockedUntilMs: 0 };
    await api.client.send(
      new UpdateCommand({
        TableName: api.tables.core,
        Key: { pk, sk },
        UpdateExpression: 'SET #state = :state, lockedUntilMs = :none',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': crashed.state, ':none': crashed.lockedUntilMs },
      }),
    );
    expect(await api.ok('enrolPartner', { ...request, at: '2026-03-29T10:05:00.000Z' })).toEqual(first);
  });

  test.each([
    ['program', { programId: 'prg_01kp3q8z4m7yc2hd' }, undefined],
    ['partner', undefined, 'ptr_01kp3q8z4m7yc2hd'],
  ])('needs a %s of the brand', async (kind, params, partnerId) => {
    const partner = partnerId ?? (await aPartner(api)).partnerId;
    const refused = await api.send('enrolPartner', { params: params ?? { programId }, body: { partnerId: partner } });
    expect(refused).toMatchObject({ status: 404, body: { code: `no-such-${kind}` } });
  });
});

describe('a recruiter', () => {
  test('is another partner of the program, named at enrolment and shown ever after', async () => {
    const recruiter = await enrolled();
    const { params } = await enrolled({ recruitedBy: recruiter.params.partnerId, tier: 'silver' });
    const shown = { recruitedBy: recruiter.params.partnerId, tier: 'silver' };
    expect(await api.ok('getEnrolment', { params })).toMatchObject(shown);
    const { items } = await api.ok('listAudit', { query: { target: `${programId}/${params.partnerId}` } });
    expect(items).toMatchObject([{ after: shown }]);
    const changed = await api.send('updateEnrolment', { params, body: { recruitedBy: null } });
    expect(changed).toMatchObject({ status: 400, body: { fields: [{ field: 'recruitedBy' }] } });
  });

  test('must be enrolled before, so nobody recruits themselves or in a circle', async () => {
    const { partnerId } = await aPartner(api);
    const { partnerId: stranger } = await aPartner(api);
    for (const recruitedBy of [partnerId, stranger, 'ptr_01kp3q8z4m7yc2hd']) {
      const refused = await api.send('enrolPartner', { params: { programId }, body: { partnerId, recruitedBy } });
      expect(refused).toMatchObject({
        status: 422,
        body: { code: 'recruiter-not-enrolled', fields: [{ field: 'recruitedBy' }] },
      });
    }
    expect(await api.send('getEnrolment', { params: { programId, partnerId } })).toMatchObject({ status: 404 });
  });

  test('is nobody of another brand or another program', async () => {
    const ours = (await enrolled()).params.partnerId;
    const theirs = await aProgram(api, {}, EVE);
    const { partnerId } = await aPartner(api, {}, EVE);
    const ofEve = { params: { programId: theirs.programId }, body: { partnerId, recruitedBy: ours }, as: EVE };
    expect(await api.send('enrolPartner', ofEve)).toMatchObject({ status: 422 });
    const { programId: another } = await aProgram(api);
    const elsewhere = { partnerId: (await aPartner(api)).partnerId, recruitedBy: ours };
    expect(await api.send('enrolPartner', { params: { programId: another }, body: elsewhere })).toMatchObject({
      status: 422,
    });
  });
});

describe('a payout currency', () => {
  const wants = (currency: string) => ({ body: { payoutPreferences: { currency } } });

  test('is the program’s own or one that its payout terms list, and nothing else is stored', async () => {
    const { params } = await enrolled();
    const { currency: own } = await api.ok('getProgram', { params: { programId } });
    expect(await api.ok('updateEnrolment', { params, ...wants(own) })).toMatchObject({
      payoutPreferences: { currency: own },
      revision: 2,
    });
    expect(await api.send('updateEnrolment', { params, ...wants('CHF') })).toMatchObject({
      status: 422,
      body: { code: 'currency-not-offered', fields: [{ field: 'payoutPreferences.currency' }] },
    });
    for (const no of ['chf', 'XYZ', 'EURO', '']) {
      const { status, body } = await api.send('updateEnrolment', { params, ...wants(no) });
      expect([status, body.fields[0].field]).toEqual([400, 'payoutPreferences.currency']);
    }
    expect(await api.ok('getEnrolment', { params })).toMatchObject({ revision: 2 });
    const listed = await aProgram(api, { payoutTerms: { payoutCurrencies: ['CHF'] } });
    const there = { programId: listed.programId, partnerId: params.partnerId };
    await api.ok('enrolPartner', { params: { programId: listed.programId }, body: { partnerId: params.partnerId } });
    expect(await api.ok('updateEnrolment', { params: there, ...wants('CHF') })).toMatchObject({
      payoutPreferences: { currency: 'CHF' },
    });
  });

  test('of another brand’s program is no such enrolment', async () => {
    const { params } = await enrolled();
    expect(await api.send('updateEnrolment', { params, ...wants('EUR'), as: EVE })).toMatchObject({ status: 404 });
  });
});

test('a tier is set and taken away from now on', async () => {
  const { params } = await enrolled();
  const at = (time: string) => ({ params, at: `2026-0${time}T00:00:00.000Z` });
  expect(await api.ok('updateEnrolment', { ...at('4-01'), body: { tier: 'silver' } })).toMatchObject({
    tier: 'silver',
  });
  const taken = await api.ok('updateEnrolment', { ...at('5-01'), body: { tier: null } });
  expect(taken).not.toHaveProperty('tier');
  const { enrolments } = await import('../../../lib/store/enrolments.ts');
  const stored = await enrolments(api.client, api.tables.core).get(ADA.brandId, programId, params.partnerId);
  expect(stored!.history).toEqual([
    { until: '2026-04-01T00:00:00.000Z', status: 'active', group: 'default' },
    { until: '2026-05-01T00:00:00.000Z', status: 'active', group: 'default', tier: 'silver' },
  ]);
});

describe('a change', () => {
  test('keeps how it stood before, for orders of that time', async () => {
    const { params } = await enrolled();
    await api.ok('updateEnrolment', { params, body: { group: 'gold' }, at: '2026-04-01T00:00:00.000Z' });
    await api.ok('updateEnrolment', { params, body: { status: 'ended' }, at: '2026-05-01T00:00:00.000Z' });
    const { enrolments } = await import('../../../lib/store/enrolments.ts');
    const stored = await enrolments(api.client, api.tables.core).get(ADA.brandId, programId, params.partnerId);
    expect(stored).toMatchObject({
      status: 'ended',
      group: 'gold',
      revision: 3,
      history: [
        { until: '2026-04-01T00:00:00.000Z', status: 'active', group: 'default' },
        { until: '2026-05-01T00:00:00.000Z', status: 'active', group: 'gold' },
      ],
    });
    const { items } = await api.ok('listAudit', {
      query: { target: `${programId}/${params.partnerId}`, order: 'oldest-first' },
    });
    expect(items.slice(1)).toMatchObject([
      { before: { group: 'default' }, after: { group: 'gold' } },
      { before: { status: 'active' }, after: { status: 'ended' } },
    ]);
  });
});

describe('an agreement', () => {
  test('is the program’s current one and accepted now unless said otherwise', async () => {
    const { params } = await enrolled();
    const accepted = await api.ok('acceptAgreement', { params, body: { acceptedBy: 'Mara Lindt' } });
    expect(accepted).toMatchObject({
      agreement: { version: '1', acceptedAt: '2026-03-29T10:00:00.000Z', acceptedBy: 'Mara Lindt' },
      revision: 2,
    });
  });

  test.each([
    ['of another version', { version: 'v1', acceptedBy: 'Mara' }, 422, 'version'],
    ['from the future', { acceptedAt: '2026-03-29T10:00:01Z', acceptedBy: 'Mara' }, 400, 'acceptedAt'],
    ['by nobody', {}, 400, 'acceptedBy'],
  ])('%s is refused', async (_, body, status, field) => {
    const { params } = await enrolled();
    expect(await api.send('acceptAgreement', { params, body })).toMatchObject({
      status,
      body: { fields: [{ field }] },
    });
  });
});

test('the list holds every partner of the program once, page by page', async () => {
  const { programId: other } = await aProgram(api);
  const made: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    const { partnerId } = await aPartner(api);
    await api.ok('enrolPartner', { params: { programId: other }, body: { partnerId } });
    made.push(partnerId);
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.ok('listEnrolments', {
      params: { programId: other },
      query: { limit: '2', ...(cursor && { cursor }) },
    });
    seen.push(...page.items.map(({ partnerId }: { partnerId: string }) => partnerId));
    cursor = page.nextCursor;
  } while (cursor);
  expect(seen.sort()).toEqual(made.sort());
});
