import { addDays, addMonths, type Day } from '../calendar.ts';
import { needsOf, periodStart } from './facts.ts';
import type { CommissionPlan, Per, PlanVersion } from './plan.ts';

/** Who did not order for so many months is a new customer again. */
export const CUSTOMER_MONTHS = 24;

/** The first day whose orders may decide what an order of a day earns under any of these versions; nothing when none looks back. */
export function historyFrom(plans: readonly PlanVersion[], day: Day): Day | undefined {
  const starts = plans.flatMap(({ plan }) => {
    const months = customerMonths(plan);
    const customer = months > 0 ? [addMonths(day, -months)] : [];
    return [...customer, ...periodsOf(plan).map((per) => periodStart(day, per))];
  });
  return starts.sort()[0];
}

/**
 * For how many months a plan looks back at a customer's orders. A renewal asks when the customer's time began: whatever began in its months
 * has nothing for {@link CUSTOMER_MONTHS} before it, so that much more is looked at and nothing before that can matter.
 */
function customerMonths(plan: CommissionPlan): number {
  if (!needsOf(plan).some(({ what }) => what === 'customer')) return 0;
  return CUSTOMER_MONTHS + Math.max(0, ...plan.rules.map(({ recurring }) => recurring?.months ?? 0));
}

/** The last day whose orders may: that of the longest period. */
export function historyThrough(plans: readonly PlanVersion[], day: Day): Day {
  const MONTHS: Readonly<Record<Per, number>> = { month: 1, quarter: 3, year: 12 };
  const ends = plans.flatMap(({ plan }) => periodsOf(plan).map((per) => addMonths(periodStart(day, per), MONTHS[per])));
  return ends.sort().at(-1) ?? day;
}

/** Orders that came back or were reported this late still move the tiers of their period by themselves. */
const LATE_DAYS = 35;

/**
 * The first day that a nightly recount looks at: the beginning of every period that ended in the last weeks or runs still. Nothing for
 * plans that price each order by itself.
 */
export function recountFrom(plans: readonly PlanVersion[], today: Day): Day | undefined {
  if (historyFrom(plans, today) === undefined) return undefined;
  const late = addDays(today, -LATE_DAYS);
  return [late, ...plans.flatMap(({ plan }) => periodsOf(plan).map((per) => periodStart(late, per)))].sort()[0];
}

/** Periods in which a plan counts or limits something. */
const periodsOf = ({ rules, bonuses = [] }: CommissionPlan): Per[] =>
  [...rules, ...bonuses].flatMap(({ pay, cap }) => [
    ...(pay.kind === 'tiers' || pay.kind === 'milestone' ? [pay.per] : []),
    ...(cap?.perPeriod ? [cap.perPeriod.per] : []),
  ]);
