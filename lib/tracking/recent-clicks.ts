import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/**
 * Which links a visitor followed within the hour, so that following one again is known for a repetition without a read
 * (`docs/decisions/0011-click-verdicts.md`). Browsers with a cookie carry it themselves; of the others one execution environment knows
 * what it saw.
 */
export const REPEAT_MS = 3_600_000;
const COOKIE = 'trb_l';
const MOST_IN_COOKIE = 8;

/** When links were followed first, in milliseconds, by link code. */
export type RecentClicks = ReadonlyMap<string, number>;

/** What the cookie tells of the last hour. It is not signed: who changes it hides or invents repetitions of nobody but themselves. */
export function recentClicks(cookies: readonly string[] | undefined, atMs: number): RecentClicks {
  const text = cookies?.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
  const recent = new Map<string, number>();
  for (const entry of text.split('-').slice(0, MOST_IN_COOKIE)) {
    const [, code, seconds] = /^([0-9a-z]{14})\.([0-9a-z]{1,8})$/.exec(entry) ?? [];
    if (code === undefined || seconds === undefined) continue;
    const followedMs = Number.parseInt(seconds, 36) * 1000;
    if (isRecent(followedMs, atMs)) recent.set(code, followedMs);
  }
  return recent;
}

/** `Set-Cookie` that remembers a first click beside the others; the oldest go when there are too many. */
export function recentCookie(recent: RecentClicks, link: string, atMs: number): string {
  const entries = [...recent, [link, atMs] as const].slice(-MOST_IN_COOKIE);
  const value = entries.map(([code, ms]) => `${code}.${Math.floor(ms / 1000).toString(36)}`).join('-');
  return `${COOKIE}=${value}; Max-Age=${REPEAT_MS / 1000}; Path=/c; Secure; HttpOnly; SameSite=Lax`;
}

/** Clicks of this execution environment in the last hour, by whoever they are told apart by. */
export function clickMemory(maxEntries: number) {
  const seen = new Map<string, number>();
  return {
    /** Whether this was seen within the hour; if not it is remembered as seen now. */
    repeats(who: string, atMs: number): boolean {
      const before = seen.get(who);
      if (before !== undefined && isRecent(before, atMs)) return true;
      seen.delete(who);
      seen.set(who, atMs);
      if (seen.size > maxEntries) seen.delete(seen.keys().next().value!);
      return false;
    },
  };
}

const isRecent = (beforeMs: number, atMs: number) => beforeMs <= atMs + 1000 && atMs - beforeMs < REPEAT_MS;

const DAY_MS = 86_400_000;

/**
 * Tells visitors without a cookie apart by address and browser, for as long as a click is looked at: a keyed hash whose key is random,
 * never leaves this environment's memory and is another one every day. What it gives is never stored.
 */
export function passingNames(randomBytes: (count: number) => Uint8Array) {
  let key: KeyObject | undefined;
  let day = -1;
  return (address: string, userAgent: string, atMs: number): string => {
    const today = Math.floor(atMs / DAY_MS);
    if (!key || today !== day) {
      key = createSecretKey(randomBytes(32));
      day = today;
    }
    return createHmac('sha256', key).update(`${address}\n${userAgent}`).digest('base64url');
  };
}
