import * as z from 'zod';
import { PartnerId } from '../../partners/partner.ts';
import { DayField } from '../../programs/program.ts';
import { TaxForm } from '../../tax/accept-form.ts';
import { TaxSettings } from '../../tax/tax-settings.ts';
import { TIN_MATCH_CODES } from '../../tax/tin-match.ts';
import type { Contracts } from '../contract.ts';
import { SharedNumberAnswer } from './shared-number.ts';

const NoticeAnswer = z.object({
  number: z.int().meta({ description: '2 when it is the second within three calendar years' }),
  receivedOn: z.string(),
  writeBy: z.string().meta({ description: 'Last day on which the partner may be written to: 15 business days' }),
  withholdAfter: z
    .string()
    .meta({ description: 'Payments after this day wait, or have tax withheld: 30 business days' }),
  answeredOn: z.string().optional(),
});

const TaxFormAnswer = z
  .object({
    partnerId: z.string(),
    version: z.int(),
    form: z.enum(['w9', 'w8ben', 'w8ben-e']),
    duty: z.enum(['report', 'exempt', 'foreign']).meta({ description: 'Whether payments belong on a Form 1099-NEC' }),
    why: z.string(),
    tinType: z.enum(['ssn', 'itin', 'atin', 'ein']).optional(),
    tinLast4: z.string().optional().meta({ description: 'All of the number that is ever shown' }),
    state: z.string().optional(),
    country: z.string().optional(),
    servicesPerformed: z.enum(['outside-us', 'inside-us', 'both']).optional(),
    signedOn: z.string(),
    receivedAt: z.string(),
    expiresAfter: z.string().optional(),
    warnings: z.array(z.string()),
    outdatedSince: z.string().optional(),
    tinMatch: z.object({ code: z.int(), words: z.string(), at: z.string() }).optional(),
    notices: z.array(NoticeAnswer),
    problems: z
      .array(z.object({ code: z.string(), words: z.string() }))
      .meta({ description: 'Why the form lets no money go today; the same reasons stand in payout runs' }),
    withholding: z.string().optional().meta({
      description: 'Why tax is withheld from payments in dollars, when the brand’s tax settings say to withhold',
    }),
    revision: z.int().meta({ description: 'Of the partner' }),
  })
  .meta({ id: 'TaxForm' });

const params = z.strictObject({ partnerId: PartnerId });
const noForm = { 'no-such-tax-form': 'The partner has no tax form here' };

const formExample = {
  form: 'w9',
  person: { first: 'Mara', last: 'Lindt' },
  businessName: 'Trail Notes',
  taxClass: 'individual',
  address: { line1: '12 Ridge Road', city: 'Boulder', state: 'CO', zip: '80302' },
  tin: { box: 'ssn', number: '123-45-6789' },
  signature: { name: 'Mara Lindt', signedOn: '2026-03-28', underPenaltiesOfPerjury: true },
};
const answerExample = {
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  version: 1,
  form: 'w9',
  duty: 'report',
  why: 'An individual, sole proprietor or owner of a disregarded LLC is reported.',
  tinType: 'ssn',
  tinLast4: '6789',
  state: 'CO',
  signedOn: '2026-03-28',
  receivedAt: '2026-03-29T10:00:00.000Z',
  warnings: [],
  notices: [],
  problems: [],
  revision: 2,
};
const noticeExample = {
  number: 1,
  receivedOn: '2026-03-27',
  writeBy: '2026-04-17',
  withholdAfter: '2026-05-08',
};
const Year = z.string().regex(/^20\d{2}$/, 'must be a year, e.g. 2026');
const unseeded = { 'tax-year-unseeded': 'The figures of the year are not known to this version' };
const PaidAnswer = z.object({
  programId: z.string(),
  currency: z.string(),
  paidCents: z.int().meta({ description: 'Before what was withheld' }),
  withheldCents: z.int(),
  byRail: z
    .record(z.string(), z.int())
    .meta({ description: 'Of `paidCents`; what was paid before rails were noted is in none' }),
});
const SettingsAnswer = z
  .object({
    withholding: z.enum(['wait', 'withhold']),
    reporting: z.record(z.string(), z.enum(['brand', 'provider'])),
    revision: z.int().meta({ description: '0 while nobody has set anything' }),
  })
  .meta({ id: 'TaxSettings' });
const settingsExample = { withholding: 'withhold', reporting: { external: 'provider' } };
const PROOF = z.enum(['verified', 'unverified']);

export const taxFormsContracts = {
  setTaxForm: {
    params,
    body: TaxForm,
    answer: TaxFormAnswer,
    status: 200,
    revises: true,
    examples: { body: formExample, answer: answerExample },
  },
  getTaxForm: { params, answer: TaxFormAnswer, status: 200, refusals: noForm, examples: { answer: answerExample } },
  addNameNotice: {
    params,
    body: z.strictObject({ receivedOn: DayField.describe('Day on which the IRS’s list (CP2100, CP2100A) came') }),
    answer: TaxFormAnswer,
    status: 200,
    repeat: 'natural',
    refusals: { ...noForm, 'not-a-w9': 'The IRS checks names and numbers of W-9s only' },
    examples: { body: { receivedOn: '2026-03-27' }, answer: { ...answerExample, notices: [noticeExample] } },
  },
  recordTinMatches: {
    text: 'text/csv',
    maxBytes: 256 * 1024,
    answer: z.object({
      recorded: z.int(),
      unchanged: z.int(),
      otherForm: z
        .array(z.string())
        .meta({ description: 'Partners whose present form has another number than the one that was asked for' }),
      unknown: z.array(z.string()).meta({ description: 'Accounts that are no partner with a W-9 here' }),
      findings: z.array(z.object({ partnerId: z.string(), code: z.int(), words: z.string() })),
    }),
    status: 200,
    repeat: 'natural',
    refusals: { 'too-many-lines': 'More than 500 lines; send the file in parts' },
    examples: {
      body: '2;123456789;Mara Lindt;ptr_01kp3q8z4m7yc2hd;3\n',
      answer: {
        recorded: 1,
        unchanged: 0,
        otherForm: [],
        unknown: [],
        findings: [{ partnerId: 'ptr_01kp3q8z4m7yc2hd', code: 3, words: TIN_MATCH_CODES[3] }],
      },
    },
  },
  getPartnerTaxYear: {
    params: z.strictObject({ partnerId: PartnerId, year: Year }),
    answer: z
      .object({
        partnerId: z.string(),
        year: z.int(),
        grossCents: z.int().meta({
          description:
            'What the brand reports: paid in the year by the day of payment, in US dollars, before what was withheld',
        }),
        withheldCents: z.int().meta({ description: 'Federal income tax withheld' }),
        reportedByProvider: z
          .array(z.object({ rail: z.string(), paidCents: z.int() }))
          .meta({ description: 'Not in the sum: the provider of the rail reports it, by the brand’s tax settings' }),
        federal: z.object({ file: z.boolean(), words: z.string() }),
        state: z
          .object({
            state: z.string(),
            file: z.boolean().optional().meta({ description: 'Left out where no rule of the state is known here' }),
            proof: PROOF,
            words: z.string(),
          })
          .optional(),
        taxpayer: SharedNumberAnswer,
        notCounted: z.array(PaidAnswer).meta({ description: 'Payments in other currencies, not in the sum' }),
      })
      .meta({ id: 'PartnerTaxYear' }),
    status: 200,
    refusals: unseeded,
    examples: {
      answer: {
        partnerId: 'ptr_01kp3q8z4m7yc2hd',
        year: 2026,
        grossCents: 215_000,
        withheldCents: 0,
        reportedByProvider: [],
        federal: { file: true, words: '2,150.00 USD was paid in 2026; the threshold is 2,000.00 USD.' },
        state: {
          state: 'CO',
          file: true,
          proof: 'unverified',
          words: '2,150.00 USD was paid in 2026; the threshold of CO is 600.00 USD (unverified).',
        },
        notCounted: [],
      },
    },
  },
  getTaxSettings: {
    answer: SettingsAnswer,
    status: 200,
    examples: { answer: { withholding: 'wait', reporting: {}, revision: 0 } },
  },
  setTaxSettings: {
    body: TaxSettings,
    answer: SettingsAnswer,
    status: 200,
    revises: true,
    examples: { body: settingsExample, answer: { ...settingsExample, revision: 1 } },
  },
  getTaxYear: {
    params: z.strictObject({ year: Year }),
    answer: z
      .object({
        year: z.int(),
        thresholdCents: z.int(),
        backupWithholdingBps: z.int(),
        form: z.string().meta({ description: 'Revision of Form 1099-NEC' }),
        due: z.string(),
        proof: z.object({ threshold: PROOF, backupWithholding: PROOF, form: PROOF, due: PROOF }),
        states: z.array(
          z.object({ state: z.string(), thresholdCents: z.int(), proof: PROOF, note: z.string().optional() }),
        ),
      })
      .meta({ id: 'TaxYear' }),
    status: 200,
    refusals: unseeded,
    examples: {
      answer: {
        year: 2026,
        thresholdCents: 200_000,
        backupWithholdingBps: 2_400,
        form: 'December 2026',
        due: '2027-02-01',
        proof: { threshold: 'verified', backupWithholding: 'unverified', form: 'unverified', due: 'verified' },
        states: [{ state: 'AL', thresholdCents: 150_000, proof: 'unverified' }],
      },
    },
  },
} satisfies Contracts<
  | 'setTaxForm'
  | 'getTaxForm'
  | 'addNameNotice'
  | 'recordTinMatches'
  | 'getPartnerTaxYear'
  | 'getTaxSettings'
  | 'setTaxSettings'
  | 'getTaxYear'
>;
