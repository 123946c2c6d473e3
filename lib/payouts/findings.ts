import type { PlanVersion } from '../commission/plan.ts';
import type { AccrualLine } from '../ledger/journal.ts';
import { format } from '../money.ts';
import { inForceAt } from '../programs/program.ts';
import type { Conversion } from '../tracking/conversion.ts';
import type { LineFlag } from '../tracking/flags.ts';
import type { TransferTarget } from './bank-csv.ts';
import type { PaymentLines } from './payment-lines.ts';
import type { BlockReason } from './run.ts';

/** What may look wrong with a run; each is explained in docs/payouts.md. */
export const FINDING_KINDS = [
  'no-source',
  'rate-not-in-force',
  'unexplained',
  'duplicate-order',
  'jump',
  'shared-account',
  'vanished',
  'changed-since',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** What looks wrong with a run before it is approved. */
export interface Finding {
  /** `jump:ptr_…`: what is acknowledged. The same facts give the same id. */
  readonly findingId: string;
  readonly kind: FindingKind;
  /** `severe`: the run can only be approved by naming it. `notable`: worth a look. */
  readonly severity: 'severe' | 'notable';
  /** Whom it is about. */
  readonly partnerIds: readonly string[];
  readonly words: string;
  /** The numbers it rests on; `…Cents` in minor units of the run's currency. */
  readonly figures: Readonly<Record<string, number>>;
}

const SEVERITY: Readonly<Record<FindingKind, Finding['severity']>> = {
  'no-source': 'severe',
  'rate-not-in-force': 'severe',
  unexplained: 'severe',
  'duplicate-order': 'notable',
  jump: 'notable',
  'shared-account': 'severe',
  vanished: 'severe',
  'changed-since': 'severe',
};

function finding(
  kind: FindingKind,
  partnerIds: readonly [string, ...string[]],
  words: string,
  figures: Finding['figures'],
): Finding {
  return { findingId: `${kind}:${partnerIds[0]}`, kind, severity: SEVERITY[kind], partnerIds, words, figures };
}

/** Runs looked back at for what a payee is usually paid. */
export const USUAL_RUNS = 6;
/** Fewer earlier payments tell nothing of what is usual. */
const USUAL_AT_LEAST = 2;
/** So many times the usual amount is a jump, when it is also this much more. */
const JUMP_TIMES = 3;
const JUMP_FLOOR_CENTS = 10_000;

/**
 * A payment far above what its payee is usually paid: more than three times the median of the payments among the last six runs, and at
 * least 10,000 minor units above it (100.00 USD, ¥10,000).
 *
 * The median, not the mean: one large payment among the earlier ones moves the mean to where nothing is unusual any more (Leys et al.,
 * Journal of Experimental Social Psychology 49, 2013). Factor, floor and number of runs are ours; so few payments allow no finer scale.
 */
export function jumpOf(
  partnerId: string,
  amountCents: number,
  earlierCents: readonly number[],
  currency: string,
): Finding | undefined {
  if (earlierCents.length < USUAL_AT_LEAST) return undefined;
  const usualCents = median(earlierCents);
  if (amountCents <= usualCents * JUMP_TIMES || amountCents - usualCents < JUMP_FLOOR_CENTS) return undefined;
  const times = (amountCents / usualCents).toFixed(1);
  const words = `${format(amountCents, currency)} is ${times} times the ${format(usualCents, currency)} that is usual: the median of the last ${earlierCents.length} payments.`;
  return finding('jump', [partnerId], words, { amountCents, usualCents, payments: earlierCents.length });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : Math.round((sorted[middle - 1]! + sorted[middle]!) / 2);
}

/** A payment of a run with what its lines are held against. */
export interface CheckedPayment {
  readonly partnerId: string;
  readonly currency: string;
  readonly paid: PaymentLines;
  /** The stored conversion of a line. */
  readonly source: (line: AccrualLine) => Pick<Conversion, 'settled'> | undefined;
  readonly plans: readonly PlanVersion[];
}

/** What is wrong with the lines that a payment pays; one finding of a kind, however many lines. */
export function lineFindings({ partnerId, currency, paid, source, plans }: CheckedPayment): Finding[] {
  const findings: Finding[] = [];
  const among = (kind: FindingKind, lines: readonly AccrualLine[], says: (named: string) => string) => {
    if (lines.length === 0) return;
    const cents = lines.reduce((sum, line) => sum + line.cents, 0);
    findings.push(finding(kind, [partnerId], says(named(lines)), { lines: lines.length, cents }));
  };
  among(
    'no-source',
    paid.lines.filter((line) => !source(line)),
    (lines) => `No conversion is stored for ${lines}.`,
  );
  const newest = new Map(paid.lines.map((line) => [`${line.eventType} ${line.orderId}`, line]));
  among(
    'rate-not-in-force',
    [...newest.values()].filter((line) => !isInForce(line, source(line), plans)),
    (lines) => `Counted with a version of the plan that was not in force when the order was made: ${lines}.`,
  );
  among(
    'duplicate-order',
    [...newest.values()].filter(({ totalCents, flags = [] }) => totalCents > 0 && flags.some(looksTwice)),
    (lines) => `Looks like another order made shortly before it, and earns all the same: ${lines}.`,
  );
  const { amountCents, explainedCents } = paid;
  if (amountCents !== explainedCents) {
    const words = `${format(amountCents, currency)} is paid, but its lines make ${format(explainedCents, currency)}.`;
    findings.push(finding('unexplained', [partnerId], words, { amountCents, explainedCents }));
  }
  return findings;
}

const looksTwice = ({ flag }: LineFlag) => flag === 'duplicate-suspect';

/**
 * Whether the newest line of a conversion has the version in force at the time of the order. A later version may have priced the order
 * again and found nothing to post: then the conversion names it and the line does not.
 */
function isInForce(line: AccrualLine, source: Pick<Conversion, 'settled'> | undefined, plans: readonly PlanVersion[]) {
  const version = inForceAt(plans, line.occurredAt)?.version;
  return version === line.planVersion || version === source?.settled?.planVersion;
}

const NAMED = 5;

function named(lines: readonly AccrualLine[]): string {
  const names = [...new Set(lines.map(({ eventType, orderId }) => `${eventType} ${orderId}`))];
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}

/**
 * What tells an account from others, however it was given: a British one as an IBAN or as sort code and number, an address of PayPal in
 * capitals or small letters.
 */
export function accountOf({ accountNumber, bankCode }: TransferTarget): string {
  const british = /^GB\d\d[A-Z]{4}(\d{6})(\d{8})$/.exec(accountNumber);
  if (british) return `${british[1]} ${british[2]}`;
  return bankCode === undefined ? accountNumber.toLowerCase() : `${bankCode} ${accountNumber}`;
}

/** Payees whose money goes to one account: one person under several names, or changed details of several. */
export function sharedAccounts(
  payees: readonly { readonly partnerId: string; readonly account: string; readonly cents: number }[],
  currency: string,
): Finding[] {
  return [...Map.groupBy(payees, ({ account }) => account).values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const [first, ...others] = group.map(({ partnerId }) => partnerId).sort();
      const amountCents = group.reduce((sum, { cents }) => sum + cents, 0);
      const words = `${group.length} payees are paid to the same account, ${format(amountCents, currency)} together.`;
      return finding('shared-account', [first!, ...others], words, { payees: group.length, amountCents });
    });
}

/** Whoever was in the last run and has money, and is in this one neither as paid nor as excluded. */
export function vanished(partnerId: string, payableCents: number, currency: string): Finding {
  const words = `${format(payableCents, currency)} is payable, but the run neither pays the partner nor says why not.`;
  return finding('vanished', [partnerId], words, { payableCents });
}

/** What was judged when the run was drafted and would be judged otherwise now; unlike the others it cannot be acknowledged. */
export function changedSince(partnerId: string, amountCents: number, reasons: readonly BlockReason[]): Finding {
  const words = `Since the run was drafted: ${reasons.map((reason) => reason.words).join(' ')}`;
  return finding('changed-since', [partnerId], words, { amountCents });
}

/** How a run stands to the one before it. */
export interface RunDifference {
  /** The last run before it that was approved. */
  readonly runId: string;
  readonly asOf: string;
  readonly totalCents: number;
  /** Tax that it withheld beside the total; absent when none. */
  readonly withheldCents?: number;
  /** Payees whose payments differ most, largest difference first; 0 for who was, or is, not paid. */
  readonly payees: readonly DifferingPayee[];
}

export interface DifferingPayee {
  readonly partnerId: string;
  /** What goes out, and what went out in the run before; both without the tax. */
  readonly cents: number;
  readonly previousCents: number;
  /** Tax withheld beside either; absent when none. */
  readonly withheldCents?: number;
  readonly previousWithheldCents?: number;
}

/** What a run pays somebody: what goes out, and the tax withheld beside it. */
export interface Paid {
  readonly cents: number;
  readonly withheldCents: number;
}

const DIFFERING_PAYEES = 10;

/**
 * The payees whose payments differ most between two runs, tax included: tax that is withheld for the first time is no smaller payment. It is a
 * difference all the same, and told after those of amounts. Ties by partner id.
 */
export function differingPayees(
  now: ReadonlyMap<string, Paid>,
  previous: ReadonlyMap<string, Paid>,
): readonly DifferingPayee[] {
  const none: Paid = { cents: 0, withheldCents: 0 };
  const both = [...new Set([...now.keys(), ...previous.keys()])].map((partnerId) => {
    const [is, was] = [now.get(partnerId) ?? none, previous.get(partnerId) ?? none];
    const gross = Math.abs(is.cents + is.withheldCents - was.cents - was.withheldCents);
    return { partnerId, is, was, gross, net: Math.abs(is.cents - was.cents) };
  });
  return both
    .filter(({ gross, net }) => gross > 0 || net > 0)
    .sort((a, b) => b.gross - a.gross || b.net - a.net || (a.partnerId < b.partnerId ? -1 : 1))
    .slice(0, DIFFERING_PAYEES)
    .map(({ partnerId, is, was }) => ({
      ...{ partnerId, cents: is.cents, previousCents: was.cents },
      ...(is.withheldCents > 0 && { withheldCents: is.withheldCents }),
      ...(was.withheldCents > 0 && { previousWithheldCents: was.withheldCents }),
    }));
}
