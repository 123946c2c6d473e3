import { addDays } from '../calendar.ts';
import { blockOf, daysOfPair } from './assignment.ts';
import { type Comparison, type Estimate, welchDf } from './compare.ts';
import { studentQuantile } from './distributions.ts';
import type { Arm, Experiment } from './experiment.ts';
import { ALPHA, ratioOfMeans } from './intervals.ts';
import type { Outcome } from './outcome.ts';
import { daysBetween, firstDay, lastDay } from './timeline.ts';

/** A comparison of blocks, how many it rests on and how many were left out for want of days. */
export interface BlockComparison {
  readonly comparison: Comparison | undefined;
  readonly blocks: Readonly<Record<Arm, number>>;
  readonly leftOut: readonly string[];
}

/** The metric over some days: of all units together, so that a day with many weighs more. */
function metricOf({ metric }: Experiment, days: readonly Outcome[]): number {
  const sum = (field: 'units' | 'conversions' | 'revenueCents') => days.reduce((total, day) => total + day[field], 0);
  return sum(metric === 'conversion-rate' ? 'conversions' : 'revenueCents') / sum('units');
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function covariance(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, value, place) => sum + (value - ma) * (b[place]! - mb), 0) / (a.length - 1);
}

/**
 * Difference in differences. Each region is one observation, its change from before to during: days within a region resemble each other,
 * and taking them for independent finds effects that are not there (M. Bertrand, E. Duflo, S. Mullainathan, Quarterly Journal of Economics
 * 119, 2004, who collapse time as is done here). The changes of the two arms are compared by Welch's t. What the exposed regions would have
 * been is what they were before plus the change of the holdout; the lift is over that, by Fieller's theorem.
 */
export function compareRegions(experiment: Experiment, outcomes: readonly Outcome[]): BlockComparison {
  const { design, startsOn } = experiment;
  if (design.kind !== 'geo-switch-off') throw new TypeError(`${design.kind} has no regions`);
  const days = daysBetween(firstDay(experiment), lastDay(experiment));
  const during = daysBetween(startsOn, lastDay(experiment));
  const whole: Record<Arm, { before: number[]; during: number[] }> = {
    exposed: { before: [], during: [] },
    holdout: { before: [], during: [] },
  };
  const leftOut: string[] = [];
  const byGeo = Map.groupBy(outcomes, ({ geo }) => geo);
  for (const geo of design.geos) {
    const told = byGeo.get(geo) ?? [];
    if (told.length < days || during < 1) leftOut.push(geo);
    else {
      const arm = whole[told[0]!.arm];
      arm.before.push(
        metricOf(
          experiment,
          told.filter(({ day }) => day! < startsOn),
        ),
      );
      arm.during.push(
        metricOf(
          experiment,
          told.filter(({ day }) => day! >= startsOn),
        ),
      );
    }
  }
  const blocks = { exposed: whole.exposed.during.length, holdout: whole.holdout.during.length };
  if (blocks.exposed < 2 || blocks.holdout < 2) return { comparison: undefined, blocks, leftOut };
  return { comparison: differenceInDifferences(whole), blocks, leftOut };
}

function differenceInDifferences(regions: Readonly<Record<Arm, { before: number[]; during: number[] }>>): Comparison {
  const { exposed: on, holdout: off } = regions;
  const change = ({ before, during }: typeof on) => during.map((value, place) => value - before[place]!);
  const estimate = (values: readonly number[]): Estimate => ({
    mean: mean(values),
    variance: covariance(values, values) / values.length,
    df: values.length - 1,
  });
  const [one, other] = [estimate(change(on)), estimate(change(off))];
  const t = studentQuantile(1 - ALPHA / 2, welchDf(one, other));
  const difference = one.mean - other.mean;
  const half = t * Math.sqrt(one.variance + other.variance);
  const exposed = mean(on.during);
  const holdout = mean(on.before) + other.mean;
  const n = on.during.length;
  const ratio = ratioOfMeans(
    { numerator: exposed, denominator: holdout },
    {
      numerator: covariance(on.during, on.during) / n,
      denominator: covariance(on.before, on.before) / n + other.variance,
      together: covariance(on.during, on.before) / n,
    },
    t,
  );
  return {
    exposed,
    holdout,
    difference,
    interval: { low: difference - half, high: difference + half },
    ...(holdout > 0 && { lift: exposed / holdout - 1 }),
    ...(ratio && { liftInterval: { low: ratio.low - 1, high: ratio.high - 1 } }),
    method: 'difference in differences of regions, Welch’s t interval; lift by Fieller’s theorem',
  };
}

/**
 * Neighbouring blocks of days, one on and one off, in an order that was drawn: a paired t interval over the pairs, so that seasons and
 * trends, which the two of a pair share, cancel. A pair that misses a day is left out.
 */
export function comparePairs(experiment: Experiment, outcomes: readonly Outcome[]): BlockComparison {
  const { design, startsOn } = experiment;
  if (design.kind !== 'time-switch-off') throw new TypeError(`${design.kind} has no pairs of blocks`);
  const byDay = new Map(outcomes.map((outcome) => [outcome.day, outcome]));
  const pairs = Math.floor(daysBetween(startsOn, experiment.endsOn) / (2 * design.blockDays));
  const on: number[] = [];
  const off: number[] = [];
  const leftOut: string[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const told = daysOfPair(experiment, pair).map((day) => byDay.get(day));
    if (told.some((day) => day === undefined)) {
      leftOut.push(`days from ${addDays(startsOn, pair * 2 * design.blockDays)}`);
      continue;
    }
    const of = (arm: Arm) => (told as Outcome[]).filter(({ day }) => blockOf(experiment, day!)?.arm === arm);
    on.push(metricOf(experiment, of('exposed')));
    off.push(metricOf(experiment, of('holdout')));
  }
  const blocks = { exposed: on.length, holdout: off.length };
  if (on.length < 2) return { comparison: undefined, blocks, leftOut };
  return { comparison: paired(on, off), blocks, leftOut };
}

function paired(on: readonly number[], off: readonly number[]): Comparison {
  const n = on.length;
  const [exposed, holdout] = [mean(on), mean(off)];
  const differences = on.map((value, place) => value - off[place]!);
  const t = studentQuantile(1 - ALPHA / 2, n - 1);
  const difference = exposed - holdout;
  const half = t * Math.sqrt(covariance(differences, differences) / n);
  const variances = {
    numerator: covariance(on, on) / n,
    denominator: covariance(off, off) / n,
    together: covariance(on, off) / n,
  };
  const ratio = ratioOfMeans({ numerator: exposed, denominator: holdout }, variances, t);
  return {
    exposed,
    holdout,
    difference,
    interval: { low: difference - half, high: difference + half },
    ...(holdout > 0 && { lift: exposed / holdout - 1 }),
    ...(ratio && { liftInterval: { low: ratio.low - 1, high: ratio.high - 1 } }),
    method: 'paired t interval over pairs of blocks; lift by Fieller’s theorem',
  };
}
