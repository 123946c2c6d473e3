import type { Because } from '../attribution/because.ts';
import type { Credit } from '../attribution/journey.ts';
import type { PolicyVersion } from '../attribution/policy.ts';
import { type Day, dayIn, hourIn } from '../calendar.ts';
import type { PricedPart } from '../ledger/journal.ts';
import { allocate } from '../money.ts';
import { type HoldTerms, maturesOn } from '../programs/hold.ts';
import type { Conversion, LineItem } from '../tracking/conversion.ts';
import { orderCents } from '../tracking/order-amount.ts';
import { assistPay } from './assist.ts';
import { paidBonuses } from './bonuses.ts';
import type { PricingFacts } from './facts.ts';
import { candidates, firstMatch, type OrderTraits, type PartnerTraits, rulesFor } from './match.ts';
import { type RemainingOrder, remainingOrder } from './order.ts';
import { withOverrides } from './override.ts';
import type { Bonus, Exclusion, PlanVersion } from './plan.ts';
import { type Pool, type Pricing, poolsOf } from './pool.ts';
import { isDue, type Paying, type PriceContext, priceParts, type Takings } from './price-part.ts';
import { roundTogether } from './round-together.ts';

export interface AccrueInput {
  readonly conversion: Conversion;
  /** Sum to 10,000, or none; those of 0 are assists. */
  readonly credits: readonly Credit[];
  /** The rules of the policy that led to the credits. */
  readonly because?: readonly Because[];
  /** The plan in force when the order was made. */
  readonly plan: PlanVersion;
  readonly policy: PolicyVersion;
  /** Every credited partner, at least, and who recruited them. */
  readonly partners: ReadonlyMap<string, PartnerTraits>;
  readonly terms: HoldTerms;
  /** The program's: it decides on which day an order fell. */
  readonly timeZone: string;
  /** What the plan asks beside the order; see `needsOf`. Left out where it asks nothing. */
  readonly facts?: PricingFacts | undefined;
  /** What limits on payouts leave partners of the order, by partner: recruiters have their part of that. */
  readonly kept?: ReadonlyMap<string, number> | undefined;
}

/** What one partner should have earned from one conversion, given all that is known about it now. */
export interface DesiredAccrual {
  readonly partnerId: string;
  readonly totalCents: number;
  readonly credit: Credit;
  readonly because?: readonly Because[];
  readonly model: string;
  readonly policyVersion: number;
  readonly planVersion: number;
  /** What is left of the order, all partners together. */
  readonly commissionableCents: number;
  /** The partner's share of it, priced or not. */
  readonly baseCents: number;
  readonly parts: readonly PricedPart[];
  /** The part of the share that no rule of the plan prices. */
  readonly unmatchedCents: number;
  /** First day (program's time zone) on which it may be paid: the day of the order and the hold after it. */
  readonly matures: Day;
}

/**
 * Splits one pool after another so that every pool is split exactly and a partner's bases add up to the partner's share of all of them,
 * not to a sum of shares rounded pool by pool. Each pool gets what the split of everything so far leaves to give. Where that would take
 * a cent back from someone, the pool is split by itself and a later one makes up for it, so the largest pool comes last.
 */
function basesOf(shares: readonly number[]): (netCents: number) => number[] {
  const given = shares.map(() => 0);
  let soFar = 0;
  return (netCents) => {
    soFar += netCents;
    let bases = split(soFar, shares).map((cents, index) => cents - given[index]!);
    if (bases.some((cents) => cents < 0)) bases = split(netCents, shares);
    bases.forEach((cents, index) => {
      given[index]! += cents;
    });
    return bases;
  };
}

/** A part of an accrual, with the lines of the order that it prices; none for what is paid for the order as a whole. */
export interface PartOfLines {
  readonly part: PricedPart;
  readonly lines: Takings['lines'];
}

/** An accrual with its parts by line, for who wants to show a file line by line. */
export type DetailedAccrual = DesiredAccrual & { readonly details: readonly PartOfLines[] };

/**
 * What a conversion earns each credited partner, and who recruited them.
 *
 * Each line item is priced by the first rule of the plan that matches it for the partner, so order in the plan is precedence, and an
 * item that no rule matches earns nothing. Lines with the same rules are added up before anything is split or rounded: the partners'
 * bases then sum exactly to the commissionable amount and each to the credit's share of it, flat amounts sum exactly to amount × units,
 * and each rate is applied and rounded (half to even) once per rule, for all partners whom it pays at that rate ({@link roundTogether}).
 *
 * Who assisted gets the policy's bonus beside that, priced by itself (see {@link assistPay}).
 *
 * A credited partner whose total is 0 is in the answer too, so that the reason can be told. A recruiter is in it when there is something
 * to earn, or there was.
 *
 * @throws RangeError when a credited partner is not among `partners`, when a plan asks for facts that are not given, or an amount passes
 * exact integers.
 */
export const accrue = (input: AccrueInput): DesiredAccrual[] =>
  accrueByLine(input).map(({ details: _, ...accrual }) => accrual);

/** The same, with the lines behind each part. */
export function accrueByLine(input: AccrueInput): DetailedAccrual[] {
  const { conversion, credits: all, because = [], plan, policy, partners, terms, timeZone, facts = {}, kept } = input;
  if (all.length === 0) return [];
  const [credits, assists] = [all.filter(isShare), all.filter((credit) => !isShare(credit))];
  const order = remainingOrder(conversion);
  const day = dayIn(conversion.occurredAt, timeZone);
  const asked = orderTraits(conversion, day, timeZone, facts.nthOrder);
  const excluding = (mine: { exclusions: readonly Exclusion[]; partner: PartnerTraits }, item: LineItem) =>
    firstMatch(mine.exclusions, item, asked, mine.partner);
  const { exclusions = [], bonuses = [], overrides = [] } = plan.plan;
  const open = credits.map(({ partnerId }) => {
    const traits = partners.get(partnerId);
    if (!traits) throw new RangeError(`${partnerId} is credited for order ${conversion.orderId} but was not loaded`);
    const partner = { partnerId, ...traits };
    const known = facts.partners?.get(partnerId);
    const mine = {
      partner,
      rules: rulesFor(plan, asked, partner, known),
      exclusions: candidates(exclusions, asked, partner),
      bonuses: candidates(bonuses, asked, partner),
    };
    const fits = (bonus: Bonus, item: LineItem) => firstMatch([bonus], item, asked, partner) !== undefined;
    const counted = mine.bonuses.length === 0 ? [] : leftOf(order, (item) => !excluding(mine, item));
    return { ...mine, paid: paidBonuses(mine.bonuses, counted, fits, (bonus) => isDue(bonus, known)) };
  });
  const shares = credits.map(({ creditBps }) => creditBps);
  const takings = credits.map(() => new Map<string, Takings>());
  const lost = credits.map(() => ({ unmatchedCents: 0, excluded: new Map<string, PartOfLines>() }));
  const splitNext = basesOf(shares);
  const pricing = (item: LineItem): Pricing[] =>
    open.map((mine) => {
      const exclusion = excluding(mine, item);
      if (exclusion) return { rule: undefined, exclusion, bonuses: [] };
      return { rule: firstMatch(mine.rules, item, asked, mine.partner), bonuses: mine.paid.ofItem.get(item) ?? [] };
    });

  for (const pool of poolsOf(order, pricing)) {
    const bases = splitNext(pool.netCents);
    pool.pricings.forEach(({ rule, exclusion, bonuses: extra }, index) => {
      const baseCents = bases[index]!;
      if (exclusion) exclude(lost[index]!.excluded, exclusion, baseCents, pool.lines);
      else if (!rule) lost[index]!.unmatchedCents += baseCents;
      for (const paying of rule ? [rule, ...extra] : extra)
        take(takings[index]!, paying, baseCents, pool, shares, index);
    });
  }

  const { commissionableCents } = order;
  const versions = { model: policy.policy.model, policyVersion: policy.version, planVersion: plan.version };
  const alone = credits.map((credit, index): PartOfLines[] => {
    const mine = open[index]!;
    const context: PriceContext = {
      currency: conversion.currency,
      creditBps: credit.creditBps,
      shareOf: (cents) => split(cents, shares)[index]!,
      facts: facts.partners?.get(credit.partnerId),
    };
    return [
      ...lost[index]!.excluded.values(),
      ...mine.rules.flatMap(({ id }) => priced(takings[index]!.get(id), context)),
      ...mine.bonuses.flatMap((bonus) => {
        const milestone = mine.paid.milestones.has(bonus) ? untaken(bonus) : undefined;
        const parts = priced(milestone ?? takings[index]!.get(bonus.id), context);
        return parts.map(({ part, lines }): PartOfLines => ({ part: { ...part, onTop: true }, lines }));
      }),
    ];
  });
  const limits = new Set([...plan.plan.rules, ...bonuses].flatMap(({ id, cap }) => (cap ? [id] : [])));
  const together = roundTogether(alone, limits, conversion.currency);
  const direct = credits.map((credit, index): DetailedAccrual => {
    const details = together[index]!;
    const { unmatchedCents } = lost[index]!;
    const parts = details.map(({ part }) => part);
    return {
      partnerId: credit.partnerId,
      totalCents: parts.reduce((sum, { cents }) => sum + cents, 0),
      credit,
      ...(because.length > 0 && { because }),
      ...versions,
      commissionableCents,
      baseCents: baseOf(parts) + unmatchedCents,
      parts,
      unmatchedCents,
      matures: maturesOn(day, open[index]!.partner.group, terms),
      details,
    };
  });
  const bonus = policy.policy.assistBonus;
  const pays = bonus ? assistPay(bonus, commissionableCents, assists.length) : [];
  const assisting = assists.map((credit, index): DetailedAccrual => {
    const { parts = [], because: why } = pays[index] ?? {};
    return {
      partnerId: credit.partnerId,
      totalCents: parts.reduce((sum, { cents }) => sum + cents, 0),
      credit,
      because: [...because, ...(why ? [why] : [])],
      ...versions,
      commissionableCents,
      baseCents: 0,
      parts,
      unmatchedCents: 0,
      matures: maturesOn(day, partners.get(credit.partnerId)?.group ?? '', terms),
      details: parts.map((part) => ({ part, lines: [] })),
    };
  });
  if (overrides.length === 0) return [...direct, ...assisting];
  const maturesFor = (partnerId: string) => maturesOn(day, partners.get(partnerId)?.group ?? '', terms);
  return withOverrides(direct, assisting, { overrides, partners, kept, conversion, maturesFor });
}

/** An assist has a place in the journey and no share of the order. */
export const isShare = ({ creditBps }: Credit): boolean => creditBps > 0;

/** Items of which something was kept. */
const leftOf = ({ items }: RemainingOrder, counts: (item: LineItem) => boolean): LineItem[] =>
  items.flatMap(({ item, units }) => (units > 0 && counts(item) ? [item] : []));

const untaken = (paying: Paying): Takings => ({ paying, baseCents: 0, units: 0, flatCents: 0, pools: [], lines: [] });

const priced = (takings: Takings | undefined, context: PriceContext): PartOfLines[] =>
  takings ? priceParts(takings, context).map((part) => ({ part, lines: takings.lines })) : [];

/** What the parts price; a bonus is on what another part prices already. */
export const baseOf = (parts: readonly PricedPart[]): number =>
  parts.reduce((sum, { baseCents, onTop }) => (onTop ? sum : sum + baseCents), 0);

function exclude(
  excluded: Map<string, PartOfLines>,
  { id, label }: Exclusion,
  baseCents: number,
  lines: Takings['lines'],
): void {
  const known = excluded.get(id);
  excluded.set(id, {
    part: { rule: id, label, baseCents: (known?.part.baseCents ?? 0) + baseCents, cents: 0 },
    lines: [...(known?.lines ?? []), ...lines],
  });
}

function take(
  takings: Map<string, Takings>,
  paying: Paying,
  baseCents: number,
  { units, lines }: Pool,
  shares: readonly number[],
  index: number,
): void {
  const known = takings.get(paying.id) ?? untaken(paying);
  const { pay, cap } = paying;
  const flatCents = pay.kind === 'flat' && pay.per !== 'order' ? split(pay.amountCents * units, shares)[index]! : 0;
  const mostCents = cap?.perItemCents === undefined ? 0 : split(cap.perItemCents * units, shares)[index]!;
  takings.set(paying.id, {
    paying,
    baseCents: known.baseCents + baseCents,
    units: known.units + units,
    flatCents: known.flatCents + flatCents,
    pools: [...known.pools, { baseCents, flatCents, mostCents }],
    lines: [...known.lines, ...lines],
  });
}

/** What is left of an order, as conditions may ask about it. */
function orderTraits(conversion: Conversion, day: Day, timeZone: string, nthOrder: number | undefined): OrderTraits {
  const { eventType, customerStatus, couponCode, country, occurredAt } = conversion;
  // As the customer paid: an order that was converted for settlement is asked for by the currency it was made in.
  const currency = conversion.exchange?.from ?? conversion.currency;
  let hour: number | undefined;
  return {
    ...{ eventType, customerStatus, day, currency, couponCode, country, nthOrder },
    orderCents: orderCents(conversion),
    hour: () => {
      hour ??= hourIn(occurredAt, timeZone);
      return hour;
    },
  };
}

function split(cents: number, shares: readonly number[]): number[] {
  if (!Number.isSafeInteger(cents)) throw new RangeError('the order is too large for exact integers');
  return shares.length === 1 ? [cents] : allocate(cents, shares);
}
