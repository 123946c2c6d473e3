import { atRate, format, percent } from '../money.ts';
import type { PartOfLines } from './accrue.ts';

interface Owned {
  readonly each: PartOfLines;
  /** Place of its partner among the credits. */
  readonly partner: number;
}

/**
 * Parts of an order's partners, rounded as one where they are priced alike: what the same rule pays at the same rate is rounded (half to
 * even) once for all of them. So an order that several partners share costs to the cent what it would cost with one. Who has another rate
 * has no whole in common with them.
 *
 * Each gets the whole cents of their own part; a cent that is left over goes to whom roundings of this order, this one included, have kept
 * most from so far, among equals to the earlier credit. Over all rules nobody is then further from their exact share than they must be.
 *
 * A rule with a limit is left as it is: its limits are shared out already, and what is below them would not add up with what is at them.
 *
 * @param byPartner the parts of each partner with a share, in the order of the credits.
 * @param limited ids of rules and bonuses with a limit.
 */
export function roundTogether(
  byPartner: readonly (readonly PartOfLines[])[],
  limited: ReadonlySet<string>,
  currency: string,
): (readonly PartOfLines[])[] {
  if (byPartner.length < 2) return [...byPartner];
  const owned = byPartner.flatMap((parts, partner) => parts.map((each): Owned => ({ each, partner })));
  const alike = Map.groupBy(
    owned.filter(({ each: { part } }) => part.rateBps !== undefined && part.baseCents > 0 && !limited.has(part.rule)),
    ({ each: { part } }) => `${part.rule} ${part.rateBps}`,
  );
  const keptBack: KeptBack<number> = new Map();
  const rounded = new Map<PartOfLines, PartOfLines>();
  for (const parts of alike.values()) {
    const base = parts.reduce((sum, { each }) => sum + each.part.baseCents, 0);
    const rateBps = parts[0]!.each.part.rateBps!;
    const whole = atRate(base, rateBps);
    const claims = parts.map(({ each, partner }) => ({ of: each.part.baseCents, for: partner }));
    sharedOut(claims, rateBps, keptBack).forEach((cents, place) => {
      const { part, lines } = parts[place]!.each;
      if (cents === part.cents) return;
      const words = `rounded with the other partners: ${percent(rateBps)} of ${format(base, currency)} is ${format(whole, currency)} for all`;
      const why = part.why === undefined ? words : `${part.why}; ${words}`;
      rounded.set(parts[place]!.each, { part: { ...part, cents, why }, lines });
    });
  }
  return byPartner.map((parts) => parts.map((each) => rounded.get(each) ?? each));
}

const CENT = 10_000n;

/** What roundings of an order kept from each so far, in basis points of a cent. */
export type KeptBack<Who> = Map<Who, bigint>;

/**
 * Cents for each of some amounts at one rate: those of all together, rounded once (half to even). Everybody has the whole cents of their
 * own; a cent left over goes to whom most was kept from so far, among equals to the earlier, never to an amount of nothing.
 *
 * @param keptBack moved on by what this rounding keeps and gives.
 */
export function sharedOut<Who>(
  claims: readonly { readonly of: number; readonly for: Who }[],
  rateBps: number,
  keptBack: KeptBack<Who>,
): number[] {
  const whole = atRate(
    claims.reduce((sum, claim) => sum + claim.of, 0),
    rateBps,
  );
  const move = (who: Who, by: bigint) => keptBack.set(who, (keptBack.get(who) ?? 0n) + by);
  const exact = claims.map((claim) => BigInt(claim.of) * BigInt(rateBps));
  const given = exact.map((share) => share / CENT);
  exact.forEach((share, place) => {
    move(claims[place]!.for, share % CENT);
  });
  const left = whole - Number(given.reduce((sum, cents) => sum + cents, 0n));
  const inNeed = claims.flatMap((claim, place) =>
    claim.of === 0 ? [] : [{ who: claim.for, kept: keptBack.get(claim.for)!, place }],
  );
  inNeed.sort((a, b) => (a.kept === b.kept ? a.place - b.place : a.kept < b.kept ? 1 : -1));
  for (const { who, place } of inNeed.slice(0, left)) {
    given[place]! += 1n;
    move(who, -CENT);
  }
  return given.map(Number);
}
