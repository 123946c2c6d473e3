import { Cron } from 'croner';

/** When a schedule runs. */
export interface Rhythm {
  /** First moment strictly after the given one, in epoch milliseconds; nothing when there is none left. */
  next(afterMs: number): number | undefined;
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/**
 * Reads `cron(…)`, `rate(…)` and `at(…)` as EventBridge writes them, in the zone given; throws on what is none of them.
 *
 * AWS counts weekdays from 1 = Sunday where croner counts from 0, and writes `a/b` for "from a, every b"; both are rewritten.
 * A rate ticks on whole multiples of its period since 1970, so a restart does not shift it.
 */
export function rhythm(expression: string, timezone = 'UTC'): Rhythm {
  const [, kind, body = ''] = /^(cron|rate|at)\(\s*(.+?)\s*\)$/.exec(expression) ?? [];
  if (kind === 'rate') return every(body, expression);
  if (kind === 'at') {
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(body))
      throw new Error(`${expression}: expected at(yyyy-mm-ddThh:mm:ss).`);
    return fromCroner(new Cron(body, { timezone, paused: true }));
  }
  if (kind === 'cron')
    return fromCroner(new Cron(cronerPattern(body, expression), { timezone, paused: true, mode: '7-part' }));
  throw new Error(`${expression} is not a cron(…), rate(…) or at(…) expression.`);
}

function fromCroner(cron: Cron): Rhythm {
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

function every(body: string, expression: string): Rhythm {
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(body) ?? [];
  const periodMs = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (!(periodMs > 0)) throw new Error(`${expression}: expected rate(n minutes), hours or days.`);
  return { next: (afterMs) => (Math.floor(afterMs / periodMs) + 1) * periodMs };
}

/** Minute, hour, day of month, month, day of week, year → croner's seven fields, seconds first. */
function cronerPattern(body: string, expression: string): string {
  const fields = body.split(/\s+/);
  const [minute = '', hour = '', day = '', month = '', weekday = '', year = ''] = fields;
  if (fields.length !== 6) throw new Error(`${expression}: six fields are needed.`);
  if (day !== '?' && weekday !== '?') throw new Error(`${expression}: day of month or day of week must be '?'.`);
  if (/L-/.test(day)) throw new Error(`${expression}: days counted back from the last do not run on the laptop.`);
  return [
    '0',
    stepped(minute, 59),
    stepped(hour, 23),
    stepped(day, 31),
    stepped(month, 12),
    weekday.split(',').map(weekdayPart).join(','),
    stepped(year, 2199),
  ].join(' ');
}

/** `a/b` runs from a to the end of the field. */
function stepped(field: string, max: number): string {
  return orAny(field)
    .split(',')
    .map((part) => part.replace(/^(\d+)\//, `$1-${max}/`))
    .join(',');
}

function weekdayPart(part: string): string {
  if (part === 'L') return 'SAT';
  const named = orAny(part).replace(/(?<![#/\d])\d/g, (day) => DAYS[Number(day) - 1] ?? day);
  const last = /^([A-Z]{3})L$/.exec(named);
  if (last) return `${last[1]}#L`;
  return named.replace(/^([A-Z]{3})\//, (_, day: string) => `${DAYS.indexOf(day)}-6/`);
}

/** In croner `?` means now, in AWS it means any. */
function orAny(field: string): string {
  return field === '?' ? '*' : field;
}
