import { allocate, WHOLE_BPS } from '../money.ts';
import type { PartnerType } from '../partners/partner.ts';
import { epochMs, type Instant } from '../time.ts';
import type { Because } from './because.ts';
import { creditFor, type Pot, shareOut, weigh } from './credit.ts';
import type { Credit, Journey, Touch } from './journey.ts';
import type { AttributionPolicy } from './policy.ts';

/** What the rules need to know beside the journey. */
export interface Scene {
  /** Of a partner in the journey; unknown partners are of no type, and standard. */
  readonly typeOf: (partnerId: string) => PartnerType | undefined;
  readonly occurredAt: Instant;
  /** When the customer first put something into the cart, where the brand reported it. */
  readonly cartAt?: Instant | undefined;
}

export interface Attribution {
  /** Shares that sum to 10,000, then assists with a share of 0; none of an empty journey. */
  readonly credits: readonly Credit[];
  /** The rules that had a say, in the order they were applied. */
  readonly because: readonly Because[];
}

/**
 * Who gets how much of a conversion, by the model and every rule of the policy, in this order:
 *
 * 1. A coupon code in the journey takes all, of several the one that was reported first; which codes are in it is decided before
 *    (`admitCodes`).
 * 2. Otherwise the touches of the highest priority group in the journey share it by the model.
 * 3. What late touches would get above their cap goes to the others, shared as if the late ones had not been. That is less than before only
 *    for late touches: one of the same partner that was not late keeps its place among the others.
 * 4. Partners of the journey who are left without a share may assist.
 */
export function attribute(journey: Journey, policy: AttributionPolicy, scene: Scene): Attribution {
  if (journey.length === 0) return { credits: [], because: [] };
  const because: Because[] = [];
  const codes = journey.filter(({ kind }) => kind === 'code');
  const [code] = codes;
  const others = code ? journey.filter(({ kind }) => kind !== 'code') : journey;
  const eligible = highestGroup(others, policy, scene);
  const isLate = lateness(policy, scene);
  const weights = code ? [1] : weigh(eligible, policy);
  const sharing = code ? [code] : eligible;

  if (code) because.push(codeReason(code, codes.length - 1, policy));
  else if (eligible.length < others.length) because.push(priorityReason(eligible, others, policy, scene));

  const pots = capped({ journey, sharing, weights, eligible, isLate }, policy, scene);
  if (pots) because.push({ rule: 'late-touch', mostBps: policy.lateTouch!.mostBps });
  const credits = shareOut(journey, pots ?? [{ weights: placed(journey, sharing, weights), bps: WHOLE_BPS }]);
  return { credits: [...credits, ...assists(others, journey, credits, policy, scene)], because };
}

/** The weights of some touches in their places of the journey; the other touches weigh nothing. */
function placed(journey: Journey, some: Journey, weights: readonly number[]): number[] {
  if (some === journey) return [...weights];
  const weightOf = new Map(some.map((touch, index) => [touch, weights[index]!]));
  return journey.map((touch) => weightOf.get(touch) ?? 0);
}

const GROUPS = ['preferred', 'standard', 'non-preferred'] as const;

function groupOf({ partnerId }: Touch, { priority }: AttributionPolicy, { typeOf }: Scene): (typeof GROUPS)[number] {
  const type = typeOf(partnerId);
  if (type && priority?.preferred?.includes(type)) return 'preferred';
  return type && priority?.nonPreferred?.includes(type) ? 'non-preferred' : 'standard';
}

/** The touches of the highest group there is among these; all of them when the policy knows no groups. */
function highestGroup(touches: Journey, policy: AttributionPolicy, scene: Scene): Journey {
  if (!policy.priority) return touches;
  const groups = touches.map((touch) => groupOf(touch, policy, scene));
  const highest = GROUPS.find((group) => groups.includes(group));
  return groups.every((group) => group === highest) ? touches : touches.filter((_, place) => groups[place] === highest);
}

function priorityReason(eligible: Journey, all: Journey, policy: AttributionPolicy, scene: Scene): Because {
  const group = groupOf(eligible[0]!, policy, scene) === 'preferred' ? 'preferred' : 'standard';
  return { rule: 'priority', group, left: all.length - eligible.length };
}

function codeReason({ code = '' }: Touch, others: number, { codeCredit }: AttributionPolicy): Because {
  const credit = codeCredit === 'always' || codeCredit === 'involved' ? codeCredit : 'only';
  return { rule: 'code', credit, code, ...(others > 0 && { others }) };
}

function lateness({ lateTouch }: AttributionPolicy, { typeOf, occurredAt, cartAt }: Scene): (touch: Touch) => boolean {
  if (!lateTouch) return () => false;
  const { partnerTypes, withinSeconds, afterCart } = lateTouch;
  const orderedMs = epochMs(occurredAt);
  return ({ partnerId, at }) => {
    const type = typeOf(partnerId);
    if (!type || !partnerTypes.includes(type)) return false;
    if (withinSeconds !== undefined && orderedMs - epochMs(at) <= withinSeconds * 1_000) return true;
    return afterCart && cartAt !== undefined && at >= cartAt;
  };
}

interface Division {
  readonly journey: Journey;
  /** The touches that share it, and what each weighs. */
  readonly sharing: Journey;
  readonly weights: readonly number[];
  /** Those to whom goes what late touches may not keep, late ones among them. */
  readonly eligible: Journey;
  readonly isLate: (touch: Touch) => boolean;
}

/** The late touches' pot and the others', where the cap takes something from the late ones. */
function capped(division: Division, policy: AttributionPolicy, { typeOf }: Scene): Pot[] | undefined {
  const { journey, sharing, weights, eligible, isLate } = division;
  const { lateTouch } = policy;
  if (!lateTouch) return undefined;
  const lateWeights = weights.map((weight, place) => (isLate(sharing[place]!) ? weight : 0));
  const first = sharing.find((touch) => isLate(touch));
  const rest = eligible.filter((touch) => !isLate(touch));
  if (!first || !wonEarlier(journey, first, rest, (touch) => lateTouch.earlier.includes(typeOf(touch.partnerId)!))) {
    return undefined;
  }
  const late = lateWeights.reduce((sum, weight) => sum + weight, 0);
  if (late <= 0 || lateBps(sharing, weights, lateWeights) <= lateTouch.mostBps) return undefined;
  return [
    { weights: placed(journey, sharing, lateWeights), bps: lateTouch.mostBps },
    { weights: placed(journey, rest, weigh(rest, policy)), bps: WHOLE_BPS - lateTouch.mostBps },
  ];
}

/** What the late touches would get: of each partner's basis points, rounded as they are credited, the part that its late touches weigh. */
function lateBps(sharing: Journey, weights: readonly number[], lateWeights: readonly number[]): number {
  const partners = new Map<string, { all: number; late: number }>();
  sharing.forEach(({ partnerId }, place) => {
    const sum = partners.get(partnerId) ?? { all: 0, late: 0 };
    sum.all += weights[place]!;
    sum.late += lateWeights[place]!;
    partners.set(partnerId, sum);
  });
  const sums = [...partners.values()];
  const bps = allocate(
    WHOLE_BPS,
    sums.map(({ all }) => all),
  );
  return sums.reduce((total, { all, late }, place) => (late === 0 ? total : total + (bps[place]! * late) / all), 0);
}

/** Whether one of the other touches, by a partner whom the rule protects, stands before the first late one. */
function wonEarlier(journey: Journey, first: Touch, rest: Journey, isProtected: (touch: Touch) => boolean): boolean {
  const before = journey.indexOf(first);
  return rest.some((touch) => isProtected(touch) && journey.indexOf(touch) < before);
}

/** Partners without a share whom the policy pays for having been there, each with the latest touch. */
function assists(
  touches: Journey,
  journey: Journey,
  credits: readonly Credit[],
  { assistBonus }: AttributionPolicy,
  { typeOf }: Scene,
): Credit[] {
  if (!assistBonus) return [];
  const credited = new Set(credits.map(({ partnerId }) => partnerId));
  const latest = new Map<string, Touch>();
  for (const touch of touches) {
    const type = typeOf(touch.partnerId);
    if (credited.has(touch.partnerId)) continue;
    if (assistBonus.partnerTypes && !(type && assistBonus.partnerTypes.includes(type))) continue;
    latest.set(touch.partnerId, touch);
  }
  return [...latest].map(([partnerId, touch]) => creditFor(journey, journey.indexOf(touch), partnerId, 0));
}
