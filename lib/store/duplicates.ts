import { atOnce } from '../at-once.ts';
import { utcDays } from '../calendar.ts';
import { alike, type MarkedOrder, type Reach, reachesOf } from '../settlement/duplicates.ts';
import { instant } from '../time.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { conversionPk } from './conversion-keys.ts';
import type { ConversionStore } from './conversions.ts';

/** Keys of one reach that are looked at, some ten queries: beyond that many orders within minutes, the earliest are compared and the rest is not. */
const MOST_NEIGHBOURS = 10_000;
/** Queries at once. */
const WIDTH = 16;

interface Where {
  readonly brandId: string;
  readonly programId: string;
  readonly withinMinutes: number;
}

/**
 * The orders that look like each of these, which are of one program, told by the marks in the day index: a query for each stretch of minutes
 * around the orders of a page, about half a read unit for twenty neighbours, and a read of the rows that are alike. What it costs follows
 * from how many orders there are within minutes, not from how many there ever were.
 */
export async function twinsOf(
  store: Pick<ConversionStore, 'marksBetween' | 'load'>,
  orders: readonly Conversion[],
  { brandId, programId, withinMinutes }: Where,
): Promise<ReadonlyMap<Conversion, readonly Conversion[]>> {
  const marked = orders.filter((order) => order.mark !== undefined);
  if (marked.length === 0 || withinMinutes === 0) return new Map();
  const own = marked.map((order): MarkedOrder => ({ key: order, occurredAt: order.occurredAt, mark: order.mark! }));

  async function neighboursIn({ from, to }: Reach): Promise<MarkedOrder[]> {
    const [first, last] = [instant(from), instant(to)];
    const found: MarkedOrder[] = [];
    for (const day of utcDays(first, instant(to + 1))) {
      let cursor: string | undefined;
      do {
        const page = await store.marksBetween(brandId, programId, day, { from: first, to: last, cursor });
        found.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== undefined && found.length < MOST_NEIGHBOURS);
    }
    return found;
  }

  const around = await atOnce(WIDTH, reachesOf(own, withinMinutes), neighboursIn);
  // The index trails by moments; what is settled together is known anyway.
  const found = alike(own, [...around.flat(), ...own], withinMinutes);
  const here = new Map(orders.map((order) => [conversionPk(order), order]));
  const elsewhere = found.flat().flatMap(({ key }) => (here.has(conversionPk(key)) ? [] : [key]));
  for (const order of elsewhere.length > 0 ? await store.load(elsewhere) : []) here.set(conversionPk(order), order);
  return new Map(
    marked.map((order, place) => [order, found[place]!.flatMap(({ key }) => here.get(conversionPk(key)) ?? [])]),
  );
}
