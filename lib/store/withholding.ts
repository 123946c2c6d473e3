import { atOnce } from '../at-once.ts';
import { startOfDay } from '../calendar.ts';
import type { Journal, LedgerKey } from '../ledger/journal.ts';
import { currenciesOf } from '../programs/payout-currencies.ts';
import { backupWithholding, type PaymentFacts } from '../tax/backup-withholding.ts';
import type { TaxFormOnFile } from '../tax/form-on-file.ts';
import { type Paid, type PaidByProgram, partnerYear } from '../tax/partner-year.ts';
import type { TaxSettings } from '../tax/tax-settings.ts';
import { taxYear } from '../tax/tax-year.ts';
import { cameBackOf, lastBefore, paidLess, paidOf } from './paid-in-year.ts';
import type { PaymentStores } from './partner-payments.ts';
import { type SameNumberStores, sameNumber } from './taxpayers.ts';

/** Where a chain stood when it was read: the number of its newest journal, 0 before the first. */
export type Place = readonly [key: LedgerKey, sequence: number];

export type Facts = Omit<PaymentFacts, 'paymentCents'>;

/** A payee, with the brand that pays. */
interface Payee {
  readonly brandId: string;
  readonly partnerId: string;
  readonly taxForm?: TaxFormOnFile | undefined;
}

/** Remote calls at once. */
const WIDTH = 16;

export type WithholdingStores = PaymentStores & SameNumberStores;

/**
 * What the ledgers in dollars of a brand's programs say of a payee for the rule of backup withholding in a year, and where they stood when
 * they said it. Only rails that the brand reports count. The payee is everybody with the same taxpayer number: their ledgers count as one.
 * Dollars that were exchanged to be paid in another currency count as paid, from the day on which they were: what follows from that is tax
 * withheld earlier, never later.
 *
 * @param underWay whether money that is set aside for payments counts as paid before: they go out first.
 * @throws VisibleError `tax-year-unseeded` when the figures of the year, or of the year before, are not known.
 */
export async function withholdingFacts(
  stores: WithholdingStores,
  partner: Payee,
  { year, underWay }: { readonly year: number; readonly underWay: boolean },
  settings: TaxSettings,
): Promise<{ readonly facts: Facts; readonly places: readonly Place[] }> {
  const { ledger, enrolments, programs } = stores;
  const { brandId, taxForm } = partner;
  const [rules, rulesBefore] = [taxYear(year), taxYear(year - 1)];
  const others = (await sameNumber(stores, partner)).filter((one) => one.taxForm?.duty === 'report');
  const enrolled = await atOnce(WIDTH, [partner, ...others], async ({ partnerId }) =>
    (await enrolments.ofPartner(brandId, partnerId)).map(({ programId }) => ({ programId, partnerId })),
  );
  const chains = await atOnce(WIDTH, enrolled.flat(), async ({ programId, partnerId }) => {
    const program = await programs.get(brandId, programId);
    if (!program) throw new Error(`partner ${partnerId} is enrolled in program ${programId}, which is not there`);
    const { timeZone } = program;
    const currency = 'USD';
    if (!currenciesOf(program).includes(currency)) return [];
    const key = { brandId, programId, partnerId, currency };
    const head = await ledger.head(key);
    const paidUntil = async (first: number) => {
      const journal = head && (await lastBefore(ledger, key, head, startOfDay(`${first}-01-01`, timeZone)));
      return paidOrExchanged(journal?.after);
    };
    const [before, begun] = await Promise.all([paidUntil(year - 1), paidUntil(year)]);
    // Whatever came back by now, of either year, was not paid.
    const paid = (until: Paid, from: Paid, of: number): PaidByProgram => ({
      ...{ programId, currency },
      ...paidLess(paidLess(until, from), cameBackOf(head?.after, of)),
    });
    return [
      {
        thisYear: paid(paidOrExchanged(head?.after), begun, year),
        lastYear: paid(begun, before, year - 1),
        inTransitCents: underWay ? (head?.after.balances.inTransit ?? 0) : 0,
        place: [key, head?.sequence ?? 0] as const,
      },
    ];
  });
  const all = chains.flat();
  const thisYear = partnerYear(
    rules,
    taxForm,
    all.map((one) => one.thisYear),
    settings,
  );
  const lastYear = partnerYear(
    rulesBefore,
    taxForm,
    all.map((one) => one.lastYear),
    settings,
  );
  return {
    facts: {
      paidBeforeCents: thisYear.grossCents + all.reduce((sum, { inTransitCents }) => sum + inTransitCents, 0),
      reportedLastYear: lastYear.federal.file,
      withheldLastYear: lastYear.withheldCents > 0,
    },
    places: all.map(({ place }) => place),
  };
}

/** What was paid, and what left in dollars to be paid in another currency; what came into dollars is paid in them, or not yet. */
function paidOrExchanged(state: Journal['after'] | undefined): Paid {
  const paid = paidOf(state);
  return { ...paid, paidCents: paid.paidCents + Math.max(0, state?.balances.exchanged ?? 0) };
}

/** What the law of the year asks to be withheld from a payment, and why. */
export function withholdingOf(year: number, cause: string, paymentCents: number, facts: Facts) {
  const { withheldCents: cents, words } = backupWithholding(taxYear(year), { paymentCents, ...facts });
  return { year, cents, words: `${cause} ${words}` };
}
