import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lede } from '../../../lib/documents/statement-words.ts';
import { auditChain } from '../../../lib/ledger/audit.ts';
import { auditExchangePair } from '../../../lib/ledger/audit-exchange.ts';
import { hashOf } from '../../../lib/ledger/chain.ts';
import { exchangePair, sidesOf, undoExchange } from '../../../lib/ledger/exchange.ts';
import type { Exchange, Journal } from '../../../lib/ledger/journal.ts';
import { paymentLines } from '../../../lib/payouts/payment-lines.ts';
import { buildStatement } from '../../../lib/payouts/statement.ts';
import { balances, KEY } from '../../support/ledgers.ts';
import { ANN, PROGRAM } from '../../support/orders.ts';
import { anyTwoCurrencies, TwoCurrencies } from '../../support/two-currencies.ts';

/** 1 EUR is 1.25 USD: 100.00 USD are 80.00 EUR. */
const RATES = { base: 'EUR', rates: { USD: '1.25' } };
const POSTING = { at: '2026-04-01T00:00:00.000Z', recordedAt: '2026-04-01T00:00:00.000Z', actor: 'test' };
const last = (journals: readonly Journal[]) => balances(journals.at(-1));

function violationsOf({ own, other }: TwoCurrencies) {
  const chains = new Map([own, other].map((chain) => [chain[0]?.currency, chain]));
  const pairs = [...own, ...other].flatMap((journal) => {
    const there = sidesOf(journal)?.other;
    return auditExchangePair(journal, there && chains.get(there.currency)?.[there.sequence - 1]);
  });
  return [...auditChain(own), ...auditChain(other), ...pairs];
}

describe('an exchange', () => {
  test('takes what is payable out of one currency and puts it into the other, each journal naming both', () => {
    const story = new TwoCurrencies('EUR').earn(10_000);
    const { pair } = story.draft('itm_1', RATES)!;
    expect(last(story.own)).toEqual({ expense: -10_000, exchanged: 10_000 });
    expect(last(story.other)).toEqual({ exchanged: -8_000, inTransit: 8_000 });
    expect(pair?.from.exchange).toEqual({
      from: { currency: 'USD', cents: 10_000, sequence: 2, journalId: story.own[1]!.journalId },
      to: { currency: 'EUR', cents: 8_000, sequence: 1, journalId: story.other[0]!.journalId },
      rateId: '2026-03-15/1',
      rate: '1 EUR is 1.25 USD',
    });
    expect(pair?.to.exchange).toEqual(pair?.from.exchange);
    expect(violationsOf(story)).toEqual([]);
  });

  test.each([
    ['a half to even, down', 'EUR', { base: 'EUR', rates: { USD: '2' } }, 5, 2],
    ['a half to even, up', 'EUR', { base: 'EUR', rates: { USD: '2' } }, 3, 2],
    ['to no digits', 'JPY', { base: 'USD', rates: { JPY: '151.5' } }, 10_050, 15_226],
    ['to three digits', 'KWD', { base: 'USD', rates: { KWD: '0.307' } }, 100, 307],
    ['across a base', 'EUR', { base: 'CHF', rates: { USD: '1.2', EUR: '1.05' } }, 12_000, 10_500],
  ])('rounds once: %s', (_, currency, rates, from, to) => {
    const story = new TwoCurrencies(currency).earn(from);
    expect(story.draft('itm_1', rates)?.cents).toBe(to);
    expect(violationsOf(story)).toEqual([]);
  });

  test('of what comes to nothing is none: the money stays where it is', () => {
    const story = new TwoCurrencies('JPY').earn(1);
    expect(story.draft('itm_1', { base: 'JPY', rates: { USD: '2.5' } })).toBeUndefined();
    expect([last(story.own), last(story.other)]).toEqual([{ expense: -1, payable: 1 }, {}]);
  });

  test('stays when the payment failed: it is paid again as it is, at no other rate', () => {
    const story = new TwoCurrencies('EUR').earn(10_000);
    story.fail(story.draft('itm_1', RATES)!);
    expect(last(story.other)).toEqual({ exchanged: -8_000, payable: 8_000 });
    const again = story.draft('itm_2', { base: 'EUR', rates: { USD: '9' } })!;
    expect([again.cents, again.pair]).toEqual([8_000, undefined]);
    story.settle(again);
    expect(last(story.other)).toEqual({ exchanged: -8_000, paid: 8_000 });
    expect(violationsOf(story)).toEqual([]);
  });

  test('goes back whole when nobody approved the payment, and what waited there stays there', () => {
    const story = new TwoCurrencies('EUR').earn(10_000);
    story.fail(story.draft('itm_1', RATES)!);
    story.earn(500);
    story.reject(story.draft('itm_2', RATES)!);
    expect(last(story.own)).toEqual({ expense: -10_500, exchanged: 10_000, payable: 500 });
    expect(last(story.other)).toEqual({ exchanged: -8_000, payable: 8_000 });
    expect(violationsOf(story)).toEqual([]);
    expect(story.own.at(-1)).toMatchObject({ cause: 'itm_2: run rejected', corrects: story.own.at(-2)?.journalId });
  });

  test('takes no more than is payable, and moves something on both sides', () => {
    const story = new TwoCurrencies('EUR').earn(100);
    const terms = { fromCents: 101, toCents: 80, rateId: '2026-03-15/1', rate: '1 EUR is 1.25 USD' };
    const tried = (over: object) => () =>
      exchangePair(story.keys, story.heads, { itemId: 'itm_1', terms: { ...terms, ...over } }, POSTING);
    expect(tried({})).toThrow('payable is 100');
    expect(tried({ fromCents: 100, toCents: 0 })).toThrow('cannot exchange');
    expect(tried({ fromCents: 0 })).toThrow('cannot exchange');
  });

  test('cannot go back when what arrived is payable no more', () => {
    const story = new TwoCurrencies('EUR').earn(100);
    const { pair } = story.draft('itm_1', RATES)!;
    const undo = { itemId: 'itm_1', done: pair!.to.exchange!, why: 'late' };
    expect(() => undoExchange(story.keys, story.heads, undo, POSTING)).toThrow('payable is 0');
  });

  test('is a payment to the lines behind it: each line is exchanged once', () => {
    const story = new TwoCurrencies('EUR').earn(10_000);
    story.settle(story.draft('itm_1', RATES)!);
    story.earn(700);
    story.reject(story.draft('itm_2', RATES)!);
    story.draft('itm_3', RATES);
    const paid = paymentLines(story.own)!;
    expect(paid.lines.map(({ cents }) => cents)).toEqual([700]);
    expect([paid.amountCents, paid.explainedCents]).toEqual([700, 700]);
    expect(paymentLines(story.other)).toMatchObject({ lines: [], amountCents: 560, explainedCents: 560 });
  });
});

describe('in a statement', () => {
  const names = {
    partner: { partnerId: ANN, name: 'Ann' },
    program: { programId: PROGRAM, name: 'P', timeZone: 'UTC' },
  };
  const story = new TwoCurrencies('EUR').earn(10_000);
  story.settle(story.draft('itm_1', RATES)!);

  test('it leaves the one and is paid by the other', () => {
    const own = buildStatement({ ...names, number: 1, journals: story.own });
    const other = buildStatement({ ...names, number: 2, journals: story.other });
    const outline = (of: typeof own) => of.sections.map(({ id, changeCents }) => [id, changeCents]);
    expect(outline(own)).toEqual([
      ['earned', 10_000],
      ['exchanged', -10_000],
    ]);
    expect(outline(other)).toEqual([
      ['exchanged', 8_000],
      ['paid', -8_000],
    ]);
    expect([own.closingCents, other.closingCents]).toEqual([0, 0]);
    expect(lede(own)).toBe(
      'You earned 100.00 USD in this period. 100.00 USD was exchanged into the currency you are paid in. Nothing is left unpaid.',
    );
    expect(lede(other)).toBe(
      'You got 80.00 EUR for what you earned in the program’s currency and were paid 80.00 EUR in this period. Nothing is left unpaid.',
    );
    const words = '100.00 USD became 80.00 EUR: 1 EUR is 1.25 USD, the rate of 2026-03-15.';
    for (const { sections } of [own, other])
      expect(sections.find(({ id }) => id === 'exchanged')?.lines[0]?.explanation).toBe(words);
  });
});

test('whatever happens, both chains keep every law and what left is what arrived', () => {
  fc.assert(
    fc.property(anyTwoCurrencies, (story) => {
      expect(violationsOf(story)).toEqual([]);
      const standing = [...story.own].filter(({ kind }) => kind === 'exchange');
      const net = (side: 'from' | 'to') =>
        standing.reduce((sum, { exchange, corrects }) => sum + exchange![side].cents * (corrects ? -1 : 1), 0);
      expect(story.own.at(-1)?.after.balances.exchanged ?? 0).toBe(net('from'));
      expect(0 - (story.other.at(-1)?.after.balances.exchanged ?? 0)).toBe(0 + net('to'));
    }),
    { numRuns: 200 },
  );
});

test('wherever they are cut, statements of both chains lead from opening to closing', () => {
  const names = {
    partner: { partnerId: ANN, name: 'Ann' },
    program: { programId: PROGRAM, name: 'P', timeZone: 'UTC' },
  };
  fc.assert(
    fc.property(anyTwoCurrencies, fc.nat(20), ({ own, other }, cut) => {
      for (const chain of [own, other]) {
        const at = Math.min(cut, chain.length - 1);
        if (at < 1) continue;
        const first = buildStatement({ ...names, number: 1, journals: chain.slice(0, at) });
        const second = buildStatement({ ...names, number: 2, journals: chain.slice(at), opening: first.closing });
        expect(second.openingCents).toBe(first.closingCents);
      }
    }),
    { numRuns: 100 },
  );
});

/** The chain with one journal rewritten and everything after it hashed anew. */
function forged(chain: readonly Journal[], at: number, rewrite: (journal: Journal) => Partial<Journal>): Journal[] {
  const journals = [...chain];
  for (let index = at; index < journals.length; index += 1) {
    const previousHash = index === 0 ? journals[index]!.previousHash : journals[index - 1]!.hash;
    const journal = { ...journals[index]!, ...(index === at ? rewrite(journals[index]!) : {}), previousHash };
    journals[index] = { ...journal, hash: hashOf(journal) };
  }
  return journals;
}

describe('the law finds', () => {
  const told = (over: (exchange: Exchange) => object) => (journal: Journal) => ({
    exchange: { ...journal.exchange!, ...over(journal.exchange!) },
  });
  const story = () => {
    const both = new TwoCurrencies('EUR').earn(10_000);
    both.reject(both.draft('itm_1', RATES)!);
    both.draft('itm_2', RATES);
    return both;
  };
  const FORGERIES: [string, number, (journal: Journal) => Partial<Journal>][] = [
    ['more than left', 1, told(({ from }) => ({ from: { ...from, cents: from.cents + 125 } }))],
    ['more than arrived', 1, told(({ to }) => ({ to: { ...to, cents: to.cents + 1 } }))],
    ['a rate that does not make it', 1, told(() => ({ rate: '1 EUR is 1.26 USD' }))],
    ['a rate that is none', 1, told(() => ({ rate: 'a good one' }))],
    ['another table', 1, told(() => ({ rateId: '2026-03-16/1' }))],
    ['another journal on the other side', 1, told(({ to }) => ({ to: { ...to, sequence: to.sequence + 1 } }))],
    ['another payment', 1, () => ({ cause: 'itm_9' })],
    ['an exchange that says nothing', 1, () => ({ exchange: undefined }) as unknown as Partial<Journal>],
    ['a release that exchanges', 1, () => ({ kind: 'release' })],
    ['one that goes back as it did not come', 2, told(() => ({ rateId: '2026-03-16/1' }))],
    ['one that goes back for another', 2, () => ({ corrects: 'jrn_0000000000000000' })],
    ['one payment exchanged twice', 3, () => ({ cause: 'itm_1' })],
  ];
  test.each(FORGERIES)('%s', (_, at, rewrite) => {
    const both = story();
    const own = forged(both.own, at, rewrite);
    const found = violationsOf(Object.assign(both, { own })).map(({ law }) => law);
    expect(found).toContain('exchanged-once');
  });

  test('a side that was never written', () => {
    const both = story();
    const [, exchanged] = both.own;
    expect(auditExchangePair(exchanged!, undefined)).toEqual([
      {
        law: 'exchanged-once',
        where: `${KEY.programId} ${ANN} USD, journal 2`,
        found: 'names journal 1 in EUR, which is not there',
      },
    ]);
  });

  test('any figure of any exchange that was changed on one side, however well it was hashed', () => {
    fc.assert(
      fc.property(anyTwoCurrencies, fc.nat(50), fc.constantFrom('from', 'to'), fc.nat(3), (both, pick, side, field) => {
        const places = both.own.flatMap(({ kind }, place) => (kind === 'exchange' ? [place] : []));
        fc.pre(places.length > 0);
        const name = (['cents', 'currency', 'sequence', 'journalId'] as const)[field]!;
        const change = (value: string | number) => (typeof value === 'number' ? value + 1 : `${value}x`);
        const own = forged(
          both.own,
          places[pick % places.length]!,
          told((exchange) => ({ [side]: { ...exchange[side], [name]: change(exchange[side][name]) } })),
        );
        expect(violationsOf(Object.assign(both, { own })).map(({ law }) => law)).toContain('exchanged-once');
      }),
      { numRuns: 200 },
    );
  });
});
