import type { SettlementTally } from '../../lib/settlement/tally.ts';
import { FRESH, fanOut, jobsGround, type Step } from './jobs-ground.ts';
import type { GivenProgram } from './program.ts';

/** What jobs stand on, and the workflow that settles conversions. One for each test file. */
export async function settlementGround() {
  const ground = await jobsGround();
  // Loaded now that the ground stands: modules read the environment.
  const plan: Step = (await import('../../functions/jobs/plan-settlement.ts')).handler;
  const shard: Step = (await import('../../functions/jobs/settle-shard.ts')).handler;
  return {
    ...ground,
    /** The workflow's steps, for tests that call or interrupt them one by one. */
    plan,
    shard,
    /** Settles a brand's conversions as of a time. */
    async settle(
      { brandId }: GivenProgram,
      input: { readonly asOf: string; readonly [more: string]: unknown },
      context = FRESH,
    ) {
      const ran = await fanOut(plan, shard, { brandId, ...input }, context);
      return { ...ran, tallies: ran.tallies as readonly SettlementTally[] };
    },
  };
}
export type SettlementGround = Awaited<ReturnType<typeof settlementGround>>;
