import { atOnce } from '../at-once.ts';
import { startOfDay } from '../calendar.ts';
import { currenciesOf } from '../programs/payout-currencies.ts';
import type { PaidByProgram } from '../tax/partner-year.ts';
import type { EnrolmentStore } from './enrolments.ts';
import type { LedgerStore } from './ledger.ts';
import { paidBetween } from './paid-between.ts';
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
 * pays in. A payment that came back counts, less than nothing, in the year in which it did. What was exchanged counts where it was paid.
 */
export async function paymentsOfYear(
  { ledger, enrolments, programs }: PaymentStores,
  { brandId, partnerId }: { readonly brandId: string; readonly partnerId: string },
  year: number,
): Promise<PaidByProgram[]> {
  const paid = await atOnce(WIDTH, await enrolments.ofPartner(brandId, partnerId), async ({ programId }) => {
    const program = await programs.get(brandId, programId);
    if (!program) throw new Error(`partner ${partnerId} is enrolled in program ${programId}, which is not there`);
    const bounds = boundsOf(year, program.timeZone);
    return atOnce(WIDTH, currenciesOf(program), async (currency) => {
      const key = { brandId, programId, partnerId, currency };
      return { programId, currency, ...(await paidBetween(ledger, key, bounds)) };
    });
  });
  return paid.flat();
}

/** The first instant of a calendar year, and that of the next. */
const boundsOf = (year: number, timeZone: string) => ({
  from: startOfDay(`${year}-01-01`, timeZone),
  to: startOfDay(`${year + 1}-01-01`, timeZone),
});
