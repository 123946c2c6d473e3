import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { type Day, utcDays } from '../../lib/calendar.ts';
import { derive } from '../../lib/ids.ts';
import { canonical } from '../../lib/ledger/canonical.ts';
import { NOTHING_TESTED } from '../../lib/settlement/backtest.ts';
import { BacktestOrder, type BacktestShard } from '../../lib/settlement/backtest-order.ts';
import { stretches } from '../../lib/settlement/stretches.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { programs } from '../../lib/store/programs.ts';

const client = documentClient();
const programStore = programs(client, env('coreTable'));
const conversionStore = conversions(client, env('conversionsTable'));

/** Queries at once. */
const WIDTH = 16;

/**
 * Plans backtest-attribution: stretches of the days that have conversions. The report's folder is told by what was asked, so the same
 * back-test again writes the same documents.
 *
 * @throws RangeError when the brand has no such program.
 */
export const handler = job(BacktestOrder, async (order) => {
  const { brandId, programId, policy, from, to, asOf } = order;
  const program = await programStore.get(brandId, programId);
  if (!program) throw new RangeError(`brand ${brandId} has no program ${programId}`);
  const days = await daysWithConversions(order, utcDays(from, to));
  const [first, last] = [days[0], days.at(-1)];
  const asked = derive('event', brandId, programId, canonical(policy), from, to, asOf).slice(4);
  const folder = `reports/backtest-attribution/${brandId}/${asked}`;
  const given = { brandId, programId, policy, from, to, asOf, folder };
  const shards =
    first && last
      ? stretches(first, last).map(([firstDay, lastDay], shard): BacktestShard => {
          return { ...given, shard, firstDay, lastDay, part: 0, tally: NOTHING_TESTED.conversions };
        })
      : [];
  return { ...given, idle: shards.length === 0, shards, more: null, count: shards.length };
});

async function daysWithConversions({ brandId, programId }: BacktestOrder, all: readonly Day[]): Promise<Day[]> {
  const found = await atOnce(WIDTH, all, async (day) => {
    const { items } = await conversionStore.dayKeys(brandId, programId, day, { limit: 1 });
    return items.length > 0;
  });
  return all.filter((_, place) => found[place]);
}
