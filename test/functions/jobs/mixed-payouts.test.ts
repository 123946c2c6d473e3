import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../../lib/aws/files.ts';
import { derive } from '../../../lib/ids.ts';
import { auditRun } from '../../../lib/payouts/audit.ts';
import { taxReturns } from '../../../lib/store/tax-returns.ts';
import { taxSettings } from '../../../lib/store/tax-settings.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { type FilingSteps, file1099, filingSteps, payeesOf } from '../../support/filing.ts';
import { type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { type PayingGround, payingGround } from '../../support/paying.ts';
import { origination } from '../../support/payouts.ts';
import { CLIENT, type PayPalServer, paypalServer } from '../../support/paypal-server.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let paying: PayingGround;
let paypal: PayPalServer;
let steps: FilingSteps;
beforeAll(async () => {
  ground = await jobsGround();
  paypal = await paypalServer();
  process.env.OUTBOUND_EXCEPTIONS = paypal.origin;
  paying = await payingGround(ground);
  steps = await filingSteps();
});
afterAll(async () => {
  delete process.env.OUTBOUND_EXCEPTIONS;
  await paypal.close();
  await ground.stop();
});

const NO_W9 = { taxFormOnFile: false, country: 'US' };
const ACCOUNT = { rail: 'bank-csv', accountHolder: 'Nat', routingNumber: '021000021', accountNumber: '000123456789' };
const by = (email: string) => ({ rail: 'paypal', email });

let entries = 0;
async function settings({ brandId }: GivenProgram, chosen: object) {
  entries += 1;
  const entry = { auditId: derive('audit', brandId, 'settings', entries), brandId, at: '2026-01-01T00:00:00.000Z' };
  const told = { ...entry, person: 'ada', keyId: 'k', action: 'setTaxSettings', target: 'tax-settings' };
  await taxSettings(ground.engine.client, ground.tables.core).set(
    brandId,
    TaxSettings.parse(chosen),
    () => told as never,
  );
}

/** A brand that withholds, with partners by name who gave no W-9: how each is paid, and with how much. */
async function shop(
  name: string,
  chosen: object,
  people: Readonly<Record<string, readonly [details: object, cents: number]>>,
  { account = true } = {},
) {
  const program = await givenProgram(ground, name, { nacha: origination });
  await settings(program, { withholding: 'withhold', ...chosen });
  if (account)
    await paying.account(
      program,
      { provider: 'paypal', server: paypal.origin, account: CLIENT.clientId },
      CLIENT.clientSecret,
    );
  const who: Record<string, string> = {};
  const amounts: Record<string, number> = {};
  for (const [person, [details, cents]] of Object.entries(people)) {
    who[person] = await paying.partner(program, person, details);
    await program.changePartner(who[person], NO_W9);
    amounts[who[person]] = cents;
  }
  await paying.payable(program, amounts);
  const { key, file, run } = await paying.approved(program);
  const items = await paying.runs.allItems(key);
  const of = (person: string) => items.find(({ partnerId }) => partnerId === who[person])!;
  const sound = async () => {
    const partnerIds = Object.values(who);
    expect(await program.violations(...partnerIds)).toEqual([]);
    const journals = (await Promise.all(partnerIds.map(program.chain))).flat();
    expect(auditRun((await paying.runs.get(key))!, await paying.runs.allItems(key), journals)).toEqual([]);
  };
  return { program, who, key, file, run, of, sound };
}

/** Figures of 2026. */
async function year({ brandId }: GivenProgram, input: object = {}) {
  const order = { brandId, year: 2026, dryRun: true, asOf: '2026-06-01T00:00:00.000Z', ...input };
  const { summary } = await file1099(steps, order);
  const payees = await payeesOf(taxReturns(ground.engine.client, ground.tables.core), { brandId, year: 2026 });
  return {
    summary,
    of: (partnerId: string | undefined) => payees.find((one) => one.partnerId === partnerId)?.assessment,
  };
}

describe('a run with tax withheld on every rail', () => {
  const mixed = (name: string) =>
    shop(
      name,
      {},
      {
        Pia: [by('pia@notes.example'), 250_000],
        Nat: [ACCOUNT, 200_000],
        Ext: [by('x@notes.example'), 10_000],
      },
    );

  test('tells provider and bank what goes out, and the year what was paid before tax', async () => {
    const one = await mixed('mixed');
    expect(one.of('Pia')).toMatchObject({ rail: 'paypal', amountCents: 190_000, withholding: { cents: 60_000 } });
    expect(one.of('Nat')).toMatchObject({ rail: 'nacha', amountCents: 152_000, withholding: { cents: 48_000 } });
    await paying.pay(one.key);
    expect(paypal.books()[one.of('Pia').itemId]).toBe(190_000);
    expect(ground.document(`payouts/released/${one.key.brandId}/${one.key.runId}.ach`)).toContain('0000152000');
    await one.sound();
    // By hand: 2,500.00 + 2,000.00 + 100.00 was paid before 600.00 + 480.00 of tax.
    const paid = await year(one.program);
    expect(paid.summary).toMatchObject({
      grossCents: 460_000,
      form945Cents: 108_000,
      blocked: { payees: 2, cents: 450_000 },
    });
    expect(paid.of(one.who.Pia)).toMatchObject({ grossCents: 250_000, withheldCents: 60_000, federal: { file: true } });

    await settings(one.program, { withholding: 'withhold', reporting: { paypal: 'provider' } });
    const byProvider = await year(one.program);
    expect(byProvider.summary).toMatchObject({
      grossCents: 200_000,
      reportedByProviderCents: 260_000,
      form945Cents: 108_000,
    });
    const codes = byProvider.of(one.who.Pia)?.problems.map(({ code }) => code);
    expect(codes).toEqual(['no-tax-form', 'withheld-unclear']);
    await settings(one.program, { withholding: 'withhold' });

    paypal.move(one.of('Pia').itemId, 'REFUNDED');
    await paying.pay(one.key);
    await one.sound();
    const back = await year(one.program);
    expect(back.summary).toMatchObject({ grossCents: 210_000, form945Cents: 48_000 });
    expect(back.of(one.who.Pia)).toMatchObject({ grossCents: 0, withheldCents: 0, federal: { file: false } });
    expect(await one.program.balances(one.who.Pia!)).toEqual({ expense: -250_000, payable: 250_000 });
  });

  test.each(['fileKey', 'nachaKey', 'ordersKey'] as const)(
    'pays nothing when a byte of %s was changed',
    async (which) => {
      const one = await mixed(`tampered ${which}`);
      const name = one.run[which]!;
      const text = ground.document(name)!;
      const documents = files(new S3Client({ forcePathStyle: true }), 'documents');
      await documents.put(
        name,
        text.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10)),
        'text/plain',
      );
      await expect(paying.pay(one.key)).rejects.toThrow('changed');
      expect(await one.program.balances(one.who.Nat!)).toMatchObject({ inTransit: 200_000 });
      expect(paypal.books()).not.toHaveProperty(one.of('Pia').itemId);
      expect(ground.documents(`payouts/released/${one.key.brandId}/${one.key.runId}`)).toEqual([]);
    },
  );
});

test('tax is withheld from whom the brand pays by hand, since it has no account at the provider that would report', async () => {
  const one = await shop(
    'no account',
    { reporting: { paypal: 'provider' } },
    { Pia: [by('p@notes.example'), 250_000] },
    { account: false },
  );
  expect(one.of('Pia')).toMatchObject({ rail: 'external', amountCents: 190_000, withholding: { cents: 60_000 } });
});
