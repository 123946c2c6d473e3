import type { ConversionName } from '../adjustments/adjustment.ts';
import { type Day, dayIn } from '../calendar.ts';
import { VisibleError } from '../errors.ts';
import { derive } from '../ids.ts';
import { bankingDayAfter } from '../payouts/banking-days.ts';
import { DISPUTE_DAYS, type Program } from '../programs/program.ts';
import type { Instant } from '../time.ts';

/** What a partner says is wrong: an order was not tracked, its commission is wrong, or the order was turned away. */
export const DISPUTE_KINDS = ['untracked', 'incorrect', 'declined'] as const;
export type DisputeKind = (typeof DISPUTE_KINDS)[number];

export const DISPUTE_STATUSES = ['open', 'answered', 'withdrawn'] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

export const DISPUTE_OUTCOMES = ['upheld', 'partly-upheld', 'refused'] as const;
export type DisputeOutcome = (typeof DISPUTE_OUTCOMES)[number];

/** Why a dispute is refused, in the same words for every partner. */
export const REFUSALS = {
  'already-credited': 'The order is credited to you already.',
  'another-partner-credited': 'Another partner’s touch led to the order.',
  'terms-not-met': 'The order does not meet the program’s terms.',
  'order-undone': 'The order was cancelled, changed or returned.',
  'order-unknown': 'There is no such order.',
  'evidence-missing': 'What you sent does not show it.',
  other: 'For another reason.',
} as const;
export type DisputeRefusal = keyof typeof REFUSALS;
export const DISPUTE_REFUSALS = Object.keys(REFUSALS) as [DisputeRefusal, ...DisputeRefusal[]];

/** What a partner claims. */
export interface Claim extends ConversionName {
  readonly kind: DisputeKind;
  /** Day of the order, as the partner knows it. */
  readonly orderDay?: Day | undefined;
  /** What the order was worth, in `currency`. */
  readonly amountCents?: number | undefined;
  /** The commission the partner expects, in `currency`. */
  readonly expectedCents?: number | undefined;
  readonly currency: string;
  /** What shows it: a confirmation mail's number, a click id, what the customer wrote. */
  readonly evidence: string;
}

/** What a person of the brand answered. */
export interface Answer {
  readonly outcome: DisputeOutcome;
  /** Of a refusal. */
  readonly refusal?: DisputeRefusal | undefined;
  /** For the partner to read. */
  readonly note: string;
  /** What was done about it: money by hand, or an order reported or amended. */
  readonly adjustmentId?: string | undefined;
  readonly conversion?: ConversionName | undefined;
}

export interface Dispute extends Claim {
  readonly disputeId: string;
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  /** From 1: how often the partner has said this of this order. */
  readonly round: number;
  readonly status: DisputeStatus;
  readonly raisedAt: Instant;
  readonly raisedBy: string;
  /** Last day for an answer, in the program's time zone. */
  readonly dueOn: Day;
  readonly answer?: Answer | undefined;
  /** When it was answered or withdrawn, and by whom. */
  readonly closedAt?: Instant | undefined;
  readonly closedBy?: string | undefined;
}

/** How often a partner may dispute the same of the same order, when each was answered or withdrawn. */
export const MOST_ROUNDS = 5;

/** Id of a partner's dispute by what it is about: saying it twice makes one row, however the requests race. */
export const disputeIdOf = (
  { brandId, programId, partnerId }: Pick<Dispute, 'brandId' | 'programId' | 'partnerId'>,
  { kind, eventType, orderId }: Pick<Claim, 'kind' | 'eventType' | 'orderId'>,
  round: number,
): string => derive('dispute', brandId, programId, partnerId, kind, eventType, orderId, round);

/** The last day on which a dispute raised now is answered in time: a number of banking days of the program, weekends and holidays left out. */
export const dueDayOf = (
  raisedAt: Instant,
  { timeZone, disputeDays }: Pick<Program, 'timeZone' | 'disputeDays'>,
): Day => bankingDayAfter(dayIn(raisedAt, timeZone), disputeDays ?? DISPUTE_DAYS);

/** Whether nobody answered in time, on a day in the program's time zone. */
export const isOverdue = ({ status, dueOn }: Pick<Dispute, 'status' | 'dueOn'>, today: Day): boolean =>
  status === 'open' && dueOn < today;

/**
 * Refuses what an order's credits contradict; `credited` is whether the order is there and earned the partner something or is credited to
 * them. Nothing else of the order is told, so that nobody learns here which orders there are.
 *
 * @throws VisibleError `already-credited` or `not-credited`
 */
export function expectPossible(
  { kind, eventType, orderId }: Pick<Claim, 'kind' | 'eventType' | 'orderId'>,
  credited: boolean,
): void {
  const named = `${eventType} ${orderId}`;
  if (kind === 'untracked' && credited) {
    const field = { field: 'kind', message: 'must be incorrect: the order is credited to the partner already' };
    throw new VisibleError(
      'refused',
      'already-credited',
      `${named} is credited to the partner; what it earned can be disputed as incorrect.`,
      [field],
    );
  }
  if (kind === 'incorrect' && !credited) {
    const field = { field: 'kind', message: 'must be untracked or declined: the order is not credited to the partner' };
    throw new VisibleError(
      'refused',
      'not-credited',
      `${named} is not credited to the partner; dispute it as untracked or declined.`,
      [field],
    );
  }
}

interface Decision {
  readonly by: string;
  readonly at: Instant;
}

/**
 * The dispute as answered. The same answer by the same person again changes nothing.
 *
 * @throws VisibleError `dispute-is-<status>`
 */
export function answer(dispute: Dispute, given: Answer, { by, at }: Decision): Dispute {
  const said = dispute.answer;
  const isSame = said?.outcome === given.outcome && said.note === given.note && dispute.closedBy === by;
  if (dispute.status === 'answered' && isSame) return dispute;
  expectOpen(dispute, 'answered');
  return { ...dispute, status: 'answered', answer: given, closedAt: at, closedBy: by };
}

/**
 * The dispute as withdrawn by the partner; withdrawn already, it stays so.
 *
 * @throws VisibleError `dispute-is-answered`
 */
export function withdraw(dispute: Dispute, { by, at }: Decision): Dispute {
  if (dispute.status === 'withdrawn') return dispute;
  expectOpen(dispute, 'withdrawn');
  return { ...dispute, status: 'withdrawn', closedAt: at, closedBy: by };
}

function expectOpen({ disputeId, status }: Dispute, step: string): void {
  if (status === 'open') return;
  throw new VisibleError(
    'conflict',
    `dispute-is-${status}`,
    `Dispute ${disputeId} is ${status}; it can be ${step} only while it is open.`,
  );
}
