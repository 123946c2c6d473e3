import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../lib/ledger/canonical.ts';
import { auditRun } from '../../../lib/payouts/audit.ts';
import { transactionIdOf } from '../../../lib/payouts/rails/wise.ts';
import { FRESH, type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { LATER, type PayingGround, payingGround } from '../../support/paying.ts';
import { CLIENT, type PayPalServer, paypalServer } from '../../support/paypal-server.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';
import { FAULTS } from '../../support/provider-server.ts';
import { PROFILE, type WiseServer, wiseServer } from '../../support/wise-server.ts';

let ground: JobsGround;
let paying: PayingGround;
let paypal: PayPalServer;
let wise: WiseServer;
beforeAll(async () => {
  ground = await jobsGround();
  paypal = await paypalServer();
  wise = await wiseServer();
  process.env.OUTBOUND_EXCEPTIONS = `${paypal.origin} ${wise.origin}`;
  paying = await payingGround(ground);
});
afterAll(async () => {
  delete process.env.OUTBOUND_EXCEPTIONS;
  await paypal.close();
  await wise.close();
  await ground.stop();
});
beforeEach(() => ground.heal());
afterEach(() => {
  paypal.misbehave([]);
  paypal.deny(false);
  paypal.refuse();
  wise.misbehave([]);
  wise.wantsPerson(false);
});

const EURO = { rail: 'wise', accountHolder: 'Bea Baum', iban: 'DE89370400440532013000' };

/** A brand with accounts at both, and partners by name: how each is paid, and with how much. */
async function shop(name: string, people: Readonly<Record<string, readonly [details: object, cents: number]>>) {
  const program = await givenProgram(ground, name);
  await paying.account(
    program,
    { provider: 'paypal', server: paypal.origin, account: CLIENT.clientId },
    CLIENT.clientSecret,
  );
  await paying.account(
    program,
    { provider: 'wise', server: wise.origin, account: PROFILE.profileId },
    PROFILE.apiToken,
  );
  const who = await paying.people(program, people);
  const { key, file, run } = await paying.approved(program);
  const items = await paying.runs.allItems(key);
  const itemOf = (person: string) => items.find(({ partnerId }) => partnerId === who[person])!.itemId;
  const now = async (person: string) => (await paying.runs.item(key, itemOf(person)))!;
  return { program, who, key, file, run, itemOf, now };
}
type Shop = Awaited<ReturnType<typeof shop>>;

const by = (email: string) => ({ rail: 'paypal', email });

/** What the ledgers, the run and the items say of each other. */
async function sound({ program, who, key }: Pick<Shop, 'program' | 'who' | 'key'>) {
  const partnerIds = Object.values(who);
  expect(await program.violations(...partnerIds)).toEqual([]);
  const run = (await paying.runs.get(key))!;
  const journals = (await Promise.all(partnerIds.map((program as GivenProgram).chain))).flat();
  expect(auditRun(run, await paying.runs.allItems(key), journals)).toEqual([]);
}

describe('what is approved', () => {
  test('names the receiver of every payment, and by its hash every byte that a provider is told', async () => {
    const { file, run, itemOf, who } = await shop('approved', {
      Ann: [by('ann@notes.example'), 5_000],
      Bea: [EURO, 7_000],
    });
    expect(file).toContain(`paypal,${itemOf('Ann')},${who.Ann},,ann@notes.example,,50.00,USD`);
    expect(file).toContain(`wise,${itemOf('Bea')},${who.Bea},Bea Baum,DE89370400440532013000,,70.00,USD`);
    const orders = ground.document(run.ordersKey!)!;
    expect(file.trim().split('\r\n').at(-1)).toBe(`provider-orders,,,,,,120.00,USD,${sha256(orders)}`);
  });

  test('a byte that changed in the orders stops everything', async () => {
    const { key, run } = await shop('forged', { Ann: [by('ann@notes.example'), 5_000] });
    const { files } = await import('../../../lib/aws/files.ts');
    const { S3Client } = await import('@aws-sdk/client-s3');
    const forged = ground.document(run.ordersKey!)!.replace('ann@', 'eve@');
    await files(new S3Client({}), 'documents').put(run.ordersKey!, forged, 'application/jsonl');
    const before = paypal.asked.length;
    await expect(paying.pay(key)).rejects.toThrow('changed; nothing is paid');
    const { programId } = run;
    const step = paying.steps.payBatches({ ...key, programId, asOf: LATER }, FRESH);
    await expect(step).rejects.toThrow('changed; nothing more is paid');
    expect(paypal.asked.length).toBe(before);
  });

  test('without an account at the provider, the brand pays by hand', async () => {
    const program = await givenProgram(ground, 'no account');
    const ann = await paying.partner(program, 'Ann', by('ann@notes.example'));
    await paying.payable(program, { [ann]: 5_000 });
    const { key } = await paying.approved(program);
    expect(await paying.runs.allItems(key)).toMatchObject([{ rail: 'external' }]);
  });
});

describe('PayPal', () => {
  test('pays each item once, by our own ids, and the run is paid', async () => {
    const one = await shop('plain', { Ann: [by('ann@notes.example'), 5_000], Bob: [by('bob@notes.example'), 3_300] });
    const answer = await paying.pay(one.key);
    expect(answer).toMatchObject({ tally: { settled: 2, failed: 0, waiting: 0 }, trouble: null, statements: true });
    expect(paypal.books()).toMatchObject({ [one.itemOf('Ann')]: 5_000, [one.itemOf('Bob')]: 3_300 });
    expect(await one.now('Ann')).toMatchObject({
      status: 'settled',
      rail: 'paypal',
      reference: expect.stringMatching(/^TXNPPI/),
    });
    expect((await paying.runs.get(one.key))!.status).toBe('paid');
    await sound(one);
  });

  test('some items fail, some wait: each goes its own way, and what waits is asked about again', async () => {
    const one = await shop('partial', {
      Ann: [by('ann@notes.example'), 5_000],
      Cloe: [by('closed@notes.example'), 4_000],
      Uma: [by('unclaimed@notes.example'), 3_000],
      Hal: [by('held@notes.example'), 2_000],
      Bo: [by('blocked@notes.example'), 1_000],
    });
    const answer = await paying.pay(one.key);
    expect(answer).toMatchObject({ tally: { settled: 1, failed: 2, waiting: 2 }, trouble: null });
    expect(await one.now('Cloe')).toMatchObject({ status: 'failed', failure: 'PayPal FAILED: The account is closed' });
    expect(await one.now('Bo')).toMatchObject({ status: 'failed', failure: 'PayPal BLOCKED' });
    expect(await one.program.balances(one.who.Cloe!)).toMatchObject({ payable: 4_000 });
    expect(await one.now('Uma')).toMatchObject({ status: 'sent' });
    expect(await one.program.balances(one.who.Hal!)).toMatchObject({ inTransit: 2_000 });
    expect((await paying.runs.get(one.key))!.status).toBe('paying');
    const [batch] = await paying.batches.all(one.key);
    expect(batch).toMatchObject({ state: 'open', dueAt: expect.any(String), inDoubt: false });

    paypal.move(one.itemOf('Uma'), 'RETURNED');
    paypal.move(one.itemOf('Hal'), 'SUCCESS');
    await paying.pay(one.key);
    expect(await one.now('Uma')).toMatchObject({ status: 'failed', failure: 'PayPal RETURNED' });
    expect(await one.now('Hal')).toMatchObject({ status: 'settled' });
    expect((await paying.runs.get(one.key))!.status).toBe('paid');
    expect(paypal.taken(one.itemOf('Uma'))).toBe(1);
    await sound(one);
  });

  test('what comes back after it was settled is a journal of its own', async () => {
    const one = await shop('refunded', { Ann: [by('ann@notes.example'), 5_000] });
    await paying.pay(one.key);
    expect((await paying.batches.all(one.key))[0]).toMatchObject({ state: 'watched' });
    paypal.move(one.itemOf('Ann'), 'REFUNDED');
    const answer = await paying.pay(one.key);
    expect(answer).toMatchObject({ tally: { returned: 1 } });
    expect(await one.now('Ann')).toMatchObject({ status: 'returned', failure: 'PayPal REFUNDED' });
    expect(await one.program.balances(one.who.Ann!)).toMatchObject({ payable: 5_000 });
    const [settled, bounced] = (await one.program.chain(one.who.Ann!)).slice(-2);
    expect(bounced).toMatchObject({ kind: 'bounce', paidOn: settled!.at.slice(0, 10), corrects: settled!.journalId });
    const partner = await one.program.stores.partners.get(one.program.brandId, one.who.Ann!);
    expect(partner?.payoutMethod).toMatchObject({ returned: { code: 'PayPal REFUNDED' } });
    await sound(one);
  });

  test.each(FAULTS.map((fault) => [fault]))('%s of the request that pays ends in one payment', async (fault) => {
    const one = await shop(`pay ${fault}`, { Ann: [by('ann@notes.example'), 5_000] });
    paypal.misbehave([fault], /^POST \/v1\/payments\/payouts$/);
    await paying.pay(one.key);
    await paying.pay(one.key);
    expect(paypal.books()[one.itemOf('Ann')]).toBe(5_000);
    expect(paypal.taken(one.itemOf('Ann'))).toBe(1);
    expect(await one.now('Ann')).toMatchObject({ status: 'settled' });
    await sound(one);
  });

  test('a token that expires in between is made anew, once', async () => {
    const one = await shop('expiry', { Ann: [by('ann@notes.example'), 5_000] });
    const before = paypal.tokens();
    paypal.misbehave(['unauthorized'], /^GET/);
    expect(await paying.pay(one.key)).toMatchObject({ tally: { settled: 1 } });
    expect(paypal.tokens() - before).toBe(2);
  });

  test('credentials that are refused pay nothing, say so, and are tried again when mended', async () => {
    const one = await shop('credentials', { Ann: [by('ann@notes.example'), 5_000] });
    const account = { provider: 'paypal', server: paypal.origin, account: CLIENT.clientId } as const;
    await paying.account(one.program, account, 'wrong');
    const answer = await paying.pay(one.key);
    expect(answer.trouble).toContain('Client Authentication failed');
    expect(await one.now('Ann')).toMatchObject({ status: 'sent' });
    await paying.account(one.program, account, CLIENT.clientSecret);
    expect(await paying.pay(one.key)).toMatchObject({ tally: { settled: 1 }, trouble: null });
    expect(paypal.taken(one.itemOf('Ann'))).toBe(1);
  });

  test('a batch begun with one account is never sent from another', async () => {
    const one = await shop('other account', { Ann: [by('ann@notes.example'), 5_000] });
    paypal.misbehave(Array(20).fill('cut-after'), /^POST \/v1\/payments\/payouts$/);
    await paying.pay(one.key);
    paypal.misbehave([]);
    await paying.account(one.program, { provider: 'paypal', server: paypal.origin, account: 'client-2' }, 'secret-2');
    const asked = paypal.asked.length;
    expect((await paying.pay(one.key)).trouble).toContain('another one must not pay it');
    expect(paypal.asked.length).toBe(asked);
  });

  test('funds that are short are waited for', async () => {
    const one = await shop('short', { Ann: [by('ann@notes.example'), 5_000] });
    paypal.refuse({ name: 'INSUFFICIENT_FUNDS', message: 'Sender does not have sufficient funds.' });
    expect((await paying.pay(one.key)).trouble).toContain('INSUFFICIENT_FUNDS');
    paypal.refuse();
    expect(await paying.pay(one.key)).toMatchObject({ tally: { settled: 1 } });
    await sound(one);
  });

  test('a refusal after a request in doubt proves nothing: the money stays in transit', async () => {
    const one = await shop('in doubt', { Ann: [by('ann@notes.example'), 5_000] });
    paypal.misbehave(['cut-before'], /^POST \/v1\/payments\/payouts$/);
    paypal.refuse({ name: 'VALIDATION_ERROR', message: 'Invalid request.' });
    expect((await paying.pay(one.key)).trouble).toContain('VALIDATION_ERROR');
    expect(await one.now('Ann')).toMatchObject({ status: 'sent' });
    expect((await paying.batches.all(one.key))[0]).toMatchObject({ inDoubt: true });
  });

  test('a batch that is refused or denied outright makes its items payable again', async () => {
    const refused = await shop('refused', { Ann: [by('ann@notes.example'), 5_000] });
    paypal.refuse({ name: 'VALIDATION_ERROR', message: 'Invalid request.' });
    expect(await paying.pay(refused.key)).toMatchObject({ tally: { failed: 1 } });
    paypal.refuse();
    await paying.pay(refused.key);
    expect(paypal.taken(refused.itemOf('Ann'))).toBe(0);
    await sound(refused);

    const denied = await shop('denied', { Ann: [by('ann@notes.example'), 5_000] });
    paypal.deny();
    expect(await paying.pay(denied.key)).toMatchObject({ tally: { failed: 1 } });
    expect(await denied.now('Ann')).toMatchObject({ failure: 'PayPal DENIED the whole batch' });
    await sound(denied);
  });

  test('paid there and failed here is told, and no journal is made of it', async () => {
    const one = await shop('contradiction', {
      Cloe: [by('closed@notes.example'), 5_000],
      Uma: [by('unclaimed@notes.example'), 100],
    });
    await paying.pay(one.key);
    paypal.move(one.itemOf('Cloe'), 'SUCCESS');
    expect((await paying.pay(one.key)).trouble).toContain('must not be paid twice');
    expect(await one.now('Cloe')).toMatchObject({ status: 'failed' });
    await sound(one);
  });

  test('two executions at the same time pay once', async () => {
    const one = await shop('two at once', { Ann: [by('ann@notes.example'), 5_000], Bea: [EURO, 7_000] });
    await Promise.allSettled([paying.pay(one.key), paying.pay(one.key)]);
    await paying.pay(one.key);
    expect(paypal.books()[one.itemOf('Ann')]).toBe(5_000);
    expect(wise.books()[transactionIdOf(one.itemOf('Bea'))]).toBe(7_000);
    await sound(one);
  });
});

describe('Wise', () => {
  test('pays by a group that is completed and funded', async () => {
    const one = await shop('wise', {
      Bea: [EURO, 7_000],
      Gil: [{ rail: 'wise', accountHolder: 'Gil', sortCode: '20-00-00', accountNumber: '55779911' }, 2_500],
      Ula: [
        {
          ...{ rail: 'wise', accountHolder: 'Ula', routingNumber: '021000021', accountNumber: '123456' },
          ...{ street: '1 Main St', city: 'Albany', region: 'NY', postalCode: '12207', country: 'US' },
        },
        1_200,
      ],
    });
    expect(await paying.pay(one.key)).toMatchObject({ tally: { settled: 3, failed: 0 }, trouble: null });
    for (const [person, cents] of [
      ['Bea', 7_000],
      ['Gil', 2_500],
      ['Ula', 1_200],
    ] as const)
      expect(wise.books()[transactionIdOf(one.itemOf(person))]).toBe(cents);
    expect((await paying.runs.get(one.key))!.status).toBe('paid');
    await sound(one);
  });

  test('an account that is refused fails alone, with the reason', async () => {
    const one = await shop('wise partial', {
      Bea: [EURO, 7_000],
      Refused: [{ ...EURO, accountHolder: 'Refused' }, 4_000],
      Unquoted: [{ ...EURO, accountHolder: 'Unquoted' }, 3_000],
    });
    expect(await paying.pay(one.key)).toMatchObject({ tally: { settled: 1, failed: 2 } });
    expect((await one.now('Refused')).failure).toContain('The account does not exist');
    expect((await one.now('Unquoted')).failure).toContain('No such route');
    await sound(one);
  });

  test('a group of nothing is cancelled', async () => {
    const one = await shop('wise none', { Refused: [{ ...EURO, accountHolder: 'Refused' }, 4_000] });
    expect(await paying.pay(one.key)).toMatchObject({ tally: { failed: 1 } });
    expect([...wise.groups.values()].at(-1)).toMatchObject({ status: 'CANCELLED' });
    await sound(one);
  });

  const REQUESTS = [
    ['a group', /^POST .*\/batch-groups$/],
    ['a recipient', /^POST \/v1\/accounts$/],
    ['a quote', /^POST .*\/quotes$/],
    ['a transfer', /^POST .*\/transfers$/],
    ['the closing', /^PATCH/],
    ['the funding', /^POST .*\/payments$/],
    ['a look', /^GET/],
  ] as const;
  test.each(REQUESTS.flatMap(([what, path]) => FAULTS.map((fault) => [fault, what, path] as const)))(
    '%s of %s ends in one payment',
    async (fault, what, path) => {
      const one = await shop(`wise ${fault} ${what}`, {
        Bea: [EURO, 7_000],
        Bob: [{ ...EURO, accountHolder: 'Bob' }, 3_000],
      });
      wise.misbehave([fault], path);
      await paying.pay(one.key);
      expect(wise.books()[transactionIdOf(one.itemOf('Bea'))]).toBe(7_000);
      expect(wise.books()[transactionIdOf(one.itemOf('Bob'))]).toBe(3_000);
      expect(await one.now('Bea')).toMatchObject({ status: 'settled' });
      await sound(one);
    },
  );

  test('a balance that is short, and a person who must fund it, are waited for', async () => {
    const one = await shop('wise by hand', { Bea: [EURO, 7_000] });
    wise.wantsPerson(true);
    expect((await paying.pay(one.key)).trouble).toContain('fund it on the pages of Wise');
    expect(await one.now('Bea')).toMatchObject({ status: 'sent' });
    wise.move(transactionIdOf(one.itemOf('Bea')), 'processing');
    expect(await paying.pay(one.key)).toMatchObject({ tally: { settled: 1 }, trouble: null });
  });

  test('a payment that bounced is waited for until Wise has given the money back', async () => {
    const one = await shop('bounced', { Bea: [EURO, 7_000] });
    await paying.pay(one.key);
    wise.move(transactionIdOf(one.itemOf('Bea')), 'bounced_back');
    await paying.pay(one.key);
    expect(await one.now('Bea')).toMatchObject({ status: 'settled' });
    wise.move(transactionIdOf(one.itemOf('Bea')), 'funds_refunded');
    expect(await paying.pay(one.key)).toMatchObject({ tally: { returned: 1 } });
    expect(await one.now('Bea')).toMatchObject({ status: 'returned', failure: 'Wise funds_refunded' });
    await sound(one);
  });
});

describe('the schedule', () => {
  test('asks only what is due, and says nothing when nothing changed', async () => {
    const one = await shop('followed', { Uma: [by('unclaimed@notes.example'), 5_000] });
    await paying.pay(one.key);
    const asked = paypal.asked.length;
    expect(await paying.pay(one.key, { follow: true })).toMatchObject({ statements: false, wait: null });
    expect(paypal.asked.length).toBe(asked);
    const { handler } = await import('../../../functions/jobs/draft-due-payouts.ts');
    const due = { getRemainingTimeInMillis: () => 300_000 };
    expect(await handler({ brandId: one.program.brandId }, due)).toMatchObject({ tally: { asked: 0 } });

    const [batch] = await paying.batches.all(one.key);
    await paying.batches.put(batch, { ...batch!, dueAt: LATER });
    expect(await handler({ brandId: one.program.brandId }, due)).toMatchObject({ tally: { asked: 1 } });
    const started = Object.entries(ground.started('pay-payout')).filter(([name]) => name.includes(one.key.runId));
    expect(started).toMatchObject([[expect.stringContaining('asked-'), { ...one.key, follow: true }]]);
    paypal.move(one.itemOf('Uma'), 'SUCCESS');
    expect(await paying.pay(one.key, { follow: true })).toMatchObject({ statements: true, tally: { settled: 1 } });
    expect((await paying.runs.get(one.key))!.status).toBe('paid');
  });
});
