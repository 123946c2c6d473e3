import { KMSClient } from '@aws-sdk/client-kms';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { yearEndContracts } from '../../../lib/http/contracts/year-end.ts';
import { taxVaultReader } from '../../../lib/store/tax-vault.ts';
import { FILER, FILER_FIELDS, opened } from '../../../lib/tax/year-end/filer.ts';
import { ADA, type ApiGround, aPartner, apiGround, EVE } from '../../support/api-ground.ts';
import { aTaxYear } from '../../support/tax-year.ts';

let api: ApiGround;
beforeAll(async () => {
  api = await apiGround();
});
afterAll(() => api.close());

const profile = yearEndContracts.setTaxFiler.examples.body;
const set = (body: object, more: object = {}) => api.send('setTaxFiler', { body, ...more });

describe('how returns name the payer', () => {
  test('is kept by version, whole in the vault, and shown with the last four of its number', async () => {
    expect(await api.send('getTaxFiler')).toMatchObject({ status: 404, body: { code: 'no-such-tax-filer' } });
    const first = await set({ ...profile, ein: '12-3456789' });
    expect(first).toMatchObject({ status: 200, body: { name: profile.name, einLast4: '6789', revision: 1 } });
    const second = await set({ ...profile, ein: '98-7650321', tcc: 'D1234' });
    expect(second.body).toMatchObject({ einLast4: '0321', revision: 2, tcc: 'D1234' });
    expect(await api.ok('getTaxFiler')).toEqual(second.body);
    const vault = taxVaultReader(api.client, api.tables.vault, new KMSClient(api.ground.client));
    const version = async (version: number) =>
      opened((await vault.read({ brandId: ADA.brandId, partnerId: FILER, version }, FILER_FIELDS))!);
    expect([(await version(1)).ein, (await version(2)).ein]).toEqual(['12-3456789', '98-7650321']);
    const rows = await Promise.all(
      [api.tables.core, api.tables.vault].map(
        async (TableName) => (await api.client.send(new ScanCommand({ TableName }))).Items,
      ),
    );
    expect(JSON.stringify([rows, first.body, second.body])).not.toMatch(/12-?3456789|98-?7650321/);
    expect(await api.send('getTaxFiler', { as: EVE })).toMatchObject({ status: 404 });
  });

  test('is changed from the revision that was read', async () => {
    const stale = await set(profile, { headers: { 'if-match': '"99"' } });
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale-revision' } });
    const both = await Promise.all([set(profile), set(profile)]);
    const revisions = both.map(({ body }) => body.revision).sort((a, b) => a - b);
    expect(revisions[1]! - revisions[0]!).toBe(1);
  });

  test.each([
    ['a number of no campus’ shape', { ein: '1234' }, 'ein'],
    ['a state there is none of', { stateIds: { Colorado: '1' } }, 'stateIds.Colorado'],
    ['a state that is in no combined program', { combinedStates: ['TX'] }, 'combinedStates[0]'],
    ['a name that the IRS cannot carry', { name: '株式会社' }, 'name'],
    ['a telephone with signs', { phone: '415-555-0100' }, 'phone'],
    ['an address that begins as a formula', { email: '=cmd@aurora.example' }, 'email'],
    ['a code of four signs', { tcc: 'D123' }, 'tcc'],
    ['a county', { address: { ...profile.address, state: 'Cal' } }, 'address.state'],
  ])('with %s is refused and nothing is stored', async (_, over, field) => {
    const before = await api.ok('getTaxFiler');
    const refused = await set({ ...profile, ...over });
    expect(refused.status).toBe(400);
    expect(refused.body.fields.map((one: { field: string }) => one.field)).toContain(field);
    expect(await api.ok('getTaxFiler')).toEqual(before);
  });
});

describe('the header row of a year', () => {
  const example = yearEndContracts.setIrisHeader.examples.body;

  test('is known for 2025, has to be pasted for 2026, and is the brand’s own', async () => {
    const known = await api.ok('getIrisHeader', { params: { year: '2025' } });
    expect(known).toMatchObject({ known: true, revision: 0 });
    expect(known.columns).toHaveLength(54);
    const params = { year: '2026' };
    expect(await api.send('getIrisHeader', { params })).toMatchObject({
      status: 404,
      body: { code: 'no-such-iris-header' },
    });
    const pasted = await api.ok('setIrisHeader', { params, body: example });
    expect(pasted).toMatchObject({ year: 2026, known: false, revision: 1 });
    expect(pasted.columns).toContainEqual({ title: 'Box 1a - Nonemployee compensation', fill: 'compensation' });
    expect(await api.ok('getIrisHeader', { params })).toEqual(pasted);
    expect(await api.send('getIrisHeader', { params, as: EVE })).toMatchObject({ status: 404 });
    const again = await api.ok('setIrisHeader', { params, body: example, headers: { 'if-match': '"1"' } });
    expect(again.revision).toBe(2);
  });

  test.each([
    ['names a column nobody knows', { ...example, fields: {} }, 'header'],
    ['has a title that every object has', { ...example, header: `${example.header}\tConstructor` }, 'header'],
    ['is no row', { header: 'a\nb' }, 'header'],
    ['has a control character', { header: 'Form\u0007Type' }, 'header'],
    ['fills a column with what there is none of', { ...example, fields: { Season: 'everything' } }, 'fields.Season'],
    ['fills a column with a formula', { ...example, fields: { Season: '==1+1' } }, 'fields.Season'],
    ['has ten thousand columns', { header: Array(10_001).fill('Form Type').join(',') }, 'header'],
  ])('that %s is refused', async (_, body, field) => {
    const refused = await api.send('setIrisHeader', { params: { year: '2024' }, body });
    expect(refused.status).toBe(400);
    expect(refused.body.fields.map((one: { field: string }) => one.field)).toContain(field);
    expect(await api.ok('getIrisHeader', { params: { year: '2024' } })).toMatchObject({ known: true });
  });
});

describe('what was filed', () => {
  const params = { year: '2026' };

  test('is listed by payee and by submission with last fours, and adds up', async () => {
    const { partnerId } = await aPartner(api);
    await aTaxYear(api, partnerId);
    const { items } = await api.ok('listTaxReturns', { params });
    expect(items).toMatchObject([
      {
        partnerId,
        grossCents: 2_150_00,
        tinLast4: '6789',
        filed: [{ destination: 'US', submission: 1, compensationCents: 2_150_00 }],
      },
    ]);
    const submissions = await api.ok('listTaxSubmissions', { params });
    expect(submissions.items).toMatchObject([
      { number: 1, records: 1, partnerIds: [partnerId], folder: 'tax/brd_aaaaaa/2026/000001-US' },
    ]);
    expect(await api.ok('getTaxSummary', { params })).toMatchObject({
      grossCents: 2_150_00,
      form945Cents: 0,
      filed: { payees: 1 },
    });
    for (const id of ['listTaxReturns', 'listTaxSubmissions'] as const)
      expect(await api.ok(id, { params, as: EVE })).toEqual({ items: [] });
    expect(await api.send('getTaxSummary', { params: { year: '2025' } })).toMatchObject({ status: 404 });
  });

  test('has a receipt once it is told, which is in the audit log', async () => {
    const receive = (number: string, as = ADA) =>
      api.send('recordTaxReceipt', { params: { ...params, number }, body: { receiptId: '2027-7123-a' }, as });
    expect(await receive('2')).toMatchObject({ status: 404, body: { code: 'no-such-submission' } });
    expect(await receive('1', EVE)).toMatchObject({ status: 404 });
    expect(await receive('1')).toMatchObject({ status: 200, body: { receiptId: '2027-7123-a' } });
    expect(await receive('1')).toMatchObject({ status: 200 });
    const { items } = await api.ok('listAudit', { query: { target: 'tax-years/2026/submissions/1' } });
    expect(items.filter(({ action }: { action: string }) => action === 'recordTaxReceipt')).toHaveLength(1);
    expect((await api.ok('listTaxSubmissions', { params })).items[0]).toMatchObject({ receiptId: '2027-7123-a' });
  });
});

test('file-1099 is started by finance alone, with a year and a mode there are', async () => {
  const start = (input: object, role: 'finance' | 'manager' = 'finance') =>
    api.send('startExecution', { as: { ...ADA, role }, body: { workflow: 'file-1099', input } });
  expect(await start({ year: 2025, dryRun: true })).toMatchObject({
    status: 202,
    body: { input: { mode: 'original', dryRun: true } },
  });
  expect(await start({ year: 2025 }, 'manager')).toMatchObject({
    status: 403,
    body: { code: 'workflow-needs-finance' },
  });
  for (const input of [
    {},
    { year: 1999 },
    { year: 2025, mode: 'both' },
    { year: 2025, rewrite: 0 },
    { year: 2025, brandId: EVE.brandId },
  ])
    expect((await start(input)).status).toBe(400);
});
