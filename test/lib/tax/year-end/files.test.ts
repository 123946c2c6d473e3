import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyFile, submissionFiles } from '../../../../lib/documents/submission-files.ts';
import { TaxFiler } from '../../../../lib/tax/year-end/filer.ts';
import type { PayeeIdentity } from '../../../../lib/tax/year-end/identity.ts';
import { irisCsv } from '../../../../lib/tax/year-end/iris-csv.ts';
import { irisHeader, knownHeader, NewIrisHeader } from '../../../../lib/tax/year-end/iris-header.ts';
import { irisXml } from '../../../../lib/tax/year-end/iris-xml.ts';
import { dollars, irsText } from '../../../../lib/tax/year-end/irs-text.ts';
import { pub1220 } from '../../../../lib/tax/year-end/pub-1220.ts';
import type { NamedRecord, NamedSubmission } from '../../../../lib/tax/year-end/submission.ts';
import {
  readCsv,
  readIrisCsv,
  readIrisXml,
  readPdf,
  readPub1220,
  readXml,
  sumOf,
  under,
} from '../../../support/return-readers.ts';

const address = { line1: '12 Ridge Road', line2: 'Apt. 4', city: 'Boulder', state: 'CO', zip: '80302-1234' };
const filer = TaxFiler.parse({
  ...{ name: 'The Aurora & Sons, Inc.', tradeName: 'Aurora', ein: '45-6789012', tcc: 'D1234', phone: '4155550100' },
  ...{ email: 'tax@aurora.example', contact: 'Ben Ito', stateIds: { CO: '12345678' }, combinedStates: ['CA'] },
  address: { line1: '1 Market St', city: 'San Francisco', state: 'CA', zip: '94105' },
});
const person: PayeeIdentity = {
  tin: '123456789',
  tinType: 'ssn',
  person: { first: 'Mára', last: 'Łindt' },
  name: 'Mára Łindt',
  address,
};
const record = (over: Partial<NamedRecord> = {}): NamedRecord => ({
  ...{ recordId: 1, partnerId: 'ptr_01kp3q8z4m7yc2hd', kind: 'original', formVersion: 1, tinLast4: '6789', copy: true },
  ...{
    secondNotice: false,
    compensationCents: 2_150_05,
    withheldCents: 0,
    payee: person,
    basis: { reporting: {}, journals: {} },
  },
  ...over,
});
const submission = (records: readonly NamedRecord[], over: Partial<NamedSubmission> = {}): NamedSubmission => ({
  ...{
    brandId: 'brd_aaaaaa',
    year: 2025,
    number: 7,
    destination: 'US',
    kind: 'original',
    filerVersion: 1,
    filer,
    records,
  },
  ...{ at: '2026-01-20T10:00:00.000Z', header: knownHeader(2025)!, ...over },
});

describe('a text for the IRS', () => {
  test.each([
    ['Søren Müller & Co.', 'SOREN MULLER & CO'],
    ['Łukasz O’Brien-Smith', "LUKASZ O'BRIEN-SMITH"],
    ['12 Main St., Apt #4 (rear)', '12 MAIN ST APT #4 (REAR)'],
    ['=HYPERLINK("x")', 'HYPERLINK( X )'],
    ['-1+2@3', '1 2 3'],
    ['山田', undefined],
    ['...', undefined],
  ])('%s', (text, written) => expect(irsText(text, 40)).toBe(written));

  test('is never longer than it may be and never begins with a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (text, most) => {
        const written = irsText(text, most);
        if (written !== undefined) expect(written).toMatch(new RegExp(`^[A-Z0-9&#()][A-Z0-9 &'#()-]{0,${most - 1}}$`));
      }),
    );
    expect([dollars(0), dollars(5), dollars(123_456)]).toEqual(['0.00', '0.05', '1234.56']);
  });
});

describe('the portal’s CSV', () => {
  test('has the header as it is known for the year, and every column of every record', () => {
    const text = irisCsv(
      submission([
        record({ state: 'CO' }),
        record({ payee: { ...person, businessName: 'Trail Notes' }, state: 'CA', withheldCents: 24_00 }),
      ]),
    );
    const [header] = readCsv(text);
    expect(header).toHaveLength(54);
    expect(text).toContain('"Box 2 - Payer made direct sales totaling $5,000 or more');
    const [first, second] = readIrisCsv(text);
    expect(first!.columns).toMatchObject({
      ...{
        'Form Type': '1099-NEC',
        'Tax Year': '2025',
        'Payer Taxpayer ID Number': '456789012',
        'Recipient TIN Type': 'SSN',
      },
      ...{ 'Payer Business or Entity Name Line 1': 'THE AURORA & SONS INC', 'Recipient First Name': 'MARA' },
      ...{
        'Recipient Last Name (Surname)': 'LINDT',
        'Recipient Address Line 2': 'APT 4',
        'Combined Federal/State Filing': 'N',
      },
      ...{
        'State 1': 'CO',
        'State 1 - State/Payer state number': '12345678',
        'State 1 - State income': '2150.05',
        'State 2': '',
      },
      ...{
        'Box 1 - Nonemployee Compensation': '2150.05',
        'Box 4 - Federal income tax withheld': '',
        '2nd TIN Notice': 'N',
      },
    });
    expect(second).toMatchObject({
      name: 'MARA LINDT',
      mark: 'B',
      withheldCents: 24_00,
      columns: { 'Combined Federal/State Filing': 'Y' },
    });
  });

  test('of a year whose template changed is filled by a pasted header, without any code', () => {
    const titles = [
      ...['Form Type*', 'Tax Year*', 'Issuer TIN*', 'Issuer Business or Entity Name Line 1*', 'Issuer Address Line 1*'],
      ...['Issuer City*', 'Issuer State*', 'Issuer ZIP Code*', 'Recipient TIN Type*', 'Recipient TIN*'],
      ...['Recipient Business or Entity Name Line 1', 'Recipient First Name', 'Recipient Last Name'],
      ...[
        'Recipient Address Line 1*',
        'Recipient City*',
        'Recipient State*',
        'Recipient ZIP Code*',
        'Form Account Number',
      ],
      ...['Box 1a - Nonemployee compensation', 'Box 1b - Cash tips', 'Box 4 - Federal income tax withheld', 'Season'],
    ];
    const read = (more: object) => irisHeader(NewIrisHeader.parse({ header: titles.join('\t'), ...more }));
    expect(() => read({})).toThrow('"Season"');
    const header = read({ fields: { Season: '=Winter' } });
    const [one] = readIrisCsv(irisCsv(submission([record()], { year: 2026, header })));
    expect(one).toMatchObject({ compensationCents: 2_150_05, tin: '123456789' });
    expect(one!.columns).toMatchObject({ Season: 'Winter', 'Box 1b - Cash tips': '', 'Tax Year*': '2026' });
  });

  const known = knownHeader(2025)!.columns.map(({ title }) => `"${title}"`);
  test.each([
    ['a column nobody knows', [...known, 'Colour'].join(','), {}, '"Colour"'],
    [
      'no column for the number',
      known.filter((title) => !/Recipient Taxpayer/.test(title)).join(','),
      {},
      'recipientTin',
    ],
    ['a column twice', [...known, '"Recipient Taxpayer ID Number"'].join(','), {}, 'more than one'],
    ['two rows', `${known.join(',')}\r\n1099-NEC,2025`, {}, 'one row'],
    ['quotes that do not match', `${known.join(',')},"Colour`, {}, 'quotes'],
    ['a filling for no column', known.join(','), { Colour: 'blank' }, 'no column'],
  ])('refuses a header with %s', (_, header, fields, words) => {
    expect(() => irisHeader(NewIrisHeader.parse({ header, fields }))).toThrow(words);
  });

  test('takes the known template with its payers called issuers, and a column without a title once it is filled', () => {
    const issuers = known.map((title) => title.replaceAll(/payer/gi, 'Issuer'));
    const read = (more: object) =>
      irisHeader(NewIrisHeader.parse({ header: `${issuers.join(',')},`, ...more })).columns.map(({ fill }) => fill);
    expect(() => read({})).toThrow('`fields`');
    expect(read({ fields: { '': 'blank' } })).toEqual([...knownHeader(2025)!.columns.map(({ fill }) => fill), 'blank']);
  });

  test.each(['=-1', "='A", '= A', '==A', '=@A'])(
    'fills no column with %s, which a spreadsheet might compute',
    (fill) => {
      const asked = { header: `${known.join(',')},Colour`, fields: { Colour: fill } };
      expect(NewIrisHeader.safeParse(asked).success).toBe(false);
    },
  );

  test('takes a hundred records and not one more', () => {
    const many = (count: number) =>
      submission(Array.from({ length: count }, (_, place) => record({ recordId: place + 1 })));
    expect(readIrisCsv(irisCsv(many(100)))).toHaveLength(100);
    expect(() => irisCsv(many(101))).toThrow('101 records');
  });
});

describe('the XML', () => {
  test('has the order of the schema, and the same submission is the same transmission', () => {
    const text = irisXml(
      submission([record({ state: 'CA' }), record({ recordId: 2, payee: { ...person, businessName: "A & B's <x>" } })]),
    );
    expect(
      irisXml(
        submission([
          record({ state: 'CA' }),
          record({ recordId: 2, payee: { ...person, businessName: "A & B's <x>" } }),
        ]),
      ),
    ).toBe(text);
    const root = readXml(text);
    expect(under(root, 'IRTransmissionManifest', 'UniqueTransmissionId').text).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}:IRIS:D1234::A$/,
    );
    const [first, second] = under(root, 'IRSubmission1Grp', 'IRSubmission1Detail').children;
    expect(first!.children.map(({ tag }) => tag)).toEqual([
      ...[
        'TaxYr',
        'RecordId',
        'CFSFElectionStateCd',
        'VoidInd',
        'CorrectedInd',
        'RecipientDetail',
        'RecipientAccountNum',
      ],
      ...[
        'SecondTINNoticeInd',
        'NonemployeeCompensationAmt',
        'DirectSaleAboveThresholdInd',
        'FederalIncomeTaxWithheldAmt',
      ],
      'StateLocalTaxGrp',
    ]);
    expect(under(second!, 'RecipientDetail', 'BusinessName', 'BusinessNameLine2Txt').text).toBe("A & B'S X");
    expect(readIrisXml(text)).toMatchObject([{ name: 'MARA LINDT' }, { name: "MARA LINDT A & B'S X" }]);
  });

  test('is written for no year whose schema is not known, and for nobody without a code of their own', () => {
    expect(() => irisXml(submission([record()], { year: 2026 }))).toThrow('2026');
    const { tcc: _, ...without } = filer;
    expect(() => irisXml(submission([record()], { filer: without }))).toThrow('Control Code');
    const names = (over: Partial<NamedSubmission>) =>
      submissionFiles(submission([record()], over)).map(({ name }) => name);
    expect(names({})).toEqual(['iris.xml', 'iris.csv']);
    expect(names({ year: 2026 })).toEqual(['iris.csv']);
    expect(names({ filer: without })).toEqual(['iris.csv']);
    expect(names({ kind: 'corrected' })).toEqual(['corrections.csv']);
    expect(names({ destination: 'CO' })).toEqual(['state.txt']);
  });
});

describe('a file of Pub. 1220', () => {
  test('has its values where the publication has them', () => {
    const business: PayeeIdentity = { tin: '987654321', tinType: 'ein', name: 'The Fifty & Sons LP', address };
    const text = pub1220(
      submission(
        [
          record({ kind: 'corrected', secondNotice: true }),
          record({ kind: 'refiled', payee: business, withheldCents: 516_01 }),
        ],
        { destination: 'CO' },
      ),
    );
    const [transmitter, payer, first, second, , state] = text.split('\r\n');
    const at = (line: string | undefined, from: number, to: number) => line!.slice(from - 1, to).trimEnd();
    expect([at(transmitter, 2, 5), at(transmitter, 7, 15), at(transmitter, 16, 20)]).toEqual([
      '2025',
      '456789012',
      'D1234',
    ]);
    expect([at(payer, 12, 20), at(payer, 21, 24), at(payer, 26, 27), at(payer, 28, 45)]).toEqual([
      '456789012',
      'AURO',
      'NE',
      '14',
    ]);
    expect([at(first, 6, 6), at(first, 7, 10), at(first, 11, 11), at(first, 544, 544)]).toEqual([
      'G',
      'LIND',
      '2',
      '2',
    ]);
    expect([at(first, 288, 327), at(first, 368, 407), at(first, 490, 498)]).toEqual([
      'LINDT MARA',
      '12 RIDGE ROAD APT 4',
      '803021234',
    ]);
    expect([at(second, 6, 6), at(second, 7, 10), at(second, 11, 20), at(second, 91, 102)]).toEqual([
      'C',
      'FIFT',
      '1987654321',
      '000000051601',
    ]);
    expect(at(state, 747, 748)).toBe('07');
    expect(readPub1220(text)).toMatchObject([
      { mark: 'G', state: '07' },
      { mark: 'C', withheldCents: 516_01 },
    ]);
  });
});

test('every format says the same of any returns, to the cent', () => {
  const amounts = fc.record({
    compensationCents: fc.integer({ min: 0, max: 9_999_999_999 }),
    withheldCents: fc.integer({ min: 0, max: 9_999_999_999 }),
    name: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter((text) => irsText(text, 30) !== undefined),
    tin: fc.stringMatching(/^[1-8]\d{8}$/),
  });
  fc.assert(
    fc.property(fc.array(amounts, { minLength: 1, maxLength: 20 }), (given) => {
      const records = given.map(({ name, tin, ...cents }, place) =>
        record({ ...cents, recordId: place + 1, payee: { tin, tinType: 'ein', name, address } }),
      );
      const sums = {
        records: given.length,
        compensationCents: given.reduce((sum, one) => sum + one.compensationCents, 0),
        withheldCents: given.reduce((sum, one) => sum + one.withheldCents, 0),
      };
      const [csv, xml, state] = [
        readIrisCsv(irisCsv(submission(records))),
        readIrisXml(irisXml(submission(records))),
        readPub1220(pub1220(submission(records, { destination: 'CO' }))),
      ];
      expect([csv, xml, state].map(sumOf)).toEqual([sums, sums, sums]);
      expect([csv, xml, state].map((all) => all.map(({ tin }) => tin))).toEqual(
        Array(3).fill(given.map(({ tin }) => tin)),
      );
    }),
    { numRuns: 50 },
  );
});

describe('a recipient’s copy', () => {
  const textsOf = async (over: Partial<NamedRecord>, of: Partial<NamedSubmission> = {}) => {
    const made = await copyFile(submission([], of), record(over));
    return made && readPdf(made.body as Uint8Array);
  };

  test('has the boxes of its year and the end of the number alone', async () => {
    const texts = (await textsOf({ withheldCents: 24_00, state: 'CO' }, { year: 2026 }))!;
    expect(texts).toEqual(
      expect.arrayContaining(['1a  Nonemployee compensation', '$ 2,150.05', '$ 24.00', 'CO / 12345678', 'XXX-XX-6789']),
    );
    expect(texts.join('\n')).not.toContain('123456789');
    expect(await textsOf({ payee: { ...person, tinType: 'ein' } })).toContain('XX-XXX6789');
    expect((await textsOf({}, { year: 2024 }))!.join('\n')).not.toMatch(/1a|parachute/);
  });

  test('says what is corrected, and is given for no record that repeats what the IRS was told', async () => {
    expect(await textsOf({})).not.toContain('CORRECTED');
    expect(await textsOf({ kind: 'corrected' }, { kind: 'corrected' })).toContain('CORRECTED');
    expect(await textsOf({ kind: 'refiled' })).toContain('CORRECTED');
    expect((await textsOf({ kind: 'zeroed' }, { kind: 'corrected' }))!.join(' ')).toContain('takes back');
    expect(await textsOf({ copy: false })).toBeUndefined();
    expect((await textsOf({}, { destination: 'CO' }))!.join(' ')).toContain('tax authority of CO');
  });

  test('is made of any name, and the same twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), async (name) => {
        const make = () => copyFile(submission([]), record({ payee: { ...person, name } }));
        const [once, twice] = [await make(), await make()];
        expect(Buffer.compare(once!.body as Buffer, twice!.body as Buffer)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
