import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, until } from '../../local/story/brand-api.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';

/** 8 % of 250.00 is 20.00, paid by hand. The decisions are made at the wall clock's time, so the shop's lies well before it. */
const ORDERED = '2025-02-03T10:00:00.000Z';
const MONTH_END = '2025-03-01T12:00:00.000Z';

let ground: Booted;
let store: Shop;
let partner: Member;
let runId: string;

const get = async (address: string) => {
  const text = await (await fetch(new URL(address, ground.laptop.pageUrl))).text();
  for (const key of Object.values(ground.credentials.keys)) expect(text).not.toContain(key);
  return text;
};
const post = (address: string, form: Record<string, string>) =>
  fetch(new URL(address, ground.laptop.pageUrl), {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { 'sec-fetch-site': 'same-origin' },
    redirect: 'manual',
  });
const pageSays = (what: string) =>
  until(
    `the run’s page says ${what}`,
    () => get(`/payouts/${runId}`),
    (text) => text.includes(what),
  );
const hashOn = (text: string) => /name="hash" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? '';

beforeAll(async () => {
  ground = await booted();
  store = await shop(ground, { at: '2025-02-01T00:00:00.000Z' });
  partner = await store.join('Trail Notes');
  const browser = {};
  await store.visit(browser, partner.link, '2025-02-03T09:00:00.000Z');
  await store.order(browser, 'P-1', ORDERED, [{ unitPriceCents: 25_000 }]);
  await execute(ground.people.owner, 'settle-conversions', { asOf: MONTH_END }, MONTH_END);
  await execute(ground.people.owner, 'release-commissions', { asOf: MONTH_END }, MONTH_END);
});
afterAll(() => ground?.close());

test('a drafted run is shown with its hash, its partner and its file', async () => {
  expect(await get('/payouts')).toContain('No payout run was drafted yet');
  const drafted = await ground.people.finance.call<{ runId: string }>('POST', '/v1/payouts', {
    body: { programId: store.programId, asOf: MONTH_END },
    at: MONTH_END,
  });
  runId = drafted.runId;
  const text = await pageSays('>Approve</button>');
  expect(text).toContain('Test shop: 20.00 USD');
  expect(text).toContain('Trail Notes');
  const [, file = ''] = /href="(\/files\/[^"]+)"/.exec(text) ?? [];
  expect(await get(file)).toContain('20.00');
  expect(await get('/payouts')).toContain('1 to approve');
  expect(await get('/')).toContain(`<a href="/payouts/${runId}">Test shop: 20.00 USD</a>`);
});

test('the brand API has a page for it too, which shows the run to whoever has a key', async () => {
  const { apiUrl, keys } = ground.credentials;
  const page = await fetch(`${apiUrl}/payouts/${runId}`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'");
  const shown = (key: string) =>
    fetch(`${apiUrl}/v1/payouts/${runId}/page`, { headers: { authorization: `Bearer ${key}` } });
  const [nobody, maker, approver] = await Promise.all([shown('trb_no'), shown(keys.finance), shown(keys.approver)]);
  expect(nobody.status).toBe(403);
  expect(await maker.text()).toContain('You made this run');
  const text = await approver.text();
  expect(text).toContain('<h1>Test shop: 20.00 USD</h1>');
  expect(text).toContain('Trail Notes');
  expect(text).not.toContain('You made this run');
  expect(hashOn(text)).toBe(hashOn(await get(`/payouts/${runId}`)));
});

test('the owner hears by mail that it waits', async () => {
  const mails = await until(
    'the mail is there',
    () => get('/mail'),
    (text) => text.includes('To approve: 20.00 USD to 1 partner of Test shop'),
  );
  expect(mails).toContain('To approve');
});

test('the maker is refused, and told why', async () => {
  const hash = hashOn(await get(`/payouts/${runId}`));
  const answer = await post(`/payouts/${runId}/approval`, { as: 'finance', hash });
  const text = await answer.text();
  expect(answer.status).toBe(422);
  expect(text).toContain('fatima@brand.example made this payout run; another person must approve its 20.00 USD.');
  expect(text).toContain('>Approve</button>');
});

test('a hash that nobody froze is refused', async () => {
  const answer = await post(`/payouts/${runId}/approval`, { as: 'approver', hash: '0'.repeat(64) });
  expect(answer.status).toBe(409);
  expect(await answer.text()).toContain('hash-differs');
});

test('another person approves, the brand confirms, and it is paid', async () => {
  const approved = await post(`/payouts/${runId}/approval`, {
    as: 'approver',
    hash: hashOn(await get(`/payouts/${runId}`)),
  });
  expect(approved.status).toBe(303);
  const sent = await pageSays('name="confirm"');
  expect(sent).toContain('Approved by');
  expect(sent).toContain('anton@brand.example');
  expect(sent).not.toContain('to approve');
  const itemId = /name="confirm" value="(itm_\w+)"/.exec(sent)?.[1] ?? '';

  const silent = await post(`/payouts/${runId}/items`, { as: 'finance', fail: itemId, why: '' });
  expect(silent.status).toBe(400);
  const confirmed = await post(`/payouts/${runId}/items`, { as: 'finance', confirm: itemId, reference: 'Wise 88213' });
  expect(confirmed.headers.get('location')).toBe(`/payouts/${runId}?done=confirmation`);
  const paid = await pageSays('<span class="badge good">paid</span>');
  expect(paid).toContain('Wise 88213');
  expect((await store.balances(partner.partnerId)).paid).toBe(2_000);
});

test('a run with a severe finding is approved by who names it, and shows what differs from the last', async () => {
  const at = '2025-03-05T10:00:00.000Z';
  const nextMonth = '2025-04-10T12:00:00.000Z';
  const pair = [await store.join('Peak Diary'), await store.join('Cairn & Co')];
  for (const [place, member] of pair.entries()) {
    const browser = {};
    const method = { rail: 'bank-csv', accountHolder: 'Peak Diary', iban: 'DE89370400440532013000' };
    await ground.people.finance.call('PUT', `/v1/partners/${member.partnerId}/payout-method`, { body: method });
    await store.visit(browser, member.link, '2025-03-05T09:00:00.000Z');
    await store.order(browser, `P-1${place}`, at, [{ unitPriceCents: 50_000 }]);
  }
  await execute(ground.people.owner, 'settle-conversions', { asOf: nextMonth }, nextMonth);
  await execute(ground.people.owner, 'release-commissions', { asOf: nextMonth }, nextMonth);
  const body = { programId: store.programId, asOf: nextMonth };
  ({ runId } = await ground.people.finance.call<{ runId: string }>('POST', '/v1/payouts', { body, at: nextMonth }));

  const text = await pageSays('>Approve</button>');
  expect(text).toContain('2 payees are paid to the same account, 80.00 USD together.');
  expect(text).toContain('What differs most from the run of 2025-03-01');
  expect(text).not.toContain('3704 0044');
  const [, findingId = ''] = /name="acknowledge" value="([^"]+)"/.exec(text) ?? [];
  const form = { as: 'approver', hash: hashOn(text) };
  const refused = await post(`/payouts/${runId}/approval`, form);
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('One severe finding was not acknowledged');
  const approved = await post(`/payouts/${runId}/approval`, { ...form, acknowledge: findingId });
  expect(approved.status).toBe(303);
  expect(await pageSays('<span class="badge good">paid</span>')).toContain('Approved knowing of 1 severe finding.');
});
