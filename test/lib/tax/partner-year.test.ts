import { describe, expect, test } from 'vitest';
import { type PaidByProgram, partnerYear } from '../../../lib/tax/partner-year.ts';
import { DEFAULT_TAX_SETTINGS, TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { taxYear } from '../../../lib/tax/tax-year.ts';

const rules = taxYear(2026);
const form = { duty: 'report', why: 'An individual is reported.', state: 'CO' } as const;
const NOTHING_SET = DEFAULT_TAX_SETTINGS;
const paid = (paidCents: number, currency = 'USD', over: Partial<PaidByProgram> = {}) => ({
  ...{ programId: `prg_${currency}`, currency, paidCents, withheldCents: 0, byRail: {} },
  ...over,
});

test('all programs in dollars are one payer’s payments; others are told and not counted', () => {
  const year = partnerYear(
    rules,
    form,
    [paid(150_000), paid(50_000), paid(900_000, 'EUR'), paid(0, 'JPY')],
    NOTHING_SET,
  );
  expect(year).toMatchObject({
    grossCents: 200_000,
    withheldCents: 0,
    federal: { file: true },
    state: { state: 'CO', file: true, proof: 'unverified' },
    notCounted: [paid(900_000, 'EUR')],
  });
});

test('the state may want what the IRS does not', () => {
  expect(partnerYear(rules, form, [paid(60_000)], NOTHING_SET)).toMatchObject({
    federal: { file: false },
    state: { file: true },
  });
});

test('without a form the payee is presumed to be reported, and no state is known', () => {
  const year = partnerYear(rules, undefined, [paid(200_000)], NOTHING_SET);
  expect(year.federal.file).toBe(true);
  expect(year.state).toBeUndefined();
});

test('a foreigner is not reported, whatever was paid', () => {
  const foreign = { duty: 'foreign', why: 'Not a United States person.' } as const;
  expect(partnerYear(rules, foreign, [paid(9_000_000)], NOTHING_SET).federal).toEqual({
    file: false,
    words: foreign.why,
  });
});

describe('who reports', () => {
  // By hand: 1,500.00 by ACH, 1,200.00 by hand, and 300.00 before rails were noted; another program 800.00 by hand.
  const first = paid(300_000, 'USD', { byRail: { nacha: 150_000, external: 120_000 } });
  const second = paid(80_000, 'USD', { byRail: { external: 80_000 } });

  test('is the brand on every rail that it does not say otherwise of', () => {
    expect(partnerYear(rules, form, [first, second], NOTHING_SET)).toMatchObject({
      grossCents: 380_000,
      reportedByProvider: [],
      federal: { file: true },
    });
  });

  test('is a rail’s provider where the brand says so: its payments are told apart, and count for nobody’s threshold', () => {
    const settings = TaxSettings.parse({ reporting: { external: 'provider' } });
    expect(partnerYear(rules, form, [first, second], settings)).toMatchObject({
      grossCents: 180_000,
      reportedByProvider: [{ rail: 'external', paidCents: 200_000 }],
      federal: { file: false },
      state: { file: true },
    });
  });

  test('is nobody’s doubt for a bank, which files no form', () => {
    const refused = TaxSettings.safeParse({ reporting: { nacha: 'provider' } });
    expect(refused.error?.issues).toMatchObject([{ path: ['reporting', 'nacha'] }]);
  });
});

test('what was withheld is reported at any amount, and gross is before it', () => {
  const year = partnerYear(rules, form, [paid(50_000, 'USD', { withheldCents: 12_000 })], NOTHING_SET);
  expect(year).toMatchObject({ grossCents: 50_000, withheldCents: 12_000, federal: { file: true } });
  // The whole sentence: the state's rule is told apart from the federal one.
  expect(year.state?.words).toContain('CO usually wants the form');
});

test('a year in which more came back than was paid is told as it is', () => {
  const year = partnerYear(rules, form, [paid(-40_000, 'USD', { withheldCents: -9_600 })], NOTHING_SET);
  expect(year).toMatchObject({ grossCents: -40_000, withheldCents: -9_600, federal: { file: false } });
});
