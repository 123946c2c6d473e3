import { Temporal } from 'temporal-polyfill';
import type { Day } from '../calendar.ts';
import type { Instant } from '../time.ts';
import type { NachaDates } from './nacha.ts';

const ACH_ZONE = 'America/New_York';
const MONDAY = 1;
const THURSDAY = 4;
const SATURDAY = 6;
const SUNDAY = 7;

/** Holidays with a date of their own. One on a Sunday is kept on the Monday; one on a Saturday is not moved. */
const FIXED = ['01-01', '06-19', '07-04', '11-11', '12-25'];
/** Holidays on a weekday: month, day of the week, which one of the month. */
const MOVABLE = [
  [1, MONDAY, 3],
  [2, MONDAY, 3],
  [9, MONDAY, 1],
  [10, MONDAY, 2],
  [11, THURSDAY, 4],
] as const;

/** Whether the Federal Reserve settles ACH on a day: no weekend and none of its eleven holidays. */
export function isBankingDay(day: Day): boolean {
  const date = Temporal.PlainDate.from(day);
  const { dayOfWeek, month, day: ofMonth } = date;
  if (dayOfWeek === SATURDAY || dayOfWeek === SUNDAY) return false;
  if (FIXED.includes(day.slice(5))) return false;
  if (dayOfWeek === MONDAY && FIXED.includes(date.subtract({ days: 1 }).toString().slice(5))) return false;
  const nth = Math.ceil(ofMonth / 7);
  if (MOVABLE.some(([inMonth, weekday, which]) => inMonth === month && weekday === dayOfWeek && which === nth))
    return false;
  // Memorial Day: the last Monday of May.
  return !(month === 5 && dayOfWeek === MONDAY && ofMonth > 24);
}

/** The banking day so many banking days after a day; a weekend or holiday counts as the banking day that follows it. */
export function bankingDayAfter(day: Day, days: number): Day {
  let date = Temporal.PlainDate.from(day);
  for (let left = days; ; date = date.add({ days: 1 })) {
    if (!isBankingDay(date.toString())) continue;
    if (left === 0) return date.toString();
    left -= 1;
  }
}

/** What a file made as of a moment says of its dates. The bank moves a day that has passed to its next one. */
export function nachaDates(asOf: Instant, leadBankingDays: number): NachaDates {
  const here = Temporal.Instant.from(asOf).toZonedDateTimeISO(ACH_ZONE);
  const createdOn = here.toPlainDate().toString();
  return {
    createdOn,
    createdAt: here.toPlainTime().toString({ smallestUnit: 'minute' }),
    effectiveOn: bankingDayAfter(createdOn, leadBankingDays),
  };
}
