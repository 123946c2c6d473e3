import { describe, expect, test } from 'vitest';
import { armOf, blockOf, daysOfPair } from '../../../lib/experiments/assignment.ts';
import type { Design } from '../../../lib/experiments/experiment.ts';

const experiment = (experimentId: string, design: Design) => ({
  experimentId,
  design,
  startsOn: '2026-05-01',
  endsOn: '2026-06-25',
});
const holdout = (bps: number): Design => ({ kind: 'unit-holdout', surface: 'links', holdoutBps: bps });
const units = Array.from({ length: 20_000 }, (_, i) => `customer-${i}`);

describe('the arm of a unit', () => {
  test('never changes', () => {
    const one = experiment('exp_0000000000000001', holdout(5_000));
    const known = 'customer-1 customer-2 customer-3 customer-4 customer-5 customer-6'
      .split(' ')
      .map((unit) => armOf(one, unit));
    // Written down once: another answer would move customers between arms of experiments that run.
    expect(known).toMatchInlineSnapshot(`
      [
        "exposed",
        "holdout",
        "holdout",
        "holdout",
        "exposed",
        "exposed",
      ]
    `);
  });

  test.each([100, 2_500, 5_000, 9_000])('is the holdout for the planned part: %d of 10,000', (bps) => {
    const one = experiment('exp_0000000000000001', holdout(bps));
    const held = units.filter((unit) => armOf(one, unit) === 'holdout').length;
    const share = bps / 10_000;
    expect(Math.abs(held - share * units.length)).toBeLessThan(4 * Math.sqrt(units.length * share * (1 - share)));
  });

  test('is uniform: twenty equal slices of the units have like shares', () => {
    const one = experiment('exp_0000000000000002', holdout(5_000));
    const slices = Array.from(
      { length: 20 },
      (_, slice) => units.filter((unit, i) => i % 20 === slice && armOf(one, unit) === 'holdout').length,
    );
    const chiSquare = slices.reduce((sum, n) => sum + (n - 500) ** 2 / 250, 0);
    // 20 degrees of freedom: 45.3 is passed once in a thousand times.
    expect(chiSquare).toBeLessThan(45.3);
  });

  test('has nothing to do with its arm in another experiment', () => {
    const [a, b] = [
      experiment('exp_0000000000000001', holdout(5_000)),
      experiment('exp_0000000000000002', holdout(5_000)),
    ];
    const both = units.filter((unit) => armOf(a, unit) === 'holdout' && armOf(b, unit) === 'holdout').length;
    expect(Math.abs(both - 5_000)).toBeLessThan(4 * Math.sqrt(units.length * 0.25 * 0.75));
  });

  test('grows with the holdout, so that a larger one contains a smaller one', () => {
    const [small, large] = [experiment('exp_1', holdout(1_000)), experiment('exp_1', holdout(3_000))];
    expect(
      units.filter((unit) => armOf(small, unit) === 'holdout').every((unit) => armOf(large, unit) === 'holdout'),
    ).toBe(true);
  });
});

test('regions: exactly as many are off as planned, whatever the order of the list', () => {
  const geos = Array.from({ length: 16 }, (_, i) => `R${i}`);
  const of = (list: string[]) =>
    experiment('exp_3', { kind: 'geo-switch-off', surface: 'links', geos: list, holdoutGeos: 6, beforeDays: 28 });
  const off = geos.filter((geo) => armOf(of(geos), geo) === 'holdout');
  expect(off).toHaveLength(6);
  expect(geos.filter((geo) => armOf(of([...geos].reverse()), geo) === 'holdout')).toEqual(off);
  expect(armOf(of(geos), 'R99')).toBeUndefined();
});

describe('times', () => {
  const turns = (experimentId: string) =>
    experiment(experimentId, { kind: 'time-switch-off', surface: 'links', blockDays: 7, washoutDays: 2 });

  test('of each two neighbouring blocks one is off, and which is drawn', () => {
    const firsts = Array.from({ length: 400 }, (_, i) => {
      const one = turns(`exp_${i}`);
      const [first, second] = [blockOf(one, '2026-05-01')!, blockOf(one, '2026-05-08')!];
      expect([first.pair, second.pair]).toEqual([0, 0]);
      expect(first.arm).not.toBe(second.arm);
      return first.arm;
    });
    const off = firsts.filter((arm) => arm === 'holdout').length;
    expect(Math.abs(off - 200)).toBeLessThan(40);
  });

  test('the days after a change are not counted', () => {
    expect(
      ['2026-05-01', '2026-05-02', '2026-05-03', '2026-05-08'].map((day) => blockOf(turns('exp_1'), day)!.washout),
    ).toEqual([true, true, false, true]);
    expect(daysOfPair(turns('exp_1'), 1)).toHaveLength(10);
    expect(daysOfPair(turns('exp_1'), 1)[0]).toBe('2026-05-17');
  });

  test('a day outside has no arm', () => {
    for (const day of ['2026-04-30', '2026-06-26']) expect(armOf(turns('exp_1'), day)).toBeUndefined();
  });
});
