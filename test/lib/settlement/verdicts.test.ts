import { describe, expect, test } from 'vitest';
import type { Touch } from '../../../lib/attribution/journey.ts';
import { repeatedTouches, whyUncredited } from '../../../lib/settlement/verdicts.ts';
import { VERDICTS } from '../../../lib/tracking/verdict.ts';
import { ANN } from '../../support/orders.ts';

const touch = (minute: number, over: Partial<Touch> = {}): Touch => ({
  touchId: String(minute),
  partnerId: ANN,
  kind: 'click',
  link: 'one',
  at: new Date(Date.UTC(2026, 2, 29, 10, minute)).toISOString(),
  ...over,
});

describe('repetitions of a journey', () => {
  test.each([
    ['within the hour of the first', [touch(0), touch(30), touch(59), touch(60), touch(119)], ['30', '59', '119']],
    ['of one link only', [touch(0), touch(5, { link: 'two' }), touch(6)], ['6']],
    ['not of what was no shopper’s click', [touch(0, { verdict: 'bot' }), touch(5), touch(6)], ['6']],
    ['not of a click while the link was paused', [touch(0, { verdict: 'paused' }), touch(5)], []],
    ['not where the original is missing, whatever the row says', [touch(5, { verdict: 'duplicate' })], []],
    [
      'not of touches without a link',
      [touch(0, { link: undefined as never }), touch(1, { link: undefined as never })],
      [],
    ],
  ])('%s', (_, touches, expected) => expect([...repeatedTouches(touches)]).toEqual(expected));
});

describe('a touch is not credited', () => {
  test.each(VERDICTS)('%s', (verdict) => {
    const never = verdict === 'paused' || verdict === 'expired';
    const doubtful = never || verdict === 'bot' || verdict === 'out-of-geo' || verdict === 'over-cap';
    expect(whyUncredited(touch(0, { verdict }), false)).toBe(never ? `click-${verdict}` : undefined);
    expect(whyUncredited(touch(0, { verdict, strict: true }), false)).toBe(doubtful ? `click-${verdict}` : undefined);
  });

  test('when it repeats another under a strict program, and only then', () => {
    expect(whyUncredited(touch(5, { strict: true }), true)).toBe('click-duplicate');
    expect(whyUncredited(touch(5, { strict: true, verdict: 'duplicate' }), true)).toBe('click-duplicate');
    expect(whyUncredited(touch(5, { verdict: 'duplicate' }), true)).toBeUndefined();
  });
});
