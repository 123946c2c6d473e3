import type { Credit, Touch } from '../attribution/journey.ts';
import { conditionsIn } from '../commission/condition.ts';
import type { PartnerTraits } from '../commission/match.ts';
import type { PlanVersion } from '../commission/plan.ts';
import { standingAt } from '../partners/enrolment.ts';
import type { Instant } from '../time.ts';
import { clickOf, touchOfClickId } from '../tracking/click-id.ts';
import type { Conversion } from '../tracking/conversion.ts';
import type { Standing } from './touches.ts';

type Standings = ReadonlyMap<string, Standing | undefined>;

/** Levels of recruiters that a plan may pay. */
const LEVELS = 2;

/** Whether any of these plans pays recruiters. */
export const paysRecruiters = (plans: readonly Pick<PlanVersion, 'plan'>[]): boolean =>
  plans.some(({ plan }) => (plan.overrides ?? []).length > 0);

/** Whether a plan asks through which link the customer came. */
export const asksForLinks = ({ plan: { rules, exclusions = [], bonuses = [] } }: Pick<PlanVersion, 'plan'>): boolean =>
  [...rules, ...exclusions, ...bonuses].some(({ when }) => [...conditionsIn(when)].some(({ links }) => links));

/** Partners with who recruited them, level by level: one read more for each level, whatever the number of partners. */
export async function withRecruiters(
  meet: (partnerIds: readonly string[]) => Promise<Standings>,
  partnerIds: readonly string[],
): Promise<Map<string, Standing | undefined>> {
  const all = new Map<string, Standing | undefined>();
  let asked = [...new Set(partnerIds)];
  for (let level = 0; level <= LEVELS && asked.length > 0; level += 1) {
    const met = await meet(asked);
    for (const partnerId of asked) all.set(partnerId, met.get(partnerId));
    const recruiters = asked.flatMap((partnerId) => met.get(partnerId)?.enrolment.recruitedBy ?? []);
    asked = [...new Set(recruiters)].filter((partnerId) => !all.has(partnerId));
  }
  return all;
}

/**
 * What rules may ask about partners of an order, as each stood when the customer ordered; those who are not enrolled are left out. Who
 * recruited a partner earns only while active themselves.
 *
 * @param linkOf link of a partner's deciding touch, where it is known.
 */
export function traitsAt(
  at: Instant,
  standings: Standings,
  linkOf: (partnerId: string) => string | undefined,
): Map<string, PartnerTraits> {
  const traits = new Map<string, PartnerTraits>();
  for (const [partnerId, standing] of standings) {
    if (!standing) continue;
    const { group, tier } = standingAt(standing.enrolment, at);
    const recruiters = recruitersAt(at, standings, standing);
    traits.set(partnerId, { group, type: standing.partner.type, tier, link: linkOf(partnerId), recruiters });
  }
  return traits;
}

function recruitersAt(at: Instant, standings: Standings, standing: Standing): (string | undefined)[] {
  const recruiters: (string | undefined)[] = [];
  let recruited: Standing | undefined = standing;
  while (recruited?.enrolment.recruitedBy !== undefined && recruiters.length < LEVELS) {
    const recruiter: string = recruited.enrolment.recruitedBy;
    recruited = standings.get(recruiter);
    const active = recruited !== undefined && standingAt(recruited.enrolment, at).status === 'active';
    recruiters.push(active ? recruiter : undefined);
  }
  return recruiters;
}

/**
 * The link of a partner's deciding touch: of the touches that were found, of the click that the order was reported with, or as it was kept
 * with the credit once clicks have gone.
 */
export function linkOf(
  conversion: Pick<Conversion, 'clickId' | 'clickIdRefused' | 'clickUncredited' | 'credits'>,
  credits: readonly Credit[],
  touches: readonly Touch[],
): (partnerId: string) => string | undefined {
  const click = clickOf(conversion);
  const known = click ? [...touches, touchOfClickId(click)] : touches;
  return (partnerId) => {
    const credit = credits.find((each) => each.partnerId === partnerId);
    if (!credit || credit.kind !== undefined) return undefined;
    const deciding = (touch: Pick<Touch, 'partnerId'>, at: Instant) =>
      touch.partnerId === partnerId && at === credit.touchAt;
    const found = known.find((touch) => touch.link !== undefined && deciding(touch, touch.at));
    return found?.link ?? conversion.credits?.find((kept) => deciding(kept, kept.touchAt))?.link;
  };
}
