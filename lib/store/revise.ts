import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from './audit.ts';
import { type Write, writeTogether } from './transaction.ts';

/** A row that people change: its revision rises by one with every change. */
export type Revised<Row> = Row & { readonly revision: number };

export type Revision<Row> =
  | { readonly outcome: 'changed' | 'unchanged'; readonly row: Revised<Row> }
  | { readonly outcome: 'missing' }
  /** The caller reasoned from an older revision. */
  | { readonly outcome: 'stale'; readonly row: Revised<Row> };

export interface Change<Row, Blocked = never> {
  readonly read: () => Promise<Revised<Row> | undefined>;
  /** The row as it shall be; the same content means there is nothing to do. */
  readonly to: (row: Revised<Row>) => Row;
  /** The first replaces the row, on condition that it still has the revision of `before`; others may go with it. */
  readonly writes: (before: Revised<Row>, after: Revised<Row>) => readonly Write[];
  /** Tells the audit log; the entry is written with the change. */
  readonly entry: (before: Partial<Row>, after: Partial<Row>) => AuditEntry;
  readonly auditWrite: (entry: AuditEntry) => Write;
  /** Revision the caller reasons from; without it the change applies to whatever is there. */
  readonly expected?: number | undefined;
  /** What it means when one of the other writes failed its condition; nothing when it may succeed next time. */
  readonly blocked?: (after: Revised<Row>) => Promise<Blocked | undefined>;
}

const ATTEMPTS = 4;

/** Changes a row and writes the audit entry, together, without losing what somebody else changes meanwhile. */
export async function revise<Row extends object, Blocked = never>(
  client: DynamoDBDocumentClient,
  change: Change<Row, Blocked>,
): Promise<Revision<Row> | Blocked> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await change.read();
    if (!before) return { outcome: 'missing' };
    if (change.expected !== undefined && change.expected !== before.revision) return { outcome: 'stale', row: before };
    const after: Revised<Row> = { ...change.to(before), revision: before.revision + 1 };
    const told = difference(before, after);
    if (!told) return { outcome: 'unchanged', row: before };
    const audited = change.auditWrite(change.entry(told.before as Partial<Row>, told.after as Partial<Row>));
    const written = await writeTogether(client, [...change.writes(before, after), audited]);
    if (written.written) return { outcome: 'changed', row: after };
    const blocked = written.failed.includes(0) ? undefined : await change.blocked?.(after);
    if (blocked) return blocked;
    if (attempt === ATTEMPTS) throw new Error('a row changed under every attempt to change it');
  }
}

/** The write that puts a row in place of the one that was read, unless that was changed meanwhile. `params` is a put that ElectroDB prepared. */
export const replaces = (params: object, { revision }: Revised<unknown>): Write => ({
  Put: {
    ...(params as NonNullable<Write['Put']>),
    ConditionExpression: 'revision = :revision',
    ExpressionAttributeValues: { ':revision': revision },
  },
});

/** The fields in which two rows differ, as they were and as they are; the revision itself aside. */
export function difference<Row extends object>(
  before: Row,
  after: Row,
): { before: Partial<Row>; after: Partial<Row> } | undefined {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Row>;
  names.delete('revision' as keyof Row);
  const changed = [...names].filter((name) => canonical(before[name]) !== canonical(after[name]));
  if (changed.length === 0) return undefined;
  const pick = (row: Row) => Object.fromEntries(changed.map((name) => [name, row[name]])) as Partial<Row>;
  return { before: pick(before), after: pick(after) };
}

/** JSON with sorted keys: the same content is the same text. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
