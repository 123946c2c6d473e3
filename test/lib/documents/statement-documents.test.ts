import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../../lib/calendar.ts';
import { statementCsv } from '../../../lib/documents/statement-csv.ts';
import { documentsOf } from '../../../lib/documents/statement-documents.ts';
import { statementHtml } from '../../../lib/documents/statement-html.ts';
import { buildStatement } from '../../../lib/payouts/statement.ts';
import { item } from '../../support/orders.ts';
import { busyAccount, ITEM, KEY, PartnerAccount, TIME_ZONE } from '../../support/partner-account.ts';

const PROGRAM = { programId: KEY.programId, name: 'Fjord & Trail', timeZone: TIME_ZONE };
const statement = (account: PartnerAccount, over: { name?: string; program?: string } = {}) =>
  buildStatement({
    number: 1,
    journals: account.journals,
    partner: { partnerId: KEY.partnerId, name: over.name ?? 'Ann' },
    program: { ...PROGRAM, name: over.program ?? PROGRAM.name },
  });
const rowsOf = (csv: string) => parse(csv, { columns: true }) as Record<string, string>[];
const cents = (amount: string | undefined) => Math.round(Number(amount) * 100);

describe('the page', () => {
  const html = statementHtml(statement(busyAccount()));

  test('says in a sentence what happened, and shows how opening becomes closing', () => {
    expect(html).toContain(
      'You earned 125.22 USD and were paid 48.16 USD in this period. 77.06 USD stand to your credit and can be paid once their hold is over.',
    );
    const terms = [...html.matchAll(/<dt>([^<]+)<\/dt><dd>([^<]+)<\/dd>/g)].map(
      ([, name, amount]) => `${name} ${amount}`,
    );
    expect(terms).toEqual(
      expect.arrayContaining([
        'opening balance 0.00',
        'earned +126.12',
        'returned −0.90',
        'paid −48.16',
        'closing balance 77.06',
      ]),
    );
  });

  test('has every line with its explanation, unfolded by the reader', () => {
    const { sections } = statement(busyAccount());
    const lines = sections.flatMap((section) => section.lines);
    expect(html.match(/<details><summary>/g)).toHaveLength(lines.length);
    expect(html).toContain('Shoes, spring uplift: 12 % of 258.00 USD is 30.96 USD.');
  });

  test('is one file: nothing in it is fetched, and nothing runs', () => {
    expect(html).not.toMatch(/<(script|link|img|iframe|object|form)\b|\s(src|href|on\w+)=|url\(|@import/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('tells a partner who owes what that means', () => {
    const account = new PartnerAccount()
      .order('1', '2026-03-02T09:00:00.000Z', [item(10_000)])
      .release('2026-03-20T02:00:00.000Z', '2026-03-20')
      .pay('2026-03-21T09:00:00.000Z')
      .returned('1', '2026-03-25T09:00:00.000Z', { '1': 1 });
    const page = statementHtml(statement(account));
    expect(page).toContain('Returns after a payment left 5.00 USD owed; what you earn next repays it first.');
    expect(page).toContain('<b>−5.00</b> owed by you');
  });

  test('of what was taken back by hand says so, and that it is owed', () => {
    const account = new PartnerAccount()
      .order('1', '2026-03-02T09:00:00.000Z', [item(10_000)])
      .release('2026-03-20T02:00:00.000Z', '2026-03-20')
      .post('2026-03-21T09:00:00.000Z', {
        ...{ kind: 'adjustment', adjustmentId: 'adj_0000000000000001', cents: -700 },
        ...{ reason: 'terms-breach', note: '<b>two</b> sites' },
      });
    const page = statementHtml(statement(account));
    expect(page).toContain(
      'You earned 5.00 USD in this period. By hand 7.00 USD was taken back. 2.00 USD is owed by you',
    );
    expect(page).toContain('Adjusted by hand');
    expect(page).toContain(
      '7.00 USD was taken back for a breach of the program’s terms: &lt;b&gt;two&lt;/b&gt; sites.',
    );
    expect(rowsOf(statementCsv(statement(account))).find(({ kind }) => kind === 'adjusted')).toMatchObject({
      change: '-7.00',
    });
  });

  test('of a payment still on its way says so', () => {
    const account = new PartnerAccount()
      .order('1', '2026-03-02T09:00:00.000Z', [item(10_000)])
      .release('2026-03-20T02:00:00.000Z', '2026-03-20')
      .post('2026-03-21T09:00:00.000Z', { kind: 'reserve', itemId: ITEM, cents: 500 });
    const page = statementHtml(statement(account));
    expect(page).toContain('<b>5.00</b> on its way to you');
    expect(page).toContain('Set aside for payment');
  });
});

describe('the CSV file', () => {
  const made = statement(busyAccount());
  const rows = rowsOf(statementCsv(made));

  test('has the changes add up from the opening to the closing balance', () => {
    const total = rows.reduce((sum, { change }) => sum + cents(change || '0'), 0);
    expect(total).toBe(made.closingCents);
    expect(rows.at(0)).toMatchObject({ kind: 'opening', change: '0.00' });
    expect(rows.at(-1)).toMatchObject({ kind: 'closing', amount: '77.06' });
  });

  test.each(['=HYPERLINK("http://x")', '+1+cmd|calc', '-2+3', '@SUM(A1)', '\tx', '\rx'])(
    'keeps %j from being a formula',
    (orderId) => {
      const account = new PartnerAccount().order('1', '2026-03-02T09:00:00.000Z', [item(10_000)]);
      const cells = rowsOf(statementCsv(statement(account, { name: orderId, program: orderId }))).flatMap(
        ({ partner, program }) => [partner, program],
      );
      expect(cells.every((cell) => cell?.startsWith("'"))).toBe(true);
    },
  );

  test('leaves negative amounts numbers', () => {
    expect(rows.find(({ kind }) => kind === 'returned')).toMatchObject({ amount: '-0.90', change: '-0.90' });
  });

  test('counts yen in whole ones', () => {
    const account = new PartnerAccount({ ...KEY, currency: 'JPY' }).order('1', '2026-03-02T09:00:00.000Z', [
      item(10_000),
    ]);
    expect(rowsOf(statementCsv(statement(account))).at(-1)).toMatchObject({ amount: '500', currency: 'JPY' });
  });
});

describe('laws', () => {
  const anyAccount = fc
    .array(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
        cents: fc.nat(100_000),
        share: fc.constantFrom(10_000, 4_000),
        back: fc.boolean(),
        paid: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((orders) => {
      const account = new PartnerAccount();
      orders.forEach(({ id, cents, share, back, paid }, place) => {
        const day = addDays('2026-03-01', place * 3);
        const orderId = `${place}${id}`;
        account.order(orderId, `${day}T09:00:00.000Z`, [item(cents, { quantity: 2 })], share);
        if (back) account.returned(orderId, `${day}T10:00:00.000Z`, { '1': 1 }, share);
        if (!paid) return;
        account.release(`${day}T11:00:00.000Z`, day);
        if ((account.journals.at(-1)?.after.balances.payable ?? 0) > 0)
          account.pay(`${day}T12:00:00.000Z`, `${ITEM.slice(0, -1)}${place}`);
      });
      return account;
    })
    .filter(({ journals }) => journals.length > 0);

  test('the same journals are the same documents, and the CSV adds up to the cent', () =>
    fc.assert(
      fc.property(anyAccount, (account) => {
        const made = statement(account);
        expect(documentsOf(made)).toEqual(documentsOf(statement(account)));
        const total = rowsOf(statementCsv(made)).reduce((sum, { change }) => sum + cents(change || '0'), 0);
        expect(total).toBe(made.closingCents);
      }),
      { numRuns: 40 },
    ));

  test('no text in a statement becomes markup', () => {
    const hostile = fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '</details></table>',
      "' onclick='x",
      '&lt;',
      '<!--',
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (order, name, program) => {
        const account = new PartnerAccount().order(order, '2026-03-02T09:00:00.000Z', [item(10_000)]);
        const plain = new PartnerAccount().order('1', '2026-03-02T09:00:00.000Z', [item(10_000)]);
        const tags = (page: string) => page.match(/<[a-z!/][^>]*>/gi)?.map((tag) => tag.split(/[\s>]/)[0]);
        expect(tags(statementHtml(statement(account, { name, program })))).toEqual(
          tags(statementHtml(statement(plain))),
        );
      }),
    );
  });
});
