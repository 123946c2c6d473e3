import type { AttributionPolicy } from '../attribution/policy.ts';
import type { Day } from '../calendar.ts';
import { format, percent, WHOLE_BPS } from '../money.ts';
import { PARTNER_TYPES } from '../partners/partner.ts';
import type { LineItem } from '../tracking/conversion.ts';
import { covers, matchesNothing, meet, same } from './compare-conditions.ts';
import { waysOf } from './flatten.ts';
import { matches } from './match.ts';
import type { Bonus, CommissionPlan, CommissionRule, Tiers } from './plan.ts';

/** Something about a plan that its owner should look at before it runs. */
export interface Finding {
  readonly code:
    | 'unreachable'
    | 'overlap'
    | 'gap'
    | 'over-100'
    | 'tier-lowers-pay'
    | 'season-over'
    | 'flat-over-price'
    | 'cliff'
    | 'coupon-last-touch';
  /** `error`: surely not meant. `warning`: look at it. `info`: how it is decided. */
  readonly severity: 'error' | 'warning' | 'info';
  /** The rule, bonus or exclusion it is about; absent for the plan as a whole. */
  readonly rule?: string;
  readonly sentence: string;
  readonly fix: string;
}

export interface LintContext {
  /** Day of the check in the program's time zone. */
  readonly today: Day;
  readonly currency: string;
  readonly policy?: AttributionPolicy | undefined;
}

const SEVERITIES = ['error', 'warning', 'info'] as const;

/** What looks wrong with a plan, errors first, then in the plan's order. */
export function lint(plan: CommissionPlan, context: LintContext): Finding[] {
  const found = [
    ...unreachable(plan),
    ...over100(plan),
    ...ladders(plan),
    ...seasons(plan, context),
    ...flats(plan, context),
    ...gap(plan),
    ...couponLastTouch(plan, context),
    ...told(overlaps(plan)),
  ];
  return SEVERITIES.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

function* unreachable({ rules, exclusions = [], bonuses = [] }: CommissionPlan): Generator<Finding> {
  for (const { id, label, when } of [...exclusions, ...rules, ...bonuses]) {
    if (!matchesNothing(when)) continue;
    yield {
      code: 'unreachable',
      severity: 'error',
      rule: id,
      sentence: `${label} never matches anything: its conditions contradict each other.`,
      fix: `Change the conditions of ${id}, or remove it.`,
    };
  }
  for (const [place, bonus] of bonuses.entries()) {
    // One above that does not stack itself is paid, or gives way to one above both.
    const above = bonuses.slice(0, place).filter(({ pay }) => pay.kind !== 'milestone');
    const before = [...exclusions, ...(bonus.stacks === false ? above : [])];
    const instead = before.find(({ when }) => covers(when, bonus.when));
    if (!instead || matchesNothing(bonus.when)) continue;
    yield {
      code: 'unreachable',
      severity: 'error',
      rule: bonus.id,
      sentence: `${bonus.label} is never paid: whatever it matches is matched by ${instead.label} (${instead.id}), to which it gives way.`,
      fix: `Change the conditions of ${bonus.id}, or remove it.`,
    };
  }
  for (const [place, rule] of rules.entries()) {
    if (matchesNothing(rule.when)) continue;
    const before = [...exclusions, ...rules.slice(0, place).filter(({ recurring }) => !recurring)];
    const above = before.find(({ when }) => covers(when, rule.when));
    if (!above) continue;
    yield {
      code: 'unreachable',
      severity: 'error',
      rule: rule.id,
      sentence: `${rule.label} never prices anything: whatever it matches is matched by ${above.label} (${above.id}) before it.`,
      fix: `Put ${rule.id} above ${above.id}, or remove it.`,
    };
  }
}

/** Overlaps that are told one by one: of two hundred rules there may be twenty thousand, which nobody reads. */
const MOST_OVERLAPS = 50;

function* told(overlapping: Iterable<Finding>): Generator<Finding> {
  let more = 0;
  let count = 0;
  for (const finding of overlapping) {
    count += 1;
    if (count <= MOST_OVERLAPS) yield finding;
    else more += 1;
  }
  if (more === 0) return;
  yield {
    code: 'overlap',
    severity: 'info',
    sentence: `${more} more pairs of rules may match the same item; the one that stands first prices it.`,
    fix: 'Nothing, if that is meant; else give the plan fewer rules that exclude each other.',
  };
}

function* overlaps({ rules }: CommissionPlan): Generator<Finding> {
  for (const [place, rule] of rules.entries()) {
    for (const other of rules.slice(place + 1)) {
      const nested = covers(rule.when, other.when) || covers(other.when, rule.when);
      if (nested || same(rule.pay, other.pay) || !meet(rule.when, other.when)) continue;
      yield {
        code: 'overlap',
        severity: 'info',
        rule: other.id,
        sentence: `An item may match both ${rule.label} (${rule.id}) and ${other.label} (${other.id}); ${rule.id} stands first and prices it.`,
        fix: 'Nothing, if that is meant; else change their order or make their conditions exclude each other.',
      };
    }
  }
}

function* gap({ rules }: CommissionPlan): Generator<Finding> {
  if (rules.some(({ when, recurring }) => !recurring && covers(when, {}))) return;
  yield {
    code: 'gap',
    severity: 'warning',
    sentence: 'No rule matches everything, so an order that fits none earns its partner nothing.',
    fix: 'Add a last rule without conditions; let it pay 0 % if nothing is meant to be paid.',
  };
}

/** The highest rate that a pay may come to. */
function highest(pay: Bonus['pay']): number {
  if (pay.kind === 'percent') return pay.rateBps;
  return pay.kind === 'tiers' ? Math.max(...pay.steps.map(({ rateBps }) => rateBps)) : 0;
}

function* over100({ rules, bonuses = [], overrides = [] }: CommissionPlan): Generator<Finding> {
  const onSales = overrides.reduce((sum, { of, rateBps }) => (of === 'sales' ? sum + rateBps : sum), 0);
  const onCommission = overrides.reduce((sum, { of, rateBps }) => (of === 'commission' ? sum + rateBps : sum), 0);
  for (const rule of rules) {
    const extra = dearest(bonuses.filter(({ when }) => meet(when, rule.when)));
    const direct = extra.reduce((sum, { pay }) => sum + highest(pay), highest(rule.pay));
    const all = direct + onSales + Math.floor((direct * onCommission) / WHOLE_BPS);
    if (all <= WHOLE_BPS) continue;
    yield {
      code: 'over-100',
      severity: 'error',
      rule: rule.id,
      sentence: `${rule.label} with its bonuses and overrides may come to ${percent(all)} of the price.`,
      fix: `Lower its rate, or keep ${[...extra, ...overrides].map(({ id }) => id).join(', ') || 'bonuses'} away from it.`,
    };
  }
}

/** The bonuses of an item that come to most together: one that does not stack is paid only where none above it is. */
function dearest(bonuses: readonly Bonus[]): readonly Bonus[] {
  const sum = (some: readonly Bonus[]) => some.reduce((total, { pay }) => total + highest(pay), 0);
  const choices = bonuses.flatMap((bonus, place) => {
    if (bonus.stacks !== false) return [];
    const above = bonuses.slice(0, place).filter(({ pay }) => pay.kind !== 'milestone');
    if (above.some(({ when }) => covers(when, bonus.when))) return [];
    return [[bonus, ...bonuses.slice(place + 1).filter(({ stacks }) => stacks !== false)]];
  });
  return [bonuses.filter(({ stacks }) => stacks !== false), ...choices].reduce((most, choice) =>
    sum(choice) > sum(most) ? choice : most,
  );
}

const laddersOf = ({ rules, bonuses = [] }: CommissionPlan) =>
  [...rules, ...bonuses].flatMap(({ id, label, pay }) => (pay.kind === 'tiers' ? [{ id, label, pay }] : []));

function* ladders(plan: CommissionPlan): Generator<Finding> {
  for (const { id, label, pay } of laddersOf(plan)) {
    const lower = pay.steps.findIndex(({ rateBps }, place) => place > 0 && rateBps < pay.steps[place - 1]!.rateBps);
    if (lower > 0) yield lowering(id, label, pay, lower);
    if (pay.mode === 'retroactive' && pay.steps.length > 1)
      yield {
        code: 'cliff',
        severity: 'info',
        rule: id,
        sentence: `${label} pays the higher rate for all of the ${pay.per} once a tier is reached, so one order may be worth many.`,
        fix: 'Nothing, if that is meant; marginal tiers pay the higher rate only for what lies above the mark.',
      };
  }
}

const lowering = (id: string, label: string, { steps, mode }: Tiers, place: number): Finding => ({
  code: 'tier-lowers-pay',
  severity: 'error',
  rule: id,
  sentence: `${label} pays ${percent(steps[place]!.rateBps)} from step ${place + 1} on, less than the ${percent(steps[place - 1]!.rateBps)} before it: ${mode === 'retroactive' ? 'who sells more earns less' : 'each further sale earns less'}.`,
  fix: `Let step ${place + 1} pay at least ${percent(steps[place - 1]!.rateBps)}.`,
});

function* seasons(
  { rules, bonuses = [], exclusions = [] }: CommissionPlan,
  { today }: LintContext,
): Generator<Finding> {
  for (const { id, label, when } of [...exclusions, ...rules, ...bonuses]) {
    const ends = waysOf(when).map(({ to }) => to ?? '9999-12-31');
    const end = ends.sort().at(-1);
    if (end === undefined || end >= today) continue;
    yield {
      code: 'season-over',
      severity: 'warning',
      rule: id,
      sentence: `The season of ${label} ended on ${end}, so it is for orders reported late only.`,
      fix: `Change its days, or remove ${id}.`,
    };
  }
}

function* flats({ rules, bonuses = [] }: CommissionPlan, { currency }: LintContext): Generator<Finding> {
  for (const { id, label, when, pay } of [...rules, ...bonuses] as (CommissionRule | Bonus)[]) {
    if (pay.kind !== 'flat') continue;
    const perOrder = pay.per === 'order';
    const mosts = waysOf(when).map(
      (way) => (perOrder ? way.maxOrderCents : way.maxPriceCents) ?? Number.POSITIVE_INFINITY,
    );
    const most = Math.max(...mosts);
    if (mosts.length === 0 || pay.amountCents <= most) continue;
    yield {
      code: 'flat-over-price',
      severity: 'error',
      rule: id,
      sentence: `${label} pays ${format(pay.amountCents, currency)} for ${perOrder ? 'orders worth' : 'items that cost'} ${format(most, currency)} at most.`,
      fix: 'Lower the amount, or the price up to which it is paid cannot be meant.',
    };
  }
}

const PROBE: LineItem = { sku: '', quantity: 1, unitPriceCents: 10_000, discountCents: 0 };

/**
 * Coupon and cashback partners stand at the end of most journeys, since customers look for a code at the checkout. Under last touch they
 * take what others brought about. A plan that pays them as everybody else automates that.
 */
function* couponLastTouch(plan: CommissionPlan, { policy, today }: LintContext): Generator<Finding> {
  if (policy?.model !== 'last-touch') return;
  const rateFor = (type: (typeof PARTNER_TYPES)[number]) => {
    const order = { eventType: 'sale', customerStatus: 'new' as const, day: today, orderCents: 10_000, hour: () => 12 };
    const partner = { type, group: 'default' };
    if (plan.exclusions?.some(({ when }) => matches(when, order, partner, PROBE))) return 0;
    const rule = plan.rules.find(({ when }) => matches(when, order, partner, PROBE));
    return rule ? highest(rule.pay) : 0;
  };
  const others = PARTNER_TYPES.filter((type) => type !== 'coupon' && type !== 'cashback').map(rateFor);
  const late = Math.max(rateFor('coupon'), rateFor('cashback'));
  if (late === 0 || late < Math.max(...others)) return;
  yield {
    code: 'coupon-last-touch',
    severity: 'warning',
    sentence:
      'The last touch takes the whole order, and coupon and cashback partners, who mostly come last, are paid as much as those who brought the customer. Do not automate a broken program.',
    fix: 'Give coupon and cashback partners a rate of their own (partnerTypes), exclude codes found at the checkout (coupons), or share orders by position.',
  };
}
