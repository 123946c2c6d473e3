import { S3Client } from '@aws-sdk/client-s3';
import { atOnce } from '../../lib/at-once.ts';
import { type Comparison, compare } from '../../lib/attribution/compare/compare.ts';
import { JourneyBuilder } from '../../lib/attribution/compare/journeys.ts';
import { addUnconverted, VisitColumns, type Visits } from '../../lib/attribution/compare/visits.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { files } from '../../lib/aws/files.ts';
import { job } from '../../lib/aws/job.ts';
import { utcDays } from '../../lib/calendar.ts';
import { comparisonCsv, comparisonReport, comparisonSummaryOf } from '../../lib/documents/comparison-report.ts';
import { comparedOrders } from '../../lib/settlement/compared-orders.ts';
import {
  type ComparisonModel,
  ComparisonShard,
  comparisonKey,
  MOST_CLICKS,
  modelOf,
} from '../../lib/settlement/comparison-order.ts';
import { conversions } from '../../lib/store/conversions.ts';
import { keptClicks } from '../../lib/store/kept-clicks.ts';
import { partners } from '../../lib/store/partners.ts';
import { programs } from '../../lib/store/programs.ts';
import { DAY_MS, epochMs, type Instant, instant } from '../../lib/time.ts';
import { readClickLines } from '../../lib/tracking/kept-clicks.ts';

const client = documentClient();
const core = env('coreTable');
const programStore = programs(client, core);
const partnerStore = partners(client, core);
const conversionStore = conversions(client, env('conversionsTable'));
const documents = files(new S3Client({}), env('documentsBucket'));
const clickStore = keptClicks(documents);

/** Objects fetched at once, and conversions loaded together. */
const WIDTH = 32;
const PAGE = 500;

/**
 * Compares the partners of a program over a window: reads what was clicked and what was ordered, puts journeys together, lets each model share
 * the conversions, and writes what came out beside what was paid. It may neither write a conversion nor read a ledger.
 *
 * All journeys are in memory at the same time, in columns; the plan has seen to it that they fit.
 */
export const handler = job(ComparisonShard, async (asked) => {
  const { brandId, programId, from, to, folder, lookbackDays } = asked;
  const program = await programStore.get(brandId, programId);
  if (!program) throw new RangeError(`brand ${brandId} has no program ${programId}`);
  const builder = new JourneyBuilder({ timed: true });
  const earliest = instant(epochMs(from) - lookbackDays * DAY_MS);

  const orders = comparedOrders(builder, program.currency);
  await readOrders(asked, earliest, orders.take);
  const visits = await readClicks(asked, earliest, builder);
  const window = { fromMs: epochMs(from), toMs: epochMs(to), lookbackMs: lookbackDays * DAY_MS };
  const { journeys: notConverted, doubtful } = addUnconverted(visits, orders.touches, window, builder);

  const journeys = builder.finish();
  const comparisons = new Map<ComparisonModel, Comparison>();
  for (const name of asked.models) {
    comparisons.set(name, compare(journeys, modelOf(name, asked), { valueDigits: 0 }));
  }
  const people = await partnerStore.many(brandId, [...new Set([...journeys.partners, ...orders.paid.keys()])]);
  const seen = { orders: orders.counts, notConverted, doubtfulClicks: doubtful, paid: orders.paid, comparisons };
  const names = new Map([...people].map(([partnerId, { name }]) => [partnerId, name]));
  const report = comparisonReport(asked, program.currency, seen, names);
  await documents.put(comparisonKey(folder, 'csv'), comparisonCsv(report), 'text/csv; charset=utf-8');
  await documents.put(comparisonKey(folder, 'json'), JSON.stringify(report), 'application/json');
  return { cursor: null, tally: { ...comparisonSummaryOf(report), report: folder } };
});

type Take = ReturnType<typeof comparedOrders>['take'];

/** Orders of the window, and those of the look-back before it, whose clicks are no journeys that did not convert. */
async function readOrders(
  { brandId, programId, from, to }: ComparisonShard,
  earliest: Instant,
  take: Take,
): Promise<void> {
  for (const day of utcDays(earliest, to)) {
    let cursor: string | undefined;
    do {
      const page = await conversionStore.dayKeys(brandId, programId, day, { limit: PAGE, cursor });
      for (const conversion of await conversionStore.load(page.items)) {
        const { occurredAt } = conversion;
        if (earliest <= occurredAt && occurredAt < to) take(conversion, occurredAt >= from);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
}

async function readClicks(
  { brandId, programId, to, clicks }: ComparisonShard,
  earliest: Instant,
  builder: JourneyBuilder,
): Promise<Visits> {
  const days = utcDays(earliest, to);
  const found = (await atOnce(WIDTH, days, (day) => clickStore.ofDay(brandId, programId, day))).flat();
  // Clicks may have come since the plan.
  const most = found.reduce((sum, one) => sum + one.clicks, 0);
  if (most > MOST_CLICKS)
    throw new RangeError(`${most} clicks where the plan found ${clicks}; at most ${MOST_CLICKS} fit`);
  const columns = new VisitColumns(most);
  const [earliestMs, toMs] = [epochMs(earliest), epochMs(to)];
  const numbers = new Map<string, number>();
  await atOnce(WIDTH, found, async ({ key }) => {
    for (const { visitor, atMs, nonce, partnerId, shopper } of readClickLines(await clickStore.lines(key))) {
      if (atMs < earliestMs || atMs >= toMs) continue;
      const partner = numbers.get(partnerId) ?? builder.names.of(partnerId);
      numbers.set(partnerId, partner);
      columns.push(visitor, atMs, nonce, partner, shopper);
    }
  });
  return columns.finish();
}
