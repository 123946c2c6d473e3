import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../local/story/brand-api.ts';
import { closeMonth } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { type Receiver, receiver } from '../support/receiver.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';

interface Told {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
interface Created {
  readonly webhook: { readonly webhookId: string };
  readonly secret: string;
}
interface Delivery {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly type: string;
  readonly state: string;
}

let there: Receiver;
let ground: Booted;
let store: Shop;
let ann: Member;
let bob: Member;
let brand: Created;
let postback: Created;
let tracker: Created;

beforeAll(async () => {
  there = await receiver();
  ground = await booted({ webhookReceiver: there.origin });
  store = await shop(ground);
  [ann, bob] = [await store.join('Ann'), await store.join('Bob')];
  await ground.laptop.idle();
  const { owner } = ground.people;
  const subscribe = (path: string, body: object) => owner.call<Created>('POST', path, { body });
  brand = await subscribe('/v1/webhooks', { kind: 'signed-json', url: `${there.origin}/brand` });
  const postbacks = `/v1/partners/${ann.partnerId}/postbacks`;
  postback = await subscribe(postbacks, { kind: 'signed-json', url: `${there.origin}/ann` });
  tracker = await subscribe(postbacks, {
    kind: 'template',
    url: `${there.origin}/tracker?cid={click_id}&order={order_id}&payout={payout}&was={payout_before}&status={status}&sub={sub1}`,
    events: ['commission.earned', 'commission.changed', 'payout.paid'],
  });
});
afterAll(async () => {
  await ground?.close();
  await there?.close();
});

const at = (path: string) => there.got.filter((got) => got.path.startsWith(path));
/** What a receiver heard, every signature verified by an independent implementation. */
const heard = (path: string, { secret }: Created): Told[] =>
  at(path).map(({ body, headers }) => new Verifier(secret).verify(body, headers as Record<string, string>) as Told);
const settle = async (asOf: string) => {
  await execute(ground.people.owner, 'settle-conversions', { asOf }, asOf);
  await execute(ground.people.owner, 'release-commissions', { asOf }, asOf);
  await ground.laptop.idle();
};

/** 8 % of everything, no hold; amounts in cents. */
describe('a receiver hears', () => {
  test('an order, what it earned, what came back, and what was paid: each once, signed', async () => {
    const browser = {};
    await store.visit(browser, `${ann.link}?sub1=blog%20post`, '2026-03-02T10:00:00.000Z');
    await store.order(browser, 'W&1', '2026-03-02T11:00:00.000Z', [{ unitPriceCents: 3000, quantity: 3 }], {
      customerId: 'cus-secret',
    });
    const other = {};
    await store.visit(other, bob.link, '2026-03-02T10:00:00.000Z');
    await store.order(other, 'W-2', '2026-03-02T12:00:00.000Z', [{ unitPriceCents: 5000 }]);
    await settle('2026-03-03T00:00:00.000Z');
    await store.giveBack('W&1', 'back-1', '2026-03-04T00:00:00.000Z', [{ line: 1, quantity: 1 }]);
    await settle('2026-03-05T00:00:00.000Z');
    const programs = new Map([['shop', { programId: store.programId, currency: 'USD', name: 'Test shop' } as const]]);
    await closeMonth(
      ground.people,
      { programs, partners: new Map(), links: new Map() },
      '2026-04-01T12:00:00.000Z',
      () => {},
    );
    await ground.laptop.idle();

    const all = heard('/brand', brand);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const of = (type: string, who?: Member) =>
      all.filter((one) => one.type === type && (!who || one.data.partnerId === who.partnerId)).map(({ data }) => data);
    expect(of('conversion.recorded').map(({ orderId }) => orderId)).toEqual(expect.arrayContaining(['W&1', 'W-2']));
    expect(of('commission.earned', ann)).toMatchObject([{ orderId: 'W&1', commissionCents: 720, saleCents: 9000 }]);
    expect(of('commission.changed', ann)).toMatchObject([
      {
        orderId: 'W&1',
        previous: { commissionCents: 720 },
        commissionCents: 480,
        changeCents: -240,
        reason: 'returned',
      },
    ]);
    expect(of('conversion.returned')).toMatchObject([{ orderId: 'W&1', returnId: 'back-1' }]);
    expect(of('payout.paid', ann)).toMatchObject([{ amountCents: 480, currency: 'USD' }]);
    expect(of('payout.paid', bob)).toMatchObject([{ amountCents: 400 }]);
    expect(of('payout-run.paid')).toMatchObject([{ itemCount: 2, totalCents: 880 }]);
    expect(of('statement.ready', ann)).toHaveLength(1);
  });

  test('a partner: their own, with their click’s id; neither another’s money nor the customer', () => {
    const own = heard('/ann', postback);
    expect(own.map(({ type }) => type).sort()).toEqual([
      'commission.changed',
      'commission.earned',
      'payout.paid',
      'payout.reserved',
      'statement.ready',
    ]);
    expect(own.find(({ type }) => type === 'commission.earned')?.data.clickId).toMatch(/^[\w-]{64}$/);
    expect(JSON.stringify(there.got.filter(({ path }) => !path.startsWith('/brand')))).not.toMatch(
      new RegExp(`${bob.partnerId}|W-2|cus-secret`),
    );
  });

  test('a tracker: addresses filled with what happened', () => {
    const asked = at('/tracker').map(({ path }) => Object.fromEntries(new URL(path, 'http://t').searchParams));
    expect(asked).toHaveLength(3);
    expect(asked).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ order: 'W&1', payout: '7.20', was: '', status: 'pending', sub: 'blog post' }),
        expect.objectContaining({ order: 'W&1', payout: '4.80', was: '7.20', status: 'adjusted' }),
        expect.objectContaining({ order: '', payout: '4.80', status: 'paid' }),
      ]),
    );
    expect(asked[0]?.cid).toMatch(/^[\w-]{64}$/);
    expect(tracker.secret).toBeUndefined();
  });

  test('nothing at addresses of the private network, which are refused when they are given', async () => {
    for (const url of ['http://127.0.0.1:1/', 'https://169.254.169.254/', 'https://10.0.0.1/']) {
      const problem = await ground.people.owner.call('POST', '/v1/webhooks', {
        body: { kind: 'signed-json', url },
        expect: [400],
      });
      expect(problem).toMatchObject({ code: 'url-refused', fields: [{ field: 'url' }] });
    }
  });
});

describe('a receiver that was away', () => {
  const path = () => `/v1/webhooks/${brand.webhook.webhookId}`;
  const deliveries = (query = '') =>
    ground.people.owner.call<{ items: Delivery[] }>('GET', `${path()}/deliveries${query}`).then(({ items }) => items);

  test('hears the same event again after five seconds, under the same id, and takes it once', async () => {
    let failures = 1;
    there.answer((_, response) => response.writeHead(failures-- > 0 ? 500 : 200).end());
    const before = at('/brand').length;
    const { deliveryId } = await ground.people.owner.call<Delivery>('POST', `${path()}/test`);
    await ground.laptop.idle();
    const got = at('/brand').slice(before);
    expect(got).toHaveLength(2);
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const delivery = await ground.people.owner.call('GET', `${path()}/deliveries/${deliveryId}`);
    expect(delivery).toMatchObject({ state: 'delivered', made: 2, attempts: [{ status: 500 }, { status: 200 }] });
  });

  test('for good is told so, switched off, and after it is on again everything dead can be replayed', async () => {
    there.answer((_, response) => response.writeHead(410).end('moved out'));
    await ground.people.owner.call('POST', `${path()}/test`);
    await ground.laptop.idle();
    expect(await deliveries('?state=dead')).toMatchObject([{ type: 'webhook.test', state: 'dead' }]);
    expect(await ground.people.owner.call('GET', path())).toMatchObject({
      status: 'disabled',
      disabled: { why: 'gone' },
    });
    const mails = ground.laptop.modules.mail.list().filter(({ subject }) => /switched off/.test(subject));
    expect(mails).toHaveLength(1);

    await ground.people.owner.call('POST', `${path()}/replay`, { expect: [422] });
    there.answer(undefined);
    await ground.people.owner.call('PATCH', path(), { body: { status: 'active' } });
    const rotated = await ground.people.owner.call<Created>('POST', `${path()}/secret`, { body: { overlapHours: 1 } });
    expect(await ground.people.owner.call('POST', `${path()}/replay`)).toEqual({ replayed: 1, more: false });
    await ground.laptop.idle();
    expect(await deliveries('?state=dead')).toEqual([]);
    const last = at('/brand').at(-1)!;
    // While the secret is being replaced, whoever has the old one and whoever has the new one take the event.
    for (const secret of [brand.secret, rotated.secret])
      expect(new Verifier(secret).verify(last.body, last.headers as Record<string, string>)).toMatchObject({
        type: 'webhook.test',
      });
    expect((await deliveries()).filter(({ state }) => state !== 'delivered')).toEqual([]);
  });
});
