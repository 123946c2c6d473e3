import type { Credit } from '../attribution/journey.ts';
import { addMonths, type Day, dayIn } from '../calendar.ts';
import type { PricedPart } from '../ledger/journal.ts';
import { allocate } from '../money.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { type DetailedAccrual, isShare } from './accrue.ts';
import {
  type PartnerFacts,
  type PinnedRate,
  type PricingFacts,
  periodOf,
  type Volume,
  type VolumeName,
} from './facts.ts';
import { remainingOrder } from './order.ts';
import type { By, CommissionRule, Per, PlanVersion } from './plan.ts';
import { rateNow } from './price-part.ts';
import { CUSTOMER_MONTHS } from './settles.ts';

/** An order with who shares it, as far as pricing its neighbours goes. */
export interface BookedOrder {
  readonly conversion: Conversion;
  readonly credits: readonly Credit[];
}

/** What an order adds to its partner's volumes. */
interface Share extends Readonly<Record<By, number>> {
  readonly place: string;
  readonly day: Day;
}

interface Purchase {
  readonly place: string;
  readonly day: Day;
  readonly partnerIds: readonly string[];
  /** Rates that pinned rules keep to from this order on, by partner, then by rule. */
  readonly rates: Map<string, Readonly<Record<string, PinnedRate>>>;
}

const MEASURES = ['revenue', 'orders', 'new-customers'] as const satisfies readonly By[];

/** Sums over the orders of a partner in a period, in the order of their places: `upTo[by][n]` is that of the first n. */
interface Sums {
  readonly places: readonly string[];
  readonly upTo: Readonly<Record<By, readonly number[]>>;
}

/** Where an order stands among all: by the time it was made, then by name. */
export const placeOf = ({ occurredAt, eventType, orderId }: Conversion) => `${occurredAt} ${eventType} ${orderId}`;

/** Volumes are counted by partner, currency and kind of event: leads do not lift the tier of sales. */
const accountOf = (partnerId: string, { currency, eventType }: Conversion) => `${partnerId} ${currency} ${eventType}`;
const customerOf = ({ customerId, eventType }: Conversion) =>
  customerId === undefined ? undefined : `${customerId} ${eventType}`;

/**
 * The orders of a program as far as later ones are priced by them: what each partner sold and earned in a period, and what each customer
 * ordered before. Everything is looked up by the place of an order in time, so the answer is the same in whichever order the book is
 * written, and an order that is in the book already does not count as its own neighbour.
 */
export class Book {
  readonly #timeZone: string;
  readonly #shares = new Map<string, Map<string, Share>>();
  readonly #purchases = new Map<string, Map<string, Purchase>>();
  /** Made when first asked for, forgotten when an order is entered. */
  readonly #sums = new Map<string, Map<string, Sums>>();
  /** By account, then by {@link Tally} and period: places in their order, and what it came to up to each of them, included. */
  readonly #tallies = new Map<string, Map<string, { readonly places: string[]; readonly upTo: number[] }>>();

  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  /** Enters an order; again when it changed. A cancelled order, or one of which everything came back, counts for nothing. */
  enter({ conversion, credits: all }: BookedOrder): void {
    const credits = all.filter(isShare);
    const place = placeOf(conversion);
    const day = dayIn(conversion.occurredAt, this.#timeZone);
    const { items, commissionableCents } = remainingOrder(conversion);
    const left = items.some(({ units }) => units > 0);
    const amounts = revenueOf(commissionableCents, credits);
    credits.forEach(({ partnerId }, index) => {
      const share = {
        place,
        day,
        revenue: amounts[index]!,
        orders: left ? 1 : 0,
        'new-customers': left && conversion.customerStatus === 'new' ? 1 : 0,
      };
      const account = accountOf(partnerId, conversion);
      into(this.#shares, account).set(place, share);
      this.#sums.delete(account);
    });
    const customer = customerOf(conversion);
    if (customer !== undefined && !conversion.cancelled) {
      const partnerIds = credits.map(({ partnerId }) => partnerId);
      into(this.#purchases, customer).set(place, { place, day, partnerIds, rates: new Map() });
    }
  }

  /**
   * Keeps what an order earned by rule, for limits of a period, which milestones it was paid, and the rates that later orders of its
   * customer keep to. Orders come in the order of their places.
   */
  keep(conversion: Conversion, plan: PlanVersion, accruals: readonly DetailedAccrual[], facts: PricingFacts): void {
    const place = placeOf(conversion);
    const day = dayIn(conversion.occurredAt, this.#timeZone);
    const customer = customerOf(conversion);
    const purchase = customer === undefined ? undefined : this.#purchases.get(customer)?.get(place);
    const pinned = plan.plan.rules.filter(({ recurring }) => recurring?.rate === 'pinned');
    const tallies = [...limitsOf(plan.plan), ...milestonesOf(plan.plan)];
    for (const { partnerId, parts } of accruals) {
      const account = into(this.#tallies, accountOf(partnerId, conversion));
      for (const tally of tallies) {
        const name = nameOf(tally, day);
        const kept = account.get(name) ?? { places: [], upTo: [] };
        const own = parts.filter(({ rule }) => rule === tally.id);
        const now = tally.of === 'times' ? own.length : own.reduce((sum, { cents }) => sum + cents, 0);
        kept.places.push(place);
        kept.upTo.push((kept.upTo.at(-1) ?? 0) + now);
        account.set(name, kept);
      }
      // Recruiters and assists have no share of the order, so no rule prices it for them, nor pins anything.
      const known = facts.partners?.get(partnerId);
      if (purchase && known && pinned.length > 0) purchase.rates.set(partnerId, ratesNow(pinned, day, parts, known));
    }
  }

  /** What pricing an order under a plan may ask. The order itself need not be in the book. */
  facts({ conversion, credits: all }: BookedOrder, { plan }: PlanVersion): PricingFacts {
    const credits = all.filter(isShare);
    const place = placeOf(conversion);
    const day = dayIn(conversion.occurredAt, this.#timeZone);
    const customer = customerOf(conversion);
    const before = [...((customer !== undefined && this.#purchases.get(customer)?.values()) || [])]
      .filter((purchase) => purchase.place < place)
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const remembered = before.filter((purchase) => purchase.day >= addMonths(day, -CUSTOMER_MONTHS));
    const { items, commissionableCents } = remainingOrder(conversion);
    const left = items.some(({ units }) => units > 0);
    const amounts = revenueOf(commissionableCents, credits);
    const partners = credits.map(({ partnerId }, index): [string, PartnerFacts] => {
      const purchases = before.filter(({ partnerIds }) => partnerIds.includes(partnerId));
      const first = firstOf(purchases, day);
      const own = {
        revenue: amounts[index]!,
        orders: left ? 1 : 0,
        'new-customers': left && conversion.customerStatus === 'new' ? 1 : 0,
      };
      return [
        partnerId,
        {
          volumes: this.#volumes(accountOf(partnerId, conversion), place, day, own, plan),
          earned: this.#earnedBefore(accountOf(partnerId, conversion), place, day, plan),
          paidOnce: this.#paidBefore(accountOf(partnerId, conversion), place, day, plan),
          first: first
            ? { day: first.day, rates: ratesSince(first, purchases, partnerId) }
            : customer === undefined || conversion.cancelled
              ? undefined
              : { day },
        },
      ];
    });
    return { nthOrder: customer === undefined ? undefined : remembered.length + 1, partners: new Map(partners) };
  }

  #volumes(account: string, place: string, day: Day, own: Readonly<Record<By, number>>, plan: PlanVersion['plan']) {
    const volumes: { [Name in VolumeName]?: Volume } = {};
    for (const { by, per } of laddersOf(plan)) {
      const { places, upTo } = this.#sumsOf(account, periodOf(day, per), per);
      const rank = firstFrom(places, place);
      const known = places[rank] === place ? (this.#shares.get(account)?.get(place)?.[by] ?? 0) : 0;
      const all = upTo[by].at(-1)! - known + own[by];
      volumes[`${by} ${per}`] = { before: upTo[by][rank]!, own: own[by], total: all };
    }
    return volumes;
  }

  #sumsOf(account: string, period: string, per: Per): Sums {
    const known = into(this.#sums, account);
    const name = `${per} ${period}`;
    const ready = known.get(name);
    if (ready) return ready;
    const shares = [...(this.#shares.get(account)?.values() ?? [])]
      .filter(({ day }) => periodOf(day, per) === period)
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const upTo = Object.fromEntries(
      MEASURES.map((by) => {
        let sum = 0;
        const sums = shares.map((share) => {
          sum += share[by];
          return sum;
        });
        return [by, [0, ...sums]];
      }),
    ) as Record<By, number[]>;
    const sums = { places: shares.map(({ place }) => place), upTo };
    known.set(name, sums);
    return sums;
  }

  #earnedBefore(account: string, place: string, day: Day, plan: PlanVersion['plan']) {
    return Object.fromEntries(limitsOf(plan).map((tally) => [tally.id, this.#before(account, tally, place, day)]));
  }

  #paidBefore(account: string, place: string, day: Day, plan: PlanVersion['plan']) {
    const paid = milestonesOf(plan).filter((tally) => this.#before(account, tally, place, day) > 0);
    return new Set(paid.map(({ id }) => id));
  }

  #before(account: string, tally: Tally, place: string, day: Day): number {
    const known = this.#tallies.get(account)?.get(nameOf(tally, day));
    const rank = known ? firstFrom(known.places, place) : 0;
    return rank === 0 ? 0 : known!.upTo[rank - 1]!;
  }
}

/** What is remembered of a rule or bonus in a period: the cents it paid, or how many times it did. */
interface Tally {
  readonly id: string;
  readonly per: Per;
  readonly of: 'cents' | 'times';
}

const nameOf = ({ id, per, of }: Tally, day: Day) => `${of} ${id} ${periodOf(day, per)}`;

/** Rules and bonuses with a limit for a period. */
const limitsOf = ({ rules, bonuses = [] }: PlanVersion['plan']): Tally[] =>
  [...rules, ...bonuses].flatMap(({ id, cap }) =>
    cap?.perPeriod ? [{ id, per: cap.perPeriod.per, of: 'cents' as const }] : [],
  );

const milestonesOf = ({ bonuses = [] }: PlanVersion['plan']): Tally[] =>
  bonuses.flatMap(({ id, pay }) => (pay.kind === 'milestone' ? [{ id, per: pay.per, of: 'times' as const }] : []));

/** What rules and bonuses count in a period. */
const laddersOf = ({ rules, bonuses = [] }: PlanVersion['plan']) =>
  [...rules, ...bonuses].flatMap(({ pay }) => (pay.kind === 'tiers' || pay.kind === 'milestone' ? [pay] : []));

/**
 * The purchase with which a customer's present time with a partner began, of those before a day, oldest first: who ordered nothing for
 * {@link CUSTOMER_MONTHS} began anew after it.
 */
function firstOf(purchases: readonly Purchase[], day: Day): Purchase | undefined {
  let first: Purchase | undefined;
  for (const purchase of [...purchases].reverse()) {
    if (purchase.day < addMonths(first?.day ?? day, -CUSTOMER_MONTHS)) break;
    first = purchase;
  }
  return first;
}

/** How many of the sorted places come before one. */
function firstFrom(places: readonly string[], place: string): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function into<Value>(all: Map<string, Map<string, Value>>, name: string): Map<string, Value> {
  const known = all.get(name) ?? new Map<string, Value>();
  all.set(name, known);
  return known;
}

/** Partners' shares of an order's amount; they sum to it. */
const revenueOf = (cents: number, credits: readonly Credit[]): number[] =>
  credits.length === 0
    ? []
    : allocate(
        cents,
        credits.map(({ creditBps }) => creditBps),
      );

/** What an order pins: of a customer's first one every pinned rule, of a later one those that price it. The earliest counts. */
function ratesNow(
  pinned: readonly CommissionRule[],
  day: Day,
  parts: readonly PricedPart[],
  facts: PartnerFacts,
): Record<string, PinnedRate> {
  const isFirst = facts.first?.rates === undefined;
  return Object.fromEntries(
    pinned.flatMap((rule) => {
      const rateBps = isFirst || parts.some((part) => part.rule === rule.id) ? rateNow(rule, facts) : undefined;
      return rateBps === undefined ? [] : [[rule.id, { rateBps, day }] as const];
    }),
  );
}

/** The rates that a customer's orders keep to since the first, the earliest of each rule. */
function ratesSince(first: Purchase, purchases: readonly Purchase[], partnerId: string): Record<string, PinnedRate> {
  const since = purchases.filter(({ place }) => place >= first.place);
  return Object.assign({}, ...since.reverse().map(({ rates }) => rates.get(partnerId)));
}
