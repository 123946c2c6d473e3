import type { PricedPart } from '../ledger/journal.ts';
import { format, WHOLE_BPS } from '../money.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { accrueByLine } from './accrue.ts';
import { Book } from './book.ts';
import { explainNothing, FROM_FILE, partSentence } from './explain.ts';
import { needsOf } from './facts.ts';
import type { PartnerTraits } from './match.ts';
import type { PlanVersion } from './plan.ts';

/** What a sale would earn. */
export interface Quote {
  readonly planVersion: number;
  readonly amountCents: number;
  readonly cents: number;
  readonly parts: readonly (PricedPart & { readonly explanation: string })[];
  readonly explanation: string;
  /** What was taken for given where the plan asks for more than one sale tells. */
  readonly assumes: readonly string[];
}

const ASSUMED = {
  volume: 'the partner has no other order in the period',
  earned: 'the partner earned nothing before in the period',
  customer: 'it is the customer’s first order',
  recruiters: 'nobody recruited the partner',
} as const;

/** What a sale would earn a partner who has all of its credit, and why. */
export function quote(
  sale: Conversion,
  partner: PartnerTraits & { readonly partnerId: string },
  plan: PlanVersion,
  timeZone: string,
): Quote {
  const { partnerId } = partner;
  const credits = [{ partnerId, creditBps: WHOLE_BPS, position: 1, touches: 1, touchAt: sale.occurredAt }];
  const needs = [...new Set(needsOf(plan.plan).map(({ what }) => what))];
  const conversion = needs.includes('customer') ? { ...sale, customerId: sale.customerId ?? 'someone' } : sale;
  const [accrual] = accrueByLine({
    conversion,
    credits,
    plan,
    policy: { version: 0, effectiveFrom: '', policy: { model: FROM_FILE as 'last-touch', lookbackDays: 30 } },
    partners: new Map([[partnerId, { ...partner, recruiters: [] }]]),
    terms: { holdDays: 0 },
    timeZone,
    facts: new Book(timeZone).facts({ conversion, credits }, plan),
  });
  const { parts, totalCents, commissionableCents } = accrual!;
  const told = parts.map((part) => ({ ...part, explanation: partSentence(part, WHOLE_BPS, sale.currency) }));
  const sentences =
    parts.length === 0
      ? [explainNothing(commissionableCents, false, plan.version)]
      : [
          ...told.map(({ explanation }) => explanation),
          `Counted with version ${plan.version} of the commission plan.`,
          `${parts.length > 1 ? 'Together this' : 'This'} earns ${format(totalCents, sale.currency)}.`,
        ];
  return {
    planVersion: plan.version,
    amountCents: commissionableCents,
    cents: totalCents,
    parts: told,
    explanation: sentences.join(' '),
    assumes: needs.map((what) => ASSUMED[what]),
  };
}
