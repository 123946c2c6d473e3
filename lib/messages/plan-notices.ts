import type { EventData } from '../../events/catalog/catalog.ts';
import { addDays, dayIn, startOfDay, timeIn } from '../calendar.ts';
import { NOTICE_DAYS } from '../commission/notice.ts';
import type { Bonus, CommissionRule, PlanVersion } from '../commission/plan.ts';
import { conditionWords, overrideWords, payWords, termsWords } from '../commission/plan-words.ts';
import { inForceAt, type Program } from '../programs/program.ts';

type Change = EventData<'commission.plan-change-due'>;

const MOST_RULES = 20;

/** For so many days a version added at short notice is told by every run: should the first have failed, the next makes up for it. */
const TOLD_AGAIN_DAYS = 1;

/**
 * The versions of a plan that partners are to be told of at a moment: within three days before they take effect, and the day before; and
 * at once what was added at short notice, instead of a notice for which it is too late. The first version is the plan they joined, and
 * what is in force already is no news. A version that another one replaces before it begins is told by nobody.
 */
export function changesDue(
  plans: readonly PlanVersion[],
  { timeZone, currency }: Pick<Program, 'timeZone' | 'currency'>,
  at: string,
): Omit<Change, 'programId' | 'partnerId'>[] {
  const today = dayIn(at, timeZone);
  return plans.flatMap((added) => {
    const { version, effectiveFrom, plan } = added;
    if (version === 1 || inForceAt(plans, effectiveFrom)?.version !== version) return [];
    const day = dayIn(effectiveFrom, timeZone);
    const notices = [...atOnce(added, timeZone, at), ...ordinary(added, day, today, timeZone)];
    if (notices.length === 0) return [];
    const all = partsOf(plan, currency);
    const rules = all.slice(0, MOST_RULES);
    const what = { version, day, rules, moreRules: all.length - rules.length, ...around(plans, added, timeZone) };
    return notices.map((notice) => ({ ...what, notice }));
  });
}

function atOnce({ shortNotice, addedAt }: PlanVersion, timeZone: string, at: string): Change['notice'][] {
  if (shortNotice === undefined || addedAt === undefined || at < addedAt) return [];
  return dayIn(at, timeZone) <= addDays(dayIn(addedAt, timeZone), TOLD_AGAIN_DAYS) ? ['at-once'] : [];
}

function ordinary(
  { shortNotice, addedAt }: PlanVersion,
  day: string,
  today: string,
  timeZone: string,
): Change['notice'][] {
  if (day <= today || day > addDays(today, NOTICE_DAYS)) return [];
  const notice = day === addDays(today, 1) ? ('1-day' as const) : ('3-days' as const);
  const since = addDays(day, notice === '1-day' ? -1 : -NOTICE_DAYS);
  const wasTold = shortNotice !== undefined && addedAt !== undefined && dayIn(addedAt, timeZone) >= since;
  return wasTold ? [] : [notice];
}

/** What else there is to say of a version: its hour, its reason, whether it is for orders of the past, and the versions beside it. */
function around(
  plans: readonly PlanVersion[],
  { version, effectiveFrom, shortNotice, addedAt }: PlanVersion,
  timeZone: string,
): Partial<Change> {
  const day = dayIn(effectiveFrom, timeZone);
  const next = plans
    .map((other) => other.effectiveFrom)
    .filter((from) => from > effectiveFrom)
    .sort()[0];
  const replaced = plans
    .filter((other) => other.effectiveFrom === effectiveFrom && other.version < version)
    .filter((other) => shortNotice !== undefined || other.shortNotice !== undefined)
    .at(-1);
  return {
    ...(effectiveFrom !== startOfDay(day, timeZone) && { time: timeIn(effectiveFrom, timeZone) }),
    ...(shortNotice !== undefined && { shortNotice }),
    ...(addedAt !== undefined && effectiveFrom < addedAt && { retroactive: true }),
    ...(next !== undefined && { until: dayIn(next, timeZone) }),
    ...(replaced && replaced.version > 1 && { replaces: replaced.version }),
  };
}

/** Every part of a plan that decides what a partner earns, as the plan asks them: what earns nothing, rules, then what comes on top. */
function partsOf(
  { exclusions = [], rules, bonuses = [], overrides = [] }: PlanVersion['plan'],
  currency: string,
): Change['rules'] {
  const paying = (part: CommissionRule | Bonus) => {
    const terms = termsWords(part, currency);
    return `${payWords(part.pay, currency)}, for ${conditionWords(part.when, currency)}${terms && `; ${terms}`}`;
  };
  return [
    ...exclusions.map(({ label, when }) => ({ label, pays: `nothing, for ${conditionWords(when, currency)}` })),
    ...rules.map((rule) => ({ label: rule.label, pays: paying(rule) })),
    ...bonuses.map((bonus) => ({ label: bonus.label, pays: `on top: ${paying(bonus)}` })),
    ...overrides.map((override) => ({ label: override.label, pays: overrideWords(override) })),
  ];
}
