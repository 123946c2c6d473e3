import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../lib/http/contracts/all.ts';
import { everyPage, execute } from '../../local/story/brand-api.ts';
import { closeMonth, type RunSummary } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { operator } from '../support/cut-off.ts';
import { readNacha } from '../support/nacha-reader.ts';
import { origination } from '../support/payouts.ts';
import { readIrisCsv } from '../support/return-readers.ts';
import { type Line, type Member, type Shop, shop } from '../support/shop.ts';

/**
 * Two months of a program in New York. Tiers of the month's revenue, marginal: 8 % up to 10,000.00, 10 % above. Shoes earn 15 % from
 * April 10 to April 12. Payments start at 50.00, with a tax form on file. All by hand, in dollars:
 *
 * | partner | order | day | worth | earns | how |
 * | --- | --- | --- | ---: | ---: | --- |
 * | Ann | A1 | Mar 10 | 12,000.00 | 1,000.00 | 10,000 × 8 % + 2,000 × 10 % |
 * | Ann | A2 | Mar 20 | 5,000.00 | 500.00 | 10 % |
 * | Ann | A2 | Apr 5 | −5,000.00 | −500.00 | all of it came back, after it was paid |
 * | Ann | A3 | Apr 11 | 9,000.00 | 1,350.00 | shoes in their season: 15 % |
 * | Ben | B1 | Mar 12 | 2,000.00 | 160.00 | 8 % |
 * | Ben | B2 | Apr 14 | 30,000.00 | 2,800.00 | 10,000 × 8 % + 20,000 × 10 % |
 * | Cid | C1 | Mar 15 | 1,000.00 | 80.00 | 8 % |
 * | Cid | C2 | Apr 13, 00:30 | 500.00 | 40.00 | shoes, half an hour after their season: 8 % |
 * | Cid | C3 | Apr 12, 23:30 | 200.00 | 30.00 | shoes, half an hour before its end: 15 % |
 * | Dot | D1 | Mar 30 | 3,000.00 | 240.00 | 8 % |
 * | Dot | D2 | Apr 20 | 100.00 | 8.00 | 8 % |
 *
 * | partner | paid on Apr 1 | paid on May 1 | together |
 * | --- | ---: | ---: | ---: |
 * | Ann | 1,000 + 500 = 1,500.00 | 1,350 − 500 = 850.00 | 2,350.00 |
 * | Ben | 0: no W-9 | 160 + 2,800 = 2,960.00 | 2,960.00 |
 * | Cid | 0: held | 80 + 40 + 30 = 150.00 | 150.00 |
 * | Dot | 240.00, sent back by the bank on Apr 7 | 240 + 8 = 248.00 | 248.00 |
 * | all | 1,740.00 | 4,208.00 | 5,708.00 |
 *
 * Of 2025 the IRS hears from 600.00 on: Ann's 2,350.00 and Ben's 2,960.00, 5,310.00 together. Cid's 150.00 and Dot's 248.00 (the transfer
 * that came back was no payment) are not due: 398.00, and 5,310 + 398 = 5,708.
 */
const PLAN = {
  name: 'Spring 2025',
  rules: [
    {
      id: 'shoes-season',
      label: 'Shoes in their season',
      when: { categories: ['shoes'], from: '2025-04-10', to: '2025-04-12' },
      pay: { kind: 'percent' as const, rateBps: 1500 },
    },
    {
      id: 'base',
      label: 'Everything',
      when: {},
      pay: {
        kind: 'tiers' as const,
        by: 'revenue' as const,
        per: 'month' as const,
        mode: 'marginal' as const,
        steps: [
          { from: 0, rateBps: 800 },
          { from: 1_000_000, rateBps: 1000 },
        ],
      },
    },
  ],
};
const END_OF_MARCH = '2025-04-01T14:00:00.000Z';
const END_OF_APRIL = '2025-05-01T14:00:00.000Z';
const OLD_BANK = { routingNumber: '021000021', accountNumber: '1111111111' };
const NEW_BANK = { routingNumber: '021000021', accountNumber: '2222222222' };
const LAST_BANK = { routingNumber: '011401533', accountNumber: '3333333333' };

let ground: Booted;
let store: Shop;
let ann: Member;
let ben: Member;
let cid: Member;
let dot: Member;
beforeAll(async () => {
  ground = await booted();
  store = await shop(ground, {
    timeZone: 'America/New_York',
    plan: PLAN,
    payoutTerms: { minimumCents: 5_000, taxFormRequired: true },
  });
  await ground.people.owner.call('PATCH', `/v1/programs/${store.programId}`, { body: { nacha: origination } });
  const options = { rail: 'none', taxForm: false } as const;
  ann = await store.join('Ann', options);
  ben = await store.join('Ben', options);
  cid = await store.join('Cid', options);
  dot = await store.join('Dot', options);
  for (const [number, { partnerId }] of [ann, ben, cid, dot].entries())
    await setBank(partnerId, { ...OLD_BANK, accountNumber: `111111111${number}` });
  for (const [member, last, tin] of [
    [ann, 'Archer', '123-45-6781'],
    [cid, 'Cole', '123-45-6783'],
    [dot, 'Doyle', '123-45-6784'],
  ] as const)
    await setW9(member, last, tin);
});
afterAll(() => ground?.close());

const setBank = (partnerId: string, bank: object, at = '2025-03-01T00:00:00.000Z') =>
  ground.people.finance.call('PUT', `/v1/partners/${partnerId}/payout-method`, {
    at,
    body: { rail: 'bank-csv', accountHolder: 'Account Holder', holderKind: 'person', accountType: 'checking', ...bank },
  });
const setW9 = ({ partnerId }: Member, last: string, tin: string, at = '2025-03-02T00:00:00.000Z') =>
  ground.people.owner.call('PUT', `/v1/partners/${partnerId}/tax-form`, {
    at,
    body: {
      form: 'w9',
      person: { first: 'Pat', last },
      taxClass: 'individual',
      address: { line1: '12 Ridge Road', city: 'Boulder', state: 'CO', zip: '80302' },
      tin: { box: 'ssn', number: tin },
      signature: { name: `Pat ${last}`, signedOn: at.slice(0, 10), underPenaltiesOfPerjury: true },
    },
  });
async function sale({ link }: Member, orderId: string, at: string, cents: number, item: Partial<Line> = {}) {
  const browser = {};
  await store.visit(browser, link, new Date(Date.parse(at) - 3_600_000).toISOString());
  await store.order(browser, orderId, at, [{ unitPriceCents: cents, ...item }]);
}
/** What the schedules do by then, the nightly recount of tiers among them; then the month is paid. */
const close = async (at: string): Promise<RunSummary> => {
  await execute(ground.people.owner, 'settle-conversions', { asOf: at }, at);
  await execute(ground.people.owner, 'settle-conversions', { mode: 'recount', asOf: at }, at);
  const programs = new Map([['shop', { programId: store.programId, currency: 'USD', name: 'Test shop' }]]);
  const [run] = await closeMonth(ground.people, { programs, partners: new Map(), links: new Map() }, at, () => {});
  // Statements are written once the run is paid; what happens before would stand in them.
  await ground.laptop.idle(120_000);
  return run!;
};
interface Item {
  readonly itemId: string;
  readonly partnerId: string;
  readonly amountCents: number;
  readonly status: string;
  readonly rail: string;
}
const itemsOf = (runId: string) => everyPage<Item>(ground.people.finance, `/v1/payouts/${runId}/items`);
const amounts = (items: readonly Item[]) =>
  Object.fromEntries(items.map(({ partnerId, amountCents }) => [partnerId, amountCents]));
const reasons = async (runId: string) =>
  Object.fromEntries(
    (
      await everyPage<{ partnerId: string; reasons: { code: string }[] }>(
        ground.people.finance,
        `/v1/payouts/${runId}/excluded`,
      )
    ).map(({ partnerId, reasons: all }) => [partnerId, all.map(({ code }) => code)]),
  );

async function document(key: string): Promise<string> {
  const { laptop } = ground;
  const [bucket] = laptop.assembly
    .ofType('AWS::S3::Bucket')
    .filter(({ physicalName }) => /documents(?!.*log)/.test(physicalName));
  const { awsEndpoint: endpoint, region } = laptop;
  const s3 = new S3Client({ endpoint, region, credentials: laptop.credentials(), forcePathStyle: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket!.physicalName, Key: key }));
  s3.destroy();
  return Body!.transformToString();
}

/** What the bank is handed: account to cents. */
async function bankFile(runId: string): Promise<Record<string, number>> {
  const { nachaKey } = await ground.people.finance.call<{ nachaKey: string }>('GET', `/v1/payouts/${runId}`);
  const { batches } = readNacha(await document(nachaKey));
  return Object.fromEntries(
    batches.flatMap(({ entries }) =>
      entries.map(({ accountNumber, amountCents }) => [accountNumber.trim(), amountCents]),
    ),
  );
}

let first: RunSummary;
let second: RunSummary;

describe('March', () => {
  test('is paid on April 1 to those who may be paid, at the bank they have by then', async () => {
    await sale(ann, 'A1', '2025-03-10T16:00:00.000Z', 1_200_000);
    await sale(ben, 'B1', '2025-03-12T16:00:00.000Z', 200_000);
    await sale(cid, 'C1', '2025-03-15T16:00:00.000Z', 100_000);
    await sale(ann, 'A2', '2025-03-20T16:00:00.000Z', 500_000);
    await sale(dot, 'D1', '2025-03-30T16:00:00.000Z', 300_000);
    await setBank(dot.partnerId, NEW_BANK, '2025-03-31T12:00:00.000Z');
    const enrolment = `/v1/programs/${store.programId}/enrolments/${cid.partnerId}`;
    await ground.people.owner.call('PATCH', enrolment, { at: '2025-03-31T12:00:00.000Z', body: { status: 'paused' } });

    first = await close(END_OF_MARCH);
    expect(first).toMatchObject({ status: 'paid', itemCount: 2, totalCents: 174_000, excluded: 2 });
    expect(amounts(await itemsOf(first.runId))).toEqual({ [ann.partnerId]: 150_000, [dot.partnerId]: 24_000 });
    expect(await reasons(first.runId)).toEqual({
      [ben.partnerId]: ['tax-form-missing'],
      [cid.partnerId]: ['enrolment-not-active'],
    });
    expect(await bankFile(first.runId)).toEqual({ '1111111110': 150_000, '2222222222': 24_000 });
  });
});

describe('April', () => {
  test('the bank sends a transfer back: the money is payable again, but not to that account', async () => {
    const item = (await itemsOf(first.runId)).find(({ partnerId }) => partnerId === dot.partnerId)!;
    await ground.people.finance.call('POST', `/v1/payouts/${first.runId}/items/${item.itemId}/return`, {
      at: '2025-04-07T14:00:00.000Z',
      body: { code: 'R03' },
    });
    expect(await store.balances(dot.partnerId)).toMatchObject({ payable: 24_000, paid: 0 });
  });

  test('a return after the payment is owed until later sales repay it', async () => {
    await store.giveBack('A2', 'RA2', '2025-04-05T16:00:00.000Z', [{ line: 1, quantity: 1 }]);
    const at = '2025-04-06T14:00:00.000Z';
    await execute(ground.people.owner, 'settle-conversions', { asOf: at }, at);
    expect(await store.balances(ann.partnerId)).toMatchObject({ payable: 0, receivable: -50_000, paid: 150_000 });
  });

  test('is paid on May 1: netted, released from hold, with the W-9, at the third bank', async () => {
    const enrolment = `/v1/programs/${store.programId}/enrolments/${cid.partnerId}`;
    await ground.people.owner.call('PATCH', enrolment, { at: '2025-04-08T12:00:00.000Z', body: { status: 'active' } });
    await sale(ann, 'A3', '2025-04-11T16:00:00.000Z', 900_000, { category: 'shoes' });
    await sale(cid, 'C3', '2025-04-13T03:30:00.000Z', 20_000, { category: 'shoes' });
    await sale(cid, 'C2', '2025-04-13T04:30:00.000Z', 50_000, { category: 'shoes' });
    await sale(ben, 'B2', '2025-04-14T16:00:00.000Z', 3_000_000);
    await sale(dot, 'D2', '2025-04-20T16:00:00.000Z', 10_000);
    await setW9(ben, 'Barnes', '123-45-6782', '2025-04-15T12:00:00.000Z');
    await setBank(dot.partnerId, LAST_BANK, '2025-04-21T12:00:00.000Z');

    second = await close(END_OF_APRIL);
    expect(second).toMatchObject({ status: 'paid', itemCount: 4, totalCents: 420_800, excluded: 0 });
    expect(amounts(await itemsOf(second.runId))).toEqual({
      [ann.partnerId]: 85_000,
      [ben.partnerId]: 296_000,
      [cid.partnerId]: 15_000,
      [dot.partnerId]: 24_800,
    });
    expect(await bankFile(second.runId)).toEqual({
      '1111111110': 85_000,
      '1111111111': 296_000,
      '1111111112': 15_000,
      '3333333333': 24_800,
    });
  });
});

describe('the statements', () => {
  interface Statement {
    readonly openingCents: number;
    readonly closingCents: number;
    readonly sections: readonly { id: string; totalCents: number; changeCents: number }[];
  }
  const statementsOf = async ({ partnerId }: Member) => {
    const path = `/v1/programs/${store.programId}/partners/${partnerId}/statements`;
    const numbers = (await everyPage<{ number: number }>(ground.people.owner, path)).map(({ number }) => number).sort();
    return Promise.all(
      numbers.map(async (number) => {
        const { openingCents, closingCents, sections } = await ground.people.owner.call<Statement>(
          'GET',
          `${path}/${number}`,
        );
        const changes = sections.reduce((sum, { changeCents }) => sum + changeCents, 0);
        expect(openingCents + changes).toBe(closingCents);
        const totals = Object.fromEntries(sections.map(({ id, totalCents }) => [id, totalCents]));
        const { earned = 0, recomputed = 0, returned = 0, paid = 0, bounced = 0 } = totals;
        // Whether a tier was known when an order was settled or by the night's recount, the order came to the same.
        return [openingCents, earned + recomputed, returned, bounced, paid, closingCents];
      }),
    );
  };

  test('tell what happened, and each begins where the one before it ended', async () => {
    // opens, earned, returned, sent back by the bank, paid, closes
    expect(await statementsOf(ann)).toEqual([
      [0, 150_000, 0, 0, 150_000, 0],
      [0, 135_000, -50_000, 0, 85_000, 0],
    ]);
    expect(await statementsOf(ben)).toEqual([
      [0, 16_000, 0, 0, 0, 16_000],
      [16_000, 280_000, 0, 0, 296_000, 0],
    ]);
    expect(await statementsOf(cid)).toEqual([
      [0, 8_000, 0, 0, 0, 8_000],
      [8_000, 7_000, 0, 0, 15_000, 0],
    ]);
    expect(await statementsOf(dot)).toEqual([
      [0, 24_000, 0, 0, 24_000, 0],
      [0, 800, 0, 24_000, 24_800, 0],
    ]);
  });
});

describe('the year', () => {
  test('ends with a Form 1099-NEC for each who was paid enough, by what the ledger says', async () => {
    const { finance } = ground.people;
    const at = '2026-01-20T15:00:00.000Z';
    await finance.call('PUT', '/v1/tax-filer', { at, body: CONTRACTS.setTaxFiler.examples?.body });
    // Cut off in the middle, as an operator may have to, and started again: what was filed is filed once.
    const ops = operator(ground);
    const { brandId } = ground.credentials;
    expect(await ops.cutAgainAndAgain('file-1099', { brandId, year: 2025 })).toMatchObject({ ended: 'SUCCEEDED' });
    ops.close();
    await execute(finance, 'file-1099', { year: 2025 }, at);

    const summary = await finance.call('GET', '/v1/tax-years/2025/summary');
    expect(summary).toMatchObject({
      payees: 4,
      grossCents: 570_800,
      filed: { payees: 2, cents: 531_000, withheldCents: 0 },
      notDue: { payees: 2, cents: 39_800 },
      form945Cents: 0,
    });
    const returns = await everyPage<{ partnerId: string; filed: { destination: string; compensationCents: number }[] }>(
      finance,
      '/v1/tax-years/2025/returns',
    );
    const filed = ({ partnerId }: Member) =>
      returns
        .find((one) => one.partnerId === partnerId)
        ?.filed.map(({ destination, compensationCents }) => [destination, compensationCents])
        .sort();
    expect(filed(ann)).toEqual([['US', 235_000]]);
    expect(filed(ben)).toEqual([['US', 296_000]]);
    expect(filed(cid)).toEqual([]);
    expect(filed(dot)).toEqual([]);
    const submissions = await everyPage<{ folder: string }>(finance, '/v1/tax-years/2025/submissions');
    expect(submissions).toMatchObject([{ destination: 'US', records: 2, compensationCents: 531_000 }]);
    const [toTheIrs] = submissions;
    const csv = readIrisCsv((await document(`${toTheIrs!.folder}/iris.csv`))!);
    expect(Object.fromEntries(csv.map(({ tin, compensationCents }) => [tin, compensationCents]))).toEqual({
      '123456781': 235_000,
      '123456782': 296_000,
    });
  });
});
