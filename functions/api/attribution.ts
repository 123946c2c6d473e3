import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { executionName, isExecutionOf } from '../../lib/aws/execution-name.ts';
import { files } from '../../lib/aws/files.ts';
import { workflows as workflowClient } from '../../lib/aws/states.ts';
import type { BacktestReport } from '../../lib/documents/backtest-report.ts';
import type { ComparisonReport } from '../../lib/documents/comparison-report.ts';
import { VisibleError } from '../../lib/errors.ts';
import { preferred } from '../../lib/http/accept.ts';
import { attributionContracts } from '../../lib/http/contracts/attribution.ts';
import { contradiction, plausibleTime } from '../../lib/http/conversion-intake.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { reply } from '../../lib/http/reply.ts';
import { missing } from '../../lib/http/revision.ts';
import { reportKey } from '../../lib/settlement/backtest-order.ts';
import { comparisonKey } from '../../lib/settlement/comparison-order.ts';
import { channelTouches } from '../../lib/store/channel-touches.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { programs } from '../../lib/store/programs.ts';

const client = documentClient();
const table = env('coreTable');
const store = {
  programs: programs(client, table),
  enrolments: enrolments(client, table),
  touches: channelTouches(client, table),
};
const workflows = workflowClient(new SFNClient({}), env('workflows'));
const documents = files(new S3Client({}), env('documentsBucket'));

const BACKTEST = 'backtest-attribution';
const COMPARISON = 'compare-attribution';
/** Lambda answers 6 MB at most, headers and JSON quoting of the body included. */
const MOST_BYTES = 4_500_000;

const recordTouch = operation(attributionContracts.recordTouch, async ({ params, body, who, at, entry }) => {
  const { brandId } = who;
  const { programId } = params;
  plausibleTime(body.occurredAt, at);
  await existing(brandId, programId);
  const enrolment = await store.enrolments.get(brandId, programId, body.partnerId);
  if (!enrolment) {
    const field = { field: 'partnerId', message: 'must be a partner of the program; enrol the partner first' };
    throw new VisibleError('refused', 'partner-not-enrolled', `partnerId: ${field.message}`, [field]);
  }
  const target = `${programId}/touches/${body.touchId}`;
  const touch = { ...body, occurredAt: body.occurredAt ?? at };
  const { outcome, touch: stored } = await store.touches.record(
    brandId,
    programId,
    touch,
    entry({ target, after: touch }),
  );
  if (outcome === 'recorded') return { outcome: 'recorded' as const, touch: stored };
  // A repeat that leaves the time out means the moment of the first.
  const said = ['partnerId', 'kind', ...(body.occurredAt === undefined ? [] : (['occurredAt'] as const))] as const;
  const differences = said.filter((field) => stored[field] !== touch[field]);
  if (differences.length === 0) return { outcome: 'already-there' as const, touch: stored };
  throw contradiction(
    'different-touch',
    `${body.touchId} of this customer was recorded before with other facts`,
    differences,
  );
});

const startBacktest = operation(attributionContracts.startBacktest, async ({ params, body, who, at, bytes, audit }) => {
  const { programId } = params;
  await existing(who.brandId, programId);
  const input = { asOf: at, ...body, programId, brandId: who.brandId, madeBy: who.person };
  const backtest = executionName(who.brandId, at, bytes(4));
  await audit({ target: `${BACKTEST}/${backtest}`, after: input });
  await workflows.start(BACKTEST, backtest, input);
  return { backtest, asOf: at, href: `/v1/programs/${programId}/backtests/${backtest}` };
});

/** What these routes need of an execution's output; an idle one has no report. */
const Output = z.object({ report: z.string() });
const ShardOutput = z.object({ shards: z.tuple([z.object({ tally: Output })]) });

const getBacktest = operation(attributionContracts.getBacktest, async ({ params, query, headers, who }) => {
  const { programId, backtest } = params;
  const found = await execution(who.brandId, programId, BACKTEST, backtest);
  if (!found) throw missing('backtest', backtest);
  const wanted = formatOf(query.format, headers.accept);
  const folder = Output.safeParse(found.output).data?.report;
  const document = await readReport(folder && reportKey(folder, wanted));
  if (wanted === 'csv') return csv('backtest', backtest, found.status, document);
  const report = document === undefined ? undefined : (JSON.parse(document) as BacktestReport);
  return { backtest, status: found.status, ...(report && { report }) };
});

const startComparison = operation(
  attributionContracts.startComparison,
  async ({ params, body, who, at, bytes, audit }) => {
    const { programId } = params;
    await existing(who.brandId, programId);
    const input = { asOf: at, ...body, programId, brandId: who.brandId, madeBy: who.person };
    const comparison = executionName(who.brandId, at, bytes(4));
    await audit({ target: `${COMPARISON}/${comparison}`, after: input });
    await workflows.start(COMPARISON, comparison, input);
    return { comparison, asOf: at, href: `/v1/programs/${programId}/comparisons/${comparison}` };
  },
);

const getComparison = operation(attributionContracts.getComparison, async ({ params, query, headers, who }) => {
  const { programId, comparison } = params;
  const found = await execution(who.brandId, programId, COMPARISON, comparison);
  if (!found) throw missing('comparison', comparison);
  const wanted = formatOf(query.format, headers.accept);
  const folder = ShardOutput.safeParse(found.output).data?.shards[0].tally.report;
  const document = await readReport(folder && comparisonKey(folder, wanted));
  if (wanted === 'csv') return csv('comparison', comparison, found.status, document);
  const report = document === undefined ? undefined : (JSON.parse(document) as ComparisonReport);
  const problem = found.error && said(found.error.cause);
  return { comparison, status: found.status, ...(report && { report }), ...(problem && { problem }) };
});

/** An execution of the brand's, for this program. */
async function execution(
  brandId: string,
  programId: string,
  workflow: typeof BACKTEST | typeof COMPARISON,
  name: string,
) {
  const found = isExecutionOf(brandId, name) ? await workflows.describe(workflow, name) : undefined;
  return (found?.input as { programId?: unknown } | undefined)?.programId === programId ? found : undefined;
}

const formatOf = (asked: 'json' | 'csv' | undefined, accept: string | undefined) =>
  asked ?? (preferred(accept, ['application/json', 'text/csv']) === 'text/csv' ? 'csv' : 'json');

async function readReport(key: string | undefined): Promise<string | undefined> {
  const document = key === undefined ? undefined : await documents.get(key);
  if (document !== undefined && Buffer.byteLength(document) > MOST_BYTES) {
    const where = `It lies under ${key} of the documents bucket.`;
    throw new VisibleError('refused', 'report-too-long', `The report is too long for an answer. ${where}`);
  }
  return document;
}

function csv(kind: 'backtest' | 'comparison', name: string, status: string, document: string | undefined) {
  if (document === undefined) {
    throw new VisibleError('conflict', `${kind}-not-ready`, `There is no report of ${name}: it is ${status}.`);
  }
  return reply({
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${kind}-${name}.csv"`,
      vary: 'accept',
    },
    body: document,
  });
}

/** The message in what Lambda tells of an error, or the text as it is. */
function said(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    return cause;
  }
}

async function existing(brandId: string, programId: string): Promise<void> {
  if (!(await store.programs.get(brandId, programId))) throw missing('program', programId);
}

export const handler = serve(
  { recordTouch, startBacktest, getBacktest, startComparison, getComparison },
  { client, table },
);
