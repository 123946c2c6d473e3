import { addDays, type Day, dayIn } from '../calendar.ts';
import { DAY_MS, epochMs, type Instant, instant } from '../time.ts';

/** The hour of the day (UTC) at which partners are told of what takes effect soon; the schedule of `send-digests` keeps to it. */
export const NOTICE_HOUR_UTC = 8;

/** Partners are told of a new version of the plan so many days before its first day, and again the day before. */
export const NOTICE_DAYS = 3;

/** A run that begins sooner after a version was added may have read the versions before. */
const MARGIN_MS = 10 * 60_000;

/**
 * The first day (program's time zone) on which a version added now may take effect with partners told in time: the next notices go out on
 * some day of the program's, and three days before is that day or a later one.
 */
export function firstDayWithNotice(at: Instant, timeZone: string): Day {
  const sinceHour = epochMs(at) + MARGIN_MS - NOTICE_HOUR_UTC * 3_600_000;
  const nextRun = Math.ceil(sinceHour / DAY_MS) * DAY_MS + NOTICE_HOUR_UTC * 3_600_000;
  return addDays(dayIn(instant(nextRun), timeZone), NOTICE_DAYS);
}
