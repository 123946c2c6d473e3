import { isOfUnits, type NewExperiment } from './experiment.ts';
import { ALPHA } from './intervals.ts';
import {
  type BlockPlan,
  detectableByBlocks,
  detectableByUnits,
  requiredBlocks,
  requiredUnits,
  type UnitPlan,
} from './power.ts';
import { daysBetween } from './timeline.ts';

/** Whether a plan would probably show the lift that matters. */
export interface PowerCheck {
  /** What is counted: customers or visitors, regions, or pairs of blocks. */
  readonly of: 'units' | 'regions' | 'pairs';
  readonly expected: number;
  /** So many show the smallest lift that matters with the wished power; absent when no number would. */
  readonly required?: number;
  /** Smallest lift that the expected number shows, in basis points; absent when none. */
  readonly detectableBps?: number;
  readonly enough: boolean;
  readonly sentence: string;
}

const NAMES = { units: 'customers or visitors', regions: 'regions', pairs: 'pairs of blocks' } as const;

/** Judges a plan without flaws before it starts. */
export function checkPower(plan: NewExperiment): PowerCheck {
  const effect = plan.minimumEffectBps / 10_000;
  const { of, expected, required, detectable } = isOfUnits(plan) ? ofUnits(plan, effect) : ofBlocks(plan, effect);
  const enough = expected >= required;
  const detectableBps = Number.isFinite(detectable) ? Math.ceil(detectable * 10_000 - 1e-6) : undefined;
  return {
    of,
    expected,
    ...(Number.isFinite(required) && { required }),
    ...(detectableBps !== undefined && { detectableBps }),
    enough,
    sentence: sentenceOf(plan, { of, expected, required, detectableBps, enough }),
  };
}

function ofUnits(plan: NewExperiment, effect: number) {
  const { baseline, design } = plan;
  const holdoutBps = 'holdoutBps' in design ? design.holdoutBps : 5_000;
  const units: UnitPlan = {
    alpha: ALPHA,
    power: plan.powerBps / 10_000,
    baseline:
      plan.metric === 'conversion-rate'
        ? { rate: baseline.rateBps! / 10_000 }
        : { mean: baseline.meanCents!, sd: baseline.sdCents! },
    exposure: plan.exposureBps / 10_000,
    holdoutShare: holdoutBps / 10_000,
  };
  const expected = plan.expectedUnits!;
  return {
    of: 'units' as const,
    expected,
    required: requiredUnits(units, effect),
    detectable: detectableByUnits(units, expected),
  };
}

function ofBlocks(plan: NewExperiment, effect: number) {
  const { design, exposureBps } = plan;
  const exposure = exposureBps / 10_000;
  const blocks: BlockPlan['blocks'] =
    design.kind === 'geo-switch-off'
      ? { exposed: design.geos.length - design.holdoutGeos, holdout: design.holdoutGeos }
      : {
          pairs:
            daysBetween(plan.startsOn, plan.endsOn) / (2 * (design.kind === 'time-switch-off' ? design.blockDays : 1)),
        };
  const of: BlockPlan = {
    alpha: ALPHA,
    power: plan.powerBps / 10_000,
    relativeSd: plan.baseline.relativeSdBps! / 10_000,
    blocks,
  };
  return {
    of: 'pairs' in blocks ? ('pairs' as const) : ('regions' as const),
    expected: 'pairs' in blocks ? blocks.pairs : blocks.exposed + blocks.holdout,
    required: requiredBlocks(of, effect * exposure),
    detectable: detectableByBlocks(of) / exposure,
  };
}

function sentenceOf(
  plan: NewExperiment,
  {
    of,
    expected,
    required,
    detectableBps,
    enough,
  }: Pick<PowerCheck, 'of' | 'expected' | 'enough' | 'detectableBps'> & { required: number },
): string {
  const name = NAMES[of];
  const lift = percent(plan.minimumEffectBps);
  const chance = percent(plan.powerBps);
  const least =
    detectableBps === undefined
      ? `No lift could be shown with ${count(expected)}.`
      : `With ${count(expected)} the smallest lift shown with that chance is ${percent(detectableBps)}.`;
  if (enough)
    return `Enough: ${count(required)} ${name} show a lift of ${lift} with a chance of ${chance}, and ${count(expected)} are expected. ${least}`;
  const needed = Number.isFinite(required) ? `${count(required)} ${name} are needed` : `no number of ${name} would do`;
  return `Too few: to show a lift of ${lift} with a chance of ${chance} ${needed}, and ${count(expected)} are expected. ${least}`;
}

const percent = (bps: number) => `${Number((bps / 100).toFixed(2))} %`;
const count = (value: number) => value.toLocaleString('en-US');
