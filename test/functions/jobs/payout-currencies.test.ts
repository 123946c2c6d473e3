import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../lib/http/caller.ts';
import { derive } from '../../../lib/ids.ts';
import { auditChain } from '../../../lib/ledger/audit.ts';
import { auditRun } from '../../../lib/payouts/audit.ts';
import { itemIdOf, runIdOf } from '../../../lib/payouts/order.ts';
import { fxRates } from '../../../lib/store/fx-rates.ts';
import { paymentsOfYear } from '../../../lib/store/partner-payments.ts';
import { payoutRuns } from '../../../lib/store/payout-runs.ts';
import { programs } from '../../../lib/store/programs.ts';
import { taxpayers } from '../../../lib/store/taxpayers.ts';
import { withholdingFacts } from '../../../lib/store/withholding.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { FRESH, fanOut, type JobsGround, jobsGround, type Step, untilDone } from '../../support/jobs-ground.ts';
import { type PayoutSteps, type PayoutsApi, payoutSteps, payoutsApi } from '../../support/paying.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

const RELEASED = '2026-04-20T00:00:00.000Z';
const AS_OF = '2026-05-01T08:00:00.000Z';
const LATER = '2026-05-01T12:00:00.000Z';
const NEXT = '2026-05-02T08:00:00.000Z';

let ground: JobsGround;
let steps: PayoutSteps;
let call: PayoutsApi;
let draftDue: Step;
let draftReleased: Step;
let planAudit: Step;
let auditShard: Step;
beforeAll(async () => {
  ground = await jobsGround();
  steps = await payoutSteps();
  call = await payoutsApi(LATER);
  draftDue = (await import('../../../functions/jobs/draft-due-payouts.ts')).handler as Step;
  draftReleased = (await import('../../../functions/jobs/draft-released-payouts.ts')).handler as Step;
  planAudit = (await import('../../../functions/jobs/plan-audit.ts')).handler as Step;
  auditShard = (await import('../../../functions/jobs/audit-shard.ts')).handler as Step;
});
afterAll(() => ground.stop());

const runs = () => payoutRuns(ground.engine.client, ground.tables.core);
let entries = 0;
function told({ brandId, programId }: GivenProgram, action: string) {
  entries += 1;
  const auditId = derive('audit', programId, action, entries);
  return { auditId, brandId, at: AS_OF, person: 'mia@shop.example', keyId: 'key_0', action, target: programId };
}

async function prefer(program: GivenProgram, partnerId: string, currency: string): Promise<void> {
  const { brandId, programId, stores } = program;
  const to = (row: object) => ({ ...row, payoutPreferences: { currency } }) as never;
  await stores.enrolments.update(brandId, programId, partnerId, to, () => told(program, 'updateEnrolment'));
}

async function sendRates(program: GivenProgram, usd: string, day = '2026-05-01'): Promise<void> {
  const store = fxRates(ground.engine.client, ground.tables.core);
  await store.put(program.brandId, day, { base: 'EUR', rates: { USD: usd } }, () => told(program, 'putFxRates'));
}

/** A program in dollars with partners who want euros, each with so much payable. */
async function given(name: string, amounts: Readonly<Record<string, number>>, currency = 'EUR') {
  const program = await givenProgram(ground, name, { payoutTerms: { minimumCents: 100, payoutCurrencies: ['EUR'] } });
  const people: Record<string, string> = {};
  const at = '2026-03-10T10:00:00.000Z';
  for (const [person, cents] of Object.entries(amounts)) {
    const partnerId = await program.partner(person);
    await prefer(program, partnerId, currency);
    people[person] = partnerId;
    const clickId = await program.click(partnerId, `v${partnerId.slice(-6)}`, at);
    const items = [{ sku: 'thing', quantity: 1, unitPriceCents: cents * 10, discountCents: 0 }];
    await program.order(`o-${partnerId.slice(4)}`, at, { clickId, items });
  }
  const { brandId } = program;
  await fanOut(steps.planSettlement, steps.settleShard, { brandId, asOf: at });
  await fanOut(steps.planRelease, steps.releaseShard, { brandId, asOf: RELEASED });
  return { program, people };
}

const keyOf = ({ brandId, programId }: GivenProgram, asOf = AS_OF) => ({
  brandId,
  runId: runIdOf({ brandId, programId, asOf }, 'EUR'),
});

/** The workflow draft-payout, in euros; `meanwhile` happens between setting aside and freezing. */
async function draft(
  program: GivenProgram,
  asOf = AS_OF,
  over: { readonly width?: number; readonly meanwhile?: () => Promise<void> } = {},
) {
  const { brandId, programId } = program;
  const input = { brandId, programId, asOf, madeBy: 'mia@shop.example', currency: 'EUR' };
  const twice: Step = async (one, context) => {
    const all = await Promise.all(Array.from({ length: over.width ?? 1 }, () => steps.reserveItems(one, context)));
    return all[0]!;
  };
  const { plan } = await fanOut(steps.planPayout, twice, input);
  await over.meanwhile?.();
  if (!plan.idle) await untilDone(steps.freezeRun, await untilDone(steps.checkItems, plan));
  const key = keyOf(program, asOf);
  return { key, plan, run: await runs().get(key), items: await runs().allItems(key) };
}

const chainIn = ({ brandId, programId, stores }: GivenProgram, partnerId: string, currency: string) =>
  stores.ledger.journals({ brandId, programId, partnerId, currency }, { limit: 1_000 });
async function standing(program: GivenProgram, partnerId: string, currency = 'EUR') {
  const head = (await chainIn(program, partnerId, currency)).at(-1);
  return Object.fromEntries(Object.entries(head?.after.balances ?? {}).filter(([, cents]) => cents !== 0));
}
const violations = async (program: GivenProgram): Promise<number> => {
  const { brandId, programId } = program;
  const { tallies } = await fanOut(planAudit, auditShard, { brandId, programId, asOf: NEXT });
  return (tallies as readonly { violations: number }[]).reduce((sum, tally) => sum + tally.violations, 0);
};
const as = ({ brandId }: GivenProgram, person: string): Caller => ({
  ...{ brandId, keyId: `key_${person}`, person: `${person}@shop.example`, role: 'finance' },
});

describe('drafting in another currency', () => {
  test('exchanges and reserves by one transaction, once, however many try at the same time and again', async () => {
    const amounts = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`P${n}`, 1_000 + n]));
    const { program, people } = await given('many', amounts);
    await sendRates(program, '1.25');
    const { run, items, key } = await draft(program, AS_OF, { width: 3 });
    await draft(program, AS_OF, { width: 2 });
    // 10.00 to 10.29 USD at 0.8, each rounded once.
    const euros = Object.values(amounts).map((cents) => Math.round((cents * 4) / 5));
    expect(run).toMatchObject({ currency: 'EUR', status: 'awaiting-approval', itemCount: 30 });
    expect(run?.totalCents).toBe(euros.reduce((sum, cents) => sum + cents, 0));
    const journals = [];
    for (const [person, cents] of Object.entries(amounts)) {
      const partnerId = people[person]!;
      expect(await standing(program, partnerId, 'USD')).toEqual({ expense: -cents, exchanged: cents });
      const chain = await chainIn(program, partnerId, 'EUR');
      expect(chain.map(({ kind, cause }) => [kind, cause])).toEqual([
        ['exchange', itemIdOf(run!.runId, partnerId)],
        ['reserve', itemIdOf(run!.runId, partnerId)],
      ]);
      journals.push(...chain);
      expect(auditChain(chain)).toEqual([]);
    }
    expect(auditRun((await runs().get(key))!, items, journals)).toEqual([]);
    expect(await violations(program)).toBe(0);
  });

  test('without anybody for it stores no run; with somebody who cannot be paid, one that says why', async () => {
    const { program: none } = await given('nobody', { Ann: 1_000 }, 'USD');
    expect(await draft(none)).toMatchObject({ plan: { idle: true, status: 'empty' }, run: undefined });

    const { program, people } = await given('no rate', { Ann: 1_000 });
    const { run, key } = await draft(program);
    expect(run).toMatchObject({ status: 'empty', currency: 'EUR', excludedCount: 1 });
    const [only] = await runs().allExclusions(key);
    expect(only).toMatchObject({
      ...{ partnerId: people.Ann, payableCents: 0, exchangeable: { currency: 'USD', cents: 1_000 } },
      reasons: [{ code: 'no-fx-rate' }],
    });
    expect(await standing(program, people.Ann!, 'USD')).toEqual({ expense: -1_000, payable: 1_000 });
  });

  test('in a currency that the program does not pay in fails and says which it does', async () => {
    const { program } = await given('other', { Ann: 1_000 });
    const { brandId, programId } = program;
    const input = { brandId, programId, asOf: AS_OF, madeBy: 'mia@shop.example', currency: 'GBP' };
    await expect(steps.planPayout(input, FRESH)).rejects.toThrow('must be USD or EUR, not GBP');
  });

  test('a conversion that is not stored is found behind what was exchanged', async () => {
    const { program, people } = await given('no source', { Ann: 1_000 });
    await sendRates(program, '1.25');
    const { brandId, programId } = program;
    const orderId = `o-${people.Ann!.slice(4)}`;
    await ground.engine.client.send(
      new UpdateCommand({
        ...{
          TableName: ground.tables.ledger,
          Key: { pk: `${brandId}#${programId}#${people.Ann}#USD`, sk: '000000000001' },
        },
        ...{ UpdateExpression: 'SET #l = :l', ExpressionAttributeNames: { '#l': 'lines' } },
        ExpressionAttributeValues: {
          ':l': (await rawLines(program, people.Ann!)).replaceAll(orderId, `${orderId}-gone`),
        },
      }),
    );
    const { run } = await draft(program);
    expect(run?.findings).toMatchObject({ severe: 1 });
  });
});

async function rawLines({ brandId, programId }: GivenProgram, partnerId: string): Promise<string> {
  const Key = { pk: `${brandId}#${programId}#${partnerId}#USD`, sk: '000000000001' };
  const { Item } = await ground.engine.client.send(new GetCommand({ TableName: ground.tables.ledger, Key }));
  return String(Item?.lines);
}

describe('afterwards', () => {
  test('a rejected run gives the dollars back, both amounts as they were', async () => {
    const amounts = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`P${n}`, 1_000 + n]));
    const { program, people } = await given('rejected', amounts);
    await sendRates(program, '12.5');
    const { run } = await draft(program);
    await sendRates(program, '1.25');
    const options = { params: { runId: run!.runId }, body: { why: 'a rate is wrong' }, as: as(program, 'otto') };
    expect(await call('rejectPayout', options)).toMatchObject({ status: 200 });
    for (const [person, cents] of Object.entries(amounts)) {
      expect(await standing(program, people[person]!, 'USD')).toEqual({ expense: -cents, payable: cents });
      expect(await standing(program, people[person]!)).toEqual({});
    }
    expect(await call('rejectPayout', options)).toMatchObject({ status: 200 });
    const again = await draft(program, LATER);
    expect(again.items.find(({ partnerId }) => partnerId === people.P0)).toMatchObject({
      amountCents: 800,
      exchange: { rateId: '2026-05-01/2' },
    });
    expect(await violations(program)).toBe(0);
  });

  test('a payment that failed is paid again in euros, also to whom wants dollars by now, and without rates', async () => {
    const { program, people } = await given('failed', { Ann: 1_000 });
    await sendRates(program, '1.25');
    const { run, items } = await draft(program);
    const otto = as(program, 'otto');
    const { runId, fileHash } = run!;
    await call('approvePayout', { params: { runId }, body: { hash: fileHash }, as: otto });
    await fanOut(steps.planPayment, steps.payItems, { ...keyOf(program), asOf: LATER });
    const itemId = items[0]!.itemId;
    await call('failItem', { params: { runId, itemId }, body: { why: 'closed' }, as: otto });
    expect(await standing(program, people.Ann!)).toEqual({ exchanged: -800, payable: 800 });
    await prefer(program, people.Ann!, 'USD');
    const again = await draft(program, NEXT);
    expect(again.items).toMatchObject([{ amountCents: 800, currency: 'EUR', status: 'reserved' }]);
    expect(again.items[0]).not.toHaveProperty('exchange');

    // It is frozen, approved and paid like that: what they ask for by now is of what they earn from now on.
    expect(again.run).toMatchObject({ status: 'awaiting-approval', totalCents: 800 });
    const second = { params: { runId: again.run!.runId }, body: { hash: again.run!.fileHash }, as: otto, at: NEXT };
    expect(await call('approvePayout', second)).toMatchObject({ status: 202 });
    await fanOut(steps.planPayment, steps.payItems, { ...keyOf(program, NEXT), asOf: NEXT });
    const params = { runId: again.run!.runId, itemId: again.items[0]!.itemId };
    expect(await call('confirmItem', { params, body: {}, as: otto, at: NEXT })).toMatchObject({ status: 200 });
    expect(await standing(program, people.Ann!)).toEqual({ exchanged: -800, paid: 800 });
    expect(await violations(program)).toBe(0);
  });

  test('who asks for dollars between draft and approval is a change; drafted again, they are paid dollars', async () => {
    const { program, people } = await given('changed', { Ann: 1_000 });
    await sendRates(program, '1.25');
    const { run } = await draft(program);
    await prefer(program, people.Ann!, 'USD');
    const { runId, fileHash } = run!;
    const otto = as(program, 'otto');
    expect(await call('approvePayout', { params: { runId }, body: { hash: fileHash }, as: otto })).toMatchObject({
      status: 422,
      body: { code: 'changed-since-draft', detail: expect.stringContaining('asks to be paid in USD by now') },
    });
    await call('rejectPayout', { params: { runId }, body: { why: 'dollars' }, as: otto });
    expect((await draft(program, NEXT)).run).toBeUndefined();
    expect(await standing(program, people.Ann!, 'USD')).toEqual({ expense: -1_000, payable: 1_000 });
    expect(await violations(program)).toBe(0);
  });

  test('who asks for dollars, or is paused, before the freeze is left out: the dollars are payable as they were', async () => {
    const { program, people } = await given('left out', { Ann: 1_000, Ben: 2_000, Cat: 3_000 });
    await sendRates(program, '1.25');
    const { brandId, programId, stores } = program;
    const paused = (row: object) => ({ ...row, status: 'paused' }) as never;
    const meanwhile = async () => {
      await prefer(program, people.Ann!, 'USD');
      await stores.enrolments.update(brandId, programId, people.Ben!, paused, () => told(program, 'updateEnrolment'));
    };
    const { run, items, key } = await draft(program, AS_OF, { meanwhile });
    expect(run).toMatchObject({ status: 'awaiting-approval', itemCount: 1, totalCents: 2_400, excludedCount: 2 });
    const left = { payableCents: 0 };
    const excluded = new Map((await runs().allExclusions(key)).map((one) => [one.partnerId, one]));
    expect(excluded.get(people.Ann!)).toMatchObject({
      ...{ ...left, exchangeable: { currency: 'USD', cents: 1_000 } },
      reasons: [{ code: 'paid-in-another-currency' }],
    });
    expect(excluded.get(people.Ben!)).toMatchObject({
      ...{ ...left, exchangeable: { currency: 'USD', cents: 2_000 } },
      reasons: [{ code: 'enrolment-not-active' }],
    });
    const journals = [];
    for (const [person, cents] of [
      ['Ann', 1_000],
      ['Ben', 2_000],
    ] as const) {
      expect(await standing(program, people[person]!, 'USD')).toEqual({ expense: -cents, payable: cents });
      expect(await standing(program, people[person]!)).toEqual({});
    }
    for (const person of Object.values(people)) journals.push(...(await chainIn(program, person, 'EUR')));
    expect(auditRun(run!, items, journals)).toEqual([]);
    expect(await violations(program)).toBe(0);

    // Drafted again the run is what it is; what is payable in dollars is paid by the next run in dollars.
    await draft(program);
    expect((await runs().get(key))?.fileHash).toBe(run!.fileHash);
    const inDollars = { brandId, programId, asOf: NEXT, madeBy: 'mia@shop.example' };
    expect(await steps.planPayout(inDollars, FRESH)).toMatchObject({ shards: [{ partnerIds: [people.Ann] }] });
    expect(await violations(program)).toBe(0);
  });

  test('what waits in euros waits for a debt in dollars to be repaid, whatever currency is asked for by then', async () => {
    const { program, people } = await given('owing', { Ann: 1_000 });
    const { brandId } = program;
    await sendRates(program, '1.25');
    const { run, items } = await draft(program);
    const otto = as(program, 'otto');
    const { runId, fileHash } = run!;
    await call('approvePayout', { params: { runId }, body: { hash: fileHash }, as: otto });
    await fanOut(steps.planPayment, steps.payItems, { ...keyOf(program), asOf: LATER });
    await call('failItem', { params: { runId, itemId: items[0]!.itemId }, body: { why: 'closed' }, as: otto });
    await program.cancelled(`o-${people.Ann!.slice(4)}`, LATER);
    await fanOut(steps.planSettlement, steps.settleShard, { brandId, asOf: LATER });
    expect(await standing(program, people.Ann!, 'USD')).toEqual({ exchanged: 1_000, receivable: -1_000 });
    await prefer(program, people.Ann!, 'USD');
    const again = await draft(program, NEXT);
    expect(again).toMatchObject({ run: { status: 'empty', excludedCount: 1 }, items: [] });
    expect(await runs().allExclusions(again.key)).toMatchObject([
      { partnerId: people.Ann, payableCents: 800, reasons: [{ code: 'owes' }] },
    ]);
    expect(await violations(program)).toBe(0);
  });

  test('a side that was changed is found from the other', async () => {
    const { program, people } = await given('forged', { Ann: 1_000 });
    await sendRates(program, '1.25');
    await draft(program);
    expect(await violations(program)).toBe(0);
    const { brandId, programId } = program;
    await ground.engine.client.send(
      new UpdateCommand({
        TableName: ground.tables.ledger,
        Key: { pk: `${brandId}#${programId}#${people.Ann}#EUR`, sk: '000000000001' },
        UpdateExpression: 'SET cause = :cause',
        ExpressionAttributeValues: { ':cause': 'itm_0000000000000000' },
      }),
    );
    const shards = (await planAudit({ brandId, programId, asOf: NEXT }, FRESH)) as {
      shards: { kind: string; currency?: string }[];
    };
    const own = shards.shards.find(({ kind, currency }) => kind === 'chains' && currency === 'USD');
    await expect(auditShard(own!, FRESH)).rejects.toThrow('which does not say the same');
  });

  test('of the year, euros hold the return back, and dollars that left count for withholding', async () => {
    const { program, people } = await given('taxes', { Ann: 100_000 });
    await sendRates(program, '1.25');
    const { run, items } = await draft(program);
    const { runId, fileHash } = run!;
    const otto = as(program, 'otto');
    await call('approvePayout', { params: { runId }, body: { hash: fileHash }, as: otto });
    await fanOut(steps.planPayment, steps.payItems, { ...keyOf(program), asOf: LATER });
    await call('confirmItem', { params: { runId, itemId: items[0]!.itemId }, body: {}, as: otto });
    const payee = { brandId: program.brandId, partnerId: people.Ann! };
    const paid = await paymentsOfYear(program.stores, payee, 2026);
    expect(paid).toMatchObject([
      { currency: 'USD', paidCents: 0 },
      { currency: 'EUR', paidCents: 80_000 },
    ]);
    const asked = { year: 2026, underWay: true };
    const stores = { ...program.stores, taxpayers: taxpayers(ground.engine.client, ground.tables.core) };
    const { facts } = await withholdingFacts(stores, payee, asked, TaxSettings.parse({}));
    expect(facts.paidBeforeCents).toBe(100_000);
  });
});

describe('by schedule', () => {
  const schedule = async (program: GivenProgram, every: 'day' | 'release') => {
    const to = (stored: object) =>
      ({ ...stored, payoutSchedule: { every }, payoutScheduleSince: '2026-04-30T12:00:00.000Z' }) as never;
    const { brandId, programId } = program;
    const entry = () => told(program, 'updateProgram');
    await programs(ground.engine.client, ground.tables.core).update(brandId, programId, to, entry);
  };
  const started = ({ programId }: GivenProgram) =>
    Object.values(ground.started('draft-payout'))
      .filter((input) => input.programId === programId)
      .map(({ asOf, currency }) => [asOf, currency])
      .sort();

  test('a run is drafted for each currency, once', async () => {
    const { program } = await given('due', { Ann: 1_000 });
    await schedule(program, 'day');
    const { brandId } = program;
    expect(await draftDue({ brandId, asOf: '2026-05-01T05:00:00.000Z' }, FRESH)).toMatchObject({
      tally: { started: 4 },
    });
    const again = await draftDue({ brandId, asOf: '2026-05-01T06:00:00.000Z' }, FRESH);
    expect(again).toMatchObject({ tally: { started: 0, alreadyThere: 4 } });
    const [first, second] = ['2026-04-30T00:00:00.000Z', '2026-05-01T00:00:00.000Z'];
    expect(started(program)).toEqual([
      [first, undefined],
      [first, 'EUR'],
      [second, undefined],
      [second, 'EUR'],
    ]);
  });

  test('after a release, for each in which somebody can be paid', async () => {
    const { program } = await given('released', { Ann: 1_000 });
    await schedule(program, 'release');
    const { brandId } = program;
    const order = { brandId, asOf: AS_OF };
    expect(await draftReleased(order, FRESH)).toMatchObject({ tally: { started: 0 } });
    await sendRates(program, '1.25');
    expect(await draftReleased(order, FRESH)).toMatchObject({ tally: { started: 1 } });
    expect(started(program)).toEqual([[AS_OF, 'EUR']]);
  });

  test('by a person, all of them, or one', async () => {
    const { program } = await given('by hand', { Ann: 1_000 });
    const { programId } = program;
    const mia = as(program, 'mia');
    const own = await call('draftPayout', { body: { programId, asOf: AS_OF }, as: mia });
    expect(own).toMatchObject({
      status: 202,
      body: { currency: 'USD', runId: runIdOf({ brandId: program.brandId, programId, asOf: AS_OF }) },
    });
    expect(started(program)).toEqual([
      [AS_OF, undefined],
      [AS_OF, 'EUR'],
    ]);
    const euros = await call('draftPayout', { body: { programId, asOf: LATER, currency: 'EUR' }, as: mia });
    expect(euros.body).toMatchObject({ currency: 'EUR', runId: keyOf(program, LATER).runId });
    expect(started(program).filter(([asOf]) => asOf === LATER)).toEqual([[LATER, 'EUR']]);
    // Asked for after an execution that found nobody, the run is drafted all the same.
    await call('draftPayout', { body: { programId, asOf: AS_OF, currency: 'EUR' }, as: mia });
    expect(started(program).filter(([asOf]) => asOf === AS_OF)).toHaveLength(3);
  });
});
