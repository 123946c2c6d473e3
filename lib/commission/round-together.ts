import { allocate, atRate, format, percent } from '../money.ts';
import type { PartOfLines } from './accrue.ts';

/**
 * Parts of an order's partners, rounded as one where they are priced alike: what the same rule pays at the same rate is rounded (half to
 * even) once for all of them and shared by their bases, largest remainder first, equal ones in the order of the credits. So an order that
 * several partners share costs to the cent what it would cost with one. Who has another rate has no whole in common with them.
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
  const alike = Map.groupBy(
    byPartner.flat().filter(({ part }) => part.rateBps !== undefined && !limited.has(part.rule)),
    ({ part }) => `${part.rule} ${part.rateBps}`,
  );
  const rounded = new Map<PartOfLines, PartOfLines>();
  for (const parts of alike.values()) {
    const bases = parts.map(({ part }) => part.baseCents);
    const base = bases.reduce((sum, cents) => sum + cents, 0);
    if (base === 0) continue;
    const rateBps = parts[0]!.part.rateBps!;
    const whole = atRate(base, rateBps);
    allocate(whole, bases).forEach((cents, place) => {
      const { part, lines } = parts[place]!;
      if (cents === part.cents) return;
      const words = `rounded with the other partners: ${percent(rateBps)} of ${format(base, currency)} is ${format(whole, currency)} for all`;
      const why = part.why === undefined ? words : `${part.why}; ${words}`;
      rounded.set(parts[place]!, { part: { ...part, cents, why }, lines });
    });
  }
  return byPartner.map((parts) => parts.map((each) => rounded.get(each) ?? each));
}
