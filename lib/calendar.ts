import { Temporal } from 'temporal-polyfill';
import { DAY_MS, epochMs, type Instant, instant, utcDay } from './time.ts';

/** A calendar day in some program's time zone: `2026-03-29`. */
export type Day = string;
/** A calendar month in some program's time zone: `2026-03`. */
export type Month = string;

/** A stretch of one calendar day in which the zone's clock does not move. */
interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly day: Day;
}

/**
 * Stretches seen, by zone and UTC day. Settlement asks for the same few days thousands of times, and a calendar calculation costs
 * more than the pricing around it. A stretch ends where clocks move, because a day may stop and go on (00:01 back to 23:01); inside it
 * the offset is one and a day is plain arithmetic.
 */
const seen = new Map<string, Map<number, Stretch[]>>();
const DAYS_KEPT_PER_ZONE = 4096;

function stretchAt(ms: number, timeZone: string): Stretch {
  const moment = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const moved = moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds;
  const moves = moment.getTimeZoneTransition('next')?.epochMilliseconds;
  const offsetMs = moment.offsetNanoseconds / 1_000_000;
  const midnightMs = Math.floor((ms + offsetMs) / DAY_MS) * DAY_MS - offsetMs;
  return {
    startMs: Math.max(midnightMs, moved ?? Number.NEGATIVE_INFINITY),
    endMs: Math.min(midnightMs + DAY_MS, moves ?? Number.POSITIVE_INFINITY),
    day: instant(midnightMs + offsetMs).slice(0, 10),
  };
}

/** The calendar day on which an instant falls in a time zone. */
export function dayIn(at: Instant, timeZone: string): Day {
  const ms = epochMs(at);
  let days = seen.get(timeZone);
  if (!days || days.size > DAYS_KEPT_PER_ZONE) {
    days = new Map();
    seen.set(timeZone, days);
  }
  const utcDay = Math.floor(ms / DAY_MS);
  const stretches = days.get(utcDay);
  const known = stretches?.find(({ startMs, endMs }) => startMs <= ms && ms < endMs);
  if (known) return known.day;
  const stretch = stretchAt(ms, timeZone);
  if (stretches) stretches.push(stretch);
  else days.set(utcDay, [stretch]);
  return stretch.day;
}

/** The first instant of a calendar day in a time zone; right on days that start at 01:00 because clocks moved. */
export function startOfDay(day: Day, timeZone: string): Instant {
  return instant(Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds);
}

/** The calendar day so many days later, or earlier when negative. Days without a zone have no clock changes, so plain arithmetic is exact. */
export function addDays(day: Day, days: number): Day {
  return instant(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).slice(0, 10);
}

/** The last day of a day's month. */
export function lastOfMonth(day: Day): Day {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return instant(Date.UTC(year, month, 0)).slice(0, 10);
}

/** Days from the first to the last, both included. */
export function daysBetween(first: Day, last: Day): Day[] {
  const all: Day[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) all.push(day);
  return all;
}

/** The UTC days on which a stretch of time falls that ends before `to`. */
export const utcDays = (from: Instant, to: Instant): Day[] =>
  daysBetween(utcDay(from), utcDay(instant(epochMs(to) - 1)));

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

/** The calendar day so many months later; the last of the month where the day does not exist: 2026-01-31 and one month is 2026-02-28. */
export function addMonths(day: Day, months: number): Day {
  return Temporal.PlainDate.from(day).add({ months }).toString();
}

/** The time of the day on a time zone's clock, to the minute: `15:30`. */
export function timeIn(at: Instant, timeZone: string): string {
  return Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainTime().toString({ smallestUnit: 'minute' });
}

/** The hour of the day (0 to 23) on a time zone's clock. */
export function hourIn(at: Instant, timeZone: string): number {
  return Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).hour;
}

/**
 * The instant at which a time zone's clock shows a day and a time; where clocks were moved, the first of two such moments, or the moment
 * after one that never was.
 *
 * @throws RangeError when there is no such day or time.
 */
export function localInstant(day: Day, time: string, timeZone: string): Instant {
  const shown = Temporal.PlainDateTime.from(`${day}T${time}`, { overflow: 'reject' });
  return instant(shown.toZonedDateTime(timeZone).epochMilliseconds);
}
