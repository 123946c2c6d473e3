import { atOnce } from '../at-once.ts';
import type { Credit } from '../attribution/journey.ts';
import { addDays, type Day, dayIn, startOfDay, utcDays } from '../calendar.ts';
import type { Book } from '../commission/book.ts';
import { type ReplayedOrder, replay } from '../commission/replay.ts';
import type { FxTable } from '../programs/fx-rates.ts';
import { inForceAt, type Program } from '../programs/program.ts';
import type { Terms } from '../settlement/assess.ts';
import { inCurrency } from '../settlement/convert-currency.ts';
import type { Standing } from '../settlement/touches.ts';
import { linkOf, traitsAt } from '../settlement/traits.ts';
import type { Conversion, ConversionKey } from '../tracking/conversion.ts';
import type { ConversionStore } from './conversions.ts';

type Orders = Pick<ConversionStore, 'dayKeys' | 'load'>;

/** Queries at once. */
const WIDTH = 16;
const KEYS_A_PAGE = 1_000;

export interface Window {
  readonly brandId: string;
  readonly programId: string;
  readonly timeZone: string;
  /** First and last day, in that time zone. */
  readonly from: Day;
  readonly through: Day;
}

/** A program's orders of some days as they stand, or nothing when there are more than `most`. */
export async function ordersOf(
  store: Orders,
  { brandId, programId, timeZone, ...days }: Window,
  most: number,
): Promise<Conversion[] | undefined> {
  const from = startOfDay(days.from, timeZone);
  const to = startOfDay(addDays(days.through, 1), timeZone);
  const keys: ConversionKey[] = [];
  await atOnce(WIDTH, utcDays(from, to), async (day) => {
    let cursor: string | undefined;
    do {
      if (keys.length > most) return;
      const page = await store.dayKeys(brandId, programId, day, { from, to, limit: KEYS_A_PAGE, cursor });
      keys.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
  });
  return keys.length > most ? undefined : store.load(keys);
}

/** The rates of an order's day. */
type Rates = (conversion: Conversion) => Promise<FxTable | undefined>;

/** Orders in the program's currency, as they are priced; one whose day has no rate yet is not priced, and left out here too. */
export async function inProgramCurrency(
  orders: readonly Conversion[],
  { currency, timeZone }: Pick<Program, 'currency' | 'timeZone'>,
  ratesFor: Rates,
): Promise<Conversion[]> {
  const converted = await atOnce(WIDTH, orders, async (order) => {
    try {
      return [inCurrency(order, currency, dayIn(order.occurredAt, timeZone), await ratesFor(order))];
    } catch (error) {
      if (error instanceof RangeError) return [];
      throw error;
    }
  });
  return converted.flat();
}

/** Loads partners of the program by id. */
type Meet = (partnerIds: readonly string[]) => Promise<ReadonlyMap<string, Standing | undefined>>;

/** Orders that somebody is credited for, with what rules may ask of the partners; those not settled yet are left out. */
export async function replayable(
  orders: readonly Conversion[],
  { policies }: Pick<Terms, 'policies'>,
  meet: Meet,
): Promise<ReplayedOrder[]> {
  const credited = orders.filter(({ credits }) => credits && credits.length > 0);
  const known = await meet([...new Set(credited.flatMap(({ credits }) => credits!.map(({ partnerId }) => partnerId)))]);
  return credited.flatMap((conversion): ReplayedOrder[] => {
    const policy = inForceAt(policies, conversion.occurredAt);
    const credits = conversion.credits!;
    const involved = involvedIn(credits, known);
    const partners = traitsAt(conversion.occurredAt, involved, linkOf(conversion, credits, []));
    if (!policy || credits.some(({ partnerId }) => !partners.has(partnerId))) return [];
    return [{ conversion, credits, policy, partners }];
  });
}

/** The partners of an order and who recruited them, as far as they are known. */
function involvedIn(credits: readonly Credit[], known: ReadonlyMap<string, Standing | undefined>) {
  const involved = new Map<string, Standing | undefined>();
  for (const { partnerId } of credits)
    for (let id: string | undefined = partnerId; id !== undefined && !involved.has(id); ) {
      const standing = known.get(id);
      involved.set(id, standing);
      id = standing?.enrolment.recruitedBy;
    }
  return involved;
}

/** A year of a busy program; beyond it, orders are set aside instead of being priced by a part of their history. */
const MOST_ORDERS = 50_000;

interface History extends Omit<Window, 'programId' | 'timeZone'> {
  readonly terms: Terms;
  readonly meet: Meet;
  readonly ratesFor: Rates;
}

/**
 * The orders by which others of these days are priced, each with the credits that are stored with it. An order that is not settled yet, or
 * comes later, is not in it; the nightly recount prices its neighbours again.
 */
export async function bookOf(
  store: Orders,
  { brandId, terms, from, through, meet, ratesFor }: History,
): Promise<Book | undefined> {
  const { programId, timeZone, payoutTerms } = terms.program;
  const orders = await ordersOf(store, { brandId, programId, timeZone, from, through }, MOST_ORDERS);
  // Without a book a plan that asks for one cannot price, so each order is set aside with that reason.
  if (!orders) return undefined;
  const mine = await inProgramCurrency(orders, terms.program, ratesFor);
  const known = await replayable(mine, terms, meet);
  return replay(known, { plans: terms.plans, terms: payoutTerms, timeZone, lenient: true }).book;
}
