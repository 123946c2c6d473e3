import { atRate, format, percent } from '../money.ts';
import type { DetailedAccrual } from './accrue.ts';
import type { PricingFacts } from './facts.ts';
import type { Override } from './plan.ts';

/**
 * The same accruals with what recruiters earn on them: a rate of what the partner whom they recruited earns, or of that partner's share
 * of the order. Taken from what the credited partners earn themselves, so an override is never paid on an override. Who is credited for
 * the order and recruited another of its partners gets both in one accrual.
 */
export function withOverrides(
  direct: readonly DetailedAccrual[],
  overrides: readonly Override[],
  { partners }: PricingFacts,
  currency: string,
): DetailedAccrual[] {
  const all = new Map(direct.map((accrual) => [accrual.partnerId, accrual]));
  for (const { partnerId, totalCents, baseCents, ...rest } of direct) {
    const recruiters = partners?.get(partnerId)?.recruiters;
    if (!recruiters) throw new RangeError(`who recruited ${partnerId} is not known here`);
    for (const { id, label, level, of, rateBps } of overrides) {
      const recruiter = recruiters[level - 1];
      const amount = of === 'commission' ? totalCents : baseCents;
      const cents = atRate(amount, rateBps);
      if (recruiter === undefined || recruiter === partnerId || cents === 0) continue;
      const what = of === 'commission' ? 'commission' : 'sales';
      const why = `${percent(rateBps)} of ${format(amount, currency)} of ${what} of ${partnerId}`;
      const detail = { part: { rule: id, label, baseCents: 0, cents, why, onTop: true as const }, lines: [] };
      const known = all.get(recruiter) ?? {
        ...rest,
        partnerId: recruiter,
        totalCents: 0,
        baseCents: 0,
        unmatchedCents: 0,
        credit: { ...rest.credit, partnerId: recruiter, creditBps: 0, position: 0 },
        parts: [],
        details: [],
      };
      all.set(recruiter, {
        ...known,
        totalCents: known.totalCents + cents,
        parts: [...known.parts, detail.part],
        details: [...known.details, detail],
      });
    }
  }
  return [...all.values()];
}
