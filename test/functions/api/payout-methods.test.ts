import { KMSClient } from '@aws-sdk/client-kms';
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { vaultReader } from '../../../lib/store/vault.ts';
import { ADA, type ApiGround, aPartner, apiGround } from '../../support/api-ground.ts';

let api: ApiGround;
let vault: ReturnType<typeof vaultReader>;
beforeAll(async () => {
  api = await apiGround();
  vault = vaultReader({ client: api.client, table: api.tables.vault, kms: new KMSClient(api.ground.client) });
});
afterAll(() => api.close());

const IBAN = 'DE89370400440532013000';
const spaced = { rail: 'bank-csv', accountHolder: 'Mara Lindt', iban: 'de89 3704 0044 0532 0130 00' };

describe('bank details', () => {
  test('show their last four characters and open from the vault alone', async () => {
    const { partnerId } = await aPartner(api);
    const changed = await api.ok('setPayoutMethod', { params: { partnerId }, body: spaced });
    expect(changed.payoutMethod).toEqual({
      rail: 'bank-csv',
      accountHolder: 'Mara Lindt',
      accountLast4: '3000',
      changedAt: '2026-03-29T10:00:00.000Z',
    });
    expect(await vault.readDetails(ADA.brandId, partnerId)).toEqual({
      rail: 'bank-csv',
      accountHolder: 'Mara Lindt',
      iban: IBAN,
    });
  });

  test('stand nowhere in clear: not in the core table, the audit log, the vault or the answer', async () => {
    const { partnerId } = await aPartner(api);
    const answer = await api.send('setPayoutMethod', {
      params: { partnerId },
      body: spaced,
      headers: { 'x-reason': 'new bank' },
    });
    const rows = await Promise.all(
      [api.tables.core, api.tables.vault].map(
        async (TableName) => (await api.client.send(new ScanCommand({ TableName }))).Items,
      ),
    );
    const everything = JSON.stringify([answer, rows]);
    expect(everything).toContain('3000');
    expect(everything).not.toContain(IBAN);
    expect(everything).not.toContain('0532013000');
    expect(everything).not.toContain(Buffer.from(IBAN).toString('base64'));
  });

  test('do not open under another partner’s name', async () => {
    const [mara, eve] = [await aPartner(api), await aPartner(api)];
    await api.ok('setPayoutMethod', { params: { partnerId: mara.partnerId }, body: spaced });
    const { Item } = await api.client.send(
      new GetCommand({ TableName: api.tables.vault, Key: { pk: `${ADA.brandId}#${mara.partnerId}`, sk: 'BANK' } }),
    );
    const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
    await api.client.send(
      new PutCommand({ TableName: api.tables.vault, Item: { ...Item, pk: `${ADA.brandId}#${eve.partnerId}` } }),
    );
    await expect(vault.readDetails(ADA.brandId, eve.partnerId)).rejects.toThrow('encryption context');
  });

  test('of the United States are a routing and an account number', async () => {
    const { partnerId } = await aPartner(api);
    const details = { accountHolder: 'Ann', routingNumber: '021000021', accountNumber: '123456789' };
    const changed = await api.ok('setPayoutMethod', { params: { partnerId }, body: { rail: 'bank-csv', ...details } });
    expect(changed.payoutMethod.accountLast4).toBe('6789');
    expect(await vault.readDetails(ADA.brandId, partnerId)).toEqual({
      rail: 'bank-csv',
      ...details,
      holderKind: 'person',
      accountType: 'checking',
    });
  });

  test('of a company’s savings account say so', async () => {
    const { partnerId } = await aPartner(api);
    const account = { accountHolder: 'Trail Notes, Inc.', routingNumber: '021000021', accountNumber: '123456789' };
    const details = { ...account, holderKind: 'company', accountType: 'savings' };
    await api.ok('setPayoutMethod', { params: { partnerId }, body: { rail: 'bank-csv', ...details } });
    expect(await vault.readDetails(ADA.brandId, partnerId)).toEqual({ rail: 'bank-csv', ...details });
  });

  test('are forgotten when the brand pays by its own means', async () => {
    const { partnerId } = await aPartner(api);
    await api.ok('setPayoutMethod', { params: { partnerId }, body: spaced });
    const changed = await api.ok('setPayoutMethod', { params: { partnerId }, body: { rail: 'external' } });
    expect(changed.payoutMethod).toEqual({ rail: 'external' });
    expect(await vault.readDetails(ADA.brandId, partnerId)).toBeUndefined();
  });

  test('of a partner who is not there are not stored', async () => {
    const partnerId = 'ptr_01kp3q8z4m7yc2hd';
    const refused = await api.send('setPayoutMethod', { params: { partnerId }, body: spaced });
    expect(refused).toMatchObject({ status: 404, body: { code: 'no-such-partner' } });
    expect(await vault.readDetails(ADA.brandId, partnerId)).toBeUndefined();
  });
});

test.each([
  ['one wrong digit', { ...spaced, iban: 'DE89370400440532013001' }, 'iban', 'check digits'],
  ['two digits swapped', { ...spaced, iban: 'DE89370400440532010300' }, 'iban', 'check digits'],
  ['a length that is not the country’s', { ...spaced, iban: 'DE8937040044053201300' }, 'iban', 'length'],
  ['a country without IBANs', { ...spaced, iban: 'US89370400440532013000' }, 'iban', 'country'],
  ['no account at all', { rail: 'bank-csv', accountHolder: 'Ann' }, 'iban', 'required'],
  [
    'a wrong routing number',
    { rail: 'bank-csv', accountHolder: 'Ann', routingNumber: '021000022', accountNumber: '1234' },
    'routingNumber',
    'digit',
  ],
  [
    'a routing number of zeros',
    { rail: 'bank-csv', accountHolder: 'Ann', routingNumber: '000000000', accountNumber: '1234' },
    'routingNumber',
    'digit',
  ],
  [
    'letters in the account number',
    { rail: 'bank-csv', accountHolder: 'Ann', routingNumber: '021000021', accountNumber: '12a4' },
    'accountNumber',
    'digits',
  ],
  [
    'a formula as holder is fine, a line break is not',
    { ...spaced, accountHolder: 'Ann\nBob' },
    'accountHolder',
    'one line',
  ],
  ['a rail that is none', { rail: 'stripe', accountHolder: 'Ann' }, 'rail', ''],
  ['PayPal without an account', { rail: 'paypal' }, 'email', 'e-mail'],
  ['a payer id that is none', { rail: 'paypal', payerId: 'mara' }, 'payerId', '13'],
  [
    'Wise with a short sort code',
    { rail: 'wise', accountHolder: 'Ann', sortCode: '1234', accountNumber: '12345678' },
    'sortCode',
    'six',
  ],
  [
    'a dollar account at Wise without the country of its holder',
    {
      ...{ rail: 'wise', accountHolder: 'Ann', routingNumber: '021000021', accountNumber: '1234' },
      ...{ street: '1 Main St', city: 'Albany', region: 'NY', postalCode: '12207' },
    },
    'country',
    '',
  ],
])('%s is refused', async (_, body, field, words) => {
  const { partnerId } = await aPartner(api);
  const refused = await api.send('setPayoutMethod', { params: { partnerId }, body });
  expect(refused.status).toBe(400);
  expect(refused.body.fields).toContainEqual({ field, message: expect.stringContaining(words) });
});

describe('an account at PayPal or Wise', () => {
  const paypal = { provider: 'paypal', clientId: 'client-1', clientSecret: 'very-secret-1' };

  test('is shown without its secret, which stands nowhere in clear', async () => {
    const set = await api.ok('setPayoutProvider', { body: paypal });
    expect(set).toEqual({
      provider: 'paypal',
      server: 'https://api-m.paypal.com',
      account: 'client-1',
      changedAt: '2026-03-29T10:00:00.000Z',
    });
    const { items } = await api.ok('listPayoutProviders');
    expect(items).toEqual([set]);
    const { Items } = await api.client.send(new ScanCommand({ TableName: api.tables.core }));
    expect(JSON.stringify(Items)).toContain('client-1');
    expect(JSON.stringify([Items, items])).not.toContain('very-secret-1');
    expect(JSON.stringify(Items)).not.toContain(Buffer.from('very-secret-1').toString('base64'));
  });

  test('opens for the function that pays, under its own brand and provider alone', async () => {
    const { payoutProviders, providerOpener } = await import('../../../lib/store/payout-providers.ts');
    await api.ok('setPayoutProvider', { body: paypal });
    await api.ok('setPayoutProvider', { body: { provider: 'wise', profileId: '16001', apiToken: 'wise-secret' } });
    const opener = providerOpener(api.client, api.tables.core, new KMSClient(api.ground.client));
    expect(await opener.open(ADA.brandId, 'wise')).toMatchObject({
      account: { account: '16001' },
      secret: 'wise-secret',
    });
    expect(await opener.open('brd_eeeeee', 'wise')).toBeUndefined();
    const Key = { pk: `${ADA.brandId}#PROVIDERS`, sk: 'paypal' };
    const { Item } = await api.client.send(new GetCommand({ TableName: api.tables.core, Key }));
    const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
    const stolen = { ...Item, pk: 'brd_eeeeee#PROVIDERS', brandId: 'brd_eeeeee' };
    await api.client.send(new PutCommand({ TableName: api.tables.core, Item: stolen }));
    await expect(opener.open('brd_eeeeee', 'paypal')).rejects.toThrow('encryption context');
    expect(await payoutProviders(api.client, api.tables.core).list(ADA.brandId)).toHaveLength(2);
  });

  test('is at the provider’s own servers and nowhere else', async () => {
    for (const server of ['http://127.0.0.1:4500', 'https://api-m.paypal.com.evil.example', 'https://api.wise.com']) {
      const refused = await api.send('setPayoutProvider', { body: { ...paypal, server } });
      expect(refused).toMatchObject({
        status: 400,
        body: { fields: [{ field: 'server', message: expect.stringContaining('https://api-m.sandbox.paypal.com') }] },
      });
    }
    const sandbox = { ...paypal, server: 'https://api-m.sandbox.paypal.com/' };
    expect((await api.ok('setPayoutProvider', { body: sandbox })).server).toBe('https://api-m.sandbox.paypal.com');
  });

  test('has a secret that a header can hold', async () => {
    const wise = { provider: 'wise', profileId: '16001' };
    for (const apiToken of ['token…', 'two words', 'tökén'])
      expect(await api.send('setPayoutProvider', { body: { ...wise, apiToken } })).toMatchObject({
        status: 400,
        body: { fields: [{ field: 'apiToken' }] },
      });
  });

  test('is forgotten once', async () => {
    await api.ok('setPayoutProvider', { body: paypal });
    const params = { provider: 'paypal' };
    expect(await api.ok('removePayoutProvider', { params })).toEqual({ provider: 'paypal' });
    expect(await api.send('removePayoutProvider', { params })).toMatchObject({ status: 404 });
  });

  test('a partner shows enough of theirs to tell it from another', async () => {
    const { partnerId } = await aPartner(api);
    const set = (body: object) => api.ok('setPayoutMethod', { params: { partnerId }, body });
    const method = async (body: object) => (await set(body)).payoutMethod;
    expect(await method({ rail: 'paypal', email: 'mara@trailnotes.example' })).toMatchObject({
      rail: 'paypal',
      account: 'm…a@trailnotes.example',
    });
    expect(await method({ rail: 'paypal', payerId: 'QYR5Z8XDVJNXQ' })).toMatchObject({ account: '…JNXQ' });
    expect(await method({ rail: 'wise', accountHolder: 'Mara', iban: IBAN })).toMatchObject({ account: '…3000' });
    expect(await vault.readDetails(ADA.brandId, partnerId)).toEqual({
      ...{ rail: 'wise', accountHolder: 'Mara', holderKind: 'person', iban: IBAN },
    });
  });
});
