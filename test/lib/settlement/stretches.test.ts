import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../../lib/calendar.ts';
import { stretches } from '../../../lib/settlement/stretches.ts';

describe('stretches of days', () => {
  test.each([
    ['one day', '2026-03-10', '2026-03-10', [['2026-03-10', '2026-03-10']]],
    [
      'three days, a stretch each',
      '2026-02-27',
      '2026-03-01',
      [
        ['2026-02-27', '2026-02-27'],
        ['2026-02-28', '2026-02-28'],
        ['2026-03-01', '2026-03-01'],
      ],
    ],
    ['none when it ends before it begins', '2026-03-10', '2026-03-09', []],
  ])('%s', (_, first, last, expected) => expect(stretches(first, last)).toEqual(expected));

  test('every day is in one stretch, in order, and there are at most forty', () =>
    fc.assert(
      fc.property(fc.nat(4_000), fc.nat(1_200), (start, length) => {
        const first = addDays('2020-01-01', start);
        const last = addDays(first, length);
        const all = stretches(first, last);
        expect(all.length).toBeLessThanOrEqual(40);
        expect([all[0]![0], all.at(-1)![1]]).toEqual([first, last]);
        for (const [place, [from, to]] of all.entries()) {
          expect(from <= to).toBe(true);
          if (place > 0) expect(from).toBe(addDays(all[place - 1]![1], 1));
        }
      }),
    ));
});
