import type { AccrualLine, PricedPart } from '../ledger/journal.ts';
import { format, percent, WHOLE_BPS } from '../money.ts';
import type { Instant } from '../time.ts';

/**
 * Why an accrual line has its amount, in sentences its partner can check: who was credited and why, on what base, by which rules and
 * versions, what changed and when it can be paid. Everything comes from the line, so the words are the same in the API, in the
 * statement and years later.
 */
export function explain(line: AccrualLine, currency: string): string {
  return [
    creditSentence(line),
    ...exchangeSentences(line, currency),
    ...baseSentences(line, currency),
    ...line.parts.map((part) => partSentence(part, line.creditBps, currency)),
    ...unmatchedSentences(line, currency),
    `Counted with version ${line.planVersion} of the commission plan and version ${line.policyVersion} of the attribution policy.`,
    changeSentence(line, currency),
    ...(line.totalCents > 0 ? [`Payable from ${line.matures} on.`] : []),
  ].join(' ');
}

/** Why a credited partner has no line at all: an order that earns nothing posts nothing. */
export function explainNothing(remainingCents: number, cancelled: boolean, planVersion: number): string {
  if (cancelled) return 'The order was cancelled before it was settled, so it earns nothing.';
  if (remainingCents === 0) return 'Nothing was left of the order when it was settled, so it earns nothing.';
  return `No rule of version ${planVersion} of the commission plan pays for what is in this order, or what it pays rounds to nothing.`;
}

/** What an accrual line is about: `sale 1001`. */
export const orderName = ({ eventType, orderId }: Pick<AccrualLine, 'eventType' | 'orderId'>) =>
  `${eventType} ${orderId}`;

const MODELS: Readonly<Record<string, string>> = {
  'last-touch': 'last touch',
  'position-based': 'position-based',
};

function creditSentence(line: AccrualLine): string {
  const order = `${orderName(line)} of ${minute(line.occurredAt)}`;
  const model = `(model: ${MODELS[line.model] ?? line.model})`;
  if (line.creditBps === 0) return `You are no longer credited for ${order} ${model}.`;
  const share = line.creditBps === WHOLE_BPS ? 'all' : percent(line.creditBps);
  const touch = line.touchAt ? `, a click at ${minute(line.touchAt)},` : '';
  const place =
    line.touches === 1
      ? `your touch${touch} was the only one`
      : `your touch${touch} was ${placeOf(line)} ${line.touches}`;
  return `You are credited with ${share} of ${order}: ${place} ${model}.`;
}

const placeOf = ({ position, touches }: AccrualLine) =>
  position === touches ? 'the last of' : position === 1 ? 'the first of' : `number ${position} of`;

function exchangeSentences({ exchange, commissionableCents }: AccrualLine, currency: string): string[] {
  if (!exchange) return [];
  const [day, version] = exchange.rateId.split('/');
  const amounts = `${format(exchange.fromCents, exchange.from)} are ${format(commissionableCents, currency)}`;
  return [`It was made in ${exchange.from}: ${amounts} by the rates of ${day}, version ${version} (${exchange.rate}).`];
}

function baseSentences(line: AccrualLine, currency: string): string[] {
  if (line.creditBps === 0 || line.commissionableCents === 0) return [];
  const order = format(line.commissionableCents, currency);
  const base = line.parts.reduce((sum, { baseCents }) => sum + baseCents, line.unmatchedCents);
  const what = 'after discounts and returns, without tax and shipping';
  return line.creditBps === WHOLE_BPS
    ? [`The order counts ${order} ${what}.`]
    : [`The order counts ${order} ${what}; your share of it is ${format(base, currency)}.`];
}

function partSentence(part: PricedPart, creditBps: number, currency: string): string {
  const cents = format(part.cents, currency);
  if (part.flatCents === undefined) {
    return `${part.label}: ${percent(part.rateBps ?? 0)} of ${format(part.baseCents, currency)} is ${cents}.`;
  }
  const share = creditBps === WHOLE_BPS ? '' : `, of which ${percent(creditBps)}`;
  return `${part.label}: ${format(part.flatCents, currency)} for each of ${count(part.units ?? 0, 'item')}${share} is ${cents}.`;
}

function unmatchedSentences({ unmatchedCents, parts }: AccrualLine, currency: string): string[] {
  if (unmatchedCents === 0) return [];
  const what = parts.length === 0 ? 'All of it' : `The other ${format(unmatchedCents, currency)}`;
  return [`${what} matches no rule of the plan and earns nothing.`];
}

function changeSentence(line: AccrualLine, currency: string): string {
  const now = format(line.totalCents, currency);
  if (line.reason === 'earned') {
    const already = line.returnedUnits > 0 ? `${cameBack(line)} before it was counted. ` : '';
    return `${already}${line.parts.length > 1 ? 'Together this' : 'This'} earns ${now}.`;
  }
  const before = format(line.totalCents - line.cents, currency);
  const moves = line.cents < 0 ? `takes back ${format(-line.cents, currency)}` : `adds ${format(line.cents, currency)}`;
  return `${causeOf(line)}, so this line ${moves}: earned ${before} before, ${now} now.`;
}

function causeOf(line: AccrualLine): string {
  if (line.reason === 'cancelled') return 'The order was cancelled';
  return line.reason === 'recomputed' ? 'The order was computed again' : cameBack(line);
}

const cameBack = ({ returnedUnits, units }: AccrualLine) => `${returnedUnits} of ${count(units, 'item')} came back`;
const count = (units: number, noun: string) => `${units} ${noun}${units === 1 ? '' : 's'}`;

/** `2026-03-29T10:00:00.000Z` → `2026-03-29 10:00 UTC`. */
const minute = (at: Instant) => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
