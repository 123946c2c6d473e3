import type { TableHere } from './tables.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * The partition keys a request touches, as far as it says: what `dynamodb:LeadingKeys` means in a policy.
 * A scan says none, and a policy that insists on keys must forbid scans itself, as on AWS.
 */
export function leadingKeys(table: TableHere, request: unknown): string[] {
  const attribute = partitionKeyOf(table, request);
  const found: string[] = [];
  const visit = (holder: unknown): void => {
    if (Array.isArray(holder)) for (const one of holder) visit(one);
    if (typeof holder !== 'object' || holder === null) return;
    const { Key, Item, Keys, PutRequest, DeleteRequest } = holder as Row;
    for (const place of [Key, Item, ...(Array.isArray(Keys) ? Keys : [])]) {
      const value = scalar((place as Row | undefined)?.[attribute]);
      if (value !== undefined) found.push(value);
    }
    visit(PutRequest);
    visit(DeleteRequest);
  };
  visit(request);
  const queried = queriedKey(request as Row, attribute);
  return queried === undefined ? found : [...found, queried];
}

function partitionKeyOf(table: TableHere, request: unknown): string {
  const index = (request as Row)?.IndexName;
  return (typeof index === 'string' ? table.indexPartitionKeys[index] : undefined) ?? table.partitionKey;
}

/** The value that a key condition sets the partition key equal to: `#pk = :pk`, in any order of conditions. */
function queriedKey(request: Row, attribute: string): string | undefined {
  const { KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = request ?? {};
  if (typeof KeyConditionExpression !== 'string') return undefined;
  for (const [, name = '', value = ''] of KeyConditionExpression.matchAll(/(#?[\w.-]+)\s*=\s*(:\w+)/g)) {
    const meant = name.startsWith('#') ? (ExpressionAttributeNames as Row | undefined)?.[name] : name;
    if (meant === attribute) return scalar((ExpressionAttributeValues as Row | undefined)?.[value]);
  }
  return undefined;
}

const scalar = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const [only] = Object.values(value);
  return typeof only === 'string' ? only : undefined;
};
