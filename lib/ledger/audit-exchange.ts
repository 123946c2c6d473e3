import { rateIn } from '../programs/fx-rates.ts';
import { canonical } from './canonical.ts';
import { itemOf } from './chain.ts';
import { atExchangeRate, sidesOf } from './exchange.ts';
import type { Exchange, Journal } from './journal.ts';
import type { Violation } from './laws.ts';

/** An exchange as a chain has told it so far. */
export interface ExchangeSeen {
  readonly journalId: string;
  readonly exchange: Exchange;
  readonly undone: boolean;
}

/** What of the law of exchanges a journal breaks in its own chain. `seen` holds the exchanges before it, by payment, and then this one too. */
export function exchangeFaults(journal: Journal, seen: Map<string, ExchangeSeen>): string[] {
  const { kind, exchange, corrects, journalId, sequence, currency, entries } = journal;
  const moved = entries.reduce((sum, { account, cents }) => (account === 'exchanged' ? sum + cents : sum), 0);
  if (kind !== 'exchange') return moved === 0 && !exchange ? [] : [`${kind} exchanges ${moved}`];
  const item = itemOf(journal);
  const sides = sidesOf(journal);
  if (!exchange || !sides) return [`the exchange for ${item} does not say what of`];
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string) => {
    if (!holds) faults.push(`${item}: ${fault}`);
  };
  const { own, other } = sides;
  expect(
    own.journalId === journalId && own.sequence === sequence && own.currency === currency,
    `names ${own.journalId} in ${own.currency} as itself`,
  );
  expect(other.currency !== currency, `goes from ${currency} to ${currency}`);
  const leaves = (own === exchange.from) === (corrects === undefined);
  expect(moved === (leaves ? own.cents : -own.cents), `moves ${moved}, says ${own.cents}`);
  const elsewhere = entries.find(({ account }) => !['exchanged', 'payable', 'receivable'].includes(account));
  expect(elsewhere === undefined, `moves ${elsewhere?.account}`);
  expect(
    worthOf(exchange) === exchange.to.cents,
    `${exchange.from.cents} at ${exchange.rate} is not ${exchange.to.cents}`,
  );

  const before = seen.get(item);
  if (corrects === undefined) expect(before === undefined, 'is exchanged twice');
  else {
    expect(before?.journalId === corrects, `undoes ${corrects}, which did not exchange it`);
    expect(before?.undone !== true, 'is undone twice');
    expect(before !== undefined && alike(before.exchange, exchange), 'goes back otherwise than it came');
  }
  seen.set(item, { journalId: before?.journalId ?? journalId, exchange, undone: corrects !== undefined });
  return faults;
}

/**
 * Compares an exchange's journal with the one it names in the partner's other chain: both say the same, of the same payment, and both
 * exchange or both undo.
 *
 * @param counterpart what stands at the place that the journal names, if anything does.
 */
export function auditExchangePair(journal: Journal, counterpart: Journal | undefined): Violation[] {
  const sides = sidesOf(journal);
  if (journal.kind !== 'exchange' || !sides) return [];
  const { programId, partnerId, currency, sequence, exchange } = journal;
  const { other } = sides;
  const where = `${programId} ${partnerId} ${currency}, journal ${sequence}`;
  const broken = (found: string): Violation[] => [{ law: 'exchanged-once', where, found }];
  const named = `journal ${other.sequence} in ${other.currency}`;
  if (!counterpart) return broken(`names ${named}, which is not there`);
  const same =
    counterpart.kind === 'exchange' &&
    counterpart.currency === other.currency &&
    counterpart.journalId === other.journalId &&
    counterpart.brandId === journal.brandId &&
    counterpart.partnerId === partnerId &&
    counterpart.programId === programId &&
    counterpart.cause === journal.cause &&
    (counterpart.corrects === undefined) === (journal.corrects === undefined) &&
    canonical(counterpart.exchange) === canonical(exchange);
  return same ? [] : broken(`names ${named}, which does not say the same`);
}

function worthOf({ from, to, rate }: Exchange): number | undefined {
  const said = rateIn(rate, from.currency, to.currency);
  if (!said || !Number.isSafeInteger(from.cents) || from.cents <= 0 || to.cents <= 0) return undefined;
  try {
    return atExchangeRate(from.cents, said);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Whether two exchanges move the same amounts at the same rate, wherever their journals stand. */
const alike = (a: Exchange, b: Exchange): boolean =>
  a.from.cents === b.from.cents &&
  a.to.cents === b.to.cents &&
  a.from.currency === b.from.currency &&
  a.to.currency === b.to.currency &&
  a.rateId === b.rateId &&
  a.rate === b.rate;
