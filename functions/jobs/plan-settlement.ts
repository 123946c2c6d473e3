import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { dayIn, startOfDay } from '../../lib/calendar.ts';
import { recountFrom } from '../../lib/commission/settles.ts';
import type { Program } from '../../lib/programs/program.ts';
import { SETTLED_TOGETHER, SettlementOrder, type SettlementShard } from '../../lib/settlement/order.ts';
import { stretches } from '../../lib/settlement/stretches.ts';
import { workloads } from '../../lib/settlement/workloads.ts';
import { brands } from '../../lib/store/brands.ts';
import { conversions, OPEN_SHARDS } from '../../lib/store/conversions.ts';
import { jobScope } from '../../lib/store/job-scope.ts';
import { programs, type StoredProgram } from '../../lib/store/programs.ts';
import { terms } from '../../lib/store/terms.ts';
import { epochMs, instant, utcDay } from '../../lib/time.ts';

const client = documentClient();
const scope = jobScope(brands(client, env('coreTable')), programs(client, env('coreTable')));
const termStore = terms(client, env('coreTable'));
const conversionStore = conversions(client, env('conversionsTable'));

/** Shards of one page of the plan: what they are and what they come to stays well inside the 256 KB of a workflow's data. */
const SHARDS_PER_PAGE = 96;

/**
 * Plans settle-conversions: which shards of which brands have open work, or which stretches of days a recomputation or a recount goes through.
 * A brand without open work is eight small queries.
 */
export const handler = job(SettlementOrder, async (order, { enough }) => {
  const { asOf } = order;
  const shards: SettlementShard[] = [];
  const goOnAt = (at: SettlementOrder['at']) => ({ asOf, idle: false, shards, more: { ...order, at } });
  const fits = (planned: number) => shards.length === 0 || shards.length + planned <= SHARDS_PER_PAGE;

  let looked = false;
  for await (const { brandId } of scope.brands(order)) {
    // A call looks at one brand at least, however late it is, or the next call would start where this one did.
    if (!fits(OPEN_SHARDS) || (looked && !enough())) return goOnAt({ brandId });
    looked = true;
    if (order.mode === 'new') {
      shards.push(...(await openShards(order, brandId)));
      continue;
    }
    for await (const program of scope.programs(order, brandId)) {
      const planned =
        order.mode === 'recount' ? await recountShards(order, program) : dayShards(order, brandId, program);
      if (!fits(planned.length)) return goOnAt({ brandId, programId: program.programId });
      shards.push(...planned);
    }
  }
  return { asOf, idle: shards.length === 0, shards, more: null };
});

async function openShards(order: SettlementOrder, brandId: string): Promise<SettlementShard[]> {
  const { programId, from, to, asOf, dryRun } = order;
  const numbers = Array.from({ length: OPEN_SHARDS }, (_, number) => number);
  const seen = await atOnce(OPEN_SHARDS, numbers, async (shard) => {
    const { items, cursor } = await conversionStore.openKeys(brandId, shard, {
      programId,
      from,
      to,
      limit: SETTLED_TOGETHER,
    });
    return { shard, seen: items.length, more: cursor !== undefined };
  });
  return workloads(seen, SETTLED_TOGETHER).map((shards) => ({
    mode: 'new',
    brandId,
    programId,
    shards,
    from,
    to,
    asOf,
    dryRun,
  }));
}

/** What a recount goes through: nothing for a program that prices each order by itself, so the nightly one costs a read a program. */
async function recountShards(order: SettlementOrder, program: StoredProgram): Promise<SettlementShard[]> {
  const { brandId, programId, timeZone } = program;
  const from = recountFrom(await termStore.plans(brandId, programId), dayIn(order.asOf, timeZone));
  if (from === undefined) return [];
  return dayShards({ ...order, from: order.from ?? startOfDay(from, timeZone) }, brandId, program);
}

function dayShards(order: SettlementOrder, brandId: string, { programId }: Program): SettlementShard[] {
  const { from, to, asOf, dryRun } = order;
  const first = utcDay(from ?? asOf);
  const last = utcDay(to === undefined ? asOf : instant(epochMs(to) - 1));
  return stretches(first, last).map(([firstDay, lastDay], shard) => ({
    ...{ mode: 'recompute', brandId, programId, shard, firstDay, lastDay, from, to, asOf, dryRun },
  }));
}
