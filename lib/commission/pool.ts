import type { LineItem } from '../tracking/conversion.ts';
import type { RemainingOrder } from './order.ts';
import type { Bonus, CommissionRule, Exclusion } from './plan.ts';

/** What is paid for a line item to one partner: the exclusion or the rule that prices it, and the bonuses on top. */
export interface Pricing {
  readonly rule: CommissionRule | undefined;
  readonly exclusion?: Exclusion | undefined;
  readonly bonuses: readonly Bonus[];
}

/** Lines of an order that are priced alike, for each credited partner; they are split as one amount. */
export interface Pool {
  readonly pricings: readonly Pricing[];
  netCents: number;
  units: number;
  /** Numbers of the lines, from 1, with their amounts. */
  readonly lines: { readonly line: number; readonly netCents: number; readonly units: number }[];
}

const perItem = ({ rule, bonuses }: Pricing) =>
  rule?.cap?.perItemCents !== undefined || bonuses.some(({ cap }) => cap?.perItemCents !== undefined);

function nameOf(pricings: readonly Pricing[], line: number): string {
  const name = pricings
    .map(({ rule, exclusion, bonuses }) => [rule?.id ?? exclusion?.id ?? '', ...bonuses.map(({ id }) => id)].join('+'))
    .join(' ');
  // A limit for each unit is a limit of each line, whose price it is compared with.
  return pricings.some(perItem) ? `${name} ${line}` : name;
}

/** The pools of an order, smallest first; of equal ones that of the earliest line. */
export function poolsOf(order: RemainingOrder, pricingsOf: (item: LineItem) => readonly Pricing[]): Pool[] {
  const pools = new Map<string, Pool>();
  order.items.forEach(({ item, netCents, units }, index) => {
    if (units === 0) return;
    const pricings = pricingsOf(item);
    const name = nameOf(pricings, index + 1);
    const known = pools.get(name);
    const line = { line: index + 1, netCents, units };
    if (known) {
      known.netCents += netCents;
      known.units += units;
      known.lines.push(line);
    } else pools.set(name, { pricings, netCents, units, lines: [line] });
  });
  return [...pools.values()].sort((a, b) => a.netCents - b.netCents);
}
