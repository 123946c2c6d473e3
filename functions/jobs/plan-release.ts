import { writeOffDue } from '../../lib/adjustments/write-off.ts';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { dayIn } from '../../lib/calendar.ts';
import type { Program } from '../../lib/programs/program.ts';
import { ReleaseOrder, type ReleaseShard } from '../../lib/settlement/release-order.ts';
import { adjustments } from '../../lib/store/adjustments.ts';
import { brands } from '../../lib/store/brands.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { jobScope } from '../../lib/store/job-scope.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { programs } from '../../lib/store/programs.ts';

const client = documentClient();
const scope = jobScope(brands(client, env('coreTable')), programs(client, env('coreTable')));
const enrolmentStore = enrolments(client, env('coreTable'));
const adjustmentStore = adjustments(client, env('coreTable'));
const ledgerStore = ledger(client, env('ledgerTable'));

const SHARDS_PER_PAGE = 120;
const PARTNERS_PER_SHARD = 50;
/** Remote calls at once. */
const WIDTH = 16;

/**
 * Plans release-commissions: which partners of which programs have money whose hold is over, or owe what the program's policy wants written
 * off. It reads one journal of each enrolment. A run over a program whose payouts follow releases is not idle, since what is payable
 * there may have come without a hold.
 */
export const handler = job(ReleaseOrder, async (order, { enough }) => {
  const { asOf, at, brandId: one, programId: only, dryRun } = order;
  const shards: ReleaseShard[] = [];
  const covered = { asOf, ...(one !== undefined && { brandId: one }), ...(only !== undefined && { programId: only }) };
  const goOnAt = (place: ReleaseOrder['at']) => ({ ...covered, idle: false, shards, more: { ...order, at: place } });
  let drafts = false;

  let looked = false;
  for await (const { brandId } of scope.brands(order)) {
    for await (const program of scope.programs(order, brandId)) {
      const { programId } = program;
      drafts ||= !dryRun && program.payoutSchedule?.every === 'release';
      let cursor = at?.brandId === brandId && at.programId === programId ? at.after : undefined;
      do {
        // A call looks at one page at least, however late it is, or the next call would start where this one did.
        if (shards.length >= SHARDS_PER_PAGE || (looked && !enough()))
          return goOnAt({ brandId, programId, after: cursor });
        looked = true;
        const page = await enrolmentStore.page(brandId, programId, { cursor, limit: PARTNERS_PER_SHARD });
        const partnerIds = page.items.map(({ partnerId }) => partnerId);
        shards.push(...(await dueAmong(order, brandId, program, partnerIds)));
        cursor = page.cursor;
      } while (cursor !== undefined);
    }
  }
  return { ...covered, dryRun, idle: shards.length === 0 && !drafts, shards, more: null };
});

async function dueAmong(
  { asOf, dryRun }: ReleaseOrder,
  brandId: string,
  program: Program,
  all: readonly string[],
): Promise<ReleaseShard[]> {
  const { programId, currency, timeZone } = program;
  const through = dayIn(asOf, timeZone);
  const heads = await atOnce(WIDTH, all, (partnerId) => ledgerStore.head({ brandId, programId, partnerId, currency }));
  const partnerIds = all.filter((_, place) =>
    Object.keys(heads[place]?.after.schedule ?? {}).some((day) => day <= through),
  );
  const { writeOff } = program.payoutTerms;
  const wanted = heads.flatMap((head) => writeOffDue(head, writeOff, { asOf, timeZone }) ?? []);
  // What was proposed before stays as people left it, and is no work for a shard.
  const known = await adjustmentStore.many(wanted);
  const owing = wanted.filter(({ adjustmentId }) => !known.has(adjustmentId)).map(({ partnerId }) => partnerId);
  if (partnerIds.length + owing.length === 0) return [];
  return [{ asOf, dryRun, brandId, programId, currency, through, partnerIds, owing, writeOff, timeZone }];
}
