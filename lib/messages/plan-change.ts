import type { EventData } from '../../events/catalog/catalog.ts';
import { addDays, dayIn } from '../calendar.ts';
import type { Bonus, CommissionRule, PlanVersion } from '../commission/plan.ts';
import { conditionWords, overrideWords, payWords, termsWords } from '../commission/plan-words.ts';
import type { Partner } from '../partners/partner.ts';
import { inForceAt, type Program } from '../programs/program.ts';
import { type Letter, letter } from './letter.ts';

type Change = EventData<'commission.plan-change-due'>;

const MOST_RULES = 20;

/**
 * The versions of a plan that partners are to be told of at a moment: within three days before they take effect, and the day before. The
 * first version is the plan they joined, and what is in force already is no news.
 */
export function changesDue(
  plans: readonly PlanVersion[],
  { timeZone, currency }: Pick<Program, 'timeZone' | 'currency'>,
  at: string,
): Omit<Change, 'programId' | 'partnerId'>[] {
  const today = dayIn(at, timeZone);
  return plans.flatMap(({ version, effectiveFrom, plan }) => {
    const day = dayIn(effectiveFrom, timeZone);
    if (version === 1 || day <= today || day > addDays(today, 3)) return [];
    // A version that another one replaces before it begins is told by nobody.
    if (inForceAt(plans, effectiveFrom)?.version !== version) return [];
    const all = partsOf(plan, currency);
    const rules = all.slice(0, MOST_RULES);
    const notice = day === addDays(today, 1) ? ('1-day' as const) : ('3-days' as const);
    return [{ version, day, notice, rules, moreRules: all.length - rules.length }];
  });
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

export interface PlanChange {
  readonly brandName: string;
  readonly program: Pick<Program, 'name'>;
  readonly partner: Pick<Partner, 'name'>;
  readonly change: Change;
}

/** To a partner whose rates change soon: from when on, and what they are then. */
export function planChange({ brandName, program, partner, change }: PlanChange): Letter {
  const { day, rules, moreRules } = change;
  return letter({
    subject: `New commission rates in ${program.name} from ${day} on`,
    greeting: `Hello ${partner.name},`,
    blocks: [
      `from ${day} on another version of the commission plan of ${program.name} counts for new orders. The first of these that matches an item is the one that counts for it; what is on top is added:`,
      rules.map(({ label, pays }) => [label, pays] as const),
      ...(moreRules > 0 ? [`And ${moreRules} more; ask us for the whole plan.`] : []),
      `Orders made before that day keep the rates of their time, whenever they are counted.`,
    ],
    signature: brandName,
    footer: `You get this mail because you are a partner of ${program.name}; it comes three days and one day before rates change.`,
  });
}
