import { DAY_MS } from '../../lib/time.ts';
import { type CastProgram, HOSTILE_PARTNER, PROGRAMS } from './cast.ts';
import { enrolments, partners, type StoryEnrolment, type StoryPartner } from './partners.ts';
import { chance } from './random.ts';
import { type Shopper, shopper } from './shopper.ts';
import { type Trouble, trouble } from './trouble.ts';

export interface Story {
  readonly seed: number;
  readonly firstDay: string;
  /** Exclusive end of each of the two months, as instants. */
  readonly monthEnds: readonly [string, string];
  readonly season: { readonly from: string; readonly to: string };
  readonly programs: readonly CastProgram[];
  readonly partners: readonly StoryPartner[];
  readonly enrolments: readonly StoryEnrolment[];
  readonly shoppers: readonly Shopper[];
  readonly troubles: readonly Trouble[];
}

/** How large the story is. The default has more than 20,000 clicks and 1,500 orders; tests tell shorter ones. */
export interface Size {
  readonly shoppers: number;
  /** Clicks of the hostile partner's flood, and as many from bots. */
  readonly flood: number;
}
export const FULL_SIZE: Size = { shoppers: 9_000, flood: 900 };

/** First day of the month after, of a day that is the first of a month. */
const nextMonth = (day: string) => {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`;
};

/**
 * Two months of three programs: the same seed, first day and size give the same story, to the byte.
 * `firstDay` is the first of a month.
 */
export function story(seed: number, firstDay: string, size: Size = FULL_SIZE): Story {
  const random = chance(seed);
  const secondDay = nextMonth(firstDay);
  const endDay = nextMonth(secondDay);
  const startMs = Date.parse(`${firstDay}T00:00:00Z`);
  const endMs = Date.parse(`${endDay}T00:00:00Z`);
  const cast = partners(random);
  const joined = enrolments(cast, random);
  const shoppers = Array.from({ length: size.shoppers }, (_, index) => {
    const program = random.weighted(PROGRAMS, (p) => p.weight);
    return shopper({
      index,
      program,
      enrolments: joined.filter((e) => e.program === program.key),
      startMs,
      endMs,
      random,
    });
  });
  const hostile = joined.find((e) => e.partner === cast.find((p) => p.name === HOSTILE_PARTNER)?.key)!;
  return {
    seed,
    firstDay,
    monthEnds: [`${secondDay}T12:00:00.000Z`, `${endDay}T12:00:00.000Z`],
    season: { from: secondDay, to: new Date(endMs - DAY_MS).toISOString().slice(0, 10) },
    programs: PROGRAMS,
    partners: cast,
    enrolments: joined,
    shoppers,
    troubles: trouble({ hostile, enrolments: joined, flood: size.flood, startMs, endMs, random }),
  };
}
