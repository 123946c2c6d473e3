import { dayIn } from '../calendar.ts';
import { NO_BALANCES } from '../ledger/chain.ts';
import { format } from '../money.ts';
import type { Enrolment, Partner, PayoutMethod } from '../partners/partner.ts';
import type { Program } from '../programs/program.ts';
import { reportedByBrand, type TaxSettings } from '../tax/tax-settings.ts';
import type { Instant } from '../time.ts';
import { decide } from './decide.ts';
import { decideExchanged, wants } from './decide-exchanged.ts';
import type { ProviderName } from './rails/provider.ts';
import { type BlockReason, grossOf, type MethodVersion, type PayoutItem, paidByProvider, withheldOf } from './run.ts';

/** What an item of a run is judged by. */
export interface PayeeFacts {
  readonly program: Pick<Program, 'currency' | 'payoutTerms' | 'timeZone'>;
  readonly settings: TaxSettings;
  /** Providers that the brand has an account at. */
  readonly accounts: ReadonlySet<ProviderName>;
  readonly enrolment: Enrolment | undefined;
  readonly partner: Partner | undefined;
  readonly at: Instant;
}

export const methodVersion = (method: PayoutMethod): MethodVersion =>
  method.rail === 'external' || method.changedAt === undefined
    ? { rail: method.rail }
    : { rail: method.rail, changedAt: method.changedAt };

/** Why a payment falls under backup withholding by these facts, when it does and the brand is who reports it. */
export function causeOf(item: PayoutItem, facts: PayeeFacts): string | undefined {
  const decision = decisionOf(item, facts);
  return decision?.outcome === 'pay' && reportedByBrand(facts.settings, item.rail) ? decision.withholding : undefined;
}

/**
 * Why an item that was reserved would not be reserved as it is by the facts of now: the gate says no, the payee is paid another way, or another
 * tax is due. Nothing when all is as it was. Money does not matter: what was set aside is set aside, whatever minimum holds by now, and a debt
 * that arose since is repaid by what is earned next.
 *
 * @param dueCents what the law wants withheld now; 0 where there is no cause.
 */
export function changesOf(item: PayoutItem, facts: PayeeFacts, dueCents: number): BlockReason[] {
  const decision = decisionOf(item, facts);
  if (!decision) return [{ code: 'enrolment-not-active', words: 'The partner, or the enrolment, is no longer there.' }];
  const blocked = decision.outcome === 'exclude' ? decision.reasons : [];
  const tax = decision.outcome === 'pay' ? taxChange(item, facts, dueCents) : undefined;
  const others = [currencyChange(item, facts), methodChange(item, facts), tax];
  return [...blocked, ...others.filter((reason) => reason !== undefined)];
}

/**
 * What a run would do about the payee if exactly the item's money were payable, and enough of it. What was exchanged for it counts as money that
 * waits in the item's currency: no newer rate changes what it came to.
 */
function decisionOf(item: PayoutItem, { program, enrolment, partner, at, settings }: PayeeFacts) {
  if (!partner || !enrolment) return undefined;
  const { currency } = item;
  const balances = { ...NO_BALANCES, payable: grossOf(item) };
  const head = { after: { balances, schedule: {}, releasedThrough: '' } };
  if (currency !== program.currency) {
    const run = { currency, asOf: at, rates: undefined };
    return decideExchanged(program, enrolment, partner, { own: undefined, other: head }, run, settings);
  }
  const terms = { ...program, payoutTerms: { ...program.payoutTerms, minimumCents: 0 } };
  const { minimumCents: _, ...payoutPreferences } = enrolment.payoutPreferences ?? {};
  return decide(terms, { ...enrolment, payoutPreferences }, partner, head, at, settings);
}

/**
 * That the payee's money would not be exchanged any more. Of money that was exchanged before, for a payment that failed, it does not matter what
 * they ask for by now: it is paid in its currency.
 */
function currencyChange(
  { currency, exchange }: PayoutItem,
  { program, enrolment }: PayeeFacts,
): BlockReason | undefined {
  if (!exchange || !enrolment || wants(enrolment, program, currency)) return undefined;
  const wanted = enrolment.payoutPreferences?.currency ?? program.currency;
  if (wanted !== currency) {
    const words = `The partner asks to be paid in ${wanted} by now; a run in ${wanted} decides about it.`;
    return { code: 'paid-in-another-currency', words };
  }
  const words = `The partner asked to be paid in ${wanted}, which the program’s payout terms do not list any more.`;
  return { code: 'currency-not-offered', words };
}

function methodChange(item: PayoutItem, { partner, accounts }: PayeeFacts): BlockReason | undefined {
  const { rail, method: before } = item;
  if (paidByProvider(rail) && !accounts.has(rail)) {
    const words = `The brand has no account at ${rail} any more, by which the payment was to go.`;
    return { code: 'payout-provider-missing', words };
  }
  // That there is none any more is the gate's to say.
  const now = partner?.payoutMethod && methodVersion(partner.payoutMethod);
  if (!now || !before || (now.rail === before.rail && now.changedAt === before.changedAt)) return undefined;
  const when = now.changedAt === undefined ? '' : ` on ${now.changedAt.slice(0, 10)}`;
  const words = `The payout method was changed${when}, from ${before.rail} to ${now.rail === before.rail ? 'another account' : now.rail}.`;
  return { code: 'payout-method-changed', words };
}

function taxChange(item: PayoutItem, facts: PayeeFacts, dueCents: number): BlockReason | undefined {
  const { currency, withholding } = item;
  const changed = (words: string): BlockReason => ({ code: 'withholding-changed', words });
  const keptCents = withheldOf(item);
  if (dueCents > keptCents) {
    const instead = `${format(dueCents, currency)} of tax has to be withheld instead of ${format(keptCents, currency)}.`;
    return changed(instead);
  }
  if (keptCents === 0) return undefined;
  if (causeOf(item, facts) === undefined)
    return changed(`No tax has to be withheld any more, and ${format(keptCents, currency)} would be.`);
  const year = Number(dayIn(facts.at, facts.program.timeZone).slice(0, 4));
  if (withholding?.year === year) return undefined;
  return changed(`Tax of ${withholding?.year} would be withheld from a payment of ${year}.`);
}
