import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFName,
  type PDFNumber,
  PDFRawStream,
  type PDFRef,
} from 'pdf-lib';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../../lib/calendar.ts';
import { statementCsv } from '../../../lib/documents/statement-csv.ts';
import { documentsOf, fingerprints } from '../../../lib/documents/statement-documents.ts';
import { statementHtml } from '../../../lib/documents/statement-html.ts';
import { statementPdf } from '../../../lib/documents/statement-pdf.ts';
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

/**
 * A payment that came back with its tax, of seven terms from opening to closing balance. By hand: 2,500.00 earned, 7.00 added, 601.68 of
 * the 2,507.00 withheld, all of it back.
 */
function returnedWithTax(): PartnerAccount {
  const paid = { itemId: ITEM, cents: 250_700, withheldCents: 60_168, rail: 'paypal' } as const;
  const account = new PartnerAccount()
    .order('1', '2026-03-02T09:00:00.000Z', [item(5_000_000)])
    .release('2026-03-20T02:00:00.000Z', '2026-03-20')
    .post('2026-03-21T09:00:00.000Z', {
      ...{ kind: 'adjustment', adjustmentId: 'adj_0000000000000001', cents: 700 },
      ...{ reason: 'bonus', note: 'Thanks' },
    })
    .post('2026-03-22T09:00:00.000Z', { kind: 'reserve', ...paid })
    .post('2026-03-22T10:00:00.000Z', { kind: 'settle', ...paid });
  const { journalId: corrects } = account.journals.at(-1)!;
  return account.post('2026-03-25T10:00:00.000Z', { kind: 'bounce', ...paid, why: 'PayPal REFUNDED', corrects });
}

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

  test('of a payment that came back with its tax says so, and has words for every term of the sum', () => {
    const account = returnedWithTax();
    const made = statement(account);
    expect(made).toMatchObject({ openingCents: 0, closingCents: 250_700 });
    const page = statementHtml(made);
    expect(page).toContain(
      'You earned 2,500.00 USD and were paid 1,905.32 USD after 601.68 USD of tax was withheld in this period. 1,905.32 USD that was paid was returned, and 601.68 USD of tax with it. By hand 7.00 USD was added. 2,507.00 USD stand to your credit.',
    );
    const terms = [...page.matchAll(/<div[^>]*><dt>([^<]+)<\/dt><dd>([^<]+)<\/dd><\/div>/g)];
    expect(terms.map(([, name, amount]) => `${name} ${amount}`)).toEqual([
      ...['opening balance 0.00', 'earned +2,500.00', 'adjusted +7.00', 'paid −1,905.32', 'tax withheld 0.00'],
      ...['payments returned +1,905.32', 'closing balance 2,507.00'],
    ]);
    // PayPal is no bank.
    expect(page).not.toContain('bank');
    const rows = rowsOf(statementCsv(made));
    expect(rows.reduce((sum, { change }) => sum + cents(change || '0'), 0)).toBe(250_700);
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

describe('the PDF', () => {
  const read = async (account: PartnerAccount, over = {}) => {
    const bytes = await statementPdf(statement(account, over));
    return { bytes, document: await PDFDocument.load(bytes, { updateMetadata: false }) };
  };
  /** Pages and, of each, where its links lead: page number and height. */
  const linksOf = (document: PDFDocument) => {
    const pages = document.getPages();
    return pages.map(
      ({ node }) =>
        node
          .Annots()
          ?.asArray()
          .map((ref) => {
            const link = document.context.lookup(ref, PDFDict);
            const [to, , , top] = link.lookup(PDFName.of('Dest'), PDFArray).asArray() as [PDFRef, ...PDFNumber[]];
            return { page: pages.findIndex((page) => page.ref === to), top: top!.asNumber() };
          }) ?? [],
    );
  };

  test('leads from every line to its explanation and back', async () => {
    const account = busyAccount();
    const { document } = await read(account);
    const lines = statement(account).sections.flatMap((section) => section.lines);
    const links = linksOf(document).flat();
    expect(links).toHaveLength(lines.length * 2);
    expect(links.filter(({ page, top }) => page < 0 || !(top > 0))).toEqual([]);
  });

  test('spreads a sum of seven terms over two even rows, the closing balance at the right edge', async () => {
    const { document } = await read(returnedWithTax());
    const drawn = document.context
      .enumerateIndirectObjects()
      .flatMap(([, found]) =>
        found instanceof PDFRawStream ? [Buffer.from(decodePDFRawStream(found).decode()).toString('latin1')] : [],
      )
      .flatMap((stream) => [...stream.matchAll(/ 12\.5 Tf\s([\d.]+) ([\d.]+) Td/g)])
      .map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
    const rows = [...Map.groupBy(drawn, ({ y }) => y).values()];
    expect(rows.map((row) => row.length)).toEqual([4, 3]);
    // A page is 595 points wide, its margin below 60: amounts of the last column begin in the last quarter.
    expect(rows.every((row) => row.at(-1)!.x > 440)).toBe(true);
    expect(rows[1]![0]!.x).toBeGreaterThan(rows[0]![0]!.x + 100);
  });

  test('has its dates from the statement, and its names', async () => {
    const { document } = await read(busyAccount());
    expect(document.getTitle()).toBe('Statement 1, Fjord & Trail');
    expect(document.getAuthor()).toBe('Fjord & Trail');
    expect(document.getCreationDate()?.toISOString()).toBe('2026-04-02T10:00:00.000Z');
    expect(document.getModificationDate()?.toISOString()).toBe('2026-04-02T10:00:00.000Z');
  });

  test('holds outlines that begin where its tables say', async () => {
    const { document } = await read(busyAccount(), { name: 'Łukasz Żółć, Αθήνα & Щукин' });
    const fonts = document.context
      .enumerateIndirectObjects()
      .flatMap(([, found]) => (found instanceof PDFDict && found.has(PDFName.of('FontFile2')) ? [found] : []));
    expect(fonts).toHaveLength(2);
    for (const font of fonts) {
      const file = Buffer.from(decodePDFRawStream(font.lookup(PDFName.of('FontFile2')) as PDFRawStream).decode());
      const starts = outlineStarts(file);
      expect(starts.outlines.length).toBeGreaterThan(40);
      expect(starts.end).toBe(starts.length);
      for (const contours of starts.outlines) expect(contours).toBeGreaterThanOrEqual(-1);
      for (const contours of starts.outlines) expect(contours).toBeLessThan(30);
    }
  });

  test('of 300 lines goes on over pages, and every one of them has a link', async () => {
    const account = new PartnerAccount();
    for (let n = 0; n < 300; n += 1)
      account.order(`S-${n}`, `${addDays('2026-01-01', n >> 3)}T09:00:00.000Z`, [item(1_000)]);
    const { document, bytes } = await read(account);
    expect(document.getPageCount()).toBeGreaterThan(10);
    expect(linksOf(document).flat()).toHaveLength(600);
    expect(bytes.length).toBeLessThan(400_000);
  });

  test.each(['李明 ✂️', 'हिन्दी', 'مرحبا שלום', 'a\u0000b\u202E\n(1) \\', '\ud800', 'x'.repeat(300), ' ', 'ﷺ𝔘'])(
    'takes %j for an order, a partner and a program',
    async (text) => {
      const account = new PartnerAccount().order(text, '2026-03-02T09:00:00.000Z', [item(10_000)]);
      expect((await read(account, { name: text, program: text })).document.getPageCount()).toBe(1);
    },
  );
});

/** Of a TrueType file: the number of contours of each outline by the table of their places, and where the last one ends. */
function outlineStarts(file: Buffer) {
  const tables = Array.from({ length: file.readUInt16BE(4) }, (_, n) => 12 + n * 16).map((at) => ({
    tag: file.toString('latin1', at, at + 4),
    start: file.readUInt32BE(at + 8),
    length: file.readUInt32BE(at + 12),
  }));
  const table = (tag: string) => tables.find((one) => one.tag === tag)!;
  const [loca, glyf] = [table('loca'), table('glyf')];
  const long = file.readUInt16BE(table('head').start + 50) === 1;
  const places = Array.from({ length: loca.length / (long ? 4 : 2) }, (_, n) =>
    long ? file.readUInt32BE(loca.start + n * 4) : file.readUInt16BE(loca.start + n * 2) * 2,
  );
  const outlines = places.slice(0, -1).filter((place, n) => places[n + 1]! > place);
  return {
    outlines: outlines.map((place) => file.readInt16BE(glyf.start + place)),
    end: places.at(-1),
    length: glyf.length,
  };
}

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
      fc.asyncProperty(anyAccount, async (account) => {
        const made = statement(account);
        expect(fingerprints(await documentsOf(made))).toEqual(fingerprints(await documentsOf(statement(account))));
        const total = rowsOf(statementCsv(made)).reduce((sum, { change }) => sum + cents(change || '0'), 0);
        expect(total).toBe(made.closingCents);
      }),
      { numRuns: 20 },
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
