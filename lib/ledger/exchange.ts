import { ratio } from '../money.ts';
import type { Rate } from '../programs/fx-rates.ts';
import { journalIdOf } from './chain.ts';
import type { Exchange, ExchangeSide, Journal, LedgerKey } from './journal.ts';
import { type Posting, post } from './post.ts';

/** What an exchange is to move, before it has its place in both chains. */
export interface ExchangeTerms {
  readonly fromCents: number;
  readonly toCents: number;
  readonly rateId: string;
  readonly rate: string;
}

/** The newest journals of the two chains of a partner. */
export interface ExchangeHeads {
  readonly from: Journal | undefined;
  readonly to: Journal | undefined;
}

/** The two journals of an exchange, to be written together or not at all. */
export interface ExchangePair {
  readonly from: Journal;
  readonly to: Journal;
}

/**
 * What an amount is at a rate, rounded once, halves to even: 0 when it comes to nothing.
 *
 * @throws RangeError when it is too large for exact integers.
 */
export const atExchangeRate = (cents: number, { numerator, denominator }: Rate): number =>
  ratio(cents, numerator, denominator);

/**
 * Takes money from a partner's payable in one currency and puts it to that in another. Each journal names the other: ids are made of
 * places in chains, so both are known before either is posted.
 *
 * @param keys the chains, alike but for their currency.
 * @throws RangeError when more is taken than is payable, or a side moves nothing.
 */
export function exchangePair(
  keys: { readonly from: LedgerKey; readonly to: LedgerKey },
  heads: ExchangeHeads,
  { itemId, terms }: { readonly itemId: string; readonly terms: ExchangeTerms },
  posting: Posting,
): ExchangePair {
  const { fromCents, toCents, rateId, rate } = terms;
  const exchange: Exchange = {
    from: sideOf(keys.from, heads.from, fromCents),
    to: sideOf(keys.to, heads.to, toCents),
    rateId,
    rate,
  };
  return {
    from: post(heads.from, keys.from, { kind: 'exchange', itemId, exchange }, posting)!,
    to: post(heads.to, keys.to, { kind: 'exchange', itemId, exchange }, posting)!,
  };
}

/**
 * Takes an exchange back whole, both amounts as they were whatever the rate is by now: for a payment that nobody approved.
 *
 * @param done what the journals that are undone say.
 * @throws RangeError when what arrived is payable no more.
 */
export function undoExchange(
  keys: { readonly from: LedgerKey; readonly to: LedgerKey },
  heads: ExchangeHeads,
  { itemId, done, why }: { readonly itemId: string; readonly done: Exchange; readonly why: string },
  posting: Posting,
): ExchangePair {
  const exchange: Exchange = {
    ...done,
    from: sideOf(keys.from, heads.from, done.from.cents),
    to: sideOf(keys.to, heads.to, done.to.cents),
  };
  const undoing = (corrects: string) => ({ kind: 'exchange', itemId, exchange, undo: { why, corrects } }) as const;
  return {
    from: post(heads.from, keys.from, undoing(done.from.journalId), posting)!,
    to: post(heads.to, keys.to, undoing(done.to.journalId), posting)!,
  };
}

function sideOf(key: LedgerKey, head: Journal | undefined, cents: number): ExchangeSide {
  const sequence = (head?.sequence ?? 0) + 1;
  return { currency: key.currency, cents, sequence, journalId: journalIdOf(key, sequence) };
}

/** A journal's own side of the exchange it tells of, and the side in the other chain; nothing on any other journal. */
export function sidesOf({
  exchange,
  currency,
}: Pick<Journal, 'exchange' | 'currency'>): { readonly own: ExchangeSide; readonly other: ExchangeSide } | undefined {
  if (!exchange) return undefined;
  const { from, to } = exchange;
  return from.currency === currency ? { own: from, other: to } : { own: to, other: from };
}
