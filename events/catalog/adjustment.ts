import * as z from 'zod';
import { contract } from './envelope.ts';
import { Currency, enrolmentFields, idOf, journalFields, SignedCents } from './fields.ts';

/** Why a person changes what a partner is owed by hand. What each means to the partner stands in `REASON_WORDS` of the ledger. */
export const ADJUSTMENT_REASONS = [
  'untracked-order',
  'wrong-amount',
  'goodwill',
  'bonus',
  'terms-breach',
  'duplicate',
  'other',
  'write-off',
] as const;

const adjustment = {
  adjustmentId: idOf('adjustment'),
  cents: SignedCents,
  reason: z.enum(ADJUSTMENT_REASONS),
  note: z.string().min(1),
};
const proposal = { ...enrolmentFields, ...adjustment, currency: Currency, proposedBy: z.string().min(1) };

/** Money by hand is proposed and waits for a second person. */
export const AdjustmentProposed = contract('adjustment.proposed', z.object(proposal));
export const AdjustmentDeclined = contract(
  'adjustment.declined',
  z.object({ ...proposal, declinedBy: z.string().min(1), declinedWhy: z.string().min(1) }),
);
/** An approved adjustment is in the partner's ledger; the mail to the partner hangs on it. */
export const CommissionAdjusted = contract('commission.adjusted', z.object({ ...journalFields, ...adjustment }));
