import type { Day } from '../calendar.ts';
import type { Balances } from '../ledger/journal.ts';
import { format } from '../money.ts';
import type { Enrolment, Partner } from '../partners/partner.ts';
import type { PayoutTerms } from '../programs/program.ts';
import { formProblems } from '../tax/form-on-file.ts';
import type { BlockReason } from './run.ts';

export interface GateInput {
  readonly balances: Pick<Balances, 'payable' | 'receivable'>;
  /** Money that was exchanged before and is payable in the run's currency: it met the minimum then, and what goes with it needs none. */
  readonly waitsExchanged?: boolean;
  readonly currency: string;
  readonly enrolment: Pick<Enrolment, 'status' | 'agreement' | 'payoutPreferences'>;
  readonly partner: Pick<Partner, 'taxFormOnFile' | 'taxForm' | 'payoutMethod'>;
  readonly terms: Pick<PayoutTerms, 'minimumCents' | 'agreementVersion' | 'taxFormRequired'>;
  /** Day of the run, in the program's time zone. */
  readonly today: Day;
  /** Whether the payment is made with tax withheld, for which it would wait otherwise. */
  readonly withheld?: boolean;
}

/**
 * Every reason why a partner is not paid in a run; none means that all that is payable is paid. All reasons are told at once, so that a
 * partner who fixes one is not sent back for the next. Blocked money stays payable: nothing here forfeits it.
 */
export function gate({
  balances,
  currency,
  enrolment,
  partner,
  terms,
  today,
  withheld = false,
  waitsExchanged = false,
}: GateInput): BlockReason[] {
  const { payable, receivable } = balances;
  const own = enrolment.payoutPreferences ?? {};
  const reasons: BlockReason[] = [];
  const block = (code: BlockReason['code'], words: string) => reasons.push({ code, words });
  if (receivable < 0) {
    block(
      'owes',
      `${format(-receivable, currency)} is owed, since more was taken back than was payable; what is earned next repays it first.`,
    );
  } else if (waitsExchanged) {
    // Neither minimum is asked of it again.
  } else if (payable <= 0) {
    block('nothing-payable', 'Nothing is payable.');
  } else if (payable < terms.minimumCents) {
    block(
      'below-minimum',
      `${format(payable, currency)} is payable; payments start at ${format(terms.minimumCents, currency)}.`,
    );
  } else if (payable < (own.minimumCents ?? 0)) {
    block(
      'below-own-minimum',
      `${format(payable, currency)} is payable; the partner asked to be paid from ${format(own.minimumCents ?? 0, currency)} on.`,
    );
  }
  if (own.deferUntil !== undefined && today < own.deferUntil) {
    block('deferred', `The partner asked not to be paid before ${own.deferUntil}.`);
  }
  if (enrolment.agreement?.version !== terms.agreementVersion) {
    const accepted = enrolment.agreement ? `version ${enrolment.agreement.version} was` : 'no version has been';
    block(
      'agreement-missing',
      `Version ${terms.agreementVersion} of the agreement must be accepted; ${accepted} accepted.`,
    );
  }
  if (terms.taxFormRequired && !partner.taxFormOnFile && !withheld) {
    block('tax-form-missing', 'A tax form must be on file before the first payment; none is.');
  }
  for (const { code, words } of partner.taxForm ? formProblems(partner.taxForm, today, withheld) : []) {
    // Tax that the law wants withheld is no matter of the program's terms.
    if (terms.taxFormRequired || code === 'tax-withholding-due') block(code, words);
  }
  if (!partner.payoutMethod) block('payout-method-missing', 'No payout method has been set.');
  const method = partner.payoutMethod;
  const back = method && method.rail !== 'external' ? method.returned : undefined;
  if (back) {
    block('account-returned', `A payment to this account came back (${back.code}); other details must be given.`);
  }
  if (enrolment.status !== 'active') {
    block('enrolment-not-active', `The enrolment in the program is ${enrolment.status}; payments need it active.`);
  }
  return reasons;
}
