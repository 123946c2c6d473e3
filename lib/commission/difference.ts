import type { AccrualLine } from '../ledger/journal.ts';
import type { Conversion, Exchange, Posted } from '../tracking/conversion.ts';
import type { DesiredAccrual } from './accrue.ts';
import { remainingOrder, returnedUnits } from './order.ts';

/** What was computed with, for a line of a partner who is credited no longer. */
export interface AccrualMeta {
  readonly model: string;
  readonly policyVersion: number;
  readonly planVersion: number;
  /** Touches of the journey now. */
  readonly touches: number;
}

export interface Difference {
  /** One line per partner whose total changed; empty when everything is posted already. */
  readonly lines: Map<string, AccrualLine>;
  /** The conversion's posted state once these lines stand in the ledger. */
  readonly posted: Record<string, Posted>;
}

function reasonOf(conversion: Conversion, before: Posted | undefined, returned: number): AccrualLine['reason'] {
  if (!before) return 'earned';
  if (conversion.cancelled) return 'cancelled';
  return returned > before.returnedUnits ? 'returned' : 'recomputed';
}

/**
 * What is left to post: the desired totals less what was posted before. New orders, returns, cancellations, re-attribution, corrected
 * plans and reruns all come through here; a rerun finds nothing to post.
 *
 * - The day of maturity is fixed by a partner's first posting, so a correction takes from where the money was put.
 * - A partner who is credited no longer is brought to 0. A total is never negative, so what is taken back never exceeds what was earned.
 * - Who never earned anything gets no line.
 */
export function difference(
  conversion: Conversion,
  desired: readonly DesiredAccrual[],
  meta: Omit<AccrualMeta, 'touches'> & Partial<AccrualMeta>,
): Difference {
  const returned = returnedUnits(conversion);
  const units = conversion.items.reduce((sum, { quantity }) => sum + quantity, 0);
  const lines = new Map<string, AccrualLine>();
  const posted: Record<string, Posted> = {};
  const settle = (partnerId: string, totalCents: number, matures: string, why: WhyParts) => {
    const before = conversion.posted[partnerId];
    if (totalCents === 0 && !before) return;
    const after = { cents: totalCents, matures: before?.matures ?? matures, returnedUnits: returned };
    posted[partnerId] = after;
    const cents = totalCents - (before?.cents ?? 0);
    if (cents === 0) return;
    lines.set(partnerId, {
      eventType: conversion.eventType,
      orderId: conversion.orderId,
      occurredAt: conversion.occurredAt,
      cents,
      totalCents,
      reason: reasonOf(conversion, before, returned),
      ...why,
      ...(conversion.exchange && { exchange: exchangeOf(conversion.exchange) }),
      units,
      returnedUnits: returned,
      matures: after.matures,
    });
  };
  for (const accrual of desired) settle(accrual.partnerId, accrual.totalCents, accrual.matures, whyOf(accrual));
  for (const partnerId in conversion.posted) {
    if (partnerId in posted) continue;
    settle(partnerId, 0, '', whyNot(conversion, desired[0], meta));
  }
  return { lines, posted };
}

const exchangeOf = ({ from, fromCents, rateId, rate }: Exchange): AccrualLine['exchange'] => ({
  from,
  fromCents,
  rateId,
  rate,
});

type WhyParts = Pick<
  AccrualLine,
  | 'model'
  | 'policyVersion'
  | 'planVersion'
  | 'creditBps'
  | 'position'
  | 'touches'
  | 'touchAt'
  | 'touchKind'
  | 'because'
  | 'commissionableCents'
  | 'parts'
  | 'unmatchedCents'
>;

function whyOf(accrual: DesiredAccrual): WhyParts {
  const { creditBps, position, touches, touchAt, kind } = accrual.credit;
  return {
    model: accrual.model,
    policyVersion: accrual.policyVersion,
    planVersion: accrual.planVersion,
    creditBps,
    position,
    touches,
    touchAt,
    ...(kind && { touchKind: kind }),
    ...(accrual.because && { because: accrual.because }),
    commissionableCents: accrual.commissionableCents,
    parts: accrual.parts,
    unmatchedCents: accrual.unmatchedCents,
  };
}

function whyNot(
  conversion: Conversion,
  another: DesiredAccrual | undefined,
  meta: Omit<AccrualMeta, 'touches'> & Partial<AccrualMeta>,
): WhyParts {
  return {
    model: meta.model,
    policyVersion: meta.policyVersion,
    planVersion: meta.planVersion,
    creditBps: 0,
    position: 0,
    touches: meta.touches ?? another?.credit.touches ?? 0,
    commissionableCents: another?.commissionableCents ?? remainingOrder(conversion).commissionableCents,
    parts: [],
    unmatchedCents: 0,
  };
}
