import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GateInput, gate } from '../../../lib/payouts/gate.ts';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';

const agreed = { version: '2', acceptedAt: '2026-01-01T00:00:00.000Z', acceptedBy: 'ann@example.com' };
const w8: TaxFormOnFile = {
  ...{ version: 1, form: 'w8ben', duty: 'foreign', why: 'Foreign.', servicesPerformed: 'outside-us', country: 'DE' },
  ...{ signedOn: '2022-06-01', receivedAt: '2022-06-01T00:00:00.000Z', warnings: [], notices: [] },
};
const withForm = (form: Partial<TaxFormOnFile>) => ({
  partner: { ...ready.partner, taxForm: { ...w8, ...form } },
});
const ready: GateInput = {
  balances: { payable: 5000, receivable: 0 },
  currency: 'USD',
  enrolment: { status: 'active', agreement: agreed },
  partner: { taxFormOnFile: true, payoutMethod: { rail: 'external' } },
  terms: { minimumCents: 5000, agreementVersion: '2', taxFormRequired: true },
  today: '2026-03-29',
};

test('who has everything is paid, from exactly the minimum on', () => expect(gate(ready)).toEqual([]));

describe('who is not paid is told why:', () => {
  test.each<[string, Partial<GateInput>, string, string]>([
    ['nothing there', { balances: { payable: 0, receivable: 0 } }, 'nothing-payable', 'Nothing is payable.'],
    [
      'a cent too little',
      { balances: { payable: 4999, receivable: 0 } },
      'below-minimum',
      '49.99 USD is payable; payments start at 50.00 USD.',
    ],
    [
      'less than the partner wants at once',
      { enrolment: { status: 'active', agreement: agreed, payoutPreferences: { minimumCents: 5001 } } },
      'below-own-minimum',
      '50.00 USD is payable; the partner asked to be paid from 50.01 USD on.',
    ],
    [
      'a day before the partner wants it',
      { enrolment: { status: 'active', agreement: agreed, payoutPreferences: { deferUntil: '2026-03-30' } } },
      'deferred',
      'The partner asked not to be paid before 2026-03-30.',
    ],
    [
      'owing',
      { balances: { payable: 0, receivable: -1250 } },
      'owes',
      '12.50 USD is owed, since more was taken back than was payable; what is earned next repays it first.',
    ],
    [
      'no agreement',
      { enrolment: { status: 'active' } },
      'agreement-missing',
      'Version 2 of the agreement must be accepted; no version has been accepted.',
    ],
    [
      'an old agreement',
      { enrolment: { status: 'active', agreement: { ...agreed, version: '1' } } },
      'agreement-missing',
      'Version 2 of the agreement must be accepted; version 1 was accepted.',
    ],
    [
      'no tax form',
      { partner: { taxFormOnFile: false, payoutMethod: { rail: 'external' } } },
      'tax-form-missing',
      'A tax form must be on file before the first payment; none is.',
    ],
    [
      'a tax form that has expired',
      withForm({ expiresAfter: '2026-03-28' }),
      'tax-form-expired',
      'The tax form was valid until 2026-03-28; a new one is needed.',
    ],
    [
      'a tax form that speaks of another country',
      withForm({ outdatedSince: '2026-03-01T00:00:00.000Z' }),
      'tax-form-outdated',
      'The partner’s country changed on 2026-03-01; a new tax form is needed.',
    ],
    [
      'work in the United States by a foreigner',
      withForm({ servicesPerformed: 'both' }),
      'tax-withholding-due',
      'Work done in the United States by a foreign person needs 30 % withheld and Form 1042-S, which is not done here; pay by other means.',
    ],
    [
      'a notice of the IRS that is thirty business days old',
      withForm({
        ...{ form: 'w9', servicesPerformed: undefined },
        notices: [{ number: 1, receivedOn: '2026-02-01', writeBy: '2026-02-23', withholdAfter: '2026-03-28' }],
      }),
      'tax-withholding-due',
      'The IRS said on 2026-02-01 that name and number do not match, so payments after 2026-03-28 would need 24 % withheld; they wait for a new W-9.',
    ],
    [
      'no payout method',
      { partner: { taxFormOnFile: true } },
      'payout-method-missing',
      'No payout method has been set.',
    ],
    [
      'a paused enrolment',
      { enrolment: { status: 'paused', agreement: agreed } },
      'enrolment-not-active',
      'The enrolment in the program is paused; payments need it active.',
    ],
    [
      'an ended enrolment',
      { enrolment: { status: 'ended', agreement: agreed } },
      'enrolment-not-active',
      'The enrolment in the program is ended; payments need it active.',
    ],
  ])('%s', (_, over, code, words) => expect(gate({ ...ready, ...over })).toEqual([{ code, words }]));

  test('all reasons at once', () => {
    const codes = gate({
      ...ready,
      balances: { payable: 1, receivable: 0 },
      enrolment: { status: 'paused' },
      partner: { taxFormOnFile: false },
    }).map(({ code }) => code);
    expect(codes).toEqual([
      'below-minimum',
      'agreement-missing',
      'tax-form-missing',
      'payout-method-missing',
      'enrolment-not-active',
    ]);
  });
});

test('no tax form is asked for where the terms ask for none', () => {
  const partner = { taxFormOnFile: false, payoutMethod: { rail: 'external' } as const };
  expect(gate({ ...ready, partner, terms: { ...ready.terms, taxFormRequired: false } })).toEqual([]);
});

test('a form that holds lets money go on its last day; where none is asked for, only tax to be withheld stops it', () => {
  expect(gate({ ...ready, ...withForm({ expiresAfter: '2026-03-29' }) })).toEqual([]);
  const terms = { ...ready.terms, taxFormRequired: false };
  expect(gate({ ...ready, ...withForm({ expiresAfter: '2026-03-28' }), terms })).toEqual([]);
  const codes = gate({ ...ready, ...withForm({ servicesPerformed: 'inside-us' }), terms }).map(({ code }) => code);
  expect(codes).toEqual(['tax-withholding-due']);
});

test('nobody passes with nothing to pay, below the minimum or in debt, whatever the minimum', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.boolean(), fc.nat(10_000), (amount, owes, minimumCents) => {
      const balances = owes ? { payable: 0, receivable: -amount } : { payable: amount, receivable: 0 };
      const passes = gate({ ...ready, balances, terms: { ...ready.terms, minimumCents } }).length === 0;
      expect(passes).toBe(!owes && amount > 0 && amount >= minimumCents);
    }),
  );
});
