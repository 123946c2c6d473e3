import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditLedger } from '../../local/story/audit.ts';
import { everyPage, execute, until } from '../../local/story/brand-api.ts';
import { settleAndRelease } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';

/**
 * A program in dollars that pays in dollars, euros and yen. 8 %, no hold, no minimum. By hand:
 *
 * | rates of | 1 EUR is | so 1 USD is |
 * | --- | --- | --- |
 * | Apr 1, as first sent | 12.50 USD, 160 JPY | 0.08 EUR, 12.80 JPY: a slip of a digit |
 * | Apr 1, corrected | 1.25 USD, 160 JPY | 0.80 EUR, 128 JPY |
 * | May 1 | 2.00 USD, 160 JPY | 0.50 EUR, 80 JPY |
 *
 * | partner | order | worth | earns | run of | becomes | ends |
 * | --- | --- | ---: | ---: | --- | ---: | --- |
 * | Una | U1, Mar 10 | 100.00 | 8.00 | Apr 1, USD | 8.00 USD | paid |
 * | Eva | E1, Mar 11 | 250.00 | 20.00 | Apr 1, EUR, first rates | 1.60 EUR | rejected: 20.00 USD again |
 * | | | | | Apr 1, EUR, corrected | 16.00 EUR | failed: waits in euros |
 * | Eva | E2, Apr 10 | 100.00 | 8.00 | May 1, EUR | 4.00 EUR | paid with the 16.00: 20.00 EUR |
 * | Jun | J1, Mar 12 | 125.00 | 10.00 | Apr 1, JPY, first rates | 128 JPY | rejected: 10.00 USD again |
 * | | | | | Apr 1, JPY, corrected | 1,280 JPY | paid |
 *
 * In the end 46.00 USD were earned: 8.00 paid in dollars, 28.00 exchanged into 20.00 EUR and 10.00 into 1,280 JPY.
 */
const MARCH_END = '2026-03-31T12:00:00.000Z';
const APRIL = '2026-04-01T12:00:00.000Z';
const CORRECTED = '2026-04-01T15:00:00.000Z';
const MAY = '2026-05-01T12:00:00.000Z';

let ground: Booted;
let store: Shop;
let una: Member;
let eva: Member;
let jun: Member;

beforeAll(async () => {
  ground = await booted();
  store = await shop(ground, { payoutTerms: { payoutCurrencies: ['EUR', 'JPY'] } });
  una = await store.join('Una');
  eva = await store.join('Eva');
  jun = await store.join('Jun');
  await prefer(eva, 'EUR');
  await prefer(jun, 'JPY');
  await buys(una, 'U1', '2026-03-10', 10_000);
  await buys(eva, 'E1', '2026-03-11', 25_000);
  await buys(jun, 'J1', '2026-03-12', 12_500);
  await settleAndRelease(ground.people, MARCH_END);
});
afterAll(() => ground?.close());

const prefer = ({ partnerId }: Member, currency: string, expect?: readonly number[]) =>
  ground.people.owner.call<{ code?: string }>('PATCH', `/v1/programs/${store.programId}/enrolments/${partnerId}`, {
    at: '2026-03-02T00:00:00.000Z',
    body: { payoutPreferences: { currency } },
    ...(expect && { expect }),
  });

async function buys({ link }: Member, orderId: string, day: string, unitPriceCents: number) {
  const browser = {};
  await store.visit(browser, link, `${day}T10:00:00.000Z`);
  await store.order(browser, orderId, `${day}T11:00:00.000Z`, [{ unitPriceCents }]);
}

const sendRates = (day: string, usd: string) =>
  ground.people.owner.call('PUT', `/v1/fx-rates/${day}`, {
    at: `${day}T08:00:00.000Z`,
    body: { base: 'EUR', rates: { USD: usd, JPY: '160' } },
  });

interface Run {
  readonly runId: string;
  readonly currency: string;
  readonly status: string;
  readonly totalCents: number;
  readonly itemCount: number;
  readonly fileHash?: string;
}
interface Item {
  readonly itemId: string;
  readonly partnerId: string;
  readonly amountCents: number;
  readonly status: string;
  readonly exchange?: object;
}
interface Excluded {
  readonly partnerId: string;
  readonly reasons: readonly { readonly code: string; readonly words: string }[];
}

const read = (runId: string) => ground.people.finance.call<Run>('GET', `/v1/payouts/${runId}`);
const items = (runId: string) => everyPage<Item>(ground.people.finance, `/v1/payouts/${runId}/items`);
const excluded = (runId: string) => everyPage<Excluded>(ground.people.finance, `/v1/payouts/${runId}/excluded`);

/** Asks for a draft and waits for it: the run that the request is answered with. */
async function draft(asOf: string, currency?: string): Promise<Run> {
  const body = { programId: store.programId, asOf, ...(currency && { currency }) };
  const { runId } = await ground.people.finance.call<Run>('POST', '/v1/payouts', { at: asOf, body });
  return until(
    `draft ${runId}`,
    () => read(runId),
    ({ status }) => status !== 'drafting',
  );
}

/** The runs of a moment by currency, once as many are drafted. */
async function runsOf(asOf: string, count: number): Promise<Record<string, Run>> {
  const all = await until(
    `runs of ${asOf}`,
    async () =>
      (
        await everyPage<Run & { asOf: string }>(ground.people.finance, `/v1/payouts?programId=${store.programId}`)
      ).filter((run) => run.asOf === asOf),
    (runs) => runs.length === count && runs.every(({ status }) => status !== 'drafting'),
  );
  return Object.fromEntries(all.map((run) => [run.currency, run]));
}

/** Approves a run and gives the brand's word on its one item. */
async function pay({ runId, fileHash }: Run, word: 'confirmation' | 'failure', at: string): Promise<void> {
  await ground.people.approver.call('POST', `/v1/payouts/${runId}/approval`, { at, body: { hash: fileHash } });
  const [item] = await until(
    `items of ${runId}`,
    () => items(runId),
    (all) => all.every(({ status }) => status === 'sent'),
  );
  const body = word === 'failure' ? { why: 'The account is closed' } : {};
  await ground.people.finance.call('POST', `/v1/payouts/${runId}/items/${item!.itemId}/${word}`, { at, body });
  await until(
    `end of ${runId}`,
    () => read(runId),
    ({ status }) => status === 'paid',
  );
}

interface Ledger {
  readonly balances: Readonly<Record<string, number>>;
  readonly items: readonly { readonly kind: string; readonly journalId: string; readonly exchange?: object }[];
}
const ledgerOf = ({ partnerId }: Member, currency?: string) =>
  ground.people.owner.call<Ledger>(
    'GET',
    `/v1/programs/${store.programId}/partners/${partnerId}/ledger${currency ? `?currency=${currency}` : ''}`,
  );
async function standing(member: Member, currency?: string): Promise<Record<string, number>> {
  const { balances } = await ledgerOf(member, currency);
  return Object.fromEntries(Object.entries(balances).filter(([, cents]) => cents !== 0));
}
interface Statement {
  readonly number: number;
  readonly currency: string;
  readonly earnedCents: number;
  readonly exchangedCents?: number;
  readonly paidCents: number;
  readonly closingCents: number;
}
/** Statements, oldest first, once there are so many: they are written after the run has ended. */
async function statementsOf({ partnerId }: Member, count: number) {
  const path = `/v1/programs/${store.programId}/partners/${partnerId}/statements`;
  const all = await until(
    `statements of ${partnerId}`,
    () => everyPage<Statement>(ground.people.owner, path),
    ({ length }) => length >= count,
    60_000,
  );
  return all
    .map(({ number, currency, earnedCents, exchangedCents = 0, paidCents, closingCents }) => [
      ...[number, currency, earnedCents, exchangedCents, paidCents, closingCents],
    ])
    .sort(([a], [b]) => Number(a) - Number(b));
}

describe('a partner’s currency', () => {
  test('is one that the program’s terms list, and one that there is', async () => {
    expect(await prefer(una, 'GBP', [422])).toMatchObject({ code: 'currency-not-offered' });
    expect(await prefer(una, 'EUX', [400])).toMatchObject({ code: 'invalid-fields' });
    const tried = ground.people.finance.call<{ code: string }>('POST', '/v1/payouts', {
      ...{ at: MARCH_END, body: { programId: store.programId, currency: 'GBP' }, expect: [400] },
    });
    expect(await tried).toMatchObject({ code: 'invalid-fields' });
  });
});

describe('a run in euros', () => {
  test('without a rate pays nobody and says what is missing; the money stays where it is', async () => {
    const run = await draft(MARCH_END, 'EUR');
    expect(run).toMatchObject({ currency: 'EUR', status: 'empty' });
    const [only] = await excluded(run.runId);
    expect(only).toMatchObject({
      partnerId: eva.partnerId,
      payableCents: 0,
      exchangeable: { currency: 'USD', cents: 2_000 },
      reasons: [
        {
          code: 'no-fx-rate',
          words: 'There is no rate from USD to EUR on 2026-03-31; send it with PUT /v1/fx-rates/2026-03-31.',
        },
      ],
    });
    expect(await standing(eva)).toEqual({ expense: -2_000, payable: 2_000 });
  });
});

describe('April', () => {
  test('a run for each currency in which somebody is paid; a rejected one gives the dollars back', async () => {
    await sendRates('2026-04-01', '12.50');
    const own = await draft(APRIL);
    const runs = await runsOf(APRIL, 3);
    expect(own).toMatchObject({ runId: runs.USD!.runId, currency: 'USD', totalCents: 800, itemCount: 1 });
    expect(runs.EUR).toMatchObject({ totalCents: 160, itemCount: 1 });
    expect(runs.JPY).toMatchObject({ totalCents: 128, itemCount: 1 });
    for (const { reasons } of await excluded(own.runId))
      expect(reasons).toMatchObject([{ code: 'paid-in-another-currency' }]);

    for (const run of [runs.EUR!, runs.JPY!])
      await ground.people.approver.call('POST', `/v1/payouts/${run.runId}/rejection`, {
        ...{ at: APRIL, body: { why: 'a rate is wrong' } },
      });
    expect(await standing(eva)).toEqual({ expense: -2_000, payable: 2_000 });
    expect(await standing(eva, 'EUR')).toEqual({});
    expect(await standing(jun)).toEqual({ expense: -1_000, payable: 1_000 });
    await pay(runs.USD!, 'confirmation', APRIL);
    expect(await standing(una)).toEqual({ expense: -800, paid: 800 });
    // Statements are written after the run has ended; what is drafted meanwhile would be in them.
    for (const member of [una, eva, jun]) await statementsOf(member, 1);
  });

  test('by the corrected rates: 20.00 USD become 16.00 EUR, 10.00 USD become 1,280 JPY', async () => {
    await sendRates('2026-04-01', '1.25');
    const nobody = await draft(CORRECTED);
    expect(nobody).toMatchObject({ currency: 'USD', status: 'empty' });
    const runs = await runsOf(CORRECTED, 3);
    expect([runs.EUR?.totalCents, runs.JPY?.totalCents]).toEqual([1_600, 1_280]);
    const [item] = await items(runs.EUR!.runId);
    expect(item).toMatchObject({
      partnerId: eva.partnerId,
      amountCents: 1_600,
      exchange: {
        from: { currency: 'USD', cents: 2_000 },
        to: { currency: 'EUR', cents: 1_600 },
        rateId: '2026-04-01/2',
        rate: '1 EUR is 1.25 USD',
      },
    });
    const [usd, eur] = [await ledgerOf(eva), await ledgerOf(eva, 'EUR')];
    expect(usd.items.at(-1)?.kind).toBe('exchange');
    expect(eur.items.at(-2)?.exchange).toEqual(usd.items.at(-1)?.exchange);
    expect(await standing(eva)).toEqual({ expense: -2_000, exchanged: 2_000 });
    expect(await standing(eva, 'EUR')).toEqual({ exchanged: -1_600, inTransit: 1_600 });

    await pay(runs.JPY!, 'confirmation', CORRECTED);
    expect(await standing(jun, 'JPY')).toEqual({ exchanged: -1_280, paid: 1_280 });
    await statementsOf(jun, 3);
    await statementsOf(eva, 2);
    await pay(runs.EUR!, 'failure', CORRECTED);
    expect(await standing(eva, 'EUR')).toEqual({ exchanged: -1_600, payable: 1_600 });
  });

  test('statements of both accounts tell it', async () => {
    // By the run in dollars, when nothing had left for good; by that in yen, of accounts in dollars too; by that in euros.
    expect(await statementsOf(eva, 3)).toEqual([
      [1, 'USD', 2_000, 0, 0, 2_000],
      [2, 'USD', 0, -2_000, 0, 0],
      [3, 'EUR', 0, 1_600, 0, 1_600],
    ]);
    expect(await statementsOf(jun, 3)).toEqual([
      [1, 'USD', 1_000, 0, 0, 1_000],
      [2, 'USD', 0, -1_000, 0, 0],
      [3, 'JPY', 0, 1_280, 1_280, 0],
    ]);
    const path = `/v1/programs/${store.programId}/partners/${jun.partnerId}/statements/3`;
    const inForm = async (format: string) => {
      const { apiUrl, keys } = ground.credentials;
      const headers = { authorization: `Bearer ${keys.owner}` };
      const answer = await fetch(`${apiUrl}${path}?format=${format}`, { headers });
      expect(answer.status).toBe(200);
      return answer.text();
    };
    const words = '10.00 USD became 1,280 JPY: 1 EUR is 1.25 USD and 160 JPY, the rate of 2026-04-01.';
    for (const format of ['html', 'csv', 'json']) expect(await inForm(format)).toContain(words);
    expect((await inForm('pdf')).slice(0, 5)).toBe('%PDF-');
  });
});

describe('May', () => {
  test('what failed is paid in euros as it is, with what was earned since at the rate of May', async () => {
    await buys(eva, 'E2', '2026-04-10', 10_000);
    await settleAndRelease(ground.people, '2026-04-30T12:00:00.000Z');
    await sendRates('2026-05-01', '2.00');
    await draft(MAY);
    const runs = await runsOf(MAY, 2);
    const [item] = await items(runs.EUR!.runId);
    expect(item).toMatchObject({
      amountCents: 2_000,
      exchange: { from: { cents: 800 }, to: { cents: 400 }, rate: '1 EUR is 2.00 USD' },
    });
    await pay(runs.EUR!, 'confirmation', MAY);
    expect(await standing(eva)).toEqual({ expense: -2_800, exchanged: 2_800 });
    expect(await standing(eva, 'EUR')).toEqual({ exchanged: -2_000, paid: 2_000 });
    expect((await statementsOf(eva, 5)).slice(3)).toEqual([
      [4, 'USD', 800, -800, 0, 0],
      [5, 'EUR', 0, 400, 2_000, 0],
    ]);
  });

  test('drafted and settled again, nothing changes; and every law holds', async () => {
    const all = () => Promise.all([ledgerOf(eva), ledgerOf(eva, 'EUR'), ledgerOf(jun, 'JPY'), ledgerOf(una)]);
    const before = await all();
    for (const asOf of [APRIL, CORRECTED, MAY]) {
      await draft(asOf);
      for (const currency of ['EUR', 'JPY'])
        await execute(ground.people.finance, 'draft-payout', { programId: store.programId, asOf, currency }, asOf);
    }
    await settleAndRelease(ground.people, MAY);
    expect(await all()).toEqual(before);
    expect(await auditLedger(ground.people, MAY)).toContain('every law of the ledger holds');
  });
});
