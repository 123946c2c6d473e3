import { atOnce } from '../at-once.ts';
import type { Journal, LedgerKey } from '../ledger/journal.ts';
import { currenciesOf } from '../programs/payout-currencies.ts';
import type { PaidByProgram } from '../tax/partner-year.ts';
import type { EnrolmentStore } from './enrolments.ts';
import type { LedgerStore } from './ledger.ts';
import { paidInYear } from './paid-in-year.ts';
import type { ProgramStore } from './programs.ts';

export interface PaymentStores {
  readonly ledger: Pick<LedgerStore, 'head' | 'journal'>;
  readonly enrolments: Pick<EnrolmentStore, 'ofPartner'>;
  readonly programs: Pick<ProgramStore, 'get'>;
}

/** Remote calls at once. */
const WIDTH = 16;

/**
 * What each program of a brand paid a partner in a calendar year, by the day of payment in the program's time zone, in each currency that it
 * pays in. A payment that came back, in whichever year, counts as never made. What was exchanged counts where it was paid.
 *
 * @param headOf The journal to which each ledger is read; left out, its newest.
 */
export async function paymentsOfYear(
  { ledger, enrolments, programs }: PaymentStores,
  { brandId, partnerId }: { readonly brandId: string; readonly partnerId: string },
  year: number,
  headOf: (key: LedgerKey) => Promise<Journal | undefined> = ledger.head,
): Promise<PaidByProgram[]> {
  const paid = await atOnce(WIDTH, await enrolments.ofPartner(brandId, partnerId), async ({ programId }) => {
    const program = await programs.get(brandId, programId);
    if (!program) throw new Error(`partner ${partnerId} is enrolled in program ${programId}, which is not there`);
    const { timeZone } = program;
    return atOnce(WIDTH, currenciesOf(program), async (currency) => {
      const key = { brandId, programId, partnerId, currency };
      const head = await headOf(key);
      const inYear = await paidInYear(ledger, key, { year, timeZone }, head);
      return { programId, currency, ...inYear, journal: head?.sequence ?? 0 };
    });
  });
  return paid.flat();
}
