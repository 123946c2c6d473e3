import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../local/story/brand-api.ts';
import { closeMonth } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';

/** One order in another currency, from the report to the month after its chargeback. 8 %, no hold; amounts in cents. */
let ground: Booted;
let store: Shop;
let partner: Member;
let path: string;

beforeAll(async () => {
  ground = await booted();
  store = await shop(ground);
  partner = await store.join('Partner');
  path = `/v1/programs/${store.programId}/conversions/sale/F-1`;
  const browser = {};
  await store.visit(browser, partner.link, '2026-03-02T10:00:00.000Z');
  await store.order(browser, 'F-1', '2026-03-02T11:00:00.000Z', [{ unitPriceCents: 10_000 }], { currency: 'EUR' });
});
afterAll(() => ground?.close());

const settle = async (at: string) => {
  await execute(ground.people.owner, 'settle-conversions', { asOf: at }, at);
  await execute(ground.people.owner, 'release-commissions', { asOf: at }, at);
};
const pay = (at: string) =>
  closeMonth(
    ground.people,
    {
      programs: new Map([['shop', { programId: store.programId, currency: 'USD', name: 'Test shop' }]]),
      partners: new Map(),
      links: new Map(),
    },
    at,
    () => {},
  );
const tell = (method: string, to: string, at: string, body: object) =>
  ground.people.owner.call(method, to, { at, body });

describe('an order in another currency', () => {
  test('waits, with the reason, until its day has rates', async () => {
    await settle('2026-03-03T00:00:00.000Z');
    expect(await store.conversion('F-1')).toMatchObject({ unattributed: expect.stringContaining('no-fx-rate') });
    expect((await store.balances(partner.partnerId)).payable ?? 0).toBe(0);

    await tell('PUT', '/v1/fx-rates/2026-03-02', '2026-03-03T08:00:00.000Z', { base: 'EUR', rates: { USD: '1.10' } });
    await execute(
      ground.people.owner,
      'settle-conversions',
      {
        asOf: '2026-03-04T00:00:00.000Z',
        mode: 'recompute',
        programId: store.programId,
        from: '2026-03-02T00:00:00.000Z',
        to: '2026-03-03T00:00:00.000Z',
      },
      '2026-03-04T00:00:00.000Z',
    );
    await settle('2026-03-04T01:00:00.000Z');
    // 100.00 EUR are 110.00 USD, 8 % = 8.80
    expect(await store.conversion('F-1')).toMatchObject({ exchange: { fromCents: 10_000, toCents: 11_000 } });
    expect((await store.balances(partner.partnerId)).payable).toBe(880);
  });

  test('is amended though its credits are locked: they stand, and what they are worth follows', async () => {
    await tell('PATCH', path, '2026-03-05T00:00:00.000Z', {
      ...{ amendmentId: 'a-1', reason: 'price-corrected' },
      items: [{ sku: 'SKU', quantity: 1, unitPriceCents: 5_000 }],
    });
    await settle('2026-03-06T00:00:00.000Z');
    expect(await store.conversion('F-1')).toMatchObject({
      credits: [{ partnerId: partner.partnerId, creditBps: 10_000, postedCents: 440 }],
    });
    expect((await store.balances(partner.partnerId)).payable).toBe(440);
  });

  test('amended after the payout, the partner owes the difference; charged back, all of it', async () => {
    const [run] = await pay('2026-04-01T12:00:00.000Z');
    expect(run).toMatchObject({ status: 'paid', totalCents: 440 });
    await tell('PATCH', path, '2026-04-02T00:00:00.000Z', {
      ...{ amendmentId: 'a-2', reason: 'price-corrected' },
      items: [{ sku: 'SKU', quantity: 1, unitPriceCents: 4_000 }],
    });
    await settle('2026-04-03T00:00:00.000Z');
    expect(await store.balances(partner.partnerId)).toMatchObject({ payable: 0, paid: 440, receivable: -88 });
    await tell('POST', `${path}/chargebacks`, '2026-04-04T00:00:00.000Z', { chargebackId: 'c-1', reason: 'fraud' });
    await settle('2026-04-05T00:00:00.000Z');
    expect(await store.balances(partner.partnerId)).toMatchObject({
      payable: 0,
      paid: 440,
      receivable: -440,
      expense: 0,
    });
  });

  test('is repaid by what the partner earns next, and the next run pays the rest', async () => {
    const browser = {};
    await store.visit(browser, partner.link, '2026-04-06T10:00:00.000Z');
    await store.order(browser, 'F-2', '2026-04-06T11:00:00.000Z', [{ unitPriceCents: 10_000 }]);
    await settle('2026-04-07T00:00:00.000Z');
    expect(await store.balances(partner.partnerId)).toMatchObject({ payable: 360, receivable: 0 });
    const [run] = await pay('2026-05-01T12:00:00.000Z');
    expect(run).toMatchObject({ status: 'paid', totalCents: 360 });
  });
});
