import * as z from 'zod';
import { WORKFLOWS } from '../../names.ts';
import { RunId } from '../../payouts/order.ts';
import { CurrencyField, InstantField, ProgramId } from '../../programs/program.ts';
import { MOST_DAYS } from '../../settlement/backtest-order.ts';
import { comparisonSettings, comparisonWindow, windowChecks } from '../../settlement/comparison-order.ts';
import { ModeField, YearField } from '../../tax/year-end/order.ts';
import { DAY_MS, epochMs } from '../../time.ts';
import type { Contracts } from '../contract.ts';
import { PAGING, pageAnswer } from '../paging.ts';
import { policy } from './programs.ts';

const asOf = InstantField.optional().meta({
  description: 'The time the workflow reasons from; the time of the request when left out',
});
const programId = ProgramId.optional().meta({ description: 'Only this program; all of the brand when left out' });
const dryRun = z.boolean().default(false).meta({ description: 'Say what would change and change nothing' });

/** Brands start workflows for themselves only: the brand is the key's, never the body's. */
const StartExecution = z.discriminatedUnion('workflow', [
  z.strictObject({
    workflow: z.literal('settle-conversions'),
    input: z
      .strictObject({
        programId,
        asOf,
        from: InstantField.optional().meta({ description: 'First order time; `recompute` needs it' }),
        to: InstantField.optional().meta({ description: 'Order time to stop before' }),
        mode: z.enum(['new', 'recompute', 'recount']).default('new').meta({
          description:
            '`new`: what has not been settled. `recompute`: every conversion of the window again, posting differences only. `recount`: the same for programs with tiers, limits or recurring rules, over the days that these may still move',
        }),
        dryRun,
      })
      .refine((input) => !input.from || !input.to || input.from < input.to, {
        path: ['to'],
        message: 'must be after from',
      })
      .refine((input) => input.mode !== 'recompute' || input.from, {
        path: ['from'],
        message: 'must be given to recompute: the first order time to look at again',
      })
      .prefault({}),
  }),
  z.strictObject({
    workflow: z.literal('release-commissions'),
    input: z.strictObject({ programId, asOf, dryRun }).prefault({}),
  }),
  z.strictObject({
    workflow: z.literal('draft-payout'),
    input: z.strictObject({
      programId: ProgramId,
      asOf,
      currency: CurrencyField.optional().meta({
        description: 'One of the program’s payout currencies; its own when left out',
      }),
    }),
  }),
  z.strictObject({
    workflow: z.literal('pay-payout'),
    input: z.strictObject({ runId: RunId, asOf }),
  }),
  z.strictObject({
    workflow: z.literal('backtest-attribution'),
    input: z
      .strictObject({
        programId: ProgramId,
        policy,
        from: InstantField.meta({ description: 'First order time' }),
        to: InstantField.meta({ description: 'Order time to stop before' }),
        asOf,
      })
      .refine((input) => input.from < input.to, { path: ['to'], message: 'must be after from' })
      .refine(({ from, to }) => epochMs(to) - epochMs(from) <= MOST_DAYS * DAY_MS, {
        path: ['to'],
        message: `must be at most ${MOST_DAYS} days after from`,
      }),
  }),
  z.strictObject({
    workflow: z.literal('compare-attribution'),
    input: windowChecks(z.strictObject({ programId: ProgramId, ...comparisonWindow, ...comparisonSettings, asOf })),
  }),
  z.strictObject({
    workflow: z.literal('file-1099'),
    input: z.strictObject({
      year: YearField.meta({ description: 'Calendar year of the payments; it must be over, unless it is a dry run' }),
      mode: ModeField.default('original').meta({
        description: '`original`: returns that are due and not filed. `corrected`: filed ones that changed since',
      }),
      dryRun: z.boolean().default(false).meta({ description: 'Make the figures and file nothing' }),
      rewrite: z.int().min(1).max(999_999).optional().meta({
        description: 'Number of a submission whose files are to be written again; then nothing is filed',
      }),
      asOf,
    }),
  }),
  z.strictObject({
    workflow: z.literal('audit-ledger'),
    input: z.strictObject({ programId, asOf }).prefault({}),
  }),
]);

const executionFields = {
  workflow: z.enum(WORKFLOWS),
  name: z.string(),
  status: z.enum(['running', 'succeeded', 'failed', 'timed-out', 'aborted', 'pending-redrive']),
  startedAt: z.string(),
  stoppedAt: z.string().optional(),
};
export const ExecutionAnswer = z.object(executionFields).meta({ id: 'Execution' });

const example = {
  workflow: 'settle-conversions',
  name: 'brd_4k9w2x-20260329T100000000-7h2mqc',
  status: 'succeeded',
  startedAt: '2026-03-29T10:00:00.412Z',
  stoppedAt: '2026-03-29T10:00:03.008Z',
};

export const executionsContracts = {
  startExecution: {
    body: StartExecution,
    answer: z.object({ workflow: z.enum(WORKFLOWS), name: z.string(), input: z.record(z.string(), z.unknown()) }),
    status: 202,
    refusals: {
      'workflow-needs-finance': 'Workflows of payouts and taxes need the role owner or finance',
      'run-not-approved': 'The payout run is not approved; approving it starts the workflow',
    },
    examples: {
      body: {
        workflow: 'settle-conversions',
        input: { mode: 'recompute', from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z', dryRun: true },
      },
      answer: {
        workflow: 'settle-conversions',
        name: example.name,
        input: {
          brandId: 'brd_4k9w2x',
          asOf: '2026-03-29T10:00:00.000Z',
          mode: 'recompute',
          from: '2026-03-01T00:00:00.000Z',
          to: '2026-04-01T00:00:00.000Z',
          dryRun: true,
        },
      },
    },
  },
  listExecutions: {
    query: z.strictObject({ ...PAGING, workflow: z.enum(WORKFLOWS) }),
    answer: pageAnswer(ExecutionAnswer),
    status: 200,
    examples: { answer: { items: [example] } },
  },
  getExecution: {
    params: z.strictObject({
      workflow: z.enum(WORKFLOWS),
      name: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'must be an execution’s name as answered before'),
    }),
    answer: z
      .object({
        ...executionFields,
        input: z.unknown(),
        output: z.unknown().optional(),
        error: z.object({ error: z.string(), cause: z.string() }).optional(),
      })
      .meta({ id: 'ExecutionDetail' }),
    status: 200,
    examples: {
      answer: { ...example, input: { brandId: 'brd_4k9w2x', mode: 'new' }, output: { conversions: 120, posted: 118 } },
    },
  },
} satisfies Contracts<'startExecution' | 'listExecutions' | 'getExecution'>;
