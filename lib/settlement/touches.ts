import type { Because } from '../attribution/because.ts';
import { admitCodes } from '../attribution/codes.ts';
import { type Journey, journeyOf, type Touch } from '../attribution/journey.ts';
import { type AttributionPolicy, lookbackDaysFor } from '../attribution/policy.ts';
import { standingAt } from '../partners/enrolment.ts';
import type { Enrolment, Partner } from '../partners/partner.ts';
import type { Instant } from '../time.ts';
import { refusalReason } from '../tracking/click-id.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { repeatedTouches, type UncreditedReason, whyUncredited } from './verdicts.ts';

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
  /** No click, and no partner's code: the codes that were used were never registered, or were nobody's at the time of the order. */
  | 'code-unknown'
  | 'code-expired'
  /** Every click is older than the policy looks back. */
  | 'outside-window'
  /** Every click came after the order. */
  | 'click-after-order'
  /** There is only a coupon code, and the policy asks for a click of its owner. */
  | 'code-without-click'
  /** The click was no shopper's, or the program took none like it. */
  | UncreditedReason
  | 'partner-not-enrolled'
  | 'enrolment-paused'
  | 'enrolment-ended';

/** The touches that may be credited, or why there are none, and which rules left touches out. */
export interface Countable {
  readonly journey: Journey;
  readonly why?: WhyNobody;
  readonly because: readonly Because[];
}

/**
 * The touches that may be credited: inside the policy's window for the partner's type, of a partner whose enrolment was active both when
 * the customer clicked and when the customer ordered, and no coupon code that the policy lets count for nothing. What became of the
 * enrolment since changes nothing, so a later recomputation gives the same answer.
 *
 * @param codesRefused why the order's coupon codes are no touches.
 */
export function countable(
  { occurredAt, clickIdRefused, test }: Pick<Conversion, 'occurredAt' | 'clickIdRefused' | 'test'>,
  touches: readonly Touch[],
  policy: AttributionPolicy,
  standings: ReadonlyMap<string, Standing>,
  codesRefused?: 'code-unknown' | 'code-expired',
): Countable {
  const nobody = (why: WhyNobody, because: readonly Because[] = []): Countable => ({ journey: [], why, because });
  if (test) return nobody('test');
  if (touches.length === 0)
    return nobody(clickIdRefused ? refusalReason(clickIdRefused) : (codesRefused ?? 'no-click'));
  const inWindow = journeyOf(touches, occurredAt, policy, ({ partnerId }) =>
    lookbackDaysFor(policy, standings.get(partnerId)?.partner.type),
  );
  if (inWindow.length === 0) {
    return nobody(touches.every(({ at }) => at > occurredAt) ? 'click-after-order' : 'outside-window');
  }
  const repeated = repeatedTouches(inWindow);
  const reasons = inWindow.map(
    (touch) =>
      whyUncredited(touch, repeated.has(touch.touchId)) ?? whyNot(touch, occurredAt, standings.get(touch.partnerId)),
  );
  const enrolled = inWindow.filter((_, place) => reasons[place] === undefined);
  if (enrolled.length === 0) return nobody(reasons.at(-1) ?? 'partner-not-enrolled');
  const window = policy.lookbackDaysByType ? windowReason(occurredAt, touches, policy, inWindow) : [];
  const codes = admitCodes(enrolled, policy);
  const because = [...window, ...codes.because];
  return codes.journey.length > 0 ? { journey: codes.journey, because } : nobody('code-without-click', because);
}

/** Whether a look-back of a type left out what the policy's own would have taken in. */
function windowReason(
  occurredAt: Instant,
  touches: readonly Touch[],
  policy: AttributionPolicy,
  inWindow: Journey,
): Because[] {
  const counted = new Set(inWindow.map(({ touchId }) => touchId));
  const left = journeyOf(touches, occurredAt, policy).filter(({ touchId }) => !counted.has(touchId)).length;
  return left > 0 ? [{ rule: 'window', left }] : [];
}

function whyNot({ at }: Touch, occurredAt: Instant, standing: Standing | undefined): WhyNobody | undefined {
  if (!standing) return 'partner-not-enrolled';
  for (const moment of [at, occurredAt]) {
    const { status } = standingAt(standing.enrolment, moment);
    if (status !== 'active') return `enrolment-${status}`;
  }
  return undefined;
}
