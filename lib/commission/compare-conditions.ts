import type { Condition } from './condition.ts';
import { both, LISTS, listOf, RANGES, waysOf } from './flatten.ts';

/** Whether two parts of a plan are written alike. */
export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether nothing can match: parts of the condition contradict each other. */
export const matchesNothing = (when: Condition): boolean => waysOf(when).length === 0;

/** Whether everything that the second matches is matched by the first for sure; what cannot be told is told as no. */
export function covers(wide: Condition, narrow: Condition): boolean {
  const outer = waysOf(wide);
  return waysOf(narrow).every((inner) => outer.some((each) => coversWay(each, inner)));
}

function coversWay(wide: Condition, narrow: Condition): boolean {
  const lists = LISTS.every((field) => {
    const [outer, inner] = [listOf(wide, field), listOf(narrow, field)];
    return outer === undefined || (inner?.every((value) => outer.includes(value)) ?? false);
  });
  const ranges = RANGES.every(([low, high]) => {
    const least = wide[low] === undefined || (narrow[low] !== undefined && wide[low] <= narrow[low]);
    return least && (wide[high] === undefined || (narrow[high] !== undefined && narrow[high] <= wide[high]));
  });
  const exact = (['customerStatus', 'hours', 'all', 'any', 'not'] as const).every(
    (field) => wide[field] === undefined || same(wide[field], narrow[field]),
  );
  return lists && ranges && exact && coversNth(wide.nthOrder, narrow.nthOrder);
}

function coversNth(wide: Condition['nthOrder'], narrow: Condition['nthOrder']): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined || narrow.from < wide.from) return false;
  return wide.to === undefined || (narrow.to !== undefined && narrow.to <= wide.to);
}

/** Whether some item may match both; what cannot be told leaves room. */
export const meet = (a: Condition, b: Condition): boolean =>
  waysOf(a).some((one) => waysOf(b).some((other) => both(one, other).length > 0));
