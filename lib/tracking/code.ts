import * as z from 'zod';
import type { Touch } from '../attribution/journey.ts';
import type { Instant } from '../time.ts';
import type { Conversion } from './conversion.ts';
import { distinctCodes } from './distinct-codes.ts';

/** What customers type: no blank, and nothing that separates keys or paths. */
export const CodeField = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._+-]{2,39}$/u,
    'must be 3 to 40 letters, digits or . _ + - and begin with a letter or digit',
  );

/** Codes are one whatever the case they are typed in: `Ana10`, `ANA10` and `ana10`. */
export const foldCode = (code: string): string => code.normalize('NFC').toUpperCase();

/** A stretch of time in which a code was one partner's. */
export interface CodePeriod {
  readonly partnerId: string;
  /** First instant, and the one before which it ends. */
  readonly from: Instant;
  readonly until?: Instant | undefined;
  /** Paused by a person from this instant on; whoever resumes it starts a further period. */
  readonly pausedFrom?: Instant | undefined;
}

/** A coupon code of a program. Whose it was is kept for ever, so that an order of the past is credited alike at every rerun. */
export interface Code {
  readonly brandId: string;
  readonly programId: string;
  /** As it was registered; compared by {@link foldCode}. */
  readonly code: string;
  /** Whose it is, or was last: the partner of the last period. */
  readonly partnerId: string;
  /** Oldest first, apart from each other, never empty. */
  readonly periods: readonly CodePeriod[];
  readonly createdAt: Instant;
}

/** Each change of hands is a period; more is not a coupon code but a lottery ticket. */
export const MOST_PERIODS = 100;

const endOf = ({ until, pausedFrom }: CodePeriod): Instant | undefined =>
  until !== undefined && pausedFrom !== undefined ? (until < pausedFrom ? until : pausedFrom) : (until ?? pausedFrom);

/** Whose code it is at an instant. */
export function ownerAt({ periods }: Pick<Code, 'periods'>, at: Instant): string | undefined {
  return periods.findLast((period) => period.from <= at && at < (endOf(period) ?? '~'))?.partnerId;
}

export type CodeStatus = 'active' | 'scheduled' | 'paused' | 'ended';

export function codeStatus({ periods }: Pick<Code, 'periods'>, at: Instant): CodeStatus {
  const last = periods.at(-1)!;
  if (at < last.from) return ownerAt({ periods }, at) === undefined ? 'scheduled' : 'active';
  if (last.until !== undefined && last.until <= at) return 'ended';
  return last.pausedFrom !== undefined && last.pausedFrom <= at ? 'paused' : 'active';
}

/** What a person wants changed about a code. */
export interface CodeChange {
  /** Whose it shall be; another partner ends the present period and starts one of their own. */
  readonly partnerId?: string | undefined;
  /** When the new partner's period starts; at once when left out. */
  readonly startsAt?: Instant | undefined;
  /** When it ends; `null` for never. */
  readonly endsAt?: Instant | null | undefined;
  readonly status?: 'active' | 'paused' | undefined;
}

/** Why a change is refused: the field, and what would be right. */
export interface CodeRefusal {
  readonly field: 'partnerId' | 'startsAt' | 'endsAt' | 'status';
  readonly message: string;
}

/**
 * A code after a change made at an instant, or why it cannot be. Nothing before the instant changes: whose the code was when a customer
 * ordered stays answered as it was.
 */
export function changeCode(code: Code, change: CodeChange, at: Instant): Code | CodeRefusal {
  const { partnerId = code.partnerId, endsAt, status } = change;
  const last = code.periods.at(-1)!;
  const earlier = code.periods.slice(0, -1);
  const until = endsAt === undefined ? last.until : (endsAt ?? undefined);
  if (endsAt != null && endsAt < at)
    return { field: 'endsAt', message: 'must not lie in the past: orders are credited by it' };

  if (partnerId !== code.partnerId) {
    const from = change.startsAt ?? at;
    if (status === 'paused') return { field: 'status', message: 'must not be paused while the code changes hands' };
    if (from < at) return { field: 'startsAt', message: 'must not lie in the past: orders are credited by it' };
    if (from < last.from) return { field: 'startsAt', message: `must not lie before ${last.from}, the present start` };
    if (endsAt != null && endsAt <= from) return { field: 'endsAt', message: 'must lie after the start' };
    if (code.periods.length >= MOST_PERIODS)
      return { field: 'partnerId', message: `has changed ${MOST_PERIODS} times; register a new code` };
    const before = last.until !== undefined && last.until <= from ? last : { ...last, until: from };
    const next: CodePeriod = { partnerId, from, ...(endsAt != null && { until: endsAt }) };
    return { ...code, partnerId, periods: [...earlier, before, next] };
  }
  if (change.startsAt !== undefined) return { field: 'startsAt', message: 'goes with another partnerId only' };
  if (until !== undefined && until <= last.from) return { field: 'endsAt', message: 'must lie after the start' };

  const now = codeStatus(code, at);
  const ended = last.until !== undefined && last.until <= at;
  const changed: CodePeriod = { ...last, until };
  if (status === 'paused' && now !== 'paused' && !ended)
    return { ...code, periods: [...earlier, { ...changed, pausedFrom: at < last.from ? last.from : at }] };
  const again = (status === 'active' && (now === 'paused' || ended)) || (ended && endsAt !== undefined);
  if (!again) return ended ? code : { ...code, periods: [...earlier, changed] };
  if (until !== undefined && until <= at)
    return { field: 'endsAt', message: 'must be given: the end that was set has passed' };
  if (code.periods.length >= MOST_PERIODS)
    return { field: 'status', message: `was changed ${MOST_PERIODS} times; register a new code` };
  return { ...code, periods: [...code.periods, { partnerId, from: at, ...(until !== undefined && { until }) }] };
}

/** The coupon codes that a conversion was reported with, folded, each once. */
export const codesOf = (conversion: Pick<Conversion, 'couponCode' | 'couponCodes'>): string[] => [
  ...new Set(distinctCodes(conversion).map(foldCode)),
];

/** What the codes of an order come to: the touches of their owners, and why there are none when there are none. */
export interface CodeTouches {
  readonly touches: readonly Touch[];
  readonly why?: 'code-unknown' | 'code-expired';
}

/**
 * The touches of the partners whose codes an order used, at the moment of the order. A code that nobody had registered, or that was
 * nobody's when the customer ordered, is no touch. They are at one moment; among them they stand as they were reported.
 */
export function codeTouches(
  used: readonly string[],
  known: ReadonlyMap<string, Pick<Code, 'code' | 'periods'>>,
  occurredAt: Instant,
): CodeTouches {
  const touches = used.flatMap((folded, place): Touch[] => {
    const code = known.get(folded);
    const partnerId = code && ownerAt(code, occurredAt);
    if (!code || partnerId === undefined) return [];
    return [{ touchId: `code#${place}#${folded}`, partnerId, kind: 'code', code: code.code, at: occurredAt }];
  });
  if (used.length === 0 || touches.length > 0) return { touches };
  return { touches, why: used.some((folded) => known.has(folded)) ? 'code-expired' : 'code-unknown' };
}
