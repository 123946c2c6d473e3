import { baseOf } from '../commission/accrue.ts';
import { WHOLE_BPS } from '../money.ts';
import type { Instant } from '../time.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { sum } from './audit-check.ts';
import type { AccrualLine } from './journal.ts';
import type { Violation } from './laws.ts';

/** Whether the shares of a settled conversion add up to all of it. One that is set aside, or not settled yet, has none to add. */
export function auditCredits(conversion: Conversion): Violation[] {
  const { eventType, orderId, credits = [], settled } = conversion;
  if (!settled || credits.length === 0) return [];
  const total = credits.reduce((sum, { creditBps }) => sum + creditBps, 0);
  if (total === WHOLE_BPS) return [];
  return [
    {
      law: 'credits-are-whole',
      where: `${eventType} ${orderId}`,
      found: `the shares of ${credits.length} partners make ${total} of ${WHOLE_BPS} basis points`,
    },
  ];
}

/** The newest line of a conversion in a partner's ledger, and when it was written. */
export interface NewestLine {
  readonly line: AccrualLine;
  readonly recordedAt: Instant;
}

/**
 * Whether the partners of a conversion share its whole commissionable amount, to the cent, by the newest line of each. Lines tell it together only
 * while they were written by one settlement: who earns nothing has none, and who earns the same as before none of the last one.
 */
export function auditShares(conversion: Conversion, lines: ReadonlyMap<string, NewestLine>): Violation[] {
  const { eventType, orderId, credits = [] } = conversion;
  const sharing = credits.filter(({ creditBps }) => creditBps > 0);
  const shared = sharing.flatMap((credit) => {
    const newest = lines.get(credit.partnerId);
    return newest?.line.creditBps === credit.creditBps ? [newest] : [];
  });
  const [first] = shared;
  if (!first || shared.length < sharing.length || shared.some((one) => one.recordedAt !== first.recordedAt)) return [];
  const total = sum(shared.map(({ line }) => baseOf(line.parts) + line.unmatchedCents));
  const { commissionableCents } = first.line;
  if (shared.every(({ line }) => line.commissionableCents === commissionableCents) && total === commissionableCents)
    return [];
  const found = `its partners share ${total} of ${commissionableCents} cents`;
  return [{ law: 'credits-are-whole', where: `${eventType} ${orderId}`, found }];
}
