import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Day } from '../calendar.ts';
import { type DayKey, type DayMeasures, MEASURES, NOTHING, plus } from '../measures/day.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';
import { readItems } from './read-many.ts';

/**
 * What each partner's day came to, counted from the streams.
 *
 * | access pattern                         | key                                                        |
 * | all partners of a program on a day     | query pk, sk begins with the day                           |
 * | a program from day to day              | query pk, sk between                                       |
 * | one partner from day to day            | batch get pk, sk of each day                               |
 * | count what a batch of records brings   | batch get of its rows, one conditional update for each row |
 *
 * pk `<brandId>#<programId>#DAYS`, sk `<day>#<partnerId>`.
 *
 * **Exact under redelivery.** A stream shard is delivered in order, and delivered again from some point when a batch fails. So each row
 * keeps, for each shard it heard from, the sequence number of the last record counted: at or below it is old news. Sums and mark are
 * one update, conditioned on the mark that was read, so a batch that was counted in part goes on where it stopped, row by row. A mark
 * is dropped when its stream can no longer hold what it guards against.
 */
export interface DayRow extends DayKey, DayMeasures {}

/** One record's part in a row. */
export interface Counted {
  /** The record's place in its shard: a decimal number of up to 40 digits. */
  readonly sequence: string;
  /** When the record entered the stream, epoch seconds. */
  readonly at: number;
  readonly by: Partial<DayMeasures>;
}

interface Mark {
  readonly sequence: string;
  readonly at: number;
}
/** A row's marks by shard. */
type Marks = ReadonlyMap<string, Mark>;

/** A stream keeps records 24 hours; a message set aside waits 14 days at most to be counted again. */
const MARK_DAYS = 3;
const REPLAY_MARK_DAYS = 30;
const REPLAY = 'replay';
/** A shard name for records delivered by hand, apart from the stream: the same `occasion` is counted once. */
export const replayShard = (occasion: string) => `${REPLAY}-${occasion}`;

const MARK = 'mark ';
const ATTEMPTS = 5;

export const days = (client: DynamoDBDocumentClient, table: string) => {
  const keyOf = ({ brandId, programId, day, partnerId }: DayKey) => ({
    pk: `${brandId}#${programId}#DAYS`,
    sk: `${day}#${partnerId}`,
  });

  const items = (keys: readonly DayKey[]) => readItems(client, table, keys.map(keyOf), { consistent: false });

  async function query(
    brandId: string,
    programId: string,
    from: string,
    to: string,
    { cursor, limit = 50 }: PageRequest = {},
  ): Promise<Page<DayRow>> {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': `${brandId}#${programId}#DAYS`, ':from': from, ':to': `${to}~` },
        Limit: limit,
        ...(cursor !== undefined && { ExclusiveStartKey: { pk: `${brandId}#${programId}#DAYS`, sk: cursor } }),
      }),
    );
    return pageOf(Items.map(toDay), LastEvaluatedKey !== undefined, ({ day, partnerId }) => `${day}#${partnerId}`);
  }

  return {
    /** The marks of rows that exist, by {@link rowId}; slightly old ones do no harm, since each update checks its own. */
    async marks(keys: readonly DayKey[]): Promise<Map<string, Marks>> {
      return new Map((await items(keys)).map((item) => [rowId(toDay(item)), marksOf(item)]));
    },

    /**
     * Counts one shard's records in one row: those past the row's mark for the shard, in one update. `records` are in the shard's order.
     * @param seen the row's marks as read before; the update is tried again with fresh ones when they were old.
     */
    async count(
      key: DayKey,
      shard: string,
      records: readonly Counted[],
      seen: Marks = new Map(),
    ): Promise<'counted' | 'already-counted'> {
      const row = await countInto(client, table, keyOf(key), shard, records, seen);
      return row ? 'counted' : 'already-counted';
    },

    /** Every partner's row of a day. */
    async ofDay(brandId: string, programId: string, day: Day): Promise<DayRow[]> {
      const rows: DayRow[] = [];
      let cursor: string | undefined;
      do {
        const page: Page<DayRow> = await query(brandId, programId, `${day}#`, day, { cursor, limit: 1000 });
        rows.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return rows;
    },

    /** A program's rows from day to day, both included, by day and partner. */
    range: (brandId: string, programId: string, from: Day, to: Day, page?: PageRequest): Promise<Page<DayRow>> =>
      query(brandId, programId, from, to, page),

    /** One partner's rows among these days, in their order. */
    async ofPartner(brandId: string, programId: string, partnerId: string, wanted: readonly Day[]): Promise<DayRow[]> {
      const rows = (await items(wanted.map((day) => ({ brandId, programId, day, partnerId })))).map(toDay);
      return rows.sort((a, b) => (a.day < b.day ? -1 : 1));
    },
  };
};
export type DayStore = ReturnType<typeof days>;

/** Counts one shard's records in the row under a key, as {@link days} counts a day's; answers the row, or nothing when all was counted before. */
export async function countInto(
  client: DynamoDBDocumentClient,
  table: string,
  Key: { readonly pk: string; readonly sk: string },
  shard: string,
  records: readonly Counted[],
  seen: Marks,
): Promise<Record<string, unknown> | undefined> {
  let marks = seen;
  for (let attempt = 1; ; attempt += 1) {
    const mark = marks.get(shard);
    const fresh = mark ? records.filter(({ sequence }) => BigInt(sequence) > BigInt(mark.sequence)) : records;
    if (fresh.length === 0) return undefined;
    try {
      const update = { TableName: table, Key, ...increment(shard, fresh, marks), ReturnValues: 'ALL_NEW' as const };
      const { Attributes = {} } = await client.send(new UpdateCommand(update));
      return Attributes;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || attempt === ATTEMPTS) throw error;
      const { Item = {} } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
      marks = marksOf(Item);
    }
  }
}

/** Tells rows apart in maps. */
export const rowId = ({ brandId, programId, day, partnerId }: DayKey) => `${brandId}#${programId}#${day}#${partnerId}`;

/** The update that counts records and moves the shard's mark behind the last of them, dropping marks that went stale. */
function increment(shard: string, records: readonly Counted[], marks: Marks) {
  const last = records.at(-1)!;
  const sum = records.reduce((total, { by }) => plus(total, by), NOTHING);
  const moved = MEASURES.filter((measure) => sum[measure] !== 0);
  const now = Math.max(...records.map(({ at }) => at));
  const stale = [...marks]
    .filter(([name, { at }]) => name !== shard && at < now - keptSeconds(name))
    .map(([name]) => name);
  const mark = marks.get(shard);
  return {
    UpdateExpression: [
      'SET #mark = :mark',
      moved.length > 0 ? `ADD ${moved.map((measure) => `#${measure} :${measure}`).join(', ')}` : '',
      stale.length > 0 ? `REMOVE ${stale.map((_, place) => `#stale${place}`).join(', ')}` : '',
    ].join(' '),
    ConditionExpression: mark ? '#mark.#sequence = :seen' : 'attribute_not_exists(#mark)',
    ExpressionAttributeNames: {
      '#mark': MARK + shard,
      ...(mark && { '#sequence': 'sequence' }),
      ...Object.fromEntries(moved.map((measure) => [`#${measure}`, measure])),
      ...Object.fromEntries(stale.map((name, place) => [`#stale${place}`, MARK + name])),
    },
    ExpressionAttributeValues: {
      ':mark': { sequence: last.sequence, at: last.at } satisfies Mark,
      ...(mark && { ':seen': mark.sequence }),
      ...Object.fromEntries(moved.map((measure) => [`:${measure}`, sum[measure]])),
    },
  };
}

const keptSeconds = (shard: string) => (shard.includes(REPLAY) ? REPLAY_MARK_DAYS : MARK_DAYS) * 86_400;

export function marksOf(item: Record<string, unknown>): Marks {
  const marks = Object.entries(item).filter(([name]) => name.startsWith(MARK));
  return new Map(marks.map(([name, mark]) => [name.slice(MARK.length), mark as Mark]));
}

function toDay(item: Record<string, unknown>): DayRow {
  const { pk, sk } = item as { pk: string; sk: string };
  const [brandId, programId] = pk.split('#') as [string, string];
  const [day, partnerId] = sk.split('#') as [string, string];
  const measures = Object.fromEntries(MEASURES.map((measure) => [measure, item[measure] ?? 0]));
  return { brandId, programId, day, partnerId, ...(measures as unknown as DayMeasures) };
}
