import fc from 'fast-check';
import { atExchangeRate, type ExchangePair, exchangePair, undoExchange } from '../../lib/ledger/exchange.ts';
import type { Journal, LedgerKey } from '../../lib/ledger/journal.ts';
import type { Command } from '../../lib/ledger/movement.ts';
import { post } from '../../lib/ledger/post.ts';
import { type FxRates, rateOf } from '../../lib/programs/fx-rates.ts';
import { KEY, line } from './ledgers.ts';

/** A partner's chains in two currencies, told step by step as the payout jobs write them. */
export class TwoCurrencies {
  readonly own: Journal[] = [];
  readonly other: Journal[] = [];
  readonly keys: { readonly from: LedgerKey; readonly to: LedgerKey };
  private hour = 0;

  constructor(currency: string) {
    this.keys = { from: KEY, to: { ...KEY, currency } };
  }

  get heads() {
    return { from: this.own.at(-1), to: this.other.at(-1) };
  }

  private posting() {
    this.hour += 1;
    const at = new Date(Date.UTC(2026, 2, 15, this.hour)).toISOString();
    return { at, recordedAt: at, actor: 'test' };
  }

  private step(chain: Journal[], key: LedgerKey, command: Command): Journal | undefined {
    const journal = post(chain.at(-1), key, command, this.posting());
    if (journal) chain.push(journal);
    return journal;
  }

  /** Commission that is payable at once. */
  earn(cents: number): this {
    const today = '2026-03-15';
    const lines = [line(cents, { orderId: `o-${this.own.length}`, matures: '2026-03-01' })];
    this.step(this.own, KEY, { kind: 'accrual', lines, today });
    return this;
  }

  /** All that is payable goes to the other chain, unless it comes to nothing there, and is set aside with what is there. */
  draft(itemId: string, rates: FxRates, rateId = '2026-03-15/1'): Drafted | undefined {
    const rate = rateOf(rates, KEY.currency, this.keys.to.currency)!;
    const fromCents = this.heads.from?.after.balances.payable ?? 0;
    const toCents = atExchangeRate(fromCents, rate);
    let pair: ExchangePair | undefined;
    if (toCents > 0) {
      const terms = { fromCents, toCents, rateId, rate: rate.text };
      pair = exchangePair(this.keys, this.heads, { itemId, terms }, this.posting());
      this.own.push(pair.from);
      this.other.push(pair.to);
    }
    const cents = this.heads.to?.after.balances.payable ?? 0;
    const reserved = this.step(this.other, this.keys.to, { kind: 'reserve', itemId, cents });
    return reserved && { itemId, cents, pair, reserved };
  }

  settle({ itemId, cents }: Drafted): Journal {
    return this.step(this.other, this.keys.to, { kind: 'settle', itemId, cents, rail: 'external' })!;
  }

  fail({ itemId, cents, reserved }: Drafted, why = 'closed'): this {
    const { journalId: corrects } = reserved;
    this.step(this.other, this.keys.to, { kind: 'unreserve', itemId, cents, why, corrects });
    return this;
  }

  bounce({ itemId, cents }: Drafted, settled: Journal): this {
    const { journalId: corrects } = settled;
    this.step(this.other, this.keys.to, { kind: 'bounce', itemId, cents, why: 'R02', rail: 'external', corrects });
    return this;
  }

  reject(drafted: Drafted): this {
    const why = 'run rejected';
    this.fail(drafted, why);
    const done = drafted.pair?.to.exchange;
    if (!done) return this;
    const { from, to } = undoExchange(this.keys, this.heads, { itemId: drafted.itemId, done, why }, this.posting());
    this.own.push(from);
    this.other.push(to);
    return this;
  }
}

export interface Drafted {
  readonly itemId: string;
  readonly cents: number;
  readonly pair: ExchangePair | undefined;
  readonly reserved: Journal;
}

const decimal = fc
  .record({ whole: fc.nat(200), places: fc.integer({ min: 0, max: 9_999 }) })
  .filter(({ whole, places }) => whole + places > 0)
  .map(({ whole, places }) => `${whole}.${String(places).padStart(4, '0')}`);

/** Any story of earning and being paid in another currency: of two digits, of none and of three. */
export const anyTwoCurrencies: fc.Arbitrary<TwoCurrencies> = fc
  .record({
    currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
    months: fc.array(
      fc.record({
        earned: fc.integer({ min: 0, max: 50_000 }),
        base: fc.constantFrom('USD', 'CHF', 'other' as const),
        rates: fc.tuple(decimal, decimal),
        end: fc.constantFrom('settle', 'fail', 'reject', 'bounce'),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ currency, months }) => {
    const story = new TwoCurrencies(currency);
    months.forEach(({ earned, base: chosen, rates: [first, second], end }, month) => {
      const base = chosen === 'other' ? currency : chosen;
      const all = { USD: first, [currency]: second };
      const rates = Object.fromEntries(Object.entries(all).filter(([name]) => name !== base));
      if (earned > 0) story.earn(earned);
      const drafted = story.draft(`itm_${month}`, { base, rates }, `2026-03-${10 + month}/1`);
      if (!drafted) return;
      if (end === 'fail') story.fail(drafted);
      else if (end === 'reject') story.reject(drafted);
      else {
        const settled = story.settle(drafted);
        if (end === 'bounce') story.bounce(drafted, settled);
      }
    });
    return story;
  });
