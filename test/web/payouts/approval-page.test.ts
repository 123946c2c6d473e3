import { createHash } from 'node:crypto';
import { Window } from 'happy-dom';
import { beforeEach, describe, expect, test } from 'vitest';
import { payoutsContracts } from '../../../lib/http/contracts/payouts.ts';
import { APPROVAL_PAGE, APPROVAL_POLICY } from '../../../web/payouts/approval-page.ts';
import { APPROVAL_SCRIPT } from '../../../web/payouts/approval-script.ts';
import type { Item, OpenedRun } from '../../../web/payouts/opened-run.ts';
import { runPage } from '../../../web/payouts/run-page.ts';

const RUN = payoutsContracts.getPayout.answer.parse(payoutsContracts.getPayout.examples.answer);
const [ITEM] = payoutsContracts.listPayoutItems.answer.parse(payoutsContracts.listPayoutItems.examples.answer)
  .items as [Item];
const HAND = { ...ITEM, itemId: 'itm_byhand', rail: 'external', status: 'sent' } as const;
const FINDING = {
  findingId: 'no-source:ptr_1',
  kind: 'no-source',
  severity: 'severe',
  partnerIds: [ITEM.partnerId],
  words: 'A line <b>has</b> no order.',
  figures: {},
} as OpenedRun['findings']['items'][number];
const OPENED: OpenedRun = {
  run: { ...RUN, program: 'Shoes <& socks>' },
  items: { items: [{ ...ITEM, status: 'settled' }, HAND], nextCursor: 'further' },
  excluded: {
    items: [{ partnerId: 'ptr_x', payableCents: 5, reasons: [{ code: 'below-minimum', words: 'Too <little>.' }] }],
  },
  findings: { items: [FINDING] },
  names: new Map([[ITEM.partnerId, 'Trail <Notes>']]),
};
const shown = (person: string, opened = OPENED) =>
  runPage(opened, { person, from: {}, nowMs: Date.parse('2026-05-02T00:00:00Z') });

describe('what the page shows', () => {
  test('is the frozen hash, the total, every excluded payee with reasons and what looks wrong, as text', async () => {
    const text = await shown('someone@brand.example');
    expect(text).toContain(`value="${RUN.fileHash}"`);
    expect(text).toContain('<h1>Shoes &lt;&amp; socks&gt;: ');
    expect(text).toContain('Too &lt;little&gt;.');
    expect(text).toContain('A line &lt;b&gt;has&lt;/b&gt; no order.');
    expect(text).toContain('as someone@brand.example');
    expect(text).not.toContain('You made this run');
  });

  test('says what of a payment was exchanged, by which rate, and what would have been of one that is not made', async () => {
    const from = { currency: 'USD', cents: 10_000, journalId: 'jrn_1' };
    const to = { currency: 'EUR', cents: 8_000, journalId: 'jrn_2' };
    const exchange = { from, to, rateId: '2026-05-01/2', rate: '1 EUR is 1.25 USD' };
    const waits = { ...OPENED.excluded.items[0]!, payableCents: 0, exchangeable: { currency: 'USD', cents: 700 } };
    const text = await shown('someone@brand.example', {
      ...OPENED,
      run: { ...OPENED.run, currency: 'EUR' },
      items: { items: [{ ...ITEM, currency: 'EUR', amountCents: 8_300, exchange }] },
      excluded: { items: [waits, { ...waits, payableCents: 300 }] },
    });
    expect(text).toContain('<span title="1 EUR is 1.25 USD, rates 2026-05-01/2">100.00 USD</span>');
    expect(text).toMatch(/>7\.00 USD</);
    expect(text).toContain('3.00 EUR and 7.00 USD');
    expect(await shown('someone@brand.example')).not.toContain('Exchanged');
  });

  test('repeats beside the button what is approved: the total, the tax, and how many are paid', async () => {
    const taxed = { ...OPENED.run, totalCents: 190_000, withheldCents: 60_000, itemCount: 2 };
    const text = await shown('someone@brand.example', { ...OPENED, run: taxed });
    const [, sum = ''] =
      /<p class="sum">(.*?)<\/p>\s*<div class="row">.*?<button class="main">Approve/s.exec(text) ?? [];
    expect(sum.replaceAll(/<[^>]+>/g, '')).toBe('1,900.00 USD to 2 partners, 600.00 USD of tax withheld');
    expect(await shown('someone@brand.example')).not.toContain('of tax withheld');
  });

  test('compares with the last run before tax, where tax is withheld, and shows both', async () => {
    const payees = [{ partnerId: ITEM.partnerId, cents: 190_000, previousCents: 200_000, withheldCents: 60_000 }];
    const difference = { runId: 'pay_1', asOf: '2026-04-01T00:00:00.000Z', totalCents: 200_000, payees };
    const findings = { severe: 1, notable: 0 };
    const run = { ...OPENED.run, totalCents: 190_000, withheldCents: 60_000, findings, difference };
    const text = (await shown('someone@brand.example', { ...OPENED, run })).replaceAll(/<[^>]+>/g, '|');
    expect(text).toContain('before tax, 500.00 USD more than the 2,000.00 USD of 2026-04-01 (+25 %)');
    expect(text).toMatch(/2,000\.00 USD\|+2,500\.00 USD\|1,900\.00 USD after tax\|+\+500\.00 USD/);
  });

  test('compares with the approved run before, as the run itself does, once it was checked', async () => {
    const findings = { severe: 0, notable: 0 };
    const difference = { runId: 'pay_1', asOf: '2026-04-01T00:00:00.000Z', totalCents: RUN.totalCents, payees: [] };
    const { difference: _, findings: __, ...fresh } = OPENED.run;
    const run = { ...fresh, findings };
    const said = async (of: OpenedRun['run']) => shown('someone@brand.example', { ...OPENED, run: of });
    expect(await said({ ...run, difference })).toContain('<a href="/payouts/pay_1">as much as the ');
    expect(await said(run)).toContain('the first: no run of this program was approved in');
    const drafting = { ...fresh, status: 'drafting' } as const;
    expect(await said(drafting)).not.toContain('the first');
  });

  test('offers no box for what changed since the draft, and says that it cannot be approved so', async () => {
    const late = {
      ...FINDING,
      kind: 'changed-since',
      findingId: 'changed-since:ptr_1',
      words: 'Since the draft: x.',
    } as const;
    const text = await shown('someone@brand.example', { ...OPENED, findings: { items: [late, FINDING] } });
    expect(text).toContain('Since the draft: x.');
    expect(text).toContain('value="no-source:ptr_1"');
    expect(text).not.toContain('value="changed-since:ptr_1"');
    expect(text).toContain('a payment was no longer as drafted');
    expect(await shown('someone@brand.example')).not.toContain('as drafted');
  });

  test('tells its maker, however they are spelt, that another must approve', async () => {
    expect(await shown(RUN.madeBy.toUpperCase())).toContain('You made this run');
  });
});

describe('the page', () => {
  test('runs its own script alone, and reaches this API alone', () => {
    const [, script = ''] = /<script type="module">([\s\S]*)<\/script>/.exec(APPROVAL_PAGE) ?? [];
    expect(script).toBe(APPROVAL_SCRIPT);
    const hash = createHash('sha256').update(script).digest('base64');
    expect(APPROVAL_POLICY).toContain(`script-src 'sha256-${hash}'`);
    expect(APPROVAL_POLICY).toContain("connect-src 'self'");
    expect(APPROVAL_PAGE).not.toMatch(/src=|\son\w+=|@import|url\(/);
  });
});

describe('the script', () => {
  const KEY = 'trb_key_of_anton';
  let window: Window;
  let asked: { method: string; url: string; key: string; body: unknown }[];
  let answers: Map<string, { status: number; text: string }>;

  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
  const said = () => window.document.getElementById('said')!.textContent;
  const press = async (selector: string) => {
    (window.document.querySelector(selector) as unknown as { click(): void }).click();
    await settled();
  };
  const type = (selector: string, value: string) => {
    (window.document.querySelector(selector) as unknown as { value: string }).value = value;
  };
  const openRun = async () => {
    type('[name=key]', ` ${KEY} `);
    await press('#key button');
  };

  beforeEach(async () => {
    asked = [];
    answers = new Map([
      [`GET /v1/payouts/${RUN.runId}/page`, { status: 200, text: await shown('anton@brand.example') }],
    ]);
    window = new Window({ url: `https://api.brand.example/payouts/${RUN.runId}` });
    window.document.write(APPROVAL_PAGE.replace(/<script type="module">[\s\S]*<\/script>/, ''));
    const fetch = async (url: string, { method, headers, body }: RequestInit) => {
      const { authorization = '' } = headers as Record<string, string>;
      asked.push({ method: method!, url, key: authorization, body: body ? JSON.parse(String(body)) : undefined });
      const found = answers.get(`${method} ${url}`) ?? { status: 404, text: '{"message":"Not Found"}' };
      return { ok: found.status < 400, status: found.status, text: async () => found.text };
    };
    const { document, location, history, FormData, URL } = window;
    const globals = { document, location, history, FormData, URL, fetch, scrollTo() {}, addEventListener() {} };
    new Function(...Object.keys(globals), APPROVAL_SCRIPT)(...Object.values(globals));
  });

  test('opens the run with the key that was typed, and shows no more where to type it', async () => {
    await openRun();
    expect(asked).toEqual([
      { method: 'GET', url: `/v1/payouts/${RUN.runId}/page`, key: `Bearer ${KEY}`, body: undefined },
    ]);
    expect(window.document.title).toContain('Shoes <& socks>');
    expect((window.document.getElementById('key') as unknown as { hidden: boolean }).hidden).toBe(true);
    expect(window.document.documentElement.outerHTML).not.toContain(KEY);
  });

  test('says so when the key is refused', async () => {
    answers.set(`GET /v1/payouts/${RUN.runId}/page`, { status: 403, text: '{"message":"Forbidden"}' });
    await openRun();
    expect(said()).toBe('The key was not accepted.');
  });

  test('approves by the hash that is shown, naming what was ticked', async () => {
    answers.set(`POST /v1/payouts/${RUN.runId}/approval`, { status: 200, text: '{}' });
    await openRun();
    await press('[name=acknowledge]');
    await press('form[action$="/approval"] button');
    const body = { hash: RUN.fileHash, acknowledge: [FINDING.findingId] };
    expect(asked[1]).toMatchObject({ method: 'POST', url: `/v1/payouts/${RUN.runId}/approval`, body });
    expect(said()).toBe('Approved; paying starts.');
  });

  test('approves nothing while a severe finding is not ticked', async () => {
    await openRun();
    await press('form[action$="/approval"] button');
    expect(asked).toHaveLength(1);
  });

  test('shows a refusal in the API’s words, and keeps what was typed', async () => {
    const detail = 'Run <x> was rejected before.';
    answers.set(`POST /v1/payouts/${RUN.runId}/rejection`, { status: 409, text: JSON.stringify({ detail }) });
    await openRun();
    type('form[action$="/rejection"] [name=why]', 'two partners <i>');
    await press('form[action$="/rejection"] button');
    expect(asked[1]!.body).toEqual({ why: 'two partners <i>' });
    expect(said()).toBe(detail);
    const field = window.document.querySelector('form[action$="/rejection"] [name=why]');
    expect((field as unknown as { value: string }).value).toBe('two partners <i>');
  });

  test('shows the run anew when it is not approved: what kept it from being may stand in it by now', async () => {
    const detail = 'The run would not be drafted so any more.';
    await openRun();
    answers.set(`POST /v1/payouts/${RUN.runId}/approval`, { status: 422, text: JSON.stringify({ detail }) });
    answers.set(`GET /v1/payouts/${RUN.runId}/page`, { status: 200, text: '<h1>Two findings</h1>' });
    await press('[name=acknowledge]');
    await press('form[action$="/approval"] button');
    expect(said()).toBe(detail);
    expect(window.document.getElementById('run')!.textContent).toBe('Two findings');
  });

  test.each([
    ['confirm', 'confirmation', 'reference', 'Wise 88213', { reference: 'Wise 88213' }],
    ['confirm', 'confirmation', 'reference', '', {}],
    ['fail', 'failure', 'why', 'closed', { why: 'closed' }],
  ])('says of a payment by hand: %s', async (button, way, field, words, body) => {
    answers.set(`POST /v1/payouts/${RUN.runId}/items/${HAND.itemId}/${way}`, { status: 200, text: '{}' });
    await openRun();
    type(`#by-hand [name=${field}]`, words);
    await press(`button[name=${button}]`);
    expect(asked[1]).toMatchObject({ url: `/v1/payouts/${RUN.runId}/items/${HAND.itemId}/${way}`, body });
  });

  test('follows a link to further rows without asking for the key again', async () => {
    answers.set(`GET /v1/payouts/${RUN.runId}/page?items=further`, { status: 200, text: '<h1>Further</h1>' });
    await openRun();
    await press('a[rel=next]');
    expect(window.document.getElementById('run')!.textContent).toBe('Further');
    expect(asked[1]!.key).toBe(`Bearer ${KEY}`);
  });
});
