import {
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { balancesOf } from '../ledger/chain.ts';
import type { Account, Balances, Entry, Journal, LedgerKey } from '../ledger/journal.ts';
import { packLines, unpackLines } from './journal-lines.ts';

/**
 * The ledger: append-only, one item a journal, no index. Functions may put and read, never update or delete.
 *
 * | access pattern                      | key                                                                        |
 * | post the next journal of a chain    | put pk, sk = sequence, when no such item exists; in one transaction with its cause |
 * | state of a chain (balances, hash)   | query pk backwards, 1 item, consistent: costs the same however long the chain |
 * | a chain's journals, oldest first    | query pk, sk > sequence                                                    |
 * | one journal                         | get pk, sk                                                                 |
 *
 * pk `<brandId>#<programId>#<partnerId>#<currency>`, sk the sequence number in twelve digits.
 * The put is also the outbox record: the table's stream tells the bus.
 */
export type LedgerWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** An item as it lies in the table. Accounts that are zero are left out; days of a month share its name. */
interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly id: string;
  readonly kind: Journal['kind'];
  readonly at: string;
  readonly recorded: string;
  readonly cause: string;
  readonly actor: string;
  readonly corrects?: string;
  readonly withholds?: number;
  readonly paidOn?: string;
  readonly exchange?: Journal['exchange'];
  readonly entries: string;
  readonly lines?: string;
  readonly balances: Partial<Record<Account, number>>;
  readonly schedule?: string;
  readonly through: string;
  readonly paidBy?: Readonly<Record<string, number>>;
  readonly cameBack?: Journal['after']['cameBack'];
  readonly previous: string;
  readonly hash: string;
}

const partition = (key: LedgerKey) => `${key.brandId}#${key.programId}#${key.partnerId}#${key.currency}`;
const position = (sequence: number) => String(sequence).padStart(12, '0');

export const ledger = (client: DynamoDBDocumentClient, table: string) => {
  async function query(key: LedgerKey, after: number, limit: number, newestFirst: boolean): Promise<Journal[]> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeValues: { ':pk': partition(key), ':after': position(after) },
        ScanIndexForward: !newestFirst,
        Limit: limit,
        ConsistentRead: true,
      }),
    );
    return Items.map(toJournal);
  }

  return {
    /** Fails its transaction when a chain has gone on since its newest journal had this number; 0 when it had none. */
    unmovedWrite(key: LedgerKey, sequence: number): LedgerWrite {
      const next = { pk: partition(key), sk: position(sequence + 1) };
      return { ConditionCheck: { TableName: table, Key: next, ConditionExpression: 'attribute_not_exists(pk)' } };
    },

    /** The newest journal of a chain, which carries its state; nothing when no cent ever moved. */
    async head(key: LedgerKey): Promise<Journal | undefined> {
      const [newest] = await query(key, 0, 1, true);
      return newest;
    },

    /** One page of a chain, oldest first, after a sequence number. A short page is not the end: a page also ends at 1 MB. */
    journals(key: LedgerKey, { after = 0, limit = 100 }: { after?: number; limit?: number } = {}): Promise<Journal[]> {
      return query(key, after, limit, false);
    },

    async journal(key: LedgerKey, sequence: number): Promise<Journal | undefined> {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk: partition(key), sk: position(sequence) }, ConsistentRead: true }),
      );
      return Item && toJournal(Item);
    },

    /** The write that posts a journal; the transaction fails when its place in the chain is taken. */
    putWrite(journal: Journal): LedgerWrite {
      return { Put: { TableName: table, Item: toRow(journal), ConditionExpression: 'attribute_not_exists(pk)' } };
    },
  };
};
export type LedgerStore = ReturnType<typeof ledger>;

function toRow(journal: Journal): Row {
  return {
    pk: partition(journal),
    sk: position(journal.sequence),
    id: journal.journalId,
    kind: journal.kind,
    at: journal.at,
    recorded: journal.recordedAt,
    cause: journal.cause,
    actor: journal.actor,
    ...(journal.corrects !== undefined && { corrects: journal.corrects }),
    ...(journal.withholds !== undefined && { withholds: journal.withholds }),
    ...(journal.paidOn !== undefined && { paidOn: journal.paidOn }),
    ...(journal.exchange !== undefined && { exchange: journal.exchange }),
    entries: journal.entries.map(({ account, cents }) => `${account} ${cents}`).join(', '),
    ...(journal.lines.length > 0 && { lines: packLines(journal.lines) }),
    balances: nonZero(journal.after.balances),
    ...(Object.keys(journal.after.schedule).length > 0 && { schedule: packDays(journal.after.schedule) }),
    through: journal.after.releasedThrough,
    ...(journal.after.paidBy !== undefined && { paidBy: journal.after.paidBy }),
    ...(journal.after.cameBack !== undefined && { cameBack: journal.after.cameBack }),
    previous: journal.previousHash,
    hash: journal.hash,
  };
}

/** A journal from an item of the table or of its stream, unmarshalled. */
export function toJournal(item: Record<string, unknown>): Journal {
  const row = item as unknown as Row;
  const [brandId, programId, partnerId, currency] = row.pk.split('#') as [string, string, string, string];
  return {
    brandId,
    programId,
    partnerId,
    currency,
    sequence: Number(row.sk),
    journalId: row.id,
    kind: row.kind,
    at: row.at,
    recordedAt: row.recorded,
    cause: row.cause,
    actor: row.actor,
    ...(row.corrects !== undefined && { corrects: row.corrects }),
    ...(row.withholds !== undefined && { withholds: row.withholds }),
    ...(row.paidOn !== undefined && { paidOn: row.paidOn }),
    ...(row.exchange !== undefined && { exchange: row.exchange }),
    entries: row.entries === '' ? [] : row.entries.split(', ').map(toEntry),
    lines: row.lines === undefined ? [] : unpackLines(row.lines),
    after: {
      balances: balancesOf(row.balances),
      schedule: row.schedule === undefined ? {} : unpackDays(row.schedule),
      releasedThrough: row.through,
      ...(row.paidBy !== undefined && { paidBy: row.paidBy }),
      ...(row.cameBack !== undefined && { cameBack: row.cameBack }),
    },
    previousHash: row.previous,
    hash: row.hash,
  };
}

function toEntry(text: string): Entry {
  const [account, cents] = text.split(' ') as [Account, string];
  return { account, cents: Number(cents) };
}

const nonZero = (balances: Balances) =>
  Object.fromEntries(Object.entries(balances).filter(([, cents]) => cents !== 0)) as Row['balances'];

/** `{ '2026-03-29': 800, '2026-04-02': 120 }` as `2026-03:29=800;2026-04:02=120`: seven bytes a day instead of sixteen. */
function packDays(schedule: Readonly<Record<string, number>>): string {
  const months = new Map<string, string[]>();
  for (const day of Object.keys(schedule).sort()) {
    const month = day.slice(0, 7);
    const days = months.get(month) ?? [];
    months.set(month, [...days, `${day.slice(8)}=${schedule[day]}`]);
  }
  return [...months].map(([month, days]) => `${month}:${days.join(',')}`).join(';');
}

function unpackDays(text: string): Record<string, number> {
  const days = text.split(';').flatMap((group) => {
    const month = group.slice(0, 7);
    return group
      .slice(8)
      .split(',')
      .map((entry) => [`${month}-${entry.slice(0, 2)}`, Number(entry.slice(3))] as const);
  });
  return Object.fromEntries(days);
}
