import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { addTables, type BacktestTable, backtest } from '../../lib/settlement/backtest.ts';
import { type BacktestPart, BacktestShard, partKey, TESTED_TOGETHER } from '../../lib/settlement/backtest-order.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { journeyStores, settlementFacts } from '../../lib/store/settlement-facts.ts';

/**
 * Judges one stretch of days under a proposed policy, page by page, and writes what it found as a part of the report. It may neither write
 * a conversion nor read a ledger. A call that is made again writes the same part again.
 */
const client = documentClient();
const core = env('coreTable');
const conversionStore = conversions(client, env('conversionsTable'));
const stores = {
  ...journeyStores(client, { core, clicks: env('clicksTable') }),
  conversions: conversionStore,
};
const documents = files(new S3Client({}), env('documentsBucket'));

export const handler = job(BacktestShard, async (shard, { enough }) => {
  const facts = settlementFacts(stores, shard.brandId, shard.policy);
  const tables: BacktestTable[] = [];
  let cursor = shard.cursor;
  do {
    const page = await conversionStore.stretchKeys(shard, { limit: TESTED_TOGETHER, cursor });
    const loaded = await conversionStore.load(page.items);
    const wanted = loaded.filter(({ occurredAt }) => shard.from <= occurredAt && occurredAt < shard.to);
    const known = await facts.circumstances(wanted);
    const judged = wanted.map((conversion, place) => backtest(conversion, known[place]!, shard.policy, shard.asOf));
    tables.push(addTables(judged));
    cursor = page.cursor;
  } while (cursor !== undefined && enough());
  const table = addTables(tables);
  const part: BacktestPart = { last: cursor === undefined, table };
  await documents.put(partKey(shard.folder, shard.shard, shard.part), JSON.stringify(part), 'application/json');
  const counts = { conversions: shard.tally, partners: {} };
  const tally = addTables([counts, table]).conversions;
  return { ...shard, part: shard.part + 1, cursor: cursor ?? null, tally };
});
