import { allocate, WHOLE_BPS } from '../money.ts';
import type { Credit, Journey } from './journey.ts';
import { firstTouch } from './models/first-touch.ts';
import { lastTouch } from './models/last-touch.ts';
import { linear } from './models/linear.ts';
import { positionBased } from './models/position-based.ts';
import { timeDecay } from './models/time-decay.ts';
import type { AttributionPolicy } from './policy.ts';

/** What each touch of a journey weighs under a policy's model, as integers in one proportion; not all 0 unless there are none. */
export function weigh(journey: Journey, policy: AttributionPolicy): number[] {
  switch (policy.model) {
    case 'last-touch':
      return lastTouch(journey);
    case 'first-touch':
      return firstTouch(journey);
    case 'linear':
      return linear(journey);
    case 'position-based':
      return positionBased(journey, policy.weightsBps);
    case 'time-decay':
      return timeDecay(journey, policy.halfLifeHours);
  }
}

/** Touches that share a part of a conversion: weights beside the touches of the journey, and the basis points they divide. */
export interface Pot {
  readonly weights: readonly number[];
  readonly bps: number;
}

/**
 * Who gets how much of a conversion by the model alone. A partner's touches add up; the shares are basis points that sum to exactly 10,000,
 * with leftover points going to the largest remainders and then to whoever came first. Partners whose share is 0 are left out, and
 * an empty journey credits nobody.
 *
 * A credit names the touch that weighed most, the later one among equals, so that a partner can look it up.
 */
export function credit(journey: Journey, policy: AttributionPolicy): Credit[] {
  return journey.length === 0 ? [] : shareOut(journey, [{ weights: weigh(journey, policy), bps: WHOLE_BPS }]);
}

/** Credits from pots whose basis points sum to 10,000: each is divided by itself, so each is given out exactly. */
export function shareOut(journey: Journey, pots: readonly Pot[]): Credit[] {
  const shares = new Map<string, { bps: number; deciding: number; decidingBps: number }>();
  for (const { weights, bps } of pots) {
    const partners = new Map<string, { weight: number; deciding: number }>();
    journey.forEach(({ partnerId }, index) => {
      const known = partners.get(partnerId);
      if (!known) partners.set(partnerId, { weight: weights[index]!, deciding: index });
      else {
        known.weight += weights[index]!;
        if (weights[index]! >= weights[known.deciding]!) known.deciding = index;
      }
    });
    const given = allocate(
      bps,
      [...partners.values()].map(({ weight }) => weight),
    );
    [...partners].forEach(([partnerId, { deciding }], index) => {
      const share = shares.get(partnerId) ?? { bps: 0, deciding, decidingBps: 0 };
      if (given[index]! >= share.decidingBps) Object.assign(share, { deciding, decidingBps: given[index]! });
      share.bps += given[index]!;
      shares.set(partnerId, share);
    });
  }
  return [...shares].flatMap(([partnerId, { bps, deciding }]) =>
    bps === 0 ? [] : [creditFor(journey, deciding, partnerId, bps)],
  );
}

/** A credit for the touch at a place of the journey. */
export function creditFor(journey: Journey, place: number, partnerId: string, creditBps: number): Credit {
  const { at, kind } = journey[place]!;
  return {
    partnerId,
    creditBps,
    position: place + 1,
    touches: journey.length,
    touchAt: at,
    ...(kind !== 'click' && { kind }),
  };
}
