import { KMSClient } from '@aws-sdk/client-kms';
import { PutCommand, ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays } from '../../../lib/calendar.ts';
import type { Caller } from '../../../lib/http/caller.ts';
import type { LedgerKey } from '../../../lib/ledger/journal.ts';
import type { Command } from '../../../lib/ledger/movement.ts';
import { post } from '../../../lib/ledger/post.ts';
import { ledger } from '../../../lib/store/ledger.ts';
import { taxVaultReader } from '../../../lib/store/tax-vault.ts';
import { vaultReader } from '../../../lib/store/vault.ts';
import { ADA, type ApiGround, aPartner, aProgram, apiGround, EVE } from '../../support/api-ground.ts';
import { line } from '../../support/ledgers.ts';

let api: ApiGround;
let vault: ReturnType<typeof taxVaultReader>;
beforeAll(async () => {
  api = await apiGround();
  vault = taxVaultReader(api.client, api.tables.vault, new KMSClient(api.ground.client));
});
afterAll(() => api.close());

const signature = { name: 'Mara Lindt', signedOn: '2026-03-28', underPenaltiesOfPerjury: true };
const w9 = {
  form: 'w9',
  person: { first: 'Mara', last: 'Lindtfeld' },
  businessName: 'Trail Notes',
  taxClass: 'individual',
  address: { line1: '12 Ridge Road', city: 'Boulder', state: 'CO', zip: '80302' },
  tin: { box: 'ssn', number: '123-45-6789' },
  signature,
};
const w8 = {
  form: 'w8ben',
  name: 'Jonas Berg',
  country: 'DE',
  address: { line1: 'Weg 1', city: 'Kiel', country: 'DE' },
  foreignTin: '12 345 678 901',
  servicesPerformed: 'outside-us',
  signature,
};
const place = (partnerId: string, version: number) => ({ brandId: ADA.brandId, partnerId, version });
const handIn = (partnerId: string, body: object, more: object = {}) =>
  api.ok('setTaxForm', { params: { partnerId }, body, ...more });

describe('a tax form', () => {
  test('shows the last four of its number and opens from the vault alone', async () => {
    const { partnerId } = await aPartner(api);
    const taken = await handIn(partnerId, w9);
    expect(taken).toMatchObject({ version: 1, duty: 'report', tinType: 'ssn', tinLast4: '6789', problems: [] });
    expect(await api.ok('getTaxForm', { params: { partnerId } })).toEqual(taken);
    expect(await api.ok('getPartner', { params: { partnerId } })).toMatchObject({ taxFormOnFile: true, revision: 2 });
    const fields = ['person.first', 'person.middle', 'tin.number', 'signature.underPenaltiesOfPerjury'];
    expect(await vault.read(place(partnerId, 1), fields)).toEqual({
      'person.first': 'Mara',
      'tin.number': '123-45-6789',
      'signature.underPenaltiesOfPerjury': 'true',
    });
  });

  test('stands nowhere in clear: not in the core table, the audit log, the vault or the answers', async () => {
    const { partnerId } = await aPartner(api);
    const answers = [await handIn(partnerId, w9), await handIn(partnerId, w8)];
    const rows = await Promise.all(
      [api.tables.core, api.tables.vault].map(
        async (TableName) => (await api.client.send(new ScanCommand({ TableName }))).Items,
      ),
    );
    const everything = JSON.stringify([answers, rows]);
    expect(everything).toContain('6789');
    expect(everything).not.toMatch(/123-?45-?6789|Lindtfeld|Ridge Road|Jonas Berg|345 678/);
    for (const secret of ['123-45-6789', '123456789', 'Jonas Berg'])
      expect(everything).not.toContain(Buffer.from(secret).toString('base64'));
  });

  test('keeps every version, and one is never written over', async () => {
    const { partnerId } = await aPartner(api);
    await handIn(partnerId, w9);
    await handIn(partnerId, { ...w9, person: { first: 'Mara', last: 'Berg' } });
    const read = async (version: number) =>
      (await vault.read(place(partnerId, version), ['person.last']))?.['person.last'];
    expect([await read(1), await read(2), await read(3)]).toEqual(['Lindtfeld', 'Berg', undefined]);
  });

  test('handed in twice at the same time is two versions, and the partner speaks of the later', async () => {
    const { partnerId } = await aPartner(api);
    const versions = (await Promise.all([handIn(partnerId, w9), handIn(partnerId, w8)])).map(({ version }) => version);
    expect(versions.sort()).toEqual([1, 2]);
    const { version, form } = await api.ok('getTaxForm', { params: { partnerId } });
    expect(version).toBe(2);
    expect(Object.keys((await vault.read(place(partnerId, 2), ['tin.number', 'foreignTin']))!)).toEqual([
      form === 'w9' ? 'tin.number' : 'foreignTin',
    ]);
  });

  test('does not open under another partner’s name, and is no bank detail', async () => {
    const [mara, eve] = [await aPartner(api), await aPartner(api)];
    await handIn(mara.partnerId, w9);
    const { Items = [] } = await api.client.send(new ScanCommand({ TableName: api.tables.vault }));
    const row = Items.find(({ pk }) => pk === `${ADA.brandId}#${mara.partnerId}`)!;
    const move = (to: object) =>
      api.client.send(new PutCommand({ TableName: api.tables.vault, Item: { ...row, ...to } }));
    await move({ pk: `${ADA.brandId}#${eve.partnerId}` });
    await expect(vault.read(place(eve.partnerId, 1), ['tin.number'])).rejects.toThrow('encryption context');
    await move({ sk: 'TAX#000002' });
    await expect(vault.read(place(mara.partnerId, 2), ['tin.number'])).rejects.toThrow('encryption context');
    await move({ sk: 'BANK' });
    const bank = vaultReader({ client: api.client, table: api.tables.vault, kms: new KMSClient(api.ground.client) });
    await expect(bank.readDetails(ADA.brandId, mara.partnerId)).rejects.toThrow('encryption context');
  });

  test('is outdated by a change of country, as the form says', async () => {
    const { partnerId } = await aPartner(api, { country: 'DE' });
    await handIn(partnerId, w8);
    const moveTo = async (country: string) => {
      await api.ok('updatePartner', { params: { partnerId }, body: { country } });
      return (await api.ok('getTaxForm', { params: { partnerId } })).problems.map(({ code }: { code: string }) => code);
    };
    expect(await moveTo('US')).toEqual(['tax-form-outdated']);
    expect(await moveTo('DE')).toEqual([]);
  });

  test.each([
    ['a sample number', { ...w9, tin: { box: 'ssn', number: '078-05-1120' } }, 'tin.number'],
    [
      'an unsigned form',
      { ...w9, signature: { ...signature, underPenaltiesOfPerjury: false } },
      'signature.underPenaltiesOfPerjury',
    ],
    ['a form signed next week', { ...w9, signature: { ...signature, signedOn: '2026-04-05' } }, 'signature.signedOn'],
    ['a W-8 that has expired', { ...w8, signature: { ...signature, signedOn: '2022-06-01' } }, 'signature.signedOn'],
    ['a W-8 of an American', { ...w8, country: 'US' }, 'country'],
    ['an unknown form', { ...w9, form: 'w7' }, 'form'],
  ])('%s is refused and nothing is stored', async (_, body, field) => {
    const { partnerId } = await aPartner(api);
    const refused = await api.send('setTaxForm', { params: { partnerId }, body });
    expect(refused.status).toBe(400);
    expect(refused.body.fields).toContainEqual(expect.objectContaining({ field }));
    expect(await vault.read(place(partnerId, 1), ['form'])).toBeUndefined();
    expect(await api.send('getTaxForm', { params: { partnerId } })).toMatchObject({ status: 404 });
  });

  test('of another brand’s partner, or from an old revision, is not taken', async () => {
    const { partnerId } = await aPartner(api);
    const stranger = await api.send('setTaxForm', { params: { partnerId }, body: w9, as: EVE });
    expect(stranger).toMatchObject({ status: 404, body: { code: 'no-such-partner' } });
    const old = await api.send('setTaxForm', { params: { partnerId }, body: w9, headers: { 'if-match': '"7"' } });
    expect(old).toMatchObject({ status: 412, body: { code: 'stale-revision' } });
    expect(await vault.read(place(partnerId, 1), ['form'])).toBeUndefined();
  });
});

describe('a notice of the IRS', () => {
  const notice = (partnerId: string, receivedOn: string, more: object = {}) =>
    api.send('addNameNotice', { params: { partnerId }, body: { receivedOn }, ...more });

  test('holds payments after thirty business days, until it is answered; told twice it is one', async () => {
    const { partnerId } = await aPartner(api);
    await handIn(partnerId, w9);
    const first = await notice(partnerId, '2026-03-27');
    expect(first).toMatchObject({
      status: 200,
      body: { notices: [{ number: 1, writeBy: '2026-04-17', withholdAfter: '2026-05-08' }] },
    });
    expect((await notice(partnerId, '2026-03-27')).body.notices).toEqual(first.body.notices);
    const at = (at: string) => api.ok('getTaxForm', { params: { partnerId }, at });
    expect((await at('2026-05-08T12:00:00.000Z')).problems).toEqual([]);
    expect((await at('2026-05-09T12:00:00.000Z')).problems).toMatchObject([{ code: 'tax-withholding-due' }]);
    const answered = await handIn(partnerId, w9, { at: '2026-05-10T12:00:00.000Z' });
    expect(answered).toMatchObject({ version: 2, problems: [], notices: [{ number: 1, answeredOn: '2026-05-10' }] });

    await notice(partnerId, '2027-03-26');
    const later = { at: '2027-09-01T12:00:00.000Z' };
    expect(await handIn(partnerId, w9, later)).toMatchObject({ problems: [{ code: 'tax-withholding-due' }] });
    expect(await handIn(partnerId, { ...w9, verifiedBy: 'ssa-printout' }, later)).toMatchObject({ problems: [] });
  });

  test('is about W-9s alone', async () => {
    const { partnerId } = await aPartner(api);
    expect(await notice(partnerId, '2026-03-27')).toMatchObject({ status: 404, body: { code: 'no-such-tax-form' } });
    await handIn(partnerId, w8);
    expect(await notice(partnerId, '2026-03-27')).toMatchObject({ status: 422, body: { code: 'not-a-w9' } });
  });
});

test('where the brand withholds, a form under a notice has no problem but says why tax is kept back', async () => {
  const { partnerId } = await aPartner(api);
  await handIn(partnerId, w9);
  const params = { partnerId };
  await api.ok('addNameNotice', { params, body: { receivedOn: '2026-01-05' } });
  expect(await api.ok('getTaxForm', { params })).toMatchObject({ problems: [{ code: 'tax-withholding-due' }] });
  await api.ok('setTaxSettings', { body: { withholding: 'withhold' } });
  const told = await api.ok('getTaxForm', { params });
  expect(told).toMatchObject({ problems: [], withholding: expect.stringContaining('2026-01-05') });
  await api.ok('setTaxSettings', { body: {} });
  expect(await api.ok('getTaxForm', { params })).not.toHaveProperty('withholding');
});

describe('answers of TIN Matching', () => {
  const send = (body: string) => api.send('recordTinMatches', { body, headers: { 'content-type': 'text/csv' } });

  test('are recorded for the number they are about; sent again they change nothing', async () => {
    const [right, wrong, renewed, foreign] = await Promise.all([1, 2, 3, 4].map(() => aPartner(api)));
    for (const { partnerId } of [right, wrong, renewed]) await handIn(partnerId, w9);
    await handIn(foreign.partnerId, w8);
    const file = [
      `2;123456789;Mara Lindtfeld;${right.partnerId};0`,
      `2;123456789;Mara Lindtfeld;${wrong.partnerId};3`,
      `2;123450000;Mara Lindtfeld;${renewed.partnerId};0`,
      `2;123456789;Jonas Berg;${foreign.partnerId};0`,
      '2;123456789;Nobody;ptr_01kp3q8z4m7yc2hd;0',
    ].join('\r\n');
    const told = {
      otherForm: [renewed.partnerId],
      unknown: [foreign.partnerId, 'ptr_01kp3q8z4m7yc2hd'],
      findings: [{ partnerId: wrong.partnerId, code: 3, words: 'Name and number do not match.' }],
    };
    expect(await send(file)).toMatchObject({ status: 200, body: { recorded: 2, unchanged: 0, ...told } });
    expect(await send(file)).toMatchObject({ status: 200, body: { recorded: 0, unchanged: 2, ...told } });
    const known = await api.ok('getTaxForm', { params: { partnerId: wrong.partnerId } });
    // A mismatch is found out, not decided: only a notice of the IRS holds money.
    expect(known).toMatchObject({ tinMatch: { code: 3, words: 'Name and number do not match.' }, problems: [] });
    expect((await api.ok('getTaxForm', { params: { partnerId: renewed.partnerId } })).tinMatch).toBeUndefined();
  });

  test('with a line that is none are refused whole', async () => {
    const { partnerId } = await aPartner(api);
    await handIn(partnerId, w9);
    const refused = await send(`2;123456789;Mara;${partnerId};0\nrubbish`);
    expect(refused).toMatchObject({ status: 400, body: { fields: [{ message: expect.stringContaining('line 2') }] } });
    expect((await api.ok('getTaxForm', { params: { partnerId } })).tinMatch).toBeUndefined();
    const long = Array.from({ length: 501 }, () => `2;123456789;Mara;${partnerId};0`).join('\n');
    expect(await send(long)).toMatchObject({ status: 422, body: { code: 'too-many-lines' } });
  });
});

describe('a partner’s year', () => {
  /** One payment, earned the day before, at noon in UTC. */
  async function paid(key: LedgerKey, day: string, cents: number): Promise<void> {
    const store = ledger(api.client, api.tables.ledger);
    const [at, itemId] = [`${day}T12:00:00.000Z`, `itm_${day}`];
    const matures = addDays(day, -1);
    const commands: Command[] = [
      { kind: 'accrual', lines: [line(cents, { orderId: day, matures })], today: matures },
      { kind: 'release', through: matures },
      { kind: 'reserve', itemId, cents },
      { kind: 'settle', itemId, cents },
    ];
    for (const command of commands) {
      const journal = post(await store.head(key), key, command, { at, recordedAt: at, actor: 'test' });
      if (journal) await api.client.send(new TransactWriteCommand({ TransactItems: [store.putWrite(journal)] }));
    }
  }

  test('is what its programs paid in the calendar year, with a result for the IRS and one for the state', async () => {
    const { partnerId } = await aPartner(api);
    const currencies = ['USD', 'USD', 'EUR'];
    const programs = await Promise.all(currencies.map((currency) => aProgram(api, { currency })));
    for (const { programId } of programs) await api.ok('enrolPartner', { params: { programId }, body: { partnerId } });
    const keys = programs.map(({ programId, currency }) => ({ brandId: ADA.brandId, programId, partnerId, currency }));
    await paid(keys[0]!, '2025-12-31', 700_00);
    await paid(keys[0]!, '2026-01-01', 1_500_00);
    await paid(keys[1]!, '2026-12-31', 499_99);
    await paid(keys[2]!, '2026-06-01', 10_000_00);
    const year = (year: string) => api.ok('getPartnerTaxYear', { params: { partnerId, year } });

    expect(await year('2026')).toMatchObject({ grossCents: 1_999_99, federal: { file: false } });
    expect((await year('2026')).state).toBeUndefined();
    expect(await year('2025')).toMatchObject({ grossCents: 700_00, federal: { file: true }, notCounted: [] });

    await handIn(partnerId, w9);
    await paid(keys[0]!, '2026-12-31', 1);
    expect(await year('2026')).toEqual({
      partnerId,
      year: 2026,
      grossCents: 2_000_00,
      withheldCents: 0,
      reportedByProvider: [],
      federal: { file: true, words: '2,000.00 USD was paid in 2026; the threshold is 2,000.00 USD.' },
      state: {
        ...{ state: 'CO', file: true, proof: 'unverified' },
        words: '2,000.00 USD was paid in 2026; the threshold of CO is 600.00 USD (unverified).',
      },
      notCounted: [
        { programId: programs[2].programId, currency: 'EUR', paidCents: 10_000_00, withheldCents: 0, byRail: {} },
      ],
    });
    expect((await year('2025')).state).toMatchObject({ words: expect.stringContaining('ask your adviser') });
  });

  test('of figures that nobody seeded is refused', async () => {
    const { partnerId } = await aPartner(api);
    const refused = await api.send('getPartnerTaxYear', { params: { partnerId, year: '2027' } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'tax-year-unseeded' } });
  });
});

describe('tax settings', () => {
  const set = (as: Caller, body: object, headers: Record<string, string> = {}) =>
    api.send('setTaxSettings', { as, body, headers });
  const settings = (as: Caller) => api.ok('getTaxSettings', { as });
  const untouched = { withholding: 'wait', reporting: {}, revision: 0 };
  const wait = { withholding: 'wait', reporting: {} };

  test('are the brand’s own: payments wait and the brand reports every rail, until its owner says otherwise', async () => {
    const body = { withholding: 'withhold', reporting: { external: 'provider' } };
    expect(await settings(EVE)).toEqual(untouched);
    expect(await set(EVE, body)).toMatchObject({ status: 200, body: { ...body, revision: 1 } });
    // Said again it changes nothing; from an older revision it is not taken.
    expect((await set(EVE, body)).body).toMatchObject({ revision: 1 });
    expect(await set(EVE, {}, { 'if-match': '"0"' })).toMatchObject({ status: 412, body: { code: 'stale-revision' } });
    expect(await settings(EVE)).toEqual({ ...body, revision: 1 });
    expect(await settings(ADA)).toMatchObject(wait);
    const { items } = await api.ok('listAudit', { as: EVE, query: { target: EVE.brandId } });
    expect(items).toMatchObject([{ action: 'setTaxSettings', after: body }]);
  });

  test('are no matter of finance alone', async () => {
    expect(await set({ ...ADA, role: 'finance' }, {})).toMatchObject({ status: 403 });
    expect(await settings({ ...ADA, role: 'finance' })).toMatchObject(wait);
  });

  test.each([
    ['a bank that files forms', { reporting: { nacha: 'provider' } }, 'reporting.nacha'],
    ['a rail that nobody knows', { reporting: { pigeon: 'brand' } }, 'reporting'],
    ['somebody unknown who reports', { reporting: { external: 'nobody' } }, 'reporting.external'],
    ['another word for withholding', { withholding: 'maybe' }, 'withholding'],
  ])('refuse %s and store nothing', async (_, body, field) => {
    const before = await settings(ADA);
    const refused = await set(ADA, body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-fields' } });
    expect(JSON.stringify(refused.body)).toContain(`"${field}`);
    expect(await settings(ADA)).toEqual(before);
  });
});

describe('the figures of a year', () => {
  test('are told with what was verified', async () => {
    const told = await api.ok('getTaxYear', { params: { year: '2026' } });
    expect(told).toMatchObject({ thresholdCents: 200_000, due: '2027-02-01', proof: { threshold: 'verified' } });
    expect(told.states).toContainEqual({ state: 'WI', thresholdCents: 60_000, proof: 'unverified' });
    expect((await api.ok('getTaxYear', { params: { year: '2025' } })).states).toEqual([]);
  });

  test('that nobody seeded are refused, not guessed', async () => {
    const refused = await api.send('getTaxYear', { params: { year: '2027' } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'tax-year-unseeded' } });
  });
});
