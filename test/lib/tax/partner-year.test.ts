import { expect, test } from 'vitest';
import { partnerYear } from '../../../lib/tax/partner-year.ts';
import { taxYear } from '../../../lib/tax/tax-year.ts';

const rules = taxYear(2026);
const form = { duty: 'report', why: 'An individual is reported.', state: 'CO' } as const;
const paid = (paidCents: number, currency = 'USD') => ({ programId: `prg_${currency}`, currency, paidCents });

test('all programs in dollars are one payer’s payments; others are told and not counted', () => {
  const year = partnerYear(rules, form, [paid(150_000), paid(50_000), paid(900_000, 'EUR'), paid(0, 'JPY')]);
  expect(year).toMatchObject({
    grossCents: 200_000,
    withheldCents: 0,
    federal: { file: true },
    state: { state: 'CO', file: true, proof: 'unverified' },
    notCounted: [paid(900_000, 'EUR')],
  });
});

test('the state may want what the IRS does not', () => {
  expect(partnerYear(rules, form, [paid(60_000)])).toMatchObject({ federal: { file: false }, state: { file: true } });
});

test('without a form the payee is presumed to be reported, and no state is known', () => {
  const year = partnerYear(rules, undefined, [paid(200_000)]);
  expect(year.federal.file).toBe(true);
  expect(year.state).toBeUndefined();
});

test('a foreigner is not reported, whatever was paid', () => {
  const foreign = { duty: 'foreign', why: 'Not a United States person.' } as const;
  expect(partnerYear(rules, foreign, [paid(9_000_000)]).federal).toEqual({ file: false, words: foreign.why });
});
