import type { Day } from '../calendar.ts';
import type { PartnerType } from '../partners/partner.ts';
import type { Conversion, LineItem } from '../tracking/conversion.ts';
import type { CommissionRule, PlanVersion } from './plan.ts';

/** What a rule may ask about a partner. */
export interface PartnerTraits {
  /** Group of the enrolment: `default`, `gold`. */
  readonly group: string;
  readonly type: PartnerType;
}

/** What a rule may ask about an order as a whole. `day` is the day of the order in the program's time zone. */
export type OrderTraits = Pick<Conversion, 'eventType' | 'customerStatus'> & { readonly day: Day };

const lists = <T>(allowed: readonly T[] | undefined, value: T | undefined) =>
  allowed === undefined || (value !== undefined && allowed.includes(value));

/**
 * The rules of a plan that may price this order for this partner, in the plan's order. What only an item can decide (category, SKU)
 * is left to {@link firstMatch}, so that a hundred items do not ask the same season a hundred times.
 */
export function rulesFor({ plan }: PlanVersion, order: OrderTraits, partner: PartnerTraits): CommissionRule[] {
  return plan.rules.filter(
    ({ when }) =>
      lists(when.eventTypes, order.eventType) &&
      (when.customerStatus === undefined || when.customerStatus === order.customerStatus) &&
      (when.from === undefined || when.from <= order.day) &&
      (when.to === undefined || order.day <= when.to) &&
      lists(when.groups, partner.group) &&
      lists(when.partnerTypes, partner.type),
  );
}

/** The first of these rules that matches a line item, and so prices it; `undefined` when none does. */
export function firstMatch(rules: readonly CommissionRule[], item: LineItem): CommissionRule | undefined {
  return rules.find(({ when }) => lists(when.categories, item.category) && lists(when.skus, item.sku));
}
