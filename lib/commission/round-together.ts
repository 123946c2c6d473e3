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
  const keptBack = byPartner.map(() => 0n);
  const rounded = new Map<PartOfLines, PartOfLines>();
  for (const parts of alike.values()) {
    const base = parts.reduce((sum, { each }) => sum + each.part.baseCents, 0);
    const rateBps = parts[0]!.each.part.rateBps!;
    const whole = atRate(base, rateBps);
    shared(whole, parts, rateBps, keptBack).forEach((cents, place) => {
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

/** Shares `whole` cents out. `keptBack` says by partner, in basis points of a cent, what roundings kept from them so far, and is moved on. */
function shared(whole: number, parts: readonly Owned[], rateBps: number, keptBack: bigint[]): number[] {
  const exact = parts.map(({ each }) => BigInt(each.part.baseCents) * BigInt(rateBps));
  const given = exact.map((share) => share / CENT);
  exact.forEach((share, place) => {
    keptBack[parts[place]!.partner]! += share % CENT;
  });
  const left = whole - Number(given.reduce((sum, cents) => sum + cents, 0n));
  const inNeed = parts.map(({ partner }, place) => ({ partner, place }));
  inNeed.sort((a, b) => Number(keptBack[b.partner]! - keptBack[a.partner]!) || a.place - b.place);
  for (const { partner, place } of inNeed.slice(0, left)) {
    given[place]! += 1n;
    keptBack[partner]! -= CENT;
  }
  return given.map(Number);
}
