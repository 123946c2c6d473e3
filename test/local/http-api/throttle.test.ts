import { expect, test } from 'vitest';
import { stageThrottle, tokenBucket } from '../../../local/http-api/throttle.ts';

test('a burst at once, then the rate', () => {
  const allows = tokenBucket({ rate: 10, burst: 3 });
  expect([0, 0, 0, 0, 50, 100, 150, 200].map(allows)).toEqual([true, true, true, false, false, true, false, true]);
  expect(Array.from({ length: 5 }, () => allows(60_000))).toEqual([true, true, true, false, false]);
});

test('a route with its own settings has its own bucket', () => {
  const allows = stageThrottle({ rate: 1, burst: 1 }, new Map([['GET /busy', { rate: 1, burst: 2 }]]));
  const asked = ['GET /a', 'GET /b', 'GET /busy', 'GET /busy', 'GET /busy'];
  expect(asked.map((route) => allows(route, 0))).toEqual([true, false, true, true, false]);
});

test('no settings, no limit', () => {
  expect(stageThrottle(undefined, new Map())('GET /', 0)).toBe(true);
});
