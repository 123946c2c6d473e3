import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { files } from '../../lib/aws/files.ts';
import type { AuditTally } from '../../lib/ledger/audit-order.ts';
import { execute } from '../../local/story/brand-api.ts';
import { closeMonth } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { readIrisCsv, readPdf } from '../support/return-readers.ts';
import { type Shop, shop } from '../support/shop.ts';

/**
 * A year from clicks to its Forms 1099-NEC on the booted stacks, with every function under its own role.
 *
 * | partner | orders | at 8 % | in 2025 |
 * | --- | --- | --- | --- |
 * | Mara | 5,000.00 and 2,500.25 | 400.00 + 200.02 | 600.02, the threshold is 600.00 |
 * | Small | 7,499.87 | 599.9896 | 599.99 |
 */
const MADE = '2025-03-01T00:00:00.000Z';
const YEAR = '/v1/tax-years/2025';
let ground: Booted;
let store: Shop;
beforeAll(async () => {
  ground = await booted();
  store = await shop(ground, { at: MADE, payoutTerms: { taxFormRequired: true } });
});
afterAll(() => ground?.close());

const w9 = (last: string, number: string) => ({
  form: 'w9',
  person: { first: 'Mara', last },
  taxClass: 'individual',
  address: { line1: '12 Ridge Road', city: 'Austin', state: 'TX', zip: '78701' },
  tin: { box: 'ssn', number },
  signature: { name: last, signedOn: '2025-02-28', underPenaltiesOfPerjury: true },
});

test('what was paid in the year stands on the return, once, and a later run files only what changed', async () => {
  const { owner, finance } = ground.people;
  const members = { mara: await store.join('Mara'), small: await store.join('Small') };
  const hand = (partnerId: string, body: object, at = MADE) =>
    finance.call('PUT', `/v1/partners/${partnerId}/tax-form`, { at, body });
  await hand(members.mara.partnerId, w9('Lindt', '123-45-6789'));
  await hand(members.small.partnerId, w9('Small', '123-45-6780'));
  const orders = [
    ['A-1', members.mara, 500_000],
    ['A-2', members.mara, 250_025],
    ['A-3', members.small, 749_987],
  ] as const;
  for (const [orderId, { link }, unitPriceCents] of orders) {
    const browser = {};
    await store.visit(browser, link, '2025-03-02T10:00:00.000Z');
    await store.order(browser, orderId, '2025-03-02T11:00:00.000Z', [{ unitPriceCents }]);
  }
  const cast = {
    programs: new Map([['shop', { programId: store.programId, currency: 'USD', name: 'Test shop' }]]),
    ...{ partners: new Map(), links: new Map() },
  };
  const [run] = await closeMonth(ground.people, cast, '2025-04-01T12:00:00.000Z', () => {});
  expect(run).toMatchObject({ status: 'paid', totalCents: 1_200_01 });

  const filer = {
    ...{
      name: 'Aurora Outdoor Inc',
      ein: '45-6789012',
      phone: '4155550100',
      email: 'tax@aurora.example',
      contact: 'Ben Ito',
    },
    address: { line1: '1 Market St', city: 'San Francisco', state: 'CA', zip: '94105' },
  };
  const january = '2026-01-20T10:00:00.000Z';
  await finance.call('PUT', '/v1/tax-filer', { at: january, body: filer });
  const file = async (input: object, at: string) =>
    (await execute(finance, 'file-1099', { year: 2025, ...input }, at)).output as { made: object };
  expect((await file({}, january)).made).toEqual({ submissions: 1, first: 1, last: 1 });
  const summary = {
    ...{
      payees: 2,
      grossCents: 1_200_01,
      form945Cents: 0,
      due: { payees: 0, cents: 0 },
      changed: { payees: 0, cents: 0 },
    },
    ...{ filed: { payees: 1, cents: 600_02, withheldCents: 0 }, notDue: { payees: 1, cents: 599_99 } },
  };
  expect(await finance.call('GET', `${YEAR}/summary`)).toMatchObject(summary);
  expect((await file({}, january)).made).toEqual({ submissions: 0 });

  const { items } = await finance.call<{ items: { folder: string; files: Record<string, string> }[] }>(
    'GET',
    `${YEAR}/submissions`,
  );
  expect(items).toMatchObject([{ number: 1, records: 1, compensationCents: 600_02 }]);
  const { laptop } = ground;
  const [bucket] = laptop.assembly.ofType('AWS::S3::Bucket').filter(({ physicalName }) => !/log/.test(physicalName));
  const client = new S3Client({
    ...{ endpoint: laptop.awsEndpoint, region: laptop.region, credentials: laptop.credentials(), forcePathStyle: true },
  });
  const documents = files(client, bucket!.physicalName);
  const csv = readIrisCsv((await documents.get(`${items[0]!.folder}/iris.csv`))!);
  expect(csv).toMatchObject([
    { tin: '123456789', name: 'MARA LINDT', compensationCents: 600_02, account: members.mara.partnerId },
  ]);
  const copy = await documents.bytes(`${items[0]!.folder}/recipients/${members.mara.partnerId}.pdf`);
  expect(readPdf(copy!)).toEqual(expect.arrayContaining(['XXX-XX-6789', '$ 600.02']));

  const march = '2026-03-02T10:00:00.000Z';
  await hand(members.mara.partnerId, w9('Lindt-Berg', '123-45-6789'), march);
  expect((await file({ mode: 'corrected' }, march)).made).toEqual({ submissions: 2, first: 2, last: 3 });
  expect((await file({ mode: 'corrected' }, march)).made).toEqual({ submissions: 0 });
  expect(await finance.call('GET', `${YEAR}/summary`)).toMatchObject(summary);
  const { items: audited } = await owner.call<{ items: { action: string }[] }>(
    'GET',
    `/v1/audit?target=${encodeURIComponent('tax-years/2025/submissions/2')}`,
  );
  expect(audited).toMatchObject([{ action: 'fileReturns' }]);

  const { output } = await execute(owner, 'audit-ledger', {}, march);
  const { shards } = output as unknown as { shards: readonly { tally: AuditTally }[] };
  const counted = (name: 'payees' | 'returns' | 'violations') =>
    shards.reduce((sum, { tally }) => sum + tally[name], 0);
  expect({ payees: counted('payees'), returns: counted('returns'), violations: counted('violations') }).toEqual({
    payees: 2,
    returns: 3,
    violations: 0,
  });
});
