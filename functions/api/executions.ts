import { SFNClient } from '@aws-sdk/client-sfn';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { executionName, isExecutionOf } from '../../lib/aws/execution-name.ts';
import { ownExecutions } from '../../lib/aws/own-executions.ts';
import { workflows as workflowClient } from '../../lib/aws/states.ts';
import { VisibleError } from '../../lib/errors.ts';
import type { Caller } from '../../lib/http/caller.ts';
import { executionsContracts } from '../../lib/http/contracts/executions.ts';
import { operation, serve } from '../../lib/http/endpoint.ts';
import { answerPage, fromCursor } from '../../lib/http/paging.ts';
import { missing } from '../../lib/http/revision.ts';
import { currenciesOf } from '../../lib/programs/payout-currencies.ts';
import { payoutRuns } from '../../lib/store/payout-runs.ts';
import { programs as programStore } from '../../lib/store/programs.ts';

const client = documentClient();
const table = env('coreTable');
const workflows = workflowClient(new SFNClient({}), env('workflows'));
const runs = payoutRuns(client, table);
const programs = programStore(client, table);

/** Workflows that move money, or put people's numbers into files. */
const FINANCE: ReadonlySet<string> = new Set(['draft-payout', 'pay-payout', 'file-1099']);

const startExecution = operation(executionsContracts.startExecution, async ({ body, who, at, bytes, audit }) => {
  const { workflow } = body;
  if (FINANCE.has(workflow)) financeOnly(who);
  if (body.workflow === 'pay-payout') await approved(who.brandId, body.input.runId);
  const { programId, currency } = { programId: undefined, currency: undefined, ...body.input };
  if (programId !== undefined) await expectProgram(who.brandId, programId, currency);
  if (body.input.asOf !== undefined && body.input.asOf > at) throw inTheFuture();
  const input = { asOf: at, ...body.input, brandId: who.brandId, madeBy: who.person };
  const name = executionName(who.brandId, at, bytes(4));
  // Told first: an execution that nobody asked for is worse than a request that started none.
  await audit({ target: `${workflow}/${name}`, after: input });
  await workflows.start(workflow, name, input);
  return { workflow, name, input };
});

const listExecutions = operation(executionsContracts.listExecutions, async ({ query, who }) => {
  const { workflow, limit } = query;
  const scope = [who.brandId, 'executions', workflow];
  const from = fromCursor(query.cursor, scope);
  const page = await ownExecutions(who.brandId, (cursor) => workflows.list(workflow, { cursor }), {
    limit,
    cursor: from,
  });
  return answerPage(page, scope);
});

const getExecution = operation(executionsContracts.getExecution, async ({ params, who }) => {
  const { workflow, name } = params;
  const found = isExecutionOf(who.brandId, name) ? await workflows.describe(workflow, name) : undefined;
  if (!found) throw missing('execution', `${workflow}/${name}`);
  return found;
});

/** A workflow that finds no such program, or is to pay in a currency that it does not pay in, fails and rings for whoever operates it. */
async function expectProgram(brandId: string, programId: string, currency: string | undefined): Promise<void> {
  const program = await programs.get(brandId, programId);
  if (!program) throw missing('program', programId);
  const paidIn = currenciesOf(program);
  if (currency === undefined || paidIn.includes(currency)) return;
  const field = { field: 'input.currency', message: `must be ${paidIn.join(' or ')}: what the program pays in` };
  throw new VisibleError('invalid', 'invalid-fields', `input.currency: ${field.message}`, [field]);
}

/** What a job does as of a time to come cannot be taken back: holds would be over that are not. */
function inTheFuture(): VisibleError {
  const field = { field: 'input.asOf', message: 'must not be in the future' };
  return new VisibleError('invalid', 'invalid-fields', `input.asOf: ${field.message}`, [field]);
}

function financeOnly({ role }: Caller): void {
  if (role === 'owner' || role === 'finance') return;
  throw new VisibleError(
    'forbidden',
    'workflow-needs-finance',
    `Workflows of payouts and taxes need the role owner or finance; this key has ${role}.`,
  );
}

/** The paying workflow is started by the approval; here it is only started again, for a run whose payment was cut off. */
async function approved(brandId: string, runId: string): Promise<void> {
  const run = await runs.get({ brandId, runId });
  if (!run) throw missing('payout-run', runId);
  if (run.status === 'approved' || run.status === 'paying') return;
  throw new VisibleError(
    'refused',
    'run-not-approved',
    `${runId} is ${run.status}; it is paid once a second person approves it.`,
  );
}

export const handler = serve({ startExecution, listExecutions, getExecution }, { client, table });
