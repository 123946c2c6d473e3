import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { payoutsContracts } from '../../../lib/http/contracts/payouts.ts';
import { type Listener, listen } from '../../../local/listen.ts';
import { laptopPage, listenerOf } from '../../../local/page/page.ts';
import { payoutBook } from '../../../local/page/payout-book.ts';
import { payoutsSection } from '../../../local/page/sections/payouts.ts';
import { difference } from '../../../web/payouts/run-body.ts';

const RUN = payoutsContracts.getPayout.examples.answer;
const ITEM = payoutsContracts.listPayoutItems.examples.answer.items[0]!;
const KEYS = { owner: 'trb_key_owner', finance: 'trb_key_finance', approver: 'trb_key_approver' };
const SHOES = { programId: RUN.programId, name: 'Shoes <& socks>' };
const TEA = { programId: 'prg_tea', name: 'Tea' };

/** The brand API as far as the page asks it: answers by `METHOD path`, and what was asked. */
let answers: Map<string, { status: number; body: unknown }>;
let asked: { line: string; query: string; key: string; body: string }[] = [];
let brand: { apiUrl: string; keys: typeof KEYS } | undefined;
let api: Listener;
let page: Listener;
const faults: unknown[] = [];

beforeAll(async () => {
  api = await listen(0, 'the API');
  api.serve(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', api.url);
    let body = '';
    for await (const chunk of request) body += chunk;
    const key = String(request.headers.authorization).replace('Bearer ', '');
    asked.push({ line: `${request.method} ${pathname}`, query: search, key, body });
    const found = answers.get(`${request.method} ${pathname}${search}`) ?? answers.get(`${request.method} ${pathname}`);
    response.writeHead(found?.status ?? 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found?.body ?? { title: 'There is no such thing', detail: 'No such.', code: 'none' }));
  });
  page = await listen(0, 'the page');
  const objects = {
    buckets: () => ['exports', 'documents'],
    list: (bucket: string, { prefix = '' }: { prefix?: string } = {}) =>
      bucket === 'documents' ? [{ key: prefix, bytes: 1, modifiedMs: 0, contentType: 'text/csv' }] : [],
    read: () => undefined,
  };
  const section = payoutsSection({ objects: objects as never }, payoutBook({ brand: () => brand }));
  page.serve(listenerOf(laptopPage([section]), (error) => faults.push(error)));
});
afterAll(async () => {
  await page.close();
  await api.close();
});
beforeEach(() => {
  brand = { apiUrl: api.url, keys: KEYS };
  asked = [];
  const old = { ...RUN, runId: 'pay_old', status: 'paid', asOf: '2026-04-01T08:00:00.000Z', totalCents: 1_000_000 };
  const tea = { ...RUN, runId: 'pay_tea', programId: TEA.programId, status: 'paid', asOf: '2026-04-15T08:00:00.000Z' };
  answers = new Map(
    Object.entries({
      [`GET /v1/payouts/${RUN.runId}/findings`]: payoutsContracts.listFindings.examples.answer,
      'GET /v1/programs': { items: [SHOES, TEA] },
      [`GET /v1/programs/${RUN.programId}`]: SHOES,
      [`GET /v1/payouts?programId=${RUN.programId}&limit=50`]: { items: [RUN, old], nextCursor: 'older' },
      [`GET /v1/payouts?programId=${TEA.programId}&limit=50`]: { items: [tea] },
      [`GET /v1/payouts/${RUN.runId}`]: RUN,
      [`GET /v1/payouts/${RUN.runId}/items`]: { items: [ITEM] },
      [`GET /v1/payouts/${RUN.runId}/excluded`]: {
        items: [
          {
            partnerId: 'ptr_other',
            payableCents: 3_100,
            reasons: [
              { code: 'below-minimum', words: 'Payments start at 50.00 USD.' },
              { code: 'tax-form-missing', words: 'No tax form.' },
            ],
          },
        ],
      },
      'GET /v1/partners': { items: [{ partnerId: 'ptr_nobody', name: 'Nobody' }], nextCursor: 'next' },
      'GET /v1/partners?limit=200&cursor=next': {
        items: [
          { partnerId: ITEM.partnerId, name: 'Trail <Notes>' },
          { partnerId: 'ptr_other', name: 'Other Notes' },
        ],
      },
    }).map(([line, body]) => [line, { status: 200, body }]),
  );
});

const get = async (address: string) => {
  const answer = await fetch(`${page.url}${address}`);
  const text = await answer.text();
  expect(faults).toEqual([]);
  for (const key of Object.values(KEYS)) expect(text).not.toContain(key);
  expect(text).not.toContain('undefined');
  return { status: answer.status, text };
};
const post = (address: string, form: Record<string, string>, site = 'same-origin') =>
  fetch(`${page.url}${address}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { 'sec-fetch-site': site },
    redirect: 'manual',
  });
const RUN_PAGE = `/payouts/${RUN.runId}`;
const written = () => asked.filter(({ line }) => line.startsWith('POST'));

test('runs of all programs are listed newest first; those to approve are counted in the menu', async () => {
  const { text } = await get('/payouts');
  const order = [...text.matchAll(/href="\/payouts\/(pay_\w+)"/g)].map(([, runId]) => runId);
  expect(order).toEqual([RUN.runId, 'pay_tea', 'pay_old']);
  expect(text).toContain('Shoes &lt;&amp; socks&gt;');
  expect(text).toContain('18,043.00 USD');
  expect(text).toContain('1 to approve');
  expect(text).toContain(`/payouts?program=${RUN.programId}&amp;cursor=older`);
});

test('one program’s older runs are asked for with its cursor', async () => {
  answers.set(`GET /v1/payouts?programId=${RUN.programId}&limit=50&cursor=older`, { status: 200, body: { items: [] } });
  expect((await get(`/payouts?program=${RUN.programId}&cursor=older`)).text).toContain('No payout run');
});

test('who decides on a run sees what is withheld from whom, before and after tax', async () => {
  expect((await get(RUN_PAGE)).text).not.toContain('Withheld');
  const withholding = { year: 2026, cents: 3_931, words: 'No W-9 is on file.' };
  const items = [
    { ...ITEM, withholding },
    { ...ITEM, itemId: 'itm_2', partnerId: 'ptr_other' },
  ];
  answers.set(`GET /v1/payouts/${RUN.runId}`, { status: 200, body: { ...RUN, withheldCents: 3_931 } });
  answers.set(`GET /v1/payouts/${RUN.runId}/items`, { status: 200, body: { items } });
  const { text } = await get(RUN_PAGE);
  expect(text).toContain('<dt>Tax withheld</dt><dd>39.31 USD');
  expect(text).toContain('163.81 USD');
  expect(text).toContain('<span title="No W-9 is on file.">39.31 USD</span>');
});

test('a run shows what is needed to decide on it', async () => {
  const { text } = await get(RUN_PAGE);
  expect(text.split(RUN.fileHash!).length - 1).toBeGreaterThanOrEqual(3);
  expect(text).toContain('2,923.00 USD more than the 15,120.00 USD of 2026-04-01 (+19.3 %)');
  for (const words of ['Trail &lt;Notes&gt;', 'by hand', 'Other Notes', 'Payments start at 50.00 USD.', 'No tax form.'])
    expect(text).toContain(words);
  const file = RUN.fileKey!.split('/').map(encodeURIComponent).join('/');
  expect(text).toContain(`href="/files/documents/${file}"`);
  expect(text).toContain('>Approve</button>');
  expect(text).toContain('>Reject</button>');
  expect(text.match(/<option value="(owner|finance|approver)"/g)).toHaveLength(9);
});

test.each(['paid', 'approved', 'rejected', 'empty', 'drafting'])(
  'a run that is %s is not decided on',
  async (status) => {
    answers.set(`GET /v1/payouts/${RUN.runId}`, { status: 200, body: { ...RUN, status } });
    const { text } = await get(RUN_PAGE);
    expect(text).not.toContain('>Approve</button>');
    expect(text).not.toContain('>Reject</button>');
  },
);

describe('a decision', () => {
  test('is made with the key of the chosen person', async () => {
    answers.set(`POST /v1/payouts/${RUN.runId}/approval`, { status: 202, body: RUN });
    const answer = await post(`${RUN_PAGE}/approval`, { as: 'approver', hash: RUN.fileHash! });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${RUN_PAGE}?done=approval`);
    expect(written()).toMatchObject([
      { key: KEYS.approver, body: JSON.stringify({ hash: RUN.fileHash, acknowledge: [] }) },
    ]);
    expect((await get(`${RUN_PAGE}?done=approval`)).text).toContain('Approved; paying starts.');
  });

  test('that is refused shows the API’s words, and keeps what was typed', async () => {
    const problem = { title: 'Facts', detail: 'Mia <made> it.', code: 'items-busy' };
    answers.set(`POST /v1/payouts/${RUN.runId}/rejection`, { status: 422, body: problem });
    const answer = await post(`${RUN_PAGE}/rejection`, { as: 'owner', why: 'Under "review"' });
    const text = await answer.text();
    expect(answer.status).toBe(422);
    expect(text).toContain('Facts: Mia &lt;made&gt; it.');
    expect(text).toContain('items-busy');
    expect(text).toContain('value="Under &quot;review&quot;"');
    expect(text).toContain('<option value="owner" selected>');
    expect(text).not.toContain('data-live');
  });

  test.each(['', 'constructor', 'mallory'])('as "%s" is asked of nobody', async (as) => {
    const answer = await post(`${RUN_PAGE}/approval`, { as, hash: RUN.fileHash! });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('choose one of the people listed');
    expect(written()).toEqual([]);
  });

  test('from another site is not taken', async () => {
    expect((await post(`${RUN_PAGE}/approval`, { as: 'approver', hash: '' }, 'cross-site')).status).toBe(403);
    expect(asked).toEqual([]);
  });
});

describe('an item paid by hand', () => {
  const way = `POST /v1/payouts/${RUN.runId}/items/${ITEM.itemId}`;

  test.each([
    ['confirmed', { confirm: ITEM.itemId, reference: ' Wise 1 ' }, 'confirmation', { reference: 'Wise 1' }],
    ['confirmed without a reference', { confirm: ITEM.itemId, reference: '' }, 'confirmation', {}],
    ['failed', { fail: ITEM.itemId, why: 'Closed' }, 'failure', { why: 'Closed' }],
  ])('is %s', async (_, form, what, body) => {
    answers.set(`${way}/${what}`, { status: 200, body: ITEM });
    const answer = await post(`${RUN_PAGE}/items`, { as: 'finance', ...form });
    expect(answer.headers.get('location')).toBe(`${RUN_PAGE}?done=${what}`);
    expect(written()).toMatchObject([{ key: KEYS.finance, body: JSON.stringify(body) }]);
  });

  test.each([
    ['external', 'sent', true],
    ['external', 'settled', false],
    ['external', 'reserved', false],
    ['bank-csv', 'sent', false],
  ])('of rail %s that is %s has buttons: %s', async (rail, status, buttons) => {
    answers.set(`GET /v1/payouts/${RUN.runId}`, { status: 200, body: { ...RUN, status: 'paying' } });
    const items = { status: 200, body: { items: [{ ...ITEM, rail, status }] } };
    answers.set(`GET /v1/payouts/${RUN.runId}/items`, items);
    const { text } = await get(RUN_PAGE);
    expect(text.includes(`name="confirm" value="${ITEM.itemId}"`)).toBe(buttons);
    expect(text.includes(`name="fail" value="${ITEM.itemId}"`)).toBe(buttons);
    expect(text.includes('data-live')).toBe(!buttons);
  });
});

describe('when the API cannot help', () => {
  test('before the first brand the page says so, and asks nobody', async () => {
    brand = undefined;
    expect((await get('/payouts')).text).toContain('There is no brand yet');
    expect((await get(RUN_PAGE)).status).toBe(404);
    expect((await post(`${RUN_PAGE}/approval`, { as: 'owner', hash: '' })).status).toBe(404);
    expect(asked).toEqual([]);
  });

  test('an unknown run is not there', async () => {
    const { status, text } = await get('/payouts/pay_none');
    expect(status).toBe(404);
    expect(text).toContain('No such payout run');
  });

  test('an API that does not listen is said', async () => {
    const closed = await listen(0, 'nothing');
    await closed.close();
    brand = { apiUrl: closed.url, keys: KEYS };
    const { status, text } = await get('/payouts');
    expect(status).toBe(502);
    expect(text).toContain('The brand API gives no usable answer');
  });
});

test.each([
  ['more', 15_000, 10_000, '50.00 USD more than the 100.00 USD of 2026-04-01 (+50 %)'],
  ['less', 9_667, 10_000, '3.33 USD less than the 100.00 USD of 2026-04-01 (-3.3 %)'],
  ['the same', 10_000, 10_000, 'as much as the 100.00 USD of 2026-04-01'],
  ['after nothing', 500, 0, '5.00 USD more than the 0.00 USD of 2026-04-01'],
])('the difference to the run before: %s', (_, totalCents, before, words) => {
  const run = { currency: 'USD', totalCents };
  const last = { runId: 'pay_1', asOf: '2026-04-01T00:00:00.000Z', totalCents: before, payees: [] };
  expect(difference({ ...run, difference: last })).toBe(words);
  expect(difference(run)).toContain('the first');
});
