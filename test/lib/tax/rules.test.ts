import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backupWithholding, type PaymentFacts } from '../../../lib/tax/backup-withholding.ts';
import { federalFiling } from '../../../lib/tax/federal.ts';
import { addBusinessDays, isBusinessDay, orNextBusinessDay } from '../../../lib/tax/federal-days.ts';
import { answered, withholdingNotice, withNotice } from '../../../lib/tax/name-notice.ts';
import { dutyOf, FOREIGN } from '../../../lib/tax/payee.ts';
import { STATE_RULES, stateFiling } from '../../../lib/tax/states.ts';
import { taxYear } from '../../../lib/tax/tax-year.ts';

describe('the figures of a year', () => {
  test.each([
    [2020, 60_000, '2021-02-01'],
    [2024, 60_000, '2025-01-31'],
    [2025, 60_000, '2026-02-02'],
    [2026, 200_000, '2027-02-01'],
  ])('%i: %i cents, due %s', (year, thresholdCents, due) =>
    expect(taxYear(year)).toMatchObject({ thresholdCents, due, backupWithholdingBps: 2_400 }),
  );

  test.each([2019, 2027, 2030])('%i is not guessed', (year) =>
    expect(() => taxYear(year)).toThrow(`payments of ${year} are not known`),
  );
});

describe('tax kept back from a payment', () => {
  const facts: PaymentFacts = { paymentCents: 0, paidBeforeCents: 0, reportedLastYear: false, withheldLastYear: false };
  test.each<[string, number, Partial<PaymentFacts>, number]>([
    ['a cent below the threshold', 2026, { paymentCents: 199_999 }, 0],
    ['reaching it at once', 2026, { paymentCents: 200_000 }, 48_000],
    [
      'crossing it: the payment in full, the earlier ones not',
      2026,
      { paidBeforeCents: 150_000, paymentCents: 60_000 },
      14_400,
    ],
    ['reaching it to the cent', 2026, { paidBeforeCents: 199_999, paymentCents: 1 }, 0],
    ['every payment after it', 2026, { paidBeforeCents: 210_000, paymentCents: 10_000 }, 2_400],
    ['reported last year: from the first dollar', 2026, { paymentCents: 10_000, reportedLastYear: true }, 2_400],
    ['withheld last year: from the first dollar', 2026, { paymentCents: 100, withheldLastYear: true }, 24],
    ['the old threshold', 2025, { paidBeforeCents: 59_000, paymentCents: 1_000 }, 240],
    ['below the old threshold', 2025, { paidBeforeCents: 58_999, paymentCents: 1_000 }, 0],
    ['half a cent goes to the even one', 2026, { paidBeforeCents: 200_000, paymentCents: 6_25 }, 150],
  ])('%s', (_, year, over, withheldCents) =>
    expect(backupWithholding(taxYear(year), { ...facts, ...over }).withheldCents).toBe(withheldCents),
  );

  test('law: at most the payment; nothing before the crossing, a fixed share from it on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 150_000 }), { maxLength: 30 }), (payments) => {
        const rules = taxYear(2026);
        let paidBeforeCents = 0;
        for (const paymentCents of payments) {
          const { withheldCents } = backupWithholding(rules, { ...facts, paymentCents, paidBeforeCents });
          paidBeforeCents += paymentCents;
          if (paidBeforeCents < rules.thresholdCents) expect(withheldCents).toBe(0);
          else expect(Math.abs(withheldCents - paymentCents * 0.24)).toBeLessThanOrEqual(0.5 + 1e-9);
        }
      }),
    );
  });
});

describe('federal business days', () => {
  test.each([
    ['2026-01-19', false, 'Martin Luther King'],
    ['2026-02-16', false, 'Washington'],
    ['2026-05-25', false, 'Memorial Day'],
    ['2026-06-19', false, 'Juneteenth'],
    ['2026-07-03', false, 'Independence Day, on a Saturday'],
    ['2027-07-05', false, 'Independence Day, on a Sunday'],
    ['2026-09-07', false, 'Labor Day'],
    ['2026-10-12', false, 'Columbus Day'],
    ['2026-11-11', false, 'Veterans Day'],
    ['2026-11-26', false, 'Thanksgiving'],
    ['2026-12-25', false, 'Christmas'],
    ['2021-12-31', false, 'New Year’s Day 2022, on a Saturday'],
    ['2023-01-02', false, 'New Year’s Day, on a Sunday'],
    ['2026-11-27', true, 'the day after Thanksgiving'],
    ['2026-03-28', false, 'a Saturday'],
    ['2026-03-30', true, 'a Monday'],
  ])('%s: %s (%s)', (day, business) => expect(isBusinessDay(day)).toBe(business));

  test('are counted over weekends and holidays, the first day not', () => {
    expect(addBusinessDays('2026-03-27', 1)).toBe('2026-03-30');
    expect(addBusinessDays('2026-11-20', 5)).toBe('2026-11-30');
    expect(orNextBusinessDay('2027-01-31')).toBe('2027-02-01');
    expect(orNextBusinessDay('2028-01-31')).toBe('2028-01-31');
  });
});

describe('a notice that name and number do not match', () => {
  const first = withNotice([], '2026-10-01');

  test('starts clocks of 15 and 30 business days', () =>
    // 12 October and 11 November are holidays.
    expect(first).toEqual([
      { number: 1, receivedOn: '2026-10-01', writeBy: '2026-10-23', withholdAfter: '2026-11-16' },
    ]));

  test('of the same day is the same one', () => expect(withNotice(first, '2026-10-01')).toEqual(first));

  test.each([
    ['2026-10-02', 2],
    ['2028-12-31', 2],
    ['2029-01-01', 1],
  ])('and another of %s is number %i', (day, number) =>
    expect(withNotice(first, day).at(-1)).toMatchObject({ number }),
  );

  test('that is recorded late is put in its place', () => {
    expect(withNotice(first, '2025-04-01').map((notice) => notice.number)).toEqual([1, 2]);
  });

  test('holds payments from the day after the thirtieth, until a form came', () => {
    expect(withholdingNotice(first, '2026-11-16')).toBeUndefined();
    expect(withholdingNotice(first, '2026-11-17')).toEqual(first[0]);
    const done = answered(first, { on: '2026-12-01', verified: false });
    expect(withholdingNotice(done, '2026-12-02')).toBeUndefined();
    // A form that was there before the notice came answers nothing.
    expect(answered(first, { on: '2026-09-30', verified: true })).toEqual(first);
  });

  test('the second time is answered by no W-9 alone', () => {
    const twice = withNotice(answered(first, { on: '2026-10-10', verified: false }), '2027-10-01');
    const plain = answered(twice, { on: '2027-10-05', verified: false });
    expect(withholdingNotice(plain, '2028-01-03')).toMatchObject({ number: 2 });
    expect(withholdingNotice(answered(twice, { on: '2027-10-05', verified: true }), '2028-01-03')).toBeUndefined();
  });
});

describe('whether a form is filed, federal and state apart', () => {
  const individual = dutyOf('individual');
  const paid = (grossCents: number, withheldCents = 0) => ({ grossCents, withheldCents });
  const federal = (year: number, duty: typeof FOREIGN, of: ReturnType<typeof paid>) =>
    federalFiling(taxYear(year), duty, of).file;

  test.each([
    ['at the threshold', 2026, individual, paid(200_000), true],
    ['a cent below', 2026, individual, paid(199_999), false],
    ['at the old threshold', 2025, individual, paid(60_000), true],
    ['a corporation', 2026, dutyOf('c-corporation'), paid(1_000_000), false],
    ['a foreigner', 2026, FOREIGN, paid(1_000_000), false],
    ['one dollar with tax withheld', 2026, individual, paid(100, 24), true],
    ['a corporation with tax withheld', 2026, dutyOf('c-corporation'), paid(100, 24), true],
  ])('%s', (_, year, duty, of, file) => expect(federal(year, duty, of)).toBe(file));

  test.each([
    ['WI', 60_000, true],
    ['WI', 59_999, false],
    ['AL', 149_999, false],
    ['AR', 200_000, false],
    ['CA', 200_000, true],
    ['TX', 9_000_000, undefined],
  ])('%s with %i cents: %s', (state, cents, file) => {
    const decision = stateFiling({ state, year: 2026 }, individual, paid(cents));
    expect(decision).toMatchObject({ file, proof: 'unverified' });
    expect(decision.words).toMatch(/unverified|ask your adviser/);
  });

  test('no state has two rules for a year', () => {
    const keys = STATE_RULES.map(({ state, year }) => `${state}${year}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
