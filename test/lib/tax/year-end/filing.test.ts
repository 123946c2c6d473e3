import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaxFormOnFile } from '../../../../lib/tax/form-on-file.ts';
import { taxYear } from '../../../../lib/tax/tax-year.ts';
import { type Assessment, assess } from '../../../../lib/tax/year-end/assess.ts';
import { boxesOf } from '../../../../lib/tax/year-end/boxes.ts';
import { amountsOf, due, type Filed, IRS, type Mode, nextRecord } from '../../../../lib/tax/year-end/filing.ts';
import {
  entryAt,
  MOST_PAYEES,
  type PayeeYear,
  passesOf,
  recordOf,
  statesOf,
} from '../../../../lib/tax/year-end/next-submission.ts';
import { MOST_RECORDS } from '../../../../lib/tax/year-end/submission.ts';
import { summarize } from '../../../../lib/tax/year-end/summary.ts';

const W9: TaxFormOnFile = {
  ...{ version: 1, form: 'w9', duty: 'report', why: 'A partnership is reported.', tinType: 'ein', tinLast4: '6789' },
  ...{ state: 'CO', signedOn: '2026-01-02', receivedAt: '2026-01-02T00:00:00.000Z', warnings: [], notices: [] },
};
const paidIn = (currency: string, paidCents: number, more: object = {}) => ({
  ...{ programId: `prg_${currency}`, currency, paidCents, withheldCents: 0, byRail: {}, ...more },
});
const EVERYTHING = { reporting: {} };
const year2026 = (form: TaxFormOnFile | undefined, cents: number, more: object = {}) =>
  assess(taxYear(2026), form, [paidIn('USD', cents, more)], EVERYTHING);
const filed = (over: Partial<Filed> = {}): Filed => ({
  ...{
    destination: IRS,
    submission: 1,
    recordId: 1,
    partnerId: 'p',
    kind: 'original',
    formVersion: 1,
    tinLast4: '6789',
  },
  ...{ secondNotice: false, copy: true, compensationCents: 3_000_00, withheldCents: 0 },
  ...{ basis: { reporting: {}, journals: {} }, ...over },
});

describe('what is wrong with a year', () => {
  const foreign: TaxFormOnFile = { ...W9, form: 'w8ben', duty: 'foreign', servicesPerformed: 'both' };
  test.each<[what: string, assessment: Assessment, problems: readonly string[], blocks: boolean]>([
    ['nothing', year2026(W9, 2_000_00), [], false],
    ['nothing below the threshold, also without a form', year2026(undefined, 1_999_99), [], false],
    ['no form names who is to be reported', year2026(undefined, 2_000_00), ['no-tax-form'], true],
    [
      'payments in another currency',
      assess(taxYear(2026), W9, [paidIn('USD', 2_000_00), paidIn('EUR', 1)], EVERYTHING),
      ['other-currency'],
      true,
    ],
    [
      'nothing, as a corporation is paid in any currency',
      assess(taxYear(2026), { ...W9, duty: 'exempt' }, [paidIn('EUR', 1)], EVERYTHING),
      [],
      false,
    ],
    ['work in the United States by a foreign person', year2026(foreign, 5), ['needs-1042-s'], false],
    [
      'a number that does not match',
      year2026({ ...W9, tinMatch: { code: 3, at: '2026-05-01T00:00:00.000Z' } }, 2_000_00),
      ['tin-mismatch'],
      false,
    ],
    [
      'tax that was given back in a later year',
      year2026(W9, 5_000_00, { withheldCents: -24 }),
      ['withheld-unclear'],
      true,
    ],
    ['more withheld than paid', year2026(W9, 100, { withheldCents: 200 }), ['withheld-unclear'], true],
  ])('%s', (_, { problems }, codes, blocks) => {
    expect(problems.map(({ code }) => code)).toEqual(codes);
    expect(problems.some((one) => one.blocks)).toBe(blocks);
  });
});

describe('a return is due', () => {
  test.each<
    [what: string, destination: string, assessment: Assessment, combined: string[], before: Filed[], is: boolean]
  >([
    ['at the IRS from the threshold on', IRS, year2026(W9, 2_000_00), [], [], true],
    ['nowhere at the IRS below it', IRS, year2026(W9, 1_999_99), [], [], false],
    ['at a state from its own threshold on', 'CO', year2026(W9, 600_00), [], [], true],
    ['at the IRS for a state that it forwards to', IRS, year2026(W9, 600_00), ['CO'], [], true],
    ['at no other state', 'WI', year2026(W9, 9_000_00), [], [], false],
    ['at the IRS at any amount when tax was withheld', IRS, year2026(W9, 100, { withheldCents: 24 }), [], [], true],
    [
      'at no second state once it was filed in one',
      'CO',
      year2026(W9, 9_000_00),
      [],
      [filed({ destination: 'WI' })],
      false,
    ],
  ])('%s', (_, destination, assessment, combinedStates, before, is) => {
    expect(due(destination, { assessment, filed: before, combinedStates })).toBe(is);
  });
});

describe('what a run files', () => {
  const now = year2026(W9, 3_000_00);
  const cases: readonly [what: string, Mode, Assessment, Filed[], boolean, string | undefined][] = [
    ['an original', 'original', now, [], false, 'original'],
    ['nothing as a correction of nothing', 'corrected', now, [], false, undefined],
    ['nothing twice', 'original', now, [filed()], false, undefined],
    ['nothing while all is as it was', 'corrected', now, [filed()], false, undefined],
    ['another amount', 'corrected', year2026(W9, 2_500_00), [filed()], false, 'corrected'],
    ['an amount below the threshold', 'corrected', year2026(W9, 1_00), [filed()], false, 'corrected'],
    [
      'tax that was withheld',
      'corrected',
      year2026(W9, 3_000_00, { withheldCents: 24 }),
      [filed()],
      false,
      'corrected',
    ],
    ['the wrong taxpayer', 'corrected', now, [filed()], true, 'zeroed'],
    ['the right one after it', 'corrected', now, [filed({ kind: 'zeroed', compensationCents: 0 })], false, 'refiled'],
    ['nothing more once it is', 'corrected', now, [filed({ kind: 'refiled', submission: 3 })], false, undefined],
    ['who is exempt after all', 'corrected', year2026({ ...W9, duty: 'exempt' }, 3_000_00), [filed()], false, 'zeroed'],
    ['all that came back', 'corrected', year2026(W9, 0), [filed()], false, 'zeroed'],
    [
      'nothing below nothing',
      'corrected',
      year2026(W9, -5_00),
      [filed({ kind: 'zeroed', compensationCents: 0 })],
      false,
      undefined,
    ],
    ['nothing while something is wrong', 'original', year2026(undefined, 3_000_00), [], false, undefined],
  ];
  test.each(cases)('%s', (_, mode, assessment, before, other, kind) => {
    expect(nextRecord(mode, IRS, { assessment, filed: before, combinedStates: [] }, other)).toBe(kind);
  });

  test('is never less than nothing, and names the taxpayer as filed only to take a return back', () => {
    expect(amountsOf(year2026(W9, -5))).toEqual({ compensationCents: 0, withheldCents: 0 });
    const payee: PayeeYear = {
      partnerId: 'p',
      assessment: year2026({ ...W9, version: 2, tinLast4: '1111' }, 3_000_00),
      filed: [filed()],
    };
    const taken = recordOf({ payee, kind: 'zeroed', before: filed() }, IRS, 1);
    expect(taken).toMatchObject({
      formVersion: 1,
      tinLast4: '6789',
      compensationCents: 0,
      corrects: { submission: 1, compensationCents: 3_000_00 },
    });
    expect(recordOf({ payee, kind: 'corrected', before: filed() }, IRS, 1)).toMatchObject({
      formVersion: 2,
      tinLast4: '1111',
    });
  });
});

const payees = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 400 }),
      cents: fc.integer({ min: -100_00, max: 5_000_00 }),
      withheldCents: fc.constantFrom(0, 0, 0, 100),
      form: fc.constantFrom<TaxFormOnFile | undefined>(
        W9,
        { ...W9, state: 'WI' },
        { ...W9, duty: 'exempt' },
        undefined,
      ),
    }),
    { selector: ({ id }) => id, maxLength: 250 },
  )
  .map((found) =>
    found.map(
      ({ id, cents, withheldCents, form }): PayeeYear => ({
        partnerId: `ptr_${String(id).padStart(16, '0')}`,
        assessment: year2026(form, cents, { withheldCents }),
        filed: [],
      }),
    ),
  );

/** Files whatever a mode has left, pass by pass, as the job does; `other` are places `<partner>#<destination>` of another taxpayer. */
function fileAll(mode: Mode, all: readonly PayeeYear[], combined: string[], other: Set<string>, first = 1) {
  const byId = new Map(all.map((payee) => [payee.partnerId, payee]));
  const sizes: number[] = [];
  const states = [...new Set(all.flatMap((payee) => statesOf(payee, combined)))];
  let number = first;
  for (const pass of passesOf(mode, states)) {
    const { destination } = pass;
    const ordered = [...byId.values()].sort((a, b) => (a.partnerId < b.partnerId ? -1 : 1));
    const entries = ordered.flatMap((payee) => {
      const otherTaxpayer = other.has(`${payee.partnerId}#${destination}`) && pass.kind === 'corrected';
      return entryAt(mode, pass, payee, { combinedStates: combined, otherTaxpayer }) ?? [];
    });
    for (let start = 0; start < entries.length; start += MOST_PAYEES, number += 1) {
      const together = entries.slice(start, start + MOST_PAYEES);
      sizes.push(together.length);
      for (const [place, entry] of together.entries()) {
        const record = { ...recordOf(entry, destination, place + 1), destination, submission: number };
        const { payee } = entry;
        const kept = payee.filed.filter((one) => one.destination !== destination);
        byId.set(payee.partnerId, { ...payee, filed: [...kept, record] });
      }
    }
  }
  return { all: [...byId.values()], sizes };
}

describe('laws', () => {
  const sumUp = (all: readonly PayeeYear[], combined: string[]) =>
    summarize(all.map((payee) => ({ ...payee, due: due(IRS, { ...payee, combinedStates: combined }) })));

  test('every file keeps to what the portal takes, everybody due is filed once, and every cent is in one place', () => {
    fc.assert(
      fc.property(payees, fc.subarray(['CO', 'WI']), (before, combined) => {
        const { all, sizes } = fileAll('original', before, combined, new Set());
        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(MOST_PAYEES);
        expect(MOST_PAYEES).toBeLessThanOrEqual(MOST_RECORDS);
        const summary = sumUp(all, combined);
        expect(summary.due).toEqual({ payees: 0, cents: 0 });
        expect(summary.changed.cents).toBe(0);
        expect(summary.grossCents).toBe(before.reduce((sum, { assessment }) => sum + assessment.grossCents, 0));
        // Once more in either mode there is nothing to do.
        expect(fileAll('original', all, combined, new Set()).sizes).toEqual([]);
        expect(fileAll('corrected', all, combined, new Set()).sizes).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('after corrections every return says what the ledger says, and there is nothing left to correct', () => {
    fc.assert(
      fc.property(payees, fc.array(fc.integer({ min: -100_00, max: 5_000_00 }), { minLength: 1 }), (before, cents) => {
        const { all } = fileAll('original', before, [], new Set());
        const changed = all.map(
          (payee, place): PayeeYear => ({
            ...payee,
            assessment: year2026({ ...W9, version: 2 }, cents[place % cents.length]!),
          }),
        );
        const other = new Set(
          changed.filter((_, place) => place % 3 === 0).map(({ partnerId }) => `${partnerId}#${IRS}`),
        );
        const { all: after } = fileAll('corrected', changed, [], other, 100);
        for (const { assessment, filed: records } of after) {
          const atIrs = records.find(({ destination, kind }) => destination === IRS && kind !== 'zeroed');
          if (atIrs) expect(atIrs.compensationCents).toBe(amountsOf(assessment).compensationCents);
        }
        expect(fileAll('corrected', after, [], new Set()).sizes).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

test('the form of 2026 has box 1 in four parts, and what commissions do not fill is never filled', () => {
  const filledOf = (year: number) =>
    boxesOf(year)
      .filter(({ filledBy }) => filledBy)
      .map(({ box }) => box);
  expect(boxesOf(2026).map(({ box }) => box)).toEqual(['1a', '1b', '1c', '1d', '2', '3', '4', '5', '6', '7']);
  expect(boxesOf(2025).map(({ box }) => box)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  expect(filledOf(2026)).toEqual(['1a', '4', '5', '6', '7']);
  expect(filledOf(2024)).toEqual(['1', '4', '5', '6', '7']);
});
