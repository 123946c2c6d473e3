import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute } from '../../local/story/brand-api.ts';
import { type Booted, booted } from '../support/booted.ts';
import { shop } from '../support/shop.ts';

let ground: Booted;
beforeAll(async () => {
  ground = await booted();
});
afterAll(() => ground?.close());

interface Shown {
  readonly attribution: string;
  readonly journey: readonly { partnerId: string; kind: string; counts: boolean }[];
  readonly credits: readonly { partnerId: string; creditBps: number; postedCents: number; kind?: string }[];
  readonly lines: readonly { partnerId: string; explanation: string }[];
}
interface Sides {
  readonly inHold: { standsCents: number; wouldCents: number; gainCents: number };
  readonly locked: { gainCents: number };
}
interface Backtest {
  readonly status: string;
  readonly report?: { totals: Sides; partners: readonly ({ partnerId: string } & Sides)[] };
}

const END = '2026-04-01T12:00:00.000Z';
const RULE = { model: 'last-touch', lookbackDays: 30, lateTouch: { withinSeconds: 120, mostBps: 2_000 } };

/** A reader comes by a blog and, a minute before ordering 100.00, looks for a coupon. */
test('a coupon site poaches an order: a back-test tells what the rule would change, and the rule then does exactly that', async () => {
  const { owner } = ground.people;
  const store = await shop(ground, { payoutTerms: { holdDays: 30 } });
  const [blog, deals] = [await store.join('Blog'), await store.join('Deals', { type: 'coupon' })];
  const browser = {};
  await store.visit(browser, blog.link, '2026-03-20T10:00:00.000Z');
  await store.visit(browser, deals.link, '2026-03-22T09:59:00.000Z');
  await store.order(browser, 'P-1', '2026-03-22T10:00:00.000Z', [{ unitPriceCents: 10_000 }]);
  await execute(owner, 'settle-conversions', { asOf: END }, END);
  expect((await store.balances(deals.partnerId)).pending).toBe(800);

  const window = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
  const { href } = await owner.call<{ href: string }>('POST', `/v1/programs/${store.programId}/attribution:backtest`, {
    at: END,
    body: { policy: RULE, ...window },
  });
  const read = () => owner.call<Backtest>('GET', href);
  await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe('succeeded');
  const { report } = await read();
  expect(Object.fromEntries(report!.partners.map((one) => [one.partnerId, one.inHold.gainCents]))).toEqual({
    [blog.partnerId]: 640,
    [deals.partnerId]: -640,
  });
  expect((await store.balances(deals.partnerId)).pending).toBe(800);

  await owner.call('POST', `/v1/programs/${store.programId}/policies`, {
    at: END,
    body: { policy: RULE, effectiveFrom: '2026-03-01T00:00:00Z' },
  });
  const again = { programId: store.programId, mode: 'recompute', ...window, asOf: END };
  await execute(owner, 'settle-conversions', again, END);
  expect((await store.balances(blog.partnerId)).pending).toBe(640);
  expect((await store.balances(deals.partnerId)).pending).toBe(160);
  const shown = await store.conversion<Shown>('P-1');
  expect(shown.credits).toMatchObject([
    { partnerId: blog.partnerId, creditBps: 8_000, postedCents: 640 },
    { partnerId: deals.partnerId, creditBps: 2_000, postedCents: 160 },
  ]);
  expect(shown.attribution).toBe(
    '2 touches counted; 2 partners got all credit by version 2 of the attribution policy (model: last touch). Late touches keep at most 20 % ' +
      'where another partner had won the customer earlier; the rest went to the earlier touches.',
  );
  expect(shown.lines.find(({ partnerId }) => partnerId === blog.partnerId)?.explanation).toContain('Late touches keep');
});

test('a deal that a reseller registered shares the order with the click', async () => {
  const { owner } = ground.people;
  const store = await shop(ground, { policy: { model: 'linear' } });
  const [reseller, blog] = [await store.join('Reseller', { type: 'reseller' }), await store.join('Blog')];
  const browser = {};
  await owner.call('POST', `/v1/programs/${store.programId}/touches`, {
    at: '2026-03-10T10:00:00.000Z',
    body: { touchId: 'D-1', partnerId: reseller.partnerId, kind: 'deal', customerId: 'C-1' },
  });
  await store.visit(browser, blog.link, '2026-03-12T10:00:00.000Z');
  await store.order(browser, 'D-1', '2026-03-12T11:00:00.000Z', [{ unitPriceCents: 10_000 }], { customerId: 'C-1' });
  await execute(owner, 'settle-conversions', { asOf: END }, END);
  const shown = await store.conversion<Shown>('D-1');
  expect(shown.journey).toMatchObject([
    { partnerId: reseller.partnerId, kind: 'deal', counts: true },
    { partnerId: blog.partnerId, kind: 'click', counts: true },
  ]);
  expect(shown.credits).toMatchObject([
    { partnerId: reseller.partnerId, creditBps: 5_000, postedCents: 400, kind: 'deal' },
    { partnerId: blog.partnerId, creditBps: 5_000, postedCents: 400 },
  ]);
  expect(shown.lines.find(({ partnerId }) => partnerId === reseller.partnerId)?.explanation).toContain(
    'a registered deal at 2026-03-10 10:00 UTC',
  );
});

interface Compared {
  readonly status: string;
  readonly problem?: string;
  readonly report?: {
    readonly journeys: { readonly converted: number; readonly notConverted: number };
    readonly partners: readonly {
      readonly partnerId: string;
      readonly paid: { readonly commissionCents: number };
      readonly models: Readonly<Record<string, { readonly valueCents: number; readonly removalEffect?: number }>>;
    }[];
  };
}

test('partners are compared over a journey that converted and one that did not, beside what was paid', async () => {
  const { owner } = ground.people;
  const store = await shop(ground);
  const [blog, deals] = [await store.join('Blog'), await store.join('Deals', { type: 'coupon' })];
  const [buyer, reader] = [{}, {}];
  await store.visit(buyer, blog.link, '2026-03-20T10:00:00.000Z');
  await store.visit(buyer, deals.link, '2026-03-21T10:00:00.000Z');
  await store.order(buyer, 'C-1', '2026-03-21T11:00:00.000Z', [{ unitPriceCents: 10_000 }]);
  await store.visit(reader, blog.link, '2026-03-23T10:00:00.000Z');
  await execute(owner, 'settle-conversions', { asOf: END }, END);

  // Clicks are kept once the stream has brought them.
  await ground.laptop.idle();

  const { href } = await owner.call<{ href: string }>('POST', `/v1/programs/${store.programId}/attribution:compare`, {
    at: END,
    body: { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z', models: ['first', 'markov'] },
  });
  const read = () => owner.call<Compared>('GET', href);
  await expect.poll(async () => (await read()).status, { timeout: 20_000 }).not.toBe('running');
  const found = await read();
  expect(found.problem).toBeUndefined();
  expect(found.report?.journeys).toMatchObject({ converted: 1, notConverted: 1 });
  const told = new Map(found.report!.partners.map((one) => [one.partnerId, one]));
  expect(told.get(deals.partnerId)).toMatchObject({
    paid: { commissionCents: 800 },
    models: { markov: { valueCents: 5_000 } },
  });
  expect(told.get(blog.partnerId)).toMatchObject({
    paid: { commissionCents: 0 },
    models: { first: { valueCents: 10_000 } },
  });
  expect(told.get(blog.partnerId)!.models.markov!.removalEffect).toBe(1);
});
