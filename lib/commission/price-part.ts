import type { PricedPart } from '../ledger/journal.ts';
import { atRate, format, percent, WHOLE_BPS } from '../money.ts';
import type { PartnerFacts, PinnedRate, Volume, VolumeName } from './facts.ts';
import type { Bonus, By, CommissionRule, Tiers } from './plan.ts';

/** What is paid by a rule or a bonus. */
export type Paying = Pick<CommissionRule | Bonus, 'id' | 'label' | 'pay' | 'cap'> &
  Pick<Partial<CommissionRule>, 'recurring'>;

/** What one rule or bonus prices of an order for one partner. */
export interface Takings {
  readonly paying: Paying;
  /** The partner's share of the amount of these items. */
  baseCents: number;
  /** Units of these items, whoever is credited. */
  units: number;
  /** The partner's share of a flat amount. */
  flatCents: number;
  /** By pool: the base, and the most that may be paid for it. */
  readonly pools: { readonly baseCents: number; readonly flatCents: number; readonly mostCents: number }[];
  /** Lines that it prices, with their whole amounts. */
  readonly lines: { readonly line: number; readonly netCents: number; readonly units: number }[];
}

/** What pricing a part may look at beside the takings. */
export interface PriceContext {
  readonly currency: string;
  /** The partner's share of the order. */
  readonly creditBps: number;
  /** The partner's share of an amount that stands for the whole order, as of a cap for each order. */
  readonly shareOf: (cents: number) => number;
  readonly facts: PartnerFacts | undefined;
}

/** A volume as people read it. */
export function volumeText(by: By, amount: number, currency: string): string {
  if (by === 'revenue') return format(amount, currency);
  const noun = by === 'orders' ? 'order' : 'new customer';
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** The volume a ladder or milestone asks for. @throws RangeError when nobody supplied it. */
function volumeFor({ by, per }: { by: By; per: Tiers['per'] }, facts: PartnerFacts | undefined, id: string): Volume {
  const name: VolumeName = `${by} ${per}`;
  const volume = facts?.volumes?.[name];
  if (!volume) throw new RangeError(`${id} asks for the partner’s ${by} of the ${per}, which is not known here`);
  return volume;
}

const stepAt = (steps: Tiers['steps'], amount: number) =>
  steps.filter(({ from }) => from <= amount).at(-1) ?? steps[0]!;

/**
 * The rate of a ladder for an order as a whole: retroactive by what the period comes to, marginal by where the order begins. An order
 * that is counted itself (orders, new customers) stands in the tier of its own number.
 */
function tierOf(tiers: Tiers, { before, total }: Volume): { readonly from: number; readonly rateBps: number } {
  if (tiers.mode === 'retroactive') return stepAt(tiers.steps, total);
  return stepAt(tiers.steps, tiers.by === 'revenue' ? before : before + 1);
}

/** Parts of a base by the tiers it falls into, from the lowest on. */
function bands(
  tiers: Tiers,
  volume: Volume,
  baseCents: number,
): { from: number; rateBps: number; baseCents: number }[] {
  if (tiers.mode === 'retroactive' || tiers.by !== 'revenue') return [{ ...tierOf(tiers, volume), baseCents }];
  const end = volume.before + baseCents;
  const parts = tiers.steps.flatMap((step, place) => {
    const low = Math.max(step.from, volume.before);
    const high = Math.min(tiers.steps[place + 1]?.from ?? Number.MAX_SAFE_INTEGER, end);
    return high > low ? [{ ...step, baseCents: high - low }] : [];
  });
  return parts.length > 0 ? parts : [{ ...tierOf(tiers, volume), baseCents }];
}

function tierWords(tiers: Tiers, from: number, volume: Volume, currency: string): string {
  const of = volumeText(tiers.by, from, currency);
  return tiers.mode === 'retroactive'
    ? `tier from ${of}: the ${tiers.per} comes to ${volumeText(tiers.by, volume.total, currency)}`
    : `tier from ${of}: ${volumeText(tiers.by, volume.before, currency)} earlier in the ${tiers.per}`;
}

/**
 * The parts of an accrual that one rule or bonus makes. Each rate is applied and rounded (half to even) once for all items of the rule,
 * where a limit for each unit does not make each line its own; marginal tiers are a part each. Limits take from the last part.
 */
export function priceParts(takings: Takings, context: PriceContext): PricedPart[] {
  const { paying, units, baseCents, flatCents } = takings;
  const { currency, facts } = context;
  const { id, label, pay } = paying;
  const named = { rule: id, label };
  if (pay.kind === 'milestone') return limited([milestonePart(pay, named, context)], takings, context);
  if (pay.kind === 'flat') {
    const part = { ...named, flatCents: pay.amountCents, baseCents };
    const each = pay.per === 'order' ? { cents: context.shareOf(pay.amountCents) } : { units, cents: flatCents };
    return limited([{ ...part, ...each }], takings, context);
  }
  const at = (base: number, rateBps: number, why?: string): PricedPart => ({
    ...named,
    units,
    rateBps,
    baseCents: base,
    cents: atRate(base, rateBps),
    ...(why !== undefined && { why }),
  });
  const pinned = pinnedRate(paying, facts);
  if (pinned) {
    const later = pinned.day === facts?.first?.day ? '' : ', with the first order that this rule priced';
    return limited([at(baseCents, pinned.rateBps, `pinned on ${pinned.day}${later}`)], takings, context);
  }
  if (pay.kind === 'percent') return limited([at(baseCents, pay.rateBps)], takings, context);
  const volume = volumeFor(pay, facts, id);
  const parts = bands(pay, volume, baseCents).map((band) =>
    at(band.baseCents, band.rateBps, tierWords(pay, band.from, volume, currency)),
  );
  return limited(parts, takings, context);
}

/**
 * Whether a milestone is due: its mark is reached with this order or was before, and no order of the period was paid it. So the bonus waits
 * where the order that reaches the mark is none that it is for.
 *
 * @throws RangeError when nobody supplied the volume, or what was paid before.
 */
export function isDue({ id, pay }: Pick<Bonus, 'id' | 'pay'>, facts: PartnerFacts | undefined): boolean {
  if (pay.kind !== 'milestone') return false;
  const { before, own } = volumeFor(pay, facts, id);
  if (!facts?.paidOnce)
    throw new RangeError(`${id} asks whether it was paid in the ${pay.per}, which is not known here`);
  return pay.at <= before + own && !facts.paidOnce.has(id);
}

/** A milestone is paid whole, whatever the partner's share of the order that reaches it. */
function milestonePart(
  pay: Extract<Bonus['pay'], { kind: 'milestone' }>,
  named: Pick<PricedPart, 'rule' | 'label'>,
  { currency, facts }: PriceContext,
): PricedPart {
  const { before } = volumeFor(pay, facts, named.rule);
  const mark = `${volumeText(pay.by, pay.at, currency)} reached`;
  const why =
    before < pay.at
      ? `${mark} in the ${pay.per}`
      : `${mark} earlier in the ${pay.per}; the first order since then that it is paid with`;
  return { ...named, baseCents: 0, cents: pay.amountCents, why };
}

/** The rate of an earlier order of the customer, where a rule keeps to it. */
function pinnedRate({ id, recurring }: Paying, facts: PartnerFacts | undefined): PinnedRate | undefined {
  return recurring?.rate === 'pinned' ? facts?.first?.rates?.[id] : undefined;
}

/** Parts within the limits of their rule: for each unit, then for the order, then for the period. */
function limited(
  parts: PricedPart[],
  { paying, pools }: Takings,
  { currency, creditBps, shareOf, facts }: PriceContext,
): PricedPart[] {
  const { cap, id } = paying;
  if (!cap) return parts;
  const isWhole = creditBps === WHOLE_BPS;
  let kept = parts;
  if (cap.perItemCents !== undefined && paying.pay.kind !== 'milestone') {
    const words = `at most ${format(cap.perItemCents, currency)} an item${isWhole ? '' : `, of which ${percent(creditBps)}`}`;
    kept = lineByLine(parts, pools).map((cents, place) => {
      const part = parts[place]!;
      if (cents === part.cents) return part;
      return { ...part, cents, why: because(part.why, cents < part.cents ? words : 'counted line by line') };
    });
  }
  if (cap.perOrderCents !== undefined) {
    const most = shareOf(cap.perOrderCents);
    const share = isWhole ? '' : `, of which ${percent(creditBps)} is ${format(most, currency)}`;
    kept = atMost(kept, most, `at most ${format(cap.perOrderCents, currency)} an order${share}`);
  }
  if (cap.perPeriod) {
    const earned = facts?.earned?.[id];
    if (earned === undefined)
      throw new RangeError(`${id} asks for what was earned in the ${cap.perPeriod.per}, which is not known here`);
    const left = Math.max(0, cap.perPeriod.cents - earned);
    const words = `at most ${format(cap.perPeriod.cents, currency)} a ${cap.perPeriod.per}, ${format(earned, currency)} earned before`;
    kept = atMost(kept, left, words);
  }
  return kept;
}

/**
 * Cents of each part where units have a limit, so that each pool is one line: what the line's own amount comes to in the tiers it falls
 * into, one line after another, and in all no more than the limit of its units.
 */
function lineByLine(parts: readonly PricedPart[], pools: Takings['pools']): number[] {
  const cents = parts.map(() => 0);
  const left = parts.map(({ baseCents }) => baseCents);
  for (const pool of pools) {
    let [baseCents, mostCents] = [pool.baseCents, pool.mostCents];
    parts.forEach(({ rateBps }, place) => {
      const taken = Math.min(baseCents, left[place]!);
      const earned = Math.min(rateBps === undefined ? pool.flatCents : atRate(taken, rateBps), mostCents);
      cents[place]! += earned;
      left[place]! -= taken;
      baseCents -= taken;
      mostCents -= earned;
    });
  }
  return cents;
}

function atMost(parts: readonly PricedPart[], most: number, words: string): PricedPart[] {
  let left = most;
  return parts.map((part) => {
    const cents = Math.min(part.cents, left);
    left -= cents;
    return cents === part.cents ? part : { ...part, cents, why: because(part.why, words) };
  });
}

const because = (before: string | undefined, words: string) => (before === undefined ? words : `${before}; ${words}`);

/** What a pinned rule pays at a customer's first order, to be kept for the later ones. */
export function rateNow(rule: CommissionRule, facts: PartnerFacts | undefined): number | undefined {
  if (rule.pay.kind === 'percent') return rule.pay.rateBps;
  return rule.pay.kind === 'tiers' ? tierOf(rule.pay, volumeFor(rule.pay, facts, rule.id)).rateBps : undefined;
}
