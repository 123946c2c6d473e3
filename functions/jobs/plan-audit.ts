import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { addDays } from '../../lib/calendar.ts';
import { AuditOrder, type AuditShard } from '../../lib/ledger/audit-order.ts';
import { currenciesOf } from '../../lib/programs/payout-currencies.ts';
import type { Program } from '../../lib/programs/program.ts';
import { stretches } from '../../lib/settlement/stretches.ts';
import { brands } from '../../lib/store/brands.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { jobScope } from '../../lib/store/job-scope.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { taxReturns } from '../../lib/store/tax-returns.ts';
import { utcDay } from '../../lib/time.ts';

const client = documentClient();
const core = env('coreTable');
const scope = jobScope(brands(client, core), programs(client, core));
const enrolmentStore = enrolments(client, core);
const runs = payoutRuns(client, core);
const partnerStore = partners(client, core);
const returns = taxReturns(client, core);

/** Shards of one page of the plan: what they are and what they come to stays well inside the 256 KB of a workflow's data. */
const SHARDS_PER_PAGE = 80;
const PARTNERS_PER_SHARD = 50;
const RUNS_PER_SHARD = 50;
/** A submission has up to 98 payees, whose ledgers are read. */
const SUBMISSIONS_PER_SHARD = 5;
const FIRST_YEAR = 2020;
/** Remote calls at once. */
const WIDTH = 16;
/** Orders from before the program may have been imported; a day without any costs half a read unit. */
const DAYS_BEFORE = 400;
/** Looking is quick: a program's days need few workers. */
const STRETCHES = 8;

/**
 * Plans audit-ledger: for each program its payout runs and its conversions by days, then its partners' chains; after the programs of a brand
 * its tax years, by submissions and by partners. It reads only what names the work.
 */
export const handler = job(AuditOrder, async (order, { enough }) => {
  const { asOf, at } = order;
  const shards: AuditShard[] = [];
  const goOnAt = (place: AuditOrder['at']) => ({ asOf, idle: false, shards, more: { ...order, at: place } });

  const full = () => shards.length > 0 && (shards.length >= SHARDS_PER_PAGE || !enough());
  for await (const { brandId } of scope.brands(order)) {
    const begun = at?.brandId === brandId ? at : undefined;
    for await (const program of begun?.year === undefined ? scope.programs(order, brandId) : []) {
      const { programId, timeZone } = program;
      const currencies = currenciesOf(program);
      const common = { asOf, brandId, programId };
      let cursor = begun?.programId === programId ? begun.after : undefined;
      if (full()) return goOnAt({ brandId, programId, after: cursor });
      if (cursor === undefined) shards.push(...(await runShards(common)), ...dayShards(common, program));
      do {
        const page = await enrolmentStore.page(brandId, programId, { cursor, limit: PARTNERS_PER_SHARD });
        const partnerIds = page.items.map(({ partnerId }) => partnerId);
        for (const currency of partnerIds.length > 0 ? currencies : [])
          shards.push({ ...common, kind: 'chains', currency, timeZone, partnerIds });
        cursor = page.cursor;
        if (cursor !== undefined && full()) return goOnAt({ brandId, programId, after: cursor });
      } while (cursor !== undefined);
    }
    // Returns are of all programs of the brand together.
    if (order.programId !== undefined) continue;
    for (const year of await filedYears(brandId, asOf, begun?.year)) {
      const common = { asOf, brandId, year };
      let cursor = begun?.year === year ? begun.after : undefined;
      if (full()) return goOnAt({ brandId, year, after: cursor });
      if (cursor === undefined) shards.push({ ...common, kind: 'sums' }, ...(await submissionShards(common)));
      do {
        const page = await partnerStore.list(brandId, { cursor, limit: PARTNERS_PER_SHARD });
        const partnerIds = page.items.map(({ partnerId }) => partnerId);
        if (partnerIds.length > 0) shards.push({ ...common, kind: 'payees', partnerIds });
        cursor = page.cursor;
        if (cursor !== undefined && full()) return goOnAt({ brandId, year, after: cursor });
      } while (cursor !== undefined);
    }
  }
  return { asOf, idle: shards.length === 0, shards, more: null };
});

/** Tax years of which `file-1099` made sums or filed something. */
async function filedYears(brandId: string, asOf: string, from = FIRST_YEAR): Promise<number[]> {
  const years = Array.from({ length: Number(asOf.slice(0, 4)) - from + 1 }, (_, place) => from + place);
  const found = await atOnce(WIDTH, years, async (year) => {
    const [summary, { items }] = await Promise.all([
      returns.summary({ brandId, year }),
      returns.submissions({ brandId, year }, { limit: 1 }),
    ]);
    return summary !== undefined || items.length > 0;
  });
  return years.filter((_, place) => found[place]);
}

async function submissionShards(common: Pick<AuditShard, 'asOf' | 'brandId'> & { readonly year: number }) {
  const { items } = await returns.submissions(common, { newestFirst: true, limit: 1 });
  const count = items[0]?.number ?? 0;
  const shards: AuditShard[] = [];
  for (let first = 1; first <= count; first += SUBMISSIONS_PER_SHARD) {
    const last = Math.min(first + SUBMISSIONS_PER_SHARD - 1, count);
    shards.push({ ...common, kind: 'submissions', first, last });
  }
  return shards;
}

type Common = Pick<Extract<AuditShard, { kind: 'runs' }>, 'asOf' | 'brandId' | 'programId'>;

async function runShards(common: Common): Promise<AuditShard[]> {
  const shards: AuditShard[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.list(common.brandId, common.programId, { cursor, limit: RUNS_PER_SHARD });
    const runIds = page.items.map(({ runId }) => runId);
    if (runIds.length > 0) shards.push({ ...common, kind: 'runs', runIds });
    cursor = page.cursor;
  } while (cursor !== undefined);
  return shards;
}

function dayShards(common: Common, { createdAt }: Program): AuditShard[] {
  const first = addDays(utcDay(createdAt), -DAYS_BEFORE);
  return stretches(first, utcDay(common.asOf), STRETCHES).map(([firstDay, lastDay]) => ({
    ...common,
    kind: 'days',
    firstDay,
    lastDay,
  }));
}
