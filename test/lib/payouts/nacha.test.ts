import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../lib/ledger/canonical.ts';
import { bankingDayAfter, isBankingDay, nachaDates } from '../../../lib/payouts/banking-days.ts';
import { type NachaEntry, nachaFile, nachaObstacle } from '../../../lib/payouts/nacha.ts';
import { NachaOrigination } from '../../../lib/payouts/nacha-origination.ts';
import { transliterate } from '../../../lib/payouts/transliterate.ts';
import { readNacha } from '../../support/nacha-reader.ts';
import { origination } from '../../support/payouts.ts';

const DATES = { createdOn: '2026-04-15', createdAt: '04:00', effectiveOn: '2026-04-17' };
const entry = (over: Partial<NachaEntry> = {}): NachaEntry => ({
  itemId: 'itm_7h2mqc01kp3q8z4m',
  amountCents: 12_450,
  accountHolder: 'Søren Müller',
  holderKind: 'person',
  accountType: 'checking',
  routingNumber: '021000021',
  accountNumber: '000123456789',
  ...over,
});
const firm = entry({
  itemId: 'itm_0000000000000001',
  amountCents: 1,
  accountHolder: 'Trail Notes, Inc.',
  holderKind: 'company',
  accountType: 'savings',
  routingNumber: '011401533',
  accountNumber: '77',
});

describe('a NACHA file', () => {
  test('is these records, worked out by hand from the layout', () => {
    const { text, traces, itemCount, totalCents, hash } = nachaFile(origination, DATES, [entry(), firm]);
    expect(text.split('\n')).toEqual([
      '101 091000019 1234567892604150400A094101FIRST BANK             FJORD & TRAIL                  ',
      '5220FJORD TRAIL                         1123456789PPDCOMMISSION260415260417   1091000010000001',
      '622021000021000123456789     0000012450h2mqc01kp3q8z4mSOREN MULLER            0091000010000001',
      `822000000100021000020000000000000000000124501123456789${' '.repeat(25)}091000010000001`,
      '5220FJORD TRAIL                         1123456789CCDCOMMISSION260415260417   1091000010000002',
      '63201140153377               0000000001000000000000001TRAIL NOTES, INC.       0091000010000002',
      `822000000100011401530000000000000000000000011123456789${' '.repeat(25)}091000010000002`,
      `9000002000001000000020003240155000000000000000000012451${' '.repeat(39)}`,
      '9'.repeat(94),
      '9'.repeat(94),
      '',
    ]);
    expect({ itemCount, totalCents, hash }).toEqual({ itemCount: 2, totalCents: 12_451, hash: sha256(text) });
    expect([...traces]).toEqual([
      ['itm_7h2mqc01kp3q8z4m', '091000010000001'],
      ['itm_0000000000000001', '091000010000002'],
    ]);
  });

  test('is the same bytes whatever the order of the entries', () =>
    expect(nachaFile(origination, DATES, [firm, entry()])).toEqual(nachaFile(origination, DATES, [entry(), firm])));

  test.each<[string, readonly NachaEntry[], Partial<typeof DATES>, string]>([
    ['of nobody', [], {}, 'pays somebody'],
    ['with an item twice', [entry(), entry()], {}, 'stands twice'],
    ['made on no day', [entry()], { createdOn: '2026-02-30x' }, 'is no day'],
    ['due on no day', [entry()], { effectiveOn: '2026-13-01' }, 'is no day'],
    ['made at no time', [entry()], { createdAt: '24:00' }, 'is no time of day'],
    ['with an entry that has an obstacle', [entry({ amountCents: 0 })], {}, 'cannot be paid by NACHA file: it pays 0'],
    [
      'whose total does not fit',
      Array.from({ length: 101 }, (_, n) => entry({ itemId: `itm_${n}`, amountCents: 9_999_999_999 })),
      {},
      'do not fit a batch',
    ],
  ])('refuses one %s', (_, entries, dates, message) =>
    expect(() => nachaFile(origination, { ...DATES, ...dates }, entries)).toThrow(message),
  );

  test.each<[string, Partial<NachaEntry>, string | undefined]>([
    ['the largest amount', { amountCents: 9_999_999_999 }, undefined],
    ['a cent more', { amountCents: 10_000_000_000 }, 'more than 99,999,999.99'],
    ['nothing', { amountCents: 0 }, 'pays 0'],
    ['less than nothing', { amountCents: -1 }, 'pays -1'],
    ['half a cent', { amountCents: 0.5 }, 'pays 0.5'],
    ['a routing number with a wrong digit', { routingNumber: '021000022' }, 'routing number'],
    ['an account of 17 characters', { accountNumber: '1'.repeat(17) }, undefined],
    ['an account of 18', { accountNumber: '1'.repeat(18) }, 'more than 17'],
    ['an account that breaks the line', { accountNumber: '1\n2' }, 'or others'],
    ['a name in another script', { accountHolder: '李明' }, 'letters that ACH cannot carry'],
    ['a name with one letter in another script', { accountHolder: 'Ann Б' }, 'letters that ACH cannot carry'],
    ['a name of signs alone', { accountHolder: '★★' }, 'letters that ACH cannot carry'],
  ])('with %s', (_, over, obstacle) => {
    if (obstacle === undefined) expect(nachaObstacle(entry(over))).toBeUndefined();
    else expect(nachaObstacle(entry(over))).toContain(obstacle);
  });

  const routed = fc.integer({ min: 1_000_000, max: 99_999_999 }).map((number) => {
    const eight = String(number).padStart(8, '0');
    const weighted = [...eight].reduce((sum, digit, place) => sum + Number(digit) * [3, 7, 1][place % 3]!, 0);
    return eight + ((10 - (weighted % 10)) % 10);
  });
  const entries = fc.uniqueArray(
    fc.record<NachaEntry>({
      itemId: fc.stringMatching(/^itm_[0-9a-z]{16}$/),
      amountCents: fc.integer({ min: 1, max: 9_999_999_999 }),
      accountHolder: fc.constantFrom('Ann', 'Żółć & Søn', "O'Neill", 'A name longer than twenty-two characters', 'ﬁ Ⅷ'),
      holderKind: fc.constantFrom('person', 'company'),
      accountType: fc.constantFrom('checking', 'savings'),
      routingNumber: routed,
      accountNumber: fc.stringMatching(/^\d{4,17}$/),
    }),
    { selector: ({ itemId }) => itemId, minLength: 1, maxLength: 60 },
  );

  test('a bank reads back every entry: account, amount, kind, name and trace', () =>
    fc.assert(
      fc.property(entries, (wanted) => {
        const file = nachaFile(origination, DATES, wanted);
        const { batches } = readNacha(file.text);
        const read = batches.flatMap(({ entryClass, entries: found }) =>
          found.map(({ trace, ...one }) => ({ ...one, entryClass, trace })),
        );
        expect(read).toHaveLength(wanted.length);
        for (const one of wanted) {
          expect(read.find(({ trace }) => trace === file.traces.get(one.itemId))).toMatchObject({
            entryClass: one.holderKind === 'person' ? 'PPD' : 'CCD',
            transactionCode: one.accountType === 'checking' ? '22' : '32',
            routingNumber: one.routingNumber,
            accountNumber: one.accountNumber,
            amountCents: one.amountCents,
            identification: one.itemId.slice(-15),
            name: transliterate(one.accountHolder)!.slice(0, 22).trimEnd(),
          });
        }
      }),
      { numRuns: 60 },
    ));

  test('a bank refuses a file of which any digit was changed', () => {
    const { text } = nachaFile(origination, DATES, [entry(), firm]);
    const lines = text.split('\n');
    const changed = (line: number, place: number, to: string) =>
      lines.map((one, at) => (at === line ? one.slice(0, place) + to + one.slice(place + 1) : one)).join('\n');
    expect(() => readNacha(changed(2, 38, '1'))).toThrow('batch total');
    expect(() => readNacha(changed(2, 5, '3'))).toThrow('no routing number');
    expect(() => readNacha(changed(7, 12, '2'))).toThrow('blocks');
    expect(() => readNacha(changed(7, 54, '2'))).toThrow('file total');
  });

  test('100,000 entries', () => {
    const many = Array.from({ length: 100_000 }, (_, n) =>
      entry({
        itemId: `itm_${String(n).padStart(16, '0')}`,
        amountCents: n + 1,
        holderKind: n % 3 ? 'person' : 'company',
      }),
    );
    const before = performance.now();
    const { text } = nachaFile(origination, DATES, many);
    const ms = performance.now() - before;
    console.log(`a NACHA file of 100,000 entries: ${Math.round(ms)} ms, ${text.length} bytes`);
    const { batches } = readNacha(text);
    expect(batches.map(({ entries: found }) => found.length)).toEqual([66_666, 33_334]);
  });
});

test.each([
  ['Søren Müller & Co.', 'SOREN MULLER & CO.'],
  ['Straße', 'STRASSE'],
  ['Łódź', 'LODZ'],
  ['O’Neill–Ångström', "O'NEILL-ANGSTROM"],
  ['  two   blanks ', 'TWO BLANKS'],
  ['Ann ★', 'ANN'],
  ['Ελένη', undefined],
  ['', undefined],
])('%s is written %s', (name, written) => expect(transliterate(name)).toBe(written));

describe('banking days', () => {
  test.each([
    ['2026-01-01', false, 'New Year'],
    ['2026-01-19', false, 'Martin Luther King'],
    ['2026-02-16', false, 'Presidents'],
    ['2026-05-25', false, 'Memorial Day'],
    ['2026-05-18', true, 'the Monday before it'],
    ['2026-06-19', false, 'Juneteenth'],
    ['2026-07-03', true, 'the Friday before a fourth of July on a Saturday'],
    ['2026-09-07', false, 'Labor Day'],
    ['2026-10-12', false, 'Columbus Day'],
    ['2026-11-11', false, 'Veterans Day'],
    ['2026-11-26', false, 'Thanksgiving'],
    ['2027-07-05', false, 'the Monday after a fourth of July on a Sunday'],
    ['2026-04-18', false, 'a Saturday'],
    ['2026-04-19', false, 'a Sunday'],
    ['2026-04-20', true, 'a Monday'],
  ])('%s: %s, %s', (day, banking) => expect(isBankingDay(day)).toBe(banking));

  test.each([
    ['2026-04-15', 2, '2026-04-17'],
    ['2026-04-16', 2, '2026-04-20'],
    ['2026-04-18', 0, '2026-04-20'],
    ['2026-04-18', 2, '2026-04-22'],
    ['2026-12-24', 1, '2026-12-28'],
  ])('%s and %i more: %s', (day, days, then) => expect(bankingDayAfter(day, days)).toBe(then));

  test('a file is dated as it is in New York', () =>
    expect(nachaDates('2026-07-03T02:30:00.000Z', 2)).toEqual({
      createdOn: '2026-07-02',
      createdAt: '22:30',
      effectiveOn: '2026-07-06',
    }));
});

test.each([
  ['a destination with a wrong digit', { immediateDestination: '091000018' }, 'must be a routing number'],
  ['an originating bank with a wrong digit', { odfi: '091000018' }, 'must be a routing number'],
  ['a company name of 17 characters', { companyName: 'x'.repeat(17) }, 'at most 16'],
  ['a name outside ASCII', { companyName: 'Fjörd' }, 'plain ASCII'],
  ['a line break', { companyName: 'a\nb' }, 'plain ASCII'],
  ['an origin of eight digits', { immediateOrigin: '12345678' }, 'nine digits'],
  ['a description of 11 characters', { entryDescription: 'COMMISSIONS' }, 'at most 10'],
])('refuses settings with %s', (_, over, message) => {
  const { error } = NachaOrigination.safeParse({ ...origination, ...over });
  expect(error?.issues.map((issue) => issue.message).join()).toContain(message);
});
