import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env, outboundExceptions } from '../../lib/aws/env.ts';
import { queue } from '../../lib/aws/queue.ts';
import { wallClockMs } from '../../lib/clock.ts';
import { systemEntropy } from '../../lib/entropy.ts';
import { VisibleError } from '../../lib/errors.ts';
import { webhooksContracts } from '../../lib/http/contracts/webhooks.ts';
import { type ApiRequest, operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { expectedRevision, missing, revisedRow } from '../../lib/http/revision.ts';
import { deliveries as deliveryStore } from '../../lib/store/deliveries.ts';
import { partners } from '../../lib/store/partners.ts';
import { secretSealer } from '../../lib/store/webhook-secrets.ts';
import { MOST_WEBHOOKS, type Owner, type StoredWebhook, webhooks as webhookStore } from '../../lib/store/webhooks.ts';
import { epochMs, instant } from '../../lib/time.ts';
import type { Delivery } from '../../lib/webhooks/delivery.ts';
import type { Notice } from '../../lib/webhooks/notices.ts';
import { secretOf } from '../../lib/webhooks/signature.ts';
import { rotated, signingAt, type Webhook, whyNotUrl } from '../../lib/webhooks/webhook.ts';

/**
 * A brand's webhooks and its partners' postbacks: the same thing, the second kind under a partner's path and hearing of that partner alone.
 * This function encrypts signing secrets and cannot read them; it sends nothing itself, the queue's worker does.
 */
const client = documentClient();
const table = env('coreTable');
const webhooks = webhookStore(client, env('webhooksTable'), table);
const deliveries = deliveryStore(client, env('webhooksTable'));
const partnerStore = partners(client, table);
const sealer = secretSealer(new KMSClient({}), env('vaultKey'));
const messages = queue(new SQSClient({}), env('webhooksQueue'));
const exceptions = outboundExceptions();

/** Dead letters that one request replays. */
const REPLAYED_AT_ONCE = 100;
const HOUR_MS = 3_600_000;

/** Deliveries are due and expire by the wall clock, as their sender reads it; a request may tell of another time. */
const sendingNow = () => instant(wallClockMs());

type Request<Id extends keyof typeof webhooksContracts> = ApiRequest<(typeof webhooksContracts)[Id]>;

/** Whose webhooks a path speaks of; refuses a partner that is not the brand's. */
async function ownerOf({ params, who }: Pick<Request<'listWebhooks'>, 'params' | 'who'>): Promise<Owner> {
  const { brandId } = who;
  const { partnerId } = params;
  if (partnerId !== undefined && !(await partnerStore.get(brandId, partnerId))) throw missing('partner', partnerId);
  return { brandId, partnerId };
}

async function webhookOf({ params, who }: Pick<Request<'getWebhook'>, 'params' | 'who'>): Promise<StoredWebhook> {
  const owner = { brandId: who.brandId, partnerId: params.partnerId };
  const webhook = await webhooks.get(owner, params.webhookId);
  if (!webhook) throw missing('webhook', params.webhookId);
  return webhook;
}

async function create(request: Request<'createWebhook'>) {
  const { body, at, mint, entry } = request;
  const owner = await ownerOf(request);
  mayLead(body.kind, body.url);
  if ((await webhooks.all(owner)).length >= MOST_WEBHOOKS)
    throw new VisibleError(
      'refused',
      'too-many-webhooks',
      `There are ${MOST_WEBHOOKS} already; remove one that nobody needs.`,
    );
  const webhookId = mint('webhook');
  const secret = body.kind === 'signed-json' ? secretOf(systemEntropy(32)) : undefined;
  const secrets =
    secret === undefined ? [] : [{ sealed: await sealer.seal({ ...owner, webhookId }, secret), madeAt: at }];
  const webhook: Webhook = { ...owner, ...body, webhookId, status: 'active', secrets, createdAt: at };
  const told = { target: targetOf(owner, webhookId), after: body };
  if (!(await webhooks.create(webhook, entry(told)))) throw alreadyCarriedOut();
  return { webhook: shown({ ...webhook, revision: 1 }, at), secret };
}

async function list(request: Request<'listWebhooks'>) {
  const { query, at } = request;
  const owner = await ownerOf(request);
  const scope = [owner.brandId, 'webhooks', owner.partnerId ?? ''];
  const page = await webhooks.list(owner, { limit: query.limit, cursor: fromCursor(query.cursor, scope) });
  return answerPage({ ...page, items: page.items.map((webhook) => shown(webhook, at)) }, scope);
}

const read = async (request: Request<'getWebhook'>) => shown(await webhookOf(request), request.at);

async function update(request: Request<'updateWebhook'>) {
  const { params, body, who, at, headers, entry } = request;
  const owner = { brandId: who.brandId, partnerId: params.partnerId };
  const { webhookId } = params;
  const { kind } = await webhookOf(request);
  if (body.url !== undefined) mayLead(kind, body.url);
  if (body.method !== undefined && kind !== 'template') {
    const field = { field: 'method', message: 'belongs to templates; signed JSON is posted' };
    throw new VisibleError('invalid', 'method-of-template', `method: ${field.message}`, [field]);
  }
  const { url, method, events, description, status } = body;
  const revision = await webhooks.update(
    owner,
    webhookId,
    (webhook) => ({
      ...webhook,
      url: url ?? webhook.url,
      method: method ?? webhook.method,
      events: events === undefined ? webhook.events : (events ?? undefined),
      description: description === undefined ? webhook.description : (description ?? undefined),
      ...(status !== undefined && status !== webhook.status && switched(status, at)),
    }),
    (before, after) => entry({ target: targetOf(owner, webhookId), before: unsealed(before), after: unsealed(after) }),
    expectedRevision(headers),
  );
  return shown(revisedRow(revision, 'webhook', webhookId), at);
}

async function remove(request: Request<'deleteWebhook'>) {
  const { params, entry } = request;
  const { url, kind, brandId, partnerId } = await webhookOf(request);
  const owner = { brandId, partnerId };
  const told = { target: targetOf(owner, params.webhookId), before: { kind, url } };
  if (!(await webhooks.remove(owner, params.webhookId, entry(told)))) throw missing('webhook', params.webhookId);
  return { webhookId: params.webhookId };
}

async function rotate(request: Request<'rotateWebhookSecret'>) {
  const { params, body, who, at, entry } = request;
  const owner = { brandId: who.brandId, partnerId: params.partnerId };
  const { webhookId } = params;
  const { kind } = await webhookOf(request);
  if (kind !== 'signed-json')
    throw new VisibleError('refused', 'not-signed', 'A template is not signed, so it has no secret.');
  const secret = secretOf(systemEntropy(32));
  const sealed = await sealer.seal({ ...owner, webhookId }, secret);
  const until = instant(epochMs(at) + body.overlapHours * HOUR_MS);
  const revision = await webhooks.update(
    owner,
    webhookId,
    (webhook) => ({ ...webhook, secrets: rotated(webhook.secrets, sealed, at, until) }),
    () => entry({ target: targetOf(owner, webhookId), after: { secretMadeAt: at, otherUntil: until } }),
  );
  return { webhook: shown(revisedRow(revision, 'webhook', webhookId), at), secret };
}

async function test(request: Request<'testWebhook'>) {
  const { at, mint } = request;
  const webhook = await switchedOn(request);
  const { webhookId, brandId, partnerId } = webhook;
  const notice: Notice = {
    id: mint('event'),
    type: 'webhook.test',
    brandId,
    at,
    ...(partnerId !== undefined && { partnerId }),
    data: { webhookId, ...(partnerId !== undefined && { partnerId }), test: true },
  };
  const key = await deliveries.make(webhook, notice, sendingNow());
  await messages.send(key);
  await request.audit({ target: targetOf(webhook, webhookId), after: { eventId: notice.id } });
  const delivery = await deliveries.get(key);
  if (!delivery) throw new Error(`the delivery ${key.deliveryId} was made and is not there`);
  return told(delivery);
}

async function listDeliveries(request: Request<'listWebhookDeliveries'>) {
  const { params, query } = request;
  const webhook = await webhookOf(request);
  const scope = [webhook.brandId, 'deliveries', params.webhookId, query.state ?? ''];
  const wanted = { limit: query.limit, cursor: fromCursor(query.cursor, scope) };
  const page = await (query.state === 'dead' ? deliveries.dead(webhook, wanted) : deliveries.list(webhook, wanted));
  return answerPage({ ...page, items: page.items.map(told) }, scope);
}

async function readDelivery(request: Request<'getWebhookDelivery'>) {
  const delivery = await deliveryOf(request);
  const { attempts, response, body } = delivery;
  return { ...told(delivery), attempts: [...attempts], response, payload: JSON.parse(body) as unknown };
}

async function replay(request: Request<'replayWebhookDelivery'>) {
  const { params, audit } = request;
  const webhook = await switchedOn(request);
  const { deliveryId } = await deliveryOf(request);
  const { brandId, webhookId } = webhook;
  const replayed = await deliveries.replay({ brandId, webhookId, deliveryId }, sendingNow());
  if (!replayed) throw new VisibleError('conflict', 'delivery-pending', `${params.deliveryId} is being tried already.`);
  await messages.send({ brandId, webhookId, deliveryId });
  await audit({ target: `${targetOf(webhook, webhookId)}/deliveries/${deliveryId}`, after: { state: 'pending' } });
  return told(replayed);
}

async function replayDead(request: Request<'replayWebhook'>) {
  const { audit } = request;
  const webhook = await switchedOn(request);
  const { brandId, webhookId } = webhook;
  const page = await deliveries.dead(webhook, { limit: REPLAYED_AT_ONCE });
  let replayed = 0;
  for (const { deliveryId } of page.items) {
    const key = { brandId, webhookId, deliveryId };
    if (!(await deliveries.replay(key, sendingNow()))) continue;
    await messages.send(key);
    replayed += 1;
  }
  if (replayed > 0) await audit({ target: targetOf(webhook, webhookId), after: { replayed } });
  return { replayed, more: page.cursor !== undefined };
}

async function deliveryOf(request: Pick<Request<'getWebhookDelivery'>, 'params' | 'who'>): Promise<Delivery> {
  const { brandId, webhookId } = await webhookOf(request);
  const { deliveryId } = request.params;
  const delivery = await deliveries.get({ brandId, webhookId, deliveryId });
  if (!delivery) throw missing('delivery', deliveryId);
  return delivery;
}

async function switchedOn(request: Pick<Request<'getWebhook'>, 'params' | 'who'>): Promise<StoredWebhook> {
  const webhook = await webhookOf(request);
  if (webhook.status === 'active') return webhook;
  throw new VisibleError('refused', 'webhook-disabled', `${webhook.webhookId} is switched off; switch it on first.`);
}

/** Refuses an address that nothing may be sent to, as far as it tells itself; what its host resolves to is judged at every attempt. */
function mayLead(kind: Webhook['kind'], url: string): void {
  const why = whyNotUrl(kind, url, exceptions);
  if (why === undefined) return;
  throw new VisibleError('invalid', 'url-refused', `url: ${why}`, [{ field: 'url', message: why }]);
}

const switched = (status: Webhook['status'], at: string): Partial<Webhook> =>
  status === 'active'
    ? { status, disabled: undefined, failingSince: undefined }
    : { status, disabled: { why: 'by-hand', at } };

const targetOf = ({ partnerId }: Owner, webhookId: string) =>
  partnerId === undefined ? webhookId : `${partnerId}/postbacks/${webhookId}`;

const unsealed = ({ secrets: _, ...webhook }: Partial<Webhook>) => webhook;

const alreadyCarriedOut = () =>
  new VisibleError(
    'conflict',
    'already-carried-out',
    'The same request made a webhook before; its secret was shown then.',
  );

/** A webhook as one may see it: when its secrets were made, never what they are. */
const shown = (webhook: StoredWebhook, at: string) => ({
  ...webhook,
  events: webhook.events && [...webhook.events],
  secrets: signingAt(webhook, at).map(({ madeAt, until }) => ({ madeAt, until })),
});

const told = (delivery: Delivery) => ({
  ...delivery,
  nextAttemptAt: delivery.state === 'pending' ? instant(delivery.dueAtMs) : undefined,
  lastAttempt: delivery.attempts.at(-1),
});

const of = webhooksContracts;
export const handler = serve(
  {
    createWebhook: operation(of.createWebhook, create),
    listWebhooks: operation(of.listWebhooks, list),
    getWebhook: operation(of.getWebhook, read),
    updateWebhook: operation(of.updateWebhook, update),
    deleteWebhook: operation(of.deleteWebhook, remove),
    rotateWebhookSecret: operation(of.rotateWebhookSecret, rotate),
    testWebhook: operation(of.testWebhook, test),
    listWebhookDeliveries: operation(of.listWebhookDeliveries, listDeliveries),
    getWebhookDelivery: operation(of.getWebhookDelivery, readDelivery),
    replayWebhookDelivery: operation(of.replayWebhookDelivery, replay),
    replayWebhook: operation(of.replayWebhook, replayDead),
    createPostback: operation(of.createPostback, create),
    listPostbacks: operation(of.listPostbacks, list),
    getPostback: operation(of.getPostback, read),
    updatePostback: operation(of.updatePostback, update),
    deletePostback: operation(of.deletePostback, remove),
    rotatePostbackSecret: operation(of.rotatePostbackSecret, rotate),
    testPostback: operation(of.testPostback, test),
    listPostbackDeliveries: operation(of.listPostbackDeliveries, listDeliveries),
    getPostbackDelivery: operation(of.getPostbackDelivery, readDelivery),
    replayPostbackDelivery: operation(of.replayPostbackDelivery, replay),
    replayPostback: operation(of.replayPostback, replayDead),
  },
  { client, table },
);
