import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brandApi, everyPage, execute } from '../../local/story/brand-api.ts';
import { closeMonth } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';

/**
 * The main job, on the booted stacks: clicks of three partners, an order, settlement, release, payout, statement, mail.
 *
 * | figure | by hand |
 * | --- | --- |
 * | order | 2 × 59.99 shoes = 119.98, 1 × 10.05 socks, 10.00 off the order: 130.03 − 10.00 = 120.03 |
 * | discount | 10.00 over 119.98 and 10.05: 9.227…, 0.772… → 9.23 and 0.77; left 110.75 shoes, 9.28 socks |
 * | credits | first 40 %, middle 20 %, last 40 % |
 * | shoes | 110.75 → 44.30, 22.15, 44.30; at 8 %: 3.544 → 3.54, 1.772 → 1.77, 3.544 → 3.54 |
 * | socks | 9.28 → 3.712, 1.856, 3.712 → 3.71, 1.86, 3.71; at 5 %: 0.1855 → 0.19, 0.093 → 0.09, 0.1855 → 0.19 |
 * | commission | 3.73, 1.86, 3.73 = 9.32 |
 */
const ORDERED = '2026-03-10T12:00:00.000Z';
const MONTH_END = '2026-04-01T12:00:00.000Z';

let ground: Booted;
let store: Shop;
const members: Member[] = [];

beforeAll(async () => {
  ground = await booted();
  store = await shop(ground, {
    policy: { model: 'position-based' },
    plan: {
      name: 'Shoes and socks',
      rules: [
        { id: 'shoes', label: 'Shoes', when: { categories: ['shoes'] }, pay: { kind: 'percent', rateBps: 800 } },
        { id: 'socks', label: 'Socks', when: { categories: ['socks'] }, pay: { kind: 'percent', rateBps: 500 } },
      ],
    },
    payoutTerms: { holdDays: 14, minimumCents: 100 },
  });
  for (const name of ['First', 'Middle', 'Last']) members.push(await store.join(name));
});
afterAll(() => ground?.close());

describe('a click becomes a paid, explained commission', () => {
  const browser = {};

  test('three clicks and an order are answered and stored', async () => {
    for (const [index, { link }] of members.entries()) {
      const response = await store.visit(browser, link, `2026-03-0${index + 5}T09:00:00.000Z`);
      expect(response.status).toBe(302);
      expect(response.headers.get('cache-control')).toContain('no-store');
    }
    await store.order(
      browser,
      'A-1001',
      ORDERED,
      [
        { category: 'shoes', quantity: 2, unitPriceCents: 5999 },
        { category: 'socks', quantity: 1, unitPriceCents: 1005 },
      ],
      { orderDiscountCents: 1000 },
    );
  });

  test('settlement splits it to the cent, and says why', async () => {
    await execute(
      ground.people.owner,
      'settle-conversions',
      { asOf: '2026-03-11T00:00:00.000Z' },
      '2026-03-11T00:00:00.000Z',
    );
    const pending = await Promise.all(members.map(async ({ partnerId }) => (await store.balances(partnerId)).pending));
    expect(pending).toEqual([373, 186, 373]);

    const { items } = await ground.people.owner.call<{ items: { lines: { explanation: string; cents: number }[] }[] }>(
      'GET',
      `/v1/programs/${store.programId}/partners/${members[0]!.partnerId}/ledger`,
    );
    const [line] = items.flatMap(({ lines }) => lines);
    expect(line?.cents).toBe(373);
    for (const words of [
      '40 %',
      'A-1001',
      'first of 3',
      '8 % of 44.30 USD is 3.55 USD (rounded with the other partners: 8 % of 110.75 USD is 8.86 USD for all)',
      '5 % of 3.71 USD is 0.18 USD',
      '2026-03-24',
    ])
      expect(line?.explanation).toContain(words);
  });

  test('nothing is payable before the hold is over', async () => {
    await execute(
      ground.people.owner,
      'release-commissions',
      { asOf: '2026-03-20T00:00:00.000Z' },
      '2026-03-20T00:00:00.000Z',
    );
    expect((await store.balances(members[0]!.partnerId)).payable).toBe(0);
  });

  test('the month is closed: released, approved by a second person, paid', async () => {
    const cast = {
      programs: new Map([['shop', { programId: store.programId, currency: 'USD', name: 'Test shop' }]]),
      partners: new Map(),
      links: new Map(),
    };
    const [run] = await closeMonth(ground.people, cast, MONTH_END, () => {});
    expect(run).toMatchObject({ status: 'paid', itemCount: 3, totalCents: 932, excluded: 0 });
    expect(await Promise.all(members.map(async ({ partnerId }) => (await store.balances(partnerId)).paid))).toEqual([
      373, 186, 373,
    ]);
  });

  test('each partner has a statement whose lines sum to the ledger, and a mail about it', async () => {
    await ground.laptop.idle();
    for (const { partnerId, email } of members) {
      const mails = await ground.laptop.modules.mail.to(email);
      const subjects = mails.map(({ subject }) => subject);
      expect(subjects.filter((subject) => subject.startsWith('Statement 1'))).toHaveLength(1);
      const path = `/v1/programs/${store.programId}/partners/${partnerId}/statements`;
      const issued = await everyPage<{ number: number }>(ground.people.owner, path);
      expect(issued).toHaveLength(1);
      const statement = await ground.people.owner.call<{
        openingCents: number;
        closingCents: number;
        closing: Record<string, number>;
        sections: { changeCents: number; totalCents: number; lines: { cents: number }[] }[];
      }>('GET', `${path}/1`);
      expect(statement.closing).toEqual(await store.balances(partnerId));
      const changes = statement.sections.reduce((sum, { changeCents }) => sum + changeCents, 0);
      expect(statement.openingCents + changes).toBe(statement.closingCents);
      for (const { totalCents, lines } of statement.sections)
        expect(lines.reduce((sum, { cents }) => sum + cents, 0)).toBe(totalCents);
    }
  });
});

test('the maker of a run cannot approve it', async () => {
  const browser = {};
  const at = '2026-04-10T00:00:00.000Z';
  await store.visit(browser, members[0]!.link, '2026-04-02T00:00:00.000Z');
  await store.order(browser, 'A-1002', '2026-04-02T01:00:00.000Z', [{ category: 'shoes', unitPriceCents: 10_000 }]);
  const settled = '2026-05-01T12:00:00.000Z';
  await execute(ground.people.owner, 'settle-conversions', { asOf: at }, at);
  await execute(ground.people.owner, 'release-commissions', { asOf: settled }, settled);
  const { runId } = await ground.people.finance.call<{ runId: string }>('POST', '/v1/payouts', {
    body: { programId: store.programId, asOf: settled },
    at: settled,
  });
  let run: { status: string; fileHash?: string };
  do run = await ground.people.finance.call('GET', `/v1/payouts/${runId}`);
  while (run.status === 'drafting');
  expect(run.status).toBe('awaiting-approval');
  const refused = await ground.people.finance.call<{ code: string }>('POST', `/v1/payouts/${runId}/approval`, {
    body: { hash: run.fileHash },
    at: settled,
    expect: [403, 422],
  });
  expect(refused.code).toContain('maker');
  const { secret } = await ground.people.owner.call<{ secret: string }>('POST', '/v1/keys', {
    body: { name: 'in capitals', person: 'FATIMA@Brand.example', role: 'finance' },
  });
  const inCapitals = await brandApi(ground.credentials.apiUrl, secret).call<{ code: string }>(
    'POST',
    `/v1/payouts/${runId}/approval`,
    { body: { hash: run.fileHash }, at: settled, expect: [403, 422] },
  );
  expect(inCapitals.code).toContain('maker');
  const wrongHash = await ground.people.approver.call<{ code: string }>('POST', `/v1/payouts/${runId}/approval`, {
    body: { hash: '0'.repeat(64) },
    at: settled,
    expect: [409, 422],
  });
  expect(wrongHash.code).toMatch(/hash/);
});

test('no workflow reasons from a time to come: holds would end that have not', async () => {
  const refused = await ground.people.owner.call<{ fields: { field: string }[] }>('POST', '/v1/executions', {
    body: { workflow: 'release-commissions', input: { asOf: '2099-01-01T00:00:00Z' } },
    expect: [400, 422],
  });
  expect(refused.fields).toMatchObject([{ field: 'input.asOf' }]);
});
