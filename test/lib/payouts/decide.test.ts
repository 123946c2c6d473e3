import { expect, test } from 'vitest';
import type { Enrolment, Partner } from '../../../lib/partners/partner.ts';
import { decide } from '../../../lib/payouts/decide.ts';
import { PayoutTerms } from '../../../lib/programs/program.ts';
import type { TaxFormOnFile } from '../../../lib/tax/form-on-file.ts';
import { withNotice } from '../../../lib/tax/name-notice.ts';
import { chain, line } from '../../support/ledgers.ts';
import { ANN, PROGRAM } from '../../support/orders.ts';

const head = chain([
  { kind: 'accrual', today: '2026-03-15', lines: [line(300_000)] },
  { kind: 'release', through: '2026-04-14' },
]).at(-1);
const program = { currency: 'USD', timeZone: 'UTC', payoutTerms: PayoutTerms.parse({}) };
const at = '2026-06-01T08:00:00.000Z';
const agreement = { version: '1', acceptedAt: at, acceptedBy: 'ann' };
const enrolment: Enrolment = {
  ...{ programId: PROGRAM, partnerId: ANN, status: 'active', group: 'default', agreement, enrolledAt: at },
};
const ann: Partner = {
  ...{ partnerId: ANN, name: 'Ann', email: 'ann@example.com', type: 'content', country: 'US', taxFormOnFile: false },
  ...{ payoutMethod: { rail: 'external' }, createdAt: at },
};
const form: TaxFormOnFile = {
  ...{ version: 1, form: 'w9', duty: 'report', why: 'Reported.', signedOn: '2026-01-02', receivedAt: at, warnings: [] },
  notices: withNotice([], '2026-03-27'),
};
const noticed = { ...ann, taxFormOnFile: true, taxForm: form };
const decided = (partner: Partner, withholding: 'wait' | 'withhold', over: object = {}) => {
  const decision = decide({ ...program, ...over }, enrolment, partner, head, at, { withholding });
  return decision.outcome === 'exclude' ? decision.reasons.map(({ code }) => code) : decision;
};

test('without a setting a payment that needs tax withheld waits', () => {
  expect(decided(ann, 'wait')).toEqual(['tax-form-missing']);
  expect(decided(noticed, 'wait')).toEqual(['tax-withholding-due']);
});

test('by the brand’s setting it is paid, and says why tax is withheld', () => {
  expect(decided(ann, 'withhold')).toMatchObject({ outcome: 'pay', cents: 300_000, withholding: /./ });
  expect(decided(noticed, 'withhold')).toMatchObject({
    outcome: 'pay',
    withholding: expect.stringContaining('2026-03-27'),
  });
  expect(decided({ ...ann, taxFormOnFile: true }, 'withhold')).toEqual({
    outcome: 'pay',
    cents: 300_000,
    rail: 'external',
  });
});

test('it waits all the same in another currency than that of the law, for a foreigner’s work, and for an outdated form', () => {
  expect(decided(ann, 'withhold', { currency: 'EUR' })).toEqual(['tax-form-missing']);
  const w8 = { ...form, form: 'w8ben', duty: 'foreign', servicesPerformed: 'inside-us', notices: [] } as const;
  expect(decided({ ...noticed, taxForm: w8 }, 'withhold')).toEqual(['tax-withholding-due']);
  expect(decided({ ...ann, country: 'DE' }, 'withhold')).toEqual(['tax-form-missing']);
  expect(decided({ ...noticed, taxForm: { ...form, outdatedSince: at } }, 'withhold')).toEqual(['tax-form-outdated']);
});
