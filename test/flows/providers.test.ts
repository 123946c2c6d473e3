import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transactionIdOf } from '../../lib/payouts/rails/wise.ts';
import { until } from '../../local/story/brand-api.ts';
import { settleAndRelease } from '../../local/story/close-month.ts';
import { type Booted, booted } from '../support/booted.ts';
import { CLIENT, type PayPalServer, paypalServer } from '../support/paypal-server.ts';
import { type Receiver, receiver } from '../support/receiver.ts';
import { type Member, type Shop, shop } from '../support/shop.ts';
import { PROFILE, type WiseServer, wiseServer } from '../support/wise-server.ts';

/** The deployed workflow with its own policies, against servers that lose an answer each. */
let ground: Booted;
let store: Shop;
let paypal: PayPalServer;
let wise: WiseServer;
let brand: Receiver;
let secret: string;
const members = {} as Record<'ann' | 'bea' | 'hal', Member>;

beforeAll(async () => {
  [paypal, wise, brand] = await Promise.all([paypalServer(), wiseServer(), receiver()]);
  ground = await booted({ webhookReceiver: `${brand.origin} ${paypal.origin} ${wise.origin}` });
  const { owner, finance } = ground.people;
  const at = '2026-03-01T00:00:00.000Z';
  store = await shop(ground);
  for (const name of ['ann', 'bea', 'hal'] as const) members[name] = await store.join(name);
  const account = (body: object) => owner.call('PUT', '/v1/payout-providers', { at, body });
  await account({ provider: 'paypal', server: paypal.origin, ...CLIENT });
  await account({ provider: 'wise', server: wise.origin, ...PROFILE });
  const paid = (member: Member, body: object) =>
    finance.call('PUT', `/v1/partners/${member.partnerId}/payout-method`, { at, body });
  await paid(members.ann, { rail: 'paypal', email: 'ann@notes.example' });
  await paid(members.bea, { rail: 'wise', accountHolder: 'Bea Baum', iban: 'DE89370400440532013000' });
  const hook = { kind: 'signed-json', url: `${brand.origin}/`, events: ['payout.requested', 'payout.paid'] };
  ({ secret } = await owner.call<{ secret: string }>('POST', '/v1/webhooks', { body: hook }));
});
afterAll(async () => {
  await ground?.close();
  await Promise.all([paypal, wise, brand].map((server) => server?.close()));
});

interface Item {
  readonly itemId: string;
  readonly partnerId: string;
  readonly status: string;
}

/** 8 % of everything, no hold; amounts in cents. */
test('a run is paid by PayPal, by Wise and by the brand, each once though answers are lost', async () => {
  const { finance, approver } = ground.people;
  for (const [place, member] of Object.values(members).entries()) {
    const browser = {};
    await store.visit(browser, member.link, '2026-03-02T10:00:00.000Z');
    await store.order(browser, `P-${place}`, '2026-03-02T11:00:00.000Z', [{ unitPriceCents: 10_000 * (place + 1) }]);
  }
  const at = '2026-03-31T00:00:00.000Z';
  await settleAndRelease(ground.people, at);
  const body = { programId: store.programId, asOf: at };
  const { runId } = await finance.call<{ runId: string }>('POST', '/v1/payouts', { body, at });
  const read = () => finance.call<{ status: string; fileHash: string }>('GET', `/v1/payouts/${runId}`);
  const { fileHash: hash } = await until('the draft', read, ({ status }) => status === 'awaiting-approval');

  paypal.misbehave(['cut-after'], /^POST \/v1\/payments\/payouts$/);
  wise.misbehave(['cut-after'], /^POST .*\/payments$/);
  await approver.call('POST', `/v1/payouts/${runId}/approval`, { body: { hash }, at });
  const items = async () => (await finance.call<{ items: Item[] }>('GET', `/v1/payouts/${runId}/items`)).items;
  const itemOf = async ({ partnerId }: Member) => (await items()).find((item) => item.partnerId === partnerId)!;
  const open = (all: readonly Item[]) => all.some(({ status }) => status === 'reserved');
  await until('the items', items, (all) => !open(all));
  const batches = () =>
    finance.call<{ items: { provider: string; trouble?: string }[] }>('GET', `/v1/payouts/${runId}/batches`);
  await until('both batches', batches, ({ items: all }) => all.length === 2);

  // Nobody waits for the next round: asking now is starting it again.
  const { owner } = ground.people;
  const again = () =>
    owner.call('POST', '/v1/executions', { body: { workflow: 'pay-payout', input: { runId, asOf: at } }, at });
  await again();
  const both = [members.ann, members.bea];
  await until(
    'PayPal and Wise',
    () => Promise.all(both.map(itemOf)),
    (two) => two.every(({ status }) => status === 'settled'),
  );
  const [ann, bea, hal] = await Promise.all(Object.values(members).map(itemOf));
  expect(paypal.books()).toEqual({ [ann!.itemId]: 800 });
  expect(wise.books()).toEqual({ [transactionIdOf(bea!.itemId)]: 1_600 });

  // A person cannot say that PayPal failed, and need not confirm.
  const refused = finance.call('POST', `/v1/payouts/${runId}/items/${ann!.itemId}/failure`, {
    body: { why: 'no' },
    at,
  });
  await expect(refused).rejects.toThrow(/provider-decides|409|403/);

  // The brand is told to pay the third, and answers.
  await ground.laptop.idle();
  const heard = () =>
    brand.got.map((got) => new Verifier(secret).verify(got.body, got.headers as Record<string, string>)) as {
      type: string;
      data: object;
    }[];
  const requested = await until(
    'payout.requested',
    async () => heard().filter(({ type }) => type === 'payout.requested'),
    (all) => all.length > 0,
  );
  expect(requested).toMatchObject([{ data: { runId, itemId: hal!.itemId, amountCents: 2_400, currency: 'USD' } }]);
  await finance.call('POST', `/v1/payouts/${runId}/items/${hal!.itemId}/confirmation`, {
    body: { reference: 'A' },
    at,
  });
  await until('the end', read, ({ status }) => status === 'paid');
  for (const [place, { partnerId }] of Object.values(members).entries())
    expect(await store.balances(partnerId)).toMatchObject({ paid: 800 * (place + 1), inTransit: 0 });
}, 180_000);
