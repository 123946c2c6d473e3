import { expect, test } from 'vitest';
import { mayKeepCookie } from '../../../lib/tracking/consent.ts';

test.each([
  ['outside-europe', 'US', false, true],
  ['outside-europe', 'DE', false, false],
  ['outside-europe', 'GB', false, false],
  ['outside-europe', 'CH', false, false],
  ['outside-europe', 'IS', false, false],
  ['outside-europe', undefined, false, false],
  ['always', 'DE', false, true],
  ['always', undefined, false, true],
  ['always', 'US', true, false],
  ['outside-europe', 'US', true, false],
  ['never', 'US', false, false],
] as const)('%s, visitor in %s, refuses tracking: %s → %s', (rule, country, refuses, expected) => {
  expect(mayKeepCookie(rule, country, refuses)).toBe(expected);
});
