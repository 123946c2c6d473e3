import { dayIn } from '../calendar.ts';
import type { ExchangeTerms } from '../ledger/exchange.ts';
import type { Journal } from '../ledger/journal.ts';
import type { Enrolment, Partner } from '../partners/partner.ts';
import { offeredCurrencies } from '../programs/payout-currencies.ts';
import type { Program } from '../programs/program.ts';
import type { TaxSettings } from '../tax/tax-settings.ts';
import { withholdingCause } from '../tax/withholding-cause.ts';
import type { Instant } from '../time.ts';
import { gate } from './gate.ts';
import type { Exclusion, PayoutItem } from './run.ts';

/** What a run does about a partner. */
export type PayoutDecision =
  /** Nothing was ever earned, or all of it is still pending or paid. */
  | { readonly outcome: 'no-money' }
  | {
      readonly outcome: 'pay';
      readonly cents: number;
      readonly rail: PayoutItem['rail'];
      /** Why the payment falls under backup withholding. */
      readonly withholding?: string;
      /** What of it is exchanged for it; absent in a run in the program's currency. */
      readonly exchange?: ExchangeTerms;
    }
  | ({ readonly outcome: 'exclude' } & Omit<Exclusion, 'runId' | 'partnerId'>);

/**
 * Pays a partner all that is payable in the program's currency, or tells every reason why not; who asked for another currency is paid by
 * a run in that one (see {@link decideExchanged}). Tax is withheld in dollars alone: the law's threshold is in dollars.
 */
export function decide(
  { currency, payoutTerms, timeZone }: Pick<Program, 'currency' | 'payoutTerms' | 'timeZone'>,
  enrolment: Enrolment,
  partner: Partner,
  head: Pick<Journal, 'after'> | undefined,
  /** As-of time of the run. */
  asOf: Instant,
  { withholding }: Pick<TaxSettings, 'withholding'>,
): PayoutDecision {
  const balances = head?.after.balances ?? { payable: 0, receivable: 0 };
  const { payable, receivable } = balances;
  if (payable === 0 && receivable === 0) return { outcome: 'no-money' };
  const today = dayIn(asOf, timeZone);
  const cause = withholding === 'withhold' && currency === 'USD' ? withholdingCause(partner, today) : undefined;
  const withheld = cause !== undefined;
  const wanted = enrolment.payoutPreferences?.currency ?? currency;
  if (wanted !== currency && offeredCurrencies({ currency, payoutTerms }).includes(wanted)) {
    const words = `The partner asked to be paid in ${wanted}; a run in ${wanted} decides about it.`;
    return { outcome: 'exclude', payableCents: payable, reasons: [{ code: 'paid-in-another-currency', words }] };
  }
  const reasons = gate({ balances, currency, enrolment, partner, terms: payoutTerms, today, withheld });
  if (wanted !== currency) {
    const words = `The partner asked to be paid in ${wanted}, which the program’s payout terms do not list any more.`;
    reasons.push({ code: 'currency-not-offered', words });
  }
  if (reasons.length > 0 || !partner.payoutMethod) return { outcome: 'exclude', payableCents: payable, reasons };
  return { outcome: 'pay', cents: payable, rail: partner.payoutMethod.rail, ...(withheld && { withholding: cause }) };
}
