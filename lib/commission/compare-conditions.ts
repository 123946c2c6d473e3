import type { Condition } from './condition.ts';
import { both, hoursIn, LISTS, listOf, RANGES, waysOf } from './flatten.ts';
import { inHours } from './match.ts';

/** Whether two parts of a plan are written alike. */
export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether nothing can match: parts of the condition contradict each other. */
export const matchesNothing = (when: Condition): boolean => waysOf(when).length === 0;

/** Whether everything that the second matches is matched by the first for sure; what cannot be told is told as no. */
export function covers(wide: Condition, narrow: Condition): boolean {
  const outer = waysOf(wide);
  const covered = (inner: Condition) => outer.some((each) => coversWay(each, inner));
  return waysOf(narrow).every((inner) => covered(inner) || (outer.length > 1 && byValues(inner).every(covered)));
}

/** More pieces than this are not told apart. */
const MOST_PIECES = 16;

/** A way to match by single values of its lists: what one way of another condition does not cover as a whole, several may value by value. */
function byValues(way: Condition): readonly Condition[] {
  return LISTS.reduce<readonly Condition[]>(
    (pieces, field) => {
      const values = listOf(way, field) ?? [];
      if (values.length < 2 || pieces.length * values.length > MOST_PIECES) return pieces;
      return pieces.flatMap((piece) => values.map((value) => ({ ...piece, [field]: [value] })));
    },
    [way],
  );
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
  const exact = (['customerStatus', 'all', 'any', 'not'] as const).every(
    (field) => wide[field] === undefined || same(wide[field], narrow[field]),
  );
  const hours = coversHours(wide.hours, narrow.hours);
  return lists && ranges && exact && hours && coversNth(wide.nthOrder, narrow.nthOrder);
}

function coversHours(wide: Condition['hours'], narrow: Condition['hours'] = { from: 0, to: 24 }): boolean {
  return wide === undefined || hoursIn(narrow).every((hour) => inHours(wide, hour));
}

function coversNth(wide: Condition['nthOrder'], narrow: Condition['nthOrder']): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined || narrow.from < wide.from) return false;
  return wide.to === undefined || (narrow.to !== undefined && narrow.to <= wide.to);
}

/** Whether some item may match both; what cannot be told leaves room. */
export const meet = (a: Condition, b: Condition): boolean =>
  waysOf(a).some((one) => waysOf(b).some((other) => both(one, other).length > 0));
