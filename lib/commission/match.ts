import type { Day } from '../calendar.ts';
import type { PartnerType } from '../partners/partner.ts';
import type { Conversion, LineItem } from '../tracking/conversion.ts';
import { type Condition, WEEKDAYS } from './condition.ts';
import { type PartnerFacts, withinMonths } from './facts.ts';
import type { CommissionRule, PlanVersion } from './plan.ts';

/** What a rule may ask about a partner. */
export interface PartnerTraits {
  /** Group of the enrolment: `default`, `gold`. */
  readonly group: string;
  /** Nothing in a file that does not say. */
  readonly type: PartnerType | undefined;
  readonly tier?: string | undefined;
  readonly partnerId?: string;
  /** Link of the deciding touch. */
  readonly link?: string | undefined;
  /**
   * Who recruited the partner, then who recruited them; nobody where there is none or the place earned nothing then. Absent when nobody
   * knows.
   */
  readonly recruiters?: readonly (string | undefined)[];
}

/** What a rule may ask about an order as a whole. `day` is the day of the order in the program's time zone. */
export type OrderTraits = Pick<Conversion, 'eventType' | 'customerStatus'> & {
  readonly day: Day;
  /** Hour of the day in the program's time zone; asked for only where a rule has hours. */
  readonly hour?: () => number;
  /** What the order was worth when it was made. */
  readonly orderCents?: number;
  readonly currency?: string;
  readonly couponCode?: string | undefined;
  readonly country?: string | undefined;
  /** Which order of the customer it is, from 1; absent when nobody knows. */
  readonly nthOrder?: number | undefined;
};

const lists = <T>(allowed: readonly T[] | undefined, value: T | undefined) =>
  allowed === undefined || (value !== undefined && allowed.includes(value));

function between(value: number | undefined, least: number | undefined, most: number | undefined): boolean {
  if (least === undefined && most === undefined) return true;
  return value !== undefined && (least === undefined || least <= value) && (most === undefined || value <= most);
}

const weekdayOf = (day: Day) => WEEKDAYS[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7];

/** Whether an hour of the day lies in hours that may go over midnight. */
export const inHours = ({ from, to }: { from: number; to: number }, hour: number) =>
  from < to ? from <= hour && hour < to : hour >= from || hour < to;

const sameCode = (code: string) => code.toLowerCase();

/** What a condition asks of the order and the partner, without what stands in conditions inside it. */
function asksOfOrder(when: Condition, order: OrderTraits, partner: PartnerTraits): boolean {
  return (
    lists(when.eventTypes, order.eventType) &&
    (when.customerStatus === undefined || when.customerStatus === order.customerStatus) &&
    (when.from === undefined || when.from <= order.day) &&
    (when.to === undefined || order.day <= when.to) &&
    lists(when.groups, partner.group) &&
    lists(when.partnerTypes, partner.type) &&
    lists(when.tiers, partner.tier) &&
    lists(when.partnerIds, partner.partnerId) &&
    lists(when.links, partner.link) &&
    between(order.orderCents, when.minOrderCents, when.maxOrderCents) &&
    lists(when.currencies, order.currency) &&
    lists(when.coupons?.map(sameCode), order.couponCode && sameCode(order.couponCode)) &&
    lists(when.countries, order.country) &&
    (when.nthOrder === undefined || between(order.nthOrder, when.nthOrder.from, when.nthOrder.to)) &&
    (when.weekdays === undefined || lists<string>(when.weekdays, weekdayOf(order.day))) &&
    (when.hours === undefined || (order.hour !== undefined && inHours(when.hours, order.hour())))
  );
}

const asksOfItem = (when: Condition, item: LineItem) =>
  lists(when.categories, item.category) &&
  lists(when.skus, item.sku) &&
  between(item.unitPriceCents, when.minPriceCents, when.maxPriceCents);

/** Whether all that a condition asks holds of a line item of this order for this partner. */
export function matches(when: Condition, order: OrderTraits, partner: PartnerTraits, item: LineItem): boolean {
  return (
    asksOfItem(when, item) &&
    asksOfOrder(when, order, partner) &&
    (when.all?.every((inner) => matches(inner, order, partner, item)) ?? true) &&
    (when.any?.some((inner) => matches(inner, order, partner, item)) ?? true) &&
    !(when.not && matches(when.not, order, partner, item))
  );
}

/** Whether a recurring rule still runs: the order is in the months after the customer's first one that the partner is credited for. */
function runs({ recurring }: Pick<CommissionRule, 'recurring'>, day: Day, facts: PartnerFacts | undefined): boolean {
  if (!recurring) return true;
  return facts?.first !== undefined && withinMonths(facts.first.day, recurring.months, day);
}

/**
 * The rules of a plan that may price this order for this partner, in the plan's order. What only an item can decide (category, SKU,
 * conditions inside conditions) is left to {@link firstMatch}, so that a hundred items do not ask the same season a hundred times.
 */
export const rulesFor = (
  { plan }: PlanVersion,
  order: OrderTraits,
  partner: PartnerTraits,
  facts?: PartnerFacts,
): CommissionRule[] => candidates(plan.rules, order, partner).filter((rule) => runs(rule, order.day, facts));

/** Those of some parts of a plan that the order and the partner leave open. */
export const candidates = <Part extends { readonly when: Condition }>(
  parts: readonly Part[],
  order: OrderTraits,
  partner: PartnerTraits,
): Part[] => parts.filter(({ when }) => asksOfOrder(when, order, partner));

/** The first of these that matches a line item; `undefined` when none does. */
export const firstMatch = <Part extends { readonly when: Condition }>(
  parts: readonly Part[],
  item: LineItem,
  order: OrderTraits,
  partner: PartnerTraits,
): Part | undefined =>
  parts.find(({ when }) =>
    when.all || when.any || when.not ? matches(when, order, partner, item) : asksOfItem(when, item),
  );
