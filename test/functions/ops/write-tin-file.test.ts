import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { handler as Handler } from '../../../functions/ops/write-tin-file.ts';
import { Env } from '../../../lib/names.ts';
import { taxVaultWriter } from '../../../lib/store/tax-vault.ts';
import { writeTogether } from '../../../lib/store/transaction.ts';
import { acceptForm, TaxForm } from '../../../lib/tax/accept-form.ts';
import { type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let handler: typeof Handler;
beforeAll(async () => {
  ground = await jobsGround();
  ({ handler } = await import('../../../functions/ops/write-tin-file.ts'));
});
afterAll(() => ground.stop());

const AT = '2026-03-29T10:00:00.000Z';
const MINUTES = { getRemainingTimeInMillis: () => 300_000 };
const signature = { name: 'Signer', signedOn: '2026-03-28', underPenaltiesOfPerjury: true };
const address = { line1: '12 Ridge Road', city: 'Boulder', state: 'CO', zip: '80302' };
const individual = (first: string, number: string) => ({
  ...{ form: 'w9', taxClass: 'individual', person: { first, last: 'Ó Brien' }, address, signature },
  tin: { box: 'ssn', number },
});
const company = {
  ...{ form: 'w9', taxClass: 'partnership', name: 'Fjord & Co.', address, signature },
  tin: { box: 'ein', number: '12-3456789' },
};
const foreign = {
  ...{ form: 'w8ben', name: 'Jonas', country: 'DE', address: { line1: 'Weg 1', city: 'Kiel', country: 'DE' } },
  ...{ foreignTin: '123456789', servicesPerformed: 'outside-us', signature },
};

async function handIn(program: GivenProgram, partnerId: string, body: object): Promise<void> {
  const form = TaxForm.parse(body);
  const { brandId, stores } = program;
  const taxForm = acceptForm(form, (await stores.partners.get(brandId, partnerId))?.taxForm, AT);
  const vault = taxVaultWriter(new KMSClient({}), ground.tables.vault, process.env[Env.vaultKey]!);
  const row = await vault.formWrite({ brandId, partnerId, version: taxForm.version }, form, AT);
  expect(await writeTogether(ground.engine.client, [row])).toMatchObject({ written: true });
  await program.changePartner(partnerId, { taxForm });
}

describe('the file for TIN Matching', () => {
  test('has a line for every W-9 of the brand without an answer, and its twin in the audit log', async () => {
    const program = await givenProgram(ground, 'tin file');
    const { brandId } = program;
    const [ann, bob, cy, dot] = await Promise.all(['Ann', 'Bob', 'Cy', 'Dot'].map((name) => program.partner(name)));
    expect(await handler({ brandId }, MINUTES)).toEqual({ lines: 0 });
    await handIn(program, ann!, individual('Ann', '123-45-6789'));
    await handIn(program, bob!, company);
    await handIn(program, cy!, foreign);
    await handIn(program, dot!, individual('Dot', '234-56-7890'));

    const first = await handler({ brandId }, MINUTES);
    expect(first).toMatchObject({ lines: 3, key: expect.stringMatching(new RegExp(`^tax/${brandId}/tin-match/`)) });
    const lines = ground.document(first.key!)!.split('\r\n').filter(Boolean).sort();
    expect(lines).toEqual(
      [`1;123456789;FJORD & CO;${bob}`, `2;123456789;ANN O BRIEN;${ann}`, `2;234567890;DOT O BRIEN;${dot}`].sort(),
    );
    // The same again is the same file.
    expect(await handler({ brandId }, MINUTES)).toEqual(first);
    const entries = (await program.audit.list(brandId, undefined, { limit: 100 })).items.filter(
      (one) => one.action === 'writeTinFile',
    );
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({ target: first.key, after: { lines: 3 }, person: 'ops' });

    // Who has an answer is asked about again only when that is asked for; who gave a new form, always.
    const known = (await program.stores.partners.get(brandId, ann!))!.taxForm!;
    await program.changePartner(ann!, { taxForm: { ...known, tinMatch: { code: 0, at: AT } } });
    expect(await handler({ brandId }, MINUTES)).toMatchObject({ lines: 2 });
    expect(await handler({ brandId, again: true }, MINUTES)).toEqual(first);
    await handIn(program, ann!, individual('Anna', '123-45-6789'));
    const renewed = await handler({ brandId }, MINUTES);
    expect(ground.document(renewed.key!)).toContain('2;123456789;ANNA O BRIEN;');
  });

  test('stops before its time is over and goes on where it stopped', async () => {
    const program = await givenProgram(ground, 'tin file, long');
    const { brandId } = program;
    const ids = await Promise.all(Array.from({ length: 101 }, (_, n) => program.partner(`P${n}`)));
    const last = [...ids].sort().at(-1)!;
    await handIn(program, last, company);
    const part = await handler({ brandId }, { getRemainingTimeInMillis: () => 1_000 });
    expect(part).toEqual({ lines: 0, more: [...ids].sort()[99] });
    expect(await handler({ brandId, after: part.more }, MINUTES)).toMatchObject({ lines: 1 });
  });

  test('is refused without a brand', async () => {
    await expect(handler({ brand: 'brd_1' }, MINUTES)).rejects.toThrow('brandId');
  });
});
