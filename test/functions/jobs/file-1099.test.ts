import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { atOnce } from '../../../lib/at-once.ts';
import { derive } from '../../../lib/ids.ts';
import { sha256 } from '../../../lib/ledger/canonical.ts';
import { taxFilers } from '../../../lib/store/tax-filers.ts';
import { taxReturns } from '../../../lib/store/tax-returns.ts';
import { taxSettings } from '../../../lib/store/tax-settings.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { knownHeader } from '../../../lib/tax/year-end/iris-header.ts';
import { type FilingSteps, figures, file1099, filingSteps, madeBy, payeesOf } from '../../support/filing.ts';
import { type JobsGround, jobsGround, SPENT, untilDone } from '../../support/jobs-ground.ts';
import { AS_OF, address, entity, type Payees, payeesOn, w8, w9, YEAR } from '../../support/payees.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { readCsv, readIrisCsv, readIrisXml, readPdf, readPub1220, sumOf } from '../../support/return-readers.ts';

let ground: JobsGround;
let steps: FilingSteps;
let payees: Payees;
beforeAll(async () => {
  ground = await jobsGround();
  steps = await filingSteps();
  payees = payeesOn(ground);
});
afterAll(() => ground.stop());

const LATER = '2026-03-02T10:00:00.000Z';

const returns = () => taxReturns(ground.engine.client, ground.tables.core);
const filer: Payees['filer'] = (...told) => payees.filer(...told);
const handIn: Payees['handIn'] = (...told) => payees.handIn(...told);
const pay: Payees['pay'] = (...told) => payees.pay(...told);
const bounce: Payees['bounce'] = (...told) => payees.bounce(...told);
const payee: Payees['payee'] = (...told) => payees.payee(...told);
const ledgerTotal: Payees['ledgerTotal'] = (...told) => payees.ledgerTotal(...told);

const orderOf = ({ brandId }: GivenProgram, input: object = {}) => ({ brandId, year: YEAR, asOf: AS_OF, ...input });
const file = (program: GivenProgram, input: object = {}) => file1099(steps, orderOf(program, input));

const folder = ({ brandId }: GivenProgram, number: number, destination = 'US') =>
  `tax/${brandId}/${YEAR}/${String(number).padStart(6, '0')}-${destination}`;
const document = (program: GivenProgram, number: number, name: string, destination?: string) => {
  const text = ground.document(`${folder(program, number, destination)}/${name}`);
  if (text === undefined) throw new Error(`submission ${number} has no ${name}`);
  return text;
};
const listOf = async (program: GivenProgram) =>
  new Map(
    (await payeesOf(returns(), { brandId: program.brandId, year: YEAR })).map((one) => [one.partnerId, one.assessment]),
  );

describe('the returns of a year', () => {
  test('are those of who is reported and reached the threshold, and add up to the ledger with everybody else', async () => {
    const program = await givenProgram(ground, 'year');
    await filer(program, { tcc: 'D1234' });
    const mara = await payee(program, 'Mara', w9({ businessName: 'Trail Notes' }), 400_00, 200_00);
    const small = await payee(program, 'Small', w9({ tin: { box: 'ssn', number: '123-45-6780' } }), 599_99);
    const partnership = await payee(program, 'Fifty', entity('Fifty & Sons LP', 'partnership', '12-3456780'), 9_000_01);
    const corporation = await payee(program, 'Corp', entity('Corp Inc', 'c-corporation', '12-3456781'), 50_000_00);
    const unknown = await payee(program, 'Unknown', undefined, 700_00);
    const withheld = await payee(
      program,
      'Withheld',
      w9({ person: { first: 'Łukasz', last: "O'Brien" }, tin: { box: 'ssn', number: '123-45-6781' } }),
    );
    await pay(program, withheld, '2025-05-05', 100_00, 24_00);
    const foreign = await payee(program, 'Foreign', w8(), 2_000_00);
    const all = [mara, small, partnership, corporation, unknown, withheld, foreign];

    const { made, summary } = await file(program);
    expect(made).toEqual([1]);
    const { paid, withheld: kept } = await ledgerTotal(program, all);
    expect(summary).toEqual({
      ...{ payees: 7, grossCents: paid, reportedByProviderCents: 0, form945Cents: kept },
      filed: { payees: 3, cents: 9_700_01, withheldCents: 24_00 },
      changed: { payees: 0, cents: 0 },
      due: { payees: 0, cents: 0 },
      blocked: { payees: 1, cents: 700_00 },
      notDue: { payees: 3, cents: 52_599_99 },
    });
    const csv = readIrisCsv(document(program, 1, 'iris.csv'));
    const xml = readIrisXml(document(program, 1, 'iris.xml'));
    expect(sumOf(csv)).toEqual({ records: 3, compensationCents: 9_700_01, withheldCents: kept });
    expect(sumOf(xml)).toEqual(sumOf(csv));
    const byAccount = Object.fromEntries(csv.map((one) => [one.account, one]));
    expect(byAccount[mara]).toMatchObject({
      tin: '123456789',
      name: 'MARA LINDT',
      mark: 'B',
      compensationCents: 600_00,
    });
    expect(byAccount[withheld]).toMatchObject({ name: "LUKASZ O'BRIEN", mark: 'I', withheldCents: 24_00 });
    expect(byAccount[partnership]).toMatchObject({ name: 'FIFTY & SONS LP', mark: 'B' });
    const list = await listOf(program);
    expect(list.get(unknown)!.problems).toMatchObject([{ code: 'no-tax-form', blocks: true }]);
    expect(list.get(corporation)!.federal).toMatchObject({ file: false });

    const copies = ground.documents(`${folder(program, 1)}/recipients/`).map((key) => key.slice(-24, -4));
    expect(copies.sort()).toEqual([mara, partnership, withheld].sort());
    const { client } = ground.engine;
    const submission = await taxReturns(client, ground.tables.core).submission(
      { brandId: program.brandId, year: YEAR },
      1,
    );
    expect(submission!.files!['iris.csv']).toBe(sha256(document(program, 1, 'iris.csv')));
  });

  test('are due also from whom a provider took back in the year, before it kept of which, as much as the brand paid', async () => {
    const program = await givenProgram(ground, 'balanced');
    await filer(program);
    const { brandId } = program;
    const reporting = TaxSettings.parse({ reporting: { paypal: 'provider' } });
    const auditId = derive('audit', brandId, 'settings');
    const entry = { auditId, brandId, at: AS_OF, person: 'p', keyId: 'k', action: 'setTaxSettings', target: 't' };
    await taxSettings(ground.engine.client, ground.tables.core).set(brandId, reporting, () => entry);
    const mara = await payee(program, 'Mara', w9());
    await pay(program, mara, '2024-12-10', 3_000_00, 0, 'paypal');
    await pay(program, mara, '2025-03-10', 3_000_00);
    await bounce(program, mara, '2024-12-10', 3_000_00, '2025-04-01T12:00:00.000Z', 'paypal', { paidOn: undefined });

    const { made, summary } = await file(program);
    expect(made).toEqual([1]);
    expect(summary).toMatchObject({
      ...{ payees: 1, grossCents: 3_000_00, reportedByProviderCents: -3_000_00 },
      filed: { payees: 1, cents: 3_000_00 },
    });
  });

  test('run again make nothing and write nothing; who is due since then goes out alone', async () => {
    const program = await givenProgram(ground, 'again');
    await filer(program);
    await payee(program, 'Ann', w9(), 800_00);
    const late = await payee(program, 'Late', undefined, 900_00);
    const first = await file(program);
    expect(first.summary).toMatchObject({ filed: { payees: 1 }, blocked: { payees: 1 } });
    const stored = ground.documents(`tax/${program.brandId}/`);
    const again = await file(program);
    expect(again).toMatchObject({ made: [], summary: first.summary });
    expect((await file(program, { mode: 'corrected' })).made).toEqual([]);
    expect(ground.documents(`tax/${program.brandId}/`)).toEqual(stored);

    await handIn(program, late, w9({ tin: { box: 'ssn', number: '123-45-6780' } }));
    expect((await file(program)).made).toEqual([2]);
    expect(readIrisCsv(document(program, 2, 'iris.csv')).map(({ account }) => account)).toEqual([late]);
  });

  test('are made by a dry run as figures alone, also while the year is not over', async () => {
    const program = await givenProgram(ground, 'dry');
    await payee(program, 'Ann', w9(), 800_00);
    const { made, summary } = await file(program, { dryRun: true, asOf: '2025-12-31T10:00:00.000Z' });
    expect({ made, due: summary.due }).toEqual({ made: [], due: { payees: 1, cents: 800_00 } });
    expect(ground.documents(`tax/${program.brandId}/`)).toEqual([]);
    await expect(file(program, { asOf: '2025-12-31T10:00:00.000Z' })).rejects.toThrow('was not over');
    await expect(file(program)).rejects.toThrow('PUT /v1/tax-filer');
  });

  test('go out in files of at most 98 records, each payee once', async () => {
    const program = await givenProgram(ground, 'many');
    await filer(program);
    const all = await atOnce(8, Array(105).fill(600_00) as number[], (cents, place) =>
      payee(program, `P${place}`, w9({ tin: { box: 'ssn', number: `123-45-${1000 + place}` } }), cents + place),
    );
    const { summary } = await file(program);
    const files = [1, 2].map((number) => readIrisCsv(document(program, number, 'iris.csv')));
    expect(files.map((one) => one.length)).toEqual([98, 7]);
    expect(new Set(files.flat().map(({ account }) => account))).toEqual(new Set(all));
    expect(sumOf(files.flat()).compensationCents).toBe((await ledgerTotal(program, all)).paid);
    expect(summary.filed.cents).toBe(summary.grossCents);
    expect(await returns().submission({ brandId: program.brandId, year: YEAR }, 3)).toBeUndefined();
  }, 60_000);

  test('wait for nobody: a name that the IRS cannot carry, and payments in other currencies, are told and left out', async () => {
    const program = await givenProgram(ground, 'told');
    await filer(program);
    await payee(program, 'Ann', w9(), 800_00);
    const jun = await payee(program, 'Jun', w9({ person: { first: '淳', last: '山田' } }), 800_00);
    const { made, summary } = await file(program);
    expect({ made, blocked: summary.blocked }).toEqual({ made: [1], blocked: { payees: 1, cents: 800_00 } });
    expect((await listOf(program)).get(jun)!.problems).toMatchObject([{ code: 'name-not-writable', blocks: true }]);
    expect(readIrisCsv(document(program, 1, 'iris.csv'))).toHaveLength(1);
  });
});

describe('a correction', () => {
  test('of an amount is one record that names what it corrects; of a name two, the second an original', async () => {
    const program = await givenProgram(ground, 'corrected');
    await filer(program, { tcc: 'D1234' });
    const less = await payee(program, 'Less', w9(), 500_00, 700_00);
    const other = await payee(program, 'Other', w9({ tin: { box: 'ssn', number: '123-45-6780' } }), 900_00);
    const same = await payee(program, 'Same', w9({ tin: { box: 'ssn', number: '123-45-6781' } }), 1_000_00);
    await file(program);
    // Of the same year, told late: a chain's journals are in order of time, so the other payment came back within the year.
    await bounce(program, less, '2025-03-10', 500_00, '2025-12-30T10:00:00.000Z');
    const right = w9({ person: { first: 'Olga', last: 'Other' }, tin: { box: 'ssn', number: '123-45-9999' } });
    await handIn(program, other, right, '2026-02-10T10:00:00.000Z');
    // Moved, and written in another way: the same taxpayer.
    const moved = w9({
      person: { first: 'MARA', last: 'Líndt' },
      tin: { box: 'ssn', number: '123-45-6781' },
      address: { ...address, city: 'Waco' },
    });
    await handIn(program, same, moved, '2026-02-10T10:00:00.000Z');
    expect((await file(program, { asOf: LATER })).made).toEqual([]);

    const { made, summary } = await file(program, { mode: 'corrected', asOf: LATER });
    expect(made).toEqual([2, 3]);
    expect(summary).toMatchObject({ filed: { payees: 3, cents: 2_600_00 }, changed: { payees: 0, cents: 0 } });
    const [, ...rows] = readCsv(document(program, 2, 'corrections.csv'));
    expect(rows.map((row) => row.slice(2, 8)).sort()).toEqual(
      [
        [less, '6789', 'amounts', expect.stringMatching(/^submission 1 record \d$/), '1200.00', '700.00'],
        [other, '6780', 'take back', expect.stringMatching(/^submission 1 record \d$/), '900.00', '0.00'],
      ].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    );
    expect(readIrisCsv(document(program, 3, 'iris.csv'))).toMatchObject([
      { account: other, tin: '123459999', name: 'OLGA OTHER', compensationCents: 900_00 },
    ]);
    expect((await file(program, { mode: 'corrected', asOf: LATER })).made).toEqual([]);

    // XML of corrections names the receipt of what is corrected, and is written once that is known.
    const of = { brandId: program.brandId, year: YEAR };
    expect(ground.document(`${folder(program, 2)}/iris.xml`)).toBeUndefined();
    const entry = {
      auditId: derive('audit', 'receipt'),
      brandId: program.brandId,
      at: LATER,
      person: 'p',
      keyId: 'k',
      action: 'a',
      target: 't',
    };
    await returns().receive(of, 1, '2026-71234567890-1a2b3c4d', entry);
    await file(program, { rewrite: 2, asOf: LATER });
    const xml = document(program, 2, 'iris.xml');
    expect(readIrisXml(xml).map(({ mark }) => mark)).toEqual(['1', '1']);
    expect(xml).toContain('<UniqueRecordId>2026-71234567890-1a2b3c4d|1|');
    expect(xml).toContain('<TransmissionTypeCd>C</TransmissionTypeCd>');
    const copy = ground.documents(`${folder(program, 3)}/recipients/`);
    expect(copy).toHaveLength(1);
  });

  test('follows when a payment of the year comes back after it was filed: given back with its tax, then the old year is less', async () => {
    const program = await givenProgram(ground, 'came back');
    await filer(program);
    // Given two payments of 2025, one on its last day, of which tax was withheld; and one of the new year.
    const ann = await payee(program, 'Ann', w9(), 800_00);
    await pay(program, ann, '2025-12-31', 500_00, 120_00);
    await pay(program, ann, '2026-01-05', 300_00);
    const bea = await payee(program, 'Bea', w9({ tin: { box: 'ssn', number: '123-45-6780' } }));
    await pay(program, bea, '2025-12-31', 700_00);
    const first = await file(program);
    expect(first.summary).toMatchObject({
      ...{ grossCents: 2_000_00, form945Cents: 120_00 },
      filed: { payees: 2, cents: 2_000_00, withheldCents: 120_00 },
    });

    // When both payments of December 31 come back in January and February,
    await bounce(program, ann, '2025-12-31', 500_00, '2026-01-25T12:00:00.000Z', 'external', { withheldCents: 120_00 });
    await bounce(program, bea, '2025-12-31', 700_00, '2026-02-10T12:00:00.000Z');

    // then an original run says what changed and files nothing, and the run for corrections files it: less, and nothing at all.
    const told = await file(program, { asOf: LATER });
    expect(told.made).toEqual([]);
    expect(told.summary).toMatchObject({
      ...{ grossCents: 800_00, form945Cents: 0 },
      filed: { payees: 2, cents: 2_000_00, withheldCents: 120_00 },
      changed: { payees: 2, cents: -1_200_00 },
    });
    const { made, summary } = await file(program, { mode: 'corrected', asOf: LATER });
    expect(made).toEqual([2]);
    expect(summary).toMatchObject({
      filed: { payees: 1, cents: 800_00, withheldCents: 0 },
      changed: { payees: 0, cents: 0 },
    });
    const [, ...rows] = readCsv(document(program, 2, 'corrections.csv'));
    expect(rows.map((row) => [row[2], row[4], ...row.slice(6, 8)]).sort()).toEqual(
      [
        [ann, 'amounts', '1300.00', '800.00'],
        [bea, 'take back', '700.00', '0.00'],
      ].sort(([a], [b]) => (a! < b! ? -1 : 1)),
    );
    // The new year has its own payment and nothing below it.
    const next = await file(program, { year: 2026, dryRun: true, asOf: LATER });
    expect(next.summary).toMatchObject({ payees: 1, grossCents: 300_00, form945Cents: 0 });
    expect((await file(program, { mode: 'corrected', asOf: LATER })).made).toEqual([]);
  });

  test('of somebody who turns out to be exempt takes the return back', async () => {
    const program = await givenProgram(ground, 'exempt');
    await filer(program);
    const partnerId = await payee(program, 'Now exempt', entity('Now Exempt', 'partnership'), 900_00);
    await file(program);
    await handIn(program, partnerId, entity('Now Exempt', 'c-corporation'), '2026-02-10T10:00:00.000Z');
    const { made, summary } = await file(program, { mode: 'corrected', asOf: LATER });
    expect({ made, notDue: summary.notDue, filed: summary.filed }).toMatchObject({
      made: [2],
      notDue: { payees: 1, cents: 900_00 },
      filed: { payees: 0, cents: 0 },
    });
    expect((await file(program, { mode: 'corrected', asOf: LATER })).made).toEqual([]);
  });
});

describe('files', () => {
  test('show the whole number to the IRS and its last four to the recipient, and are the same when written again', async () => {
    const program = await givenProgram(ground, 'copies');
    await filer(program);
    const partnerId = await payee(program, 'Ann', w9(), 1_234_56);
    await file(program);
    const key = `${folder(program, 1)}/recipients/${partnerId}.pdf`;
    const before = ground.bytes(key)!;
    const texts = readPdf(before);
    expect(texts).toEqual(
      expect.arrayContaining(['XXX-XX-6789', '$ 1,234.56', 'Mara Lindt', '45-6789012', `Calendar year ${YEAR}`]),
    );
    expect(texts.join('\n')).not.toMatch(/123-?45-?6789/);
    const csv = document(program, 1, 'iris.csv');
    await file(program, { rewrite: 1, asOf: LATER });
    expect(Buffer.compare(ground.bytes(key)!, before)).toBe(0);
    expect(document(program, 1, 'iris.csv')).toBe(csv);
    await expect(file(program, { rewrite: 9 })).rejects.toThrow('no submission 9');
  });
});

describe('a state that takes a file of its own', () => {
  test('gets its returns in the layout of Pub. 1220, also those that the IRS does not want; one it forwards to gets none', async () => {
    const asOf = '2027-01-12T10:00:00.000Z';
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(asOf) });
    try {
      const program = await givenProgram(ground, 'states');
      await filer(program, { combinedStates: ['CA', 'WI'] });
      const from = (state: string, last: number) =>
        w9({ address: { ...address, state }, tin: { box: 'ssn', number: `123-45-678${last}` } });
      const given = [
        ['Small in CO', from('CO', 1), 700_00],
        ['Large in CO', from('CO', 2), 2_500_00],
        ['Small in WI', from('WI', 3), 800_00],
        ['Small in TX', from('TX', 4), 900_00],
      ] as const;
      const ids: string[] = [];
      for (const [name, form, cents] of given) {
        const partnerId = await payee(program, name, form);
        await pay(program, partnerId, '2026-03-10', cents);
        ids.push(partnerId);
      }
      const [smallCo, largeCo, smallWi] = ids as [string, string, string, string];
      const run = (input: object = {}) => file(program, { year: 2026, asOf, ...input });
      await expect(run()).rejects.toThrow('PUT /v1/tax-years/2026/iris-header');
      const header = { ...knownHeader(2025)!, brandId: program.brandId, year: '2026', changedAt: asOf, revision: 1 };
      const entry = {
        auditId: derive('audit', 'header'),
        brandId: program.brandId,
        at: asOf,
        person: 'p',
        keyId: 'k',
        action: 'a',
        target: 't',
      };
      await taxFilers(ground.engine.client, ground.tables.core).putHeader(header, undefined, entry);
      const { made, summary } = await run();
      expect({ made, filed: summary.filed.payees, notDue: summary.notDue }).toEqual({
        made: [1, 2],
        filed: 2,
        notDue: { payees: 2, cents: 1_600_00 },
      });
      const folderOf = (name: string) => `tax/${program.brandId}/2026/${name}`;
      const csv = readIrisCsv(ground.document(folderOf('000001-US/iris.csv'))!);
      const forwarded = Object.fromEntries(
        csv.map(({ account, columns }) => [account, columns['Combined Federal/State Filing']]),
      );
      expect(forwarded).toEqual({ [largeCo]: 'N', [smallWi]: 'Y' });
      const state = readPub1220(ground.document(folderOf('000002-CO/state.txt'))!);
      expect(state.map(({ account }) => account).sort()).toEqual([smallCo, largeCo].sort());
      expect(sumOf(state)).toEqual({ records: 2, compensationCents: 3_200_00, withheldCents: 0 });
      // One copy each: who is not at the IRS gets that of the state.
      expect(ground.documents(folderOf('000002-CO/recipients/'))).toEqual([
        folderOf(`000002-CO/recipients/${smallCo}.pdf`),
      ]);
      expect((await run()).made).toEqual([]);
      expect((await run({ mode: 'corrected' })).made).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a run that is cut off', () => {
  test('after every write there is goes on to the same submissions, and nobody is filed twice', async () => {
    const reference = await givenProgram(ground, 'cut-0');
    await filer(reference);
    const names = ['Ann', 'Ben', 'Cid'];
    const filed = async (program: GivenProgram) => {
      const all = await payeesOf(returns(), { brandId: program.brandId, year: YEAR });
      return all
        .flatMap(({ filed: records }) => records)
        .map(({ submission, compensationCents }) => ({ submission, compensationCents }))
        .sort((a, b) => a.compensationCents - b.compensationCents);
    };
    for (const [place, name] of names.entries()) await payee(reference, name, w9(), 700_00 + place);
    const whole = await file(reference);
    for (let writes = 0; writes < 6; writes += 1) {
      const program = await givenProgram(ground, `cut-${writes + 1}`);
      await filer(program);
      for (const [place, name] of names.entries()) await payee(program, name, w9(), 700_00 + place);
      ground.crashAfter(writes);
      await file(program).catch(() => {});
      ground.heal();
      const { summary } = await file(program);
      expect(summary).toEqual(whole.summary);
      expect(await filed(program)).toEqual(await filed(reference));
      expect(sumOf(readIrisCsv(document(program, 1, 'iris.csv')))).toEqual({
        records: 3,
        compensationCents: 2_100_03,
        withheldCents: 0,
      });
    }
  }, 120_000);

  test('by its time hands on where it is', async () => {
    const program = await givenProgram(ground, 'time');
    await filer(program);
    await payee(program, 'Ann', w9(), 800_00);
    const spent = await steps.write(await figures(steps, orderOf(program)), SPENT);
    expect(spent).toMatchObject({ cursor: { pass: 0, first: 1, next: 1 } });
    expect(madeBy(await untilDone(steps.write, spent))).toMatchObject({ cursor: null, made: [1] });
  });
});
