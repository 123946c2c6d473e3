/** What was asked of AWS since the last reset: one row per principal, action and resource. */
export interface MeterRow {
  /** Physical name of a role, or `operator`. */
  readonly principal: string;
  /** IAM action of the call: `dynamodb:PutItem`, `sqs:SendMessage`. */
  readonly action: string;
  /** ARN, or the table's name for DynamoDB. A call on several tables has a row for each; only the first counts the call. */
  readonly resource: string;
  readonly calls: number;
  /** DynamoDB units consumed, indexes included. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** The part of the units that went to each index. */
  readonly indexUnits: Readonly<Record<string, number>>;
}

export interface Consumed {
  readonly table: string;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly indexUnits: Readonly<Record<string, number>>;
}

/** Sums over rows, as bench and tests ask for them. */
export interface MeterTotals {
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

export interface Meter {
  count(principal: string, action: string, resource: string): void;
  /** Units of one call; does not count the call itself. */
  consume(principal: string, action: string, consumed: Consumed): void;
  /** Every row, or those a filter keeps. */
  snapshot(keep?: (row: MeterRow) => boolean): readonly MeterRow[];
  totals(keep?: (row: MeterRow) => boolean): MeterTotals;
  reset(): void;
}

type Counting = { -readonly [Field in keyof MeterRow]: MeterRow[Field] } & { indexUnits: Record<string, number> };

export function createMeter(): Meter {
  const rows = new Map<string, Counting>();
  const row = (principal: string, action: string, resource: string): Counting => {
    const key = `${principal}\n${action}\n${resource}`;
    let found = rows.get(key);
    if (!found) {
      found = { principal, action, resource, calls: 0, writeUnits: 0, readUnits: 0, indexUnits: {} };
      rows.set(key, found);
    }
    return found;
  };
  const snapshot: Meter['snapshot'] = (keep = () => true) =>
    [...rows.values()].map((counting) => ({ ...counting, indexUnits: { ...counting.indexUnits } })).filter(keep);
  return {
    count(principal, action, resource) {
      row(principal, action, resource).calls += 1;
    },
    consume(principal, action, { table, writeUnits, readUnits, indexUnits }) {
      const counting = row(principal, action, table);
      counting.writeUnits += writeUnits;
      counting.readUnits += readUnits;
      for (const [index, units] of Object.entries(indexUnits)) {
        counting.indexUnits[index] = (counting.indexUnits[index] ?? 0) + units;
      }
    },
    snapshot,
    totals(keep) {
      const sum = { calls: 0, writeUnits: 0, readUnits: 0 };
      for (const { calls, writeUnits, readUnits } of snapshot(keep)) {
        sum.calls += calls;
        sum.writeUnits += writeUnits;
        sum.readUnits += readUnits;
      }
      return sum;
    },
    reset: () => rows.clear(),
  };
}
