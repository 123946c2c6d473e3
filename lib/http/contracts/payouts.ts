import * as z from 'zod';
import { FINDING_KINDS } from '../../payouts/findings.ts';
import { FindingId, ItemId, MOST_ACKNOWLEDGED, RunId } from '../../payouts/order.ts';
import { PROVIDERS } from '../../payouts/rails/provider.ts';
import { ITEM_STATUSES, RAILS } from '../../payouts/run.ts';
import { CurrencyField, InstantField, LineField, ProgramId } from '../../programs/program.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';

const cents = z.int().meta({ description: 'Minor units' });
const instant = z.string();

export const PayoutAnswer = z
  .object({
    runId: z.string(),
    programId: z.string(),
    currency: z.string(),
    asOf: instant,
    status: z.enum(['drafting', 'awaiting-approval', 'approved', 'paying', 'paid', 'rejected', 'empty']),
    madeBy: z.string().meta({ description: 'The person who may not approve it' }),
    madeAt: instant,
    itemCount: z.int(),
    totalCents: cents.meta({ description: 'Minor units: what goes out' }),
    withheldCents: cents.optional().meta({ description: 'Tax kept back from its items, beside the total' }),
    withholdingCount: z
      .int()
      .optional()
      .meta({ description: 'Items under backup withholding, also those too small for any tax' }),
    excludedCount: z.int().meta({ description: 'Partners with money who are not paid; their reasons are listed' }),
    fileHash: z.string().optional().meta({ description: 'SHA-256 of the frozen payment file: what is approved' }),
    fileKey: z.string().optional().meta({ description: 'Where the file lies in the documents bucket' }),
    nachaKey: z
      .string()
      .optional()
      .meta({ description: 'The NACHA file, when accounts are paid by ACH; its hash stands in the payment file' }),
    ordersKey: z
      .string()
      .optional()
      .meta({ description: 'What PayPal and Wise are told to pay; its hash stands in the payment file too' }),
    approvedBy: z.string().optional(),
    approvedAt: instant.optional(),
    acknowledged: z.array(z.string()).readonly().optional().meta({
      description: 'The severe findings that were named in approving it',
    }),
    findings: z.object({ severe: z.int(), notable: z.int() }).optional().meta({
      description: 'How many findings the check before the approval made; absent while it is drafted',
    }),
    difference: z
      .object({
        runId: z.string(),
        asOf: instant,
        totalCents: cents,
        withheldCents: cents.optional().meta({ description: 'Tax that it withheld beside the total' }),
        payees: z
          .array(
            z.object({
              partnerId: z.string(),
              cents,
              previousCents: cents,
              withheldCents: cents.optional().meta({ description: 'Tax withheld beside `cents`' }),
              previousWithheldCents: cents.optional().meta({ description: 'Tax withheld beside `previousCents`' }),
            }),
          )
          .readonly()
          .meta({ description: 'Up to ten payees whose payments differ most; 0 for who was, or is, not paid' }),
      })
      .optional()
      .meta({ description: 'The last run before it that was approved, to compare with; absent on the first' }),
    rejectedBy: z.string().optional(),
    rejectedAt: instant.optional(),
    rejectedWhy: z.string().optional(),
  })
  .meta({ id: 'PayoutRun' });

const ExchangeAmount = z.object({ currency: z.string(), cents, journalId: z.string() });

const ItemAnswer = z
  .object({
    itemId: z.string(),
    runId: z.string(),
    partnerId: z.string(),
    amountCents: cents.meta({ description: 'Minor units: what goes out, without the tax withheld' }),
    withholding: z
      .object({ year: z.int(), cents, words: z.string() })
      .optional()
      .meta({ description: 'That the payment falls under backup withholding: what is kept back, and why' }),
    exchange: z
      .object({ from: ExchangeAmount, to: ExchangeAmount, rateId: z.string(), rate: z.string() })
      .optional()
      .meta({ description: 'What of it was exchanged from the program’s currency for this payment, by which rates' }),
    currency: z.string(),
    rail: z.enum(RAILS).meta({
      description:
        '`bank-csv`: in the file for the bank; `nacha`: in the NACHA file; `external`: the brand pays by hand and confirms; `paypal`, `wise`: the provider pays',
    }),
    status: z.enum(ITEM_STATUSES),
    updatedAt: instant,
    failure: z.string().optional(),
    reference: z.string().optional(),
  })
  .meta({ id: 'PayoutItem' });

const ExclusionAnswer = z
  .object({
    partnerId: z.string(),
    payableCents: cents,
    exchangeable: z
      .object({ currency: z.string(), cents })
      .optional()
      .meta({ description: 'Payable in the program’s currency, to be exchanged when it is paid' }),
    reasons: z.array(z.object({ code: z.string(), words: z.string() })),
  })
  .meta({ id: 'PayoutExclusion' });

const BatchAnswer = z
  .object({
    batch: z.int().meta({ description: 'Its place among the run’s batches, from 0' }),
    provider: z.enum(PROVIDERS),
    batchId: z.string().meta({
      description: 'Our id, by which the provider knows it: PayPal’s `sender_batch_id`, the name of Wise’s group',
    }),
    providerId: z
      .string()
      .optional()
      .meta({ description: 'The provider’s id of it; without it the provider is not known to have it' }),
    account: z.string().optional().meta({ description: 'Server and account that pay it; no other may' }),
    itemCount: z.int(),
    state: z.enum(['open', 'watched', 'done']),
    sentAt: instant.optional(),
    endedAt: instant.optional(),
    lookedAt: instant.optional(),
    dueAt: instant.optional().meta({ description: 'When the provider is asked again' }),
    inDoubt: z.boolean().optional().meta({ description: 'A request to pay was made and its outcome is not known' }),
    trouble: z.string().optional().meta({ description: 'What keeps it from going on' }),
  })
  .meta({ id: 'PayoutBatch' });

const FindingAnswer = z
  .object({
    findingId: z.string().meta({ description: 'What `acknowledge` names' }),
    kind: z.enum(FINDING_KINDS).meta({
      description:
        '`no-source`: lines without a stored conversion; `rate-not-in-force`: lines by another plan version than the one in force; `unexplained`: the lines do not make the amount; `duplicate-order`: orders flagged `duplicate-suspect` are paid; `jump`: far above what is usual; `shared-account`: several payees, one account; `vanished`: payable, but neither paid nor excluded; `changed-since`: what the payment was judged by has changed since the draft',
    }),
    severity: z.enum(['severe', 'notable']).meta({
      description: '`severe`: approving must name it, and cannot at all while there is one of `changed-since`',
    }),
    partnerIds: z.array(z.string()),
    words: z.string(),
    figures: z.record(z.string(), z.number()).meta({ description: 'What it rests on; `…Cents` in minor units' }),
  })
  .meta({ id: 'PayoutFinding' });

const ofRun = z.strictObject({ runId: RunId });
const ofItem = z.strictObject({ runId: RunId, itemId: ItemId });
const why = LineField(300).meta({
  description: 'Stands in the ledger, in the partner’s statement and in the audit log',
});

const item = {
  itemId: 'itm_7h2mqc01kp3q8z4m',
  runId: 'pay_2hd01kp3q8z4m7yc',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  amountCents: 12_450,
  currency: 'USD',
  rail: 'external',
  status: 'sent',
  updatedAt: '2026-05-01T09:05:00.000Z',
};
const run = {
  runId: item.runId,
  programId: 'prg_01kp3q8z4m7yc2hd',
  currency: 'USD',
  asOf: '2026-05-01T08:00:00.000Z',
  status: 'awaiting-approval',
  madeBy: 'mia@shop.example',
  madeAt: '2026-05-01T08:00:00.000Z',
  itemCount: 41,
  totalCents: 1_804_300,
  excludedCount: 3,
  fileHash: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  fileKey: 'payouts/brd_4k9w2x/pay_2hd01kp3q8z4m7yc/2c26b46b68ffc68f….csv',
  findings: { severe: 1, notable: 0 },
  difference: {
    runId: 'pay_3jd01kp3q8z4m7yc',
    asOf: '2026-04-01T08:00:00.000Z',
    totalCents: 1_512_000,
    payees: [{ partnerId: item.partnerId, cents: 12_450, previousCents: 3_100 }],
  },
};
const finding = {
  findingId: 'no-source:ptr_01kp3q8z4m7yc2hd',
  kind: 'no-source' as const,
  severity: 'severe' as const,
  partnerIds: [item.partnerId],
  words: 'No conversion is stored for sale 1001.',
  figures: { lines: 1, cents: 2_500 },
};
const approved = {
  ...run,
  status: 'approved',
  approvedBy: 'otto@shop.example',
  approvedAt: '2026-05-01T09:00:00.000Z',
  acknowledged: [finding.findingId],
};

export const payoutsContracts = {
  draftPayout: {
    body: z.strictObject({
      programId: ProgramId,
      currency: CurrencyField.optional().meta({
        description:
          'Draft the run in this currency alone: the program’s, or one of its payout currencies. Left out, the answer is the run in the program’s currency, and runs in the others are drafted beside it where money is to be paid in them',
      }),
      asOf: InstantField.optional().meta({
        description:
          'The time the run reasons from; the time of the request when left out. The same time is the same run',
      }),
    }),
    answer: PayoutAnswer,
    status: 202,
    examples: {
      body: { programId: run.programId },
      answer: {
        ...run,
        ...{
          status: 'drafting',
          itemCount: 0,
          totalCents: 0,
          excludedCount: 0,
          fileHash: undefined,
          fileKey: undefined,
          findings: undefined,
          difference: undefined,
        },
      },
    },
  },
  listPayouts: {
    query: z.strictObject({ ...PAGING, programId: ProgramId }),
    answer: pageAnswer(PayoutAnswer),
    status: 200,
    examples: { answer: { items: [run] } },
  },
  getPayout: { params: ofRun, answer: PayoutAnswer, status: 200, examples: { answer: run } },
  getPayoutPage: {
    params: ofRun,
    query: z.strictObject({
      items: PAGING.cursor.meta({ description: 'Where the payments begin, as the link of the page before says' }),
      excluded: PAGING.cursor.meta({ description: 'The same for who is not paid' }),
    }),
    answer: z.string(),
    status: 200,
    media: ['text/html'],
  },
  listPayoutItems: {
    params: ofRun,
    query: z.strictObject(PAGING),
    answer: pageAnswer(ItemAnswer),
    status: 200,
    examples: { answer: { items: [item] } },
  },
  listPayoutBatches: {
    params: ofRun,
    answer: z.object({ items: z.array(BatchAnswer) }),
    status: 200,
    examples: {
      answer: {
        items: [
          {
            ...{ batch: 0, provider: 'paypal', batchId: 'pbt_2hd01kp3q8z4m7yc', providerId: '8V5W8XN7FYB3A' },
            ...{ account: 'https://api-m.paypal.com AdV4dQUxRJe4zXoN', itemCount: 41, state: 'open' },
            ...{ sentAt: '2026-05-01T09:05:00.000Z', lookedAt: '2026-05-01T09:05:04.000Z' },
            ...{ dueAt: '2026-05-01T21:05:04.000Z', inDoubt: false },
          },
        ],
      },
    },
  },
  listExcluded: {
    params: ofRun,
    query: z.strictObject(PAGING),
    answer: pageAnswer(ExclusionAnswer),
    status: 200,
    examples: {
      answer: {
        items: [
          {
            partnerId: item.partnerId,
            payableCents: 3_100,
            reasons: [{ code: 'below-minimum', words: '31.00 USD is payable; payments start at 50.00 USD.' }],
          },
        ],
      },
    },
  },
  listFindings: {
    params: ofRun,
    query: z.strictObject(PAGING),
    answer: pageAnswer(FindingAnswer),
    status: 200,
    examples: { answer: { items: [finding] } },
  },
  approvePayout: {
    params: ofRun,
    body: z.strictObject({
      hash: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'must be the fileHash of the run: 64 hexadecimal digits')
        .meta({ description: 'The `fileHash` that you looked at' }),
      acknowledge: z.array(FindingId).max(MOST_ACKNOWLEDGED).default([]).meta({
        description: 'The `findingId` of every severe finding of the run: you have seen it and approve all the same',
      }),
    }),
    answer: PayoutAnswer,
    status: 202,
    repeat: 'natural',
    refusals: {
      'maker-cannot-approve': 'The person who made the run may not approve it, whichever key they use',
      'hash-differs': 'The file is not the one that was looked at',
      'changed-since-draft':
        'A payee would not be paid as drafted by now: the gate, the payout method or the tax to be withheld changed; reject the run and draft it again',
      'tax-year-unseeded': 'Tax is to be withheld, and the figures of the year are not known to this version',
      'findings-not-acknowledged': 'A severe finding is not named in `acknowledge`',
    },
    examples: { body: { hash: run.fileHash, acknowledge: [finding.findingId] }, answer: approved },
  },
  rejectPayout: {
    params: ofRun,
    body: z.strictObject({ why }),
    answer: PayoutAnswer,
    status: 200,
    repeat: 'natural',
    refusals: { 'items-busy': 'Some items could not be released yet; send the request again' },
    examples: {
      body: { why: 'Two partners are under review' },
      answer: {
        ...run,
        ...{ status: 'rejected', rejectedBy: 'otto@shop.example', rejectedAt: '2026-05-01T09:00:00.000Z' },
        rejectedWhy: 'Two partners are under review',
      },
    },
  },
  confirmItem: {
    params: ofItem,
    body: z.strictObject({
      reference: LineField(140).optional().meta({ description: 'What your own books call the payment' }),
    }),
    answer: ItemAnswer,
    status: 200,
    repeat: 'natural',
    examples: {
      body: { reference: 'Wise 88213' },
      answer: { ...item, status: 'settled', reference: 'Wise 88213' },
    },
  },
  failItem: {
    params: ofItem,
    body: z.strictObject({ why }),
    answer: ItemAnswer,
    status: 200,
    repeat: 'natural',
    refusals: { 'provider-decides': 'PayPal or Wise were told to pay it; their word says whether it failed' },
    examples: {
      body: { why: 'The account is closed' },
      answer: { ...item, status: 'failed', failure: 'The account is closed' },
    },
  },
  returnItem: {
    params: ofItem,
    body: z.strictObject({
      code: z
        .string()
        .regex(
          /^(R(0[1-9]|[1-7]\d|8[0-5])|[A-Z]{2}\d{2})$/,
          'must be the bank’s code: R01 to R85 of ACH, or one of ISO 20022 such as AC04',
        )
        .meta({ description: 'Why the bank returned it: R01 to R85 of ACH, or a code of ISO 20022' }),
      reason: why.optional().meta({ description: 'In words; what the code means when left out' }),
    }),
    answer: ItemAnswer,
    status: 200,
    repeat: 'natural',
    examples: {
      body: { code: 'R03' },
      answer: {
        ...item,
        ...{ rail: 'nacha', status: 'returned' },
        failure: 'R03 There is no account of this name and number',
      },
    },
  },
} satisfies Contracts<
  | 'draftPayout'
  | 'listPayouts'
  | 'getPayout'
  | 'getPayoutPage'
  | 'listPayoutItems'
  | 'listPayoutBatches'
  | 'listExcluded'
  | 'listFindings'
  | 'approvePayout'
  | 'rejectPayout'
  | 'confirmItem'
  | 'failItem'
  | 'returnItem'
>;
