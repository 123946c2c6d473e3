import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { decide } from '../../lib/payouts/decide.ts';
import { PayoutOrder, type ReserveShard, runIdOf } from '../../lib/payouts/order.ts';
import { freeze } from '../../lib/payouts/run.ts';
import type { Program } from '../../lib/programs/program.ts';
import { enrolments, type StoredEnrolment } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutRuns, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import type { TaxSettings } from '../../lib/tax/tax-settings.ts';

const client = documentClient();
const core = env('coreTable');
const store = {
  programs: programs(client, core),
  partners: partners(client, core),
  enrolments: enrolments(client, core),
  runs: payoutRuns(client, core),
  taxSettings: taxSettings(client, core),
  ledger: ledger(client, env('ledgerTable')),
};

/** A shard is one transaction: a journal and an item for each partner, and the check that the run is still being drafted. */
const PARTNERS_PER_SHARD = 45;
const SHARDS_PER_PAGE = 60;
/** Remote calls at once. */
const WIDTH = 16;

/**
 * Plans draft-payout: begins the run, gates every enrolment that has money, notes why a partner is not paid, and lists whom to pay.
 * A run that is drafted already is left alone; a program that can pay nobody gets an empty run.
 */
export const handler = job(PayoutOrder, async (order, { enough }) => {
  const { asOf, brandId, programId, madeBy } = order;
  const program = await store.programs.get(brandId, programId);
  if (!program) throw new RangeError(`brand ${brandId} has no program ${programId}`);
  const run = await begin(order, program);
  const { runId } = run;
  const answer = { asOf, brandId, programId, runId, madeBy };
  if (run.status !== 'drafting') return { ...answer, status: run.status, idle: true, shards: [], more: null };

  const settings = await store.taxSettings.get(brandId);
  const shards: ReserveShard[] = [];
  let after = order.after;
  do {
    const page = await store.enrolments.page(brandId, programId, { cursor: after, limit: PARTNERS_PER_SHARD });
    const partnerIds = await gated(run, program, settings, page.items);
    if (partnerIds.length > 0) shards.push({ asOf, brandId, programId, runId, partnerIds });
    after = page.cursor;
  } while (after !== undefined && shards.length < SHARDS_PER_PAGE && enough());

  const status = after === undefined && order.after === undefined && shards.length === 0 ? await end(run) : run.status;
  return {
    ...answer,
    status,
    idle: status === 'empty',
    shards,
    more: after === undefined ? null : { ...order, after },
  };
});

function begin({ brandId, programId, asOf, madeBy }: PayoutOrder, { currency }: Program): Promise<StoredRun> {
  return store.runs.create({
    runId: runIdOf({ brandId, programId, asOf }),
    brandId,
    programId,
    currency,
    asOf,
    status: 'drafting',
    madeBy,
    madeAt: asOf,
    itemCount: 0,
    totalCents: 0,
    excludedCount: 0,
  });
}

/** Whom of these to pay. Notes the others who have money. */
async function gated(
  run: StoredRun,
  program: Program,
  settings: TaxSettings,
  page: readonly StoredEnrolment[],
): Promise<string[]> {
  const { brandId, programId, currency, runId } = run;
  const people = await store.partners.many(
    brandId,
    page.map(({ partnerId }) => partnerId),
  );
  const paid = await atOnce(WIDTH, page, async (enrolment) => {
    const { partnerId } = enrolment;
    const partner = people.get(partnerId);
    if (!partner) return [];
    const head = await store.ledger.head({ brandId, programId, partnerId, currency });
    const decision = decide(program, enrolment, partner, head, run.asOf, settings);
    if (decision.outcome === 'exclude') {
      const { payableCents, reasons } = decision;
      await store.runs.exclude(brandId, { runId, partnerId, payableCents, reasons });
    }
    return decision.outcome === 'pay' ? [partnerId] : [];
  });
  return paid.flat();
}

/** Ends a run that can pay nobody; one whose items an earlier attempt reserved is frozen as ever. */
async function end(run: StoredRun): Promise<StoredRun['status']> {
  const { items } = await store.runs.items(run, { limit: 1 });
  if (items.length > 0) return run.status;
  const excludedCount = (await store.runs.allExclusions(run)).length;
  const nothing = { itemCount: 0, totalCents: 0, fileHash: '', fileKey: '', excludedCount };
  await store.runs.change(run, freeze(run, nothing));
  return (await store.runs.get(run))?.status ?? run.status;
}
