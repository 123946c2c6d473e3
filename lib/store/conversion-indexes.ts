import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { addDays, type Day, utcDays } from '../calendar.ts';
import { Index } from '../names.ts';
import type { MarkedOrder } from '../settlement/duplicates.ts';
import { type Instant, utcDay } from '../time.ts';
import type { ConversionKey } from '../tracking/conversion.ts';
import {
  CONVERSION,
  dayPartition,
  dayPlaceLength,
  INSTANT_LENGTH,
  keyOfPk,
  openPartition,
  programPrefix,
  readDaySk,
} from './conversion-keys.ts';
import type { Page, PageRequest } from './page.ts';

/** The two indexes of the conversions table. Both hold keys only and trail the table by moments; `load` reads the rows. */
export function conversionIndexes(client: DynamoDBDocumentClient, table: string) {
  async function entries<Entry>(
    query: Pick<QueryCommandInput, 'IndexName' | 'KeyConditionExpression' | 'FilterExpression'> & {
      readonly values: Record<string, unknown>;
      readonly positionOf: (item: Record<string, unknown>) => string;
      readonly startAt: (position: string) => Record<string, unknown>;
    },
    entryOf: (item: Record<string, unknown>) => Entry,
    { cursor, limit = 100, newestFirst = false }: PageRequest,
  ): Promise<Page<Entry>> {
    const { values, positionOf, startAt, ...input } = query;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        ...input,
        TableName: table,
        ExpressionAttributeValues: values,
        ScanIndexForward: !newestFirst,
        Limit: limit,
        ...(cursor !== undefined && { ExclusiveStartKey: startAt(cursor) }),
      }),
    );
    const items = Items.map(entryOf);
    return LastEvaluatedKey ? { items, cursor: positionOf(LastEvaluatedKey) } : { items };
  }
  const keys = (query: Parameters<typeof entries>[0], page: PageRequest) =>
    entries(query, ({ pk }) => keyOfPk(pk as string), page);

  /** Cursors of a day's partition. */
  function dayCursors(brandId: string, programId: string, dayPk: string) {
    const prefix = programPrefix({ brandId, programId });
    return {
      positionOf: ({ daySk, pk }: Record<string, unknown>) => `${daySk}${(pk as string).slice(prefix.length)}`,
      startAt: (position: string) => {
        const length = dayPlaceLength(position);
        return { dayPk, daySk: position.slice(0, length), pk: prefix + position.slice(length), sk: CONVERSION };
      },
    };
  }

  /**
   * A program's conversions of a UTC day, by order time. `from` is included, `to` is not. By UTC, because whoever reports an order must
   * not wait for a calendar; whoever reads has one.
   */
  function dayKeys(
    brandId: string,
    programId: string,
    day: Day,
    { from, to, ...page }: PageRequest & Span = {},
  ): Promise<Page<ConversionKey>> {
    const dayPk = dayPartition(brandId, programId, day);
    return keys(
      {
        IndexName: Index.conversionsDay,
        KeyConditionExpression: 'dayPk = :day AND daySk BETWEEN :from AND :to',
        values: { ':day': dayPk, ...bounds(from, to) },
        ...dayCursors(brandId, programId, dayPk),
      },
      page,
    );
  }

  return {
    /**
     * What has work to do in one of `OPEN_SHARDS` shards, oldest orders first. `from` is included, `to` is not; both are order times.
     * A page may be short or empty while its cursor says there is more. The index trails the table by moments.
     */
    openKeys(
      brandId: string,
      shard: number,
      { programId, from, to, ...page }: PageRequest & Span & { programId?: string | undefined } = {},
    ): Promise<Page<ConversionKey>> {
      const openPk = openPartition(brandId, shard);
      return keys(
        {
          IndexName: Index.conversionsOpen,
          KeyConditionExpression: 'openPk = :open AND openSk BETWEEN :from AND :to',
          ...(programId !== undefined && { FilterExpression: 'begins_with(pk, :program)' }),
          values: {
            ':open': openPk,
            ...bounds(from, to),
            ...(programId !== undefined && { ':program': programPrefix({ brandId, programId }) }),
          },
          positionOf: ({ openSk, pk }) => `${openSk}${(pk as string).slice(brandId.length)}`,
          startAt: (position) => ({
            openPk,
            openSk: position.slice(0, INSTANT_LENGTH),
            pk: brandId + position.slice(INSTANT_LENGTH),
            sk: CONVERSION,
          }),
        },
        page,
      );
    },

    dayKeys,

    /**
     * A program's conversions of a stretch of days, by order time; a page ends with its day. The cursor names the day, then the place in it.
     */
    async stretchKeys(
      { brandId, programId, firstDay, lastDay }: Stretch,
      { cursor = firstDay, limit }: Pick<PageRequest, 'cursor' | 'limit'> = {},
    ): Promise<Page<ConversionKey>> {
      const day = cursor.slice(0, DAY_LENGTH);
      const page = await dayKeys(brandId, programId, day, { limit, cursor: cursor.slice(DAY_LENGTH) || undefined });
      if (page.cursor !== undefined) return { items: page.items, cursor: `${day}${page.cursor}` };
      return day < lastDay ? { items: page.items, cursor: addDays(day, 1) } : { items: page.items };
    },

    /**
     * A program's conversions from an instant to before another, by order time; what a calendar day is to the program is such a stretch.
     * A cursor that does not stand in it finds nothing.
     */
    async keysBetween(
      { brandId, programId, from, to }: { brandId: string; programId: string; from: Instant; to: Instant },
      { cursor, limit = 100 }: Pick<PageRequest, 'cursor' | 'limit'> = {},
    ): Promise<Page<ConversionKey>> {
      const start = cursor?.slice(0, INSTANT_LENGTH) ?? from;
      if (start < from || start >= to) return { items: [] };
      const items: ConversionKey[] = [];
      for (const day of utcDays(from, to)) {
        if (day < utcDay(start)) continue;
        const position = day === utcDay(start) ? cursor : undefined;
        const page = await dayKeys(brandId, programId, day, {
          from,
          to,
          limit: limit - items.length,
          cursor: position,
        });
        items.push(...page.items);
        if (page.cursor !== undefined) return { items, cursor: page.cursor };
      }
      return { items };
    },

    /** The orders of a program's day from one time to another, both included, by what they are recognised by; those without a mark left out. */
    async marksBetween(
      brandId: string,
      programId: string,
      day: Day,
      { from, to, cursor }: { readonly from: Instant; readonly to: Instant; readonly cursor?: string | undefined },
    ): Promise<Page<MarkedOrder>> {
      const dayPk = dayPartition(brandId, programId, day);
      const page = await entries(
        {
          IndexName: Index.conversionsDay,
          KeyConditionExpression: 'dayPk = :day AND daySk BETWEEN :from AND :to',
          // `$` follows `#` in ASCII: every mark of the last millisecond is below it.
          values: { ':day': dayPk, ':from': from, ':to': `${to}$` },
          ...dayCursors(brandId, programId, dayPk),
        },
        ({ pk, daySk }) => ({ key: keyOfPk(pk as string), ...readDaySk(daySk as string) }),
        { cursor, limit: MARKS_A_PAGE },
      );
      return { ...page, items: page.items.filter((order): order is MarkedOrder => order.mark !== undefined) };
    },
  };
}

const MARKS_A_PAGE = 1_000;
const DAY_LENGTH = '2026-03-29'.length;

/** UTC days of a program, first and last included. */
interface Stretch {
  readonly brandId: string;
  readonly programId: string;
  readonly firstDay: Day;
  readonly lastDay: Day;
}

/** Just below an instant, for the included end of a range: nothing sorts between. */
const before = (to: Instant) => `${to.slice(0, -1)}!`;

/** Order times: from the first, before the last. */
interface Span {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

const bounds = (from: Instant | undefined, to: Instant | undefined) => ({
  ':from': from || '0',
  ':to': to === undefined ? '~' : before(to),
});
