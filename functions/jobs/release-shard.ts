import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { post } from '../../lib/ledger/post.ts';
import { ReleaseShard, type ReleaseTally } from '../../lib/settlement/release-order.ts';
import { commit } from '../../lib/store/commit.ts';
import { ledger } from '../../lib/store/ledger.ts';
import type { Instant } from '../../lib/time.ts';

const client = documentClient();
const ledgerStore = ledger(client, env('ledgerTable'));

const ATTEMPTS = 5;
/** Remote calls at once. */
const WIDTH = 16;

/** Posts a release for each partner of the shard who still has something due; who has nothing left gets no journal, so a rerun writes nothing. */
export const handler = job(ReleaseShard, async (shard, { recordedAt }) => {
  const released = await atOnce(WIDTH, shard.partnerIds, (partnerId) => release(shard, partnerId, recordedAt));
  const cents = released.reduce((sum, one) => sum + one, 0);
  const tally: ReleaseTally = {
    partners: released.filter((one) => one > 0).length,
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
