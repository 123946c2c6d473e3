import { dayIn } from '../calendar.ts';
import { atExchangeRate, type ExchangeTerms } from '../ledger/exchange.ts';
import type { Journal } from '../ledger/journal.ts';
import { format } from '../money.ts';
import type { Enrolment, Partner } from '../partners/partner.ts';
import { type FxTable, rateIdOf, rateOf } from '../programs/fx-rates.ts';
import { offeredCurrencies } from '../programs/payout-currencies.ts';
import type { Program } from '../programs/program.ts';
import type { TaxSettings } from '../tax/tax-settings.ts';
import { withholdingCause } from '../tax/withholding-cause.ts';
import type { Instant } from '../time.ts';
import type { PayoutDecision } from './decide.ts';
import { gate } from './gate.ts';
import type { BlockReason } from './run.ts';

/** A run in another currency than its program's. */
export interface ExchangingRun {
  readonly currency: string;
  readonly asOf: Instant;
  /** The brand's rates of the day of `asOf` in the program's time zone, when there are any. */
  readonly rates: FxTable | undefined;
}

type Head = Pick<Journal, 'after'> | undefined;

/** Whether a partner is to be paid in a currency, of those that the program offers. */
export const wants = (
  { payoutPreferences }: Pick<Enrolment, 'payoutPreferences'>,
  program: Pick<Program, 'currency' | 'payoutTerms'>,
  currency: string,
): boolean => payoutPreferences?.currency === currency && offeredCurrencies(program).includes(currency);

/**
 * Pays a partner in another currency than the program's: all that is payable in the program's, exchanged at the rate of the run's day, if
 * that is what they asked for; and, whatever they ask for by now, what is payable in the run's currency already, from a payment that failed.
 *
 * Everything is judged in the program's currency, minimum and debts too: asking for another currency does not free what waits of a debt. Who
 * has money that was exchanged before met the minimum with it.
 * Tax is withheld in dollars alone, so whoever has a cause for it waits, rather than be paid without.
 */
export function decideExchanged(
  program: Pick<Program, 'currency' | 'payoutTerms' | 'timeZone'>,
  enrolment: Enrolment,
  partner: Partner,
  heads: { readonly own: Head; readonly other: Head },
  { currency, asOf, rates }: ExchangingRun,
  { withholding }: Pick<TaxSettings, 'withholding'>,
): PayoutDecision {
  const { currency: own, payoutTerms, timeZone } = program;
  const waiting = heads.other?.after.balances.payable ?? 0;
  const wanted = wants(enrolment, program, currency);
  const inOwn = heads.own?.after.balances;
  const payable = wanted ? (inOwn?.payable ?? 0) : 0;
  const receivable = wanted || waiting > 0 ? (inOwn?.receivable ?? 0) : 0;
  if (waiting === 0 && payable === 0 && receivable === 0) return { outcome: 'no-money' };

  const today = dayIn(asOf, timeZone);
  const balances = { payable, receivable };
  const reasons = gate({
    ...{ balances, currency: own, enrolment, partner, terms: payoutTerms, today },
    waitsExchanged: waiting > 0,
  });
  const cause =
    withholding === 'withhold' && [own, currency].includes('USD') ? withholdingCause(partner, today) : undefined;
  if (cause !== undefined && !reasons.some(({ code }) => code === 'tax-withholding-due')) {
    const words = `${cause} Tax is withheld from payments in the program’s own US dollars alone, so nothing is paid in ${currency} before that is mended.`;
    reasons.push({ code: 'tax-withholding-due', words });
  }
  const exchange = payable > 0 ? exchangeOf(payable, own, { currency, rates, day: today }) : undefined;
  if (exchange && 'code' in exchange) reasons.push(exchange);
  const terms = exchange && 'rateId' in exchange && exchange.toCents > 0 ? exchange : undefined;
  const cents = waiting + (terms?.toCents ?? 0);
  if (cents === 0 && reasons.length === 0) {
    reasons.push({ code: 'nothing-payable', words: `${format(payable, own)} come to nothing in ${currency}.` });
  }
  if (reasons.length > 0 || !partner.payoutMethod) {
    const exchangeable = payable > 0 ? { exchangeable: { currency: own, cents: payable } } : {};
    return { outcome: 'exclude', payableCents: waiting, ...exchangeable, reasons };
  }
  return { outcome: 'pay', cents, rail: partner.payoutMethod.rail, ...(terms && { exchange: terms }) };
}

function exchangeOf(
  fromCents: number,
  own: string,
  { currency, rates, day }: { readonly currency: string; readonly rates: FxTable | undefined; readonly day: string },
): ExchangeTerms | BlockReason {
  const send = `send it with PUT /v1/fx-rates/${day}`;
  const rate = rates && rateOf(rates, own, currency);
  if (!rate) return { code: 'no-fx-rate', words: `There is no rate from ${own} to ${currency} on ${day}; ${send}.` };
  const rateId = rateIdOf(rates);
  try {
    return { fromCents, toCents: atExchangeRate(fromCents, rate), rateId, rate: rate.text };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const words = `At ${rate.text}, the rates ${rateId}, ${format(fromCents, own)} are more ${currency} than can be; if the rate is wrong, ${send}.`;
    return { code: 'no-fx-rate', words };
  }
}
