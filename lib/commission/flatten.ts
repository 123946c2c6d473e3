import type { Condition } from './condition.ts';
import { inHours } from './match.ts';

/** Condition fields that are lists of which one must be met. */
export const LISTS = [
  'categories',
  'skus',
  'groups',
  'tiers',
  'partnerTypes',
  'partnerIds',
  'eventTypes',
  'currencies',
  'coupons',
  'countries',
  'links',
  'weekdays',
] as const;
/** Pairs of fields that are a range, both ends included. */
export const RANGES = [
  ['minPriceCents', 'maxPriceCents'],
  ['minOrderCents', 'maxOrderCents'],
  ['from', 'to'],
] as const;

/** Beyond so many ways to match, conditions are compared as they are written. */
const MOST_WAYS = 16;

type Loose = Record<string, unknown>;

/** A list of a condition; coupons are compared as orders are, whatever their case. */
export const listOf = (when: Condition, field: (typeof LISTS)[number]) =>
  field === 'coupons'
    ? when.coupons?.map((code) => code.toLowerCase())
    : (when[field] as readonly string[] | undefined);

/**
 * The ways in which a condition can be matched, each without `all` and, but for what cannot be told, without `any`: together they match what
 * it matches. None where its parts contradict each other. So conditions can be compared that say the same thing differently.
 */
export function waysOf(when: Condition): readonly Condition[] {
  const ready = known.get(when);
  if (ready) return ready;
  const ways = expanded(when);
  known.set(when, ways);
  return ways;
}

const known = new WeakMap<Condition, readonly Condition[]>();

function expanded(when: Condition): readonly Condition[] {
  const { all = [], any, ...own } = when;
  let ways: readonly Condition[] = isPossible(own) ? [own] : [];
  for (const choices of [...all.map(waysOf), ...(any ? [any.flatMap(waysOf)] : [])]) {
    if (ways.length * choices.length > MOST_WAYS) return [when];
    ways = ways.flatMap((way) => choices.flatMap((other) => both(way, other)));
  }
  return ways;
}

const isEverything = (when: Condition): boolean => waysOf(when).some((way) => Object.values(way).every(isUnset));
const isUnset = (value: unknown) => value === undefined;
const isPossible = ({ not }: Condition) => not === undefined || !isEverything(not);

/** What both of two ways ask, as one condition; nothing when no item can match both. What has no common form stands beside it in `all`. */
export function both(a: Condition, b: Condition): Condition[] {
  const joined: Loose = { ...b, ...a };
  for (const field of LISTS) {
    const [left, right] = [listOf(a, field), listOf(b, field)];
    if (!left || !right) continue;
    const shared = left.filter((value) => right.includes(value));
    if (shared.length === 0) return [];
    joined[field] = shared;
  }
  for (const [low, high] of RANGES) {
    const least = [a[low], b[low]]
      .filter((value) => value !== undefined)
      .sort(byValue)
      .at(-1);
    const most = [a[high], b[high]].filter((value) => value !== undefined).sort(byValue)[0];
    if (least !== undefined && most !== undefined && least > most) return [];
    Object.assign(joined, least !== undefined && { [low]: least }, most !== undefined && { [high]: most });
  }
  if (a.nthOrder && b.nthOrder) {
    const from = Math.max(a.nthOrder.from, b.nthOrder.from);
    const to = Math.min(a.nthOrder.to ?? Number.POSITIVE_INFINITY, b.nthOrder.to ?? Number.POSITIVE_INFINITY);
    if (from > to) return [];
    joined.nthOrder = { from, ...(Number.isFinite(to) && { to }) };
  }
  if (a.customerStatus && b.customerStatus && a.customerStatus !== b.customerStatus) return [];
  if (a.hours && b.hours && !hoursIn(a.hours).some((hour) => inHours(b.hours!, hour))) return [];
  const beside: Condition[] = [...(a.all ?? []), ...(b.all ?? [])];
  for (const field of ['hours', 'not', 'any'] as const)
    if (a[field] && b[field] && JSON.stringify(a[field]) !== JSON.stringify(b[field]))
      beside.push({ [field]: b[field] });
  return [{ ...(joined as Condition), ...(beside.length > 0 && { all: beside }) }];
}

const DAY = Array.from({ length: 24 }, (_, hour) => hour);

/** Hours of the day that a condition on hours asks for. */
export const hoursIn = (hours: NonNullable<Condition['hours']>): number[] => DAY.filter((hour) => inHours(hours, hour));

const byValue = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
