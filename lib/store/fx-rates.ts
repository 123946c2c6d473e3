import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Day } from '../calendar.ts';
import type { FxRates, FxTable } from '../programs/fx-rates.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { writeTogether } from './transaction.ts';

/**
 * | access pattern                    | index | key                                                |
 * | --------------------------------- | ----- | -------------------------------------------------- |
 * | the rates of a day, newest version | table | query `<brand>#FX`, sk begins with day, backwards |
 *
 * sk `<day>#<version in six digits>`. Written once and never changed. Bare commands: one key, one query.
 */
interface Row {
  readonly sk: string;
  readonly base: string;
  readonly rates: Readonly<Record<string, string>>;
}

const ATTEMPTS = 5;

export function fxRates(client: DynamoDBDocumentClient, table: string) {
  const audit = auditLog(client, table);

  async function versions(brandId: string, day: Day, limit?: number): Promise<FxTable[]> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :day)',
        ExpressionAttributeValues: { ':pk': `${brandId}#FX`, ':day': `${day}#` },
        ScanIndexForward: false,
        ConsistentRead: true,
        ...(limit !== undefined && { Limit: limit }),
      }),
    );
    return (Items as Row[]).map(({ sk, base, rates }) => ({
      day,
      version: Number(sk.slice(day.length + 1)),
      base,
      rates,
    }));
  }

  const latest = async (brandId: string, day: Day): Promise<FxTable | undefined> =>
    (await versions(brandId, day, 1))[0];

  return {
    /** The rates in force for a day; nothing when the brand sent none. */
    latest,

    /** Every version of a day's rates, newest first. */
    versions: (brandId: string, day: Day): Promise<FxTable[]> => versions(brandId, day),

    /** Stores a day's rates as a further version; the same rates again are the version that is there. */
    async put(
      brandId: string,
      day: Day,
      rates: FxRates,
      entry: (version: number) => AuditEntry,
    ): Promise<{ readonly outcome: 'stored' | 'already-there'; readonly table: FxTable }> {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const known = await latest(brandId, day);
        if (known && said(known) === said(rates)) return { outcome: 'already-there', table: known };
        const version = (known?.version ?? 0) + 1;
        const sk = `${day}#${String(version).padStart(6, '0')}`;
        const Item = { pk: `${brandId}#FX`, sk, ...rates };
        const put = { Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
        const { written } = await writeTogether(client, [put, audit.write(entry(version))]);
        if (written) return { outcome: 'stored', table: { day, version, ...rates } };
      }
      throw new Error('every version number was taken first by somebody else');
    },
  };
}

/** What a table says, the same text whatever the order of its currencies. */
const said = ({ base, rates }: FxRates) =>
  JSON.stringify([base, Object.entries(rates).sort(([a], [b]) => (a < b ? -1 : 1))]);
