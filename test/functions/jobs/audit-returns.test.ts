import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { derive } from '../../../lib/ids.ts';
import type { AuditShard, AuditTally } from '../../../lib/ledger/audit-order.ts';
import { taxReturns } from '../../../lib/store/tax-returns.ts';
import { taxSettings } from '../../../lib/store/tax-settings.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import type { YearSummary } from '../../../lib/tax/year-end/summary.ts';
import { type FilingSteps, figures, file1099, filingSteps } from '../../support/filing.ts';
import { FRESH, fanOut, type JobsGround, jobsGround, SPENT, type Step, untilDone } from '../../support/jobs-ground.ts';
import { entity, type Payees, payeesOn, w9, YEAR } from '../../support/payees.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let filing: FilingSteps;
let steps: Record<'plan-audit' | 'audit-shard', Step>;
let payees: Payees;
let LawsBroken: typeof import('../../../functions/jobs/audit-shard.ts').LawsBroken;
beforeAll(async () => {
  ground = await jobsGround();
  payees = payeesOn(ground);
  ({ LawsBroken } = await import('../../../functions/jobs/audit-shard.ts'));
  filing = await filingSteps();
  steps = {
    'plan-audit': (await import('../../../functions/jobs/plan-audit.ts')).handler,
    'audit-shard': (await import('../../../functions/jobs/audit-shard.ts')).handler,
  };
});
afterAll(() => ground.stop());
const filer: Payees['filer'] = (...told) => payees.filer(...told);
const pay: Payees['pay'] = (...told) => payees.pay(...told);
const bounce: Payees['bounce'] = (...told) => payees.bounce(...told);
const payee: Payees['payee'] = (...told) => payees.payee(...told);

const JANUARY = '2026-01-20T10:00:00.000Z';
const MARCH = '2026-03-02T10:00:00.000Z';

async function file(input: object = {}): Promise<YearSummary> {
  const order = { brandId: program.brandId, year: YEAR, asOf: JANUARY, ...input };
  return (await file1099(filing, order)).summary;
}

/** What an audit of the brand's tax years comes to. Its programs are not looked at here: their orders were never reported. */
async function audited(context = FRESH): Promise<Pick<AuditTally, 'payees' | 'returns' | 'violations' | 'examples'>> {
  const shard: Step = async (one, given) => {
    if (!('year' in (one as AuditShard))) return { cursor: null };
    try {
      return await steps['audit-shard'](one, given);
    } catch (error) {
      if (!(error instanceof LawsBroken)) throw error;
      return { ...(one as object), cursor: null, tally: error.tally };
    }
  };
  const order = { brandId: program.brandId, asOf: '2026-11-01T00:00:00.000Z' };
  const { tallies } = await fanOut(steps['plan-audit'], shard, order, context);
  const found = (tallies as readonly (AuditTally | undefined)[]).filter((tally) => tally !== undefined);
  const sum = (name: 'payees' | 'returns' | 'violations') => found.reduce((all, tally) => all + tally[name], 0);
  const examples = found.flatMap((tally) => tally.examples);
  return { payees: sum('payees'), returns: sum('returns'), violations: sum('violations'), examples };
}
const founds = async () => (await audited()).examples.map(({ law, found }) => `${law}: ${found}`);

let count = 0;
let program: GivenProgram;
let ann: string;
let bea: string;
let cid: string;
/** Ann and Bea have a return; from Ann tax was withheld. Cid is below the threshold, and Dan was never paid. */
beforeEach(async () => {
  count += 1;
  program = await givenProgram(ground, `returns ${count}`);
  await filer(program);
  ann = await payee(program, 'Ann', w9(), 800_00);
  await pay(program, ann, '2025-12-31', 500_00, 120_00);
  bea = await payee(program, 'Bea', w9({ tin: { box: 'ssn', number: '123-45-6780' } }), 700_00);
  cid = await payee(program, 'Cid', w9({ tin: { box: 'ssn', number: '123-45-6781' } }), 100_00);
  await program.partner('Dan');
  await file();
});

type Key = { readonly pk: string; readonly sk: string };
const yearRow = (sk: string): Key => ({ pk: `${program.brandId}#TAX-YEAR#${YEAR}`, sk });
const row = async (Key: Key): Promise<Record<string, unknown>> =>
  (await ground.engine.client.send(new GetCommand({ TableName: ground.tables.core, Key }))).Item!;
/** Changes one thing in a row by hand, as nothing of ours does: `record.compensationCents`. */
async function tamper(Key: Key, path: string, value: unknown, table = ground.tables.core): Promise<void> {
  const names = path.split('.');
  const place = names.map((name, at) => (/^\d+$/.test(name) ? `[${name}]` : `${at > 0 ? '.' : ''}#n${at}`)).join('');
  await ground.engine.client.send(
    new UpdateCommand({
      TableName: table,
      Key,
      UpdateExpression: `SET ${place} = :value`,
      ExpressionAttributeNames: Object.fromEntries(
        names.flatMap((name, at) => (/^\d+$/.test(name) ? [] : [[`#n${at}`, name]])),
      ),
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}
const remove = (Key: Key) => ground.engine.client.send(new DeleteCommand({ TableName: ground.tables.core, Key }));
const put = (Item: object) => ground.engine.client.send(new PutCommand({ TableName: ground.tables.core, Item }));
const journal = (partnerId: string, sequence: number): Key => ({
  pk: `${program.brandId}#${program.programId}#${partnerId}#USD`,
  sk: String(sequence).padStart(12, '0'),
});
/** The place of a payee's record in submission 1, from 0. */
const placeOf = async (partnerId: string) =>
  (await taxReturns(ground.engine.client, ground.tables.core).submission(
    { brandId: program.brandId, year: YEAR },
    1,
  ))!.records.findIndex((record) => record.partnerId === partnerId);

describe('what file-1099 made', () => {
  test('keeps every law; the audit writes nothing, and the same is found by calls that are short of time', async () => {
    ground.meter.reset();
    const found = await audited();
    expect(found).toEqual({ payees: 3, returns: 2, violations: 0, examples: [] });
    expect(ground.writeUnits()).toBe(0);
    expect(await audited(SPENT)).toEqual(found);
  });

  test('keeps them when payments come back and are made later: that is changed, and then corrected', async () => {
    await bounce(program, ann, '2025-12-31', 500_00, '2026-01-25T12:00:00.000Z', 'external', { withheldCents: 120_00 });
    await bounce(program, bea, '2025-03-10', 700_00, '2026-02-10T12:00:00.000Z');
    await pay(program, cid, '2026-02-20', 900_00);
    expect(await founds()).toEqual([]);
    expect((await file({ asOf: MARCH })).changed).toEqual({ payees: 2, cents: -1_200_00 });
    expect(await founds()).toEqual([]);
    expect((await file({ asOf: MARCH, mode: 'corrected' })).filed).toEqual({
      payees: 1,
      cents: 800_00,
      withheldCents: 0,
    });
    expect(await audited()).toEqual({ payees: 3, returns: 4, violations: 0, examples: [] });
    await file({ asOf: MARCH, year: 2026, dryRun: true });
    expect(await audited()).toMatchObject({ payees: 4, returns: 4, violations: 0 });
  });

  test('keeps them when the brand says afterwards that a provider reports: the return says what it was judged by', async () => {
    const { brandId } = program;
    const entry = {
      auditId: derive('audit', brandId),
      brandId,
      at: MARCH,
      person: 'p',
      keyId: 'k',
      action: 'a',
      target: 't',
    };
    const reporting = TaxSettings.parse({ reporting: { external: 'provider' } });
    await taxSettings(ground.engine.client, ground.tables.core).set(brandId, reporting, () => entry);
    expect(await founds()).toEqual([]);
    expect((await file({ asOf: MARCH })).changed).toMatchObject({ payees: 2, cents: -2_000_00 });
    expect(await founds()).toEqual([]);
  });
});

describe('what somebody changed by hand', () => {
  test('the amount of a return in force', async () => {
    await tamper(yearRow(`FILED#${ann}#US`), 'record.compensationCents', 1_300_01);
    expect(await founds()).toEqual([
      expect.stringMatching(/^forms-add-up: filed is .*200001/),
      expect.stringMatching(/^forms-add-up: changed/),
      expect.stringMatching(/^filed-once: record \d, of ptr_\w+, is in force with other words$/),
    ]);
  });

  test('the amounts of a return wherever they stand', async () => {
    const place = await placeOf(ann);
    for (const [name, value] of [
      ['compensationCents', 1_300_01],
      ['withheldCents', 119_99],
    ] as const) {
      await tamper(yearRow(`FILED#${ann}#US`), `record.${name}`, value);
      await tamper(yearRow('SUBMISSION#000001'), `submission.records.${place}.${name}`, value);
    }
    const found = await founds();
    expect(found).toContain('forms-are-the-ledger: box 1 is 130001, the ledgers had paid 130000');
    expect(found).toContain('forms-are-the-ledger: box 4 is 11999, the ledgers had withheld 12000');
    expect(found).toContainEqual(expect.stringMatching(/^filed-once: it makes .*200001.*, noted was .*200000/));
  });

  test('a payment of the year, also where its hash was made anew', async () => {
    await tamper(journal(bea, 4), 'balances.paid', 699_99, ground.tables.ledger);
    const found = await founds();
    expect(found).toContain('forms-are-the-ledger: box 1 is 70000, the ledgers had paid 69999');
    expect(found).toContain('forms-are-the-ledger: its figures say grossCents 70000, the ledgers 69999');
  });

  test('figures, and the journals and settings they were made from', async () => {
    await tamper(yearRow(`PAYEE#${cid}`), 'assessment.withheldCents', 1);
    expect(await founds()).toEqual([
      'forms-add-up: form945Cents is 12000, its payees make 12001',
      'due-by-the-sum: it is not due by its figures, and by the law',
      'forms-are-the-ledger: its figures say withheldCents 1, the ledgers 0',
    ]);
    await tamper(yearRow(`PAYEE#${cid}`), 'assessment.withheldCents', 0);
    await tamper(yearRow(`PAYEE#${cid}`), 'assessment.basis.reporting', { external: 'provider' });
    expect(await founds()).toEqual([
      'forms-are-the-ledger: its figures say grossCents 10000, the ledgers 0',
      'forms-are-the-ledger: its figures say reportedByProviderCents 0, the ledgers 10000',
    ]);
    await tamper(yearRow(`PAYEE#${cid}`), 'assessment.basis', null);
    expect(await founds()).toEqual(['forms-are-the-ledger: it does not say from which journals it was made']);
  });

  test('figures that are gone, or leave out a payment that was there', async () => {
    const before = await row(yearRow(`PAYEE#${ann}`));
    await remove(yearRow(`PAYEE#${ann}`));
    expect(await founds()).toEqual(
      expect.arrayContaining([
        'forms-add-up: payees is 3, its payees make 2',
        `forms-are-the-ledger: ${program.programId} had paid 130000 more by then, of it withheld 12000`,
      ]),
    );
    await put(before);
    const first = { [program.programId]: 4 };
    await tamper(yearRow(`PAYEE#${ann}`), 'assessment.basis.journals', first);
    const found = await founds();
    expect(found).toContain(
      `forms-are-the-ledger: ${program.programId} had paid 50000 more by then, of it withheld 12000`,
    );
  });

  test('the sums of the year', async () => {
    await tamper(yearRow('SUMMARY'), 'summary.form945Cents', 119_99);
    await tamper(yearRow('SUMMARY'), 'summary.due.cents', 1);
    expect(await founds()).toEqual([
      'forms-add-up: form945Cents is 11999, its payees make 12000',
      'forms-add-up: its parts make 210001, paid was 210000',
    ]);
  });

  test('sums that are gone hide nothing of what was filed', async () => {
    await remove(yearRow('SUMMARY'));
    await tamper(journal(bea, 4), 'balances.paid', 699_99, ground.tables.ledger);
    expect(await founds()).toHaveLength(2);
  });

  test('a second original, a submission that is missing, and a correction of nothing', async () => {
    await bounce(program, bea, '2025-03-10', 700_00, '2026-02-10T12:00:00.000Z');
    await file({ asOf: MARCH, mode: 'corrected' });
    expect(await founds()).toEqual([]);
    const corrections = await row(yearRow('SUBMISSION#000002'));
    await tamper(yearRow('SUBMISSION#000002'), 'submission.records.0.corrects.compensationCents', 700_01);
    await tamper(yearRow(`FILED#${bea}#US`), 'record.corrects.compensationCents', 700_01);
    expect(await founds()).toEqual([
      expect.stringMatching(/^filed-once: it makes/),
      expect.stringMatching(
        /^filed-once: record 1, of ptr_\w+, corrects record \d of submission 1, which is not so there$/,
      ),
    ]);
    await put(corrections);
    await tamper(yearRow(`FILED#${bea}#US`), 'record.corrects.compensationCents', 700_00);

    // Another original of somebody who has one: nobody corrected the first.
    const at = await placeOf(ann);
    const first = (await row(yearRow('SUBMISSION#000001'))).submission as { records: object[] };
    const again = { ...first.records[at]!, recordId: 2 };
    await tamper(yearRow('SUBMISSION#000002'), 'submission.records.1', again);
    await tamper(yearRow(`FILED#${ann}#US`), 'record', again);
    await tamper(yearRow(`FILED#${ann}#US`), 'submission', 2);
    const doubled = await founds();
    expect(doubled).toContainEqual(
      expect.stringMatching(/^filed-once: record \d, of ptr_\w+, and record 2 of submission 2 are both in force$/),
    );

    await remove(yearRow('SUBMISSION#000001'));
    expect(await founds()).toContain('filed-once: is not there, and later ones are');
  });

  test('what never changes of a submission, also where another took its place or nothing else says the same', async () => {
    await bounce(program, bea, '2025-03-10', 700_00, '2026-02-10T12:00:00.000Z');
    await file({ asOf: MARCH, mode: 'corrected' });
    expect(await founds()).toEqual([]);
    const whole = await row(yearRow('SUBMISSION#000001'));
    const records = `submission.records.${await placeOf(bea)}`;
    for (const path of [
      `${records}.formVersion`,
      `${records}.tinLast4`,
      'submission.filerVersion',
      'submission.header.columns.0.fill',
    ]) {
      await tamper(yearRow('SUBMISSION#000001'), path, 'other');
      expect(await founds()).toEqual([expect.stringMatching(/^filed-once: it makes .*, noted was /)]);
      await put(whole);
    }
  });

  test('the last submission is missing, behind which there is none', async () => {
    await remove(yearRow('SUBMISSION#000001'));
    expect(await founds()).toEqual(['filed-once: a return was filed in submission 1, and the last one is 0']);
  });

  test('a journal that is missing is told as that', async () => {
    const Key = journal(bea, 2);
    await ground.engine.client.send(new DeleteCommand({ TableName: ground.tables.ledger, Key }));
    expect(await founds()).toContain(`chain-unbroken: journal 2 of ${bea} in ${program.programId} is missing`);
  });
});

test('figures that a run is making anew are not compared with the sums before it', async () => {
  await pay(program, cid, '2026-02-20', 100_00);
  const { brandId } = program;
  await fanOut(filing.plan, filing.assess, { brandId, year: YEAR, asOf: MARCH });
  expect(await founds()).toEqual([]);
  await figures(filing, { brandId, year: YEAR, asOf: MARCH });
  expect(await founds()).toEqual([]);
});

describe('partners with one taxpayer number', () => {
  let dee: string;
  let eve: string;
  const number = (box: string, digits: string) => ({ tin: { box, number: digits } });
  /** Dee and Eve are below the threshold apart and above it together; Fay is exempt under a number that only a company shares. */
  beforeEach(async () => {
    dee = await payee(program, 'Dee', w9(number('ssn', '123-45-6700')), 350_00);
    eve = await payee(program, 'Eve', w9(number('ssn', '123-45-6700')), 250_00);
    await payee(program, 'Fay', entity('Fay Inc', 'c-corporation', '12-3456700'), 900_00);
    await payee(program, 'Gus', entity('Gus LP', 'partnership', '12-3456700'), 300_00);
    expect((await file()).filed.payees).toBe(4);
  });

  test('are judged together, also when one gives another number or comes to it after filing', async () => {
    expect(await founds()).toEqual([]);
    await payees.handIn(program, eve, w9(number('ssn', '123-45-6701')), '2026-02-01T10:00:00.000Z');
    await payees.handIn(program, cid, w9(number('ssn', '123-45-6700')), '2026-02-01T10:00:00.000Z');
    expect(await founds()).toEqual([]);
    // Compared, but not judged again: the figures are of the forms before.
    await untilMatched();
    expect(await founds()).toEqual([]);
    await file({ asOf: MARCH });
    expect(await founds()).toEqual([]);
    await file({ asOf: MARCH, mode: 'corrected' });
    expect(await founds()).toEqual([]);
    expect(await file({ asOf: MARCH, mode: 'corrected' })).toMatchObject({ changed: { payees: 0 } });
    expect(await founds()).toEqual([]);
  });

  test('and not apart, with another sum, or against what the sum says', async () => {
    const whole = (await row(yearRow(`PAYEE#${dee}`))).assessment as Record<string, unknown>;
    const { taxpayer, ...alone } = whole;
    await tamper(yearRow(`PAYEE#${dee}`), 'assessment', alone);
    const apart = await founds();
    expect(apart).toContain(`due-by-the-sum: it was judged without ${eve}, who has the same taxpayer number`);
    expect(apart).toContain('due-by-the-sum: it is due by its figures, and not by the law');
    await tamper(yearRow(`PAYEE#${dee}`), 'assessment', {
      ...whole,
      taxpayer: { ...(taxpayer as object), grossCents: 599_99 },
    });
    expect(await founds()).toEqual([
      expect.stringMatching(/^due-by-the-sum: it says .*59999.* of all together, .*60000/),
    ]);
    await tamper(yearRow(`PAYEE#${dee}`), 'assessment', whole);
    for (const [partnerId, due] of [
      [eve, false],
      [cid, true],
    ] as const) {
      await tamper(yearRow(`PAYEE#${partnerId}`), 'assessment.federal.file', due);
      expect(await founds()).toEqual([expect.stringMatching(/^due-by-the-sum: it is (not )?due by its figures/)]);
      await tamper(yearRow(`PAYEE#${partnerId}`), 'assessment.federal.file', !due);
    }
    expect(await founds()).toEqual([]);
  });

  const untilMatched = () => untilDone(filing.match, { brandId: program.brandId, asOf: MARCH });
});

test('an audit of one program leaves the brand’s returns alone', async () => {
  const { brandId, programId } = program;
  const { shards } = (await steps['plan-audit']({ brandId, programId, asOf: MARCH }, FRESH)) as {
    shards: readonly AuditShard[];
  };
  expect([...new Set(shards.map(({ kind }) => kind))].sort()).toEqual(['chains', 'days']);
});
