import type { Day } from '../calendar.ts';
import type { Conversion } from '../tracking/conversion.ts';

/**
 * Whether a conversion's credits stand for good: the hold of money that was posted for it is over on this day (program's time zone), so that
 * a partner may have been paid it, or will be by the next run. From then on what an order is worth may still change, by returns and
 * corrected plans, but not who shares it and how.
 */
export function isLocked({ posted }: Pick<Conversion, 'posted'>, today: Day): boolean {
  return Object.values(posted).some(({ cents, matures }) => cents > 0 && matures <= today);
}
