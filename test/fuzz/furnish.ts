import { CONTRACTS } from '../../lib/http/contracts/all.ts';
import { type BrandApi, brandApi, execute, until } from '../../local/story/brand-api.ts';

const BEGINNING = '2026-03-30T10:00:00.000Z';
const CLICKED = '2026-03-31T09:00:00.000Z';
const ORDERED = '2026-03-31T10:00:00.000Z';
const PAID = '2026-03-31T12:00:00.000Z';

export type NameSet = Readonly<Record<string, string>>;
export interface Shop {
  readonly apiUrl: string;
  readonly trackingUrl: string;
  /** Secret of an owner’s key: who sets up and makes payout runs. */
  readonly owner: string;
  readonly name: string;
}

/** Something of everything, so that an input with the right names finds what it names. A payout run waits for its approval. */
export async function furnish(shop: Shop): Promise<NameSet> {
  const { name } = shop;
  const api = brandApi(shop.apiUrl, shop.owner);
  const post = poster(api);
  const { programId } = await post<{ programId: string }>('/v1/programs', {
    name,
    currency: 'USD',
    timeZone: 'Europe/Berlin',
    destinationUrl: 'https://shop.example/welcome',
    plan: { name, rules: [{ id: 'base', label: 'Everything', pay: { kind: 'percent', rateBps: 800 } }] },
    payoutTerms: { taxFormRequired: false, minimumCents: 100, holdDays: 0 },
  });
  const { partnerId } = await post<{ partnerId: string }>('/v1/partners', {
    name,
    email: `${programId.slice(4)}@partners.example`,
    type: 'content',
  });
  await post(`/v1/programs/${programId}/enrolments`, { partnerId });
  await post(`/v1/programs/${programId}/enrolments/${partnerId}/agreement`, { acceptedBy: name });
  await post(`/v1/partners/${partnerId}/payout-method`, { rail: 'external' }, 'PUT');
  const form = CONTRACTS.setTaxForm.examples?.body as object;
  await post(`/v1/partners/${partnerId}/tax-form`, form, 'PUT');
  const { link } = await post<{ link: string }>('/v1/links', { programId, partnerId, name });
  const { clickId } = await visit(shop.trackingUrl, link);
  const items = [1, 2, 3].map((line) => ({ sku: `${name} ${line}`, quantity: 50, unitPriceCents: 5_000 }));
  const order = { programId, currency: 'USD', occurredAt: ORDERED, items };
  await post('/v1/conversions', { ...order, orderId: 'F-1', clickId }, 'POST', ORDERED);
  // A partner who is in no program yet, and one who may be mailed and paid.
  const { partnerId: other } = await post<{ partnerId: string }>('/v1/partners', {
    name,
    email: `other-${programId.slice(4)}@partners.example`,
    type: 'coupon',
  });
  const { apiKey } = await post<{ apiKey: { keyId: string } }>('/v1/keys', {
    name,
    person: 'ben@shop.example',
    role: 'analyst',
  });
  const { secret: token } = await post<{ secret: string }>('/v1/keys', {
    name,
    person: 'tracker@shop.example',
    role: 'postback',
    programId,
  });
  const { experimentId } = await post<{ experimentId: string }>(`/v1/programs/${programId}/experiments`, {
    ...(CONTRACTS.registerExperiment.examples?.body as object),
    name,
  });
  const code = `FUZZ-${programId.slice(-6)}`.toUpperCase();
  await post('/v1/codes', { programId, partnerId, code });
  const { capId } = await post<{ capId: string }>(`/v1/programs/${programId}/caps`, {
    scope: { kind: 'group', group: name },
    measure: 'conversions',
    window: 'day',
    limit: 3,
  });
  const account = `/v1/programs/${programId}/partners/${partnerId}`;
  const { dispute } = await post<{ dispute: { disputeId: string } }>(`${account}/disputes`, {
    ...{ kind: 'declined', orderId: 'F-1', evidence: name },
  });
  const { disputeId } = dispute;
  const { adjustmentId } = await post<{ adjustmentId: string }>(`${account}/adjustments`, {
    ...{ currency: 'USD', cents: 500, reason: 'goodwill', note: name, disputeId },
  });
  const { name: execution } = await execute(api, 'settle-conversions', { asOf: PAID }, PAID);
  await execute(api, 'release-commissions', { asOf: PAID }, PAID);
  const { runId } = await post<{ runId: string }>('/v1/payouts', { programId, asOf: PAID }, 'POST', PAID);
  const run = await until(
    'drafting a payout',
    () => api.call<{ status: string; fileHash?: string }>('GET', `/v1/payouts/${runId}`),
    ({ status }) => status === 'awaiting-approval' || status === 'empty',
  );
  const { items: paid } = await api.call<{ items: { itemId: string }[] }>('GET', `/v1/payouts/${runId}/items`);
  return {
    programId,
    partnerId,
    link,
    runId,
    experimentId,
    code,
    capId,
    adjustmentId,
    disputeId,
    clickId,
    token,
    keyId: apiKey.keyId,
    orderId: 'F-1',
    eventType: 'sale',
    itemId: paid[0]!.itemId,
    hash: run.fileHash!,
    newPartnerId: other,
    number: '1',
    unit: '3f7ac0de91b2',
    workflow: 'settle-conversions',
    name: execution,
    day: '2026-03-31',
    year: '2026',
    from: '2026-03-01',
    to: '2026-04-30',
    target: programId,
  };
}

/**
 * Other things of the same kind in other states, as sets of names that stand in for some of `base`: orders nobody touched yet, webhooks and
 * postbacks with a delivery, experiments to change, a run that is being paid and a run that was paid. `approver` is another person’s key.
 */
export async function furnishMore(shop: Shop, approver: string, base: NameSet): Promise<NameSet[]> {
  const api = brandApi(shop.apiUrl, shop.owner);
  const post = poster(api);
  const more: NameSet[] = [];
  const orderIds = Array.from({ length: 12 }, (_, number) => `F-${number + 2}`);
  const items = [{ sku: 'untouched', quantity: 50, unitPriceCents: 5_000 }];
  const order = { programId: base.programId, currency: 'USD', occurredAt: ORDERED, items };
  await post('/v1/conversions:batch', { conversions: orderIds.map((orderId) => ({ ...order, orderId })) });
  more.push(...orderIds.map((orderId) => ({ orderId })));
  for (const place of ['/v1/webhooks', `/v1/partners/${base.partnerId}/postbacks`]) {
    const contract = place === '/v1/webhooks' ? CONTRACTS.createWebhook : CONTRACTS.createPostback;
    for (let number = 0; number < 3; number += 1) {
      const { webhook } = await post<{ webhook: { webhookId: string } }>(place, contract.examples?.body);
      const { deliveryId } = await post<{ deliveryId: string }>(`${place}/${webhook.webhookId}/test`, undefined);
      more.push({ webhookId: webhook.webhookId, deliveryId });
    }
  }
  const plan = CONTRACTS.registerExperiment.examples?.body as object;
  for (let number = 0; number < 3; number += 1) {
    const path = `/v1/programs/${base.programId}/experiments`;
    const { experimentId } = await post<{ experimentId: string }>(path, { ...plan, name: `${shop.name} ${number}` });
    more.push({ experimentId });
  }
  const season = { from: '2026-03-01T00:00:00Z', to: '2026-04-30T00:00:00Z' };
  const ask = (route: 'startBacktest' | 'startComparison', verb: string) =>
    post<NameSet>(`/v1/programs/${base.programId}/attribution:${verb}`, {
      ...(CONTRACTS[route].examples?.body as object),
      ...season,
    });
  more.push(await ask('startBacktest', 'backtest'), await ask('startComparison', 'compare'));
  for (const confirmed of [false, true]) {
    const paid = await furnish({ ...shop, name: `${shop.name} ${confirmed ? 'paid' : 'paying'}` });
    await pay(api, brandApi(shop.apiUrl, approver), paid, confirmed);
    more.push(paid);
  }
  return more;
}

/** Approves a run as another person would, and sees its item sent; settled and told in a statement when it is confirmed. */
async function pay(api: BrandApi, approver: BrandApi, { runId, itemId, hash, ...names }: NameSet, confirmed: boolean) {
  await approver.call('POST', `/v1/payouts/${runId}/approval`, { body: { hash }, at: PAID });
  const items = () => api.call<{ items: { status: string }[] }>('GET', `/v1/payouts/${runId}/items`);
  await until('sending an item', items, (found) => found.items[0]?.status === 'sent');
  if (!confirmed) return;
  await approver.call('POST', `/v1/payouts/${runId}/items/${itemId}/confirmation`, { body: {}, at: PAID });
  await execute(approver, 'pay-payout', { runId }, PAID);
  const statements = `/v1/programs/${names.programId}/partners/${names.partnerId}/statements`;
  const written = () => api.call<{ items: unknown[] }>('GET', statements);
  await until('writing a statement', written, (found) => found.items.length > 0);
}

const poster =
  (api: BrandApi) =>
  <Answer>(path: string, body: unknown, method = 'POST', at = BEGINNING) =>
    api.call<Answer>(method, path, { body, at });

/** A visit through a link, as the shop's landing page sees it. */
async function visit(trackingUrl: string, link: string): Promise<{ clickId: string }> {
  const { headers } = await fetch(`${trackingUrl}/c/${link}`, {
    redirect: 'manual',
    headers: {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
      'x-tributary-time': CLICKED,
    },
  });
  const clickId = new URL(headers.get('location') ?? '').searchParams.get('trb_click');
  if (!clickId) throw new Error(`the link ${link} gave no click id`);
  return { clickId };
}
