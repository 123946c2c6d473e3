import { format } from '../money.ts';
import { blockOf } from './assignment.ts';
import { type Comparison, compareRates, compareRevenue } from './compare.ts';
import { type BlockComparison, comparePairs, compareRegions } from './compare-blocks.ts';
import { type Experiment, isOfUnits } from './experiment.ts';
import type { Interval } from './intervals.ts';
import type { Outcome } from './outcome.ts';
import { wordsOf } from './rules.ts';
import { type ArmTally, type Tally, tallyOf } from './tally.ts';
import { endedAt } from './timeline.ts';

/** `shown` and `shown-negative`: the interval lies above or below zero. `not-valid`: what happened was not what was planned. */
export type Verdict = 'shown' | 'shown-negative' | 'not-shown' | 'not-valid';

export interface Result {
  readonly verdict: Verdict;
  readonly comparison?: Comparison;
  /** Conversions, or minor units of revenue, that the exposed units brought beyond what they would have brought anyway. */
  readonly incremental?: { readonly estimate: number; readonly interval: Interval };
  readonly sample: { readonly of: 'units' | 'regions' | 'pairs'; readonly exposed: number; readonly holdout: number };
  readonly stoppedEarly: boolean;
  readonly underpowered: boolean;
  readonly sentences: readonly string[];
}

/** What an experiment showed, once its outcomes are complete. `outcomes` are wanted for blocks only. */
export function resultOf(experiment: Experiment, tally: Tally, outcomes: readonly Outcome[]): Result {
  const { comparison, sample, leftOut } = compared(experiment, tally, outcomes);
  const total = sample.of === 'pairs' ? sample.exposed : sample.exposed + sample.holdout;
  const underpowered = total < experiment.minimumSample;
  const met = isOfUnits(experiment) ? tally : tallyOf(outcomes.filter(({ day }) => counts(experiment, day!)));
  const invalid = whyNotValid(experiment, met, comparison);
  const verdict = invalid.length > 0 || !comparison ? 'not-valid' : verdictOf(comparison.interval);
  const incremental =
    comparison && verdict !== 'not-valid' && isOfUnits(experiment)
      ? incrementalOf(comparison, sample.exposed)
      : undefined;
  const sentences = [
    ...invalid,
    ...(comparison && verdict !== 'not-valid' ? outcomeSentences(experiment, comparison, verdict) : []),
    ...(incremental && verdict === 'shown' ? [incrementalSentence(experiment, incremental)] : []),
    ...caveats(experiment, met, { total, underpowered, of: sample.of, leftOut }),
  ];
  return {
    verdict,
    ...(comparison && verdict !== 'not-valid' && { comparison }),
    ...(incremental && { incremental }),
    sample,
    stoppedEarly: experiment.stopped !== undefined,
    underpowered,
    sentences,
  };
}

interface Compared {
  readonly comparison: Comparison | undefined;
  readonly sample: Result['sample'];
  readonly leftOut: readonly string[];
}

function compared(experiment: Experiment, tally: Tally, outcomes: readonly Outcome[]): Compared {
  const ofBlocks = (of: 'regions' | 'pairs', { comparison, blocks, leftOut }: BlockComparison): Compared => ({
    comparison,
    sample: { of, ...blocks },
    leftOut,
  });
  if (experiment.design.kind === 'geo-switch-off') return ofBlocks('regions', compareRegions(experiment, outcomes));
  if (experiment.design.kind === 'time-switch-off') return ofBlocks('pairs', comparePairs(experiment, outcomes));
  const compare = experiment.metric === 'conversion-rate' ? compareRates : compareRevenue;
  const sample = { of: 'units' as const, exposed: Number(tally.exposed.units), holdout: Number(tally.holdout.units) };
  return { comparison: compare(tally), sample, leftOut: [] };
}

const verdictOf = ({ low, high }: Interval): Verdict => {
  if (low > 0) return 'shown';
  return high < 0 ? 'shown-negative' : 'not-shown';
};

/** Standard errors off the planned split past which it cannot be chance: one in a thousand (two-sided). */
const SPLIT_LIMIT = 3.290527;
/** A holdout that met the surface at least half as often as the exposed arm held nothing out. */
const SAME_SHARE = 0.5;

/** Whether a day is one on which the arms were to see different things. */
const counts = (experiment: Experiment, day: string): boolean =>
  day >= experiment.startsOn && blockOf(experiment, day)?.washout !== true;

/** What spoils an experiment whatever its figures say. `met` sums the units of the days on which the arms were to differ. */
function whyNotValid(experiment: Experiment, met: Tally, comparison: Comparison | undefined): string[] {
  const surface = wordsOf(experiment.design.surface);
  if (!comparison) return ['Not valid: there are too few outcomes in one of the arms to compare anything.'];
  const [exposed, holdout] = [sawShare(met.exposed), sawShare(met.holdout)];
  if (exposed === 0) return [`Not valid: nobody of the exposed arm met ${surface}, so both arms saw the same.`];
  if (holdout >= SAME_SHARE * exposed) {
    const shares = `${percent(holdout)} of the holdout met ${surface}, against ${percent(exposed)} of the exposed arm`;
    return [`Not valid: ${shares}; both arms saw much the same, so their difference says nothing.`];
  }
  const { design } = experiment;
  if (!('holdoutBps' in design)) return [];
  const share = design.holdoutBps / 10_000;
  const n = Number(met.exposed.units + met.holdout.units);
  const off = Math.abs(Number(met.holdout.units) - n * share) / Math.sqrt(n * share * (1 - share));
  if (off <= SPLIT_LIMIT) return [];
  const found = percent(Number(met.holdout.units) / n);
  return [
    `Not valid: ${found} of the units told of are in the holdout where ${percent(share)} were planned; that is no chance, so units are missing from one arm more than from the other.`,
  ];
}

const sawShare = ({ saw, units }: ArmTally) => (units > 0n ? Number(saw) / Number(units) : 0);

function outcomeSentences(experiment: Experiment, comparison: Comparison, verdict: Verdict): string[] {
  const { exposed, holdout, difference, interval, lift, liftInterval } = comparison;
  const show = shownBy(experiment);
  const surface = wordsOf(experiment.design.surface);
  const range = `${show.difference(interval.low)} to ${show.difference(interval.high)}`;
  const figures = `With ${surface} ${show.value(exposed)}, without ${show.value(holdout)}: a difference of ${show.difference(difference)} (95 % interval ${range}).`;
  const relative =
    lift === undefined
      ? []
      : [
          liftInterval
            ? `That is a lift of ${signed(lift)} (95 % interval ${signed(liftInterval.low)} to ${signed(liftInterval.high)}).`
            : `That is a lift of ${signed(lift)}; no interval can be given for it, since the holdout may be nothing.`,
        ];
  const heads: Readonly<Record<Verdict, string>> = {
    shown: `Shown: ${surface} brought more than would have come without; the interval lies above zero.`,
    'shown-negative': `Shown to hurt: less came with ${surface} than without; the interval lies below zero.`,
    'not-shown': `Not shown: the interval spans zero, so what was seen may be chance.`,
    'not-valid': '',
  };
  return [heads[verdict], figures, ...relative];
}

function incrementalOf({ difference, interval }: Comparison, units: number): NonNullable<Result['incremental']> {
  return { estimate: difference * units, interval: { low: interval.low * units, high: interval.high * units } };
}

function incrementalSentence(
  { metric, currency }: Experiment,
  { estimate, interval }: NonNullable<Result['incremental']>,
): string {
  const of = (value: number) =>
    metric === 'conversion-rate' ? count(Math.round(value)) : format(Math.round(value), currency);
  const what = metric === 'conversion-rate' ? 'conversions' : 'of revenue';
  return `About ${of(estimate)} ${what} of the exposed arm (${of(interval.low)} to ${of(interval.high)}) would not have come otherwise.`;
}

function caveats(
  experiment: Experiment,
  met: Tally,
  {
    total,
    underpowered,
    of,
    leftOut,
  }: { total: number; underpowered: boolean; of: Result['sample']['of']; leftOut: readonly string[] },
): string[] {
  const said: string[] = [];
  const { stopped, design } = experiment;
  if (stopped) said.push(`Stopped early, on ${endedAt(experiment).slice(0, 10)}: ${stopped.reason}`);
  if (underpowered)
    said.push(
      `Small: it rests on ${count(total)} ${of} where ${count(experiment.minimumSample)} were registered as the least, so that nothing was shown would not mean that there is nothing.`,
    );
  const leaked = sawShare(met.holdout);
  if (leaked > 0)
    said.push(
      `${percent(leaked)} of the holdout met ${wordsOf(design.surface)} all the same, which makes the difference look smaller than it is.`,
    );
  if (leftOut.length > 0) {
    const more = leftOut.length > 5 ? ` and ${leftOut.length - 5} more` : '';
    said.push(`Left out, because days were not reported: ${leftOut.slice(0, 5).join(', ')}${more}.`);
  }
  return said;
}

function shownBy({ metric, currency }: Experiment) {
  if (metric === 'conversion-rate')
    return {
      value: (rate: number) => `${percent(rate)} converted`,
      difference: (rate: number) => `${sign(rate)}${Math.abs(rate * 100).toFixed(2)} points`,
    };
  return {
    value: (cents: number) => `${format(Math.round(cents), currency)} of revenue each`,
    difference: (cents: number) => `${sign(cents)}${format(Math.round(Math.abs(cents)), currency)}`,
  };
}

const sign = (value: number) => (value < 0 ? '−' : '+');
const signed = (value: number) => `${sign(value)}${Math.abs(value * 100).toFixed(1)} %`;
const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
const count = (value: number) => value.toLocaleString('en-US');
