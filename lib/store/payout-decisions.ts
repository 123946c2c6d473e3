import { dayIn } from '../calendar.ts';
import type { Journal, LedgerKey } from '../ledger/journal.ts';
import type { Partner } from '../partners/partner.ts';
import { decide, type PayoutDecision } from '../payouts/decide.ts';
import { decideExchanged, wants } from '../payouts/decide-exchanged.ts';
import type { Program } from '../programs/program.ts';
import type { TaxSettings } from '../tax/tax-settings.ts';
import type { Instant } from '../time.ts';
import type { StoredEnrolment } from './enrolments.ts';
import type { fxRates } from './fx-rates.ts';
import type { LedgerStore } from './ledger.ts';

interface Stores {
  readonly ledger: Pick<LedgerStore, 'head'>;
  readonly fx: Pick<ReturnType<typeof fxRates>, 'latest'>;
}

/** What a run does about a partner, and the chains that say so. */
export interface Judged {
  readonly decision: PayoutDecision;
  /** The chain that is paid from. */
  readonly key: LedgerKey;
  readonly head: Journal | undefined;
  /** The chain in the program's currency that is exchanged from; absent where nothing is. */
  readonly from?: { readonly key: LedgerKey; readonly head: Journal };
}

/**
 * Who decides about the partners of a program in a run. One in the program's own currency reads a chain's head for each; one in another
 * reads the day's rates first, and two heads for whoever asked for its currency or has money waiting in it.
 */
export async function payoutJudge(
  { ledger, fx }: Stores,
  program: Program,
  { brandId, currency, asOf }: { readonly brandId: string; readonly currency: string; readonly asOf: Instant },
  settings: TaxSettings,
): Promise<(enrolment: StoredEnrolment, partner: Partner) => Promise<Judged>> {
  const { programId } = program;
  const keyIn = (partnerId: string, of: string): LedgerKey => ({ brandId, programId, partnerId, currency: of });
  if (currency === program.currency) {
    return async (enrolment, partner) => {
      const key = keyIn(partner.partnerId, currency);
      const head = await ledger.head(key);
      return { decision: decide(program, enrolment, partner, head, asOf, settings), key, head };
    };
  }
  const rates = await fx.latest(brandId, dayIn(asOf, program.timeZone));
  return async (enrolment, partner) => {
    const key = keyIn(partner.partnerId, currency);
    const ownKey = keyIn(partner.partnerId, program.currency);
    const wanted = wants(enrolment, program, currency);
    const [head, asked] = await Promise.all([ledger.head(key), wanted ? ledger.head(ownKey) : undefined]);
    const waits = (head?.after.balances.payable ?? 0) > 0;
    const own = wanted || !waits ? asked : await ledger.head(ownKey);
    const run = { currency, asOf, rates };
    const decision = decideExchanged(program, enrolment, partner, { own, other: head }, run, settings);
    return { decision, key, head, ...(asked && { from: { key: ownKey, head: asked } }) };
  };
}
