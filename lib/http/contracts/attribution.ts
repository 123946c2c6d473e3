import * as z from 'zod';
import { ChannelTouch } from '../../attribution/channel-touch.ts';
import { BacktestReport } from '../../documents/backtest-report.ts';
import { ComparisonReport } from '../../documents/comparison-report.ts';
import { InstantField, ProgramId } from '../../programs/program.ts';
import { MOST_DAYS } from '../../settlement/backtest-order.ts';
import { comparisonSettings, comparisonWindow, windowChecks } from '../../settlement/comparison-order.ts';
import { DAY_MS, epochMs } from '../../time.ts';
import type { Contracts } from '../contract.ts';
import { policy } from './programs.ts';

const params = z.strictObject({ programId: ProgramId });
const outcome = z.enum(['recorded', 'already-there']);
const statuses = z.enum(['running', 'succeeded', 'failed', 'timed-out', 'aborted', 'pending-redrive']);

const touch = {
  touchId: 'DEAL-204',
  partnerId: 'ptr_01kp3q8z4m7yc2hd',
  kind: 'deal',
  customerId: 'C-7781',
  occurredAt: '2026-03-20T09:00:00.000Z',
};
const proposed = {
  model: 'last-touch',
  lookbackDays: 30,
  lateTouch: {
    partnerTypes: ['coupon', 'cashback'],
    withinSeconds: 600,
    afterCart: false,
    mostBps: 2000,
    earlier: ['content', 'creator'],
  },
};
const name = 'brd_4k9w2x-20260329T100000000-7h2mqc';
const programId = 'prg_01kp3q8z4m7yc2hd';
const from = '2026-01-01T00:00:00.000Z';
const to = '2026-04-01T00:00:00.000Z';
const asOf = '2026-03-29T10:00:00.000Z';
const gained = { conversions: 120, standsCents: 48_000, wouldCents: 60_500, gainCents: 12_500 };
const lost = { conversions: 120, standsCents: 30_000, wouldCents: 17_500, gainCents: -12_500 };
const total = { conversions: 240, standsCents: 78_000, wouldCents: 78_000, gainCents: 0 };
const none = { conversions: 0, standsCents: 0, wouldCents: 0, gainCents: 0 };

export const attributionContracts = {
  recordTouch: {
    params,
    body: ChannelTouch.meta({ id: 'ChannelTouch' }),
    answer: z.object({
      outcome,
      touch: z.object({
        touchId: z.string(),
        partnerId: z.string(),
        kind: z.enum(['deal', 'lead']),
        customerId: z.string(),
        occurredAt: z.string(),
      }),
    }),
    status: 202,
    repeat: 'natural',
    refusals: {
      'no-such-program': 'There is no such program in this brand',
      'partner-not-enrolled': 'The partner is not in the program, so the touch could credit nobody',
      'different-touch': 'Under this customer and touchId stands something else',
    },
    examples: { body: touch, answer: { outcome: 'recorded', touch } },
  },
  startBacktest: {
    params,
    body: z
      .strictObject({
        policy,
        from: InstantField.meta({ description: 'First order time' }),
        to: InstantField.meta({ description: 'Order time to stop before' }),
      })
      .refine((asked) => asked.from < asked.to, { path: ['to'], message: 'must be after from' })
      .refine((asked) => epochMs(asked.to) - epochMs(asked.from) <= MOST_DAYS * DAY_MS, {
        path: ['to'],
        message: `must be at most ${MOST_DAYS} days after from`,
      }),
    answer: z.object({
      backtest: z.string(),
      asOf: z.string().meta({ description: 'What is locked by then is told apart' }),
      href: z.string().meta({ description: 'Where the report is read once it is there' }),
    }),
    status: 202,
    refusals: { 'no-such-program': 'There is no such program in this brand' },
    examples: {
      body: { policy: proposed, from, to },
      answer: { backtest: name, asOf, href: `/v1/programs/${programId}/backtests/${name}` },
    },
  },
  getBacktest: {
    params: z.strictObject({
      programId: ProgramId,
      backtest: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'must be a back-test’s name as answered before'),
    }),
    query: z.strictObject({
      format: z.enum(['json', 'csv']).optional().meta({ description: 'Instead of the `Accept` header' }),
    }),
    answer: z.object({
      backtest: z.string(),
      status: statuses,
      report: BacktestReport.optional().meta({ description: 'Once it has succeeded' }),
    }),
    status: 200,
    media: ['text/csv'],
    refusals: {
      'no-such-backtest': 'There is no such back-test of this program',
      'backtest-not-ready': 'There is no CSV yet; the JSON says how the back-test stands',
      'report-too-long': 'The report is too long for an answer; the refusal says where it lies',
    },
    examples: {
      answer: {
        backtest: name,
        status: 'succeeded',
        report: {
          programId,
          currency: 'EUR',
          from,
          to,
          asOf,
          conversions: { inHold: 120, locked: 0, notSettled: 3, setAside: 0 },
          totals: { inHold: total, locked: none },
          partnerTypes: [
            { type: 'content', inHold: gained, locked: none },
            { type: 'coupon', inHold: lost, locked: none },
          ],
          partners: [
            {
              partnerId: 'ptr_01kp3q8z4m7yc2hd',
              name: 'The Trail Blog',
              type: 'content',
              inHold: gained,
              locked: none,
            },
            { partnerId: 'ptr_01kp3q8z4m7yc2he', name: 'Deal Corner', type: 'coupon', inHold: lost, locked: none },
          ],
        },
      },
    },
  },
  startComparison: {
    params,
    body: windowChecks(z.strictObject({ ...comparisonWindow, ...comparisonSettings })),
    answer: z.object({
      comparison: z.string(),
      asOf: z.string(),
      href: z.string().meta({ description: 'Where the report is read once it is there' }),
    }),
    status: 202,
    refusals: { 'no-such-program': 'There is no such program in this brand' },
    examples: {
      body: { from, to: asOf, models: ['last', 'markov', 'shapley'], order: 1 },
      answer: { comparison: name, asOf, href: `/v1/programs/${programId}/comparisons/${name}` },
    },
  },
  getComparison: {
    params: z.strictObject({
      programId: ProgramId,
      comparison: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'must be a comparison’s name as answered before'),
    }),
    query: z.strictObject({
      format: z.enum(['json', 'csv']).optional().meta({ description: 'Instead of the `Accept` header' }),
    }),
    answer: z.object({
      comparison: z.string(),
      status: statuses,
      report: ComparisonReport.optional().meta({
        description: 'Once it has succeeded; none where there was neither a click nor an order',
      }),
      problem: z.string().optional().meta({ description: 'Why it failed: a window too large, or too long ago' }),
    }),
    status: 200,
    media: ['text/csv'],
    refusals: {
      'no-such-comparison': 'There is no such comparison of this program',
      'comparison-not-ready': 'There is no CSV yet; the JSON says how the comparison stands',
      'report-too-long': 'The report is too long for an answer; the refusal says where it lies',
    },
    examples: {
      answer: {
        comparison: name,
        status: 'succeeded',
        report: {
          programId,
          currency: 'EUR',
          from,
          to: asOf,
          asOf,
          models: ['last', 'markov'],
          journeys: { converted: 240, notConverted: 5_120, withdrawn: 4 },
          leftOut: { notSettled: 3, doubtfulClicks: 812 },
          totals: { conversions: '240.0000', valueCents: 1_920_000, commissionCents: 96_000 },
          partners: [
            {
              partnerId: 'ptr_01kp3q8z4m7yc2he',
              name: 'Deal Corner',
              paid: { conversions: '150.0000', valueCents: 1_200_000, commissionCents: 60_000 },
              models: {
                last: { conversions: '150.000000', valueCents: 1_200_000 },
                markov: { conversions: '96.000000', valueCents: 768_000, removalEffect: 0.4 },
              },
            },
            {
              partnerId: 'ptr_01kp3q8z4m7yc2hd',
              name: 'The Trail Blog',
              paid: { conversions: '90.0000', valueCents: 720_000, commissionCents: 36_000 },
              models: {
                last: { conversions: '90.000000', valueCents: 720_000 },
                markov: { conversions: '144.000000', valueCents: 1_152_000, removalEffect: 0.6 },
              },
            },
          ],
        },
      },
    },
  },
} satisfies Contracts<'recordTouch' | 'startBacktest' | 'getBacktest' | 'startComparison' | 'getComparison'>;
