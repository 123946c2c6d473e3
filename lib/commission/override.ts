import type { Day } from '../calendar.ts';
import type { PricedPart } from '../ledger/journal.ts';
import { atRate, format, percent } from '../money.ts';
import type { Conversion } from '../tracking/conversion.ts';
import type { DetailedAccrual } from './accrue.ts';
import type { PartnerTraits } from './match.ts';
import type { Override } from './plan.ts';
import { type KeptBack, sharedOut } from './round-together.ts';

interface Recruiting {
  readonly overrides: readonly Override[];
  readonly partners: ReadonlyMap<string, PartnerTraits>;
  /** What limits on payouts leave partners, where they leave less than the plan gives. */
  readonly kept?: ReadonlyMap<string, number> | undefined;
  readonly conversion: Pick<Conversion, 'posted' | 'currency'>;
  /** Day from which the recruiter's own group is paid for this order. */
  readonly maturesFor: (partnerId: string) => Day;
}

/** A recruiter's part of what one partner has of an order. */
interface Claim {
  readonly override: Override;
  readonly recruiter: string;
  readonly partnerId: string;
  /** What the rate is of. */
  readonly amount: number;
  readonly cents: number;
  readonly why: string;
}

/**
 * All accruals of an order with what recruiters earn on them: a rate of what the partner whom they recruited earns, or of that partner's
 * share of what the plan's rules price: nothing of what is excluded, nor of what no rule matches. Taken from what partners with a share
 * earn themselves, so an override is never paid on an override, nor on an assist. Each override is rounded once for all partners of the
 * order ({@link sharedOut}), so it costs to the cent the same however many share it. Who is in the order and recruited another of its
 * partners gets all in one accrual.
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
  recruiting: Recruiting,
): DetailedAccrual[] {
  const { conversion, maturesFor } = recruiting;
  const all = new Map([...direct, ...assisting].map((accrual) => [accrual.partnerId, accrual]));
  const sharing = new Set(all.keys());
  const recruited = new Map(direct.map((accrual) => [accrual.partnerId, accrual]));
  for (const { override, recruiter, partnerId, cents, why } of claimsOn(direct, recruiting)) {
    if (cents === 0 && !conversion.posted[recruiter]) continue;
    const { id: rule, label } = override;
    const detail = { part: { rule, label, baseCents: 0, cents, why, onTop: true as const }, lines: [] };
    const rest = recruited.get(partnerId)!;
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
  return [...all.values()];
}

/** What recruiters have a claim to, partner by partner in the plan's order of overrides. */
function claimsOn(direct: readonly DetailedAccrual[], { overrides, partners, kept, conversion }: Recruiting): Claim[] {
  const money = (cents: number) => format(cents, conversion.currency);
  const keptBack: KeptBack<string> = new Map();
  const byOverride = overrides.map((override): Claim[] => {
    const { level, of, rateBps } = override;
    const open = direct.flatMap(({ partnerId, totalCents, parts }) => {
      const recruiters = partners.get(partnerId)?.recruiters;
      if (!recruiters) throw new RangeError(`who recruited ${partnerId} is not known here`);
      const recruiter = recruiters[level - 1];
      if (recruiter === undefined || recruiter === partnerId) return [];
      const earned = Math.min(totalCents, kept?.get(partnerId) ?? totalCents);
      const sold = kept?.get(partnerId) === 0 ? 0 : pricedBy(parts);
      const through = level === 2 ? `, whom ${recruiters[0]} recruited` : '';
      return [{ partnerId, recruiter, through, amount: of === 'commission' ? earned : sold }];
    });
    const cents = sharedOut(
      open.map(({ amount, recruiter }) => ({ of: amount, for: recruiter })),
      rateBps,
      keptBack,
    );
    const whole = cents.reduce((sum, each) => sum + each, 0);
    const base = open.reduce((sum, { amount }) => sum + amount, 0);
    return open.map(({ partnerId, recruiter, amount, through }, place) => {
      const own = `${percent(rateBps)} of ${money(amount)} of ${of} of ${partnerId}${through}`;
      const together = `; rounded with the order’s other partners: ${percent(rateBps)} of ${money(base)} is ${money(whole)} for all`;
      const why = cents[place] === atRate(amount, rateBps) ? own : `${own}${together}`;
      return { override, recruiter, partnerId, amount, cents: cents[place]!, why };
    });
  });
  const claims = byOverride.flat();
  return direct.flatMap(({ partnerId }) => claims.filter((claim) => claim.partnerId === partnerId));
}

/** The share of the order that rules price. What is excluded is a part too, without a rate or an amount. */
const pricedBy = (parts: readonly PricedPart[]): number =>
  parts.reduce((sum, { baseCents, rateBps, flatCents, onTop }) => {
    const isPriced = !onTop && (rateBps !== undefined || flatCents !== undefined);
    return isPriced ? sum + baseCents : sum;
  }, 0);
