import { setTimeout as pause } from 'node:timers/promises';
import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { dayIn } from '../../lib/calendar.ts';
import { type ExchangePair, exchangePair } from '../../lib/ledger/exchange.ts';
import { type Posting, post } from '../../lib/ledger/post.ts';
import type { PayoutDecision } from '../../lib/payouts/decide.ts';
import { methodVersion } from '../../lib/payouts/late-facts.ts';
import { itemIdOf, ReserveShard } from '../../lib/payouts/order.ts';
import { carries } from '../../lib/payouts/rails/orders.ts';
import type { ProviderName } from '../../lib/payouts/rails/provider.ts';
import { type ItemWithholding, paidByProvider } from '../../lib/payouts/run.ts';
import type { Program } from '../../lib/programs/program.ts';
import { commit } from '../../lib/store/commit.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { fxRates } from '../../lib/store/fx-rates.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { partners, type StoredPartner } from '../../lib/store/partners.ts';
import { type Judged, payoutJudge } from '../../lib/store/payout-decisions.ts';
import { payoutProviders } from '../../lib/store/payout-providers.ts';
import { payoutRuns, type StoredItem, type StoredRun } from '../../lib/store/payout-runs.ts';
import { programs } from '../../lib/store/programs.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import { taxpayers } from '../../lib/store/taxpayers.ts';
import type { Write } from '../../lib/store/transaction.ts';
import { withholdingFacts, withholdingOf } from '../../lib/store/withholding.ts';
import { reportedByBrand, type TaxSettings } from '../../lib/tax/tax-settings.ts';
import type { Instant } from '../../lib/time.ts';

const client = documentClient();
const core = env('coreTable');
const store = {
  programs: programs(client, core),
  partners: partners(client, core),
  enrolments: enrolments(client, core),
  runs: payoutRuns(client, core),
  taxSettings: taxSettings(client, core),
  taxpayers: taxpayers(client, core),
  providers: payoutProviders(client, core),
  fx: fxRates(client, core),
  ledger: ledger(client, env('ledgerTable')),
};

const ATTEMPTS = 7;
/** Remote calls at once. */
const WIDTH = 16;
/** Of a transaction's 100 writes one is the check that the run is still being drafted. */
const WRITES_TOGETHER = 99;

/** What was reserved now; a rerun finds it reserved. */
interface ReserveTally {
  readonly reserved: number;
  readonly cents: number;
}

/** What sets one partner's money aside. */
interface Step {
  readonly writes: readonly Write[];
  readonly cents: number;
}

/**
 * Sets the payable money of each partner aside: the journal and the item in one transaction, on condition that the run is still being
 * drafted, so that nothing is reserved for a run that was rejected meanwhile. Everybody is gated again, since money may have moved after
 * the plan. Who has an item already is left alone.
 *
 * In a run in another currency than the program's, what is payable in the program's is exchanged by the same transaction: the journals of
 * both chains, the one that reserves, and the item. So it happens once, like the item.
 *
 * What is withheld depends on what the brand's other programs paid the partner, and all of them whoever has the same taxpayer number, so then
 * the transaction holds their ledgers to where they were read: of two that draft at the same time, the second sees the first.
 */
export const handler = job(ReserveShard, async (shard, { recordedAt }) => {
  const program = await store.programs.get(shard.brandId, shard.programId);
  if (!program) throw new RangeError(`brand ${shard.brandId} has no program ${shard.programId}`);
  const [settings, providers] = await Promise.all([
    store.taxSettings.get(shard.brandId),
    store.providers.list(shard.brandId),
  ]);
  const accounts = new Set(providers.map(({ provider }) => provider));
  const tally = { reserved: 0, cents: 0 };
  for (let attempt = 0; attempt < ATTEMPTS; ) {
    if (attempt > 0) await pause(20 * 2 ** attempt);
    const run = await store.runs.get(shard);
    if (!run) throw new RangeError(`brand ${shard.brandId} has no payout run ${shard.runId}`);
    if (run.status !== 'drafting') return { ...shard, cursor: null, tally };
    const { done, ...more } = await reserve(shard, run, { program, settings, accounts, recordedAt });
    tally.reserved += more.reserved;
    tally.cents += more.cents;
    if (done) return { ...shard, cursor: null, tally };
    // Partners with the same taxpayer number hold each other back, so that they are reserved for one after the other.
    attempt = more.reserved > 0 ? 1 : attempt + 1;
  }
  throw new Error('the ledgers of these partners kept changing; the step will be tried again');
});

interface Terms {
  readonly program: Program;
  readonly settings: TaxSettings;
  /** Providers that the brand has an account at. */
  readonly accounts: ReadonlySet<ProviderName>;
  readonly recordedAt: Instant;
}

/** Reserves for the partners of the shard; not for all, and not done, when somebody changed the run or a ledger meanwhile. */
async function reserve(shard: ReserveShard, run: StoredRun, terms: Terms): Promise<ReserveTally & { done: boolean }> {
  const { brandId, programId, runId } = shard;
  const known = await store.runs.itemsWith(
    run,
    shard.partnerIds.map((partnerId) => itemIdOf(runId, partnerId)),
  );
  const partnerIds = shard.partnerIds.filter((partnerId) => !known.has(itemIdOf(runId, partnerId)));
  const [people, places] = await Promise.all([
    store.partners.many(brandId, partnerIds),
    store.enrolments.many(brandId, programId, partnerIds),
  ]);
  const judge = await payoutJudge(store, terms.program, run, terms.settings);
  const steps = await atOnce(WIDTH, partnerIds, async (partnerId): Promise<Step[]> => {
    const [partner, enrolment] = [people.get(partnerId), places.get(partnerId)];
    const step = partner && enrolment && (await stepFor(partner, await judge(enrolment, partner), run, terms));
    return step ? [step] : [];
  });
  let [reserved, cents] = [0, 0];
  for (const group of groups(steps.flat())) {
    const outcome = await commit(client, [store.runs.unchangedWrite(run), ...group.flatMap(({ writes }) => writes)]);
    if (outcome === 'refused') throw new Error('DynamoDB refuses to write payout items and their journals');
    if (outcome === 'moved') return { done: false, reserved, cents };
    reserved += group.length;
    cents += group.reduce((sum, step) => sum + step.cents, 0);
  }
  return { done: true, reserved, cents };
}

/** What sets a partner's money aside; nothing when they are not paid, which is noted. */
async function stepFor(
  partner: StoredPartner,
  judged: Judged,
  run: StoredRun,
  { program, settings, accounts, recordedAt }: Terms,
): Promise<Step | undefined> {
  const { brandId, programId, runId, asOf, currency } = run;
  const { partnerId } = partner;
  const { decision, key } = judged;
  if (decision.outcome === 'exclude') {
    const { outcome: _, ...excluded } = decision;
    await store.runs.exclude(brandId, { runId, partnerId, ...excluded });
  }
  if (decision.outcome !== 'pay') return undefined;
  const { cents } = decision;
  // Whom a provider would pay is paid by hand where the brand has no account there, or it does not carry the amount.
  const provider = paidByProvider(decision.rail) ? decision.rail : undefined;
  const carried = !provider || (accounts.has(provider) && carries(provider, { currency, amountCents: cents }));
  const rail = carried ? decision.rail : 'external';
  const taxed = await taxedBy(partner, run, { ...decision, rail }, program, settings);
  const withheldCents = taxed?.withholding.cents ?? 0;
  const itemId = itemIdOf(runId, partnerId);
  const posting = { at: asOf, recordedAt, actor: 'system:draft-payout' };
  const pair = exchangeFor(judged, decision, itemId, posting);
  const journal = post(pair?.to ?? judged.head, key, { kind: 'reserve', itemId, cents, withheldCents }, posting);
  if (!journal) throw new RangeError(`item ${itemId} would reserve nothing`);
  const { sequence, journalId } = journal;
  const item: StoredItem = {
    ...{ brandId, programId, runId, itemId, partnerId, rail, currency },
    ...{ amountCents: cents - withheldCents, status: 'reserved', updatedAt: asOf },
    ...(partner.payoutMethod && { method: methodVersion(partner.payoutMethod) }),
    ...(taxed && { withholding: taxed.withholding }),
    ...(pair?.to.exchange && { exchange: pair.to.exchange }),
    reserved: { sequence, journalId },
  };
  const journals = pair ? [pair.from, pair.to, journal] : [journal];
  const writes = [...journals.map(store.ledger.putWrite), store.runs.reserveWrite(item), ...(taxed?.holds ?? [])];
  return { writes, cents };
}

/** The journals that exchange what the decision says; nothing when it says nothing of it. */
function exchangeFor(
  { key, head, from }: Judged,
  { exchange: terms }: Extract<PayoutDecision, { outcome: 'pay' }>,
  itemId: string,
  posting: Posting,
): ExchangePair | undefined {
  if (!terms || !from) return undefined;
  return exchangePair({ from: from.key, to: key }, { from: from.head, to: head }, { itemId, terms }, posting);
}

/** What the law wants withheld from a payment, with the writes that hold it to be so; nothing when it has no cause to. */
async function taxedBy(
  partner: StoredPartner,
  { programId, asOf }: StoredRun,
  { cents, rail, withholding: cause }: Extract<PayoutDecision, { outcome: 'pay' }>,
  { timeZone }: Program,
  settings: TaxSettings,
): Promise<{ readonly withholding: ItemWithholding; readonly holds: readonly Write[] } | undefined> {
  if (cause === undefined || !reportedByBrand(settings, rail)) return undefined;
  const year = Number(dayIn(asOf, timeZone).slice(0, 4));
  const { facts, places } = await withholdingFacts(store, partner, { year, underWay: true }, settings);
  const others = places.filter(([key]) => key.programId !== programId || key.partnerId !== partner.partnerId);
  // A partner of more programs than a transaction can hold is judged by what was read, as close as that is.
  const holds = others.slice(0, WRITES_TOGETHER - 2).map((place) => store.ledger.unmovedWrite(...place));
  return { withholding: withholdingOf(year, cause, cents, facts), holds };
}

/** What goes into one transaction each. No row is twice in one: DynamoDB refuses that, and what holds a ledger has to see it moved. */
function groups(steps: readonly Step[]): Step[][] {
  const all: Step[][] = [];
  let touched = new Set<string>();
  for (const step of steps) {
    const rows = step.writes.map(rowOf);
    if (all.length === 0 || touched.size + rows.length > WRITES_TOGETHER || rows.some((row) => touched.has(row))) {
      all.push([]);
      touched = new Set();
    }
    all.at(-1)!.push(step);
    for (const row of rows) touched.add(row);
  }
  return all;
}

function rowOf({ Put, ConditionCheck }: Write): string {
  const { pk, sk } = Put?.Item ?? ConditionCheck?.Key ?? {};
  return `${pk} ${sk}`;
}
