import type { Day } from '../calendar.ts';
import type { CameBack, ChainState } from './journal.ts';

/** A payment that came back. */
export interface Undone {
  /** Day of the payment in the program's time zone. */
  readonly paidOn: Day;
  /** Tax withheld included. */
  readonly cents: number;
  readonly withheld: number;
  readonly rail?: string | undefined;
}

/** What came back by year of payment, one payment more. */
export function withCameBack(
  before: ChainState['cameBack'],
  { paidOn, cents, withheld, rail }: Undone,
): Readonly<Record<string, CameBack>> {
  const year = paidOn.slice(0, 4);
  const known = before?.[year] ?? { cents: 0, byRail: {} };
  const tax = (known.withheld ?? 0) + withheld;
  const byRail = rail === undefined ? known.byRail : { ...known.byRail, [rail]: (known.byRail[rail] ?? 0) + cents };
  return { ...before, [year]: { cents: known.cents + cents, ...(tax !== 0 && { withheld: tax }), byRail } };
}
