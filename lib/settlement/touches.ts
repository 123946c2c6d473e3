import { type Journey, journeyOf, type Touch } from '../attribution/journey.ts';
import type { AttributionPolicy } from '../attribution/policy.ts';
import { standingAt } from '../partners/enrolment.ts';
import type { Enrolment, Partner } from '../partners/partner.ts';
import type { Instant } from '../time.ts';
import { refusalReason } from '../tracking/click-id.ts';
import type { Conversion } from '../tracking/conversion.ts';

/** A partner in a program. */
export interface Standing {
  readonly partner: Partner;
  readonly enrolment: Enrolment;
}

/** Why nobody is credited for a conversion, as stored with it and told to whoever asks. */
export type WhyNobody =
  /** It is a trial of the integration. */
  | 'test'
  /** No click id was reported. */
  | 'no-click'
  /** The click id is not one that we signed for this program. */
  | ReturnType<typeof refusalReason>
  /** Every click is older than the policy looks back. */
  | 'outside-window'
  /** Every click came after the order. */
  | 'click-after-order'
  | 'partner-not-enrolled'
  | 'enrolment-paused'
  | 'enrolment-ended';

/** The touches that may be credited, or why there are none. */
export type Countable = { readonly journey: Journey; readonly why?: WhyNobody };

/**
 * The touches that may be credited: inside the policy's window, of a partner whose enrolment was active both when the customer clicked and
 * when the customer ordered. What became of the enrolment since changes nothing, so a later recomputation gives the same answer.
 */
export function countable(
  { occurredAt, clickIdRefused, test }: Pick<Conversion, 'occurredAt' | 'clickIdRefused' | 'test'>,
  touches: readonly Touch[],
  policy: AttributionPolicy,
  standings: ReadonlyMap<string, Standing>,
): Countable {
  if (test) return { journey: [], why: 'test' };
  if (touches.length === 0) return { journey: [], why: clickIdRefused ? refusalReason(clickIdRefused) : 'no-click' };
  const inWindow = journeyOf(touches, occurredAt, policy);
  if (inWindow.length === 0) {
    const why = touches.every(({ at }) => at > occurredAt) ? 'click-after-order' : 'outside-window';
    return { journey: [], why };
  }
  const reasons = inWindow.map((touch) => whyNot(touch, occurredAt, standings.get(touch.partnerId)));
  const journey = inWindow.filter((_, place) => reasons[place] === undefined);
  return journey.length > 0 ? { journey } : { journey, why: reasons.at(-1) ?? 'partner-not-enrolled' };
}

function whyNot({ at }: Touch, occurredAt: Instant, standing: Standing | undefined): WhyNobody | undefined {
  if (!standing) return 'partner-not-enrolled';
  for (const moment of [at, occurredAt]) {
    const { status } = standingAt(standing.enrolment, moment);
    if (status !== 'active') return `enrolment-${status}`;
  }
  return undefined;
}
