import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rule } from '../../lib/attribution/compare/heuristics.ts';
import type { Journeys } from '../../lib/attribution/compare/journeys.ts';

/** DuckDB in this process with one thread, holding the same columns as two tables. */
export interface DuckDb {
  readonly version: string;
  /** Conversions and value of each partner by a rule. */
  run(rule: Rule['model']): Promise<{ conversions: Float64Array; value: Float64Array }>;
  close(): void;
}

const CONVERTED = 'touches t JOIN journeys g USING (journey) WHERE g.conversions > 0';
const BY_RULE: Readonly<Record<Rule['model'], string>> = {
  last: `SELECT partner, sum(conversions) c, sum(value) v FROM ${CONVERTED} AND t.position = g.length GROUP BY partner`,
  first: `SELECT partner, sum(conversions) c, sum(value) v FROM ${CONVERTED} AND t.position = 1 GROUP BY partner`,
  linear: `SELECT partner, sum(conversions / length) c, sum(value / length) v FROM ${CONVERTED} GROUP BY partner`,
  'linear-distinct': `WITH pairs AS (SELECT DISTINCT journey, partner FROM ${CONVERTED}),
      sizes AS (SELECT journey, count(*) n FROM pairs GROUP BY journey)
    SELECT partner, sum(conversions / n) c, sum(value / n) v
      FROM pairs JOIN sizes USING (journey) JOIN journeys USING (journey) GROUP BY partner`,
  position: `SELECT partner, sum(conversions * w) c, sum(value * w) v FROM (
      SELECT partner, conversions, value, CASE WHEN length = 1 THEN 1.0::DOUBLE WHEN length = 2 THEN 0.5::DOUBLE
        WHEN position = 1 OR position = length THEN 0.4::DOUBLE ELSE 0.2::DOUBLE / (length - 2) END w
      FROM ${CONVERTED}) GROUP BY partner`,
  decay: `WITH weighed AS (SELECT journey, partner, conversions, value,
        exp((t.at - g.ended) * (-ln(0.5) / 604800000)) w FROM ${CONVERTED}),
      sums AS (SELECT journey, sum(w) s FROM weighed GROUP BY journey)
    SELECT partner, sum(conversions * w / s) c, sum(value * w / s) v FROM weighed JOIN sums USING (journey) GROUP BY partner`,
};

/** Loads the journeys; undefined when the package is not installed for this platform. */
export async function duckDb(journeys: Journeys): Promise<DuckDb | undefined> {
  const library = await import('@duckdb/node-api').catch(() => undefined);
  if (!library) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'bench-duckdb-'));
  const instance = await library.DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const touches: string[] = [];
    const rows: string[] = [];
    for (let j = 0; j < journeys.count; j += 1) {
      const start = journeys.starts[j]!;
      const end = journeys.starts[j + 1]!;
      rows.push(`${j},${end - start},${journeys.ends![j]},${journeys.conversions.units[j]},${journeys.value.units[j]}`);
      for (let t = start; t < end; t += 1) {
        touches.push(`${j},${t - start + 1},${journeys.touches[t]},${journeys.times![t]}`);
      }
    }
    const [touchFile, journeyFile] = [join(folder, 'touches.csv'), join(folder, 'journeys.csv')];
    writeFileSync(touchFile, `${touches.join('\n')}\n`);
    writeFileSync(journeyFile, `${rows.join('\n')}\n`);
    await connection.run(`CREATE TABLE touches AS SELECT * FROM read_csv('${touchFile}', header = false,
      columns = {'journey': 'UINTEGER', 'position': 'UTINYINT', 'partner': 'UINTEGER', 'at': 'DOUBLE'})`);
    await connection.run(`CREATE TABLE journeys AS SELECT * FROM read_csv('${journeyFile}', header = false,
      columns = {'journey': 'UINTEGER', 'length': 'UTINYINT', 'ended': 'DOUBLE', 'conversions': 'DOUBLE', 'value': 'DOUBLE'})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const prepared = new Map<string, Awaited<ReturnType<typeof connection.prepare>>>();
  return {
    version: library.version(),
    async run(rule) {
      let statement = prepared.get(rule);
      if (!statement) {
        statement = await connection.prepare(BY_RULE[rule]);
        prepared.set(rule, statement);
      }
      const reader = await statement.runAndReadAll();
      const n = journeys.partners.length;
      const [conversions, value] = [new Float64Array(n), new Float64Array(n)];
      for (const [partner, c, v] of reader.getRows()) {
        conversions[Number(partner)] = Number(c);
        value[Number(partner)] = Number(v);
      }
      return { conversions, value };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
