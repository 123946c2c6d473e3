import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import type { PaidByProgram } from '../../../lib/tax/partner-year.ts';
import { taxYear } from '../../../lib/tax/tax-year.ts';
import { currentFingerprint, taxpayerFingerprint } from '../../../lib/tax/taxpayer.ts';
import { type Assessment, assess, assessTogether } from '../../../lib/tax/year-end/assess.ts';
import { amountsOf, due, IRS } from '../../../lib/tax/year-end/filing.ts';

const RULES = taxYear(2026);
const EVERYTHING = { reporting: {} };
const formOf = (over: Partial<TaxFormOnFile> = {}): TaxFormOnFile => ({
  ...{ version: 1, form: 'w9', duty: 'report', why: 'An individual is reported.', tinType: 'ssn', tinLast4: '6789' },
  ...{ state: 'CO', signedOn: '2026-01-02', receivedAt: '2026-01-02T00:00:00.000Z', warnings: [], notices: [] },
  ...over,
});
const paid = (paidCents: number, more: Partial<PaidByProgram> = {}): PaidByProgram => ({
  ...{ programId: 'prg_a', currency: 'USD', paidCents, withheldCents: 0, byRail: {} },
  ...more,
});

interface Given {
  readonly form?: TaxFormOnFile;
  readonly paid: readonly PaidByProgram[];
}

/** Partners a, b, c … with one taxpayer number, as file-1099 judges them. */
function judged(given: readonly Given[], settings: Parameters<typeof assess>[3] = EVERYTHING): Assessment[] {
  const members = given.map(({ form = formOf(), paid: payments }, place) => ({
    partnerId: 'abcdef'[place]!,
    form,
    year: assess(RULES, form, payments, settings),
  }));
  return assessTogether(RULES, members);
}

/** What is filed at the IRS and at a state that takes its own file, and which problems there are. */
const told = (one: Assessment) => ({
  irs: due(IRS, { assessment: one, filed: [], combinedStates: [] }),
  state: one.state?.file,
  problems: one.problems.map(({ code }) => code),
});

describe('partners with one number', () => {
  const exempt = formOf({ duty: 'exempt', why: 'A corporation is exempt.' });
  test.each<[what: string, given: Given[], of: ReturnType<typeof told>[], together: number]>([
    [
      'reach a threshold together that neither reaches alone: $1,200 and $800, from $2,000 on',
      [{ paid: [paid(1_200_00)] }, { paid: [paid(800_00)] }],
      [
        { irs: true, state: true, problems: [] },
        { irs: true, state: true, problems: [] },
      ],
      2_000_00,
    ],
    [
      'stay below it together by a cent, and reach that of Colorado',
      [{ paid: [paid(1_999_98)] }, { paid: [paid(1)] }],
      [
        { irs: false, state: true, problems: [] },
        { irs: false, state: true, problems: [] },
      ],
      1_999_99,
    ],
    [
      'are compared with the threshold of each one’s state: $700 is due in Colorado and not in California',
      [{ paid: [paid(300_00)] }, { form: formOf({ state: 'CA' }), paid: [paid(400_00)] }],
      [
        { irs: false, state: true, problems: [] },
        { irs: false, state: false, problems: [] },
      ],
      700_00,
    ],
    [
      'are all reported at any amount once tax was withheld from one',
      [{ paid: [paid(100_00, { withheldCents: 24_00 })] }, { paid: [paid(5_00)] }],
      [
        { irs: true, state: true, problems: [] },
        { irs: true, state: true, problems: [] },
      ],
      105_00,
    ],
    [
      'and one of them exempt: that one’s money does not count, and one of the forms is wrong',
      [{ paid: [paid(1_500_00)] }, { form: exempt, paid: [paid(9_000_00)] }],
      [
        { irs: false, state: true, problems: ['same-number-exempt'] },
        { irs: false, state: false, problems: [] },
      ],
      1_500_00,
    ],
    [
      'wait for each other where one was paid in another currency',
      [{ paid: [paid(1_500_00)] }, { paid: [paid(600_00), paid(1, { currency: 'EUR' })] }],
      [
        { irs: true, state: true, problems: ['same-number-unclear'] },
        { irs: true, state: true, problems: ['other-currency'] },
      ],
      2_100_00,
    ],
    [
      'wait for each other where one comes to less than nothing',
      [{ paid: [paid(2_500_00)] }, { paid: [paid(-300_00)] }],
      [
        { irs: true, state: true, problems: ['same-number-unclear'] },
        { irs: false, state: false, problems: [] },
      ],
      2_200_00,
    ],
  ])('%s', (_, given, of, grossCents) => {
    const all = judged(given);
    expect(all.map(told)).toEqual(of);
    expect(all.map(({ taxpayer }) => taxpayer?.grossCents)).toEqual(given.map(() => grossCents));
    expect(all[0]!.taxpayer?.partnerIds).toEqual(['b']);
    expect(all[1]!.taxpayer?.partnerIds).toEqual(['a']);
  });

  test('and nothing on a return of one of them: none is made for what a provider reports', () => {
    const given = [{ paid: [paid(2_500_00)] }, { paid: [paid(900_00, { byRail: { paypal: 900_00 } })] }];
    const [first, second] = judged(given, { reporting: { paypal: 'provider' } });
    expect([told(first!).irs, told(second!).irs]).toEqual([true, false]);
    expect(second!.federal.words).toBe('Nothing that you report was paid to this partner.');
  });

  test('say so in words, with the sum that decided and no number', () => {
    const [one] = judged([{ paid: [paid(1_200_00)] }, { paid: [paid(800_00)] }, { paid: [paid(1)] }]);
    expect(one!.taxpayer?.words).toBe('b, c have the same taxpayer number; 2,000.01 USD is reported of all together.');
    expect(one!.federal.words).toContain('2,000.01 USD was paid in 2026; the threshold is 2,000.00 USD. All partners');
    expect(one).toMatchObject({ grossCents: 1_200_00 });
  });
});

describe('laws', () => {
  const payments = fc.array(
    fc.record({
      cents: fc.integer({ min: 1, max: 1_500_00 }),
      // A quarter of the payments has tax withheld.
      withheld: fc.nat(3).map((one) => one === 0),
      to: fc.nat(3),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const dueSum = (all: readonly Assessment[], destination: string) =>
    all
      .filter((one) => due(destination, { assessment: one, filed: [], combinedStates: [] }))
      .map(amountsOf)
      .reduce(
        (sum, one) => ({
          compensationCents: sum.compensationCents + one.compensationCents,
          withheldCents: sum.withheldCents + one.withheldCents,
        }),
        { compensationCents: 0, withheldCents: 0 },
      );

  test('payments of one payee that are split over several partners with one number never change what is due in sum', () => {
    fc.assert(
      fc.property(payments, fc.constantFrom('CO', 'CA', 'TX'), (all, state) => {
        const form = formOf({ state });
        const asPaid = all.map(({ cents, withheld }) =>
          paid(cents, { withheldCents: withheld ? Math.floor(cents * 0.24) : 0 }),
        );
        const whole = assess(RULES, form, asPaid, EVERYTHING);
        const parts = [0, 1, 2, 3].flatMap((to) => {
          const own = asPaid.filter((_, place) => all[place]!.to === to);
          return own.length > 0 ? [{ form, paid: own }] : [];
        });
        const split = parts.length > 1 ? judged(parts) : parts.map((one) => assess(RULES, form, one.paid, EVERYTHING));
        for (const destination of [IRS, state]) {
          expect(dueSum(split, destination)).toEqual(dueSum([whole], destination));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('judged again, also in another order, they come to the same', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_500_00 }), { minLength: 2, maxLength: 5 }), (cents) => {
        const all = judged(cents.map((one) => ({ paid: [paid(one)] })));
        const members = all.map((year, place) => ({ partnerId: 'abcdef'[place]!, form: formOf(), year }));
        expect(assessTogether(RULES, members)).toEqual(all);
        expect(assessTogether(RULES, members.toReversed())).toEqual(all.toReversed());
      }),
    );
  });
});

describe('a fingerprint', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  test('is the same for a number however it is written, and another for another box, number or key', () => {
    const one = taxpayerFingerprint(key, 'ssn', '123-45-6789');
    expect(taxpayerFingerprint(key, 'ssn', '123456789')).toBe(one);
    const others = [
      taxpayerFingerprint(key, 'ein', '12-3456789'),
      taxpayerFingerprint(key, 'ssn', '123-45-6780'),
      taxpayerFingerprint(Buffer.alloc(32, 8).toString('base64'), 'ssn', '123-45-6789'),
    ];
    expect(new Set([one, ...others]).size).toBe(4);
    expect(one).toMatch(/^[\w-]{43}$/);
    expect(() => taxpayerFingerprint('c2hvcnQ=', 'ssn', '123-45-6789')).toThrow('32 bytes');
  });

  test('counts only for the W-9 that is on file', () => {
    const known = { fingerprint: 'f', formVersion: 2 };
    expect(currentFingerprint({ form: 'w9', version: 2 }, known)).toBe('f');
    expect(currentFingerprint({ form: 'w9', version: 3 }, known)).toBeUndefined();
    expect(currentFingerprint({ form: 'w8ben', version: 2 }, known)).toBeUndefined();
    expect(currentFingerprint(undefined, known)).toBeUndefined();
  });
});
