import { auditCredits, auditShares, type NewestLine } from '../ledger/audit-credits.ts';
import type { Violation } from '../ledger/laws.ts';
import type { Conversion } from '../tracking/conversion.ts';
import type { LedgerStore } from './ledger.ts';

/**
 * Audits a conversion as it is stored: its shares are whole, in hundredths of a percent and in cents, and what it says was posted for a partner is where its newest line in that
 * partner's ledger leads. It points at that line's journal, which never changes, so this is true of any one reading of the row.
 */
export async function auditConversion(
  ledger: Pick<LedgerStore, 'journal'>,
  conversion: Conversion,
): Promise<Violation[]> {
  const { brandId, programId, eventType, orderId, posted, journals = {} } = conversion;
  // The chain is in the program's currency, whatever the order was in.
  const currency = conversion.exchange?.to ?? conversion.currency;
  const violations = auditCredits(conversion);
  const lines = new Map<string, NewestLine>();
  for (const [partnerId, { cents, matures }] of Object.entries(posted)) {
    const sequence = journals[partnerId]?.at(-1);
    const journal =
      sequence === undefined ? undefined : await ledger.journal({ brandId, programId, partnerId, currency }, sequence);
    const line = journal?.lines.find((one) => one.eventType === eventType && one.orderId === orderId);
    if (journal && line) lines.set(partnerId, { line, recordedAt: journal.recordedAt });
    if (line?.totalCents === cents && line.matures === matures) continue;
    violations.push({
      law: 'posted-is-the-lines',
      where: `${eventType} ${orderId}, ${partnerId}`,
      found: line
        ? `posted ${cents}, matures ${matures}; its line in journal ${sequence} leads to ${line.totalCents}, matures ${line.matures}`
        : `posted ${cents}, but journal ${sequence ?? 'none'} has no line of it`,
    });
  }
  return [...violations, ...auditShares(conversion, lines)];
}
