import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_BALANCES } from '../../../lib/ledger/chain.ts';
import type { Enrolment, Partner, PayoutMethod } from '../../../lib/partners/partner.ts';
import { decide } from '../../../lib/payouts/decide.ts';
import { causeOf, changesOf, methodVersion, type PayeeFacts } from '../../../lib/payouts/late-facts.ts';
import type { ProviderName } from '../../../lib/payouts/rails/provider.ts';
import { type PayoutItem, paidByProvider, type Rail } from '../../../lib/payouts/run.ts';
import { PayoutTerms } from '../../../lib/programs/program.ts';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import { withNotice } from '../../../lib/tax/name-notice.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { ANN, PROGRAM } from '../../support/orders.ts';
import { payoutItem } from '../../support/payouts.ts';

const AT = '2026-05-01T12:00:00.000Z';
const BEFORE = '2026-03-01T12:00:00.000Z';
const W9: TaxFormOnFile = {
  ...{ version: 1, form: 'w9', duty: 'report', why: 'Reported.', signedOn: '2026-01-02', receivedAt: BEFORE },
  ...{ warnings: [], notices: [] },
};
const BANK = { rail: 'bank-csv', accountHolder: 'Ann', accountLast4: '3000', changedAt: BEFORE } as const;
const PAYPAL = { rail: 'paypal', account: 'a…n@trail.example', changedAt: BEFORE } as const;
const PARTNER: Partner = {
  ...{ partnerId: ANN, name: 'Ann', email: 'ann@trail.example', type: 'content', country: 'US', createdAt: BEFORE },
  ...{ taxFormOnFile: true, taxForm: W9, payoutMethod: BANK },
};
const ENROLMENT: Enrolment = {
  ...{ programId: PROGRAM, partnerId: ANN, status: 'active', group: 'default', enrolledAt: BEFORE },
  agreement: { version: '1', acceptedAt: BEFORE, acceptedBy: 'Ann' },
};
const FACTS: PayeeFacts = {
  program: { currency: 'USD', timeZone: 'UTC', payoutTerms: PayoutTerms.parse({ minimumCents: 100 }) },
  settings: TaxSettings.parse({ withholding: 'withhold' }),
  accounts: new Set<ProviderName>(['paypal']),
  ...{ enrolment: ENROLMENT, partner: PARTNER, at: AT },
};
const ITEM = payoutItem({ rail: 'bank-csv', method: methodVersion(BANK), amountCents: 5_000 });
const codes = (item: PayoutItem, facts: PayeeFacts, due = 0) => changesOf(item, facts, due).map(({ code }) => code);
const taxed = (cents: number, year = 2026) =>
  payoutItem({ ...ITEM, amountCents: 5_000 - cents, withholding: { year, cents, words: 'Why.' } });
const unanswered = { ...FACTS, partner: { ...PARTNER, taxForm: { ...W9, notices: withNotice([], '2026-03-10') } } };

test('an item whose facts are those of its draft is as it was', () => {
  expect(codes(ITEM, FACTS)).toEqual([]);
  expect(codes({ ...ITEM, rail: 'nacha' }, FACTS)).toEqual([]);
  // Of what was stored before items kept their method only the gate and the tax are known.
  expect(codes({ ...ITEM, method: undefined }, { ...FACTS, partner: { ...PARTNER, payoutMethod: PAYPAL } })).toEqual(
    [],
  );
});

test('money is none: a minimum that was raised since, a debt', () => {
  const program = { ...FACTS.program, payoutTerms: PayoutTerms.parse({ minimumCents: 1_000_000 }) };
  const enrolment = { ...ENROLMENT, payoutPreferences: { minimumCents: 2_000_000 } };
  expect(codes(ITEM, { ...FACTS, program, enrolment })).toEqual([]);
  const deferred = { ...ENROLMENT, payoutPreferences: { deferUntil: '2026-06-01' } };
  expect(codes(ITEM, { ...FACTS, enrolment: deferred })).toEqual(['deferred']);
});

describe('what is a change', () => {
  test.each<[string, PayoutItem, Partial<PayeeFacts>, string[]]>([
    ['no partner', ITEM, { partner: undefined }, ['enrolment-not-active']],
    ['no enrolment', ITEM, { enrolment: undefined }, ['enrolment-not-active']],
    ['paused', ITEM, { enrolment: { ...ENROLMENT, status: 'paused' } }, ['enrolment-not-active']],
    ['another rail', ITEM, { partner: { ...PARTNER, payoutMethod: PAYPAL } }, ['payout-method-changed']],
    [
      'another account',
      ITEM,
      { partner: { ...PARTNER, payoutMethod: { ...BANK, changedAt: AT } } },
      ['payout-method-changed'],
    ],
    ['no method', ITEM, { partner: { ...PARTNER, payoutMethod: undefined as never } }, ['payout-method-missing']],
    [
      'no account at the provider',
      { ...ITEM, rail: 'paypal', method: methodVersion(PAYPAL) },
      { accounts: new Set(), partner: { ...PARTNER, payoutMethod: PAYPAL } },
      ['payout-provider-missing'],
    ],
    [
      'all at once',
      ITEM,
      { enrolment: { ...ENROLMENT, status: 'ended', agreement: { ...ENROLMENT.agreement!, version: '0' } } },
      ['agreement-missing', 'enrolment-not-active'],
    ],
  ])('%s', (_, item, over, expected) => {
    expect(codes(item, { ...FACTS, ...over })).toEqual(expected);
  });

  test('tax: more, none any more, another year; less for want of others is none', () => {
    expect(causeOf(ITEM, FACTS)).toBeUndefined();
    expect(causeOf(ITEM, unanswered)).toContain('2026-03-10');
    expect(codes(ITEM, unanswered, 1_200)).toEqual(['withholding-changed']);
    expect(codes(taxed(1_200), unanswered, 1_200)).toEqual([]);
    expect(codes(taxed(1_200), unanswered, 0)).toEqual([]);
    expect(codes(taxed(1_200), FACTS)).toEqual(['withholding-changed']);
    expect(codes(taxed(0), FACTS)).toEqual([]);
    expect(codes(taxed(1_200, 2025), unanswered, 1_200)).toEqual(['withholding-changed']);
    // Whose provider reports now is withheld on no more, and what has to wait by the settings of now is the gate’s.
    const reported = TaxSettings.parse({ withholding: 'withhold', reporting: { paypal: 'provider' } });
    const byPayPal = { ...taxed(1_200), rail: 'paypal', method: methodVersion(PAYPAL) } as const;
    const partner = { ...unanswered.partner, payoutMethod: PAYPAL };
    expect(codes(byPayPal, { ...unanswered, partner, settings: reported })).toEqual(['withholding-changed']);
    expect(codes(taxed(1_200), { ...unanswered, settings: TaxSettings.parse({}) })).toEqual(['tax-withholding-due']);
  });
});

describe('in another currency than the program’s', () => {
  const program = { ...FACTS.program, payoutTerms: PayoutTerms.parse({ payoutCurrencies: ['EUR', 'JPY'] }) };
  const side = (currency: string, cents: number) => ({ currency, cents, sequence: 1, journalId: `jrn_${currency}` });
  const exchange = {
    from: side('USD', 5_000),
    to: side('EUR', 4_000),
    rateId: '2026-05-01/1',
    rate: '1 EUR is 1.25 USD',
  };
  const waited = { ...ITEM, currency: 'EUR', amountCents: 4_000 };
  const exchanged = { ...waited, exchange };
  /** Of 50.00 EUR, 40.00 were exchanged for the item and 10.00 had waited. */
  const both = { ...exchanged, amountCents: 5_000 };
  const wants = (currency?: string): Partial<PayeeFacts> => ({
    program,
    enrolment: { ...ENROLMENT, ...(currency && { payoutPreferences: { currency, minimumCents: 1_000_000 } }) },
  });
  const dropped = { program: { ...program, payoutTerms: PayoutTerms.parse({ payoutCurrencies: ['JPY'] }) } };
  const nobody: Partner = { ...PARTNER, taxFormOnFile: false, taxForm: undefined as never };

  test.each<[string, Partial<PayeeFacts>, readonly string[], readonly string[]]>([
    ['euros, as they did', wants('EUR'), [], []],
    ['dollars by now', wants('USD'), ['paid-in-another-currency'], []],
    ['yen by now', wants('JPY'), ['paid-in-another-currency'], []],
    ['nothing any more', wants(), ['paid-in-another-currency'], []],
    ['euros, which are no longer offered', { ...wants('EUR'), ...dropped }, ['currency-not-offered'], []],
    [
      'euros, paused',
      { ...wants('EUR'), enrolment: { ...ENROLMENT, payoutPreferences: { currency: 'EUR' }, status: 'paused' } },
      ['enrolment-not-active'],
      ['enrolment-not-active'],
    ],
  ])('who asks for %s: a change of what was exchanged for the item, and of what had waited', (_, over, fresh, old) => {
    expect(codes(exchanged, { ...FACTS, ...over })).toEqual(fresh);
    expect(codes(both, { ...FACTS, ...over })).toEqual(fresh);
    expect(codes(waited, { ...FACTS, ...over })).toEqual(old);
  });

  test('a cause for withholding keeps both from leaving dollars', () => {
    const terms = PayoutTerms.parse({ payoutCurrencies: ['EUR'], taxFormRequired: false });
    const facts = { ...FACTS, ...wants('EUR'), partner: nobody, program: { ...program, payoutTerms: terms } };
    expect(codes(exchanged, facts)).toEqual(['tax-withholding-due']);
    expect(codes(waited, facts)).toEqual(['tax-withholding-due']);
    expect(codes(exchanged, { ...facts, settings: TaxSettings.parse({}) })).toEqual([]);
  });
});

test('whatever the facts: what is paid by them is unchanged by them, and what is not paid by them is changed', () => {
  const method = fc.constantFrom<PayoutMethod | undefined>(undefined, { rail: 'external' }, BANK, PAYPAL, {
    ...BANK,
    returned: { code: 'R03', at: AT },
  });
  const form = fc.constantFrom<TaxFormOnFile | undefined>(
    ...[undefined, W9, unanswered.partner.taxForm, { ...W9, outdatedSince: AT }],
    { ...W9, form: 'w8ben', duty: 'foreign', expiresAfter: '2026-04-30' },
  );
  const anyFacts = fc.record({
    payoutMethod: method,
    taxForm: form,
    taxFormOnFile: fc.boolean(),
    country: fc.constantFrom('US', 'DE', undefined),
    status: fc.constantFrom('active' as const, 'paused' as const),
    withholding: fc.constantFrom('wait' as const, 'withhold' as const),
    external: fc.constantFrom('brand' as const, 'provider' as const),
    account: fc.boolean(),
    cents: fc.integer({ min: 100, max: 300_000 }),
    due: fc.integer({ min: 0, max: 24 }),
  });
  fc.assert(
    fc.property(anyFacts, (given) => {
      const { payoutMethod, taxForm, taxFormOnFile, country, status, withholding, external, account, cents } = given;
      const { payoutMethod: _, taxForm: __, country: ___, ...rest } = PARTNER;
      const partner: Partner = {
        ...{ ...rest, taxFormOnFile: taxFormOnFile || taxForm !== undefined },
        ...(payoutMethod && { payoutMethod }),
        ...(taxForm && { taxForm }),
        ...(country && { country }),
      };
      const facts: PayeeFacts = {
        ...{ ...FACTS, partner, enrolment: { ...ENROLMENT, status }, accounts: new Set(account ? ['paypal'] : []) },
        settings: TaxSettings.parse({ withholding, reporting: { external } }),
      };
      const head = { after: { balances: { ...NO_BALANCES, payable: cents }, schedule: {}, releasedThrough: '' } };
      const decision = decide(facts.program, facts.enrolment!, partner, head, AT, facts.settings);
      const wanted: Rail = payoutMethod?.rail ?? 'external';
      const rail = paidByProvider(wanted) && !account ? 'external' : wanted;
      const bare = payoutItem({
        rail,
        amountCents: cents,
        ...(payoutMethod && { method: methodVersion(payoutMethod) }),
      });
      const due = causeOf(bare, facts) === undefined ? 0 : Math.min(cents, given.due);
      const item = { ...bare, amountCents: cents - due, withholding: { year: 2026, cents: due, words: '' } };
      expect(changesOf(item, facts, due).length === 0).toBe(decision.outcome === 'pay');
    }),
  );
});
