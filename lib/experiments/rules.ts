import type { FieldProblem } from '../errors.ts';
import { type ArmSees, isOfUnits, type NewExperiment, SURFACES, type Surface } from './experiment.ts';
import { daysBetween } from './timeline.ts';

/** Regions of an arm below which a t interval says little, and pairs of blocks likewise. */
const FEWEST_REGIONS = 3;
const FEWEST_PAIRS = 3;
const LONGEST_DAYS = 366;
/** Days times regions: what one result reads. */
const MOST_BLOCKS = 20_000;

const WORDS: Readonly<Record<Surface, string>> = {
  couponBox: 'the coupon box',
  links: 'partners’ links',
  extension: 'browser extensions',
};
/** What is tested, in words. */
export const wordsOf = (surface: Surface): string => WORDS[surface];

export interface Flaw {
  /** Code of the refusal. */
  readonly code: 'arms-see-the-same' | 'arms-differ-otherwise' | 'plan-incomplete';
  readonly problem: FieldProblem;
}

/** Why a plan can show nothing, each with what would be right; none for a sound plan. */
export function flawsOf(plan: NewExperiment): Flaw[] {
  return [...flawsOfArms(plan), ...[...flawsOfDesign(plan), ...flawsOfBaseline(plan)].map(incomplete)];
}

const incomplete = (problem: FieldProblem): Flaw => ({ code: 'plan-incomplete', problem });

/**
 * Arms must differ in what customers meet, and in the tested surface only. Holding back credit alone changes nothing for anybody, so the
 * two arms buy the same: such a test measures zero whatever partners are worth, and passes for a measurement.
 */
function flawsOfArms({ arms, design }: NewExperiment): Flaw[] {
  const { surface } = design;
  const [exposed, holdout] = [arms.exposed.sees, arms.holdout.sees];
  const differ = SURFACES.filter((one) => exposed[one] !== holdout[one]);
  const holdoutField = `arms.holdout.sees.${surface}`;
  if (differ.length === 0) {
    const creditOnly =
      arms.exposed.credit === arms.holdout.credit
        ? ''
        : ' Withholding credit is seen by no customer and makes no difference between the arms.';
    const message = `must be off where arms.exposed has it on: both arms see the same, so there is nothing to compare.${creditOnly}`;
    return [{ code: 'arms-see-the-same', problem: { field: holdoutField, message } }];
  }
  const others = differ.filter((one) => one !== surface);
  if (others.length > 0) {
    const message = `must be alike in both arms: the design is about ${WORDS[surface]}, and a second difference could not be told from it`;
    return others.map((one) => ({
      code: 'arms-differ-otherwise' as const,
      problem: { field: `arms.holdout.sees.${one}`, message },
    }));
  }
  return wrongWay(exposed, surface)
    ? [incomplete({ field: holdoutField, message: `must be off: the holdout is the arm without ${WORDS[surface]}` })]
    : [];
}

const wrongWay = (exposed: ArmSees, surface: Surface) => exposed[surface] !== 'on';

function flawsOfDesign(plan: NewExperiment): FieldProblem[] {
  const { design, startsOn, endsOn } = plan;
  if (endsOn < startsOn) return [{ field: 'endsOn', message: 'must not be before startsOn' }];
  const days = daysBetween(startsOn, endsOn);
  if (days > LONGEST_DAYS) return [{ field: 'endsOn', message: `must be at most ${LONGEST_DAYS} days from startsOn` }];
  if (design.kind === 'geo-switch-off') return flawsOfRegions(design, days);
  if (design.kind === 'time-switch-off') return flawsOfTurns(design, days);
  return plan.expectedUnits === undefined
    ? [{ field: 'expectedUnits', message: 'is required: how many customers or visitors will there be until the end?' }]
    : [];
}

function flawsOfRegions(
  { geos, holdoutGeos, beforeDays }: Extract<NewExperiment['design'], { kind: 'geo-switch-off' }>,
  days: number,
): FieldProblem[] {
  if (new Set(geos).size !== geos.length) return [{ field: 'design.geos', message: 'must name each region once' }];
  if (holdoutGeos < FEWEST_REGIONS || geos.length - holdoutGeos < FEWEST_REGIONS) {
    const message = `must leave at least ${FEWEST_REGIONS} regions in each arm: with fewer no effect could be told from chance`;
    return [{ field: 'design.holdoutGeos', message }];
  }
  return geos.length * (days + beforeDays) > MOST_BLOCKS
    ? [{ field: 'design.geos', message: `times the days must be at most ${MOST_BLOCKS}; name larger regions` }]
    : [];
}

function flawsOfTurns(
  { blockDays, washoutDays }: Extract<NewExperiment['design'], { kind: 'time-switch-off' }>,
  days: number,
): FieldProblem[] {
  if (washoutDays >= blockDays) return [{ field: 'design.washoutDays', message: 'must be fewer than blockDays' }];
  const pair = 2 * blockDays;
  if (days % pair === 0 && days / pair >= FEWEST_PAIRS) return [];
  const message = `must make the experiment a multiple of ${pair} days (a block on and a block off), at least ${FEWEST_PAIRS * pair}; it has ${days}`;
  return [{ field: 'endsOn', message }];
}

/** The figures that the power check needs, and no others: one that is not used would only look as if it were. */
function flawsOfBaseline(plan: NewExperiment): FieldProblem[] {
  const needed = !isOfUnits(plan)
    ? (['relativeSdBps'] as const)
    : plan.metric === 'conversion-rate'
      ? (['rateBps'] as const)
      : (['meanCents', 'sdCents'] as const);
  const names = ['rateBps', 'meanCents', 'sdCents', 'relativeSdBps'] as const;
  return names.flatMap((name) => {
    const [wanted, given] = [(needed as readonly string[]).includes(name), plan.baseline[name]];
    if (wanted && !given)
      return [{ field: `baseline.${name}`, message: `is required for this design and metric, above 0` }];
    return !wanted && given !== undefined
      ? [
          {
            field: `baseline.${name}`,
            message: `must be left out: this design and metric need ${needed.join(' and ')}`,
          },
        ]
      : [];
  });
}
