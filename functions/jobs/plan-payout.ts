import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { PayoutOrder, type ReserveShard, runIdOf } from '../../lib/payouts/order.ts';
import { freeze } from '../../lib/payouts/run.ts';
import { currenciesOf, foreign } from '../../lib/programs/payout-currencies.ts';
import { enrolments, type StoredEnrolment } from '../../lib/store/enrolments.ts';
import { fxRates } from '../../lib/store/fx-rates.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners } from '../../lib/store/partners.ts';
import { payoutJudge } from '../../lib/store/payout-decisions.ts';
import { payoutRuns, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';

const client = documentClient();
const core = env('coreTable');
const store = {
  programs: programs(client, core),
  partners: partners(client, core),
  enrolments: enrolments(client, core),
  runs: payoutRuns(client, core),
  taxSettings: taxSettings(client, core),
  fx: fxRates(client, core),
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
 *
 * A run in another currency than the program's is begun with the first partner whose money belongs in it, since most days have none; a plan
 * of several pages begins it at once.
 */
export const handler = job(PayoutOrder, async (order, { enough }) => {
  const { asOf, brandId, programId, madeBy } = order;
  const program = await store.programs.get(brandId, programId);
  if (!program) throw new RangeError(`brand ${brandId} has no program ${programId}`);
  const { currency = program.currency } = order;
  const paidIn = currenciesOf(program);
  if (!paidIn.includes(currency))
    throw new RangeError(
      `currency: must be ${paidIn.join(' or ')}, not ${currency}: program ${programId} pays in no other`,
    );
  const runId = runIdOf(order, foreign(program, currency));
  const begun = begin({ ...order, runId, currency });
  const known = currency === program.currency ? await begun() : await store.runs.get({ brandId, runId });
  const answer = { asOf, brandId, programId, runId, madeBy };
  if (known && known.status !== 'drafting')
    return { ...answer, status: known.status, idle: true, shards: [], more: null };

  const settings = await store.taxSettings.get(brandId);
  const judge = await payoutJudge(store, program, { brandId, currency, asOf }, settings);
  const shards: ReserveShard[] = [];
  let after = order.after;
  do {
    const page = await store.enrolments.page(brandId, programId, { cursor: after, limit: PARTNERS_PER_SHARD });
    const partnerIds = await gated(judge, begun, page.items);
    if (partnerIds.length > 0) shards.push({ asOf, brandId, programId, runId, partnerIds });
    after = page.cursor;
  } while (after !== undefined && shards.length < SHARDS_PER_PAGE && enough());

  const run =
    after === undefined && order.after === undefined ? await store.runs.get({ brandId, runId }) : await begun();
  const idle = after === undefined && order.after === undefined && shards.length === 0;
  const status = run && idle ? await end(run) : (run?.status ?? 'empty');
  return {
    ...answer,
    status,
    idle: status === 'empty',
    shards,
    more: after === undefined ? null : { ...order, after },
  };
});

/** The run, stored at the first call. */
function begin(of: PayoutOrder & Pick<StoredRun, 'runId' | 'currency'>): () => Promise<StoredRun> {
  const { runId, brandId, programId, currency, asOf, madeBy } = of;
  let run: Promise<StoredRun> | undefined;
  return () => {
    run ??= store.runs.create({
      ...{ runId, brandId, programId, currency, asOf },
      ...{ status: 'drafting', madeBy, madeAt: asOf, itemCount: 0, totalCents: 0, excludedCount: 0 },
    });
    return run;
  };
}

/** Whom of these to pay. Notes the others who have money. */
async function gated(
  judge: Awaited<ReturnType<typeof payoutJudge>>,
  begun: () => Promise<StoredRun>,
  page: readonly StoredEnrolment[],
): Promise<string[]> {
  const [{ brandId } = { brandId: '' }] = page;
  const people = await store.partners.many(
    brandId,
    page.map(({ partnerId }) => partnerId),
  );
  const paid = await atOnce(WIDTH, page, async (enrolment) => {
    const { partnerId } = enrolment;
    const partner = people.get(partnerId);
    if (!partner) return [];
    const { decision } = await judge(enrolment, partner);
    if (decision.outcome === 'no-money') return [];
    const { runId } = await begun();
    if (decision.outcome === 'pay') return [partnerId];
    const { outcome: _, ...excluded } = decision;
    await store.runs.exclude(brandId, { runId, partnerId, ...excluded });
    return [];
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
