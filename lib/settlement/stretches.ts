import { addDays, type Day } from '../calendar.ts';
import { DAY_MS } from '../time.ts';

/** Shards are worked on forty at a time; more of them would only wait. */
const MOST = 40;

/** Days from the first to the last, both included, as at most so many stretches of about the same length; none when last is before first. */
export function stretches(first: Day, last: Day, most = MOST): [Day, Day][] {
  const days = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
  const length = Math.ceil(days / most);
  const all: [Day, Day][] = [];
  for (let day = first; day <= last; day = addDays(day, length)) {
    const end = addDays(day, length - 1);
    all.push([day, end < last ? end : last]);
  }
  return all;
}
