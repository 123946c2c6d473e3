import { addDays, type Day } from '../calendar.ts';

const MONDAY = 1;
const THURSDAY = 4;

const weekday = (day: Day): number => new Date(`${day}T00:00:00Z`).getUTCDay();
const dayOf = (year: number, month: number, day: number): Day =>
  `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

/** The nth weekday of a month, counted from 1. */
function nth(year: number, month: number, wanted: number, count: number): Day {
  const first = dayOf(year, month, 1);
  return addDays(first, ((wanted - weekday(first) + 7) % 7) + 7 * (count - 1));
}

/** A holiday on a Saturday is kept the day before, one on a Sunday the day after. */
function kept(day: Day): Day {
  if (weekday(day) === 6) return addDays(day, -1);
  return weekday(day) === 0 ? addDays(day, 1) : day;
}

/** The legal public holidays of 5 USC 6103(a), as they are kept, whose dates fall by rule in a year. */
function holidaysOf(year: number): Day[] {
  const lastOfMay = dayOf(year, 5, 31);
  return [
    kept(dayOf(year, 1, 1)),
    nth(year, 1, MONDAY, 3),
    nth(year, 2, MONDAY, 3),
    addDays(lastOfMay, -((weekday(lastOfMay) - MONDAY + 7) % 7)),
    kept(dayOf(year, 6, 19)),
    kept(dayOf(year, 7, 4)),
    nth(year, 9, MONDAY, 1),
    nth(year, 10, MONDAY, 2),
    kept(dayOf(year, 11, 11)),
    nth(year, 11, THURSDAY, 4),
    kept(dayOf(year, 12, 25)),
    // New Year's Day that falls on a Saturday is kept in the year before.
    kept(dayOf(year + 1, 1, 1)),
  ];
}

/** Whether a day is neither at a weekend nor a federal holiday. */
export function isBusinessDay(day: Day): boolean {
  const of = weekday(day);
  return of !== 0 && of !== 6 && !holidaysOf(Number(day.slice(0, 4))).includes(day);
}

/** The day that lies so many business days after another, which is not counted itself. */
export function addBusinessDays(day: Day, count: number): Day {
  let reached = day;
  for (let left = count; left > 0; ) {
    reached = addDays(reached, 1);
    if (isBusinessDay(reached)) left -= 1;
  }
  return reached;
}

/** A deadline that falls on a weekend or holiday moves to the next business day (26 USC 7503). */
export const orNextBusinessDay = (day: Day): Day => (isBusinessDay(day) ? day : addBusinessDays(day, 1));
