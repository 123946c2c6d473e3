import { writeOffDue } from '../../lib/adjustments/write-off.ts';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { post } from '../../lib/ledger/post.ts';
import { ReleaseShard, type ReleaseTally } from '../../lib/settlement/release-order.ts';
import { adjustments } from '../../lib/store/adjustments.ts';
import { commit } from '../../lib/store/commit.ts';
import { ledger } from '../../lib/store/ledger.ts';
import type { Instant } from '../../lib/time.ts';

const client = documentClient();
const ledgerStore = ledger(client, env('ledgerTable'));
const adjustmentStore = adjustments(client, env('coreTable'));

const ATTEMPTS = 5;
/** Remote calls at once. */
const WIDTH = 16;

/**
 * Posts a release for each partner of the shard who still has something due; who has nothing left gets no journal, so a rerun writes nothing.
 * Proposes the write-offs that the program's policy asks for, each once; they wait for a person.
 */
export const handler = job(ReleaseShard, async (shard, { recordedAt }) => {
  const released = await atOnce(WIDTH, shard.partnerIds, (partnerId) => release(shard, partnerId, recordedAt));
  const cents = released.reduce((sum, one) => sum + one, 0);
  const proposed = await atOnce(WIDTH, shard.owing, (partnerId) => proposeWriteOff(shard, partnerId));
  const tally: ReleaseTally = {
    partners: released.filter((one) => one > 0).length,
    writeOffs: proposed.filter(Boolean).length,
    cents: cents === 0 ? {} : { [shard.currency]: cents },
  };
  return { ...shard, cursor: null, tally };
});

/** What was released for a partner, in cents. Somebody else's journal in between means reading again. */
async function release(
  { brandId, programId, currency, through, asOf, dryRun }: ReleaseShard,
  partnerId: string,
  recordedAt: Instant,
): Promise<number> {
  const key = { brandId, programId, partnerId, currency };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const head = await ledgerStore.head(key);
    const journal = post(
      head,
      key,
      { kind: 'release', through },
      { at: asOf, recordedAt, actor: 'system:release-commissions' },
    );
    if (!journal) return 0;
    const cents = (head?.after.balances.pending ?? 0) - journal.after.balances.pending;
    if (dryRun || (await commit(client, [ledgerStore.putWrite(journal)])) === 'written') return cents;
  }
  throw new Error(`the ledger of ${partnerId} in ${programId} kept changing; the step will be tried again`);
}

/** Whether a write-off was proposed now, by the chain as it stands. Proposed before: it is not proposed again, whatever became of it. */
async function proposeWriteOff(shard: ReleaseShard, partnerId: string): Promise<boolean> {
  const { brandId, programId, currency, writeOff, asOf, timeZone, dryRun } = shard;
  const head = await ledgerStore.head({ brandId, programId, partnerId, currency });
  const due = writeOffDue(head, writeOff, { asOf, timeZone });
  if (!due) return false;
  if (dryRun) return (await adjustmentStore.get(due, due.adjustmentId)) === undefined;
  return (await adjustmentStore.propose(due)).written;
}
