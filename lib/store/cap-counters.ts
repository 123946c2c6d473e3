import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Cap, CapScope } from '../caps/cap.ts';
import type { Counter, CounterMove } from '../caps/gate.ts';
import type { Row } from './changes.ts';
import { readItems } from './read-many.ts';
import type { Write } from './transaction.ts';

/**
 * How far the windows of caps are used.
 *
 * | access pattern                             | key                                                                       |
 * | ------------------------------------------ | ------------------------------------------------------------------------- |
 * | move a window with what it counts          | update pk, sk in the conversions' own transaction, while there is room    |
 * | windows of caps (settlement)               | batch get pk, sk                                                          |
 * | a cap's windows, newest first              | query pk                                                                  |
 *
 * pk `<brandId>#<programId>#CAP#<capId>`, sk the window. Counters of conversions, payout and revenue lie in the conversions table, beside
 * what they count; those of clicks in the core table. An event type is in small letters, so no conversion has such a key.
 */
export interface CounterRow {
  readonly pk: string;
  readonly sk: string;
  readonly used: number;
  /** The cap as it was when the counter last moved: who hears of it needs to read nothing. */
  readonly lim: number;
  readonly what: Cap['measure'];
  readonly scope: CapScope;
  readonly hard: boolean;
  /** The limit at which something was turned away. */
  readonly turned?: number;
  /** Of a cap on clicks: all that were counted. `used` is then what was told last. */
  readonly clicks?: number;
}

export const counterPartition = ({ brandId, programId, capId }: Pick<Cap, 'brandId' | 'programId' | 'capId'>) =>
  `${brandId}#${programId}#CAP#${capId}`;

/** Whether an unmarshalled item of the conversions table, the core table or their streams is a counter. */
export const isCounter = (item: Row): boolean => String(item.pk).split('#')[2] === 'CAP';

type Ref = Pick<Cap, 'brandId' | 'programId' | 'capId'> & { readonly name: string; readonly window: string };

export const capCounters = (client: DynamoDBDocumentClient, table: string) => ({
  /** The counters that exist, by name, as last written. */
  async read(wanted: readonly Ref[]): Promise<Map<string, Counter>> {
    const names = new Map(wanted.map((ref) => [`${counterPartition(ref)} ${ref.window}`, ref.name]));
    const keys = wanted.map((ref) => ({ pk: counterPartition(ref), sk: ref.window }));
    const items = (await readItems(client, table, keys, { consistent: true })) as unknown as CounterRow[];
    return new Map(items.map((row) => [names.get(`${row.pk} ${row.sk}`)!, { used: row.used, turnedAt: row.turned }]));
  },

  /** The write that moves a counter: up only while a hard cap has room for it. */
  write({ cap, window, by, turned }: CounterMove): Write {
    const room = cap.limit - by;
    const bounded = cap.hard && by > 0;
    return {
      Update: {
        TableName: table,
        Key: { pk: counterPartition(cap), sk: window },
        UpdateExpression: `SET lim = :limit, what = :what, #scope = :scope, hard = :hard${turned ? ', turned = :limit' : ''} ADD used :by`,
        ...(bounded && { ConditionExpression: `${room >= 0 ? 'attribute_not_exists(used) OR ' : ''}used <= :room` }),
        ExpressionAttributeNames: { '#scope': 'scope' },
        ExpressionAttributeValues: {
          ':limit': cap.limit,
          ':what': cap.measure,
          ':scope': cap.scope,
          ':hard': cap.hard,
          ':by': by,
          ...(bounded && { ':room': room }),
        },
      },
    };
  },

  /** Windows of a cap, the newest first. */
  async windows(cap: Pick<Cap, 'brandId' | 'programId' | 'capId'>, limit: number): Promise<CounterRow[]> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': counterPartition(cap) },
        ScanIndexForward: false,
        Limit: limit,
        ConsistentRead: true,
      }),
    );
    return Items as CounterRow[];
  },
});
