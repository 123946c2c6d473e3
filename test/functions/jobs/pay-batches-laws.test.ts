import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditRun } from '../../../lib/payouts/audit.ts';
import { transactionIdOf } from '../../../lib/payouts/rails/wise.ts';
import { FRESH, type JobsGround, jobsGround, SPENT } from '../../support/jobs-ground.ts';
import { type PayingGround, payingGround } from '../../support/paying.ts';
import { CLIENT, type PayPalServer, paypalServer } from '../../support/paypal-server.ts';
import { givenProgram } from '../../support/program.ts';
import { FAULTS } from '../../support/provider-server.ts';
import { PROFILE, type WiseServer, wiseServer } from '../../support/wise-server.ts';

let ground: JobsGround;
let paying: PayingGround;
let paypal: PayPalServer;
let wise: WiseServer;
beforeAll(async () => {
  ground = await jobsGround();
  paypal = await paypalServer({ slow: 2 });
  wise = await wiseServer({ slow: 1 });
  process.env.OUTBOUND_EXCEPTIONS = `${paypal.origin} ${wise.origin}`;
  paying = await payingGround(ground);
});
afterAll(async () => {
  delete process.env.OUTBOUND_EXCEPTIONS;
  await paypal.close();
  await wise.close();
  await ground.stop();
});

const EURO = { rail: 'wise', iban: 'DE89370400440532013000' };
/** Amounts that differ, so that money in the wrong place shows. */
const PEOPLE: Readonly<Record<string, readonly [object, number]>> = {
  Ann: [{ rail: 'paypal', email: 'ann@notes.example' }, 1_100],
  Cloe: [{ rail: 'paypal', email: 'closed@notes.example' }, 2_300],
  Bea: [{ ...EURO, accountHolder: 'Bea' }, 4_700],
  Bob: [{ ...EURO, accountHolder: 'Bob' }, 9_500],
  Rex: [{ ...EURO, accountHolder: 'Refused' }, 19_100],
};
const FAILS = new Set(['Cloe', 'Rex']);

const fault = fc.option(fc.constantFrom(...FAULTS), { nil: undefined, freq: 2 });
/** One go at the workflow: what goes wrong at each server, after which write of ours the process dies, whether two run at once. */
const go = fc.record({
  paypal: fc.array(fault, { maxLength: 6 }),
  wise: fc.array(fault, { maxLength: 12 }),
  writes: fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined }),
  twice: fc.boolean(),
  /** Called anew for each batch. */
  short: fc.boolean(),
});

let shops = 0;

test('whatever goes wrong, and wherever the workflow is cut off: one payment an item, and the ledger says so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(go, { minLength: 1, maxLength: 4 }), async (goes) => {
      shops += 1;
      const program = await givenProgram(ground, `law ${shops}`);
      const { origin: server } = paypal;
      await paying.account(program, { provider: 'paypal', server, account: CLIENT.clientId }, CLIENT.clientSecret);
      await paying.account(
        program,
        { provider: 'wise', server: wise.origin, account: PROFILE.profileId },
        PROFILE.apiToken,
      );
      const who = await paying.people(program, PEOPLE);
      const { key } = await paying.approved(program);

      for (const { paypal: atPaypal, wise: atWise, writes, twice, short } of goes) {
        paypal.misbehave(atPaypal);
        wise.misbehave(atWise);
        if (writes !== undefined) ground.crashAfter(writes);
        const once = () => paying.pay(key, {}, short ? SPENT : FRESH);
        await Promise.allSettled(twice ? [once(), once()] : [once()]);
        ground.heal();
      }
      paypal.misbehave([]);
      wise.misbehave([]);
      // Late requests of the last go may still arrive.
      await new Promise((arrived) => setTimeout(arrived, 20));
      await paying.pay(key);
      await paying.pay(key);

      const items = await paying.runs.allItems(key);
      const paid = { ...paypal.books(), ...wise.books() };
      for (const [person, [, cents]] of Object.entries(PEOPLE)) {
        const { itemId, status } = items.find(({ partnerId }) => partnerId === who[person])!;
        const money = paid[itemId] ?? paid[transactionIdOf(itemId)] ?? 0;
        expect([person, status, money]).toEqual(FAILS.has(person) ? [person, 'failed', 0] : [person, 'settled', cents]);
        expect(paypal.taken(itemId)).toBeLessThanOrEqual(1);
      }
      const run = (await paying.runs.get(key))!;
      expect(run.status).toBe('paid');
      const partnerIds = Object.values(who);
      expect(await program.violations(...partnerIds)).toEqual([]);
      const journals = (await Promise.all(partnerIds.map(program.chain))).flat();
      expect(auditRun(run, items, journals)).toEqual([]);
      // Once more, nothing is written: everything has ended.
      const before = journals.length;
      await paying.pay(key);
      expect((await Promise.all(partnerIds.map(program.chain))).flat()).toHaveLength(before);
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 240_000);
