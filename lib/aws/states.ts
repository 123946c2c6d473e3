import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { VisibleError } from '../errors.ts';
import type { WorkflowName } from '../names.ts';
import { type Instant, instant } from '../time.ts';

export type ExecutionStatus = 'running' | 'succeeded' | 'failed' | 'timed-out' | 'aborted' | 'pending-redrive';

/** A run of a workflow. */
export interface Execution {
  readonly workflow: WorkflowName;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Instant;
  readonly stoppedAt?: Instant;
}

/** With what went in and what came out. */
export interface ExecutionDetail extends Execution {
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: { readonly error: string; readonly cause: string };
}

/** Starts and reads workflows; `arns` is the JSON object of the environment, workflow name → state machine ARN. */
export function workflows(client: SFNClient, arns: string) {
  const arnOf = (workflow: WorkflowName): string => {
    const arn = (JSON.parse(arns) as Partial<Record<WorkflowName, string>>)[workflow];
    if (!arn) throw new Error(`no state machine is known for the workflow ${workflow}`);
    return arn;
  };
  const executionArn = (workflow: WorkflowName, name: string) =>
    `${arnOf(workflow).replace(':stateMachine:', ':execution:')}:${name}`;

  return {
    /** Starts an execution under a name; the same name again starts nothing (Step Functions keeps names for 90 days). */
    async start(workflow: WorkflowName, name: string, input: object): Promise<'started' | 'already-there'> {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn: arnOf(workflow), name, input: JSON.stringify(input) }),
        );
        return 'started';
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return 'already-there';
        throw error;
      }
    },

    /** One execution; nothing when there is none of that name. */
    async describe(workflow: WorkflowName, name: string): Promise<ExecutionDetail | undefined> {
      try {
        const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn(workflow, name) }));
        return {
          ...execution(workflow, found),
          input: parsed(found.input),
          ...(found.output !== undefined && { output: parsed(found.output) }),
          ...(found.error !== undefined && { error: { error: found.error, cause: found.cause ?? '' } }),
        };
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },

    /** Executions of a workflow, newest first. Step Functions knows no filter by name, so the caller picks. */
    async list(
      workflow: WorkflowName,
      request: { readonly cursor?: string | undefined; readonly limit?: number },
    ): Promise<{ readonly items: readonly Execution[]; readonly cursor?: string }> {
      const ask = new ListExecutionsCommand({
        stateMachineArn: arnOf(workflow),
        maxResults: request.limit ?? 100,
        nextToken: request.cursor,
      });
      const { executions = [], nextToken } = await client.send(ask).catch((error) => {
        throw error instanceof InvalidToken ? notAPlace() : error;
      });
      const items = executions.map((found) => execution(workflow, found));
      return nextToken === undefined ? { items } : { items, cursor: nextToken };
    },
  };
}

/** The refusal for a position that is none in this list; Step Functions forgets its own after a day. */
export function notAPlace(): VisibleError {
  const field = { field: 'cursor', message: 'must be the nextCursor of this list, not older than a day' };
  return new VisibleError('invalid', 'invalid-fields', `cursor: ${field.message}`, [field]);
}

interface Found {
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly startDate?: Date | undefined;
  readonly stopDate?: Date | undefined;
}

function execution(workflow: WorkflowName, { name = '', status = '', startDate, stopDate }: Found): Execution {
  return {
    workflow,
    name,
    status: status.toLowerCase().replace('_', '-') as ExecutionStatus,
    startedAt: instant(startDate?.getTime() ?? 0),
    ...(stopDate && { stoppedAt: instant(stopDate.getTime()) }),
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
