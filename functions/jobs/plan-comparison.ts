import { S3Client } from '@aws-sdk/client-s3';
import { atOnce } from '../../lib/at-once.ts';
import { longestLookbackDays } from '../../lib/attribution/policy.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { utcDays } from '../../lib/calendar.ts';
import { derive } from '../../lib/ids.ts';
import { canonical } from '../../lib/ledger/canonical.ts';
import { inForceAt } from '../../lib/programs/program.ts';
import { ComparisonOrder, MOST_CLICKS, MOST_CONVERSIONS } from '../../lib/settlement/comparison-order.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { keptClicks } from '../../lib/store/kept-clicks.ts';
import { programs } from '../../lib/store/programs.ts';
import { terms } from '../../lib/store/terms.ts';
import { DAY_MS, epochMs, instant } from '../../lib/time.ts';

const client = documentClient();
const core = env('coreTable');
const programStore = programs(client, core);
const termStore = terms(client, core);
const conversionStore = conversions(client, env('conversionsTable'));
const clickStore = keptClicks(files(new S3Client({}), env('documentsBucket')));
const retentionDays = Number(env('clickRetentionDays'));

/** Days asked for at once. */
const WIDTH = 16;

/**
 * Plans compare-attribution: looks how far back journeys reach and how much there is to read, and refuses what would not fit into memory or
 * has been forgotten already. The report's folder is told by what was asked, so the same question again writes the same documents.
 *
 * @throws RangeError when the brand has no such program, or the window is too large or too long ago; the message says what to ask instead.
 */
export const handler = job(ComparisonOrder, async (order) => {
  const { brandId, programId, from, to, asOf } = order;
  const program = await programStore.get(brandId, programId);
  if (!program) throw new RangeError(`brand ${brandId} has no program ${programId}`);
  const remembered = instant(epochMs(asOf) - retentionDays * DAY_MS);
  if (from < remembered) {
    throw new RangeError(`clicks are kept for ${retentionDays} days, so from must not be before ${remembered}`);
  }
  const policies = await termStore.policies(brandId, programId);
  const applied = [
    inForceAt(policies, from),
    ...policies.filter((one) => from < one.effectiveFrom && one.effectiveFrom < to),
  ];
  const lookbackDays = Math.max(1, ...applied.map((one) => (one ? longestLookbackDays(one.policy) : 0)));
  const earliest = instant(epochMs(from) - lookbackDays * DAY_MS);
  const days = utcDays(earliest, to);

  const found = await atOnce(WIDTH, days, (day) => clickStore.ofDay(brandId, programId, day));
  const clicks = found.flat().reduce((sum, one) => sum + one.clicks, 0);
  const looking = `from ${from} to ${to}, with ${lookbackDays} days of look-back,`;
  if (clicks > MOST_CLICKS) {
    throw new RangeError(
      `${looking} there are up to ${clicks} clicks, and a comparison holds at most ${MOST_CLICKS}: ask for a shorter window`,
    );
  }
  const counts = await atOnce(WIDTH, days, (day) => ordersOf(brandId, programId, day));
  const orders = counts.reduce((sum, count) => sum + count, 0);
  if (orders > MOST_CONVERSIONS) {
    throw new RangeError(
      `${looking} there are ${orders} conversions, and a comparison holds at most ${MOST_CONVERSIONS}: ask for a shorter window`,
    );
  }
  const { models, order: touches, weights, halfLifeDays, samples, seed } = order;
  const settings = JSON.parse(
    JSON.stringify({ models, order: touches, weights, halfLifeDays, samples, seed }),
  ) as object;
  const asked = derive('event', brandId, programId, canonical(settings), from, to, asOf).slice(4);
  const folder = `reports/compare-attribution/${brandId}/${asked}`;
  const given = { brandId, programId, from, to, asOf, ...settings, folder, lookbackDays, clicks };
  const idle = clicks === 0 && orders === 0;
  return { asOf, idle, shards: idle ? [] : [given], more: null };
});

async function ordersOf(brandId: string, programId: string, day: string): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await conversionStore.dayKeys(brandId, programId, day, { limit: 1_000, cursor });
    count += page.items.length;
    cursor = page.cursor;
  } while (cursor !== undefined && count <= MOST_CONVERSIONS);
  return count;
}
