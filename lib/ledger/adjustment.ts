import { ADJUSTMENT_REASONS } from '../../events/catalog/adjustment.ts';
import { itemOf } from './chain.ts';
import type { Account, Balances, Journal } from './journal.ts';

export type AdjustmentReason = (typeof ADJUSTMENT_REASONS)[number];

/** The reason in the words of a statement and a mail. */
export const REASON_WORDS: Readonly<Record<AdjustmentReason, string>> = {
  'untracked-order': 'an order that was not tracked',
  'wrong-amount': 'a commission that was wrong',
  goodwill: 'goodwill',
  bonus: 'a bonus',
  'terms-breach': 'a breach of the program’s terms',
  duplicate: 'something counted twice',
  other: 'another reason',
  'write-off': 'a debt that is written off',
};

/** What the ledger needs to know of an approved adjustment. */
export interface AdjustmentPosting {
  readonly adjustmentId: string;
  /** Positive: the partner gets it; negative: it is taken back. */
  readonly cents: number;
  readonly reason: AdjustmentReason;
  /** Words for the partner; stands in the statement. */
  readonly note: string;
}

/** The cause of an adjustment's journal: `adj_…: goodwill: the note`. */
export const adjustmentCause = ({ adjustmentId, reason, note }: AdjustmentPosting): string =>
  `${adjustmentId}: ${reason}: ${note}`;

/** What a journal of the kind `adjustment` says of itself; an unknown reason is told as `other`, with everything after the id as note. */
export function adjustmentIn(journal: Pick<Journal, 'cause' | 'entries'>): AdjustmentPosting {
  const adjustmentId = itemOf(journal);
  const words = journal.cause.slice(adjustmentId.length + 2);
  const reason = ADJUSTMENT_REASONS.find((known) => words.startsWith(`${known}: `));
  const note = reason === undefined ? words : words.slice(reason.length + 2);
  return { adjustmentId, cents: adjustedCents(journal), reason: reason ?? 'other', note };
}

/** What an adjustment gave, or took when negative: what it moved in all, wherever that came from. */
export const adjustedCents = ({ entries }: Pick<Journal, 'entries'>): number =>
  0 - entries.reduce((sum, { account, cents }) => (account === 'expense' ? sum + cents : sum), 0);

/** Accounts between which an adjustment moves money. Pending is left alone: it waits for its own day and repays then what is owed. */
export const ADJUSTED_ACCOUNTS: readonly Account[] = ['expense', 'payable', 'receivable'];

/**
 * Why an adjustment cannot be posted to these balances; nothing when it can. A write-off forgives what is owed and no more, or it would
 * be a gift by another name.
 */
export function adjustmentFault(
  { receivable }: Pick<Balances, 'receivable'>,
  { cents, reason }: Pick<AdjustmentPosting, 'cents' | 'reason'>,
): string | undefined {
  if (!Number.isSafeInteger(cents) || cents === 0) return `moves ${cents}`;
  if (reason === 'write-off' && (cents < 0 || cents > -receivable))
    return `writes off ${cents} of ${0 - receivable} owed`;
  return undefined;
}
