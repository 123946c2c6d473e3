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
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { utcDay } from '../../lib/time.ts';

const client = documentClient();
const core = env('coreTable');
const scope = jobScope(brands(client, core), programs(client, core));
const enrolmentStore = enrolments(client, core);
const runs = payoutRuns(client, core);

/** Shards of one page of the plan: what they are and what they come to stays well inside the 256 KB of a workflow's data. */
const SHARDS_PER_PAGE = 80;
const PARTNERS_PER_SHARD = 50;
const RUNS_PER_SHARD = 50;
/** Orders from before the program may have been imported; a day without any costs half a read unit. */
const DAYS_BEFORE = 400;
/** Looking is quick: a program's days need few workers. */
const STRETCHES = 8;

/**
 * Plans audit-ledger: for each program its payout runs and its conversions by days, then its partners' chains. It reads only what
 * names the work.
 */
export const handler = job(AuditOrder, async (order, { enough }) => {
  const { asOf, at } = order;
  const shards: AuditShard[] = [];
  const goOnAt = (place: AuditOrder['at']) => ({ asOf, idle: false, shards, more: { ...order, at: place } });

  const full = () => shards.length > 0 && (shards.length >= SHARDS_PER_PAGE || !enough());
  for await (const { brandId } of scope.brands(order)) {
    for await (const program of scope.programs(order, brandId)) {
      const { programId } = program;
      const currencies = currenciesOf(program);
      const common = { asOf, brandId, programId };
      let cursor = at?.brandId === brandId && at.programId === programId ? at.after : undefined;
      if (full()) return goOnAt({ brandId, programId, after: cursor });
      if (cursor === undefined) shards.push(...(await runShards(common)), ...dayShards(common, program));
      do {
        const page = await enrolmentStore.page(brandId, programId, { cursor, limit: PARTNERS_PER_SHARD });
        const partnerIds = page.items.map(({ partnerId }) => partnerId);
        for (const currency of partnerIds.length > 0 ? currencies : [])
          shards.push({ ...common, kind: 'chains', currency, partnerIds });
        cursor = page.cursor;
        if (cursor !== undefined && full()) return goOnAt({ brandId, programId, after: cursor });
      } while (cursor !== undefined);
    }
  }
  return { asOf, idle: shards.length === 0, shards, more: null };
});

type Common = Pick<AuditShard, 'asOf' | 'brandId' | 'programId'>;

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
