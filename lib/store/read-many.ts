import { setTimeout as wait } from 'node:timers/promises';
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What ElectroDB answers to a batch of keys; `unprocessed` is what DynamoDB had no room for. */
interface Batch<Row> {
  readonly data: readonly Row[];
  readonly unprocessed: readonly unknown[];
}

const ATTEMPTS = 6;

/** Reads rows by key, any number of them, asking again for what DynamoDB left out under load. Keys without a row are left out. */
export async function readMany<Key, Row>(
  keys: readonly Key[],
  read: (keys: Key[]) => Promise<Batch<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let left = [...keys];
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) throw new Error(`${left.length} rows could not be read: the table is too busy`);
    if (attempt > 0) await wait(25 * 2 ** attempt);
    const { data, unprocessed } = await read(left);
    rows.push(...data);
    left = unprocessed as Key[];
  }
  return rows;
}

/** Keys that one BatchGetItem takes. */
const KEYS_TOGETHER = 100;

type Item = Record<string, unknown>;

/** Reads items of a table by key, any number of them, in no particular order. */
export async function readItems(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Item[],
  { consistent }: { readonly consistent: boolean },
): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += KEYS_TOGETHER) {
    const page = await readMany(keys.slice(start, start + KEYS_TOGETHER), async (Keys) => {
      const request = { RequestItems: { [table]: { Keys, ConsistentRead: consistent } } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand(request));
      return { data: (Responses?.[table] ?? []) as Item[], unprocessed: UnprocessedKeys?.[table]?.Keys ?? [] };
    });
    items.push(...page);
  }
  return items;
}
