import { type Day, dayIn } from '../calendar.ts';
import { remainingOrder } from '../commission/order.ts';
import type { Journal } from '../ledger/journal.ts';
import { allocate, WHOLE_BPS } from '../money.ts';
import type { Program } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { countsAs, type Mode, type Verdict } from '../tracking/verdict.ts';

/**
 * What a partner's day in a program came to. Every figure is a sum of movements, so movements may arrive in any order.
 *
 * Clicks count on the day of the click, conversions with their revenue and returns on the day of the order (a return a week later
 * lowers the day it was bought on), commission on the day it was posted, so that a month of days adds up to the month's journals.
 */
export interface DayMeasures {
  readonly clicks: number;
  /** Orders that credit the partner, wholly or in part: one order split between three partners counts for each of them. */
  readonly conversions: number;
  /** The partner's credit in those orders; over all rows of a day it is 10,000 for each order, whoever shares it. */
  readonly creditBps: number;
  /** The partner's share of the orders after discounts and returns; over all rows of a day it is the day's revenue. */
  readonly revenueCents: number;
  /** Commission posted that day, corrections included. */
  readonly commissionCents: number;
  /** Of those orders, how many were cancelled or saw something come back. */
  readonly returns: number;
}

export const NOTHING: DayMeasures = {
  clicks: 0,
  conversions: 0,
  creditBps: 0,
  revenueCents: 0,
  commissionCents: 0,
  returns: 0,
};
export const MEASURES = Object.keys(NOTHING) as (keyof DayMeasures)[];

/** The row of orders that credit nobody: not settled yet, or nobody's doing. */
export const NO_PARTNER = '-';

export interface DayKey {
  readonly brandId: string;
  readonly programId: string;
  /** In the program's time zone. */
  readonly day: Day;
  /** Or {@link NO_PARTNER}. */
  readonly partnerId: string;
}

/** What one recorded fact changes about one row. */
export interface Movement extends DayKey {
  readonly by: Partial<DayMeasures>;
}

export function plus(a: DayMeasures, b: Partial<DayMeasures>): DayMeasures {
  const sum = { ...a } as Record<keyof DayMeasures, number>;
  for (const measure of MEASURES) sum[measure] += b[measure] ?? 0;
  return sum;
}

/** A recorded click. */
export interface ClickFacts {
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  readonly at: Instant;
  readonly verdict?: Verdict | undefined;
  readonly mode?: Mode | undefined;
}

/** What of a program decides how its days are counted. Neither ever changes. */
export type DayTerms = Pick<Program, 'timeZone' | 'currency'>;

/** A click that the program's mode leaves out of reports moves nothing. */
export function clickMovement(click: ClickFacts, { timeZone }: DayTerms): Movement | undefined {
  const { brandId, programId, partnerId, at, verdict = 'human', mode = 'moderate' } = click;
  if (!countsAs(verdict, mode)) return undefined;
  return { brandId, programId, partnerId, day: dayIn(at, timeZone), by: { clicks: 1 } };
}

/**
 * What a change to a conversion moves: what it is worth now less what it was worth before. Settling it moves it from nobody to its
 * partners.
 */
export function conversionMovements(
  before: Conversion | undefined,
  after: Conversion | undefined,
  { timeZone, currency }: DayTerms,
): Movement[] {
  const rows = new Map<string, Movement>();
  const add = (conversion: Conversion, sign: 1 | -1) => {
    const day = dayIn(conversion.occurredAt, timeZone);
    const { brandId, programId } = conversion;
    for (const { partnerId, ...worth } of worthOf(conversion, currency)) {
      const id = `${day}#${partnerId}`;
      const sum = plus({ ...NOTHING, ...rows.get(id)?.by }, scale(worth, sign));
      rows.set(id, { brandId, programId, day, partnerId, by: sum });
    }
  };
  if (before) add(before, -1);
  if (after) add(after, 1);
  return [...rows.values()].filter(({ by }) => MEASURES.some((measure) => by[measure] !== 0));
}

type Worth = Pick<DayMeasures, 'conversions' | 'creditBps' | 'revenueCents' | 'returns'> & {
  readonly partnerId: string;
};

/** What an order is worth to each who shares it; to {@link NO_PARTNER} when nobody does. */
export function worthOf(conversion: Conversion, currency: string): Worth[] {
  const { commissionableCents, returnedUnits } = remainingOrder(conversion);
  // An order in another currency is counted, but its money only once it is settled and so converted: euros are not added to dollars.
  const { exchange } = conversion;
  const converted = exchange?.to === currency ? exchange.toCents : 0;
  const revenueCents = conversion.currency === currency ? commissionableCents : converted;
  const returns = conversion.cancelled || returnedUnits > 0 ? 1 : 0;
  // Whoever assisted has no share, so the order does not count for them.
  const sharing = conversion.credits?.filter(({ creditBps }) => creditBps > 0) ?? [];
  const credits = sharing.length > 0 ? sharing : [{ partnerId: NO_PARTNER, creditBps: WHOLE_BPS }];
  const shares = allocate(
    revenueCents,
    credits.map(({ creditBps }) => creditBps),
  );
  return credits.map(({ partnerId, creditBps }, place) => ({
    partnerId,
    conversions: 1,
    creditBps,
    revenueCents: shares[place]!,
    returns,
  }));
}

const scale = (worth: Omit<Worth, 'partnerId'>, sign: 1 | -1) =>
  Object.fromEntries(Object.entries(worth).map(([measure, value]) => [measure, sign * value])) as Partial<DayMeasures>;

/** What a journal adds to its day: the commission it posts. Moving money on towards the partner earns nothing. */
export function journalMovement(journal: Journal, { timeZone }: DayTerms): Movement | undefined {
  const commissionCents = -(journal.entries.find(({ account }) => account === 'expense')?.cents ?? 0);
  if (commissionCents === 0) return undefined;
  const { brandId, programId, partnerId, at } = journal;
  return { brandId, programId, partnerId, day: dayIn(at, timeZone), by: { commissionCents } };
}
