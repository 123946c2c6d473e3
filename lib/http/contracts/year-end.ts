import * as z from 'zod';
import { TaxFiler } from '../../tax/year-end/filer.ts';
import { NewIrisHeader } from '../../tax/year-end/iris-header.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';
import { SharedNumberAnswer } from './shared-number.ts';

const Year = z.string().regex(/^20[2-9]\d$/, 'must be a year from 2020 on, e.g. 2026');
const params = z.strictObject({ year: Year });

const FilerAnswer = z
  .object({
    ...TaxFiler.omit({ ein: true }).shape,
    einLast4: z.string().meta({ description: 'All of the number that is ever shown' }),
    changedAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'TaxFilerOnFile' });
const filerExample = {
  name: 'Aurora Outdoor Inc',
  ein: '12-3456789',
  address: { line1: '1 Market St', city: 'San Francisco', state: 'CA', zip: '94105' },
  phone: '4155550100',
  email: 'tax@aurora.example',
  contact: 'Ben Ito',
  stateIds: { CO: '12345678' },
  combinedStates: ['CA'],
};
const { ein: _, ...profileExample } = filerExample;
const filerAnswerExample = {
  ...profileExample,
  einLast4: '6789',
  changedAt: '2027-01-04T10:00:00.000Z',
  revision: 1,
};

const HeaderAnswer = z
  .object({
    year: z.int(),
    columns: z
      .array(z.object({ title: z.string(), fill: z.string() }))
      .meta({ description: 'Titles as they were pasted, and what each column is filled with' }),
    known: z.boolean().meta({ description: 'Whether this version brought it along; false for one that was pasted' }),
    revision: z.int().meta({ description: '0 for one that this version brought along' }),
  })
  .meta({ id: 'IrisHeader' });
const HEADER_ROW =
  'Form Type,Tax Year,Issuer TIN,Issuer Business or Entity Name Line 1,Issuer Address Line 1,Issuer City,Issuer State,Issuer ZIP Code,' +
  'Recipient TIN Type,Recipient TIN,Recipient Business or Entity Name Line 1,Recipient First Name,Recipient Last Name,Recipient Address Line 1,' +
  'Recipient City,Recipient State,Recipient ZIP Code,Form Account Number,Box 1a - Nonemployee compensation,Box 4 - Federal income tax withheld,Season';
const headerExample = { header: HEADER_ROW, fields: { Season: 'blank' } };

const amounts = { compensationCents: z.int(), withheldCents: z.int() };
const RecordAnswer = z.object({
  destination: z.string().meta({ description: '`US`: the IRS; else the state that the record went to' }),
  submission: z.int(),
  recordId: z.int(),
  kind: z.enum(['original', 'corrected', 'zeroed', 'refiled']),
  tinLast4: z.string(),
  state: z.string().optional(),
  ...amounts,
});
const ReturnAnswer = z
  .object({
    partnerId: z.string(),
    grossCents: z.int(),
    withheldCents: z.int(),
    duty: z.enum(['report', 'exempt', 'foreign']),
    tinLast4: z.string().optional(),
    federal: z.object({ file: z.boolean(), words: z.string() }),
    state: z
      .object({
        state: z.string(),
        file: z.boolean().optional(),
        proof: z.enum(['verified', 'unverified']),
        words: z.string(),
      })
      .optional(),
    problems: z
      .array(z.object({ code: z.string(), words: z.string(), blocks: z.boolean() }))
      .meta({ description: 'What is wrong; no return is made while one `blocks`' }),
    taxpayer: SharedNumberAnswer,
    filed: z.array(RecordAnswer).meta({ description: 'The latest record at each destination' }),
    asOf: z.string().meta({ description: 'As-of time of the run that made the figures' }),
  })
  .meta({ id: 'TaxReturn' });

const SubmissionAnswer = z
  .object({
    number: z.int(),
    destination: z.string(),
    kind: z.enum(['original', 'corrected']),
    records: z.int(),
    ...amounts,
    partnerIds: z.array(z.string()).meta({ description: 'In the order of their records' }),
    asOf: z.string(),
    folder: z.string().meta({ description: 'Of the documents bucket; its files are removed after 30 days' }),
    files: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'SHA-256 by name; left out while they are being written' }),
    receiptId: z.string().optional(),
  })
  .meta({ id: 'TaxSubmission' });
const submissionExample = {
  number: 1,
  destination: 'US',
  kind: 'original' as const,
  records: 1,
  compensationCents: 215_000,
  withheldCents: 0,
  partnerIds: ['ptr_01kp3q8z4m7yc2hd'],
  asOf: '2027-01-11T10:00:00.000Z',
  folder: 'tax/brd_4k9w2x/2026/000001-US',
  files: { 'iris.csv': '3f0c…' },
};

const Part = z.object({ payees: z.int(), cents: z.int() });
const noSubmission = { 'no-such-submission': 'No run made a submission of this number' };

export const yearEndContracts = {
  setTaxFiler: {
    body: TaxFiler.meta({ id: 'TaxFiler' }),
    answer: FilerAnswer,
    status: 200,
    revises: true,
    examples: { body: filerExample, answer: filerAnswerExample },
  },
  getTaxFiler: {
    answer: FilerAnswer,
    status: 200,
    refusals: { 'no-such-tax-filer': 'The brand has not said how returns name it' },
    examples: { answer: filerAnswerExample },
  },
  setIrisHeader: {
    params,
    body: NewIrisHeader,
    answer: HeaderAnswer,
    status: 200,
    revises: true,
    examples: {
      body: headerExample,
      answer: { year: 2026, columns: [{ title: 'Form Type', fill: 'formType' }], known: false, revision: 1 },
    },
  },
  getIrisHeader: {
    params,
    answer: HeaderAnswer,
    status: 200,
    refusals: { 'no-such-iris-header': 'Nobody pasted one, and this version knows none of the year' },
    examples: {
      answer: { year: 2025, columns: [{ title: 'Form Type', fill: 'formType' }], known: true, revision: 0 },
    },
  },
  listTaxReturns: {
    params,
    query: z.strictObject(PAGING),
    answer: pageAnswer(ReturnAnswer),
    status: 200,
    examples: {
      answer: {
        items: [
          {
            partnerId: 'ptr_01kp3q8z4m7yc2hd',
            grossCents: 215_000,
            withheldCents: 0,
            duty: 'report',
            tinLast4: '6789',
            federal: { file: true, words: '2,150.00 USD was paid in 2026; the threshold is 2,000.00 USD.' },
            problems: [],
            filed: [
              {
                ...{ destination: 'US', submission: 1, recordId: 1, kind: 'original', tinLast4: '6789' },
                ...{ compensationCents: 215_000, withheldCents: 0 },
              },
            ],
            asOf: '2027-01-11T10:00:00.000Z',
          },
        ],
      },
    },
  },
  getTaxSummary: {
    params,
    answer: z
      .object({
        year: z.int(),
        payees: z.int(),
        grossCents: z.int().meta({ description: 'Paid in the year in US dollars; the parts below add up to it' }),
        reportedByProviderCents: z.int().meta({ description: 'Paid on rails whose provider reports; not in the sum' }),
        form945Cents: z.int().meta({ description: 'Backup withholding of the year, for Form 945' }),
        filed: Part.extend({ withheldCents: z.int() }),
        changed: Part.meta({ description: 'Filed returns that differ from the ledger by now, and by how much' }),
        due: Part,
        blocked: Part.meta({ description: 'Kept back by a problem, which the list of returns names' }),
        notDue: Part,
        asOf: z.string(),
      })
      .meta({ id: 'TaxSummary' }),
    status: 200,
    refusals: { 'no-such-tax-summary': 'file-1099 has not run for the year; a dry run makes its figures' },
    examples: {
      answer: {
        ...{ year: 2026, payees: 2, grossCents: 265_000, reportedByProviderCents: 0, form945Cents: 0 },
        filed: { payees: 1, cents: 215_000, withheldCents: 0 },
        changed: { payees: 0, cents: 0 },
        due: { payees: 0, cents: 0 },
        blocked: { payees: 0, cents: 0 },
        notDue: { payees: 1, cents: 50_000 },
        asOf: '2027-01-11T10:00:00.000Z',
      },
    },
  },
  listTaxSubmissions: {
    params,
    query: z.strictObject(PAGING),
    answer: pageAnswer(SubmissionAnswer),
    status: 200,
    examples: { answer: { items: [submissionExample] } },
  },
  recordTaxReceipt: {
    params: z.strictObject({
      year: Year,
      number: z.string().regex(/^[1-9]\d{0,5}$/, 'must be the number of a submission'),
    }),
    body: z.strictObject({
      receiptId: z
        .string()
        .regex(
          /^[A-Za-z0-9][A-Za-z0-9-]{3,79}$/,
          'must be the receipt as the IRS answered it, letters, digits and hyphens',
        ),
    }),
    answer: SubmissionAnswer,
    status: 200,
    refusals: noSubmission,
    examples: {
      body: { receiptId: '2027-71234567890-1a2b3c4d' },
      answer: { ...submissionExample, receiptId: '2027-71234567890-1a2b3c4d' },
    },
  },
} satisfies Contracts<
  | 'setTaxFiler'
  | 'getTaxFiler'
  | 'setIrisHeader'
  | 'getIrisHeader'
  | 'listTaxReturns'
  | 'getTaxSummary'
  | 'listTaxSubmissions'
  | 'recordTaxReceipt'
>;
