import { Temporal } from 'temporal-polyfill';
import { type Instant, instant } from './time.ts';

/** A calendar day in some program's time zone: `2026-03-29`. */
export type Day = string;
/** A calendar month in some program's time zone: `2026-03`. */
export type Month = string;

/** The calendar day on which an instant falls in a time zone. */
export function dayIn(at: Instant, timeZone: string): Day {
  return Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** The first instant of a calendar day in a time zone; right on days that start at 01:00 because clocks moved. */
export function startOfDay(day: Day, timeZone: string): Instant {
  return instant(Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds);
}

export function addDays(day: Day, days: number): Day {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** The month of a day. */
export const monthOf = (day: Day): Month => day.slice(0, 7);

/** Whether a name is a time zone the runtime knows, e.g. `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
