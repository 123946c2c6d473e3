import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../../lib/aws/files.ts';
import { sha256 } from '../../../lib/ledger/canonical.ts';
import { type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { readNacha } from '../../support/nacha-reader.ts';
import { as, type PayoutFlow, payoutFlow } from '../../support/payout-flow.ts';
import { origination } from '../../support/payouts.ts';
import { givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let flow: PayoutFlow;
beforeAll(async () => {
  ground = await jobsGround();
  flow = await payoutFlow(ground);
});
afterAll(() => ground.stop());

describe('a NACHA file', () => {
  const ACCOUNT = { routingNumber: '021000021', accountNumber: '000123456789' };

  async function americans(name: string) {
    const program = await givenProgram(ground, name, { nacha: origination });
    const person = await flow.bankPartner(program, 'Ann', ACCOUNT);
    const firm = await flow.bankPartner(program, 'Acme, Inc.', {
      ...ACCOUNT,
      accountNumber: '42424242',
      holderKind: 'company',
      accountType: 'savings',
    });
    const iban = await flow.bankPartner(program, 'Bea');
    const script = await flow.bankPartner(program, '李明', { ...ACCOUNT, accountNumber: '0077' });
    const byHand = await program.partner('Hal');
    await flow.payable(program, { [person]: 7_000, [firm]: 9_000, [iban]: 1_000, [script]: 1_100, [byHand]: 1_200 });
    return { program, person, firm, iban, script, byHand };
  }

  test('pays accounts in the United States, and what it cannot carry stays in the CSV; one hash covers both', async () => {
    const { program, person, firm, iban, script, byHand } = await americans('ach');
    const { run, items, key } = await flow.draft(program);
    expect(Object.fromEntries(items.map(({ partnerId, rail }) => [partnerId, rail]))).toEqual({
      [person]: 'nacha',
      [firm]: 'nacha',
      [iban]: 'bank-csv',
      [script]: 'bank-csv',
      [byHand]: 'external',
    });
    const ach = ground.document(run.nachaKey!)!;
    const csv = ground.document(run.fileKey!)!;
    expect(sha256(csv)).toBe(run.fileHash);
    expect(csv.trim().split('\r\n').at(-1)).toBe(`nacha-file,,,,,,160.00,USD,${sha256(ach)}`);
    const { batches } = readNacha(ach);
    expect(
      batches.map(({ entryClass, effectiveDate, entries }) => [
        entryClass,
        effectiveDate,
        entries.map(({ name, transactionCode, amountCents }) => [name, transactionCode, amountCents]),
      ]),
    ).toEqual([
      ['PPD', '260505', [['ANN', '22', 7_000]]],
      ['CCD', '260505', [['ACME, INC.', '32', 9_000]]],
    ]);
    const trace = batches[0]!.entries[0]!.trace;
    expect(csv).toContain(`,000123456789,021000021,70.00,USD,${trace}`);

    ground.meter.reset();
    await flow.draft(program);
    expect(ground.writeUnits()).toBe(0);

    const otto = { params: { runId: run.runId }, body: { hash: run.fileHash }, as: as(program, 'otto') };
    expect(await flow.call('approvePayout', otto)).toMatchObject({ status: 202, body: { nachaKey: run.nachaKey } });
    const first = await flow.pay(key);
    expect(first.tallies).toEqual([{ settled: 4, settledCents: 18_100, sent: 1, left: [] }]);
    expect(ground.document(`payouts/released/${key.brandId}/${key.runId}.ach`)).toBe(ach);
    const released = ground.document(`payouts/released/${key.brandId}/${key.runId}.csv`)!;
    expect(released.trim().split('\r\n')).toHaveLength(3);
    expect(released).not.toContain('nacha');
    await flow.sound(program, key, person, firm, iban, script, byHand);
  });

  test('of which a byte was changed after the approval pays nobody', async () => {
    const { program, person } = await americans('ach forged');
    const key = await flow.approved(program);
    const { nachaKey } = (await flow.runs.get(key))!;
    const ach = ground.document(nachaKey!)!;
    const documents = files(new S3Client({ forcePathStyle: true }), 'documents');
    await documents.put(nachaKey!, ach.replace('000123456789', '000123456780'), 'text/plain');
    await expect(flow.pay(key)).rejects.toThrow('was changed; nothing is paid');
    expect(await program.balances(person)).toEqual({ expense: -7_000, inTransit: 7_000 });
    expect(ground.documents(`payouts/released/${key.brandId}/${key.runId}`)).toEqual([]);
  });
});
