import { addDays, addMonths, type Day } from '../calendar.ts';
import { type FieldProblem, VisibleError } from '../errors.ts';
import { conditionsIn } from './condition.ts';
import { needsOf, periodStart } from './facts.ts';
import type { CommissionPlan, Per, PlanVersion } from './plan.ts';

/** Orders of a customer are looked at for so many months: who did not order for longer is a new customer again. */
export const CUSTOMER_MONTHS = 24;

/**
 * What a plan asks that settlement cannot know, field by field; nothing for a plan that settles as it stands. The command that prices files
 * takes all of it, because a file can say what no report and no record here does.
 */
export function notSettledHere(plan: CommissionPlan): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { rules, exclusions = [], bonuses = [], overrides = [] } = plan;
  for (const [list, entries] of Object.entries({ rules, exclusions, bonuses })) {
    entries.forEach(({ when }, place) => {
      const asked = [...conditionsIn(when)];
      const refuse = (field: string, message: string) =>
        problems.push({ field: `plan.${list}[${place}].when.${field}`, message });
      if (asked.some(({ countries }) => countries))
        refuse('countries', 'cannot be asked here: reported orders carry no country; use groups or links');
      if (asked.some(({ tiers }) => tiers))
        refuse('tiers', 'cannot be asked here: an enrolment has a group and no tier; use groups');
    });
  }
  rules.forEach(({ recurring }, place) => {
    if (recurring && recurring.months > CUSTOMER_MONTHS)
      problems.push({
        field: `plan.rules[${place}].recurring.months`,
        message: `must be at most ${CUSTOMER_MONTHS} here: earlier orders of a customer are not looked at`,
      });
  });
  const links = [...rules, ...exclusions, ...bonuses].some(({ when }) =>
    [...conditionsIn(when)].some((each) => each.links),
  );
  const limited = [...rules, ...bonuses].some(({ cap }) => cap?.perPeriod);
  if (links && limited)
    problems.push({
      field: 'plan',
      message: 'cannot both ask for links and limit a period here: the links of earlier orders are not kept',
    });
  if (overrides.length > 0)
    problems.push({
      field: 'plan.overrides',
      message: 'cannot be paid here: no record tells who recruited a partner',
    });
  return problems;
}

/** Refuses what settlement would have to set aside order by order. @throws VisibleError naming each field. */
export function refuseUnsettled(plan: CommissionPlan): void {
  const problems = notSettledHere(plan);
  const [first] = problems;
  if (first) throw new VisibleError('refused', 'not-settled-here', `${first.field} ${first.message}.`, problems);
}

/** The first day whose orders may decide what an order of a day earns under any of these versions; nothing when none looks back. */
export function historyFrom(plans: readonly PlanVersion[], day: Day): Day | undefined {
  const starts = plans.flatMap(({ plan }) => {
    const needs = needsOf(plan);
    const customer = needs.some(({ what }) => what === 'customer') ? [addMonths(day, -CUSTOMER_MONTHS)] : [];
    return [...customer, ...periodsOf(plan).map((per) => periodStart(day, per))];
  });
  return starts.sort()[0];
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
