import { setTimeout as pause } from 'node:timers/promises';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { post } from '../../lib/ledger/post.ts';
import { decide } from '../../lib/payouts/decide.ts';
import { itemIdOf, ReserveShard } from '../../lib/payouts/order.ts';
import type { Program } from '../../lib/programs/program.ts';
import { commit } from '../../lib/store/commit.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import type { Write } from '../../lib/store/transaction.ts';

const client = documentClient();
const core = env('coreTable');
const store = {
  programs: programs(client, core),
  partners: partners(client, core),
  enrolments: enrolments(client, core),
  runs: payoutRuns(client, core),
  ledger: ledger(client, env('ledgerTable')),
};

const ATTEMPTS = 7;
/** Remote calls at once. */
const WIDTH = 16;

/** What was reserved now; a rerun finds it reserved. */
interface ReserveTally {
  readonly reserved: number;
  readonly cents: number;
}

/**
 * Sets the payable money of each partner aside: the journal and the item in one transaction, on condition that the run is still being
 * drafted, so that nothing is reserved for a run that was rejected meanwhile. Everybody is gated again, since money may have moved after
 * the plan. Who has an item already is left alone.
 */
export const handler = job(ReserveShard, async (shard, { recordedAt }) => {
  const program = await store.programs.get(shard.brandId, shard.programId);
  if (!program) throw new RangeError(`brand ${shard.brandId} has no program ${shard.programId}`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await pause(20 * 2 ** attempt);
    const run = await store.runs.get(shard);
    if (!run) throw new RangeError(`brand ${shard.brandId} has no payout run ${shard.runId}`);
    if (run.status !== 'drafting') return { ...shard, cursor: null, tally: { reserved: 0, cents: 0 } };
    const tally = await reserve(shard, run, program, recordedAt);
    if (tally) return { ...shard, cursor: null, tally };
  }
  throw new Error('the ledgers of these partners kept changing; the step will be tried again');
});

/** Reserves for all partners of the shard; nothing when somebody changed the run or a ledger meanwhile. */
async function reserve(
  shard: ReserveShard,
  run: StoredRun,
  program: Program,
  recordedAt: string,
): Promise<ReserveTally | undefined> {
  const { brandId, programId, runId, asOf } = shard;
  const reserved = await store.runs.itemsWith(
    run,
    shard.partnerIds.map((partnerId) => itemIdOf(runId, partnerId)),
  );
  const partnerIds = shard.partnerIds.filter((partnerId) => !reserved.has(itemIdOf(runId, partnerId)));
  const [people, places] = await Promise.all([
    store.partners.many(brandId, partnerIds),
    store.enrolments.many(brandId, programId, partnerIds),
  ]);
  const posting = { at: asOf, recordedAt, actor: 'system:draft-payout' };
  const steps = await atOnce(WIDTH, partnerIds, async (partnerId): Promise<{ writes: Write[]; cents: number }> => {
    const [partner, enrolment] = [people.get(partnerId), places.get(partnerId)];
    if (!partner || !enrolment) return { writes: [], cents: 0 };
    const key = { brandId, programId, partnerId, currency: run.currency };
    const head = await store.ledger.head(key);
    const decision = decide(program, enrolment, partner, head, run.asOf);
    if (decision.outcome === 'exclude') {
      const { payableCents, reasons } = decision;
      await store.runs.exclude(brandId, { runId, partnerId, payableCents, reasons });
    }
    if (decision.outcome !== 'pay') return { writes: [], cents: 0 };
    const { cents, rail } = decision;
    const itemId = itemIdOf(runId, partnerId);
    const journal = post(head, key, { kind: 'reserve', itemId, cents }, posting);
    if (!journal) throw new RangeError(`item ${itemId} would reserve nothing`);
    const { sequence, journalId } = journal;
    const item: StoredItem = {
      ...{ brandId, programId, runId, itemId, partnerId, rail, currency: run.currency },
      ...{ amountCents: cents, status: 'reserved', updatedAt: asOf, reserved: { sequence, journalId } },
    };
    return { writes: [store.ledger.putWrite(journal), store.runs.reserveWrite(item)], cents };
  });
  const paid = steps.filter(({ writes }) => writes.length > 0);
  if (paid.length === 0) return { reserved: 0, cents: 0 };
  const outcome = await commit(client, [store.runs.unchangedWrite(run), ...paid.flatMap(({ writes }) => writes)]);
  if (outcome === 'refused') throw new Error('DynamoDB refuses to write payout items and their journals');
  if (outcome === 'moved') return undefined;
  return { reserved: paid.length, cents: paid.reduce((sum, { cents }) => sum + cents, 0) };
}
