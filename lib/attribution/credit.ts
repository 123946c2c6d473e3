import { allocate, WHOLE_BPS } from '../money.ts';
import type { Credit, Journey } from './journey.ts';
import { lastTouch } from './models/last-touch.ts';
import { positionBased } from './models/position-based.ts';
import type { AttributionPolicy } from './policy.ts';

function weigh(journey: Journey, policy: AttributionPolicy): number[] {
  switch (policy.model) {
    case 'last-touch':
      return lastTouch(journey);
    case 'position-based':
      return positionBased(journey, policy.weightsBps);
  }
}

/**
 * Who gets how much of a conversion. A partner's touches add up; the shares are basis points that sum to exactly 10,000, with
 * leftover points going to the largest remainders and then to whoever came first. Partners whose share is 0 are left out, and
 * an empty journey credits nobody.
 *
 * A credit names the touch that weighed most, the later one among equals, so that a partner can look it up.
 */
export function credit(journey: Journey, policy: AttributionPolicy): Credit[] {
  if (journey.length === 0) return [];
  const weights = weigh(journey, policy);
  const shares = new Map<string, { weight: number; deciding: number }>();
  journey.forEach(({ partnerId }, index) => {
    const share = shares.get(partnerId);
    if (!share) {
      shares.set(partnerId, { weight: weights[index]!, deciding: index });
      return;
    }
    share.weight += weights[index]!;
    if (weights[index]! >= weights[share.deciding]!) share.deciding = index;
  });
  const entries = [...shares];
  const bps = allocate(
    WHOLE_BPS,
    entries.map(([, { weight }]) => weight),
  );
  return entries.flatMap(([partnerId, { deciding }], index) =>
    bps[index] === 0
      ? []
      : [
          {
            partnerId,
            creditBps: bps[index]!,
            position: deciding + 1,
            touches: journey.length,
            touchAt: journey[deciding]!.at,
          },
        ],
  );
}
