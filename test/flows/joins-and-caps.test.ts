import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute } from '../../local/story/brand-api.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Browser, type Member, type Shop, shop } from '../support/shop.ts';

/** Orders find their partners across devices and by codes, and find no room past a cap: through the public endpoints, on the booted stacks. */
let ground: Booted;
let store: Shop;
let ann: Member;
let bob: Member;
const STEP = '2026-03-02T00:00:00.000Z';

beforeAll(async () => {
  ground = await booted();
  store = await shop(ground, {
    policy: { model: 'position-based', weightsBps: { first: 5000, middle: 0, last: 5000 } },
  });
  [ann, bob] = [await store.join('Ann'), await store.join('Bob')];
});
afterAll(() => ground?.close());

const settle = (at: string, more: object = {}) =>
  execute(ground.people.owner, 'settle-conversions', { asOf: at, ...more }, at);
const order = (id: string, at: string, browser: Browser, more: object = {}) =>
  store.order(browser, id, at, [{ unitPriceCents: 10_000 }], more as Record<string, unknown>);
const credits = async (id: string) =>
  (await store.conversion<{ credits: { partnerId: string; creditBps: number }[] }>(id)).credits.map(
    ({ partnerId, creditBps }) => [partnerId, creditBps],
  );

test('a customer who clicked on a phone and on a laptop is one journey; one whose browser refused is not joined', async () => {
  const [phone, laptop, refusing]: Browser[] = [{}, {}, {}];
  await store.visit(phone!, ann.link, '2026-03-03T09:00:00.000Z');
  await store.visit(laptop!, bob.link, '2026-03-04T09:00:00.000Z');
  await store.visit(refusing!, bob.link, '2026-03-04T09:30:00.000Z', { 'sec-gpc': '1' });
  const identify = (browser: Browser, customerId: string, at: string) =>
    ground.people.owner.call<{ outcome: string }>('POST', '/v1/identify', {
      at,
      body: { programId: store.programId, clickId: browser.clickId, customerId },
    });
  expect(await identify(phone!, 'c-1', '2026-03-03T09:05:00.000Z')).toMatchObject({ outcome: 'joined' });
  expect(await identify(refusing!, 'c-1', '2026-03-04T09:31:00.000Z')).toMatchObject({ outcome: 'not-joined' });
  await order('J-1', '2026-03-04T10:00:00.000Z', laptop!, { customerId: 'c-1' });
  await order('J-2', '2026-03-04T11:00:00.000Z', {}, { customerId: 'c-1' });
  await settle('2026-03-04T12:00:00.000Z');
  expect(await credits('J-1')).toEqual([
    [ann.partnerId, 5000],
    [bob.partnerId, 5000],
  ]);
  expect(await credits('J-2')).toEqual([[ann.partnerId, 10_000]]);
});

test('an order with nothing but a code is its partner’s, and the words say so', async () => {
  await ground.people.owner.call('POST', '/v1/codes', {
    at: STEP,
    body: { programId: store.programId, partnerId: bob.partnerId, code: 'Bob-10' },
  });
  await order('K-1', '2026-03-05T10:00:00.000Z', {}, { couponCode: 'bob-10' });
  await settle('2026-03-05T11:00:00.000Z');
  const story = await store.conversion<{ journey: object[]; lines: { explanation: string }[] }>('K-1');
  expect(story.journey).toEqual([
    { partnerId: bob.partnerId, kind: 'code', code: 'Bob-10', at: '2026-03-05T10:00:00.000Z', counts: true },
  ]);
  expect(story.lines[0]?.explanation).toContain('your touch, a coupon code at 2026-03-05 10:00 UTC, was the only one');
});

test('of five orders at once under a cap of three, three earn; raised and run again, all do; everybody is told once', async () => {
  const { owner } = ground.people;
  const path = `/v1/programs/${store.programId}/caps`;
  const { capId } = await owner.call<{ capId: string }>('POST', path, {
    at: '2026-03-06T00:00:00.000Z',
    body: {
      scope: { kind: 'partner', partnerId: ann.partnerId },
      measure: 'conversions',
      window: 'day',
      limit: 3,
    },
  });
  const earned = async () => 0 - (await store.balances(ann.partnerId)).expense!;
  const before = await earned();
  const browser: Browser = {};
  await store.visit(browser, ann.link, '2026-03-06T09:00:00.000Z');
  const ids = ['C-1', 'C-2', 'C-3', 'C-4', 'C-5'];
  await Promise.all(ids.map((id) => order(id, '2026-03-06T10:00:00.000Z', browser)));
  const settled = async (at: string, more: object = {}) => {
    await settle(at, more);
    return (await earned()) - before;
  };
  expect(await settled('2026-03-06T11:00:00.000Z')).toBe(2_400);
  const again = { mode: 'recompute', programId: store.programId, from: '2026-03-06T00:00:00.000Z' };
  expect(await settled('2026-03-06T12:00:00.000Z', again)).toBe(2_400);
  const reasons = await Promise.all(
    ids.map(async (id) => (await store.conversion<{ unattributed?: string }>(id)).unattributed),
  );
  const over = `over-cap: 3 conversions a day of ${ann.partnerId} (${capId})`;
  expect(reasons.filter((why) => why === over)).toHaveLength(2);
  const flags = async (query: string) =>
    (
      await owner.call<{ items: { orderId: string; flags: { flag: string; data: object }[] }[] }>(
        'GET',
        `/v1/programs/${store.programId}/conversions?day=2026-03-06&flag=${query}`,
      )
    ).items;
  expect(await flags('over-cap')).toHaveLength(2);
  // All five are one customer's, of one amount, at one moment: four of them look like the first.
  const twice = await flags('duplicate-suspect');
  expect(twice.map(({ orderId }) => orderId)).toEqual(['C-2', 'C-3', 'C-4', 'C-5']);
  expect(twice.flatMap(({ flags: all }) => all.filter(({ flag }) => flag === 'duplicate-suspect'))).toMatchObject(
    Array.from({ length: 4 }, () => ({ data: { orderId: 'C-1' } })),
  );
  expect(await owner.call('GET', `${path}/${capId}`)).toMatchObject({
    windows: [{ window: '2026-03-06', used: 3, turnedAway: true }],
  });

  await ground.laptop.idle();
  const mails = ground.laptop.modules.mail.list().filter(({ subject }) => subject?.startsWith('Cap reached'));
  expect(mails).toHaveLength(2);

  await owner.call('PATCH', `${path}/${capId}`, { at: '2026-03-06T13:00:00.000Z', body: { limit: 10 } });
  expect(await settled('2026-03-06T14:00:00.000Z', again)).toBe(4_000);
  expect(await owner.call('GET', `${path}/${capId}`)).toMatchObject({
    windows: [{ used: 5, turnedAway: false }],
  });
});
