import type { Condition } from './condition.ts';

const LISTS = [
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
const RANGES = [
  ['minPriceCents', 'maxPriceCents'],
  ['minOrderCents', 'maxOrderCents'],
  ['from', 'to'],
] as const;

/** Coupons are compared as orders are: whatever their case. */
const listOf = (when: Condition, field: (typeof LISTS)[number]) =>
  field === 'coupons'
    ? when.coupons?.map((code) => code.toLowerCase())
    : (when[field] as readonly string[] | undefined);
/** Whether two parts of a plan are written alike. */
export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether everything that the second matches is matched by the first for sure; what cannot be told is told as no. */
export function covers(wide: Condition, narrow: Condition): boolean {
  const lists = LISTS.every((field) => {
    const [outer, inner] = [listOf(wide, field), listOf(narrow, field)];
    return outer === undefined || (inner?.every((value) => outer.includes(value)) ?? false);
  });
  const ranges = RANGES.every(([low, high]) => {
    const least = wide[low] === undefined || (narrow[low] !== undefined && wide[low] <= narrow[low]);
    return least && (wide[high] === undefined || (narrow[high] !== undefined && narrow[high] <= wide[high]));
  });
  const exact = (['customerStatus', 'nthOrder', 'hours', 'all', 'any', 'not'] as const).every(
    (field) => wide[field] === undefined || same(wide[field], narrow[field]),
  );
  return lists && ranges && exact;
}

/** Whether some item may match both; conditions inside conditions are taken to leave room. */
export function meet(a: Condition, b: Condition): boolean {
  const lists = LISTS.every((field) => {
    const [left, right] = [listOf(a, field), listOf(b, field)];
    return !left || !right || left.some((value) => right.includes(value));
  });
  const ranges = RANGES.every(([low, high]) => {
    const apart = (x: Condition, y: Condition) => x[high] !== undefined && y[low] !== undefined && x[high] < y[low];
    return !apart(a, b) && !apart(b, a);
  });
  return lists && ranges && (!a.customerStatus || !b.customerStatus || a.customerStatus === b.customerStatus);
}
