import { describe, expect, test } from 'vitest';
import { addDays } from '../../../lib/calendar.ts';
import { armOf } from '../../../lib/experiments/assignment.ts';
import { comparePairs, compareRegions } from '../../../lib/experiments/compare-blocks.ts';
import type { Experiment } from '../../../lib/experiments/experiment.ts';
import type { Outcome } from '../../../lib/experiments/outcome.ts';
import { resultOf } from '../../../lib/experiments/result.ts';
import { emptyTally } from '../../../lib/experiments/tally.ts';
import { phaseAt } from '../../../lib/experiments/timeline.ts';
import { experimentFor, regions, tallyFor, turns } from './given.ts';
import { normals, seeded } from './seeded.ts';

const geos = Array.from({ length: 12 }, (_, i) => `R${i}`);
const days = (from: string, count: number) => Array.from({ length: count }, (_, i) => addDays(from, i));
/** A day of 100,000 units at a conversion rate. */
const dayOf = (experiment: Experiment, day: string, rate: number, geo?: string): Outcome => {
  const arm = armOf(experiment, geo ?? day)!;
  const on = arm === 'exposed' || (geo !== undefined && day < experiment.startsOn);
  return {
    name: `${geo}#${day}`,
    arm,
    geo,
    day,
    units: 100_000,
    saw: on ? 30_000 : 0,
    conversions: Math.round(rate * 100_000),
    revenueCents: 0,
  };
};

describe('the verdict', () => {
  test.each([
    ['above zero', [10_000, 360, 7_000], [10_000, 300, 0], 'shown', 'Shown: partners’ links brought more'],
    ['below zero', [10_000, 250, 7_000], [10_000, 330, 0], 'shown-negative', 'Shown to hurt'],
    ['across zero', [10_000, 320, 7_000], [10_000, 300, 0], 'not-shown', 'Not shown: the interval spans zero'],
    ['nothing in the holdout', [10_000, 320, 7_000], [0, 0, 0], 'not-valid', 'too few outcomes'],
    ['both arms saw it', [10_000, 360, 7_000], [10_000, 300, 6_900], 'not-valid', 'both arms saw much the same'],
    ['nobody saw it', [10_000, 360, 0], [10_000, 300, 0], 'not-valid', 'nobody of the exposed arm'],
    ['units of one arm are missing', [10_000, 360, 7_000], [9_000, 300, 0], 'not-valid', 'units are missing'],
  ] as const)('%s', (_, exposed, holdout, verdict, words) => {
    const result = resultOf(experimentFor(), tallyFor(exposed, holdout), []);
    expect(result.verdict).toBe(verdict);
    expect(result.sentences[0]).toContain(words);
    expect(result.comparison === undefined).toBe(verdict === 'not-valid');
  });

  test('is told with figures, lift and what would not have come otherwise', () => {
    const { sentences, incremental } = resultOf(
      experimentFor(),
      tallyFor([10_000, 360, 7_000], [10_000, 300, 200]),
      [],
    );
    expect(sentences).toEqual([
      'Shown: partners’ links brought more than would have come without; the interval lies above zero.',
      'With partners’ links 3.6 % converted, without 3 % converted: a difference of +0.60 points (95 % interval +0.10 points to +1.10 points).',
      'That is a lift of +20.0 % (95 % interval +3.2 % to +39.5 %).',
      'About 60 conversions of the exposed arm (10 to 110) would not have come otherwise.',
      '2 % of the holdout met partners’ links all the same, which makes the difference look smaller than it is.',
    ]);
    expect(incremental?.estimate).toBeCloseTo(60, 6);
  });

  test('revenue is told in the program’s currency', () => {
    const { sentences } = resultOf(
      experimentFor({ metric: 'revenue-per-unit', baseline: { meanCents: 150, sdCents: 900 } }),
      tallyFor([10_000, 360, 7_000], [10_000, 300, 0]),
      [],
    );
    expect(sentences[1]).toContain('With partners’ links 1.80 EUR of revenue each, without 1.50 EUR of revenue each');
    expect(sentences[3]).toMatch(/About 3,000\.00 EUR of revenue/);
  });

  test('says when it was stopped early and when it is small', () => {
    const stopped = { at: '2026-05-10T08:00:00.000Z', reason: 'Checkout down', by: 'ada@shop.example' };
    const result = resultOf(
      experimentFor({}, { stopped, minimumSample: 50_000 }),
      tallyFor([10_000, 320, 7_000], [10_000, 300, 0]),
      [],
    );
    expect(result).toMatchObject({ stoppedEarly: true, underpowered: true });
    expect(result.sentences.slice(-2)).toEqual([
      'Stopped early, on 2026-05-10: Checkout down',
      'Small: it rests on 20,000 units where 50,000 were registered as the least, so that nothing was shown would not mean that there is nothing.',
    ]);
  });
});

describe('regions', () => {
  const experiment = experimentFor({
    design: regions(geos, 6),
    baseline: { relativeSdBps: 300 },
    endsOn: '2026-05-07',
  });
  const all = days('2026-04-24', 14);

  test('a shock that all regions share and levels that differ leave no trace', () => {
    const outcomes = geos.flatMap((geo, place) =>
      all.map((day) => {
        const level = 0.02 + place * 0.002;
        const shock = day >= '2026-05-01' ? 0.01 : 0;
        const effect = day >= '2026-05-01' && armOf(experiment, geo) === 'exposed' ? 0.004 : 0;
        return dayOf(experiment, day, level + shock + effect, geo);
      }),
    );
    const { comparison, blocks } = compareRegions(experiment, outcomes);
    expect(blocks).toEqual({ exposed: 6, holdout: 6 });
    expect(comparison!.difference).toBeCloseTo(0.004, 9);
    expect(comparison!.holdout).toBeCloseTo(comparison!.exposed - 0.004, 9);
    expect(resultOf(experiment, emptyTally(), outcomes).verdict).toBe('shown');
  });

  test('a region that misses a day is left out and named', () => {
    const outcomes = geos.flatMap((geo) => all.map((day) => dayOf(experiment, day, 0.03, geo))).slice(1);
    const result = resultOf(experiment, emptyTally(), outcomes);
    expect(result.sample.exposed + result.sample.holdout).toBe(11);
    expect(result.sentences.at(-1)).toBe('Left out, because days were not reported: R0.');
  });

  test('the interval covers what is true about 95 times in a hundred', () => {
    const normal = normals(seeded(3));
    let covered = 0;
    for (let i = 0; i < 800; i += 1) {
      const outcomes = geos.flatMap((geo) => {
        const [level, drift] = [0.05 + 0.01 * normal(), 0.004 * normal()];
        const effect = armOf(experiment, geo) === 'exposed' ? 0.005 : 0;
        return all.map((day) =>
          dayOf(experiment, day, level + (day >= '2026-05-01' ? drift + effect : 0) + 0.0005 * normal(), geo),
        );
      });
      const { low, high } = compareRegions(experiment, outcomes).comparison!.interval;
      if (low <= 0.005 && 0.005 <= high) covered += 1;
    }
    expect(covered / 800).toBeGreaterThan(0.93);
    expect(covered / 800).toBeLessThan(0.97);
  });
});

describe('times', () => {
  const experiment = experimentFor({ design: turns(3, 1), baseline: { relativeSdBps: 300 }, endsOn: '2026-06-05' });
  const all = days('2026-05-01', 36);

  test('a trend and the days after a change leave no trace', () => {
    const outcomes = all.map((day, place) => {
      const off = armOf(experiment, day) === 'holdout';
      return dayOf(
        experiment,
        day,
        0.02 + 0.004 * Math.floor(place / 6) + (off ? 0 : 0.003) + (place % 3 === 0 ? 0.5 : 0),
      );
    });
    const { comparison, blocks } = comparePairs(experiment, outcomes);
    expect(blocks.exposed).toBe(6);
    expect(comparison!.difference).toBeCloseTo(0.003, 9);
    expect(comparison!.interval.high - comparison!.interval.low).toBeLessThan(1e-9);
  });

  test('a pair that misses a day is left out', () => {
    const outcomes = all.slice(0, -1).map((day) => dayOf(experiment, day, 0.03));
    expect(comparePairs(experiment, outcomes)).toMatchObject({
      blocks: { exposed: 5, holdout: 5 },
      leftOut: ['days from 2026-05-31'],
    });
  });

  test('the interval covers what is true about 95 times in a hundred', () => {
    const normal = normals(seeded(5));
    let covered = 0;
    for (let i = 0; i < 800; i += 1) {
      const outcomes = all.map((day) =>
        dayOf(experiment, day, 0.05 + (armOf(experiment, day) === 'holdout' ? 0 : 0.002) + 0.004 * normal()),
      );
      const { low, high } = comparePairs(experiment, outcomes).comparison!.interval;
      if (low <= 0.002 && 0.002 <= high) covered += 1;
    }
    expect(covered / 800).toBeGreaterThan(0.93);
    expect(covered / 800).toBeLessThan(0.97);
  });
});

test.each([
  ['2026-04-30T23:59:59.999Z', {}, 'registered'],
  ['2026-05-01T00:00:00.000Z', {}, 'running'],
  ['2026-05-29T00:00:00.000Z', {}, 'reporting'],
  ['2026-06-05T00:00:00.000Z', {}, 'closed'],
  ['2026-05-10T00:00:00.000Z', { at: '2026-05-09T00:00:00.000Z' }, 'reporting'],
  ['2026-05-16T00:00:00.000Z', { at: '2026-05-09T00:00:00.000Z' }, 'closed'],
  ['2026-05-16T00:00:00.000Z', { at: '2026-04-09T00:00:00.000Z' }, 'called-off'],
])('at %s, stopped %o, it is %s', (at, stopped, phase) => {
  const experiment = experimentFor({}, 'at' in stopped ? { stopped: { at: stopped.at!, reason: 'x', by: 'y' } } : {});
  expect(phaseAt(experiment, at)).toBe(phase);
});
