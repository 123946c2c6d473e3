import { randomUUID } from 'node:crypto';
import { type Answered, type Asked, providerServer } from './provider-server.ts';

interface Recipient {
  readonly id: number;
  readonly holder: string;
}
interface Transfer {
  readonly id: number;
  readonly transactionId: string;
  readonly cents: number;
  readonly holder: string;
  status: string;
  /** Times that money left the balance for it. */
  funded: number;
  looks: number;
}
interface Group {
  readonly id: string;
  readonly name: string;
  status: string;
  version: number;
  readonly transfers: Transfer[];
}

export const PROFILE = { profileId: '16001', apiToken: 'token-wise' };

/**
 * Wise as its documentation has it: recipients, quotes, batch groups with a version, transfers that a `customerTransactionId` makes once, and
 * funding from the balance. A recipient called `Refused` is refused, one called `Unquoted` gets no quote.
 */
export async function wiseServer({
  slow = 0,
  balance = Number.MAX_SAFE_INTEGER,
}: {
  slow?: number;
  balance?: number;
} = {}) {
  const groups = new Map<string, Group>();
  const recipients = new Map<number, Recipient>();
  const quotes = new Map<string, { readonly cents: number; readonly account: number }>();
  const transfers = new Map<string, Transfer>();
  let left = balance;
  let byHand = false;
  const refused = (status: number, code: string, message: string): Answered => ({
    status,
    body: { errors: [{ code, message }] },
  });

  function answer(asked: Asked): Answered {
    const { method, path, json, headers } = asked;
    if (headers.authorization !== `Bearer ${PROFILE.apiToken}`)
      return { status: 401, body: { error: 'unauthorized', error_description: 'Full authentication is required' } };
    const route = `${method} ${path.replace(`/profiles/${PROFILE.profileId}/`, '/profiles/_/')}`;
    const groupId = /\/batch-(?:groups|payments)\/([^/]+)/.exec(path)?.[1] ?? '';
    const group = groups.get(groupId);
    if (route === 'POST /v1/accounts') return recipient(json);
    if (route === 'POST /v3/profiles/_/quotes') return quote(json);
    if (route === 'POST /v3/profiles/_/batch-groups') return newGroup(json);
    const transferId = /^GET \/v1\/transfers\/(\d+)$/.exec(route)?.[1];
    if (transferId !== undefined) return showTransfer(Number(transferId));
    if (!group) return refused(404, 'not.found', 'No such resource');
    if (route.endsWith('/transfers')) return add(group, json);
    if (route.endsWith('/payments')) return fund(group);
    if (method === 'PATCH') return close(group, json);
    return { status: 200, body: shown(group) };
  }

  // biome-ignore-start lint/suspicious/noExplicitAny: bodies of requests
  function recipient({ accountHolderName, details, type, currency }: any): Answered {
    if (accountHolderName === 'Refused') return refused(422, 'NOT_VALID', 'The account does not exist');
    if (!details?.legalType || !type || !currency) return refused(422, 'NOT_VALID', 'Fields are missing');
    const id = recipients.size + 1;
    recipients.set(id, { id, holder: accountHolderName });
    return { status: 200, body: { id } };
  }

  function quote({ sourceAmount, targetAmount, targetAccount }: any): Answered {
    const account = recipients.get(targetAccount);
    if (!account) return refused(422, 'NOT_VALID', 'No such account');
    if (account.holder === 'Unquoted') return refused(422, 'error.route.not.supported', 'No such route');
    const id = randomUUID();
    quotes.set(id, { cents: Math.round((sourceAmount ?? targetAmount) * 100), account: targetAccount });
    return { status: 200, body: { id } };
  }

  function newGroup({ name }: any): Answered {
    const group: Group = { id: randomUUID(), name, status: 'NEW', version: groups.size * 7, transfers: [] };
    groups.set(group.id, group);
    return { status: 200, body: shown(group) };
  }

  function add(group: Group, { customerTransactionId, quoteUuid, targetAccount }: any): Answered {
    const there = transfers.get(customerTransactionId);
    if (there) return { status: 200, body: shownTransfer(there) };
    if (group.status !== 'NEW') return refused(422, 'batch.not.open', 'The batch group takes no more transfers');
    const quoted = quotes.get(quoteUuid);
    if (quoted?.account !== targetAccount || !quoted) return refused(422, 'NOT_VALID', 'No such quote');
    const { holder } = recipients.get(targetAccount)!;
    const transfer: Transfer = {
      id: 5_000_000 + transfers.size,
      transactionId: customerTransactionId,
      ...{ cents: quoted.cents, holder, status: 'incoming_payment_waiting', funded: 0, looks: slow },
    };
    transfers.set(customerTransactionId, transfer);
    group.transfers.push(transfer);
    group.version += 3;
    return { status: 200, body: shownTransfer(transfer) };
  }

  function close(group: Group, { status, version }: any): Answered {
    if (version !== group.version) return refused(409, 'batch.version', 'The version is another one');
    if (group.status !== 'NEW') return refused(409, 'batch.status', `The batch group is ${group.status}`);
    group.status = status;
    group.version += 1;
    if (status === 'CANCELLED') for (const transfer of group.transfers) transfer.status = 'cancelled';
    return { status: 200, body: shown(group) };
  }
  // biome-ignore-end lint/suspicious/noExplicitAny: bodies of requests

  function fund(group: Group): Answered {
    if (byHand) return { status: 403, body: {} };
    if (group.status !== 'COMPLETED') return refused(422, 'batch.not.completed', 'Complete the batch group first');
    const waiting = group.transfers.filter(({ status }) => status === 'incoming_payment_waiting');
    if (waiting.length === 0) return refused(422, 'transfer.invalid-state', 'It is funded');
    const cents = waiting.reduce((sum, one) => sum + one.cents, 0);
    if (cents > left)
      return {
        status: 201,
        body: { type: 'BALANCE', status: 'REJECTED', errorCode: 'balance.payment-option-unavailable' },
      };
    left -= cents;
    for (const transfer of waiting) Object.assign(transfer, { status: 'processing', funded: transfer.funded + 1 });
    return { status: 201, body: { type: 'BALANCE', status: 'COMPLETED', errorCode: null } };
  }

  function showTransfer(id: number): Answered {
    const transfer = [...transfers.values()].find((one) => one.id === id);
    if (!transfer) return refused(404, 'transfer.not-found', 'No such transfer');
    if (transfer.looks > 0) transfer.looks -= 1;
    else if (transfer.status === 'processing') transfer.status = 'outgoing_payment_sent';
    return { status: 200, body: shownTransfer(transfer) };
  }

  const shown = ({ id, name, status, version, transfers: own }: Group) => ({
    ...{ id, name, status, version, sourceCurrency: 'USD' },
    transferIds: own.map((one) => one.id),
  });
  const shownTransfer = ({ id, transactionId, status }: Transfer) => ({
    id,
    customerTransactionId: transactionId,
    status,
  });

  const server = await providerServer(answer, () => {});
  return {
    ...server,
    groups,
    transfers,
    /** Cents that left the balance, by our id of the transfer. */
    books: (): Record<string, number> =>
      Object.fromEntries(
        [...transfers.values()].map(({ transactionId, cents, funded }) => [transactionId, cents * funded]),
      ),
    move(transactionId: string, status: string) {
      const transfer = transfers.get(transactionId);
      if (transfer) Object.assign(transfer, { status, looks: 0 });
    },
    topUp(cents: number) {
      left += cents;
    },
    /** Whether a person must fund batches, as in the European Economic Area. */
    wantsPerson(on: boolean) {
      byHand = on;
    },
  };
}
export type WiseServer = Awaited<ReturnType<typeof wiseServer>>;
