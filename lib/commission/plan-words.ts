import { format, percent } from '../money.ts';
import type { Condition } from './condition.ts';
import type { Bonus, Cap, CommissionRule, Override, Tiers } from './plan.ts';
import { volumeText } from './price-part.ts';

const or = (words: readonly string[]) =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

function range(what: string, least: string | undefined, most: string | undefined): string[] {
  if (least === undefined && most === undefined) return [];
  if (least === undefined) return [`${what} up to ${most}`];
  return [most === undefined ? `${what} from ${least} on` : `${what} from ${least} to ${most}`];
}

const DAYS = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** A condition as a phrase: `items of category shoes; orders of new customers`. Nothing asked: `everything`. */
export function conditionWords(when: Condition, currency: string): string {
  const money = (cents: number | undefined) => (cents === undefined ? undefined : format(cents, currency));
  const listed = (what: string, values: readonly string[] | undefined) => (values ? [`${what} ${or(values)}`] : []);
  const inner = (each: Condition) => `(${conditionWords(each, currency)})`;
  const parts = [
    ...listed('items of category', when.categories),
    ...listed('items with SKU', when.skus),
    ...range('items with a price', money(when.minPriceCents), money(when.maxPriceCents)),
    ...listed('partners of group', when.groups),
    ...listed('partners of tier', when.tiers),
    ...listed('partners of type', when.partnerTypes),
    ...listed('partner', when.partnerIds),
    ...listed('events of type', when.eventTypes),
    ...range('orders worth', money(when.minOrderCents), money(when.maxOrderCents)),
    ...listed('orders in', when.currencies),
    ...listed('orders with coupon', when.coupons),
    ...listed('orders to', when.countries),
    ...listed('orders through link', when.links),
    ...(when.customerStatus ? [`orders of ${when.customerStatus} customers`] : []),
    ...(when.nthOrder ? [nthWords(when.nthOrder)] : []),
    ...range('days', when.from, when.to),
    ...(when.weekdays ? [`orders made on ${or(when.weekdays.map((day) => DAYS[day]))}`] : []),
    ...(when.hours ? [`orders made from ${when.hours.from}:00 until ${when.hours.to}:00`] : []),
    ...(when.all?.map(inner) ?? []),
    ...(when.any ? [or(when.any.map(inner))] : []),
    ...(when.not ? [`but not ${inner(when.not)}`] : []),
  ];
  const isAsked = parts.length > (when.not ? 1 : 0);
  return [...(isAsked ? [] : ['everything']), ...parts].join('; ');
}

function nthWords({ from, to }: NonNullable<Condition['nthOrder']>): string {
  if (to === undefined) return `a customer’s orders from number ${from} on`;
  return from === to ? `a customer’s order number ${from}` : `a customer’s orders number ${from} to ${to}`;
}

/** What a rule or a bonus pays: `12 % of the price after discounts`. */
export function payWords(pay: Bonus['pay'], currency: string): string {
  switch (pay.kind) {
    case 'percent':
      return `${percent(pay.rateBps)} of the price after discounts`;
    case 'flat':
      return `${format(pay.amountCents, currency)} for each ${pay.per ?? 'item'}`;
    case 'milestone':
      return `${format(pay.amountCents, currency)} once a ${pay.per}, with the order that reaches ${volumeText(pay.by, pay.at, currency)} or else the first one after it that this is for`;
    case 'tiers':
      return `${pay.steps.map(({ from, rateBps }) => `${percent(rateBps)} from ${volumeText(pay.by, from, currency)}`).join(', ')} in a ${pay.per}; ${modeWords(pay)}`;
  }
}

const modeWords = ({ mode, per }: Tiers) =>
  mode === 'marginal'
    ? 'each rate is for what falls into its tier'
    : `the rate reached by the end of the ${per} is for all of it`;

/** What else holds of a rule: its limits, how long it runs, whether it stacks. */
export function termsWords(
  rule: Partial<Pick<CommissionRule, 'cap' | 'recurring'> & Pick<Bonus, 'stacks'>>,
  currency: string,
): string {
  const { cap, recurring, stacks } = rule;
  const parts = [
    ...(cap ? capWords(cap, currency) : []),
    ...(recurring
      ? [
          `for ${recurring.months} months from the customer’s first order with the partner, ${recurring.rate === 'pinned' ? 'at the rate of that order' : 'at the rate of each order’s own time'}`,
        ]
      : []),
    ...(stacks === false ? ['not together with a bonus above it'] : []),
  ];
  return parts.join('; ');
}

const capWords = ({ perItemCents, perOrderCents, perPeriod }: Cap, currency: string) => [
  ...(perItemCents === undefined ? [] : [`at most ${format(perItemCents, currency)} an item`]),
  ...(perOrderCents === undefined ? [] : [`at most ${format(perOrderCents, currency)} an order`]),
  ...(perPeriod ? [`at most ${format(perPeriod.cents, currency)} a ${perPeriod.per}`] : []),
];

/** What a recruiter earns; of sales nothing on what is excluded or no rule matches. */
export const overrideWords = ({ level, of, rateBps }: Override) =>
  `${level === 1 ? 'Who recruited a partner' : 'Who recruited that recruiter'} earns ${percent(rateBps)} of ${of === 'commission' ? 'what the partner earns' : 'the partner’s share of what a rule prices'}`;
