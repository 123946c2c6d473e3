import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../local/story/brand-api.ts';
import { closeMonth } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';

let ground: Booted;
let store: Shop;
let partner: Member;

/** Settles, and releases what is due: with no hold, what was earned until the day of `at`. */
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

beforeAll(async () => {
  ground = await booted();
  store = await shop(ground);
  partner = await store.join('Partner');
});
afterAll(() => ground?.close());

/** 8 % of everything, no hold; amounts in cents. */
describe('refunds', () => {
  test('before settlement: what came back earns nothing', async () => {
    const browser = {};
    await store.visit(browser, partner.link, '2026-03-02T10:00:00.000Z');
    await store.order(browser, 'R-1', '2026-03-02T11:00:00.000Z', [{ unitPriceCents: 3000, quantity: 3 }]);
    await store.giveBack('R-1', 'back-1', '2026-03-03T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle('2026-03-04T00:00:00.000Z');
    // 2 × 30.00 = 60.00, 8 % = 4.80
    expect((await store.balances(partner.partnerId)).payable).toBe(480);
  });

  test('before the payout: taken back from what is payable', async () => {
    await store.giveBack('R-1', 'back-2', '2026-03-05T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle('2026-03-06T00:00:00.000Z');
    expect(await store.balances(partner.partnerId)).toMatchObject({ payable: 240, receivable: 0, expense: -240 });
  });

  test('more than was bought is refused and changes nothing', async () => {
    const problem = await store.giveBack(
      'R-1',
      'back-3',
      '2026-03-07T00:00:00.000Z',
      [{ line: 1, quantity: 2 }],
      [422],
    );
    expect(problem).toMatchObject({ code: 'more-returned-than-bought' });
    await settle('2026-03-08T00:00:00.000Z');
    expect((await store.balances(partner.partnerId)).payable).toBe(240);
  });

  test('after the payout: the partner owes it, and the next earnings repay it', async () => {
    const [run] = await pay('2026-04-01T12:00:00.000Z');
    expect(run).toMatchObject({ status: 'paid', totalCents: 240 });
    await store.giveBack('R-1', 'back-4', '2026-04-02T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle('2026-04-03T00:00:00.000Z');
    expect(await store.balances(partner.partnerId)).toMatchObject({
      payable: 0,
      receivable: -240,
      paid: 240,
      expense: 0,
    });

    const browser = {};
    await store.visit(browser, partner.link, '2026-04-04T10:00:00.000Z');
    await store.order(browser, 'R-2', '2026-04-04T11:00:00.000Z', [{ unitPriceCents: 10_000 }]);
    await settle('2026-04-05T00:00:00.000Z');
    // 8.00 earned, 2.40 owed
    expect(await store.balances(partner.partnerId)).toMatchObject({
      payable: 560,
      receivable: 0,
      paid: 240,
      expense: -800,
    });
    const [next] = await pay('2026-05-01T12:00:00.000Z');
    expect(next).toMatchObject({ status: 'paid', totalCents: 560 });
  });

  test('a cancelled order is worth nothing, and says so', async () => {
    const browser = {};
    await store.visit(browser, partner.link, '2026-05-04T10:00:00.000Z');
    await store.order(browser, 'R-3', '2026-05-04T11:00:00.000Z', [{ unitPriceCents: 10_000 }]);
    await settle('2026-05-05T00:00:00.000Z');
    expect((await store.balances(partner.partnerId)).payable).toBe(800);
    await ground.people.owner.call('POST', `/v1/programs/${store.programId}/conversions/sale/R-3/cancellation`, {
      at: '2026-05-06T00:00:00.000Z',
      body: { reason: 'order-error' },
    });
    await settle('2026-05-07T00:00:00.000Z');
    expect((await store.balances(partner.partnerId)).payable).toBe(0);
    expect(JSON.stringify(await store.conversion('R-3'))).toContain('takes back 8.00 USD');
  });
});
