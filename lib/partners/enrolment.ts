import type { Instant } from '../time.ts';
import type { Enrolment } from './partner.ts';

/** How an enrolment stands: what decides whether a touch counts and which rates apply. */
export type Standing = Pick<Enrolment, 'status' | 'group'>;

/**
 * An enrolment with another status or group from an instant on. What it was before is kept: an order is settled, and settled again after a
 * return, by the group and status of its own time.
 */
export function change<E extends Enrolment>(enrolment: E, to: Partial<Standing>, at: Instant): E {
  const { status, group, history = [] } = enrolment;
  const after: Standing = { status: to.status ?? status, group: to.group ?? group };
  if (after.status === status && after.group === group) return enrolment;
  return { ...enrolment, ...after, history: [...history, { until: at, status, group }] };
}

/** How an enrolment stood at an instant; before its beginning, as it began. */
export function standingAt({ status, group, history = [] }: Enrolment, at: Instant): Standing {
  return history.find(({ until }) => at < until) ?? { status, group };
}
