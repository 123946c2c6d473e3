import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { addDays } from '../../lib/calendar.ts';
import { addTables, type BacktestTable, backtest } from '../../lib/settlement/backtest.ts';
import { type BacktestPart, BacktestShard, partKey, TESTED_TOGETHER } from '../../lib/settlement/backtest-order.ts';
import { channelTouches } from '../../lib/store/channel-touches.ts';
import { clicks } from '../../lib/store/clicks.ts';
import { codes } from '../../lib/store/codes.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { customers } from '../../lib/store/customers.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { fxRates } from '../../lib/store/fx-rates.ts';
import { partners } from '../../lib/store/partners.ts';
import { programs } from '../../lib/store/programs.ts';
import { settlementFacts } from '../../lib/store/settlement-facts.ts';
import { terms } from '../../lib/store/terms.ts';

/**
 * Judges one stretch of days under a proposed policy, page by page, and writes what it found as a part of the report. It may neither write
 * a conversion nor read a ledger. A call that is made again writes the same part again.
 */
const client = documentClient();
const core = env('coreTable');
const conversionStore = conversions(client, env('conversionsTable'));
const stores = {
  programs: programs(client, core),
  terms: terms(client, core),
  partners: partners(client, core),
  enrolments: enrolments(client, core),
  clicks: clicks(client, env('clicksTable')),
  fx: fxRates(client, core),
  channels: channelTouches(client, core),
  customers: customers(client, core),
  codes: codes(client, core),
  conversions: conversionStore,
};
const documents = files(new S3Client({}), env('documentsBucket'));

export const handler = job(BacktestShard, async (shard, { enough }) => {
  const facts = settlementFacts(stores, shard.brandId, shard.policy);
  const tables: BacktestTable[] = [];
  let cursor = shard.cursor;
  do {
    const page = await nextPage(shard, cursor);
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

/** A page of the stretch. The cursor names the day, then the place in it. */
async function nextPage({ brandId, programId, firstDay, lastDay }: BacktestShard, cursor: string | undefined) {
  const day = cursor?.slice(0, DAY_LENGTH) ?? firstDay;
  const page = await conversionStore.dayKeys(brandId, programId, day, {
    limit: TESTED_TOGETHER,
    cursor: cursor?.slice(DAY_LENGTH) || undefined,
  });
  if (page.cursor !== undefined) return { items: page.items, cursor: `${day}${page.cursor}` };
  return { items: page.items, cursor: day < lastDay ? addDays(day, 1) : undefined };
}
const DAY_LENGTH = '2026-03-29'.length;
