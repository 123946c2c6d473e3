import { dayIn } from '../calendar.ts';
import { type Check, isInstant, movedBy } from './audit-check.ts';
import { withCameBack } from './came-back.ts';
import { canonical } from './canonical.ts';
import type { ChainState, Journal } from './journal.ts';

/**
 * Whether a payment that came back names the journal that made it and the day of that journal, and is counted in that year and nowhere else.
 *
 * @param made What had last moved the same payment.
 */
export function checkUndone(
  check: Check,
  journal: Journal,
  { cameBack: before, paidBy = {} }: ChainState,
  made: { readonly stage: string; readonly by: Pick<Journal, 'journalId' | 'at'> } | undefined,
  timeZone: string | undefined,
): void {
  const { kind, paidOn, corrects, after } = journal;
  const undone = kind === 'bounce' && paidOn !== undefined;
  check(
    'undone-in-its-year',
    undone || paidOn === undefined,
    () => `${kind} says what it undoes was paid on ${paidOn}`,
  );
  const rails = Object.keys(paidBy);
  const rail = rails.find((one) => paidBy[one] !== (after.paidBy?.[one] ?? 0));
  const withheld = 0 - movedBy(journal, 'withheld');
  const cents = withheld - movedBy(journal, 'paid');
  const expected = undone ? withCameBack(before, { paidOn, cents, withheld, rail }) : before;
  check(
    'undone-in-its-year',
    canonical(after.cameBack ?? {}) === canonical(expected ?? {}),
    () => `came back ${canonical(after.cameBack ?? {})}, by its journals ${canonical(expected ?? {})}`,
  );
  const ends = kind === 'unreserve' || kind === 'bounce';
  // Of what was settled before items kept when, the journal that set the money aside is named, and no day.
  if (!made || made.stage === 'over' || !ends || !corrects || (kind === 'bounce' && !undone)) return;
  check(
    'told-who-and-why',
    corrects === made.by.journalId,
    () => `undoes ${corrects}, and ${made.by.journalId} made it`,
  );
  if (!undone || timeZone === undefined || !isInstant(made.by.at)) return;
  const day = dayIn(made.by.at, timeZone);
  check('undone-in-its-year', day === paidOn, () => `says it was paid on ${paidOn}; that was on ${day}`);
}
