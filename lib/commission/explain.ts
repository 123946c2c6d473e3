import { becauseSentences } from '../attribution/because.ts';
import type { AccrualLine, PricedPart } from '../ledger/journal.ts';
import { format, percent, WHOLE_BPS } from '../money.ts';
import type { Instant } from '../time.ts';
import type { Conversion } from '../tracking/conversion.ts';
import { lineFlagWords } from '../tracking/flags.ts';
import { baseOf } from './accrue.ts';

/**
 * Why an accrual line has its amount, in sentences its partner can check: who was credited and why, on what base, by which rules and
 * versions, what changed and when it can be paid. Everything comes from the line, so the words are the same in the API, in the
 * statement and years later.
 */
export function explain(line: AccrualLine, currency: string): string {
  return [
    creditSentence(line),
    ...becauseSentences(line.because ?? []),
    ...exchangeSentences(line, currency),
    ...baseSentences(line, currency),
    ...line.parts.map((part) =>
      isAssist(line) && !part.onTop
        ? assistSentence(line, part, currency)
        : partSentence(part, line.creditBps, currency),
    ),
    ...unmatchedSentences(line, currency),
    ...(line.flags ?? []).map(lineFlagWords),
    line.model === FROM_FILE
      ? `Counted with version ${line.planVersion} of the commission plan.`
      : `Counted with version ${line.planVersion} of the commission plan and version ${line.policyVersion} of the attribution policy.`,
    changeSentence(line, currency),
    ...(line.totalCents > 0 && line.model !== FROM_FILE ? [`Payable from ${line.matures} on.`] : []),
  ].join(' ');
}

/** Why a credited partner has no line at all: an order that earns nothing posts nothing. */
export function explainNothing(remainingCents: number, cancelled: boolean, planVersion: number): string {
  if (cancelled) return 'The order was cancelled before it was settled, so it earns nothing.';
  if (remainingCents === 0) return 'Nothing was left of the order when it was settled, so it earns nothing.';
  return `No rule of version ${planVersion} of the commission plan pays for what is in this order, or what it pays rounds to nothing.`;
}

/**
 * Why the credit of a settled conversion fell so, all partners together: policy version and model, then every rule that had a say, from what
 * is stored with it.
 */
export function explainCredits(
  {
    credits = [],
    settled,
    because = [],
    unattributed,
  }: Pick<Conversion, 'credits' | 'settled' | 'because' | 'unattributed'>,
  model: string,
): string {
  const version = `version ${settled?.policyVersion ?? 0} of the attribution policy (model: ${MODELS[model] ?? model})`;
  const shares = credits.filter(({ creditBps }) => creditBps > 0);
  const assists = credits.length - shares.length;
  const whole = shares[0]
    ? `${count(shares[0].touches, 'touch', 'touches')} counted; ${count(shares.length, 'partner')} got all credit by ${version}.`
    : `Nobody is credited (${unattributed ?? 'no touch counted'}) by ${version}.`;
  const assisted = assists > 0 ? [`${count(assists, 'more partner')} assisted.`] : [];
  return [whole, ...becauseSentences(because), ...assisted].join(' ');
}

/** What an accrual line is about: `sale 1001`. */
export const orderName = ({ eventType, orderId }: Pick<AccrualLine, 'eventType' | 'orderId'>) =>
  `${eventType} ${orderId}`;

/** The model of a credit that nobody attributed: a file says whose the order is. */
export const FROM_FILE = 'file';

const MODELS: Readonly<Record<string, string>> = {
  'last-touch': 'last touch',
  'first-touch': 'first touch',
  linear: 'linear',
  'position-based': 'position-based',
  'time-decay': 'time decay',
};

const TOUCHES = {
  click: 'a click',
  code: 'a coupon code',
  deal: 'a registered deal',
  lead: 'a registered lead',
} as const;

/** Without a share, but in the journey: who is credited no longer has no place in it. */
const isAssist = ({ creditBps, position }: AccrualLine) => creditBps === 0 && position > 0;

function creditSentence(line: AccrualLine): string {
  const order = `${orderName(line)} of ${minute(line.occurredAt)}`;
  const model = `(model: ${MODELS[line.model] ?? line.model})`;
  const touch = line.touchAt ? `, ${TOUCHES[line.touchKind ?? 'click']} at ${minute(line.touchAt)},` : '';
  if (isAssist(line)) {
    return `You assisted with ${order}: your touch${touch} was ${placeOf(line)} ${line.touches}, and others share the order ${model}.`;
  }
  if (line.model === FROM_FILE && line.creditBps > 0) return `The file credits all of ${order} to this partner.`;
  if (line.creditBps === 0 && line.parts.length > 0) return `You are paid for recruiting a partner of ${order}.`;
  if (line.creditBps === 0) return `You are no longer credited for ${order} ${model}.`;
  const share = line.creditBps === WHOLE_BPS ? 'all' : percent(line.creditBps);
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
  const base = baseOf(line.parts) + line.unmatchedCents;
  const what = 'after discounts and returns, without tax and shipping';
  return line.creditBps === WHOLE_BPS
    ? [`The order counts ${order} ${what}.`]
    : [`The order counts ${order} ${what}; your share of it is ${format(base, currency)}.`];
}

/** What one part of an accrual comes to, and by which rule: `Shoes: 10 % of 36.00 USD is 3.60 USD.` */
export function partSentence(part: PricedPart, creditBps: number, currency: string): string {
  const cents = format(part.cents, currency);
  const because = part.why === undefined ? '' : ` (${part.why})`;
  if (part.rateBps !== undefined)
    return `${part.label}: ${percent(part.rateBps)} of ${format(part.baseCents, currency)} is ${cents}${because}.`;
  if (part.flatCents !== undefined) {
    const share = creditBps === WHOLE_BPS ? '' : `, of which ${percent(creditBps)}`;
    const what = part.units === undefined ? 'for the order' : `for each of ${count(part.units, 'item')}`;
    return `${part.label}: ${format(part.flatCents, currency)} ${what}${share} is ${cents}${because}.`;
  }
  if (part.why !== undefined) return `${part.label}: ${cents}${because}.`;
  return `${part.label}: ${format(part.baseCents, currency)} is excluded and earns nothing.`;
}

function assistSentence({ because = [] }: AccrualLine, part: PricedPart, currency: string): string {
  const cap = because.find((one) => one.rule === 'assist');
  const full = part.flatCents ?? cap?.uncappedCents ?? part.cents;
  const price =
    part.flatCents === undefined
      ? `${percent(part.rateBps ?? 0)} of the order’s ${format(part.baseCents, currency)} is ${format(full, currency)}`
      : `${format(full, currency)} for the order`;
  if (cap?.mostCents === undefined) return `${part.label}: ${price}.`;
  const most = format(cap.mostCents, currency);
  return `${part.label}: ${price}; an order pays at most ${most} in bonuses, so yours is ${format(part.cents, currency)}.`;
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
const count = (units: number, noun: string, nouns = `${noun}s`) => `${units} ${units === 1 ? noun : nouns}`;

/** `2026-03-29T10:00:00.000Z` → `2026-03-29 10:00 UTC`. */
const minute = (at: Instant) => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
