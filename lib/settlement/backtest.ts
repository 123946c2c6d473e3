import type { AttributionPolicy } from '../attribution/policy.ts';
import { dayIn } from '../calendar.ts';
import { PARTNER_TYPES, type PartnerType } from '../partners/partner.ts';
import type { Instant } from '../time.ts';
import type { Conversion } from '../tracking/conversion.ts';
import type { Circumstances } from './assess.ts';
import { judge } from './judge.ts';
import { isLocked } from './locked.ts';

/** What some conversions earn now, and would under the proposed policy. */
export interface Outcome {
  readonly conversions: number;
  readonly standsCents: number;
  readonly wouldCents: number;
}

/** Conversions in their hold, whose credit a recomputation would change, apart from locked ones, which it would leave as they are. */
export interface Sides {
  readonly inHold: Outcome;
  readonly locked: Outcome;
}

export interface PartnerSides extends Sides {
  /** Nothing of a partner whom no touch is left of. */
  readonly type?: PartnerType | undefined;
}

/** What a back-test found in a part of its conversions. */
export interface BacktestTable {
  /** Conversions looked at, by what became of them. `notSettled` have nothing posted to compare with; `setAside` cannot be computed. */
  readonly conversions: {
    readonly inHold: number;
    readonly locked: number;
    readonly notSettled: number;
    readonly setAside: number;
  };
  readonly partners: Readonly<Record<string, PartnerSides>>;
}

const NOTHING: Outcome = { conversions: 0, standsCents: 0, wouldCents: 0 };
export const NO_SIDES: Sides = { inHold: NOTHING, locked: NOTHING };
export const NOTHING_TESTED: BacktestTable = {
  conversions: { inHold: 0, locked: 0, notSettled: 0, setAside: 0 },
  partners: {},
};

/** A moment before any hold was over: as of it, nothing is locked. */
const BEFORE_ALL = '2000-01-01T00:00:00.000Z';

/**
 * What one conversion would earn whom, had this policy been in force when the customer ordered: the same journey, the plan of that time. It
 * is judged as a recomputation judges, so what is told of conversions in their hold is what a recomputation under this policy posts. Locked
 * ones are judged as if they were not, to tell what would have been; no recomputation touches them.
 *
 * What stands is what is posted. Nothing is written.
 */
export function backtest(
  conversion: Conversion,
  circumstances: Circumstances,
  policy: AttributionPolicy,
  asOf: Instant,
): BacktestTable {
  if (conversion.open || !conversion.settled) return counted('notSettled');
  const { terms } = circumstances;
  const proposed = { version: 0, effectiveFrom: BEFORE_ALL, policy };
  const judged = judge(
    conversion,
    { ...circumstances, terms: terms && { ...terms, policies: [proposed] } },
    BEFORE_ALL,
  );
  if (judged.parked) return counted('setAside');
  const side = isLocked(conversion, dayIn(asOf, judged.timeZone)) ? 'locked' : 'inHold';
  const partnerIds = new Set([...Object.keys(conversion.posted), ...Object.keys(judged.posted)]);
  const partners = [...partnerIds].map((partnerId): [string, PartnerSides] => {
    const standsCents = conversion.posted[partnerId]?.cents ?? 0;
    const wouldCents = judged.posted[partnerId]?.cents ?? 0;
    const type = circumstances.standings.get(partnerId)?.partner.type;
    return [partnerId, { ...NO_SIDES, [side]: { conversions: 1, standsCents, wouldCents }, ...(type && { type }) }];
  });
  return { ...counted(side), partners: Object.fromEntries(partners) };
}

const counted = (as: keyof BacktestTable['conversions']): BacktestTable => ({
  ...NOTHING_TESTED,
  conversions: { ...NOTHING_TESTED.conversions, [as]: 1 },
});

const plus = (a: Outcome, b: Outcome): Outcome => ({
  conversions: a.conversions + b.conversions,
  standsCents: a.standsCents + b.standsCents,
  wouldCents: a.wouldCents + b.wouldCents,
});

export const addSides = (a: Sides, b: Sides): Sides => ({
  inHold: plus(a.inHold, b.inHold),
  locked: plus(a.locked, b.locked),
});

/** Tables as one. */
export function addTables(tables: readonly BacktestTable[]): BacktestTable {
  const conversions = { ...NOTHING_TESTED.conversions };
  const partners: Record<string, PartnerSides> = {};
  for (const table of tables) {
    for (const name of Object.keys(conversions) as (keyof typeof conversions)[])
      conversions[name] += table.conversions[name];
    for (const [partnerId, sides] of Object.entries(table.partners)) {
      const known = partners[partnerId];
      const type = sides.type ?? known?.type;
      partners[partnerId] = { ...addSides(known ?? NO_SIDES, sides), ...(type && { type }) };
    }
  }
  return { conversions, partners };
}

/** What a table comes to by type of partner, in the order of the types; `unknown` last. */
export function byType({
  partners,
}: BacktestTable): { readonly type: PartnerType | 'unknown'; readonly sides: Sides }[] {
  return [...PARTNER_TYPES, 'unknown' as const].flatMap((type) => {
    const some = Object.values(partners).filter((partner) => (partner.type ?? 'unknown') === type);
    return some.length === 0 ? [] : [{ type, sides: some.reduce<Sides>(addSides, NO_SIDES) }];
  });
}
