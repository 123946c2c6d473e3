import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentsOf, statementKey, statementOf } from '../../../lib/documents/statement-documents.ts';
import { derive } from '../../../lib/ids.ts';
import { itemIdOf } from '../../../lib/payouts/order.ts';
import { journalsBetween } from '../../../lib/store/chain.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { statements } from '../../../lib/store/statements.ts';
import { FRESH, type JobsGround, jobsGround, SPENT, type Step, untilDone } from '../../support/jobs-ground.ts';
import { item } from '../../support/orders.ts';
import { busyAccount, PartnerAccount, writeJournals } from '../../support/partner-account.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let write: Step;
beforeAll(async () => {
  ground = await jobsGround();
  write = (await import('../../../functions/jobs/write-statements.ts')).handler as Step;
});
afterAll(() => ground.stop());

const AS_OF = '2026-04-03T09:00:00.000Z';
const run = (program: GivenProgram, name: string, context = FRESH) => {
  const { brandId, programId } = program;
  const runId = derive('payoutRun', programId, name);
  return untilDone(write, { brandId, programId, runId, asOf: AS_OF, idle: false, shards: [], more: null }, context);
};
const store = () => statements(ground.engine.client, ground.tables.core);
const listed = async ({ brandId, programId }: GivenProgram, partnerId: string) =>
  (await store().list({ brandId, programId, partnerId })).items;

async function given(name: string) {
  const program = await givenProgram(ground, name, { timeZone: 'Europe/Berlin' });
  const ann = await program.partner('Ann');
  const bob = await program.partner('Bob');
  const account = busyAccount(program.key(ann));
  const post = async (from = 0) =>
    writeJournals(program.stores.ledger, ground.engine.client, account.journals.slice(from));
  await post();
  return { program, ann, bob, account, post };
}

describe('a run', () => {
  test('issues a statement to whoever’s account moved, with its documents, and none to the others', async () => {
    const { program, ann, bob } = await given('issues');
    expect(await run(program, 'march')).toMatchObject({
      cursor: null,
      tally: { issued: 1, alreadyIssued: 0, unmoved: 1 },
    });
    const [record, ...more] = await listed(program, ann);
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      number: 1,
      partnerName: 'Ann',
      firstJournal: 1,
      paidCents: 4_816,
      closingCents: 7_706,
    });
    expect(await listed(program, bob)).toEqual([]);
    const prefix = `statements/${program.brandId}/${program.programId}/`;
    expect(ground.documents(prefix)).toEqual(
      ['csv', 'html', 'json', 'pdf'].map((format) => `${prefix}${ann}/1.${format}`),
    );
    expect(JSON.parse(ground.document(statementKey(record!, 'json'))!)).toMatchObject({
      closingCents: 7_706,
      partnerName: 'Ann',
    });
  });

  test('tells whom it does not pay every reason, with the statement of the account that the money lies in', async () => {
    const { program, ann } = await given('tells why');
    const runs = payoutRuns(ground.engine.client, ground.tables.core);
    const { brandId, programId } = program;
    const reasons = [
      { code: 'below-minimum', words: 'Payments start at 100.00 USD.' },
      { code: 'payout-method-missing', words: 'No payout method has been set.' },
    ] as const;
    const runId = derive('payoutRun', programId, 'march');
    const elsewhere = { code: 'paid-in-another-currency', words: 'A run in EUR decides about it.' } as const;
    await runs.exclude(brandId, { runId, partnerId: ann, payableCents: 7_706, reasons: [elsewhere, ...reasons] });
    await run(program, 'march');
    await run(program, 'march');
    const [record, ...more] = await listed(program, ann);
    expect(more).toEqual([]);
    expect(record?.notPaid).toEqual(reasons.map(({ words }) => words));
    const range = { after: 0, through: record!.lastJournal };
    const made = statementOf(record!, await journalsBetween(program.stores.ledger, program.key(ann), range));
    expect((await documentsOf(made)).json).toBe(ground.document(statementKey(record!, 'json')));

    // An exclusion that was taken back tells nothing.
    const { program: other, ann: paid } = await given('taken back');
    const taken = derive('payoutRun', other.programId, 'march');
    await runs.exclude(other.brandId, { runId: taken, partnerId: paid, payableCents: 7_706, reasons });
    await runs.exclude(other.brandId, { runId: taken, partnerId: paid, payableCents: 7_706, reasons: [] });
    await run(other, 'march');
    expect((await listed(other, paid))[0]).not.toHaveProperty('notPaid');
  });

  test('started again changes nothing', async () => {
    const { program, ann } = await given('again');
    await run(program, 'march');
    const before = await listed(program, ann);
    expect(await run(program, 'march')).toMatchObject({ tally: { issued: 0, alreadyIssued: 1, unmoved: 1 } });
    expect(await listed(program, ann)).toEqual(before);
  });

  test('started again after a later one still issues nothing', async () => {
    const { program, ann, account, post } = await given('late');
    await run(program, 'march');
    const from = account.journals.length;
    account.order('2001', '2026-04-20T10:00:00.000Z', [item(10_000)]);
    await post(from);
    await run(program, 'april');
    account.order('2002', '2026-05-20T10:00:00.000Z', [item(10_000)]);
    await post(from + 1);
    expect(await run(program, 'march')).toMatchObject({ tally: { issued: 0, alreadyIssued: 1 } });
    expect(await listed(program, ann)).toHaveLength(2);
  });

  test('goes on page by page when its time is up', async () => {
    const program = await givenProgram(ground, 'pages');
    for (let n = 0; n < 60; n += 1) {
      const partner = await program.partner(`P${n}`);
      if (n % 20 > 0) continue;
      const { journals } = new PartnerAccount(program.key(partner)).order('1', '2026-03-02T09:00:00.000Z', [
        item(10_000),
      ]);
      await writeJournals(program.stores.ledger, ground.engine.client, journals);
    }
    expect(await run(program, 'march', SPENT)).toMatchObject({ tally: { issued: 3, alreadyIssued: 0, unmoved: 57 } });
  });

  test('leaves out whose payment is under way; when it has arrived, the run started again issues theirs', async () => {
    const program = await givenProgram(ground, 'by hand');
    const ann = await program.partner('Ann');
    const itemId = itemIdOf(derive('payoutRun', program.programId, 'march'), ann);
    const account = new PartnerAccount(program.key(ann))
      .order('1', '2026-03-02T09:00:00.000Z', [item(10_000)])
      .release('2026-03-20T02:00:00.000Z', '2026-03-20')
      .post('2026-03-21T09:00:00.000Z', { kind: 'reserve', itemId, cents: 500 });
    const post = (from: number) =>
      writeJournals(program.stores.ledger, ground.engine.client, account.journals.slice(from));
    await post(0);
    expect(await run(program, 'march')).toMatchObject({ tally: { issued: 0, waiting: 1 } });
    account.post('2026-03-24T09:00:00.000Z', { kind: 'settle', itemId, cents: 500 });
    await post(3);
    expect(await run(program, 'march')).toMatchObject({ tally: { issued: 1, waiting: 0 } });
    expect(await listed(program, ann)).toMatchObject([{ paidCents: 500, closingCents: 0 }]);
  });

  test('goes past an account that cannot be told, tells the others, and fails by name of the run', async () => {
    const { program, ann, bob } = await given('odd');
    const { journals } = new PartnerAccount(program.key(bob)).order('1', '2026-03-02T09:00:00.000Z', [item(10_000)]);
    const odd = {
      ...journals[0]!,
      after: { ...journals[0]!.after, balances: { ...journals[0]!.after.balances, paid: 1 } },
    };
    await writeJournals(program.stores.ledger, ground.engine.client, [odd]);
    await expect(run(program, 'march')).rejects.toThrow(/^1 statements of pay_/);
    expect(await listed(program, ann)).toHaveLength(1);
    expect(await listed(program, bob)).toHaveLength(0);
  });

  test('two at the same time issue numbers one after the other, and cover each journal once', async () => {
    const { program, ann } = await given('race');
    await Promise.all([run(program, 'one'), run(program, 'two')]);
    const records = await listed(program, ann);
    expect(records.map(({ firstJournal, lastJournal }) => [firstJournal, lastJournal])).toEqual([[1, 11]]);
  });
});

describe('the next statement', () => {
  test('begins where the last one ended, under the name of its time', async () => {
    const { program, ann, account, post } = await given('next');
    await run(program, 'march');
    const from = account.journals.length;
    account.returned('1102', '2026-04-20T10:00:00.000Z', { '1': 1 });
    await post(from);
    await program.changePartner(ann, { name: 'Ann Otter' });
    await run(program, 'april');
    const [first, second] = await listed(program, ann);
    expect(second).toMatchObject({
      number: 2,
      firstJournal: from + 1,
      opening: first!.closing,
      since: first!.issuedAt,
      earnedCents: -3_720,
    });
    expect([first!.partnerName, second!.partnerName]).toEqual(['Ann', 'Ann Otter']);
  });
});

describe('the documents', () => {
  test('made again from the record and the journals are the same to the byte', async () => {
    const { program, ann } = await given('bytes');
    await run(program, 'march');
    await program.changePartner(ann, { name: 'Somebody Else' });
    const [record] = await listed(program, ann);
    const range = { after: record!.firstJournal - 1, through: record!.lastJournal };
    const made = await documentsOf(statementOf(record!, await journalsBetween(program.stores.ledger, record!, range)));
    for (const format of ['html', 'csv', 'json'] as const) {
      expect(made[format]).toBe(ground.document(statementKey(record!, format)));
      expect(hash('sha256', made[format])).toBe(record!.documents[format]);
    }
    expect(hash('sha256', made.pdf)).toBe(record!.documents.pdf);
    expect(ground.document(statementKey(record!, 'pdf'))).toBe(Buffer.from(made.pdf).toString('utf8'));
  });

  test('that a crash left out are written when the run is started again', async () => {
    const { program, ann } = await given('crash');
    const { brandId, programId } = program;
    const key = statementKey({ brandId, programId, partnerId: ann, number: 1 }, 'html');
    ground.ground.refused.add(`operator s3:PutObject arn:aws:s3:::documents/${key}`);
    await expect(run(program, 'march')).rejects.toThrow(/not authorized/);
    expect(await listed(program, ann)).toHaveLength(1);
    expect(ground.document(key)).toBeUndefined();
    ground.ground.refused.clear();
    await run(program, 'march');
    expect(ground.document(key)).toContain('<!doctype html>');
    expect(await listed(program, ann)).toHaveLength(1);
  });
});
