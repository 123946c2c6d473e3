import { isDeepStrictEqual } from 'node:util';
import { indexDefinition, type TableHere } from './tables.ts';
import { askEngine, EngineRefusal, type Wire } from './wire.ts';

type Row = Readonly<Record<string, unknown>>;
interface Description {
  readonly Table: Row & { readonly GlobalSecondaryIndexes?: readonly Row[]; readonly LatestStreamArn?: string };
}

/**
 * Makes the engine hold the tables of the templates: creates what is missing, adds and drops indexes, turns on streams and expiry.
 * Keys cannot change under rows that exist, so that is an error which says what to do. Tables no template names any more stay.
 * Resolves to each stream's ARN as the engine knows it, by table.
 */
export async function createTables(send: Wire, tables: readonly TableHere[]): Promise<ReadonlyMap<string, string>> {
  const streams = new Map<string, string>();
  for (const table of tables) {
    const before = await describe(send, table.name);
    if (before) await bringUpToDate(send, table, before);
    else await askEngine(send, 'CreateTable', table.definition);
    const { LatestStreamArn } = await settled(send, table.name);
    if (table.streamArn && LatestStreamArn) streams.set(table.name, LatestStreamArn);
    await setExpiry(send, table);
  }
  return streams;
}

/** For an engine somebody else runs, whose file is not ours to delete. */
export async function dropTables(send: Wire, tables: readonly TableHere[]): Promise<void> {
  for (const { name } of tables) {
    if (await describe(send, name)) await askEngine(send, 'DeleteTable', { TableName: name });
  }
}

async function describe(send: Wire, name: string): Promise<Description['Table'] | undefined> {
  try {
    return (await askEngine<Description>(send, 'DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof EngineRefusal && error.type === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** Waits until the table and its indexes are active; our engine is so at once, others take a moment. */
async function settled(send: Wire, name: string): Promise<Description['Table']> {
  for (;;) {
    const table = await describe(send, name);
    const statuses = [
      table?.TableStatus,
      ...(table?.GlobalSecondaryIndexes ?? []).map(({ IndexStatus }) => IndexStatus),
    ];
    if (table && statuses.every((status) => status === undefined || status === 'ACTIVE')) return table;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function bringUpToDate(send: Wire, table: TableHere, before: Description['Table']): Promise<void> {
  const { name, definition } = table;
  if (!isDeepStrictEqual(sorted(before.KeySchema), sorted(definition.KeySchema))) {
    throw new Error(`The key of the table ${name} has changed; its rows cannot follow. Start with --fresh.`);
  }
  const update = (change: Row) => askEngine(send, 'UpdateTable', { TableName: name, ...change });
  const wanted = new Map(
    ((definition.GlobalSecondaryIndexes ?? []) as Row[]).map((index) => [String(index.IndexName), index]),
  );
  const present = new Map(
    (before.GlobalSecondaryIndexes ?? []).map((index) => [String(index.IndexName), indexDefinition(index)]),
  );
  for (const [index, found] of present) {
    const target = wanted.get(index);
    if (target && sameIndex(target, found)) continue;
    await update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: index } }] });
    await settled(send, name);
    present.delete(index);
  }
  for (const [index, target] of wanted) {
    if (present.has(index)) continue;
    const AttributeDefinitions = definition.AttributeDefinitions;
    await update({ AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create: target }] });
    await settled(send, name);
  }
  if (definition.StreamSpecification && !before.LatestStreamArn) {
    await update({ StreamSpecification: definition.StreamSpecification });
  }
}

async function setExpiry(send: Wire, { name, expiryAttribute }: TableHere): Promise<void> {
  const { TimeToLiveDescription: now } = await askEngine<{ TimeToLiveDescription?: Row }>(send, 'DescribeTimeToLive', {
    TableName: name,
  });
  const on = now?.TimeToLiveStatus === 'ENABLED' ? now.AttributeName : undefined;
  const change = (Enabled: boolean, AttributeName: unknown) =>
    askEngine(send, 'UpdateTimeToLive', { TableName: name, TimeToLiveSpecification: { Enabled, AttributeName } });
  if (on !== undefined && on !== expiryAttribute) await change(false, on);
  if (expiryAttribute !== undefined && on !== expiryAttribute) await change(true, expiryAttribute);
}

function sameIndex(one: Row, other: Row): boolean {
  const projection = (index: Row) => {
    const { ProjectionType = 'ALL', NonKeyAttributes = [] } = (index.Projection ?? {}) as Row;
    return { ProjectionType, NonKeyAttributes: [...(NonKeyAttributes as string[])].sort() };
  };
  return (
    isDeepStrictEqual(sorted(one.KeySchema), sorted(other.KeySchema)) &&
    isDeepStrictEqual(projection(one), projection(other))
  );
}

const sorted = (keys: unknown) =>
  [...((keys ?? []) as { AttributeName: string; KeyType: string }[])]
    .map(({ AttributeName, KeyType }) => ({ AttributeName, KeyType }))
    .sort((a, b) => a.KeyType.localeCompare(b.KeyType));
