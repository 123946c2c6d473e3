import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { atOnce } from '../at-once.ts';
import { touchOf } from '../attribution/channel-touch.ts';
import { type Touch, withKept } from '../attribution/journey.ts';
import { type AttributionPolicy, longestLookbackDays } from '../attribution/policy.ts';
import { type Day, dayIn } from '../calendar.ts';
import type { Book } from '../commission/book.ts';
import { historyFrom, historyThrough } from '../commission/settles.ts';
import type { FxTable } from '../programs/fx-rates.ts';
import { inForceAt } from '../programs/program.ts';
import { flagSettings } from '../programs/tracking-settings.ts';
import type { Circumstances, Terms } from '../settlement/assess.ts';
import type { Standing } from '../settlement/touches.ts';
import { paysRecruiters, withRecruiters } from '../settlement/traits.ts';
import { DAY_MS, epochMs, instant } from '../time.ts';
import { clickOf, touchOfClickId } from '../tracking/click-id.ts';
import { type Code, type CodeTouches, codesOf, codeTouches } from '../tracking/code.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { type Visitors, visitorsAt } from '../tracking/customer.ts';
import { allowsJoins } from '../tracking/visitor.ts';
import type { CapStore } from './caps.ts';
import { type ChannelTouchStore, channelTouches } from './channel-touches.ts';
import { type ClickStore, clicks } from './clicks.ts';
import { type CodeStore, codes } from './codes.ts';
import type { ConversionStore } from './conversions.ts';
import { type CustomerStore, customerPartition, customers } from './customers.ts';
import { twinsOf } from './duplicates.ts';
import { enrolments } from './enrolments.ts';
import { fxRates } from './fx-rates.ts';
import { bookOf } from './order-history.ts';
import { partners } from './partners.ts';
import { programs } from './programs.ts';
import { terms } from './terms.ts';

interface Stores {
  readonly programs: ReturnType<typeof programs>;
  readonly terms: ReturnType<typeof terms>;
  readonly partners: ReturnType<typeof partners>;
  readonly enrolments: ReturnType<typeof enrolments>;
  readonly clicks: ClickStore;
  readonly fx: Pick<ReturnType<typeof fxRates>, 'latest'>;
  readonly channels: Pick<ChannelTouchStore, 'any' | 'ofCustomer'>;
  readonly customers: Pick<CustomerStore, 'visitors'>;
  readonly codes: Pick<CodeStore, 'many'>;
  /** Left out where nothing is settled: caps decide what is written, not what a journey was. */
  readonly caps?: Pick<CapStore, 'all'>;
  /** Where orders are priced by others; who only looks at journeys needs none. */
  readonly conversions?: Pick<ConversionStore, 'dayKeys' | 'load'>;
  /** Where orders that look alike are flagged. */
  readonly twins?: Pick<ConversionStore, 'marksBetween' | 'load'>;
}

/** The stores that a journey is read from, whatever is asked of it; what else {@link settlementFacts} takes is its caller's to add. */
export const journeyStores = (
  client: DynamoDBDocumentClient,
  tables: { readonly core: string; readonly clicks: string },
) =>
  ({
    programs: programs(client, tables.core),
    terms: terms(client, tables.core),
    partners: partners(client, tables.core),
    enrolments: enrolments(client, tables.core),
    clicks: clicks(client, tables.clicks),
    fx: fxRates(client, tables.core),
    channels: channelTouches(client, tables.core),
    customers: customers(client, tables.core),
    codes: codes(client, tables.core),
  }) satisfies Stores;

/** Queries at once. */
const WIDTH = 16;

/**
 * What settling needs to know about conversions of one brand. Terms and partners are read once, whatever the number of conversions; a
 * journey is one query of the clicks in the policy's window for each of the customer's visitors, so its cost does not grow with the table.
 * Customers and codes of a page are read together; a conversion that names neither costs nothing for them.
 *
 * @param proposed a policy to read the touches for, in place of the one in force: it may look back further.
 */
export function settlementFacts(stores: Stores, brandId: string, proposed?: AttributionPolicy) {
  const termsOf = new Map<string, Promise<Terms | undefined>>();
  const standings = new Map<string, Map<string, Standing | undefined>>();
  const ratesOf = new Map<Day, Promise<FxTable | undefined>>();

  /** The rates of the order's day, for an order in another currency than the program's: one query a day. */
  async function ratesFor({ currency, occurredAt }: Conversion, terms?: Terms): Promise<FxTable | undefined> {
    if (!terms || currency === terms.program.currency) return undefined;
    const day = dayIn(occurredAt, terms.program.timeZone);
    const known = ratesOf.get(day) ?? stores.fx.latest(brandId, day);
    ratesOf.set(day, known);
    return known;
  }
  const channels = new Map<string, Promise<boolean>>();

  async function readTerms(programId: string): Promise<Terms | undefined> {
    const [program, policies, plans, caps] = await Promise.all([
      stores.programs.get(brandId, programId),
      stores.terms.policies(brandId, programId),
      stores.terms.plans(brandId, programId),
      stores.caps?.all(brandId, programId),
    ]);
    return program && { program, policies, plans, ...(caps && { caps }) };
  }

  function knownTerms(programId: string): Promise<Terms | undefined> {
    let known = termsOf.get(programId);
    if (!known) {
      known = readTerms(programId);
      termsOf.set(programId, known);
    }
    return known;
  }

  /**
   * Every touch of the customer's visitors in the window, and the one that the click id itself tells of, whether its row is there or not.
   * Whose click refused to be joined (`Sec-GPC`) has the journey of that click alone, whatever else the order says.
   */
  async function clicksOf(conversion: Conversion, joined: Visitors, terms?: Terms): Promise<Touch[]> {
    const { programId, occurredAt } = conversion;
    const click = clickOf(conversion);
    const policy = terms && (proposed ?? inForceAt(terms.policies, occurredAt)?.policy);
    if (!policy) return [];
    const others = !click || allowsJoins(click.visitor) ? visitorsAt(joined, occurredAt) : [];
    const visitors = new Set([...(click ? [click.visitor] : []), ...others]);
    const earliest = instant(epochMs(occurredAt) - longestLookbackDays(policy) * DAY_MS);
    const journeys = await Promise.all(
      [...visitors].map((visitor) => stores.clicks.journey(brandId, programId, visitor, earliest, occurredAt)),
    );
    const stored = journeys.flat();
    const own = click && touchOfClickId(click);
    return !own || stored.some(({ touchId }) => touchId === own.touchId) ? stored : [...stored, own];
  }

  /** The visitors of the customers that conversions name. */
  async function joinedTo(conversions: readonly Conversion[]): Promise<(conversion: Conversion) => Visitors> {
    const wanted = conversions.flatMap(({ programId, customerId }) =>
      customerId === undefined ? [] : [{ brandId, programId, customerId }],
    );
    const known = wanted.length > 0 ? await stores.customers.visitors(wanted) : new Map<string, Visitors>();
    return ({ programId, customerId }) =>
      (customerId !== undefined && known.get(customerPartition(brandId, programId, customerId))) || {};
  }

  /** What the coupon codes come to that conversions were reported with. */
  async function codesUsed(conversions: readonly Conversion[]): Promise<(conversion: Conversion) => CodeTouches> {
    const known = new Map<string, ReadonlyMap<string, Code>>();
    for (const [programId, group] of Map.groupBy(conversions, (one) => one.programId)) {
      const used = group.flatMap(codesOf);
      if (used.length > 0) known.set(programId, await stores.codes.many(brandId, programId, used));
    }
    return (conversion) =>
      codeTouches(codesOf(conversion), known.get(conversion.programId) ?? new Map(), conversion.occurredAt);
  }

  /** The deals and leads of the customer; a program that has none asks once. */
  async function channelTouches({ programId, customerId }: Conversion): Promise<Touch[]> {
    if (customerId === undefined) return [];
    const any = channels.get(programId) ?? stores.channels.any(brandId, programId);
    channels.set(programId, any);
    return (await any) ? (await stores.channels.ofCustomer(brandId, programId, customerId)).map(touchOf) : [];
  }

  /** Loads the partners of a program that are not known yet, all in one go. */
  async function meet(programId: string, partnerIds: readonly string[]): Promise<Map<string, Standing | undefined>> {
    const known = standings.get(programId) ?? new Map<string, Standing | undefined>();
    standings.set(programId, known);
    const unknown = [...new Set(partnerIds)].filter((partnerId) => !known.has(partnerId));
    if (unknown.length === 0) return known;
    const [people, places] = await Promise.all([
      stores.partners.many(brandId, unknown),
      stores.enrolments.many(brandId, programId, unknown),
    ]);
    for (const partnerId of unknown) {
      const [partner, enrolment] = [people.get(partnerId), places.get(partnerId)];
      known.set(partnerId, partner && enrolment && { partner, enrolment });
    }
    return known;
  }

  /** The partners of orders, with who recruited them where a plan of the program pays for that. */
  function meetFor({ program, plans }: Terms, partnerIds: readonly string[]) {
    const some = (wanted: readonly string[]) => meet(program.programId, wanted);
    return paysRecruiters(plans) ? withRecruiters(some, partnerIds) : some(partnerIds);
  }

  const books = new Map<string, { readonly days: string; readonly book: Promise<Book | undefined> }>();

  /** The book by which orders of these days are priced, where a plan asks for one; read once as long as the days are the same. */
  async function knownBook(terms: Terms, conversions: readonly Conversion[]): Promise<Book | undefined> {
    const { programId, timeZone } = terms.program;
    if (!stores.conversions) return undefined;
    const days = conversions.map(({ occurredAt }) => dayIn(occurredAt, timeZone)).sort();
    const from = historyFrom(terms.plans, days[0]!);
    if (from === undefined) return undefined;
    const through = historyThrough(terms.plans, days.at(-1)!);
    const name = `${from} ${through}`;
    const known = books.get(programId);
    if (known?.days === name) return known.book;
    const meeting = (partnerIds: readonly string[]) => meetFor(terms, partnerIds);
    const ratesOfDay = (conversion: Conversion) => ratesFor(conversion, terms);
    const book = bookOf(stores.conversions, { brandId, terms, from, through, meet: meeting, ratesFor: ratesOfDay });
    books.set(programId, { days: name, book });
    return book;
  }

  /** The orders that look like these. */
  async function twinsAmong({ program }: Terms, orders: readonly Conversion[]) {
    const { programId, tracking } = program;
    const { duplicateMinutes: withinMinutes } = flagSettings(tracking);
    return stores.twins
      ? twinsOf(stores.twins, orders, { brandId, programId, withinMinutes })
      : new Map<Conversion, readonly Conversion[]>();
  }

  return {
    terms: knownTerms,

    /** For each conversion, in order. */
    async circumstances(conversions: readonly Conversion[]): Promise<Circumstances[]> {
      const [joined, codes] = await Promise.all([joinedTo(conversions), codesUsed(conversions)]);
      const found = await atOnce(WIDTH, conversions, async (conversion) => {
        const known = await knownTerms(conversion.programId);
        const { touches: used, why } = codes(conversion);
        const clicked = await clicksOf(conversion, joined(conversion), known);
        const found = [...clicked, ...used, ...(await channelTouches(conversion))];
        const touches = withKept(found, conversion.journey);
        const fx = await ratesFor(conversion, known);
        return { conversion, terms: known, touches, fx, ...(why && { codesRefused: why }) };
      });
      const booked = new Map<string, Book | undefined>();
      const twins = new Map<Conversion, readonly Conversion[]>();
      for (const [programId, group] of Map.groupBy(found, ({ conversion }) => conversion.programId)) {
        const [{ terms: ofProgram }] = group as [(typeof group)[number]];
        const people = group.flatMap(({ conversion, touches: all }) => concerned(conversion, all));
        await (ofProgram ? meetFor(ofProgram, people) : meet(programId, people));
        const orders = group.map(({ conversion }) => conversion);
        if (!ofProgram) continue;
        booked.set(programId, await knownBook(ofProgram, orders));
        for (const [order, alike] of await twinsAmong(ofProgram, orders)) twins.set(order, alike);
      }
      return found.map(({ conversion, touches, ...known }) => ({
        ...known,
        touches,
        standings: enrolled(standings.get(conversion.programId)!, concerned(conversion, touches)),
        book: booked.get(conversion.programId),
        twins: twins.get(conversion) ?? [],
      }));
    },
  };
}

/**
 * The partners of the touches, those who are credited already, since their credits may have to stand when their touches have gone, and those
 * something was posted for, though it was taken back.
 */
const concerned = ({ credits = [], posted }: Conversion, touches: readonly Touch[]): string[] => [
  ...[...touches, ...credits].map(({ partnerId }) => partnerId),
  ...Object.keys(posted),
];

function enrolled(
  known: ReadonlyMap<string, Standing | undefined>,
  partnerIds: readonly string[],
): Map<string, Standing> {
  const some = new Map<string, Standing>();
  const asked = [...partnerIds];
  for (const partnerId of asked) {
    const standing = known.get(partnerId);
    if (!standing || some.has(partnerId)) continue;
    some.set(partnerId, standing);
    // Known only where a plan pays recruiters.
    if (standing.enrolment.recruitedBy !== undefined) asked.push(standing.enrolment.recruitedBy);
  }
  return some;
}
