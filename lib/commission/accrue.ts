import type { Because } from '../attribution/because.ts';
import type { Credit } from '../attribution/journey.ts';
import type { PolicyVersion } from '../attribution/policy.ts';
import { addDays, type Day, dayIn } from '../calendar.ts';
import type { PricedPart } from '../ledger/journal.ts';
import { allocate, atRate } from '../money.ts';
import type { PayoutTerms } from '../programs/program.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { assistPay } from './assist.ts';
import { firstMatch, type PartnerTraits, rulesFor } from './match.ts';
import { type RemainingOrder, remainingOrder } from './order.ts';
import type { CommissionRule, PlanVersion } from './plan.ts';

export interface AccrueInput {
  readonly conversion: Conversion;
  /** Sum to 10,000, or none; those of 0 are assists. */
  readonly credits: readonly Credit[];
  /** The rules of the policy that led to the credits. */
  readonly because?: readonly Because[];
  /** The plan in force when the order was made. */
  readonly plan: PlanVersion;
  readonly policy: PolicyVersion;
  /** Every credited partner, at least. */
  readonly partners: ReadonlyMap<string, PartnerTraits>;
  readonly terms: Pick<PayoutTerms, 'holdDays'>;
  /** The program's: it decides on which day an order fell. */
  readonly timeZone: string;
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

/** Lines of an order that the same rules price, one rule for each credited partner; they are split as one amount. */
interface Pool {
  readonly rules: readonly (CommissionRule | undefined)[];
  netCents: number;
  units: number;
}

/** The pools of an order, smallest first. */
function pool(order: RemainingOrder, rulesOf: readonly CommissionRule[][]): Pool[] {
  const pools = new Map<string, Pool>();
  for (const { item, netCents, units } of order.items) {
    if (units === 0) continue;
    const rules = rulesOf.map((candidates) => firstMatch(candidates, item));
    const name = rules.map((rule) => rule?.id ?? '').join(' ');
    const known = pools.get(name);
    if (known) {
      known.netCents += netCents;
      known.units += units;
    } else pools.set(name, { rules, netCents, units });
  }
  return [...pools.values()].sort((a, b) => a.netCents - b.netCents);
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

/** A rule's takings of one partner, before pricing. */
interface Takings {
  readonly rule: CommissionRule;
  baseCents: number;
  units: number;
  flatCents: number;
}

function priced({ rule, baseCents, units, flatCents }: Takings): PricedPart {
  const named = { rule: rule.id, label: rule.label, units, baseCents };
  return rule.pay.kind === 'percent'
    ? { ...named, rateBps: rule.pay.rateBps, cents: atRate(baseCents, rule.pay.rateBps) }
    : { ...named, flatCents: rule.pay.amountCents, cents: flatCents };
}

/**
 * What a conversion earns each credited partner.
 *
 * Each line item is priced by the first rule of the plan that matches it for the partner, so order in the plan is precedence, and an
 * item that no rule matches earns nothing. Lines with the same rules are added up before anything is split or rounded: the partners'
 * bases then sum exactly to the commissionable amount and each to the credit's share of it, flat amounts sum exactly to amount × units,
 * and each rate is applied and rounded (half to even) once per partner and rule, as the explanation shows it.
 *
 * Who assisted gets the policy's bonus beside that, priced by itself (see {@link assistPay}).
 *
 * A credited partner whose total is 0 is in the answer too, so that the reason can be told.
 *
 * @throws RangeError when a credited partner is not among `partners`, or an amount passes exact integers.
 */
export function accrue({
  conversion,
  credits: all,
  because = [],
  plan,
  policy,
  partners,
  terms,
  timeZone,
}: AccrueInput): DesiredAccrual[] {
  if (all.length === 0) return [];
  const [credits, assists] = [all.filter(isShare), all.filter((credit) => !isShare(credit))];
  const order = remainingOrder(conversion);
  const day = dayIn(conversion.occurredAt, timeZone);
  const traits = { eventType: conversion.eventType, customerStatus: conversion.customerStatus, day };
  const rulesOf = credits.map(({ partnerId }) => {
    const partner = partners.get(partnerId);
    if (!partner) throw new RangeError(`${partnerId} is credited for order ${conversion.orderId} but was not loaded`);
    return rulesFor(plan, traits, partner);
  });
  const shares = credits.map(({ creditBps }) => creditBps);
  const takings = credits.map(() => new Map<string, Takings>());
  const unmatched = credits.map(() => 0);
  const splitNext = basesOf(shares);
  for (const { rules, netCents, units } of pool(order, rulesOf)) {
    const bases = splitNext(netCents);
    rules.forEach((rule, index) => {
      if (!rule) {
        unmatched[index]! += bases[index]!;
        return;
      }
      const flatCents = rule.pay.kind === 'flat' ? split(rule.pay.amountCents * units, shares)[index]! : 0;
      const known = takings[index]!.get(rule.id);
      if (known) {
        known.baseCents += bases[index]!;
        known.units += units;
        known.flatCents += flatCents;
      } else takings[index]!.set(rule.id, { rule, baseCents: bases[index]!, units, flatCents });
    });
  }
  const matures = addDays(day, terms.holdDays);
  const { commissionableCents } = order;
  const versions = { model: policy.policy.model, policyVersion: policy.version, planVersion: plan.version };
  const shared = credits.map((credit, index): DesiredAccrual => {
    const parts = rulesOf[index]!.flatMap(({ id }) => {
      const taken = takings[index]!.get(id);
      return taken ? [priced(taken)] : [];
    });
    return {
      partnerId: credit.partnerId,
      totalCents: parts.reduce((sum, { cents }) => sum + cents, 0),
      credit,
      ...(because.length > 0 && { because }),
      ...versions,
      commissionableCents,
      baseCents: parts.reduce((sum, { baseCents }) => sum + baseCents, unmatched[index]!),
      parts,
      unmatchedCents: unmatched[index]!,
      matures,
    };
  });
  const bonus = policy.policy.assistBonus;
  const pays = bonus ? assistPay(bonus, commissionableCents, assists.length) : [];
  const assisting = assists.map((credit, index): DesiredAccrual => {
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
      matures,
    };
  });
  return [...shared, ...assisting];
}

const isShare = ({ creditBps }: Credit) => creditBps > 0;

function split(cents: number, shares: readonly number[]): number[] {
  if (!Number.isSafeInteger(cents)) throw new RangeError('the order is too large for exact integers');
  return shares.length === 1 ? [cents] : allocate(cents, shares);
}
