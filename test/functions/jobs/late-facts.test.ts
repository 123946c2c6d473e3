import { S3Client } from '@aws-sdk/client-s3';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../../lib/aws/files.ts';
import { PayoutTerms } from '../../../lib/programs/program.ts';
import { apiKeys } from '../../../lib/store/api-keys.ts';
import { payoutFindings } from '../../../lib/store/payout-findings.ts';
import { auditStoredRun } from '../../../lib/store/run-audit.ts';
import { taxSettings } from '../../../lib/store/tax-settings.ts';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import { withNotice } from '../../../lib/tax/name-notice.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { FRESH, fanOut, type JobsGround, jobsGround, untilDone } from '../../support/jobs-ground.ts';
import { AS_OF, LATER } from '../../support/paying.ts';
import { as, type PayoutFlow, payoutFlow } from '../../support/payout-flow.ts';
import { CLIENT } from '../../support/paypal-server.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let flow: PayoutFlow;
beforeAll(async () => {
  ground = await jobsGround();
  flow = await payoutFlow(ground);
});
afterAll(() => ground.stop());

const EARLIER = '2026-04-01T08:00:00.000Z';
const NEXT = '2026-06-01T08:00:00.000Z';
const W9: TaxFormOnFile = {
  ...{ version: 1, form: 'w9', duty: 'report', why: 'Reported.', signedOn: '2026-01-02', receivedAt: EARLIER },
  ...{ warnings: [], notices: [] },
};
const PAYPAL_ACCOUNT = {
  provider: 'paypal',
  server: 'https://api-m.sandbox.paypal.com',
  account: CLIENT.clientId,
} as const;
const PAYPAL = { rail: 'paypal', account: 'm…a@trail.example', changedAt: LATER } as const;
const IBAN = { rail: 'bank-csv', accountHolder: 'Bea', accountLast4: '3000' } as const;

async function settings({ brandId }: GivenProgram, chosen: object) {
  const told = { brandId, at: EARLIER, person: 'ada', keyId: 'k', action: 'set', target: 't' };
  const entry = () => ({ auditId: `aud_${brandId}${JSON.stringify(chosen).length}`, ...told }) as never;
  await taxSettings(ground.engine.client, ground.tables.core).set(brandId, TaxSettings.parse(chosen), entry);
}

const findingsOf = async (key: { brandId: string; runId: string }) =>
  (await payoutFindings(ground.engine.client, ground.tables.core).all(key)).map(
    ({ findingId, kind, severity, words }) => ({ findingId, kind, severity, words }),
  );

/** The rest of the workflow draft-payout, once its items are reserved. */
async function frozen({ plan, key }: Awaited<ReturnType<PayoutFlow['reserved']>>) {
  await untilDone(flow.steps.freezeRun, await untilDone(flow.steps.checkItems, plan));
  return { run: (await flow.runs.get(key))!, items: await flow.runs.allItems(key), key };
}

describe('what changed between reserving and freezing', () => {
  test('leaves the item out, on no other rail: its money is payable again, and the next run judges it anew', async () => {
    // Given one who is paid by the bank, and two by PayPal, which reports what it pays; nobody gave a number.
    const program = await givenProgram(ground, 'moved');
    await settings(program, { withholding: 'withhold', reporting: { paypal: 'provider' } });
    await flow.account(program, PAYPAL_ACCOUNT, 'secret');
    const nobody = { taxFormOnFile: false, country: 'US' };
    const bea = await flow.bankPartner(program, 'Bea');
    const [pat, pia] = await Promise.all(
      ['pat', 'pia'].map((name) => flow.partner(program, name, { rail: 'paypal', email: `${name}@trail.example` })),
    );
    for (const partnerId of [pat!, pia!]) await program.changePartner(partnerId, nobody);
    await flow.payable(program, { [bea]: 7_000, [pat!]: 250_000, [pia!]: 250_000 });
    const reserved = await flow.reserved(program);

    // When one of the two is to be paid by hand by now, which the brand reports, and would need tax withheld.
    await program.changePartner(pia!, { payoutMethod: { rail: 'external' } });
    const { run, items, key } = await frozen(reserved);

    // Then the run pays the others, on the rails they were judged by, and says why not her.
    const rails = items.map(({ partnerId, rail, status, leftOut }) => [partnerId, rail, status, leftOut]);
    expect(rails.sort()).toEqual(
      [
        [bea, 'bank-csv', 'reserved', undefined],
        [pat, 'paypal', 'reserved', undefined],
        [pia, 'paypal', 'released', true],
      ].sort(),
    );
    expect(run).toMatchObject({ status: 'awaiting-approval', itemCount: 2, totalCents: 257_000, excludedCount: 1 });
    expect(await flow.runs.allExclusions(key)).toMatchObject([
      { partnerId: pia, payableCents: 250_000, reasons: [{ code: 'payout-method-changed' }] },
    ]);
    expect(ground.document(run.fileKey!)).not.toContain(pia);
    expect(await program.balances(pia!)).toEqual({ expense: -250_000, payable: 250_000 });
    expect((await program.chain(pia!)).at(-1)).toMatchObject({
      kind: 'unreserve',
      cause: expect.stringContaining('The payout method was changed, from paypal to external.'),
    });
    await flow.sound(program, key, bea, pat!, pia!);
    const documents = files(new S3Client({}), 'documents');
    const stores = { runs: flow.runs, ledger: program.stores.ledger, documents };
    expect(await auditStoredRun(stores, run)).toEqual([]);

    // Drafted and frozen again, nothing moves; approved and paid, she is not paid; the next run withholds 24 % of 2,500.00.
    ground.meter.reset();
    await flow.draft(program);
    expect(ground.writeUnits()).toBe(0);
    expect((await flow.approve(program, run)).status).toBe(202);
    expect((await flow.pay(key)).tallies).toMatchObject([{ settled: 1, sent: 0 }]);
    const next = await flow.draft(program, NEXT);
    expect(next.items).toMatchObject([{ partnerId: pia, rail: 'external', withholding: { cents: 60_000 } }]);
  });

  test.each([
    ['the account at the provider is removed', 'payout-provider-missing'],
    ['the details are gone from the vault', 'payout-method-changed'],
    ['the enrolment is paused', 'enrolment-not-active'],
    ['the payout method is removed', 'payout-method-missing'],
  ] as const)('when %s, too, and a run that is left with nobody is empty', async (name, code) => {
    const program = await givenProgram(ground, name);
    await flow.account(program, PAYPAL_ACCOUNT, 'secret');
    const pat = await flow.partner(program, 'Pat', { rail: 'paypal', email: 'pat@trail.example' });
    await flow.payable(program, { [pat]: 7_000 });
    const reserved = await flow.reserved(program);
    if (code === 'payout-provider-missing') await flow.closeAccount(program, 'paypal');
    if (code === 'payout-method-changed') await flow.forgetDetails(program, pat);
    if (code === 'enrolment-not-active') await program.changeEnrolment(pat, { status: 'paused' }, AS_OF);
    if (code === 'payout-method-missing') await program.changePartner(pat, { payoutMethod: undefined as never });
    const { run, key } = await frozen(reserved);
    expect(run).toMatchObject({ status: 'empty', itemCount: 0, totalCents: 0, excludedCount: 1 });
    expect((await flow.runs.allExclusions(key)).map(({ reasons }) => reasons[0]?.code)).toEqual([code]);
    expect(await program.balances(pat)).toEqual({ expense: -7_000, payable: 7_000 });
    await flow.sound(program, key, pat);
  });

  test('and a process that dies before any of its writes leaves a draft that drafting again completes', async () => {
    for (let writes = 0; ; writes += 1) {
      const program = await givenProgram(ground, `left out, cut off ${writes}`);
      const [bea, ben] = [await flow.bankPartner(program, 'Bea'), await flow.bankPartner(program, 'Ben')];
      await flow.payable(program, { [bea]: 7_000, [ben]: 8_000 });
      const reserved = await flow.reserved(program);
      await program.changeEnrolment(ben, { status: 'paused' }, AS_OF);
      ground.crashAfter(writes);
      const died = await frozen(reserved).then(
        () => false,
        () => true,
      );
      ground.heal();
      const { run, key, items } = await flow.draft(program);
      expect(run).toMatchObject({ status: 'awaiting-approval', itemCount: 1, totalCents: 7_000, excludedCount: 1 });
      expect(items.map(({ status }) => status).sort()).toEqual(['released', 'reserved']);
      expect(await program.balances(ben)).toEqual({ expense: -8_000, payable: 8_000 });
      await flow.sound(program, key, bea, ben);
      if (!died) return expect(writes).toBeGreaterThan(2);
    }
  }, 240_000);

  test('and what was found about the item goes with it', async () => {
    const program = await givenProgram(ground, 'moot');
    const [bea, ben] = [await flow.bankPartner(program, 'Bea'), await flow.bankPartner(program, 'Ben')];
    await flow.payable(program, { [bea]: 7_000, [ben]: 8_000 });
    const first = await flow.reserved(program);
    await program.changeEnrolment(ben, { status: 'ended' }, AS_OF);
    // Both had one account.
    const { run, key } = await frozen(first);
    expect(run).toMatchObject({ itemCount: 1, findings: { severe: 0, notable: 0 } });
    expect(await findingsOf(key)).toEqual([]);
  });
});

type Given = { readonly program: GivenProgram; readonly bea: string };

/** What may change, with what is told of it. */
const CHANGES: Readonly<Record<string, readonly [(given: Given) => Promise<void>, words: RegExp, back: object]>> = {
  'an IRS notice is not answered in time': [
    ({ program, bea }) =>
      program.changePartner(bea, { taxForm: { ...W9, notices: withNotice([], '2026-03-10') }, country: 'US' }),
    /The IRS said on 2026-03-10/,
    { taxForm: W9 },
  ],
  'the tax form is outdated': [
    ({ program, bea }) => program.changePartner(bea, { taxForm: { ...W9, outdatedSince: LATER } }),
    /country changed on 2026-05-01/,
    { taxForm: W9 },
  ],
  'the tax form has expired': [
    ({ program, bea }) => program.changePartner(bea, { taxForm: { ...W9, expiresAfter: '2026-04-30' } }),
    /valid until 2026-04-30/,
    { taxForm: W9 },
  ],
  'the account sent a payment back': [
    ({ program, bea }) =>
      program.changePartner(bea, { payoutMethod: { ...IBAN, returned: { code: 'R03', at: LATER } } }),
    /came back \(R03\)/,
    { payoutMethod: IBAN },
  ],
  'other bank details are given': [
    ({ program, bea }) => program.changePartner(bea, { payoutMethod: { ...IBAN, changedAt: LATER } }),
    /changed on 2026-05-01, from bank-csv to another account/,
    { payoutMethod: IBAN },
  ],
  'another rail is chosen': [
    ({ program, bea }) => program.changePartner(bea, { payoutMethod: PAYPAL }),
    /from bank-csv to paypal/,
    { payoutMethod: IBAN },
  ],
};

describe('what changed between the draft and the approval', () => {
  async function drafted(name: string) {
    const program = await givenProgram(ground, name);
    const bea = await flow.bankPartner(program, 'Bea');
    const hal = await program.partner('Hal');
    await program.changePartner(bea, { taxForm: W9 });
    await flow.payable(program, { [bea]: 7_000, [hal]: 9_000 });
    return { program, bea, hal, ...(await flow.draft(program)) };
  }

  test.each(Object.keys(CHANGES))('%s: the run is not approved, and says of whom and what', async (name) => {
    const { program, bea, run, key } = await drafted(`late ${name}`);
    const [change, words, back] = CHANGES[name]!;
    await change({ program, bea });

    const refused = await flow.approve(program, run);
    expect(refused).toMatchObject({ status: 422, body: { code: 'changed-since-draft' } });
    expect(refused.body.detail).toContain(`for ${bea}. Since the run was drafted: `);
    expect(refused.body.detail).toContain('Reject it and draft it again as of now.');
    expect(refused.body.fields[0].message).toMatch(words);
    const found = await findingsOf(key);
    expect(found).toMatchObject([{ findingId: `changed-since:${bea}`, severity: 'severe' }]);
    expect(found[0]!.words).toMatch(words);
    const after = (await flow.runs.get(key))!;
    expect(after).toMatchObject({ status: 'awaiting-approval', findings: { severe: 1, notable: 0 } });
    expect(ground.started('pay-payout')).not.toHaveProperty(`${key.brandId}-${key.runId}`);

    // Naming it does not help, and asked again nothing is written.
    ground.meter.reset();
    const body = { hash: run.fileHash, acknowledge: [`changed-since:${bea}`] };
    const named = await flow.call('approvePayout', { params: { runId: run.runId }, body, as: as(program, 'otto') });
    expect(named.body.code).toBe('changed-since-draft');
    expect(ground.writeUnits()).toBe(0);

    // As it was again, the finding is taken back and the run approved.
    await program.changePartner(bea, back);
    expect(await flow.approve(program, run)).toMatchObject({ status: 202, body: { findings: { severe: 0 } } });
    expect(await findingsOf(key)).toEqual([]);
  });

  test('of the enrolment and of the program’s terms, likewise', async () => {
    const { program, bea, hal, run, key } = await drafted('late terms');
    await program.changeEnrolment(bea, { status: 'paused' }, LATER);
    expect((await flow.approve(program, run)).body.code).toBe('changed-since-draft');
    const terms = { payoutTerms: PayoutTerms.parse({ minimumCents: 100, agreementVersion: '2' }) };
    await program.changeProgram(terms);
    const refused = await flow.approve(program, run);
    expect(refused.body.detail).toContain('and one other');
    expect((await findingsOf(key)).map(({ findingId }) => findingId).sort()).toEqual(
      [`changed-since:${bea}`, `changed-since:${hal}`].sort(),
    );
  });

  test('the calendar’s part of it: the thirty business days end, and a form expires', async () => {
    // Given a notice of 2026-03-27, whose 30 business days end on 2026-05-08; the run is of 2026-05-01.
    const program = await givenProgram(ground, 'late days');
    const nia = await program.partner('Nia', { taxForm: { ...W9, notices: withNotice([], '2026-03-27') } });
    const eva = await program.partner('Eva', { taxForm: { ...W9, form: 'w8ben', expiresAfter: '2026-12-31' } });
    await flow.payable(program, { [nia]: 7_000, [eva]: 9_000 });
    const { run, key } = await flow.draft(program);
    expect((await flow.approve(program, run, '2026-05-09T08:00:00.000Z')).body.code).toBe('changed-since-draft');
    expect((await findingsOf(key)).map(({ findingId }) => findingId)).toEqual([`changed-since:${nia}`]);
    expect((await flow.approve(program, run, '2027-01-01T08:00:00.000Z')).body.detail).toContain('and one other');
    expect((await flow.approve(program, run, '2026-05-08T08:00:00.000Z')).status).toBe(202);
  });

  test('tax that has to be withheld, or has not any more', async () => {
    const program = await givenProgram(ground, 'late tax');
    await settings(program, { withholding: 'withhold' });
    const fay = await program.partner('Fay', { taxFormOnFile: false, country: 'US' });
    const sam = await program.partner('Sam', { country: 'US', taxForm: W9 });
    await flow.payable(program, { [fay]: 250_000, [sam]: 250_000 });
    const { run, key } = await flow.draft(program);
    expect(run).toMatchObject({ withheldCents: 60_000, totalCents: 440_000 });
    await program.changePartner(fay, { taxFormOnFile: true, taxForm: W9 });
    await program.changePartner(sam, { taxForm: { ...W9, notices: withNotice([], '2026-03-10') } });
    expect((await flow.approve(program, run)).body.code).toBe('changed-since-draft');
    const told = Object.fromEntries((await findingsOf(key)).map(({ findingId, words }) => [findingId, words]));
    expect(told).toEqual({
      [`changed-since:${fay}`]:
        'Since the run was drafted: No tax has to be withheld any more, and 600.00 USD would be.',
      [`changed-since:${sam}`]: 'Since the run was drafted: 600.00 USD of tax has to be withheld instead of 0.00 USD.',
    });
    // As the brand’s settings change, those who were paid without the tax would have to wait.
    await program.changePartner(fay, { taxFormOnFile: false, taxForm: undefined });
    await program.changePartner(sam, { taxForm: W9 });
    await settings(program, { withholding: 'wait' });
    expect((await flow.approve(program, run)).body.fields[0].message).toContain('A tax form must be on file');
    await settings(program, { withholding: 'withhold', reporting: {} });
    expect((await flow.approve(program, run)).status).toBe(202);
  });

  test('an execution that approves finds it too', async () => {
    const { program, bea, run, key } = await drafted('late execution');
    const person = 'otto@shop.example';
    const apiKey = { brandId: key.brandId, keyId: 'key_1', hash: key.runId.padEnd(64, '0'), name: 'Otto', person };
    const stored = { ...apiKey, role: 'finance', lastFour: 'abcd', createdAt: EARLIER, createdBy: person } as const;
    const write = apiKeys(ground.engine.client, ground.tables.core).createWrite(stored);
    await ground.engine.client.send(new TransactWriteCommand({ TransactItems: [write] }));
    await program.changeEnrolment(bea, { status: 'ended' }, LATER);
    const execution = { ...key, asOf: LATER, approval: { by: person, hash: run.fileHash! } };
    await expect(fanOut(flow.steps.planPayment, flow.steps.payItems, execution)).rejects.toThrow(
      'Reject it and draft it again',
    );
    expect((await flow.runs.get(key))!.status).toBe('awaiting-approval');
  });
});

describe('what changed between the approval and a payment that began late', () => {
  test('keeps it from beginning; the run is rejected and drafted again', async () => {
    // Given a run that was approved on the first of May, and whose workflow is only started on the first of June.
    const { program, bank, byHand } = await flow.shop('approved long ago');
    const key = await flow.approved(program);
    await program.changeEnrolment(bank, { status: 'paused' }, LATER);
    await expect(flow.pay(key, { asOf: NEXT })).rejects.toThrow('would not be drafted so any more');
    expect((await flow.runs.get(key))!.status).toBe('approved');
    expect(ground.documents(`payouts/released/${key.brandId}/${key.runId}`)).toEqual([]);
    const options = { params: { runId: key.runId }, body: { why: 'paused' }, as: as(program, 'mia') };
    expect(await flow.call('rejectPayout', options)).toMatchObject({ status: 200, body: { status: 'rejected' } });
    await flow.sound(program, key, bank, byHand);
    await expect(flow.pay(key, { asOf: NEXT })).rejects.toThrow('rejected');
    expect((await flow.draft(program, LATER)).items).toMatchObject([{ partnerId: byHand }]);
  });

  test('and so does its first execution when it is started again on a later day, with the input it had', async () => {
    const { program, bank, byHand } = await flow.shop('started again');
    const key = await flow.approved(program);
    await program.changeEnrolment(bank, { status: 'paused' }, LATER);
    await expect(flow.pay(key, { asOf: LATER })).rejects.toThrow('would not be drafted so any more');
    expect((await flow.runs.get(key))!.status).toBe('approved');
    await flow.sound(program, key, bank, byHand);
  });

  test('is not looked for once it began: a payment is brought to its end', async () => {
    const { program, bank } = await flow.shop('begun');
    const key = await flow.approved(program);
    await flow.steps.planPayment({ ...key, asOf: LATER }, FRESH);
    await program.changeEnrolment(bank, { status: 'paused' }, LATER);
    expect((await flow.pay(key, { asOf: NEXT })).tallies).toMatchObject([{ settled: 1 }]);
    const options = { params: { runId: key.runId }, body: { why: 'paused' }, as: as(program, 'mia') };
    expect((await flow.call('rejectPayout', options)).body.code).toBe('run-is-paying');
  });
});
