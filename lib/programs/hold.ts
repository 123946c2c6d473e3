import { addDays, type Day, lastOfMonth } from '../calendar.ts';
import type { PayoutTerms, Program } from './program.ts';

/** The part of the terms that says when commission may be paid. */
export type HoldTerms = Pick<PayoutTerms, 'holdDays' | 'holdDaysByGroup' | 'holdFrom'>;

/** Days that a group's commission is held; the program's own where the group has none. */
export const holdDaysOf = ({ holdDays, holdDaysByGroup }: HoldTerms, group: string): number =>
  holdDaysByGroup?.[group] ?? holdDays;

/** The fewest days that anybody's commission is held. */
export const shortestHoldDays = ({ holdDays, holdDaysByGroup = {} }: HoldTerms): number =>
  Math.min(holdDays, ...Object.values(holdDaysByGroup));

/** The same over all terms that a program ever had: what was paid under a shorter hold stays paid when the hold grows. */
export const fewestHoldDaysOf = ({ payoutTerms, fewestHoldDays }: Pick<Program, 'payoutTerms' | 'fewestHoldDays'>) =>
  Math.min(shortestHoldDays(payoutTerms), fewestHoldDays ?? Number.POSITIVE_INFINITY);

/**
 * The first day on which the commission of an order may be paid: the hold counted from the order's day, or from the last day of its
 * month. All days are the program's own, so neither a change of clocks nor the length of a month moves it.
 */
export function maturesOn(day: Day, group: string, terms: HoldTerms): Day {
  const from = terms.holdFrom === 'month-end' ? lastOfMonth(day) : day;
  return addDays(from, holdDaysOf(terms, group));
}
