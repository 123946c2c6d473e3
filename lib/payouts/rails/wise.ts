import { createHash } from 'node:crypto';
import { atOnce } from '../../at-once.ts';
import type { Instant } from '../../time.ts';
import { ask, type Json, type Reply, type Send, textIn, troubleOf } from './ask.ts';
import type { Order } from './orders.ts';
import type { BatchNews, BatchRecord, ItemReport, Keep } from './provider.ts';

/** Requests at once; Wise slows down who asks more. */
const WIDTH = 4;

export interface WiseAccount {
  readonly server: string;
  readonly profileId: string;
  readonly apiToken: string;
}

/**
 * What to do about an item by the state of its transfer. A transfer that bounced may yet be sent again by Wise, so its money is waited
 * for until Wise has given it back. Whatever Wise may add is waited for.
 */
const STATES: Readonly<Record<string, ItemReport['state']>> = {
  outgoing_payment_sent: 'paid',
  cancelled: 'over',
  funds_refunded: 'over',
};
const UNFUNDED = 'incoming_payment_waiting';

interface Transfer {
  readonly id: string;
  readonly status: string;
}

interface Group {
  readonly status: string;
  readonly version: number;
  readonly transferIds: readonly string[];
}

/**
 * Wise's batch groups: make a group, put transfers into it, complete it, fund it.
 *
 * A group that is not completed pays nothing, and one that is completed takes no more transfers. So a batch may be cut off anywhere: the next
 * go reads which transfers the group has, by our own ids, and makes the missing ones. The group is completed under the version at which it was
 * seen, so that a transfer that arrives late is noticed. What is in no completed group was never sent. Wise funds a transfer once;
 * whether it is funded its state says, which is read before funding.
 */
export function wise(account: WiseAccount, send: Send) {
  const profile = `/v3/profiles/${account.profileId}`;

  const call = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<Reply> =>
    ask(send, {
      method,
      url: `${account.server}${path}`,
      headers: { authorization: `Bearer ${account.apiToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  /** The group of the batch; one that was made and never noted stays empty, and pays nothing. */
  async function groupOf(record: BatchRecord, orders: readonly Order[], keep: Keep, now: Instant): Promise<string> {
    if (record.providerId !== undefined) return record.providerId;
    const body = { name: record.batchId, sourceCurrency: orders[0]!.currency };
    const reply = await call('POST', `${profile}/batch-groups`, body);
    if (reply.kind !== 'done') throw new Stopped('Wise made no batch group', reply);
    const id = textIn(reply.json.id);
    if (id === undefined) throw new Stopped('Wise made a batch group', { kind: 'unknown', words: 'without an id' });
    await keep({ providerId: id, sentAt: record.sentAt ?? now });
    return id;
  }

  async function read(id: string): Promise<Group> {
    const reply = await call('GET', `${profile}/batch-groups/${encodeURIComponent(id)}`);
    if (reply.kind !== 'done') throw new Stopped('Wise does not show the batch group', reply);
    return groupIn(reply.json);
  }

  /** The transfers of a group, by the item ids that ours are made of. */
  async function transfersOf({ transferIds }: Group, orders: readonly Order[]): Promise<Map<string, Transfer>> {
    const itemOf = new Map(orders.map(({ item }) => [transactionIdOf(item), item]));
    const found = await atOnce(WIDTH, [...transferIds], async (id) => {
      const reply = await call('GET', `/v1/transfers/${encodeURIComponent(id)}`);
      if (reply.kind !== 'done') throw new Stopped(`Wise does not show transfer ${id}`, reply);
      const item = itemOf.get(textIn(reply.json.customerTransactionId) ?? '');
      return item === undefined ? [] : [[item, { id, status: textIn(reply.json.status) ?? '' }] as const];
    });
    return new Map(found.flat());
  }

  /** Makes one transfer in the group. Answers why Wise refuses it, when it does. */
  async function transfer(group: string, { item, amount, currency, to }: Order<'wise'>): Promise<string | undefined> {
    const recipient = await call('POST', '/v1/accounts', { profile: Number(account.profileId), ...recipientOf(to) });
    if (recipient.kind === 'refused' && isAboutItem(recipient)) return `Wise refuses the account: ${recipient.words}`;
    if (recipient.kind !== 'done') throw new Stopped('Wise takes no recipient', recipient);
    const targetCurrency = currencyOf(to);
    const quote = await call('POST', `${profile}/quotes`, {
      sourceCurrency: currency,
      targetCurrency,
      // In one currency the partner gets the whole amount and the fee is the brand's; across two, the amount is what is converted.
      ...(targetCurrency === currency ? { targetAmount: Number(amount) } : { sourceAmount: Number(amount) }),
      targetAccount: Number(recipient.json.id),
      payOut: 'BANK_TRANSFER',
    });
    if (quote.kind === 'refused' && isAboutItem(quote)) return `Wise gives no quote: ${quote.words}`;
    if (quote.kind !== 'done') throw new Stopped('Wise gives no quote', quote);
    const made = await call('POST', `${profile}/batch-groups/${encodeURIComponent(group)}/transfers`, {
      targetAccount: Number(recipient.json.id),
      quoteUuid: quote.json.id,
      customerTransactionId: transactionIdOf(item),
      details: { reference: item.slice(-10).toUpperCase() },
    });
    if (made.kind === 'refused' && isAboutItem(made)) return `Wise refuses the transfer: ${made.words}`;
    if (made.kind !== 'done') throw new Stopped('Wise makes no transfer', made);
    return undefined;
  }

  /** Fills the group and closes it. Answers it as it is then. */
  async function fill(id: string, seen: Group, orders: readonly Order[], keep: Keep): Promise<Group> {
    const there = await transfersOf(seen, orders);
    const refused: Record<string, string> = {};
    let stopped: unknown;
    await atOnce(
      WIDTH,
      orders.filter(({ item }) => !there.has(item)),
      async (order) => {
        if (stopped !== undefined) return;
        try {
          const why = await transfer(id, order as Order<'wise'>);
          if (why !== undefined) refused[order.item] = why;
        } catch (error) {
          stopped = error;
        }
      },
    );
    if (stopped !== undefined) throw stopped;
    // What was refused now may have been taken before: only the group says.
    const now = await read(id);
    if (now.status !== 'NEW') return now;
    const taken = await transfersOf(now, orders);
    const missing = orders.filter(({ item }) => !taken.has(item) && refused[item] === undefined);
    if (missing.length > 0)
      throw new Stopped('Wise', { kind: 'unknown', words: `lacks ${missing.length} transfers it took` });
    await keep({ refused: Object.fromEntries(Object.entries(refused).filter(([item]) => !taken.has(item))) });
    const status = taken.size === 0 ? 'CANCELLED' : 'COMPLETED';
    const reply = await call('PATCH', `${profile}/batch-groups/${encodeURIComponent(id)}`, {
      status,
      version: now.version,
    });
    if (reply.kind !== 'done') throw new Stopped('Wise does not close the batch group', reply);
    return groupIn(reply.json);
  }

  /** Pays the transfers from the balance, when some wait for money. */
  async function fund(id: string): Promise<string | undefined> {
    const reply = await call('POST', `${profile}/batch-payments/${encodeURIComponent(id)}/payments`, {
      type: 'BALANCE',
    });
    if (reply.kind === 'refused' && reply.status === 403)
      return 'Wise wants a person to fund this batch (strong customer authentication): fund it on the pages of Wise';
    if (reply.kind !== 'done') return troubleOf('Wise does not fund the batch', reply);
    const { status, errorCode } = reply.json;
    return textIn(status) === 'COMPLETED'
      ? undefined
      : `Wise does not fund the batch: ${textIn(errorCode) ?? textIn(status) ?? 'no reason'}`;
  }

  /** What has become of every order of a closed group. */
  async function look(
    id: string,
    group: Group,
    record: BatchRecord,
    orders: readonly Order[],
    mayFund: boolean,
  ): Promise<BatchNews> {
    if (group.status !== 'COMPLETED' && group.status !== 'CANCELLED')
      return { reports: [], trouble: `Wise has the batch group as ${group.status}` };
    const transfers = await transfersOf(group, orders);
    const waits = [...transfers.values()].some(({ status }) => status === UNFUNDED);
    if (mayFund && group.status === 'COMPLETED' && waits) {
      const trouble = await fund(id);
      const news = await look(id, group, record, orders, false);
      return trouble === undefined ? news : { trouble, ...news };
    }
    return { reports: orders.map(({ item }) => reportOf(item, transfers.get(item), record.refused?.[item])) };
  }

  return {
    async advance(known: BatchRecord, orders: readonly Order[], keep: Keep, now: Instant): Promise<BatchNews> {
      let record = known;
      const noted: Keep = async (change) => {
        record = await keep(change);
        return record;
      };
      try {
        const id = await groupOf(record, orders, noted, now);
        const seen = await read(id);
        const group = seen.status === 'NEW' ? await fill(id, seen, orders, noted) : seen;
        return await look(id, group, record, orders, true);
      } catch (error) {
        if (error instanceof Stopped) return { reports: [], trouble: error.message };
        throw error;
      }
    },
  };
}

/** Something is not known or not possible now; the next go begins by looking. */
class Stopped extends Error {
  constructor(what: string, reply: Exclude<Reply, { kind: 'done' }>) {
    super(troubleOf(what, reply));
  }
}

const groupIn = ({ status, version, transferIds }: Json): Group => ({
  status: textIn(status) ?? '',
  version: Number(version),
  transferIds: Array.isArray(transferIds) ? transferIds.map(String) : [],
});

/** Refusals of what one payment says; of rights, limits or conflicts all are refused alike. */
const isAboutItem = ({ status }: Extract<Reply, { kind: 'refused' }>) => status === 400 || status === 422;

function reportOf(itemId: string, transfer: Transfer | undefined, refused: string | undefined): ItemReport {
  if (!transfer) return { itemId, state: 'over', words: refused ?? 'Wise has no transfer of it' };
  const { id: reference, status } = transfer;
  return { itemId, state: STATES[status] ?? 'waiting', words: `Wise ${status}`, reference };
}

/** `customerTransactionId`, by which Wise takes a transfer once: a UUID made of the item's id (version 8, RFC 9562). */
export function transactionIdOf(itemId: string): string {
  const bytes = createHash('sha256').update(itemId).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

type To = Order<'wise'>['to'];

const currencyOf = (to: To) => ('iban' in to ? 'EUR' : 'sortCode' in to ? 'GBP' : 'USD');

/** A recipient in the form that Wise asks for, by the account's country. */
function recipientOf(to: To): Json {
  const legalType = to.holderKind === 'company' ? 'BUSINESS' : 'PRIVATE';
  const common = { currency: currencyOf(to), accountHolderName: to.accountHolder };
  if ('iban' in to) return { ...common, type: 'iban', details: { legalType, IBAN: to.iban } };
  if ('sortCode' in to)
    return {
      ...common,
      type: 'sort_code',
      details: { legalType, sortCode: to.sortCode, accountNumber: to.accountNumber },
    };
  const { street: firstLine, city, region: state, postalCode: postCode, country } = to;
  return {
    ...common,
    type: 'aba',
    details: {
      legalType,
      abartn: to.routingNumber,
      accountNumber: to.accountNumber,
      accountType: to.accountType.toUpperCase(),
      address: { firstLine, city, state, postCode, country },
    },
  };
}
