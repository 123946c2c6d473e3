import { SFNClient } from '@aws-sdk/client-sfn';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { workflows as workflowClient } from '../../lib/aws/states.ts';
import { dayIn, startOfDay } from '../../lib/calendar.ts';
import { recountFrom } from '../../lib/commission/settles.ts';
import { shortestHoldDays } from '../../lib/programs/hold.ts';
import type { Program } from '../../lib/programs/program.ts';
import { SETTLED_TOGETHER, SettlementOrder, type SettlementShard } from '../../lib/settlement/order.ts';
import { stretches } from '../../lib/settlement/stretches.ts';
import { workloads } from '../../lib/settlement/workloads.ts';
import { brands } from '../../lib/store/brands.ts';
import { conversions, OPEN_SHARDS } from '../../lib/store/conversions.ts';
import { jobScope } from '../../lib/store/job-scope.ts';
import { programs, type StoredProgram } from '../../lib/store/programs.ts';
import { terms } from '../../lib/store/terms.ts';
import { epochMs, type Instant, instant, utcDay } from '../../lib/time.ts';

const client = documentClient();
const scope = jobScope(brands(client, env('coreTable')), programs(client, env('coreTable')));
const termStore = terms(client, env('coreTable'));
const conversionStore = conversions(client, env('conversionsTable'));
const workflows = workflowClient(new SFNClient({}), env('workflows'));

/** Shards of one page of the plan: what they are and what they come to stays well inside the 256 KB of a workflow's data. */
const SHARDS_PER_PAGE = 96;

/**
 * Plans settle-conversions: which shards of which brands have open work, or which stretches of days a recomputation or a recount goes through.
 * A brand without open work is eight small queries.
 *
 * A program whose commission has no hold and whose payouts follow releases does not wait for the daily one: when all is settled this is called
 * once more, and starts a release of that program alone, which drafts its payout.
 */
export const handler = job(SettlementOrder, async (order, { enough }) => {
  const { asOf, closing } = order;
  const shards: SettlementShard[] = [];
  if (closing) {
    for (const program of order.releases) await release(program, asOf);
    return { asOf, idle: false, shards, more: null };
  }
  const { at: _, ...onward } = order;
  const releases = [...order.releases];
  const goOnAt = (at: SettlementOrder['at']) => ({ asOf, idle: false, shards, more: { ...onward, releases, at } });
  const fits = (planned: number) => shards.length === 0 || shards.length + planned <= SHARDS_PER_PAGE;

  let looked = false;
  for await (const { brandId } of scope.brands(order)) {
    // A call looks at one brand at least, however late it is, or the next call would start where this one did.
    if (!fits(OPEN_SHARDS) || (looked && !enough())) return goOnAt({ brandId });
    looked = true;
    if (order.mode === 'new') {
      const open = await openShards(order, brandId);
      if (open.length > 0 && !order.dryRun) releases.push(...(await withoutHold(order, brandId)));
      shards.push(...open);
      continue;
    }
    for await (const program of scope.programs(order, brandId)) {
      const planned =
        order.mode === 'recount' ? await recountShards(order, program) : dayShards(order, brandId, program);
      if (!fits(planned.length)) return goOnAt({ brandId, programId: program.programId });
      shards.push(...planned);
    }
  }
  const more = releases.length > 0 ? { ...onward, releases, closing: true } : null;
  return { asOf, idle: shards.length === 0 && !more, shards, more };
});

/** Programs of a brand whose commission may be payable as it is settled, and is to be paid as soon as it is. */
async function withoutHold(order: SettlementOrder, brandId: string): Promise<SettlementOrder['releases']> {
  const found: SettlementOrder['releases'] = [];
  for await (const { programId, payoutSchedule, payoutTerms } of scope.programs(order, brandId)) {
    if (payoutSchedule?.every === 'release' && shortestHoldDays(payoutTerms) === 0) found.push({ brandId, programId });
  }
  return found;
}

/** The name is of the settlement, so that one that is tried again starts no second. */
async function release({ brandId, programId }: SettlementOrder['releases'][number], asOf: Instant): Promise<void> {
  const name = `${brandId}-${programId}-${asOf.replaceAll(/\D/g, '')}`;
  await workflows.start('release-commissions', name, { brandId, programId, asOf });
}

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
