import { epochMs, type Instant } from '../../time.ts';
import { ask, type Json, listOf, objectIn, type Reply, type Send, textIn, troubleOf } from './ask.ts';
import type { Order } from './orders.ts';
import type { BatchNews, BatchRecord, ItemReport, Keep } from './provider.ts';

/** PayPal refuses a batch id that it saw within 30 days, and only then: a day is left for clocks and queues. */
const ID_PROTECTS_MS = 29 * 86_400_000;
/** Most items in one answer. */
const PAGE = 500;

export interface PayPalAccount {
  readonly server: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What to do about an item by its `transaction_status`. Whatever PayPal may add is waited for. */
const STATES: Readonly<Record<string, ItemReport['state']>> = {
  SUCCESS: 'paid',
  FAILED: 'over',
  BLOCKED: 'over',
  RETURNED: 'over',
  REFUNDED: 'over',
  REVERSED: 'over',
};

/**
 * PayPal Payouts, version 1 of its API.
 *
 * A batch is sent under an id of ours, which PayPal takes once in 30 days. Whoever does not know whether it arrived sends it again under the
 * same id: PayPal either takes it now or names the batch that it has. That is both the look-up by our own id and the sending, in one step
 * that cannot pay twice. After 29 days without an answer nothing is sent any more.
 */
export function paypal(account: PayPalAccount, send: Send) {
  let token: string | undefined;

  async function withToken(
    request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string; readonly id?: string },
    again = true,
  ): Promise<Reply> {
    if (token === undefined) {
      const fresh = await newToken();
      if (fresh.kind !== 'done') return fresh;
      token = textIn(fresh.json.access_token);
      if (token === undefined) return { kind: 'busy', words: 'gave no access token' };
    }
    const reply = await ask(send, {
      method: request.method,
      url: `${account.server}${request.path}`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(request.id !== undefined && { 'paypal-request-id': request.id }),
      },
      ...(request.body !== undefined && { body: request.body }),
    });
    if (reply.kind !== 'refused' || reply.status !== 401) return reply;
    token = undefined;
    return again ? withToken(request, false) : reply;
  }

  async function newToken(): Promise<Reply> {
    const basic = Buffer.from(`${account.clientId}:${account.clientSecret}`, 'utf8').toString('base64');
    const reply = await ask(send, {
      method: 'POST',
      url: `${account.server}/v1/oauth2/token`,
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    // No payment hangs on a token: without one, nothing was asked.
    return reply.kind === 'done' ? reply : { kind: 'busy', words: `no access token: ${reply.words}` };
  }

  /** Hands the batch over, or learns that PayPal has it. */
  async function hand(
    record: BatchRecord,
    orders: readonly Order[],
    keep: Keep,
    now: Instant,
  ): Promise<BatchRecord | BatchNews> {
    const { sentAt = now, inDoubt = false } = record;
    if (inDoubt && epochMs(now) - epochMs(sentAt) > ID_PROTECTS_MS) {
      return {
        reports: [],
        trouble: `Whether PayPal has batch ${record.batchId} is not known since ${sentAt}, and its id protects no longer: look for it at PayPal`,
      };
    }
    await keep({ sentAt, inDoubt: true });
    const body = JSON.stringify(bodyOf(record, orders as readonly Order<'paypal'>[]));
    const reply = await withToken({ method: 'POST', path: '/v1/payments/payouts', body, id: record.batchId });
    if (reply.kind === 'done') {
      const providerId = textIn(objectIn(reply.json.batch_header).payout_batch_id);
      if (providerId !== undefined) return keep({ providerId, inDoubt: false });
      return { reports: [], trouble: 'PayPal took the batch and did not name it' };
    }
    if (reply.kind === 'refused') {
      const there = duplicateOf(reply.json);
      if (there !== undefined) return keep({ providerId: there, inDoubt: false });
      // Only a first request tells by its refusal that there is no batch: after one in doubt, PayPal may refuse what it has done.
      if (!inDoubt && isFinal(reply)) {
        const words = `PayPal refused the batch: ${reply.words}`;
        await keep({ inDoubt: false, refused: { '*': words } });
        return { reports: overAll(orders, words) };
      }
    }
    if (reply.kind !== 'unknown' && !inDoubt) await keep({ inDoubt: false });
    return { reports: [], trouble: troubleOf('PayPal did not take the batch', reply) };
  }

  /** What has become of every item, page by page. */
  async function look(providerId: string, orders: readonly Order[]): Promise<BatchNews> {
    const found = new Map<string, ItemReport>();
    let denied = false;
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const path = `/v1/payments/payouts/${encodeURIComponent(providerId)}?page=${page}&page_size=${PAGE}&total_required=true`;
      const reply = await withToken({ method: 'GET', path });
      if (reply.kind !== 'done')
        return { reports: [...found.values()], trouble: troubleOf('PayPal does not tell', reply) };
      const { json } = reply;
      const status = textIn(objectIn(json.batch_header).batch_status);
      if (status === undefined) return { reports: [...found.values()], trouble: 'PayPal told nothing of the batch' };
      for (const report of listOf(json.items).flatMap(reportOf)) found.set(report.itemId, report);
      denied ||= status === 'DENIED';
      pages = Math.min(Number(json.total_pages ?? 1) || 1, Math.ceil(orders.length / PAGE) + 1);
    }
    const reports = orders.flatMap(({ item }): ItemReport[] => {
      const report = found.get(item);
      if (denied && report?.state !== 'paid')
        return [{ itemId: item, state: 'over', words: 'PayPal DENIED the whole batch' }];
      return report ? [report] : [];
    });
    return { reports };
  }

  return {
    async advance(record: BatchRecord, orders: readonly Order[], keep: Keep, now: Instant): Promise<BatchNews> {
      const words = record.refused?.['*'];
      if (words !== undefined) return { reports: overAll(orders, words) };
      if (record.providerId !== undefined) return look(record.providerId, orders);
      const handed = await hand(record, orders, keep, now);
      if ('reports' in handed) return handed;
      return look(handed.providerId ?? '', orders);
    },
  };
}

/** The same orders give the same bytes. */
const bodyOf = ({ batchId }: BatchRecord, orders: readonly Order<'paypal'>[]) => ({
  sender_batch_header: { sender_batch_id: batchId, email_subject: 'Your commission' },
  items: orders.map(({ item, amount, currency, to }) => ({
    recipient_type: 'email' in to ? 'EMAIL' : 'PAYPAL_ID',
    receiver: 'email' in to ? to.email : to.payerId,
    amount: { value: amountFor(amount, currency), currency },
    sender_item_id: item,
    note: 'Commission',
  })),
});

/** Forints and Taiwan dollars have cents that PayPal does not take. */
const amountFor = (amount: string, currency: string) =>
  currency === 'HUF' || currency === 'TWD' ? amount.replace(/\.00$/, '') : amount;

/** The batch that PayPal has under our id, as its refusal of a second one names it. Only the id is taken: its link may lead anywhere. */
function duplicateOf(json: Json): string | undefined {
  const details = listOf(json.details).filter(({ field, issue }) => /sender_batch_id/i.test(`${field} ${issue}`));
  const links = [
    ...details.flatMap(({ link, links: more }) => [...listOf(link), ...listOf(more)]),
    ...listOf(json.links),
  ];
  if (details.length === 0) return undefined;
  return links
    .map(({ href }) => /\/v1\/payments\/payouts\/([A-Za-z0-9_-]{1,60})(?:[?#]|$)/.exec(String(href))?.[1])
    .find(Boolean);
}

/** Refusals of what stands in the batch: the same batch will be refused again. Funds, rights and limits may be mended. */
const isFinal = ({ status, json }: Extract<Reply, { kind: 'refused' }>) =>
  (status === 400 || status === 422) &&
  ['VALIDATION_ERROR', 'INVALID_REQUEST', 'MALFORMED_REQUEST'].includes(String(json.name));

const overAll = (orders: readonly Order[], words: string): ItemReport[] =>
  orders.map(({ item }) => ({ itemId: item, state: 'over', words }));

function reportOf(item: Json): ItemReport[] {
  const itemId = textIn(objectIn(item.payout_item).sender_item_id);
  const status = textIn(item.transaction_status) ?? 'PENDING';
  if (itemId === undefined) return [];
  const { name, message } = objectIn(item.errors);
  const words = [`PayPal ${status}`, textIn(message) ?? textIn(name)].filter(Boolean).join(': ').slice(0, 200);
  const reference = textIn(item.transaction_id) ?? textIn(item.payout_item_id);
  return [{ itemId, state: STATES[status] ?? 'waiting', words, ...(reference !== undefined && { reference }) }];
}
