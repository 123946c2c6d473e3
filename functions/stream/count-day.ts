import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { failures } from '../../lib/aws/failures.ts';
import { files } from '../../lib/aws/files.ts';
import { queue } from '../../lib/aws/queue.ts';
import { wallClockMs } from '../../lib/clock.ts';
import type { DayKey, DayTerms, Movement } from '../../lib/measures/day.ts';
import { incident } from '../../lib/observability/incident.ts';
import { type Change, changeOf } from '../../lib/store/changes.ts';
import { keepClickCaps, type SeenClick } from '../../lib/store/click-caps.ts';
import { toClick } from '../../lib/store/click-row.ts';
import { type Counted, days, rowId } from '../../lib/store/days.ts';
import { keptClicks } from '../../lib/store/kept-clicks.ts';
import { type Countable, movementsOf, programOf } from '../../lib/store/movements.ts';
import { programs } from '../../lib/store/programs.ts';
import { instant } from '../../lib/time.ts';

/**
 * Counts clicks, conversions and commission by program, day and partner, from the streams of their tables: one write for each row that a
 * batch touches, exact however often the batch is delivered (see `lib/store/days.ts`).
 *
 * Every click goes through here once, so here it is also kept for comparisons (see `lib/store/kept-clicks.ts`), after it was counted.
 *
 * The event source must have a tumbling window, because only then does an event name its shard, and must retry for as long as the
 * stream keeps a record: a batch that is given up is never counted.
 */
export interface WindowEvent extends DynamoDBStreamEvent {
  readonly shardId?: string;
  /** Carried from batch to batch of a window; unused, but a window without it counts as failed. */
  readonly state?: Record<string, unknown>;
}
export type WindowAnswer = DynamoDBBatchResponse & { readonly state: Record<string, unknown> };

const client = documentClient();
const store = days(client, env('coreTable'));
const programStore = programs(client, env('coreTable'));
const dead = failures(queue(new SQSClient({}), env('failureQueue')), 'stream/count-day');
const TABLES: Readonly<Record<string, Countable>> = {
  [env('clicksTable')]: 'clicks',
  [env('conversionsTable')]: 'conversions',
  [env('ledgerTable')]: 'ledger',
};
const ROWS_AT_ONCE = 16;

const kept = keptClicks(files(new S3Client({}), env('documentsBucket')));
const clickCaps = keepClickCaps(client, env('coreTable'));

/** Time zone and currency of programs seen; neither changes. */
const known = new Map<string, DayTerms>();

/** What a batch brings to one row, in the shard's order. */
interface RowCount {
  readonly key: DayKey;
  readonly records: Counted[];
}

export async function handler({ Records, shardId, state = {} }: WindowEvent): Promise<WindowAnswer> {
  if (Records.length === 0) return { state, batchItemFailures: [] };
  if (shardId === undefined) throw new Error('the event names no shard: the event source needs a tumbling window');
  const read: Read[] = [];
  // One after the other, so that a program is looked up once.
  for (const record of Records) read.push(...(await readRecord(record)));
  const [first] = read;
  if (!first) return { state, batchItemFailures: [] };
  const rows = new Map<string, RowCount>();
  for (const { change, movements } of read) {
    for (const { by, ...key } of movements) {
      const row = rows.get(rowId(key)) ?? { key, records: [] };
      row.records.push({ sequence: change.sequence, at: change.at, by });
      rows.set(rowId(key), row);
    }
  }
  const shard = `${first.table} ${shardId}`;
  const batchItemFailures = await count(shard, [...rows.values()]);
  if (first.table === 'clicks') {
    const clicks = read.flatMap(clickIn);
    await clickCaps.keep(shard, clicks, wallClockMs());
    await kept.keep(shardId, clicks);
  }
  return { state, batchItemFailures };
}

/** The click of a record, and whether it counts. */
function clickIn({ change, movements, timeZone }: Read): SeenClick[] {
  if (change.kind !== 'INSERT' || !change.after) return [];
  const counts = movements.some(({ by }) => by.clicks === 1);
  return [{ click: toClick(change.after), sequence: change.sequence, enteredAt: change.at, counts, timeZone }];
}

/** Counts row by row; answers where the batch must be taken up again: at the first record of a row that could not be written. */
async function count(shard: string, rows: readonly RowCount[]): Promise<DynamoDBBatchResponse['batchItemFailures']> {
  const marks = await store.marks(rows.map(({ key }) => key));
  const outcomes = await atOnce(ROWS_AT_ONCE, rows, async ({ key, records }) => {
    try {
      await store.count(key, shard, records, marks.get(rowId(key)));
      return [];
    } catch (error) {
      incident('DayNotCounted', wallClockMs(), 'a day row could not be written', error, key);
      return [records[0]!.sequence];
    }
  });
  const failed = outcomes.flat();
  failed.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  return failed.slice(0, 1).map((itemIdentifier) => ({ itemIdentifier }));
}

interface Read {
  readonly change: Change;
  readonly table: Countable;
  readonly movements: readonly Movement[];
  /** Of the program. */
  readonly timeZone: string;
}

/** What a record counts; nothing when it cannot be read and was set aside. Throws when the world is at fault and not the row. */
async function readRecord(record: DynamoDBRecord): Promise<Read[]> {
  let change: Change;
  let program: ReturnType<typeof programOf>;
  try {
    change = changeOf(record);
    program = programOf(change);
  } catch (error) {
    return setAside(record, error);
  }
  const table = TABLES[change.table];
  if (!table) throw new Error(`count-day was not told about the table ${change.table}`);
  const terms = await termsOf(program);
  try {
    if (!terms) throw new Error(`there is no program ${program.programId}`);
    return [{ change, table, movements: movementsOf(change, table, terms), timeZone: terms.timeZone }];
  } catch (error) {
    return setAside(record, error);
  }
}

async function termsOf({ brandId, programId }: ReturnType<typeof programOf>): Promise<DayTerms | undefined> {
  const id = `${brandId}#${programId}`;
  const terms = known.get(id) ?? (await programStore.get(brandId, programId));
  if (terms) known.set(id, { timeZone: terms.timeZone, currency: terms.currency });
  return terms;
}

async function setAside(record: DynamoDBRecord, error: unknown): Promise<[]> {
  const now = wallClockMs();
  const facts = { eventID: record.eventID, keys: record.dynamodb?.Keys };
  incident('RecordSetAside', now, 'a row could not be counted', error, facts);
  await dead.setAside(record, (error as Error).message, instant(now));
  return [];
}
