import { DatabaseSync } from 'node:sqlite';

/**
 * The indexes that dynoxide 1.2.1 lacks in its SQLite file.
 *
 * Each write to a table with a stream asks for the stream's highest sequence number; without an index that reads the whole stream,
 * and a put costs 17 ms of processor after 30,000 records instead of 0.4. Expired rows are found by reading every row; an index on the
 * expiry attribute tells for nothing whether there are any. SQLite keeps both up to date by itself, also under the engine.
 * Stream records are kept for ever, not for AWS's 24 hours: a laptop that slept over the weekend still delivers them.
 */
export interface ExpiringTable {
  readonly name: string;
  readonly attribute: string;
}

const STREAM_INDEX = 'tributary_stream_sequence';
const expiryIndex = (table: string) => `tributary_expiry_${table}`;
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const expiresAt = (attribute: string) =>
  `CAST(json_extract(item_json, '$."${attribute.replaceAll("'", "''")}".N') AS INTEGER)`;

const statements = (tables: readonly ExpiringTable[]): ReadonlyMap<string, string> =>
  new Map([
    [STREAM_INDEX, `ON _stream_records(table_name, CAST(sequence_number AS INTEGER))`],
    ...tables.map(({ name, attribute }): [string, string] => [
      expiryIndex(name),
      `ON ${quoted(name)}(${expiresAt(attribute)}) WHERE ${expiresAt(attribute)} IS NOT NULL`,
    ]),
  ]);

/** Whether an index is still to be added. May be asked while the engine runs. */
export function lacksIndexes(path: string, tables: readonly ExpiringTable[]): boolean {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const present = new Set(
      database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'index'")
        .all()
        .map(({ name }) => name),
    );
    return [...statements(tables).keys()].some((name) => !present.has(name));
  } finally {
    database.close();
  }
}

/** Adds what is missing. The engine must not be running. */
export function addIndexes(path: string, tables: readonly ExpiringTable[]): void {
  const database = new DatabaseSync(path);
  try {
    for (const [name, on] of statements(tables)) database.exec(`CREATE INDEX IF NOT EXISTS ${quoted(name)} ${on}`);
  } finally {
    database.close();
  }
}

/** Whether any table holds a row that expired before this moment. Cheap enough to ask often: one look-up in each index. */
export function hasExpired(path: string, tables: readonly ExpiringTable[], nowMs: number): boolean {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return tables.some(({ name, attribute }) =>
      database
        .prepare(
          `SELECT 1 FROM ${quoted(name)} WHERE ${expiresAt(attribute)} IS NOT NULL AND ${expiresAt(attribute)} < ? LIMIT 1`,
        )
        .get(Math.floor(nowMs / 1000)),
    );
  } finally {
    database.close();
  }
}
