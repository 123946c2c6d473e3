import * as z from 'zod';
import { PartnerId } from '../../partners/partner.ts';
import { LineField } from '../../programs/program.ts';
import { DELIVERY_ID } from '../../webhooks/delivery.ts';
import { BRAND_NOTICES, PARTNER_NOTICES, type Subscribed } from '../../webhooks/notices.ts';
import { KINDS, METHODS, TargetField, WebhookId, webhookFields } from '../../webhooks/webhook.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const DeliveryId = z.string().regex(DELIVERY_ID, 'must be a delivery id such as dlv_01h…');

export const WebhookAnswer = z
  .object({
    webhookId: z.string(),
    partnerId: z.string().optional().meta({ description: 'Whose postback it is' }),
    kind: z.enum(KINDS),
    url: z.string(),
    method: z.enum(METHODS).optional(),
    events: z.array(z.string()).optional().meta({ description: 'Absent: all of them' }),
    description: z.string().optional(),
    status: z.enum(['active', 'disabled']),
    disabled: z
      .object({ why: z.enum(['gone', 'failing', 'by-hand']), at: z.string() })
      .optional()
      .meta({ description: '`gone`: answered 410; `failing`: took nothing for three days' }),
    failingSince: z.string().optional().meta({ description: 'First failure since the last success' }),
    secrets: z
      .array(z.object({ madeAt: z.string(), until: z.string().optional() }))
      .meta({ description: 'The secrets that sign, newest first, without themselves' }),
    createdAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'Webhook' });

const AttemptAnswer = z.object({
  at: z.string(),
  status: z.int().optional().meta({ description: 'HTTP status of the answer, if one came' }),
  reason: z.string().optional().meta({ description: 'Why it did not count as taken' }),
  tookMs: z.int(),
});

const deliveryFields = {
  deliveryId: z.string(),
  webhookId: z.string(),
  eventId: z.string().meta({ description: 'The header `webhook-id`, the same at every attempt' }),
  type: z.string(),
  at: z.string().meta({ description: 'When the event happened' }),
  state: z.enum(['pending', 'delivered', 'dead']),
  made: z.int().meta({ description: 'Attempts since it was made or last replayed' }),
  nextAttemptAt: z.string().optional().meta({ description: 'Of a pending delivery' }),
  lastAttempt: AttemptAnswer.optional(),
  createdAt: z.string(),
};
export const DeliveryAnswer = z.object(deliveryFields).meta({ id: 'Delivery' });
const WholeDeliveryAnswer = z
  .object({
    ...deliveryFields,
    attempts: z.array(AttemptAnswer),
    response: z.string().optional().meta({ description: 'First 500 characters of the last answer' }),
    payload: z.unknown().meta({ description: 'What is sent, as JSON' }),
  })
  .meta({ id: 'WholeDelivery' });

const SecretAnswer = z.object({
  webhook: WebhookAnswer,
  secret: z.string().optional().meta({ description: 'Verify signatures with it. Shown now and never again.' }),
});

const refusedUrl = { 'url-refused': 'The address is not https, not public, or its template is not one' };

/** One set of routes, for a brand's webhooks and for a partner's postbacks. */
function contractsOf(scope: { readonly partnerId?: typeof PartnerId }, types: readonly [Subscribed, ...Subscribed[]]) {
  // Both sets have one type, so that one implementation serves both.
  const path = scope as unknown as { readonly partnerId: z.ZodOptional<typeof PartnerId> };
  const partner = scope.partnerId && { partnerId: 'ptr_01kp3q8z4m7yc2hd' };
  const all = z.strictObject(path);
  const one = z.strictObject({ ...path, webhookId: WebhookId });
  const delivery = z.strictObject({ ...path, webhookId: WebhookId, deliveryId: DeliveryId });
  const { url, events, description } = webhookFields(types);
  const example = {
    webhookId: 'whk_01kp3q8z4m7yc2hd',
    ...partner,
    kind: 'signed-json',
    url: 'https://hooks.shop.example/tributary',
    events: ['commission.earned', 'commission.changed', 'payout.paid'],
    status: 'active',
    secrets: [{ madeAt: '2026-03-29T10:00:00.000Z' }],
    createdAt: '2026-03-29T10:00:00.000Z',
    revision: 1,
  };
  const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1uBAJfJr8vI=';
  const attempt = { at: '2026-03-29T10:00:01.000Z', status: 503, reason: 'answered 503', tookMs: 87 };
  const waiting = {
    deliveryId: 'dlv_01kp3q8z4m7yc2hd9rs3t8vw5x',
    webhookId: example.webhookId,
    eventId: 'evt_01kp3q8z4m7yc2hd',
    type: 'commission.earned',
    at: '2026-03-29T10:00:00.000Z',
    state: 'pending',
    made: 1,
    nextAttemptAt: '2026-03-29T10:00:06.120Z',
    lastAttempt: attempt,
    createdAt: '2026-03-29T10:00:00.500Z',
  };
  return {
    create: {
      params: all,
      body: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('signed-json'), url, events, description }),
        z.strictObject({
          kind: z.literal('template'),
          url: url.describe('May have macros in its query: `?cid={click_id}&amount={payout}`'),
          method: z.enum(METHODS).default('GET'),
          events,
          description,
        }),
      ]),
      answer: SecretAnswer,
      status: 201,
      repeat: 'secret',
      refusals: {
        ...refusedUrl,
        'too-many-webhooks': 'There are 20 already',
        'already-carried-out': 'The same request made one before; its secret was shown then',
      },
      examples: {
        body: { kind: 'signed-json', url: example.url, events: [...example.events] },
        answer: { webhook: example, secret },
      },
    },
    list: {
      params: all,
      query: z.strictObject(PAGING),
      answer: pageAnswer(WebhookAnswer),
      status: 200,
      examples: { answer: { items: [example] } },
    },
    get: { params: one, answer: WebhookAnswer, status: 200, examples: { answer: example } },
    update: {
      params: one,
      body: z.strictObject({
        url: TargetField.optional(),
        method: z.enum(METHODS).optional().meta({ description: 'Of a template' }),
        events: events.unwrap().nullable().optional().meta({ description: '`null`: all of them' }),
        description: LineField(200).nullable().optional().meta({ description: '`null` removes it' }),
        status: z.enum(['active', 'disabled']).optional(),
      }),
      answer: WebhookAnswer,
      status: 200,
      revises: true,
      refusals: { ...refusedUrl, 'method-of-template': 'Signed JSON is posted; only a template has a method' },
      examples: { body: { status: 'disabled' }, answer: { ...example, status: 'disabled', revision: 2 } },
    },
    remove: {
      params: one,
      answer: z.object({ webhookId: z.string() }),
      status: 200,
      examples: { answer: { webhookId: example.webhookId } },
    },
    rotate: {
      params: one,
      body: z.strictObject({
        overlapHours: z
          .int()
          .min(0)
          .max(168)
          .default(24)
          .meta({ description: 'How long the secret before signs beside the new one' }),
      }),
      answer: SecretAnswer,
      status: 200,
      repeat: 'secret',
      refusals: {
        'not-signed': 'A template is not signed and has no secret',
        'already-carried-out': 'The same request made a secret before; it was shown then',
      },
      examples: { body: { overlapHours: 24 }, answer: { webhook: { ...example, revision: 2 }, secret } },
    },
    test: {
      params: one,
      answer: DeliveryAnswer,
      status: 202,
      refusals: { 'webhook-disabled': 'It is switched off' },
      examples: { answer: { ...waiting, type: 'webhook.test', made: 0, lastAttempt: undefined } },
    },
    deliveries: {
      params: one,
      query: z.strictObject({
        ...PAGING,
        state: z.enum(['dead']).optional().meta({ description: 'Only those that will not be tried again' }),
      }),
      answer: pageAnswer(DeliveryAnswer),
      status: 200,
      examples: { answer: { items: [waiting] } },
    },
    delivery: {
      params: delivery,
      answer: WholeDeliveryAnswer,
      status: 200,
      examples: {
        answer: { ...waiting, attempts: [attempt], response: 'upstream is busy', payload: { type: waiting.type } },
      },
    },
    replay: {
      params: delivery,
      answer: DeliveryAnswer,
      status: 202,
      refusals: {
        'delivery-pending': 'It is being tried already',
        'webhook-disabled': 'It is switched off; switch it on first',
      },
      examples: { answer: { ...waiting, made: 0 } },
    },
    replayDead: {
      params: one,
      answer: z.object({
        replayed: z.int(),
        more: z.boolean().meta({ description: 'Whether there are more; send the request again' }),
      }),
      status: 202,
      refusals: { 'webhook-disabled': 'It is switched off; switch it on first' },
      examples: { answer: { replayed: 12, more: false } },
    },
  } as const;
}

const brand = contractsOf({}, BRAND_NOTICES);
const partner = contractsOf({ partnerId: PartnerId }, PARTNER_NOTICES);

export const webhooksContracts = {
  createWebhook: brand.create,
  listWebhooks: brand.list,
  getWebhook: brand.get,
  updateWebhook: brand.update,
  deleteWebhook: brand.remove,
  rotateWebhookSecret: brand.rotate,
  testWebhook: brand.test,
  listWebhookDeliveries: brand.deliveries,
  getWebhookDelivery: brand.delivery,
  replayWebhookDelivery: brand.replay,
  replayWebhook: brand.replayDead,
  createPostback: partner.create,
  listPostbacks: partner.list,
  getPostback: partner.get,
  updatePostback: partner.update,
  deletePostback: partner.remove,
  rotatePostbackSecret: partner.rotate,
  testPostback: partner.test,
  listPostbackDeliveries: partner.deliveries,
  getPostbackDelivery: partner.delivery,
  replayPostbackDelivery: partner.replay,
  replayPostback: partner.replayDead,
} satisfies Contracts<
  | 'createWebhook'
  | 'listWebhooks'
  | 'getWebhook'
  | 'updateWebhook'
  | 'deleteWebhook'
  | 'rotateWebhookSecret'
  | 'testWebhook'
  | 'listWebhookDeliveries'
  | 'getWebhookDelivery'
  | 'replayWebhookDelivery'
  | 'replayWebhook'
  | 'createPostback'
  | 'listPostbacks'
  | 'getPostback'
  | 'updatePostback'
  | 'deletePostback'
  | 'rotatePostbackSecret'
  | 'testPostback'
  | 'listPostbackDeliveries'
  | 'getPostbackDelivery'
  | 'replayPostbackDelivery'
  | 'replayPostback'
>;
