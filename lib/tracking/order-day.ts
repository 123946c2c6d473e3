import type { Day } from '../calendar.ts';
import type { Instant } from '../time.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day of an instant in a time zone, as `dayIn` gives it, by what the runtime has: for functions that start without a calendar. */
export function orderDay(at: Instant, timeZone: string): Day {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  return format.format(new Date(at));
}
