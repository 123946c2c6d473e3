import { VisibleError } from '../errors.ts';
import { derive } from '../ids.ts';
import { type AdjustmentPosting, type AdjustmentReason, adjustmentFault } from '../ledger/adjustment.ts';
import type { Balances, LedgerKey } from '../ledger/journal.ts';
import { format } from '../money.ts';
import type { Instant } from '../time.ts';

export const ADJUSTMENT_STATUSES = ['proposed', 'approved', 'declined'] as const;
export type AdjustmentStatus = (typeof ADJUSTMENT_STATUSES)[number];

/** An order or other event, by its natural key inside a program. */
export interface ConversionName {
  readonly eventType: string;
  readonly orderId: string;
}

/**
 * Money given to a partner or taken back by hand. One person proposes it, another approves it, and approving posts it, in one transaction;
 * it never changes after that. A mistake in one is put right by another.
 */
export interface Adjustment extends LedgerKey {
  readonly adjustmentId: string;
  /** Positive: the partner gets it; negative: it is taken back. Never zero. */
  readonly cents: number;
  readonly reason: AdjustmentReason;
  /** For the partner to read. */
  readonly note: string;
  /** The order it is about. */
  readonly conversion?: ConversionName | undefined;
  /** The dispute it answers. */
  readonly disputeId?: string | undefined;
  readonly status: AdjustmentStatus;
  readonly proposedBy: string;
  readonly proposedAt: Instant;
  readonly approvedBy?: string | undefined;
  readonly approvedAt?: Instant | undefined;
  /** Where it stands in the partner's ledger. */
  readonly journal?: { readonly journalId: string; readonly sequence: number } | undefined;
  readonly declinedBy?: string | undefined;
  readonly declinedAt?: Instant | undefined;
  readonly declinedWhy?: string | undefined;
}

interface Decision {
  readonly by: string;
  readonly at: Instant;
}

/**
 * The adjustment as another person than its maker approves it. The same person saying so twice changes nothing.
 *
 * @throws VisibleError `maker-cannot-approve`, or `adjustment-is-<status>` when it was decided already.
 */
export function approve(adjustment: Adjustment, { by, at }: Decision): Adjustment {
  if (adjustment.status === 'approved' && adjustment.approvedBy === by) return adjustment;
  expectProposed(adjustment, 'approved');
  if (by.toLowerCase() === adjustment.proposedBy.toLowerCase()) {
    throw new VisibleError(
      'refused',
      'maker-cannot-approve',
      `${by} proposed this adjustment; another person must approve its ${format(adjustment.cents, adjustment.currency)}.`,
    );
  }
  return { ...adjustment, status: 'approved', approvedBy: by, approvedAt: at };
}

/** A person, the maker included, decides that it is not made. */
export function decline(adjustment: Adjustment, { by, at, why }: Decision & { readonly why: string }): Adjustment {
  if (adjustment.status === 'declined' && adjustment.declinedBy === by) return adjustment;
  expectProposed(adjustment, 'declined');
  return { ...adjustment, status: 'declined', declinedBy: by, declinedAt: at, declinedWhy: why };
}

function expectProposed({ adjustmentId, status }: Adjustment, step: string): void {
  if (status === 'proposed') return;
  throw new VisibleError(
    'conflict',
    `adjustment-is-${status}`,
    `Adjustment ${adjustmentId} is ${status}; it can be ${step} only while it is proposed.`,
  );
}

/**
 * Refuses an adjustment that these balances do not bear: a write-off of more than is owed.
 *
 * @throws VisibleError `more-than-owed`
 */
export function expectOwed(
  balances: Pick<Balances, 'receivable'>,
  { cents, reason, currency }: Pick<Adjustment, 'cents' | 'reason' | 'currency'>,
): void {
  if (adjustmentFault(balances, { cents, reason }) === undefined) return;
  const owed = format(0 - balances.receivable, currency);
  const field = { field: 'cents', message: `must be positive and at most what the partner owes, ${owed}` };
  throw new VisibleError('refused', 'more-than-owed', `The partner owes ${owed}; only that can be written off.`, [
    field,
  ]);
}

/** What an adjustment says in the ledger; the order it is about goes before its note. */
export function postingOf({ adjustmentId, cents, reason, note, conversion }: Adjustment): AdjustmentPosting {
  const about = conversion ? `${conversion.eventType} ${conversion.orderId}: ` : '';
  return { adjustmentId, cents, reason, note: `${about}${note}` };
}

/**
 * Id of the write-off of what a chain owed after one of its journals: proposed again it is the same row, declined it stays declined until
 * something moves.
 */
export const writeOffIdOf = ({ brandId, programId, partnerId, currency }: LedgerKey, sequence: number): string =>
  derive('adjustment', 'write-off', brandId, programId, partnerId, currency, sequence);
