import type { Instant } from '../time.ts';

/** Why a partner is not paid in a run; `words` is what both sides read. */
export interface BlockReason {
  readonly code:
    | 'nothing-payable'
    | 'below-minimum'
    | 'agreement-missing'
    | 'tax-form-missing'
    | 'payout-method-missing'
    | 'enrolment-not-active'
    | 'owes';
  readonly words: string;
}

export type RunStatus = 'drafting' | 'awaiting-approval' | 'approved' | 'paying' | 'paid' | 'rejected' | 'empty';

/** One payment to many partners of one program, in one currency. */
export interface PayoutRun {
  readonly runId: string;
  readonly brandId: string;
  readonly programId: string;
  readonly currency: string;
  readonly asOf: Instant;
  readonly status: RunStatus;
  readonly madeBy: string;
  readonly madeAt: Instant;
  readonly itemCount: number;
  readonly totalCents: number;
  /** SHA-256 of the frozen payment file; what is approved. */
  readonly fileHash?: string;
  readonly fileKey?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: Instant;
  readonly excluded: readonly {
    readonly partnerId: string;
    readonly payableCents: number;
    readonly reasons: readonly BlockReason[];
  }[];
}

export type ItemStatus = 'reserved' | 'sent' | 'settled' | 'failed' | 'released';

/** One partner's payment in a run. Paid at most once; a failed one is payable again exactly once. */
export interface PayoutItem {
  readonly itemId: string;
  readonly runId: string;
  readonly partnerId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly rail: 'external' | 'bank-csv';
  readonly status: ItemStatus;
  readonly updatedAt: Instant;
  readonly failure?: string;
}
