import { attribute } from '../attribution/attribute.ts';
import type { Because } from '../attribution/because.ts';
import type { Credit, Journey, Touch } from '../attribution/journey.ts';
import type { AttributionPolicy, PolicyVersion } from '../attribution/policy.ts';
import { dayIn } from '../calendar.ts';
import type { Cap } from '../caps/cap.ts';
import { accrue } from '../commission/accrue.ts';
import type { Book } from '../commission/book.ts';
import { type Difference, difference } from '../commission/difference.ts';
import type { PlanVersion } from '../commission/plan.ts';
import type { AccrualLine } from '../ledger/journal.ts';
import type { FxTable } from '../programs/fx-rates.ts';
import { inForceAt, type Program } from '../programs/program.ts';
import { flagSettings } from '../programs/tracking-settings.ts';
import type { Instant } from '../time.ts';
import type { Conversion, Posted } from '../tracking/conversion.ts';
import { type Findings, isLate, type LineFlag, lineFlags } from '../tracking/flags.ts';
import type { SubIds } from '../tracking/sub-ids.ts';
import { MOST_PARTNERS } from './batches.ts';
import { inCurrency } from './convert-currency.ts';
import { duplicateOf } from './duplicates.ts';
import { isLocked } from './locked.ts';
import { countable, type Standing } from './touches.ts';
import { asksForLinks, linkOf, paysRecruiters, traitsAt } from './traits.ts';

/** A program with every version of its terms. */
export interface Terms {
  readonly program: Program;
  readonly policies: readonly PolicyVersion[];
  readonly plans: readonly PlanVersion[];
  /** Absent where nobody asks for them. */
  readonly caps?: readonly Cap[];
}

/** What is known about a conversion beside itself. */
export interface Circumstances {
  /** Absent when the program is unknown. */
  readonly terms?: Terms | undefined;
  /** Every touch found, in the policy's window or not. */
  readonly touches: readonly Touch[];
  /** Why the coupon codes of the order are not among the touches. */
  readonly codesRefused?: 'code-unknown' | 'code-expired';
  /** The brand's exchange rates of the order's day, when it is in another currency than the program's and they are there. */
  readonly fx?: FxTable | undefined;
  /** By partner id, as far as the partners of the touches are enrolled; with who recruited them, where a plan pays for that. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** Other orders that look like this one, where anybody asked. */
  readonly twins?: readonly Conversion[];
  /** Earlier and later orders, where a plan of the program prices by them. */
  readonly book?: Book | undefined;
}

/** What should stand in the ledger for a conversion, and what is missing. */
export interface Assessment {
  /** In the program's currency. */
  readonly conversion: Conversion;
  readonly credits: readonly Credit[];
  /** The touches that counted; absent when the credits are kept as they are. */
  readonly journey?: Journey;
  /** The rules of the policy that had a say. */
  readonly because?: readonly Because[];
  readonly unattributed?: string;
  /** What to post, by partner; empty when all is posted. */
  readonly lines: ReadonlyMap<string, AccrualLine>;
  /** What there is to flag; absent: nothing. */
  readonly findings?: Findings;
  /** The conversion's posted state once the lines stand. */
  readonly posted: Readonly<Record<string, Posted>>;
  /** The same when limits leave partners no more than this; absent where nobody is paid by what others earn. */
  readonly whenKept?: (kept: ReadonlyMap<string, number>) => Pick<Assessment, 'lines' | 'posted'>;
  readonly policyVersion: number;
  readonly planVersion: number;
  /** The program's: days are counted in it. */
  readonly timeZone: string;
}

/**
 * Journey, credits, prices, difference: what one conversion earns whom, less what was posted. Versions are those in force when the
 * customer ordered. Who shares a conversion is fixed once it is locked (`isLocked`): the credits it was settled with stand, whatever became
 * of policies, touches and partners since.
 *
 * @throws RangeError when the facts cannot be computed with (no terms, no exchange rate, amounts past exact integers): the caller sets
 *   the conversion aside.
 */
export function assess(reported: Conversion, circumstances: Circumstances, asOf: Instant): Assessment {
  const { terms, touches, standings, codesRefused, fx, book } = circumstances;
  if (!terms) throw new RangeError(`program ${reported.programId} is unknown`);
  const { program } = terms;
  const conversion = inCurrency(reported, program.currency, dayIn(reported.occurredAt, program.timeZone), fx);
  const locked = isLocked(conversion, dayIn(asOf, program.timeZone));
  const policy =
    (locked && terms.policies.find(({ version }) => version === conversion.settled?.policyVersion)) ||
    inForceAt(terms.policies, conversion.occurredAt);
  const plan = inForceAt(terms.plans, conversion.occurredAt);
  if (!policy || !plan)
    throw new RangeError(`program ${program.programId} has no attribution policy or no commission plan`);

  const {
    journey,
    why,
    because,
    credits: shares,
  } = locked
    ? { because: conversion.because ?? [], credits: conversion.credits ?? [] }
    : attributed(conversion, touches, policy.policy, standings, codesRefused);
  const linked = linkOf(conversion, shares, touches);
  const credits = asksForLinks(plan) ? shares.map((credit) => withLink(credit, linked(credit.partnerId))) : shares;
  const input = {
    conversion,
    credits,
    because,
    plan,
    policy,
    partners: traitsAt(conversion.occurredAt, standings, linked),
    terms: program.payoutTerms,
    timeZone: program.timeZone,
    facts: book?.facts({ conversion, credits }, plan),
  };
  const desired = accrue(input);
  if (desired.length > MOST_PARTNERS) {
    throw new RangeError(`${desired.length} partners share it, more than ${MOST_PARTNERS}`);
  }
  const findings = findingsOf(reported, circumstances, asOf);
  const meta = {
    model: policy.policy.model,
    policyVersion: policy.version,
    planVersion: plan.version,
    touches: journey?.length ?? credits[0]?.touches ?? 0,
  };
  const worded = (difference: Difference) =>
    told(difference, (partnerId) => ({
      flags: findings && lineFlags(reported, findings),
      subs: touchOf(partnerId, credits, touches)?.subs,
    }));
  return {
    conversion,
    credits,
    ...(journey && { journey }),
    because,
    ...(why && { unattributed: why }),
    ...worded(difference(conversion, desired, meta)),
    ...(findings && { findings }),
    ...(paysRecruiters([plan]) && {
      whenKept: (kept: ReadonlyMap<string, number>) => worded(difference(conversion, accrue({ ...input, kept }), meta)),
    }),
    policyVersion: policy.version,
    planVersion: plan.version,
    timeZone: program.timeZone,
  };
}

const withLink = (credit: Credit, link: string | undefined): Credit =>
  link === undefined ? credit : { ...credit, link };

/** A partner's deciding touch, as long as its click is kept. */
function touchOf(partnerId: string, credits: readonly Credit[], touches: readonly Touch[]): Touch | undefined {
  const at = credits.find((credit) => credit.partnerId === partnerId)?.touchAt;
  return touches.find((touch) => touch.partnerId === partnerId && touch.at === at);
}

/** Lines with what their partner looks for in reports: flags of the order, sub-ids of the deciding click. */
function told(
  { lines, posted }: Difference,
  wordsFor: (partnerId: string) => {
    readonly flags?: readonly LineFlag[] | undefined;
    readonly subs?: SubIds | undefined;
  },
): Difference {
  const withWords = [...lines].map(([partnerId, line]): [string, AccrualLine] => {
    const { flags, subs } = wordsFor(partnerId);
    return [partnerId, { ...line, ...(subs && { subs }), ...(flags && { flags }) }];
  });
  return { lines: new Map(withWords), posted };
}

/** What there is to flag about an order beside who is credited for it. */
export function findingsOf(
  conversion: Conversion,
  { terms, twins = [] }: Pick<Circumstances, 'terms' | 'twins'>,
  asOf: Instant,
): Findings | undefined {
  if (!terms || conversion.test) return undefined;
  const { lateAfterDays, duplicateMinutes } = flagSettings(terms.program.tracking);
  const original = duplicateOf(conversion, twins, duplicateMinutes, asOf);
  const late = isLate(conversion, lateAfterDays);
  if (!late && !original) return undefined;
  return { ...(late && { lateAfterDays }), ...(original && { duplicateOf: original }) };
}

interface Attributed {
  readonly journey?: Journey;
  readonly why?: string | undefined;
  readonly because: readonly Because[];
  readonly credits: readonly Credit[];
}

function attributed(
  conversion: Conversion,
  touches: readonly Touch[],
  policy: AttributionPolicy,
  standings: ReadonlyMap<string, Standing>,
  codesRefused: Circumstances['codesRefused'],
): Attributed {
  const { journey, why, because } = countable(conversion, touches, policy, standings, codesRefused);
  const { credits, because: more } = attribute(journey, policy, {
    typeOf: (partnerId) => standings.get(partnerId)?.partner.type,
    occurredAt: conversion.occurredAt,
    cartAt: conversion.cartAt,
  });
  return { journey, why, because: [...because, ...more], credits };
}
