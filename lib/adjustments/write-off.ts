import { addDays, dayIn } from '../calendar.ts';
import type { Journal } from '../ledger/journal.ts';
import { format } from '../money.ts';
import type { WriteOffPolicy } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import { type Adjustment, writeOffIdOf } from './adjustment.ts';

/** Who proposes write-offs by the policy. No key is a person of this name, so whoever approves is somebody else. */
export const WRITE_OFF_MAKER = 'system:release-commissions';

/**
 * The write-off that a program's policy asks for, by the newest journal of a partner's chain: something is owed, no more than the policy
 * allows; nothing is pending, held or in transit that could still repay it; and nothing moved for so many days of the program's calendar.
 * Its id comes from that journal, so it is proposed once for a debt as it stands.
 */
export function writeOffDue(
  head: Journal | undefined,
  policy: WriteOffPolicy | undefined,
  { asOf, timeZone }: { readonly asOf: Instant; readonly timeZone: string },
): Adjustment | undefined {
  if (!head || !policy) return undefined;
  const { pending, held, inTransit, receivable } = head.after.balances;
  const owedCents = 0 - receivable;
  if (owedCents === 0 || owedCents > policy.maxCents || pending + held + inTransit > 0) return undefined;
  const since = dayIn(head.at, timeZone);
  if (addDays(since, policy.afterDays) > dayIn(asOf, timeZone)) return undefined;
  const { brandId, programId, partnerId, currency, sequence } = head;
  return {
    ...{ brandId, programId, partnerId, currency },
    adjustmentId: writeOffIdOf(head, sequence),
    cents: owedCents,
    reason: 'write-off',
    note: `${format(owedCents, currency)} is owed and nothing moved since ${since}`,
    status: 'proposed',
    proposedBy: WRITE_OFF_MAKER,
    proposedAt: asOf,
  };
}
