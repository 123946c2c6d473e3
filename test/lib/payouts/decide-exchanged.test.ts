import { describe, expect, test } from 'vitest';
import type { Enrolment, Partner } from '../../../lib/partners/partner.ts';
import { decide } from '../../../lib/payouts/decide.ts';
import { decideExchanged } from '../../../lib/payouts/decide-exchanged.ts';
import type { FxTable } from '../../../lib/programs/fx-rates.ts';
import { PayoutTerms } from '../../../lib/programs/program.ts';
import { chain, line } from '../../support/ledgers.ts';
import { ANN, PROGRAM } from '../../support/orders.ts';
import { TwoCurrencies } from '../../support/two-currencies.ts';

const AT = '2026-06-01T08:00:00.000Z';
const RATES: FxTable = { day: '2026-06-01', version: 2, base: 'EUR', rates: { USD: '1.25', JPY: '160' } };
const terms = PayoutTerms.parse({ minimumCents: 5_000, payoutCurrencies: ['EUR', 'JPY'] });
const program = { currency: 'USD', timeZone: 'UTC', payoutTerms: terms };
const agreement = { version: '1', acceptedAt: AT, acceptedBy: 'ann' };
const wanting = (currency?: string): Enrolment => ({
  ...{ programId: PROGRAM, partnerId: ANN, status: 'active', group: 'default', agreement, enrolledAt: AT },
  ...(currency && { payoutPreferences: { currency } }),
});
const ann: Partner = {
  ...{ partnerId: ANN, name: 'Ann', email: 'ann@example.com', type: 'content', taxFormOnFile: true },
  ...{ payoutMethod: { rail: 'external' }, createdAt: AT },
};
const american: Partner = { ...ann, country: 'US', taxFormOnFile: false };

/** What is payable in dollars, and what waits in euros from a payment that failed. */
const heads = (cents: number, waiting = 0) => {
  const story = new TwoCurrencies('EUR');
  if (waiting > 0) story.earn(waiting).fail(story.draft('itm_0', { base: 'EUR', rates: { USD: '1' } })!);
  if (cents > 0) story.earn(cents);
  return { own: story.own.at(-1), other: story.other.at(-1) };
};

interface Case {
  readonly wants?: string | undefined;
  readonly payable?: number;
  readonly waiting?: number;
  readonly currency?: string;
  readonly rates?: FxTable | undefined;
  readonly partner?: Partner;
  readonly withholding?: 'wait' | 'withhold';
  readonly over?: object;
}
function decided(one: Case) {
  const { payable = 10_000, waiting, currency = 'EUR', partner = ann, withholding = 'wait', over = {} } = one;
  const rates = 'rates' in one ? one.rates : RATES;
  const enrolment = wanting('wants' in one ? one.wants : 'EUR');
  const run = { currency, asOf: AT, rates };
  return decideExchanged({ ...program, ...over }, enrolment, partner, heads(payable, waiting), run, { withholding });
}
function whyNot(one: Case) {
  const decision = decided(one);
  return decision.outcome === 'exclude' ? decision.reasons.map(({ code }) => code) : decision.outcome;
}

describe('a run in another currency', () => {
  test('pays what is payable in the program’s, at the rate of its day', () =>
    expect(decided({})).toEqual({
      outcome: 'pay',
      cents: 8_000,
      rail: 'external',
      exchange: { fromCents: 10_000, toCents: 8_000, rateId: '2026-06-01/2', rate: '1 EUR is 1.25 USD' },
    }));

  test('pays with it what waits there, small or not, and that alone when there is nothing else', () => {
    expect(decided({ payable: 100, waiting: 300 })).toMatchObject({ outcome: 'pay', cents: 380 });
    const alone = decided({ payable: 0, waiting: 300, rates: undefined });
    expect(alone).toEqual({ outcome: 'pay', cents: 300, rail: 'external' });
  });

  test('pays what waits there also to whom wants another currency by now, and exchanges nothing for them', () => {
    expect(decided({ wants: undefined, waiting: 300 })).toEqual({ outcome: 'pay', cents: 300, rail: 'external' });
    expect(decided({ wants: 'JPY' })).toEqual({ outcome: 'no-money' });
  });

  test.each<[string, Case, string[] | string]>([
    ['who asked for no other currency', { wants: undefined }, 'no-money'],
    ['who has nothing', { payable: 0 }, 'no-money'],
    ['less than the minimum in the program’s currency', { payable: 4_999 }, ['below-minimum']],
    ['no rates of the day', { rates: undefined }, ['no-fx-rate']],
    ['rates that do not name it', { rates: { ...RATES, rates: { JPY: '160' } } }, ['no-fx-rate']],
    [
      'a rate that makes too much',
      { rates: { ...RATES, base: 'USD', rates: { EUR: '999999999' } }, payable: 1e9 },
      ['no-fx-rate'],
    ],
    [
      'nothing, once exchanged',
      { payable: 1, rates: { ...RATES, rates: { USD: '3' } }, over: noMinimum() },
      ['nothing-payable'],
    ],
    ['a currency that is offered no more', { over: { payoutTerms: PayoutTerms.parse({}) } }, 'no-money'],
    ['tax to be withheld', { partner: american, withholding: 'withhold' }, ['tax-form-missing', 'tax-withholding-due']],
    ['no form, where none is asked for and none is withheld', { partner: american, over: noForm() }, 'pay'],
    [
      'tax to be withheld where no form is asked for',
      { partner: american, withholding: 'withhold', over: noForm() },
      ['tax-withholding-due'],
    ],
  ])('%s', (_, one, found) => expect(whyNot(one)).toEqual(found));

  function noMinimum() {
    return { payoutTerms: { ...terms, minimumCents: 0 } };
  }
  function noForm() {
    return { payoutTerms: { ...terms, taxFormRequired: false } };
  }

  test('says what it would have exchanged, and what day’s rates are missing', () =>
    expect(decided({ rates: undefined, waiting: 300 })).toEqual({
      outcome: 'exclude',
      payableCents: 300,
      exchangeable: { currency: 'USD', cents: 10_000 },
      reasons: [
        {
          code: 'no-fx-rate',
          words: 'There is no rate from USD to EUR on 2026-06-01; send it with PUT /v1/fx-rates/2026-06-01.',
        },
      ],
    }));

  test('pays nobody who owes in the program’s currency, though money waits in the other', () => {
    const { other } = heads(0, 300);
    const own = chain([
      { kind: 'adjustment', adjustmentId: 'adj_1', cents: -50, reason: 'other', note: 'a mistake' },
    ]).at(-1);
    const run = { currency: 'EUR', asOf: AT, rates: RATES };
    const decided = (wants: string | undefined, both = { own, other }) =>
      decideExchanged(program, wanting(wants), ann, both, run, { withholding: 'wait' });
    const owing = { outcome: 'exclude', payableCents: 300, reasons: [{ code: 'owes' }] };
    expect(decided('EUR')).toMatchObject(owing);
    // Nor by asking for another currency, or none.
    expect(decided('JPY')).toMatchObject(owing);
    expect(decided(undefined)).toMatchObject(owing);
    expect(decided('JPY', { own, other: undefined })).toEqual({ outcome: 'no-money' });
  });
});

describe('the run in the program’s own currency', () => {
  const head = chain([
    { kind: 'accrual', today: '2026-03-15', lines: [line(10_000)] },
    { kind: 'release', through: '2026-04-14' },
  ]).at(-1);
  const own = (currency: string | undefined, over: object = {}) =>
    decide({ ...program, ...over }, wanting(currency), ann, head, AT, { withholding: 'wait' });

  test('leaves who asked for another to the run in that, and says so', () =>
    expect(own('EUR')).toMatchObject({
      outcome: 'exclude',
      payableCents: 10_000,
      reasons: [{ code: 'paid-in-another-currency', words: expect.stringContaining('a run in EUR') }],
    }));
  test('pays who asked for its own', () => expect(own('USD')).toMatchObject({ outcome: 'pay', cents: 10_000 }));
  test('pays nobody in it who asked for one that is offered no more', () =>
    expect(own('EUR', { payoutTerms: PayoutTerms.parse({}) })).toMatchObject({
      outcome: 'exclude',
      reasons: [{ code: 'currency-not-offered' }],
    }));
});
