import type { Because } from '../attribution/because.ts';
import type { AttributionPolicy } from '../attribution/policy.ts';
import type { PricedPart } from '../ledger/journal.ts';
import { allocate, atRate } from '../money.ts';

/** What an assist earns, and why. */
export interface AssistPay {
  readonly parts: readonly PricedPart[];
  readonly because: Because;
}

/**
 * Assist bonuses of one order, one for each of `count` partners, beside the commission and never out of it: a rate of what the whole order
 * counts, or a flat amount while anything is left of it. Together they end at the policy's `mostCents`, which is then shared alike, odd cents
 * to who came first. Whatever comes back of the order lowers them as it lowers the commission.
 */
export function assistPay(
  { pay, mostCents }: NonNullable<AttributionPolicy['assistBonus']>,
  commissionableCents: number,
  count: number,
): AssistPay[] {
  if (count === 0) return [];
  const wanted = pay.kind === 'percent' ? atRate(commissionableCents, pay.rateBps) : flatFor(commissionableCents, pay);
  const capped = wanted * count > mostCents;
  const amounts = capped ? allocate(mostCents, Array<number>(count).fill(1)) : Array<number>(count).fill(wanted);
  return amounts.map((cents) => ({
    parts: cents === 0 ? [] : [{ ...named(pay, commissionableCents), cents }],
    because: { rule: 'assist', ...(capped && { uncappedCents: wanted, mostCents }) },
  }));
}

type Pay = NonNullable<AttributionPolicy['assistBonus']>['pay'];

const flatFor = (commissionableCents: number, pay: Extract<Pay, { kind: 'flat' }>) =>
  commissionableCents > 0 ? pay.amountCents : 0;

const named = (pay: Pay, commissionableCents: number) =>
  pay.kind === 'percent'
    ? { rule: 'assist-bonus', label: 'Assist bonus', rateBps: pay.rateBps, baseCents: commissionableCents }
    : { rule: 'assist-bonus', label: 'Assist bonus', flatCents: pay.amountCents, baseCents: 0 };
