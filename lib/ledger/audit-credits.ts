import { WHOLE_BPS } from '../money.ts';
import type { Conversion } from '../tracking/conversion.ts';
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
