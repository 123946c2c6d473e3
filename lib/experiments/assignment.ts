import { createHmac } from 'node:crypto';
import { addDays, type Day } from '../calendar.ts';
import type { Arm, Experiment } from './experiment.ts';
import { daysBetween } from './timeline.ts';

type Assigned = Pick<Experiment, 'experimentId' | 'design' | 'startsOn' | 'endsOn'>;

/** 48 bits of HMAC-SHA-256: keyed by the experiment, so that arms of two experiments have nothing to do with each other. */
const draw = (experimentId: string, unit: string): number =>
  createHmac('sha256', experimentId).update(unit).digest().readUIntBE(0, 6);
const DRAWS = 2 ** 48;

/**
 * The arm of a unit: a pure function of the experiment's id and the unit, so that any server may ask, at any time, and nothing is stored.
 * `unit` is a customer's or visitor's hash, a region, or a day, as the design wants; `undefined` when it has no part in the experiment.
 */
export function armOf(experiment: Assigned, unit: string): Arm | undefined {
  const { experimentId, design } = experiment;
  switch (design.kind) {
    case 'unit-holdout':
    case 'stand-down':
      return draw(experimentId, unit) * 10_000 < design.holdoutBps * DRAWS ? 'holdout' : 'exposed';
    case 'geo-switch-off':
      if (!design.geos.includes(unit)) return undefined;
      return holdoutGeos(experimentId, design.geos, design.holdoutGeos).has(unit) ? 'holdout' : 'exposed';
    case 'time-switch-off':
      return blockOf(experiment, unit)?.arm;
  }
}

/** Drawn before, by the list itself: a thousand outcomes of one request ask for the same. */
const drawn = new WeakMap<readonly string[], { readonly experimentId: string; readonly off: ReadonlySet<string> }>();

/** The regions drawn for the holdout: those with the lowest draws, so exactly so many of them. */
function holdoutGeos(experimentId: string, geos: readonly string[], count: number): ReadonlySet<string> {
  const known = drawn.get(geos);
  if (known?.experimentId === experimentId && known.off.size === count) return known.off;
  const draws = geos.map((geo) => ({ geo, at: draw(experimentId, geo) }));
  draws.sort((a, b) => a.at - b.at || (a.geo < b.geo ? -1 : 1));
  const off = new Set(draws.slice(0, count).map(({ geo }) => geo));
  drawn.set(geos, { experimentId, off });
  return off;
}

/** Where a day stands in an experiment that is switched on and off in turns. */
export interface Block {
  readonly pair: number;
  readonly arm: Arm;
  /** It may still feel the block before, so it is not counted. */
  readonly washout: boolean;
}

/** The block of a day; `undefined` outside the experiment. Of each two neighbouring blocks one is off: which, is drawn. */
export function blockOf({ experimentId, design, startsOn, endsOn }: Assigned, day: Day): Block | undefined {
  if (design.kind !== 'time-switch-off' || day < startsOn || day > endsOn) return undefined;
  const place = daysBetween(startsOn, day) - 1;
  const block = Math.floor(place / design.blockDays);
  const pair = Math.floor(block / 2);
  const firstIsOff = draw(experimentId, `pair ${pair}`) < DRAWS / 2;
  const arm = (block % 2 === 0) === firstIsOff ? 'holdout' : 'exposed';
  return { pair, arm, washout: place % design.blockDays < design.washoutDays };
}

/** Days of a pair of blocks that count, in order. */
export function daysOfPair(experiment: Assigned, pair: number): Day[] {
  const { design, startsOn } = experiment;
  if (design.kind !== 'time-switch-off') return [];
  const first = addDays(startsOn, pair * 2 * design.blockDays);
  const days = Array.from({ length: 2 * design.blockDays }, (_, place) => addDays(first, place));
  return days.filter((day) => blockOf(experiment, day)?.washout === false);
}
