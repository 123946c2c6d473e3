import { credit } from '../attribution/credit.ts';
import type { Credit, Touch } from '../attribution/journey.ts';
import type { PolicyVersion } from '../attribution/policy.ts';
import { dayIn } from '../calendar.ts';
import { accrue } from '../commission/accrue.ts';
import { difference } from '../commission/difference.ts';
import type { PlanVersion } from '../commission/plan.ts';
import type { AccrualLine } from '../ledger/journal.ts';
import { standingAt } from '../partners/enrolment.ts';
import type { FxTable } from '../programs/fx-rates.ts';
import { inForceAt, type Program } from '../programs/program.ts';
import type { Conversion, Posted } from '../tracking/conversion.ts';
import { MOST_PARTNERS } from './batches.ts';
import { inCurrency } from './convert-currency.ts';
import { countable, type Standing } from './touches.ts';

/** A program with every version of its terms. */
export interface Terms {
  readonly program: Program;
  readonly policies: readonly PolicyVersion[];
  readonly plans: readonly PlanVersion[];
}

/** What is known about a conversion beside itself. */
export interface Circumstances {
  /** Absent when the program is unknown. */
  readonly terms?: Terms | undefined;
  /** Every touch found, in the policy's window or not. */
  readonly touches: readonly Touch[];
  /** The brand's exchange rates of the order's day, when it is in another currency than the program's and they are there. */
  readonly fx?: FxTable | undefined;
  /** By partner id, as far as the partners of the touches are enrolled. */
  readonly standings: ReadonlyMap<string, Standing>;
}

/** What should stand in the ledger for a conversion, and what is missing. */
export interface Assessment {
  /** In the program's currency. */
  readonly conversion: Conversion;
  readonly credits: readonly Credit[];
  readonly unattributed?: string;
  /** What to post, by partner; empty when all is posted. */
  readonly lines: ReadonlyMap<string, AccrualLine>;
  /** The conversion's posted state once the lines stand. */
  readonly posted: Readonly<Record<string, Posted>>;
  readonly policyVersion: number;
  readonly planVersion: number;
  /** The program's: days are counted in it. */
  readonly timeZone: string;
}

/**
 * Journey, credits, prices, difference: what one conversion earns whom, less what was posted. Versions are those in force when the
 * customer ordered.
 *
 * @throws RangeError when the facts cannot be computed with (no terms, no exchange rate, amounts past exact integers): the caller sets the conversion aside.
 */
export function assess(reported: Conversion, { terms, touches, standings, fx }: Circumstances): Assessment {
  if (!terms) throw new RangeError(`program ${reported.programId} is unknown`);
  const { program } = terms;
  const day = dayIn(reported.occurredAt, program.timeZone);
  const conversion = inCurrency(reported, program.currency, day, fx);
  const policy = inForceAt(terms.policies, conversion.occurredAt);
  const plan = inForceAt(terms.plans, conversion.occurredAt);
  if (!policy || !plan)
    throw new RangeError(`program ${program.programId} has no attribution policy or no commission plan`);

  const { journey, why } = countable(conversion, touches, policy.policy, standings);
  const credits = credit(journey, policy.policy);
  if (credits.length > MOST_PARTNERS) {
    throw new RangeError(`${credits.length} partners share it, more than ${MOST_PARTNERS}`);
  }
  const partners = new Map(
    [...standings].map(([partnerId, { partner, enrolment }]) => {
      const { group } = standingAt(enrolment, conversion.occurredAt);
      return [partnerId, { group, type: partner.type }] as const;
    }),
  );
  const desired = accrue({
    conversion,
    credits,
    plan,
    policy,
    partners,
    terms: program.payoutTerms,
    timeZone: program.timeZone,
  });
  const meta = {
    model: policy.policy.model,
    policyVersion: policy.version,
    planVersion: plan.version,
    touches: journey.length,
  };
  return {
    conversion,
    credits,
    ...(why && { unattributed: why }),
    ...difference(conversion, desired, meta),
    policyVersion: policy.version,
    planVersion: plan.version,
    timeZone: program.timeZone,
  };
}
