import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiGround, AT, aPartner, apiGround, EVE } from '../../support/api-ground.ts';

let api: ApiGround;
let partnerId: string;
beforeAll(async () => {
  api = await apiGround();
  ({ partnerId } = await aPartner(api));
});
afterAll(() => api.close());

const SIGNED = { kind: 'signed-json', url: 'https://hooks.shop.example/in' };
const TEMPLATE = { kind: 'template', url: 'https://track.example/pb?cid={click_id}&amount={payout}' };
const create = (body: object = SIGNED) => api.ok('createWebhook', { body });
const paramsOf = ({ webhook }: { webhook: { webhookId: string } }) => ({ webhookId: webhook.webhookId });

describe('a webhook', () => {
  test('shows its secret once, and what is stored of it is a ciphertext', async () => {
    const made = await create({ ...SIGNED, events: ['payout.paid'] });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(made.webhook).toMatchObject({
      status: 'active',
      events: ['payout.paid'],
      secrets: [{ madeAt: AT }],
      revision: 1,
    });
    const read = await api.ok('getWebhook', { params: paramsOf(made) });
    expect(read).toEqual(made.webhook);
    const { GetCommand } = await import('@aws-sdk/lib-dynamodb');
    const Key = { pk: 'brd_aaaaaa#WEBHOOKS', sk: made.webhook.webhookId };
    const { Item } = await api.client.send(new GetCommand({ TableName: api.tables.webhooks, Key }));
    expect(JSON.stringify(Item)).not.toContain(made.secret.slice(6, 30));
  });

  test('of the template kind has none, and none to replace', async () => {
    const made = await create(TEMPLATE);
    expect(made.secret).toBeUndefined();
    expect(made.webhook).toMatchObject({ kind: 'template', method: 'GET', secrets: [] });
    const refused = await api.send('rotateWebhookSecret', { params: paramsOf(made), body: {} });
    expect(refused).toMatchObject({ status: 422, body: { code: 'not-signed' } });
  });

  test.each([
    ['http', { ...SIGNED, url: 'http://hooks.shop.example/' }, /https/],
    ['a private address', { ...SIGNED, url: 'https://192.168.0.1/' }, /private/],
    ['metadata as a number', { ...SIGNED, url: 'https://2852039166/' }, /private/],
    ['a macro nobody knows', { ...TEMPLATE, url: 'https://t.example/?c={customer}' }, /the macros are event, /],
    ['a macro in signed JSON', { ...SIGNED, url: TEMPLATE.url }, /templates/],
  ])('at %s is refused by name', async (_, body, message) => {
    const refused = await api.send('createWebhook', { body });
    expect(refused).toMatchObject({ status: 400, body: { code: 'url-refused', fields: [{ field: 'url' }] } });
    expect(refused.body.fields[0].message).toMatch(message);
  });

  test('is changed, switched off and on, and judged again when its address changes', async () => {
    const params = paramsOf(await create());
    const off = await api.ok('updateWebhook', { params, body: { status: 'disabled', description: 'old shop' } });
    expect(off).toMatchObject({
      status: 'disabled',
      disabled: { why: 'by-hand', at: AT },
      description: 'old shop',
      revision: 2,
    });
    expect(await api.send('testWebhook', { params })).toMatchObject({
      status: 422,
      body: { code: 'webhook-disabled' },
    });
    const on = await api.ok('updateWebhook', {
      params,
      body: { status: 'active', description: null, events: ['payout.paid'] },
    });
    expect(on).toMatchObject({ status: 'active', events: ['payout.paid'], revision: 3 });
    expect(on).not.toHaveProperty('disabled');
    expect(on).not.toHaveProperty('description');
    expect((await api.ok('updateWebhook', { params, body: { events: null } })).events).toBeUndefined();
    expect(await api.send('updateWebhook', { params, body: { url: 'https://10.0.0.1/' } })).toMatchObject({
      status: 400,
    });
    expect(await api.send('updateWebhook', { params, body: { method: 'POST' } })).toMatchObject({
      status: 400,
      body: { code: 'method-of-template' },
    });
    const stale = { params, headers: { 'if-match': '"1"' }, body: { status: 'disabled' } };
    expect(await api.send('updateWebhook', stale)).toMatchObject({ status: 412 });
  });

  test('gets a new secret beside the old one', async () => {
    const made = await create();
    const rotated = await api.ok('rotateWebhookSecret', { params: paramsOf(made), body: { overlapHours: 2 } });
    expect(rotated.secret).not.toBe(made.secret);
    expect(rotated.webhook.secrets).toEqual([{ madeAt: AT }, { madeAt: AT, until: '2026-03-29T12:00:00.000Z' }]);
    const later = await api.ok('getWebhook', { params: paramsOf(made), at: '2026-03-29T12:00:00.000Z' });
    expect(later.secrets).toEqual([{ madeAt: AT }]);
  });

  test('is removed', async () => {
    const params = paramsOf(await create());
    await api.ok('deleteWebhook', { params });
    expect(await api.send('getWebhook', { params })).toMatchObject({ status: 404 });
    expect(await api.send('deleteWebhook', { params })).toMatchObject({ status: 404 });
  });

  test('is audited without its secret', async () => {
    const made = await create();
    const { items } = await api.ok('listAudit', { query: { target: made.webhook.webhookId } });
    expect(items).toMatchObject([{ action: 'createWebhook', after: { kind: 'signed-json' } }]);
    expect(JSON.stringify(items)).not.toMatch(/whsec|sealed/);
  });

  test('twice under one Idempotency-Key is one: the secret is not shown again', async () => {
    const request = { body: SIGNED, headers: { 'idempotency-key': 'hook-1' } };
    await api.ok('createWebhook', request);
    expect(await api.send('createWebhook', request)).toMatchObject({ status: 409 });
  });
});

describe('deliveries', () => {
  test('of a test event are queued, listed and read; one that is under way cannot be replayed', async () => {
    const params = paramsOf(await create());
    const sent = await api.ok('testWebhook', { params });
    expect(sent).toMatchObject({ type: 'webhook.test', state: 'pending', made: 0 });
    expect(api.queued().at(-1)).toEqual({ brandId: 'brd_aaaaaa', ...params, deliveryId: sent.deliveryId });
    expect((await api.ok('listWebhookDeliveries', { params })).items).toMatchObject([{ deliveryId: sent.deliveryId }]);
    expect((await api.ok('listWebhookDeliveries', { params, query: { state: 'dead' } })).items).toEqual([]);
    const one = { ...params, deliveryId: sent.deliveryId };
    expect(await api.ok('getWebhookDelivery', { params: one })).toMatchObject({
      attempts: [],
      payload: { id: sent.eventId, type: 'webhook.test' },
    });
    expect(await api.send('replayWebhookDelivery', { params: one })).toMatchObject({
      status: 409,
      body: { code: 'delivery-pending' },
    });
    expect(await api.ok('replayWebhook', { params })).toEqual({ replayed: 0, more: false });
  });
});

describe('a postback', () => {
  test('belongs to its partner: neither the brand’s path nor another partner’s leads to it', async () => {
    const { partnerId: other } = await aPartner(api);
    const made = await api.ok('createPostback', { params: { partnerId }, body: TEMPLATE });
    expect(made.webhook.partnerId).toBe(partnerId);
    expect((await api.ok('listPostbacks', { params: { partnerId } })).items).toHaveLength(1);
    expect((await api.ok('listPostbacks', { params: { partnerId: other } })).items).toEqual([]);
    const { webhookId } = made.webhook;
    expect(await api.send('getWebhook', { params: { webhookId } })).toMatchObject({ status: 404 });
    expect(await api.send('getPostback', { params: { partnerId: other, webhookId } })).toMatchObject({ status: 404 });
    expect(await api.send('getPostback', { as: EVE, params: { partnerId, webhookId } })).toMatchObject({ status: 404 });
  });

  test('cannot ask for what is the brand’s', async () => {
    const body = { ...SIGNED, events: ['payout-run.paid'] };
    expect(await api.send('createPostback', { params: { partnerId }, body })).toMatchObject({ status: 400 });
  });

  test('of a partner who is not there is refused', async () => {
    const params = { partnerId: 'ptr_0000000000000000' };
    expect(await api.send('createPostback', { params, body: SIGNED })).toMatchObject({ status: 404 });
  });

  test('may be one of twenty', async () => {
    const { partnerId: busy } = await aPartner(api);
    for (let n = 0; n < 20; n += 1) await api.ok('createPostback', { params: { partnerId: busy }, body: SIGNED });
    expect(await api.send('createPostback', { params: { partnerId: busy }, body: SIGNED })).toMatchObject({
      status: 422,
      body: { code: 'too-many-webhooks' },
    });
    const first = await api.ok('listPostbacks', { params: { partnerId: busy }, query: { limit: '15' } });
    const query = { limit: '15', cursor: first.nextCursor };
    const second = await api.ok('listPostbacks', { params: { partnerId: busy }, query });
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([15, 5, undefined]);
  });
});
