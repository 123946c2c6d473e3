import { atOnce } from '../at-once.ts';
import { dayIn } from '../calendar.ts';
import { VisibleError } from '../errors.ts';
import { format } from '../money.ts';
import { grossOf, withheldOf } from '../payouts/run.ts';
import { reportedByBrand } from '../tax/tax-settings.ts';
import type { Instant } from '../time.ts';
import type { PaymentStores } from './partner-payments.ts';
import type { partners } from './partners.ts';
import type { PayoutRunStore, StoredRun } from './payout-runs.ts';
import type { taxSettings } from './tax-settings.ts';
import { withholdingFacts, withholdingOf } from './withholding.ts';

export interface WithheldStores extends PaymentStores {
  readonly runs: Pick<PayoutRunStore, 'allItems'>;
  readonly partners: Pick<ReturnType<typeof partners>, 'many'>;
  readonly settings: Pick<ReturnType<typeof taxSettings>, 'get'>;
}

/** Remote calls at once. */
const WIDTH = 16;

/**
 * Refuses a run from which the law asks for more tax by now than was kept back when it was drafted: another program paid since, or a new
 * year began. What was withheld in excess stays: the form of the year gives the payee credit for it.
 *
 * @throws VisibleError `withholding-changed`.
 */
export async function expectEnoughWithheld(stores: WithheldStores, run: StoredRun, at: Instant): Promise<void> {
  const { programs, partners, settings, runs } = stores;
  const { brandId, runId, programId, withholdingCount = 0 } = run;
  if (run.status !== 'awaiting-approval' || withholdingCount === 0) return;
  const [program, chosen, items] = await Promise.all([
    programs.get(brandId, programId),
    settings.get(brandId),
    runs.allItems(run),
  ]);
  if (!program) throw new Error(`payout run ${runId} is of program ${programId}, which is not there`);
  const judged = items.filter(({ withholding, rail }) => withholding && reportedByBrand(chosen, rail));
  const people = await partners.many(
    brandId,
    judged.map(({ partnerId }) => partnerId),
  );
  const year = Number(dayIn(at, program.timeZone).slice(0, 4));
  const short = await atOnce(WIDTH, judged, async (item) => {
    const partner = people.get(item.partnerId);
    if (!partner) return [];
    const { facts } = await withholdingFacts(stores, partner, { year, underWay: false }, chosen);
    const due = withholdingOf(year, '', grossOf(item), facts).cents;
    return due > withheldOf(item) ? [{ ...item, due }] : [];
  });
  const [first, ...others] = short.flat();
  if (!first) return;
  const among = others.length > 0 ? `, and as well from others (${others.length})` : '';
  const money = (cents: number) => format(cents, first.currency);
  throw new VisibleError(
    'refused',
    'withholding-changed',
    `Since ${runId} was drafted, more tax has to be withheld: ${money(first.due)} instead of ${money(withheldOf(first))} from ${first.partnerId}${among}. Reject it and draft it again.`,
  );
}
