import { atOnce } from '../at-once.ts';
import { dayIn } from '../calendar.ts';
import { VisibleError } from '../errors.ts';
import { changedSince, type Finding } from '../payouts/findings.ts';
import { causeOf, changesOf, type PayeeFacts } from '../payouts/late-facts.ts';
import { type BlockReason, grossOf, type PayoutRun } from '../payouts/run.ts';
import type { Instant } from '../time.ts';
import { changeRun } from './change-run.ts';
import type { EnrolmentStore } from './enrolments.ts';
import type { PayoutFindingStore } from './payout-findings.ts';
import type { payoutProviders } from './payout-providers.ts';
import type { PayoutRunStore, StoredItem, StoredRun } from './payout-runs.ts';
import type { taxSettings } from './tax-settings.ts';
import { type WithholdingStores, withholdingFacts, withholdingOf } from './withholding.ts';

export interface FactStores extends WithholdingStores {
  readonly enrolments: Pick<EnrolmentStore, 'ofPartner' | 'many'>;
  readonly settings: Pick<ReturnType<typeof taxSettings>, 'get'>;
  readonly providers: Pick<ReturnType<typeof payoutProviders>, 'list'>;
}

/** An item that would not be reserved as it is by the facts of now, and why. */
export interface Changed {
  readonly item: StoredItem;
  readonly reasons: readonly BlockReason[];
}

/** Payees looked at together: what one BatchGetItem takes. */
const TOGETHER = 100;
/** Batches at once, and of each the payees whose tax is judged. */
const WIDTH = 8;

/**
 * Looks at the payees of a run again, by the gate and by the law of withholding, as of a time. Two batch reads for every hundred of them; the
 * ledgers are read only of who falls under withholding now. What other runs have set aside is not counted as paid: a payment is made when it
 * is settled, and who is settled first is judged first.
 */
export async function changedItems(
  stores: FactStores,
  run: StoredRun,
  items: readonly StoredItem[],
  at: Instant,
): Promise<Changed[]> {
  const { brandId, programId, runId } = run;
  const [program, settings, accounts] = await Promise.all([
    stores.programs.get(brandId, programId),
    stores.settings.get(brandId),
    stores.providers.list(brandId),
  ]);
  if (!program) throw new Error(`payout run ${runId} is of program ${programId}, which is not there`);
  const shared = { program, settings, accounts: new Set(accounts.map(({ provider }) => provider)), at };
  const year = Number(dayIn(at, program.timeZone).slice(0, 4));
  const groups = Array.from({ length: Math.ceil(items.length / TOGETHER) }, (_, place) =>
    items.slice(place * TOGETHER, (place + 1) * TOGETHER),
  );
  const found = await atOnce(WIDTH, groups, async (group) => {
    const ids = group.map(({ partnerId }) => partnerId);
    const [people, places] = await Promise.all([
      stores.partners.many(brandId, ids),
      stores.enrolments.many(brandId, programId, ids),
    ]);
    return atOnce(WIDTH, group, async (item): Promise<Changed[]> => {
      const partner = people.get(item.partnerId);
      const facts: PayeeFacts = { ...shared, partner, enrolment: places.get(item.partnerId) };
      const cause = causeOf(item, facts);
      let dueCents = 0;
      if (partner && cause !== undefined) {
        const paid = await withholdingFacts(stores, partner, { year, underWay: false }, settings);
        dueCents = withholdingOf(year, cause, grossOf(item), paid.facts).cents;
      }
      const reasons = changesOf(item, facts, dueCents);
      return reasons.length > 0 ? [{ item, reasons }] : [];
    });
  });
  return found.flat(2);
}

interface ApprovalStores extends FactStores {
  readonly runs: Pick<PayoutRunStore, 'items' | 'get' | 'change'>;
  readonly findings: Pick<PayoutFindingStore, 'all' | 'put'>;
}

const ITEMS_PER_PAGE = 1_000;

/**
 * Refuses to approve, or to begin to pay, a run of which something was judged when it was drafted that would be judged otherwise now. What
 * differs is noted as findings of the run, where everybody sees it, and taken back once it differs no more.
 *
 * @throws VisibleError `changed-since-draft`.
 */
export async function expectUnchanged(stores: ApprovalStores, run: StoredRun, at: Instant): Promise<void> {
  if (run.status !== 'awaiting-approval' && run.status !== 'approved') return;
  const found: Finding[] = [];
  let cursor: string | undefined;
  do {
    const page = await stores.runs.items(run, { cursor, limit: ITEMS_PER_PAGE });
    const open = page.items.filter(({ status }) => status === 'reserved');
    for (const { item, reasons } of await changedItems(stores, run, open, at))
      found.push(changedSince(item.partnerId, item.amountCents, reasons));
    cursor = page.cursor;
  } while (cursor !== undefined);
  await noteAll(stores, run, found);
  const [first, ...others] = found;
  if (!first) return;
  const among = others.length > 1 ? ` and ${others.length} others` : others.length > 0 ? ' and one other' : '';
  throw new VisibleError(
    'refused',
    'changed-since-draft',
    `${run.runId} would not be drafted so any more, for ${first.partnerIds[0]}${among}. ${first.words} Reject it and draft it again as of now.`,
    found
      .slice(0, 20)
      .map(({ partnerIds: [partnerId], words }) => ({ field: 'hash', message: `${partnerId}: ${words}` })),
  );
}

/** Notes what differs now, takes back what did before, and counts anew, if anything is new. */
async function noteAll({ runs, findings }: ApprovalStores, run: StoredRun, found: readonly Finding[]): Promise<void> {
  const before = await findings.all(run);
  const noted = before.filter(({ kind }) => kind === 'changed-since');
  const wordsNow = new Map(found.map(({ findingId, words }) => [findingId, words]));
  const same = noted.length === found.length && noted.every((one) => wordsNow.get(one.findingId) === one.words);
  if (same) return;
  const over = noted.filter(({ findingId }) => !wordsNow.has(findingId));
  await atOnce(WIDTH, over, ({ brandId: _, runId: __, ...finding }) =>
    findings.put(run, { ...finding, partnerIds: [] }),
  );
  await atOnce(WIDTH, found, (finding) => findings.put(run, finding));
  const others = before.filter(({ kind }) => kind !== 'changed-since');
  const severe = others.filter(({ severity }) => severity === 'severe').length;
  const counted = { severe: severe + found.length, notable: others.length - severe };
  await changeRun(runs, run, (now): PayoutRun => (now.status === run.status ? { ...now, findings: counted } : now));
}
