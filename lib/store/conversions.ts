import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { contradictions } from '../tracking/adjustment.ts';
import type { Conversion, ConversionEvent, ConversionKey, ConversionReport } from '../tracking/conversion.ts';
import { adjustments } from './conversion-adjustments.ts';
import { toConversionEvent } from './conversion-event-row.ts';
import { conversionIndexes } from './conversion-indexes.ts';
import { CONVERSION, conversionPk, isConversion } from './conversion-keys.ts';
import { newRow, revisionWrite, type Settlement, settlementCells, toConversion } from './conversion-row.ts';
import { conversionOf, type RecordContext } from './new-conversion.ts';
import { readItems } from './read-many.ts';
import type { Write } from './transaction.ts';

export { OPEN_SHARDS } from './conversion-keys.ts';
export type { RecordContext } from './new-conversion.ts';

/**
 * | access pattern                            | index | key                                                           |
 * | ----------------------------------------- | ----- | ------------------------------------------------------------- |
 * | record once                               | table | put pk, sk `#` when no such item exists                       |
 * | a conversion and what happened to it      | table | query pk                                                      |
 * | return, amend, cancel, charge back        | table | put pk, sk `EVENT#…` and update sk `#` if its revision stands |
 * | settle                                    | table | update pk, sk `#` if its revision stands                      |
 * | what has work to do, oldest orders first  | open  | query `<brandId>#<shard>`, sorted by order time; sparse       |
 * | a program's conversions of a day          | day   | query `<brandId>#<programId>#<day>`, sorted by order time     |
 *
 * pk `<brandId>#<programId>#<eventType>#<orderId>`. Both indexes hold keys only. Rows are mapped in `conversion-row.ts` and
 * `conversion-event-row.ts`, keys made in `conversion-keys.ts`.
 */

export interface Recorded {
  /** `already-there`: the same was recorded before. `different`: under the same key stands something else; nothing was written. */
  readonly outcome: 'recorded' | 'already-there' | 'different';
  /** As it is stored. */
  readonly conversion: Conversion;
  /** Fields in which the report contradicts what is stored. */
  readonly differences: readonly string[];
}

export function conversions(client: DynamoDBDocumentClient, table: string) {
  async function get(
    brandId: string,
    programId: string,
    eventType: string,
    orderId: string,
  ): Promise<{ conversion: Conversion; events: ConversionEvent[] } | undefined> {
    const pk = conversionPk({ brandId, programId, eventType, orderId });
    const items: Record<string, unknown>[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      items.push(...Items);
      start = LastEvaluatedKey;
    } while (start);
    const row = items.find(isConversion);
    const events = items.filter((item) => !isConversion(item)).map(toConversionEvent);
    return row && { conversion: toConversion(row), events: events.sort((a, b) => a.revision - b.revision) };
  }

  async function load(wanted: readonly ConversionKey[]): Promise<Conversion[]> {
    const keys = [...new Set(wanted.map(conversionPk))].map((pk) => ({ pk, sk: CONVERSION }));
    const items = await readItems(client, table, keys, { consistent: true });
    const found = new Map(items.map((item) => [item.pk as string, toConversion(item)]));
    return wanted.flatMap((key) => found.get(conversionPk(key)) ?? []);
  }

  return {
    /**
     * Stores a report unless its natural key is taken. One write unit for the row and one for each of its two index entries; a report
     * that is there already costs one unit and one read.
     */
    async record(report: ConversionReport, context: RecordContext): Promise<Recorded> {
      const conversion = conversionOf(report, context);
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: newRow(conversion),
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        return { outcome: 'recorded', conversion, differences: [] };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const [stored] = await load([conversion]);
        if (!stored) throw error;
        const differences = contradictions(stored, report);
        return { outcome: differences.length > 0 ? 'different' : 'already-there', conversion: stored, differences };
      }
    },

    /** A conversion with what happened to it, in order, as last written. */
    get,

    /** The conversions of these keys that exist, in their order, as last written. */
    load,

    /**
     * The write that settles a conversion as it was read: stores who is credited, what is posted and where its new lines stand, and takes
     * it out of the open index. Fails its condition when anybody wrote the conversion since; it is then still open.
     */
    settleWrite(conversion: Conversion, settlement: Settlement): Write {
      const { set, remove } = settlementCells(conversion, settlement);
      return revisionWrite(table, conversion, set, ['openPk', 'openSk', ...remove]);
    },

    ...adjustments(client, table, get),
    ...conversionIndexes(client, table),
  };
}
export type ConversionStore = ReturnType<typeof conversions>;
