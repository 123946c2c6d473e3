import { KMSClient } from '@aws-sdk/client-kms';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { readEvent, type TributaryEvent } from '../../../events/catalog/catalog.ts';
import { derive } from '../../../lib/ids.ts';
import { Env } from '../../../lib/names.ts';
import { deliveries } from '../../../lib/store/deliveries.ts';
import { secretSealer } from '../../../lib/store/webhook-secrets.ts';
import { webhooks } from '../../../lib/store/webhooks.ts';
import { instant } from '../../../lib/time.ts';
import { WAITS_MS } from '../../../lib/webhooks/retry.ts';
import { secretOf } from '../../../lib/webhooks/signature.ts';
import type { Webhook } from '../../../lib/webhooks/webhook.ts';
import { BRAND, entry } from '../../support/core-ground.ts';
import { type EventsGround, eventsGround, sqsRecord } from '../../support/events-ground.ts';
import { FRESH, type Step } from '../../support/jobs-ground.ts';
import { type Receiver, receiver } from '../../support/receiver.ts';

let ground: EventsGround;
let there: Receiver;
let send: (event: SQSEvent) => Promise<SQSBatchResponse>;
let plan: Step;
let store: ReturnType<typeof deliveries>;
let hooks: ReturnType<typeof webhooks>;
const NOW = Date.parse('2026-03-29T10:00:00.000Z');
const SECRET = secretOf(Buffer.alloc(32, 7));

beforeAll(async () => {
  [ground, there] = await Promise.all([eventsGround(), receiver()]);
  process.env.OUTBOUND_EXCEPTIONS = `${there.origin} http://127.0.0.1:1`;
  process.env[Env.failureQueue] = ground.urlOf('webhooks-failures');
  send = (await import('../../../functions/queue/send-webhook.ts')).handler;
  plan = (await import('../../../functions/jobs/queue-webhooks.ts')).handler as Step;
  store = deliveries(ground.engine.client, ground.tables.webhooks);
  hooks = webhooks(ground.engine.client, ground.tables.webhooks, ground.tables.core);
  const { brands } = await import('../../../lib/store/brands.ts');
  const { writeTogether } = await import('../../../lib/store/transaction.ts');
  const brand = {
    brandId: BRAND,
    name: 'Shop',
    ownerEmail: 'owner@shop.example',
    madeFor: 'x',
    createdAt: instant(NOW),
  };
  await writeTogether(ground.engine.client, [brands(ground.engine.client, ground.tables.core).createWrite(brand)]);
});
afterEach(() => {
  vi.useRealTimers();
  there.answer(undefined);
  there.got.length = 0;
});
afterAll(async () => {
  delete process.env.OUTBOUND_EXCEPTIONS;
  await there.close();
  await ground.stop();
});

const at = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: ms });
let made = 0;
/** A webhook, and a delivery to it that is due now. */
async function given(more: Partial<Webhook> = {}) {
  made += 1;
  const webhookId = derive('webhook', made);
  const sealed = await secretSealer(new KMSClient({}), process.env[Env.vaultKey]!).seal(
    { brandId: BRAND, webhookId },
    SECRET,
  );
  const webhook: Webhook = {
    webhookId,
    brandId: BRAND,
    kind: 'signed-json',
    url: `${there.origin}/hook/${made}`,
    status: 'active',
    secrets: [{ sealed, madeAt: instant(NOW) }],
    createdAt: instant(NOW),
    ...more,
  };
  await hooks.create(webhook, entry(webhookId));
  const notice = {
    id: derive('event', made),
    type: 'commission.earned',
    brandId: BRAND,
    at: instant(NOW),
    data: { currency: 'USD', orderId: 'A&1', commissionCents: 480 },
  } as const;
  const key = await store.make(webhook, notice, instant(NOW));
  const owner = { brandId: BRAND, partnerId: webhook.partnerId };
  return {
    key,
    notice,
    delivery: async () => (await store.get(key))!,
    webhook: async () => (await hooks.get(owner, webhookId))!,
    attempt: () => send({ Records: [sqsRecord(`m${made}`, key)] }),
    queued: () =>
      ground.waiting('webhooks').filter((one) => (one as { deliveryId: string }).deliveryId === key.deliveryId),
    mails: () => ground.waiting('mail').filter((one) => JSON.stringify(one).includes(webhookId)),
    got: () => there.got.filter(({ path }) => path.endsWith(`/${made}`)),
  };
}
const status = (code: number, text = '') =>
  there.answer((_, response) => response.writeHead(code, { 'content-type': 'text/plain' }).end(text));

describe('an attempt', () => {
  test('hands over the event, signed so that an independent verifier takes it, and is written down', async () => {
    at(Math.floor(Date.now() / 1000) * 1000);
    const one = await given();
    expect(await one.attempt()).toEqual({ batchItemFailures: [] });
    const [request] = one.got();
    expect(new Verifier(SECRET).verify(request!.body, request!.headers as Record<string, string>)).toEqual({
      id: one.notice.id,
      type: 'commission.earned',
      timestamp: one.notice.at,
      data: one.notice.data,
    });
    expect(request!.headers['webhook-id']).toBe(one.notice.id);
    expect(await one.delivery()).toMatchObject({
      state: 'delivered',
      made: 1,
      attempts: [{ status: 200 }],
      response: 'ok',
    });
    expect(one.queued()).toEqual([]);
  });

  test('of a template asks for the filled address, and is not signed', async () => {
    at(NOW);
    const one = await given({
      kind: 'template',
      url: `${there.origin}/t?o={order_id}&p={payout}&n=/${made + 1}`,
      secrets: [],
    });
    await one.attempt();
    expect(one.got()).toMatchObject([{ method: 'GET', body: '', path: `/t?o=A%261&p=4.80&n=/${made}` }]);
    expect(one.got()[0]!.headers['webhook-signature']).toBeUndefined();
  });

  test('for a message that comes again, or twice at once, is made once', async () => {
    at(NOW);
    const one = await given();
    await Promise.all([one.attempt(), one.attempt(), one.attempt()]);
    await one.attempt();
    expect(one.got()).toHaveLength(1);
  });

  test('is not made before it is due', async () => {
    at(NOW);
    const one = await given();
    status(500);
    await one.attempt();
    at(NOW + 4_000);
    await one.attempt();
    expect(one.got()).toHaveLength(1);
    status(200);
    at((await one.delivery()).dueAtMs);
    await one.attempt();
    expect(one.got()).toHaveLength(2);
    expect(new Set(one.got().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await one.delivery()).toMatchObject({
      state: 'delivered',
      made: 2,
      attempts: [{ status: 500 }, { status: 200 }],
    });
  });

  test('that died in the middle is made again once its claim is over', async () => {
    at(NOW);
    const one = await given();
    await store.claim(one.key, NOW);
    await one.attempt();
    expect(one.got()).toHaveLength(0);
    at(NOW + 180_000);
    await one.attempt();
    expect(one.got()).toHaveLength(1);
  });

  test('keeps the first 500 characters of what came back, one line', async () => {
    at(NOW);
    const one = await given();
    status(400, `no\u0000pe\n${'x'.repeat(2_000)}`);
    await one.attempt();
    const { response, attempts } = await one.delivery();
    expect(response).toBe(`no pe ${'x'.repeat(494)}`);
    expect(attempts).toMatchObject([{ status: 400, reason: 'answered 400' }]);
  });

  test('to a webhook that is switched off or removed is none, and the delivery is dead', async () => {
    at(NOW);
    const off = await given({ status: 'disabled' });
    await off.attempt();
    expect(off.got()).toEqual([]);
    expect(await off.delivery()).toMatchObject({ state: 'dead', attempts: [{ reason: 'the webhook is disabled' }] });
  });
});

describe('a receiver that takes nothing', () => {
  test('is tried ten times over three days, never early, then the delivery is dead, the webhook off and its owner mailed once', async () => {
    let now = NOW;
    at(now);
    const one = await given();
    status(503);
    for (let attempt = 1; attempt <= WAITS_MS.length; attempt += 1) {
      // Whatever the queue and the sweeps do, a moment too early is no attempt.
      at(now - 1);
      await one.attempt();
      expect(one.got()).toHaveLength(attempt - 1);
      at(now);
      await one.attempt();
      expect(one.got()).toHaveLength(attempt);
      now = (await one.delivery()).dueAtMs;
    }
    expect(await one.delivery()).toMatchObject({ state: 'dead', made: 10 });
    expect((await store.dead(one.key, {})).items.map(({ deliveryId }) => deliveryId)).toEqual([one.key.deliveryId]);
    expect(await one.webhook()).toMatchObject({ status: 'disabled', disabled: { why: 'failing' } });
    expect(one.mails()).toHaveLength(1);
    expect(readEvent(one.mails()[0])).toMatchObject({
      event: { type: 'webhook.disabled', data: { why: 'failing', failingSince: instant(NOW) } },
    });
    at(now + 1_000);
    await one.attempt();
    expect(one.got()).toHaveLength(10);

    await hooks.update(
      { brandId: BRAND },
      one.key.webhookId,
      (hook) => ({ ...hook, status: 'active' }),
      () => entry('x'),
    );
    status(200);
    expect(await store.replay(one.key, instant(now + 2_000))).toMatchObject({ state: 'pending', made: 0 });
    expect(await store.replay(one.key, instant(now + 2_000)), 'it is pending already').toBeUndefined();
    at(now + 3_000);
    await one.attempt();
    expect(await one.delivery()).toMatchObject({ state: 'delivered', made: 1 });
    expect((await store.dead(one.key, {})).items).toEqual([]);
  });

  test('but answers 410 is not asked again', async () => {
    at(NOW);
    const one = await given();
    status(410);
    await one.attempt();
    expect(await one.delivery()).toMatchObject({ state: 'dead', made: 1 });
    expect(await one.webhook()).toMatchObject({ status: 'disabled', disabled: { why: 'gone', at: instant(NOW) } });
    expect(one.mails()).toHaveLength(1);
  });

  test('and then does is healthy again', async () => {
    at(NOW);
    const one = await given();
    status(500);
    await one.attempt();
    expect((await one.webhook()).failingSince).toBe(instant(NOW));
    status(200);
    at((await one.delivery()).dueAtMs);
    await one.attempt();
    expect((await one.webhook()).failingSince).toBeUndefined();
  });

  test('redirects to the metadata address, or is not there, has failed and says why', async () => {
    at(NOW);
    const one = await given();
    there.answer((_, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end());
    await one.attempt();
    expect(await one.delivery()).toMatchObject({
      state: 'pending',
      attempts: [{ reason: expect.stringMatching(/https/) }],
    });
    const none = await given({ url: 'http://127.0.0.1:1/' });
    await none.attempt();
    expect((await none.delivery()).attempts).toMatchObject([{ reason: 'no connection: ECONNREFUSED' }]);
    const closed = await given({ url: 'http://10.0.0.1/' });
    await closed.attempt();
    expect((await closed.delivery()).attempts).toMatchObject([{ reason: expect.stringMatching(/https/) }]);
  });
});

describe('what waits', () => {
  const sweep = (ms: number) => {
    at(ms);
    return plan({}, FRESH);
  };

  test('for minutes is in the queue; for hours it is queued by the sweep before it is due, once', async () => {
    at(NOW);
    const one = await given();
    status(500);
    let now = NOW;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      at(now);
      await one.attempt();
      now = (await one.delivery()).dueAtMs;
    }
    // The waits of 5 seconds and of 5 minutes went to the queue by themselves; the one of half an hour did not.
    expect(one.queued()).toHaveLength(2);
    await sweep(now - 16 * 60_000);
    expect(one.queued()).toHaveLength(2);
    await sweep(now - 14 * 60_000);
    expect(one.queued()).toHaveLength(3);
    await sweep(now - 1);
    expect(one.queued()).toHaveLength(3);
  });

  test('though nothing of it is in the queue, as after a kill, is found by the sweep', async () => {
    at(NOW);
    const one = await given();
    await sweep(NOW + 14 * 60_000);
    expect(one.queued()).toHaveLength(0);
    await sweep(NOW + 31 * 60_000);
    expect(one.queued()).toHaveLength(1);
  });

  test('is not there for who was answered', async () => {
    at(NOW);
    const one = await given();
    await one.attempt();
    await sweep(NOW + 86_400_000);
    expect(one.queued()).toHaveLength(0);
  });
});

describe('an event from the bus', () => {
  const from = (detail: TributaryEvent) => ({ 'detail-type': detail.type, source: 'tributary', detail });
  const enrolled = (partnerId: string): TributaryEvent => ({
    id: derive('event', 'enrolled', partnerId),
    type: 'partner.enrolled',
    brandId: BRAND,
    at: instant(NOW),
    data: { programId: derive('program', 'p'), partnerId, group: 'default', status: 'active' },
  });
  const heard = async (webhookId: string) =>
    (await store.list({ brandId: BRAND, webhookId }, {})).items.filter(({ type }) => type === 'partner.enrolled');

  test('makes one delivery for each listener however often it comes; a partner hears of no other', async () => {
    at(NOW);
    const [ann, bob] = [derive('partner', 'ann'), derive('partner', 'bob')];
    const brands = await given({ events: ['partner.enrolled'] });
    const anns = await given({ partnerId: ann });
    const bobs = await given({ partnerId: bob });
    const deaf = await given({ events: ['payout.paid'] });
    for (let again = 0; again < 3; again += 1) await plan(from(enrolled(ann)), FRESH);
    const [delivery, ...more] = await heard(brands.key.webhookId);
    expect(more).toEqual([]);
    await send({ Records: [sqsRecord('first', { ...brands.key, deliveryId: delivery!.deliveryId })] });
    expect(await heard(brands.key.webhookId)).toMatchObject([{ state: 'delivered' }]);
    await plan(from(enrolled(ann)), FRESH);
    expect(await heard(brands.key.webhookId), 'it stays delivered').toMatchObject([{ state: 'delivered', made: 1 }]);
    expect(await heard(anns.key.webhookId)).toMatchObject([{ partnerId: ann, eventId: enrolled(ann).id }]);
    expect(await heard(bobs.key.webhookId)).toEqual([]);
    expect(await heard(deaf.key.webhookId)).toEqual([]);
  });

  test('that concerns several partners goes to each as their own, and to the brand once', async () => {
    at(NOW);
    const [ann, bob, cat] = [derive('partner', 'ann'), derive('partner', 'bob'), derive('partner', 'cat')];
    const [brands, anns, bobs, cats] = [
      await given({ events: ['conversion.flagged'] }),
      await given({ partnerId: ann }),
      await given({ partnerId: bob, kind: 'template', url: `${there.origin}/pb?flags={flags}&order={order_id}` }),
      await given({ partnerId: cat }),
    ];
    const flags = (reason: string) => [{ flag: 'late', reason }];
    const flagged: TributaryEvent = {
      ...{ id: derive('event', 'flagged'), type: 'conversion.flagged', brandId: BRAND, at: instant(NOW) },
      data: {
        ...{ programId: derive('program', 'p'), eventType: 'sale', orderId: 'F-1', occurredAt: instant(NOW) },
        ...{ flags: flags('for the brand'), previous: { flags: [] } },
        partners: [ann, bob].map((partnerId) => ({ partnerId, flags: flags('for a partner') })),
      },
    };
    for (let again = 0; again < 2; again += 1) await plan(from(flagged), FRESH);
    const got = async ({ key }: typeof brands) =>
      (await store.list({ brandId: BRAND, webhookId: key.webhookId }, {})).items.filter(
        ({ type }) => type === 'conversion.flagged',
      );
    const [told, ...more] = await got(brands);
    expect(more).toEqual([]);
    expect(JSON.parse(told!.body).data).toMatchObject({ flags: flags('for the brand'), previous: { flags: [] } });
    const theirs = [...(await got(anns)), ...(await got(bobs))];
    expect(theirs).toHaveLength(2);
    for (const { body } of theirs) expect(JSON.parse(body).data.flags).toEqual(flags('for a partner'));
    expect(theirs[0]!.body).not.toContain(bob);
    expect(await got(cats)).toEqual([]);
    await send({ Records: [sqsRecord('flags', { ...bobs.key, deliveryId: theirs[1]!.deliveryId })] });
    expect(there.got.map(({ path }) => path)).toEqual(['/pb?flags=late&order=F-1']);
  });

  test('of a kind nobody knows is an error, which Lambda tries again and sets aside', async () => {
    await expect(plan({ 'detail-type': 'x', detail: { type: 'x' } }, FRESH)).rejects.toThrow(/event refused/);
  });
});

test('a message that names no delivery is set aside with the reason', async () => {
  expect(await send({ Records: [sqsRecord('odd', { hello: 1 })] })).toEqual({ batchItemFailures: [] });
  expect(ground.waiting('webhooks-failures')).toMatchObject([
    { setAside: { worker: 'queue/send-webhook', reason: 'the message names no delivery' } },
  ]);
});
