import { type Answered, type Asked, providerServer } from './provider-server.ts';

interface Item {
  readonly id: string;
  readonly senderItemId: string;
  readonly receiver: string;
  readonly amount: { readonly value: string; readonly currency: string };
  status: string;
  /** Looks until it is what `becomes` says. */
  looks: number;
  becomes: string;
  error?: { readonly name: string; readonly message: string };
}
interface Batch {
  readonly id: string;
  readonly senderBatchId: string;
  status: string;
  readonly items: Item[];
}

export const CLIENT = { clientId: 'client-1', clientSecret: 'secret-1' };

/**
 * PayPal Payouts as its documentation has it: tokens for client credentials; one batch for a `sender_batch_id`, the second refused with a link
 * to the first; items that are paid after a while. What becomes of an item, its receiver's name says: `closed`, `unclaimed`, `held`, `blocked`.
 */
export async function paypalServer({ slow = 0 }: { slow?: number } = {}) {
  const batches = new Map<string, Batch>();
  let tokens = new Set<string>();
  let minted = 0;
  let denied = false;
  let refusal: { readonly name: string; readonly message: string } | undefined;

  function answer(asked: Asked): Answered {
    if (asked.path === '/v1/oauth2/token') return token(asked);
    const bearer = String(asked.headers.authorization).replace(/^Bearer /, '');
    if (!tokens.has(bearer))
      return { status: 401, body: { error: 'invalid_token', error_description: 'Token expired' } };
    if (asked.method === 'POST' && asked.path === '/v1/payments/payouts') return create(asked.json);
    const id = /^\/v1\/payments\/payouts\/([^/]+)$/.exec(asked.path)?.[1];
    const batch = [...batches.values()].find((one) => one.id === id);
    if (!batch)
      return { status: 404, body: { name: 'INVALID_RESOURCE_ID', message: 'Requested resource ID was not found.' } };
    return show(batch, Number(asked.query.get('page') ?? 1), Number(asked.query.get('page_size') ?? 1000));
  }

  function token({ headers, body }: Asked): Answered {
    const expected = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64')}`;
    if (headers.authorization !== expected || body !== 'grant_type=client_credentials')
      return { status: 401, body: { error: 'invalid_client', error_description: 'Client Authentication failed' } };
    minted += 1;
    tokens.add(`token-${minted}`);
    return { status: 200, body: { access_token: `token-${minted}`, token_type: 'Bearer', expires_in: 32_400 } };
  }

  // biome-ignore lint/suspicious/noExplicitAny: the body of a request
  function create({ sender_batch_header, items }: any): Answered {
    const senderBatchId = sender_batch_header.sender_batch_id;
    const there = batches.get(senderBatchId);
    if (there) {
      const link = [{ href: `https://api-m.paypal.com/v1/payments/payouts/${there.id}`, rel: 'self', method: 'GET' }];
      const issue = 'Batch with given sender_batch_id already exists';
      const body = {
        name: 'USER_BUSINESS_ERROR',
        message: 'User business error.',
        debug_id: 'f05063556a338',
        details: [{ field: 'SENDER_BATCH_ID', location: 'body', issue, link }],
      };
      return { status: 400, body };
    }
    if (refusal) return { status: refusal.name === 'INSUFFICIENT_FUNDS' ? 422 : 400, body: refusal };
    const batch: Batch = {
      id: `PAYPALBATCH${batches.size + 1}`,
      senderBatchId,
      status: denied ? 'DENIED' : 'PENDING',
      // biome-ignore lint/suspicious/noExplicitAny: the body of a request
      items: items.map((one: any, place: number) => ({
        id: `PPI${batches.size + 1}X${place}`,
        senderItemId: one.sender_item_id,
        receiver: one.receiver,
        amount: one.amount,
        status: 'PENDING',
        looks: slow,
        ...fate(one.receiver),
      })),
    };
    batches.set(senderBatchId, batch);
    return {
      status: 201,
      body: { batch_header: { payout_batch_id: batch.id, batch_status: 'PENDING', sender_batch_header } },
    };
  }

  function show(batch: Batch, page: number, size: number): Answered {
    if (batch.status !== 'DENIED') {
      for (const item of batch.items) {
        if (item.looks > 0) item.looks -= 1;
        else if (item.status === 'PENDING') item.status = item.becomes;
      }
      batch.status = batch.items.some(({ status }) => status === 'PENDING') ? 'PROCESSING' : 'SUCCESS';
    }
    const items = batch.items.slice((page - 1) * size, page * size).map((item) => ({
      payout_item_id: item.id,
      ...(item.status !== 'PENDING' && { transaction_id: `TXN${item.id}` }),
      transaction_status: item.status,
      payout_batch_id: batch.id,
      payout_item: {
        recipient_type: 'EMAIL',
        amount: item.amount,
        receiver: item.receiver,
        sender_item_id: item.senderItemId,
      },
      ...(item.error && { errors: item.error }),
    }));
    const batch_header = {
      payout_batch_id: batch.id,
      batch_status: batch.status,
      sender_batch_header: { sender_batch_id: batch.senderBatchId },
    };
    return {
      status: 200,
      body: { total_items: batch.items.length, total_pages: Math.ceil(batch.items.length / size), batch_header, items },
    };
  }

  const server = await providerServer(answer, () => {
    tokens = new Set();
  });
  const all = () => [...batches.values()].flatMap(({ items }) => items);
  return {
    ...server,
    batches,
    tokens: () => minted,
    /** Cents that left the account for each item, over everything that was ever sent: more than one payment shows as more money. */
    books(): Record<string, number> {
      const paid: Record<string, number> = {};
      for (const { senderItemId, amount, status } of all())
        if (status === 'SUCCESS')
          paid[senderItemId] = (paid[senderItemId] ?? 0) + Math.round(Number(amount.value) * 100);
      return paid;
    },
    /** How often PayPal took an item. */
    taken: (itemId: string) => all().filter(({ senderItemId }) => senderItemId === itemId).length,
    move(itemId: string, status: string) {
      for (const item of all())
        if (item.senderItemId === itemId) Object.assign(item, { status, looks: 0, becomes: status });
    },
    deny(on = true) {
      denied = on;
    },
    refuse(why?: { name: string; message: string }) {
      refusal = why;
    },
  };
}
export type PayPalServer = Awaited<ReturnType<typeof paypalServer>>;

function fate(receiver: string): Pick<Item, 'becomes'> & Partial<Item> {
  if (receiver.startsWith('closed'))
    return { becomes: 'FAILED', error: { name: 'RECEIVER_ACCOUNT_CLOSED', message: 'The account is closed' } };
  if (receiver.startsWith('unclaimed')) return { becomes: 'UNCLAIMED' };
  if (receiver.startsWith('held')) return { becomes: 'ONHOLD' };
  if (receiver.startsWith('blocked')) return { becomes: 'BLOCKED' };
  return { becomes: 'SUCCESS' };
}
