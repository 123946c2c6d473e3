import type { Instant } from '../time.ts';
import type { Enrolment } from './partner.ts';

/** How an enrolment stands: what decides whether a touch counts and which rates apply. */
export type Standing = Pick<Enrolment, 'status' | 'group' | 'tier'>;

/** What a change of an enrolment asks for; `null` takes the tier away. */
export type StandingChange = Partial<Omit<Standing, 'tier'>> & { readonly tier?: string | null | undefined };

/**
 * An enrolment with another status, group or tier from an instant on. What it was before is kept: an order is settled, and settled again
 * after a return, by the status, group and tier of its own time.
 */
export function change<E extends Enrolment>(enrolment: E, to: StandingChange, at: Instant): E {
  const { history = [], ...now } = enrolment;
  const { tier: _, ...untiered } = now;
  const before = standing(now);
  const tier = to.tier === undefined ? now.tier : (to.tier ?? undefined);
  const after = standing({ status: to.status ?? now.status, group: to.group ?? now.group, tier });
  if (STANDING.every((field) => after[field] === before[field])) return enrolment;
  return { ...(untiered as E), ...after, history: [...history, { until: at, ...before }] };
}

/** How an enrolment stood at an instant; before its beginning, as it began. */
export function standingAt({ history = [], ...now }: Enrolment, at: Instant): Standing {
  return standing(history.find(({ until }) => at < until) ?? now);
}

const STANDING = ['status', 'group', 'tier'] as const;
const standing = ({ status, group, tier }: Standing): Standing => ({
  status,
  group,
  ...(tier !== undefined && { tier }),
});
