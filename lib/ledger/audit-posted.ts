import type { Conversion } from '../tracking/conversion.ts';
import type { AccrualLine, Journal } from './journal.ts';
import type { Violation } from './laws.ts';

/**
 * Compares what the conversions of a program say was posted with the lines in its partners' ledgers, both ways: no posted amount
 * without its lines, and no line without its conversion. Both must be complete, for the program or for one partner in it, and as of the
 * same moment.
 */
export function auditPosted(
  conversions: readonly Pick<Conversion, 'eventType' | 'orderId' | 'posted'>[],
  journals: Iterable<Pick<Journal, 'partnerId' | 'lines'>>,
): Violation[] {
  const violations: Violation[] = [];
  const ledger = new Map<string, { cents: number; last: AccrualLine }>();
  for (const journal of journals) {
    for (const line of journal.lines) {
      const name = nameOf(line, journal.partnerId);
      ledger.set(name, { cents: (ledger.get(name)?.cents ?? 0) + line.cents, last: line });
    }
  }
  for (const conversion of conversions) {
    for (const [partnerId, posted] of Object.entries(conversion.posted)) {
      const name = nameOf(conversion, partnerId);
      const found = ledger.get(name);
      ledger.delete(name);
      if (found?.cents === posted.cents && found.last.matures === posted.matures) continue;
      const lines = found ? `its lines make ${found.cents}, matures ${found.last.matures}` : 'it has no lines';
      violations.push({
        law: 'posted-is-the-lines',
        where: name,
        found: `posted ${posted.cents}, matures ${posted.matures}; ${lines}`,
      });
    }
  }
  for (const [name, { cents }] of ledger) {
    violations.push({
      law: 'posted-is-the-lines',
      where: name,
      found: `lines make ${cents}, but nothing says posted`,
    });
  }
  return violations;
}

const nameOf = ({ eventType, orderId }: Pick<AccrualLine, 'eventType' | 'orderId'>, partnerId: string) =>
  `${eventType} ${orderId}, ${partnerId}`;
