import { adjustmentIn } from '../ledger/adjustment.ts';
import { itemOf } from '../ledger/chain.ts';
import type { Journal } from '../ledger/journal.ts';
import type { Violation } from '../ledger/laws.ts';
import { type Adjustment, postingOf } from './adjustment.ts';

/**
 * Compares the adjustments of one partner with the journals that posted them, both ways: what was posted was approved, for the same amount
 * and words and by somebody else than its maker; and what was approved is posted. Both must be complete and as of the same moment.
 */
export function auditAdjustments(adjustments: readonly Adjustment[], journals: readonly Journal[]): Violation[] {
  const violations: Violation[] = [];
  const posted = new Map(
    journals.filter(({ kind }) => kind === 'adjustment').map((journal) => [itemOf(journal), journal]),
  );
  for (const adjustment of adjustments) {
    const { adjustmentId, status, proposedBy, approvedBy = '' } = adjustment;
    const journal = posted.get(adjustmentId);
    posted.delete(adjustmentId);
    const where = `adjustment ${adjustmentId}`;
    if (status === 'approved' && (approvedBy === '' || approvedBy.toLowerCase() === proposedBy.toLowerCase()))
      violations.push({
        law: 'maker-is-not-checker',
        where,
        found: `proposed by ${proposedBy}, approved by '${approvedBy}'`,
      });
    const found = faultOf(adjustment, journal);
    if (found !== undefined) violations.push({ law: 'adjusted-as-approved', where, found });
  }
  for (const [id, { sequence }] of posted)
    violations.push({
      law: 'adjusted-as-approved',
      where: `adjustment ${id}`,
      found: `journal ${sequence} posts it, but nobody proposed it`,
    });
  return violations;
}

function faultOf(adjustment: Adjustment, journal: Journal | undefined): string | undefined {
  const { status, cents } = adjustment;
  if (!journal) return status === 'approved' ? `${cents} is approved and not in the ledger` : undefined;
  if (status !== 'approved') return `journal ${journal.sequence} posts it, but it is ${status}`;
  const said = adjustmentIn(journal);
  if (said.cents !== cents) return `approved ${cents}, posted ${said.cents}`;
  if (journal.actor !== adjustment.approvedBy)
    return `approved by ${adjustment.approvedBy}, posted by ${journal.actor}`;
  if (said.reason !== adjustment.reason || said.note !== postingOf(adjustment).note) return 'posted with other words';
  return journal.journalId === adjustment.journal?.journalId ? undefined : 'names another journal';
}
