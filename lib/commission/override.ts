import type { Day } from '../calendar.ts';
import { atRate, format, percent } from '../money.ts';
import type { Conversion } from '../tracking/conversion.ts';
import type { DetailedAccrual } from './accrue.ts';
import type { PartnerTraits } from './match.ts';
import type { Override } from './plan.ts';

interface Recruiting {
  readonly overrides: readonly Override[];
  readonly partners: ReadonlyMap<string, PartnerTraits>;
  /** What limits on payouts leave partners, where they leave less than the plan gives. */
  readonly kept?: ReadonlyMap<string, number> | undefined;
  readonly conversion: Pick<Conversion, 'posted' | 'currency'>;
  /** Day from which the recruiter's own group is paid for this order. */
  readonly maturesFor: (partnerId: string) => Day;
}

/**
 * All accruals of an order with what recruiters earn on them: a rate of what the partner whom they recruited earns, or of that partner's
 * share of the order. Taken from what partners with a share earn themselves, so an override is never paid on an override, nor on an
 * assist. Who is in the order and recruited another of its partners gets all in one accrual.
 *
 * A recruiter waits for the hold of their own group, and for that of every partner whom they are paid for: what comes back of the order takes
 * from both, and a hold that is over would lock the order's credits.
 *
 * A recruiter for whom something was posted stays in the answer when nothing is left to earn, so that the line that takes it back says
 * what it was.
 *
 * @throws RangeError when nobody knows who recruited a partner with a share.
 */
export function withOverrides(
  direct: readonly DetailedAccrual[],
  assisting: readonly DetailedAccrual[],
  { overrides, partners, kept, conversion, maturesFor }: Recruiting,
): DetailedAccrual[] {
  const all = new Map([...direct, ...assisting].map((accrual) => [accrual.partnerId, accrual]));
  const sharing = new Set(all.keys());
  for (const { partnerId, totalCents, baseCents, ...rest } of direct) {
    const recruiters = partners.get(partnerId)?.recruiters;
    if (!recruiters) throw new RangeError(`who recruited ${partnerId} is not known here`);
    const earned = Math.min(totalCents, kept?.get(partnerId) ?? totalCents);
    const sold = kept?.get(partnerId) === 0 ? 0 : baseCents;
    for (const { id, label, level, of, rateBps } of overrides) {
      const recruiter = recruiters[level - 1];
      const amount = of === 'commission' ? earned : sold;
      const cents = atRate(amount, rateBps);
      if (recruiter === undefined || recruiter === partnerId) continue;
      if (cents === 0 && !conversion.posted[recruiter]) continue;
      const what = of === 'commission' ? 'commission' : 'sales';
      const through = level === 2 ? `, whom ${recruiters[0]} recruited` : '';
      const why = `${percent(rateBps)} of ${format(amount, conversion.currency)} of ${what} of ${partnerId}${through}`;
      const detail = { part: { rule: id, label, baseCents: 0, cents, why, onTop: true as const }, lines: [] };
      const known = all.get(recruiter) ?? {
        ...rest,
        partnerId: recruiter,
        totalCents: 0,
        baseCents: 0,
        unmatchedCents: 0,
        credit: {
          creditBps: 0,
          position: 0,
          touches: rest.credit.touches,
          touchAt: rest.credit.touchAt,
          partnerId: recruiter,
        },
        parts: [],
        details: [],
        matures: maturesFor(recruiter),
      };
      const matures = sharing.has(recruiter) || known.matures > rest.matures ? known.matures : rest.matures;
      all.set(recruiter, {
        ...known,
        matures,
        totalCents: known.totalCents + cents,
        parts: [...known.parts, detail.part],
        details: [...known.details, detail],
      });
    }
  }
  return [...all.values()];
}
