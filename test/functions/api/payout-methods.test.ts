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
    expect(await vault.readBankDetails(ADA.brandId, partnerId)).toEqual({ accountHolder: 'Mara Lindt', iban: IBAN });
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
    await expect(vault.readBankDetails(ADA.brandId, eve.partnerId)).rejects.toThrow('encryption context');
  });

  test('of the United States are a routing and an account number', async () => {
    const { partnerId } = await aPartner(api);
    const details = { accountHolder: 'Ann', routingNumber: '021000021', accountNumber: '123456789' };
    const changed = await api.ok('setPayoutMethod', { params: { partnerId }, body: { rail: 'bank-csv', ...details } });
    expect(changed.payoutMethod.accountLast4).toBe('6789');
    expect(await vault.readBankDetails(ADA.brandId, partnerId)).toEqual({
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
    expect(await vault.readBankDetails(ADA.brandId, partnerId)).toEqual(details);
  });

  test('are forgotten when the brand pays by its own means', async () => {
    const { partnerId } = await aPartner(api);
    await api.ok('setPayoutMethod', { params: { partnerId }, body: spaced });
    const changed = await api.ok('setPayoutMethod', { params: { partnerId }, body: { rail: 'external' } });
    expect(changed.payoutMethod).toEqual({ rail: 'external' });
    expect(await vault.readBankDetails(ADA.brandId, partnerId)).toBeUndefined();
  });

  test('of a partner who is not there are not stored', async () => {
    const partnerId = 'ptr_01kp3q8z4m7yc2hd';
    const refused = await api.send('setPayoutMethod', { params: { partnerId }, body: spaced });
    expect(refused).toMatchObject({ status: 404, body: { code: 'no-such-partner' } });
    expect(await vault.readBankDetails(ADA.brandId, partnerId)).toBeUndefined();
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
  ['a rail that is none', { rail: 'paypal', accountHolder: 'Ann' }, 'rail', ''],
])('%s is refused', async (_, body, field, words) => {
  const { partnerId } = await aPartner(api);
  const refused = await api.send('setPayoutMethod', { params: { partnerId }, body });
  expect(refused.status).toBe(400);
  expect(refused.body.fields).toContainEqual({ field, message: expect.stringContaining(words) });
});
