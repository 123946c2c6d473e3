import type { LineItem } from '../tracking/conversion.ts';
import type { Bonus } from './plan.ts';

/** The bonuses that one partner is paid for an order. */
export interface PaidBonuses {
  /** On top of the rule, by line item. */
  readonly ofItem: ReadonlyMap<LineItem, readonly Bonus[]>;
  /** Paid once, for the order as a whole. */
  readonly milestones: ReadonlySet<Bonus>;
}

/**
 * Which bonuses are paid, from the plan's first to its last: for each line item those that match it, and a milestone that is due when it
 * matches some of the items. One that does not stack gives way to every bonus above it that is paid already: on the same
 * item, or for the order as a whole; a milestone to one on any item, and then it is still due with the next order.
 *
 * @param items of which something is left, without what is excluded.
 * @param isDue whether a milestone's mark is reached and it was not paid yet.
 */
export function paidBonuses(
  bonuses: readonly Bonus[],
  items: readonly LineItem[],
  fits: (bonus: Bonus, item: LineItem) => boolean,
  isDue: (milestone: Bonus) => boolean,
): PaidBonuses {
  const ofItem = new Map<LineItem, Bonus[]>();
  const milestones = new Set<Bonus>();
  for (const bonus of bonuses) {
    const fitting = items.filter((item) => fits(bonus, item));
    const givesWay = bonus.stacks === false;
    if (bonus.pay.kind === 'milestone') {
      const first = milestones.size === 0 && ofItem.size === 0;
      if (fitting.length > 0 && !(givesWay && !first) && isDue(bonus)) milestones.add(bonus);
      continue;
    }
    for (const item of fitting) {
      const above = ofItem.get(item) ?? [];
      if (givesWay && (above.length > 0 || milestones.size > 0)) continue;
      ofItem.set(item, [...above, bonus]);
    }
  }
  return { ofItem, milestones };
}
