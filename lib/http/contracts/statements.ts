import * as z from 'zod';
import { FORMATS } from '../../documents/statement-formats.ts';
import { ACCOUNTS, type Account, isRare, type RareAccount } from '../../ledger/journal.ts';
import { PartnerId } from '../../partners/partner.ts';
import { SECTIONS, type SectionId } from '../../payouts/statement.ts';
import { CurrencyField, DayField, ProgramId } from '../../programs/program.ts';
import type { LineFlag } from '../../tracking/flags.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';
import { subs } from './conversions.ts';

const LINE_FLAGS = ['late', 'duplicate-suspect'] as const satisfies readonly LineFlag['flag'][];

const account = z.strictObject({ programId: ProgramId, partnerId: PartnerId });
const cents = z.int();
const Balances = z
  .object({
    ...(Object.fromEntries(ACCOUNTS.filter((name) => !isRare(name)).map((name) => [name, cents])) as Record<
      Exclude<Account, RareAccount>,
      typeof cents
    >),
    withheld: cents.optional().meta({ description: 'Tax kept back from payments; left out while it is 0' }),
    exchanged: cents
      .optional()
      .meta({ description: 'What left for the partner’s chain in another currency; negative: came from there' }),
  })
  .meta({
    id: 'Balances',
    description:
      'Minor units by account. What the partner owes (`receivable`) is negative or 0, `expense` is minus all that was ever earned, and all together are 0.',
  });

const LedgerLine = z.object({
  eventType: z.string(),
  orderId: z.string(),
  occurredAt: z.string(),
  reason: z.enum(['earned', 'returned', 'cancelled', 'recomputed']),
  cents: cents.meta({ description: 'What this line moves' }),
  totalCents: cents.meta({ description: 'What the order has earned the partner in all, after this line' }),
  creditBps: z.int().meta({ description: 'The partner’s share of the order, in basis points' }),
  matures: z.string().meta({ description: 'Day from which it can be paid' }),
  explanation: z.string(),
  flags: z
    .array(z.enum(LINE_FLAGS))
    .optional()
    .meta({ description: 'What the order was flagged with when this was posted; the explanation says why' }),
  subs: subs.optional().meta({ description: 'Sub-ids of the click that was credited' }),
});

const ExchangeSide = z.object({
  currency: z.string(),
  cents,
  sequence: z.int().meta({ description: 'Of the journal in the ledger of that currency' }),
  journalId: z.string(),
});

const JournalAnswer = z
  .object({
    sequence: z.int(),
    journalId: z.string(),
    kind: z.string(),
    at: z.string().meta({ description: 'As-of time of the job that posted it' }),
    recordedAt: z.string(),
    cause: z.string(),
    actor: z.string(),
    corrects: z.string().optional(),
    exchange: z
      .object({ from: ExchangeSide, to: ExchangeSide, rateId: z.string(), rate: z.string() })
      .optional()
      .meta({ description: 'Of a journal of the kind `exchange`: what left one currency and arrived in the other' }),
    entries: z.array(z.object({ account: z.enum(ACCOUNTS), cents })),
    lines: z.array(LedgerLine),
    balances: Balances.meta({ description: 'After this journal' }),
    hash: z.string(),
  })
  .meta({ id: 'Journal' });

const StatementSummary = z
  .object({
    number: z.int(),
    statementId: z.string(),
    currency: z.string(),
    issuedAt: z.string().meta({ description: 'Time of its last journal' }),
    cause: z.string().meta({ description: 'The payout run it was issued for' }),
    journals: z.object({ first: z.int(), last: z.int() }),
    earnedCents: cents,
    paidCents: cents,
    withheldCents: cents.optional().meta({ description: 'Tax withheld, less what was given back' }),
    notPaid: z.array(z.string()).readonly().optional().meta({
      description: 'Every reason why the payout run that it was issued for did not pay the partner, in words',
    }),
    exchangedCents: cents
      .optional()
      .meta({ description: 'What came from the partner’s account in another currency, less what went there' }),
    closingCents: cents,
  })
  .meta({ id: 'StatementSummary' });

const StatementAnswer = z
  .object({
    number: z.int(),
    brandId: z.string(),
    programId: z.string(),
    programName: z.string(),
    partnerId: z.string(),
    partnerName: z.string(),
    currency: z.string(),
    timeZone: z.string(),
    period: z.object({ from: z.string(), to: z.string(), label: z.string() }),
    issuedAt: z.string(),
    journals: z.object({ first: z.int(), last: z.int(), hash: z.string() }),
    opening: Balances,
    movements: Balances,
    closing: Balances,
    openingCents: cents,
    closingCents: cents,
    sections: z.array(
      z.object({
        id: z.enum(Object.keys(SECTIONS) as [SectionId, ...SectionId[]]),
        title: z.string(),
        lines: z.array(
          z.object({
            sequence: z.int(),
            at: z.string(),
            day: z.string(),
            title: z.string(),
            cents,
            explanation: z.string(),
            flags: z.array(z.enum(LINE_FLAGS)).optional(),
            subs: subs.optional(),
          }),
        ),
        totalCents: cents,
        changeCents: cents.meta({ description: 'What it adds to the unpaid balance' }),
      }),
    ),
  })
  .meta({ id: 'Statement' });

const DayAnswer = z
  .object({
    day: z.string().meta({ description: 'In the program’s time zone' }),
    partnerId: z.string().meta({ description: '`-` for orders that credit nobody, or nobody yet' }),
    clicks: z.int(),
    conversions: z.int().meta({ description: 'Orders of the day that credit the partner, wholly or in part' }),
    creditBps: z.int().meta({ description: 'Over all rows of a day: 10,000 for each order' }),
    revenueCents: cents.meta({ description: 'The partner’s share of those orders, after discounts and returns' }),
    commissionCents: cents.meta({ description: 'Commission posted on the day, corrections included' }),
    returns: z.int().meta({ description: 'Of those orders, how many were cancelled or saw something come back' }),
  })
  .meta({ id: 'Day' });

/** Days that one request may span. */
export const MOST_DAYS = 92;

const partnerId = 'ptr_01kp3q8z4m7yc2hd';

export const statementsContracts = {
  getLedger: {
    params: account,
    query: z.strictObject({
      ...PAGING,
      currency: CurrencyField.optional().meta({
        description: 'Another currency that the program pays in; the program’s own when left out',
      }),
    }),
    answer: z.object({
      programId: z.string(),
      partnerId: z.string(),
      currency: z.string(),
      balances: Balances,
      unpaidCents: cents.meta({ description: 'Earned and not yet paid; negative when the partner owes' }),
      schedule: z
        .array(z.object({ day: z.string(), cents }))
        .meta({ description: 'Pending amounts by the day from which they can be paid' }),
      ...pageAnswer(JournalAnswer).shape,
    }),
    status: 200,
  },
  listStatements: {
    params: account,
    query: z.strictObject(PAGING),
    answer: pageAnswer(StatementSummary),
    status: 200,
    examples: {
      answer: {
        items: [
          {
            number: 1,
            statementId: 'stm_4t8m2k6q0w9z1x3c',
            currency: 'USD',
            issuedAt: '2026-04-03T09:00:00.000Z',
            cause: 'pay_01kp3q8z4m7yc2hd',
            journals: { first: 1, last: 31 },
            earnedCents: 12_522,
            paidCents: 4_816,
            closingCents: 7_706,
          },
        ],
      },
    },
  },
  getStatement: {
    params: account.extend({ number: z.coerce.number('must be a number from 1 on').int().min(1).max(999_999) }),
    query: z.strictObject({
      format: z
        .enum(FORMATS)
        .optional()
        .meta({ description: 'Form of the answer; goes before the `Accept` header. JSON unless said' }),
    }),
    answer: StatementAnswer,
    status: 200,
    media: ['text/html', 'text/csv', 'application/pdf'],
    refusals: { 'statement-too-long': 'The document is larger than an answer may be; it lies in the documents bucket' },
  },
  listDays: {
    params: z.strictObject({ programId: ProgramId }),
    query: z.strictObject({
      from: DayField.optional().meta({ description: 'First day; six days before the last when left out' }),
      to: DayField.optional().meta({
        description: 'Last day, included; today in the program’s time zone when left out',
      }),
      partnerId: PartnerId.optional(),
      ...PAGING,
    }),
    answer: z.object({ currency: z.string(), timeZone: z.string(), ...pageAnswer(DayAnswer).shape }),
    status: 200,
    refusals: { 'too-many-days': `A request may span ${MOST_DAYS} days` },
    examples: {
      answer: {
        currency: 'USD',
        timeZone: 'Europe/Berlin',
        items: [
          {
            day: '2026-03-29',
            partnerId,
            clicks: 120,
            conversions: 3,
            creditBps: 24_000,
            revenueCents: 31_200,
            commissionCents: 2_496,
            returns: 0,
          },
        ],
      },
    },
  },
} satisfies Contracts<'getLedger' | 'listStatements' | 'getStatement' | 'listDays'>;
