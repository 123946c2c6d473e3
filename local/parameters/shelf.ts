import type { DatabaseSync } from 'node:sqlite';
import { together } from '../durable.ts';

/** One version of a parameter. The value of a SecureString is its ciphertext in base64. */
export interface Parameter {
  readonly name: string;
  readonly version: number;
  readonly type: string;
  readonly value: string;
  readonly keyArn?: string;
  readonly description?: string;
  readonly modifiedMs: number;
}

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS parameters (
  name TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
  key_arn TEXT, description TEXT, modified_ms INTEGER NOT NULL,
  PRIMARY KEY (name, version)
);
CREATE TABLE IF NOT EXISTS templates (name TEXT PRIMARY KEY, value TEXT NOT NULL);`;

/** Parameters with all their versions. */
export interface Shelf {
  latest(name: string): Parameter | undefined;
  version(name: string, version: number): Parameter | undefined;
  versions(name: string): readonly Parameter[];
  /** The latest version of each, in order of name. */
  all(): readonly Parameter[];
  /** Adds the next version and answers its number. */
  put(parameter: Omit<Parameter, 'version'>): number;
  /** A template's value: becomes a version only when it differs from what the template said before, so a value put by hand outlives a restart. */
  declare(parameter: Omit<Parameter, 'version'>): void;
  remove(name: string): boolean;
}

export function shelf(database: DatabaseSync): Shelf {
  const latest = (name: string) =>
    one(database.prepare('SELECT * FROM parameters WHERE name = ? ORDER BY version DESC LIMIT 1').get(name));
  const put: Shelf['put'] = (next) => {
    const version = (latest(next.name)?.version ?? 0) + 1;
    database
      .prepare(
        'INSERT INTO parameters (name, version, type, value, key_arn, description, modified_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(next.name, version, next.type, next.value, next.keyArn ?? null, next.description ?? null, next.modifiedMs);
    return version;
  };
  return {
    latest,
    version: (name, version) =>
      one(database.prepare('SELECT * FROM parameters WHERE name = ? AND version = ?').get(name, version)),
    versions: (name) => many(database.prepare('SELECT * FROM parameters WHERE name = ? ORDER BY version').all(name)),
    all: () =>
      many(
        database
          .prepare(
            'SELECT * FROM parameters p WHERE version = (SELECT MAX(version) FROM parameters WHERE name = p.name) ORDER BY name',
          )
          .all(),
      ),
    put,
    declare(parameter) {
      const before = database.prepare('SELECT value FROM templates WHERE name = ?').get(parameter.name);
      if (before?.value === parameter.value) return;
      together(database, () => {
        put(parameter);
        database
          .prepare('INSERT OR REPLACE INTO templates (name, value) VALUES (?, ?)')
          .run(parameter.name, parameter.value);
      });
    },
    remove: (name) => database.prepare('DELETE FROM parameters WHERE name = ?').run(name).changes > 0,
  };
}

type Row = Record<string, unknown>;

function one(row: Row | undefined): Parameter | undefined {
  if (!row) return undefined;
  return {
    name: String(row.name),
    version: Number(row.version),
    type: String(row.type),
    value: String(row.value),
    modifiedMs: Number(row.modified_ms),
    ...(row.key_arn === null ? {} : { keyArn: String(row.key_arn) }),
    ...(row.description === null ? {} : { description: String(row.description) }),
  };
}

function many(rows: readonly Row[]): readonly Parameter[] {
  return rows.flatMap((row) => one(row) ?? []);
}
