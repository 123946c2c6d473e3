import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { backtestCsv, backtestReport, summaryOf } from '../../lib/documents/backtest-report.ts';
import { addTables, type BacktestTable } from '../../lib/settlement/backtest.ts';
import { type BacktestPart, BacktestParts, partKey, reportKey } from '../../lib/settlement/backtest-order.ts';
import { partners } from '../../lib/store/partners.ts';
import { programs } from '../../lib/store/programs.ts';

const client = documentClient();
const core = env('coreTable');
const programStore = programs(client, core);
const partnerStore = partners(client, core);
const documents = files(new S3Client({}), env('documentsBucket'));

/**
 * Puts the parts of a back-test together: the report as JSON and CSV in the documents bucket, its summary as the execution's output.
 *
 * @throws Error when a part is missing: the step is tried again, and the run fails if it stays so.
 */
export const handler = job(BacktestParts, async (asked) => {
  const { brandId, programId, folder, count } = asked;
  const program = await programStore.get(brandId, programId);
  if (!program) throw new RangeError(`brand ${brandId} has no program ${programId}`);
  const tables: BacktestTable[] = [];
  for (let shard = 0; shard < count; shard += 1) tables.push(...(await partsOf(folder, shard)));
  const table = addTables(tables);
  const people = await partnerStore.many(brandId, Object.keys(table.partners));
  const names = new Map([...people].map(([partnerId, { name }]) => [partnerId, name]));
  const report = backtestReport(asked, program.currency, table, names);
  await documents.put(reportKey(folder, 'csv'), backtestCsv(report), 'text/csv; charset=utf-8');
  await documents.put(reportKey(folder, 'json'), JSON.stringify(report), 'application/json');
  return { ...summaryOf(report), report: folder, cursor: null };
});

async function partsOf(folder: string, shard: number): Promise<BacktestTable[]> {
  const tables: BacktestTable[] = [];
  for (let part = 0; ; part += 1) {
    const text = await documents.get(partKey(folder, shard, part));
    if (text === undefined) throw new Error(`part ${part} of shard ${shard} is missing in ${folder}`);
    const { last, table } = JSON.parse(text) as BacktestPart;
    tables.push(table);
    if (last) return tables;
  }
}
