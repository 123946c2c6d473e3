import { describe, expect, test } from 'vitest';
import { clickMemory, passingNames, recentClicks, recentCookie } from '../../../lib/tracking/recent-clicks.ts';

const NOW = Date.parse('2026-03-29T10:00:00.000Z');
const MINUTE = 60_000;
const LINK = '0a1b2c00000001';
const pair = (cookie: string) => [cookie.split(';')[0]!];

describe('the cookie of the last hour', () => {
  test('tells what it was told, until the hour is over', () => {
    const cookie = recentCookie(new Map(), LINK, NOW);
    expect(cookie).toMatch(/; Max-Age=3600; Path=\/c; Secure; HttpOnly; SameSite=Lax$/);
    expect(recentClicks(pair(cookie), NOW + 59 * MINUTE).has(LINK)).toBe(true);
    expect(recentClicks(pair(cookie), NOW + 60 * MINUTE).has(LINK)).toBe(false);
  });

  test('holds the eight newest', () => {
    let recent: ReadonlyMap<string, number> = new Map();
    for (let n = 0; n < 12; n += 1)
      recent = recentClicks(
        pair(recentCookie(recent, `0a1b2c000000${String(n).padStart(2, '0')}`, NOW + n * 1000)),
        NOW + 20_000,
      );
    expect([...recent.keys()].map((code) => Number(code.slice(-2)))).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('from the future is not believed', () => {
    expect(recentClicks(pair(recentCookie(new Map(), LINK, NOW + 10 * MINUTE)), NOW).size).toBe(0);
  });
});

test('an environment remembers the first time, for an hour, and forgets the oldest when there are too many', () => {
  const memory = clickMemory(2);
  expect(memory.repeats('a', NOW)).toBe(false);
  expect(memory.repeats('a', NOW + 59 * MINUTE)).toBe(true);
  expect(memory.repeats('a', NOW + 60 * MINUTE)).toBe(false);
  memory.repeats('b', NOW + 61 * MINUTE);
  memory.repeats('c', NOW + 62 * MINUTE);
  expect(memory.repeats('a', NOW + 63 * MINUTE)).toBe(false);
});

describe('a name in passing', () => {
  let calls = 0;
  const random = (count: number) => {
    calls += 1;
    return new Uint8Array(count).fill(calls);
  };
  const name = passingNames(random);
  const today = name('203.0.113.7', 'Firefox', NOW);
  test('is the same on one day', () => expect(name('203.0.113.7', 'Firefox', NOW + MINUTE)).toBe(today));
  test('differs by address', () => expect(name('203.0.113.8', 'Firefox', NOW)).not.toBe(today));
  test('differs by browser', () => expect(name('203.0.113.7', 'Safari', NOW)).not.toBe(today));
  test('is another the next day', () => expect(name('203.0.113.7', 'Firefox', NOW + 86_400_000)).not.toBe(today));
});
