import { AwsFault, type Input, jsonService, type Operation, optionalText, text } from '../aws-json.ts';
import type { AwsService } from '../contract.ts';
import type { Execution, HistoryEvent } from './execution-store.ts';
import type { States } from './states.ts';

const MAX_INPUT_BYTES = 262_144;

/** Step Functions behind the front door: JSON 1.0, driven by the SDK's client and the AWS CLI. */
export function statesFront(states: Omit<States, 'service'>): AwsService {
  const machine = (input: Input) => {
    const arn = text(input, 'stateMachineArn');
    const found = states.machines().find((known) => known.arn === arn);
    if (!found) throw new AwsFault('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  };
  const execution = (input: Input) => {
    const arn = text(input, 'executionArn');
    const found = states.execution(arn);
    if (!found) throw new AwsFault('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  };
  const onMachine = (input: Input) => [optionalText(input, 'stateMachineArn') ?? '*'];
  const onExecution = (input: Input) => [optionalText(input, 'executionArn') ?? '*'];

  const operations: Record<string, Operation> = {
    StartExecution: {
      on: onMachine,
      run: (input) => {
        const { arn } = machine(input);
        const given = optionalText(input, 'input') ?? '{}';
        if (Buffer.byteLength(given) > MAX_INPUT_BYTES)
          throw new AwsFault('InvalidExecutionInput', `The input is over ${MAX_INPUT_BYTES} bytes.`);
        if (!isJson(given)) throw new AwsFault('InvalidExecutionInput', 'The input is not JSON.');
        const name = optionalText(input, 'name');
        if (name !== undefined && !/^[\w.-]{1,80}$/.test(name))
          throw new AwsFault('InvalidName', `Invalid Name: '${name}'`);
        const outcome = states.start(arn, given, name);
        if (outcome === 'name-taken')
          throw new AwsFault('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn(arn, name ?? '')}'`);
        return { executionArn: outcome.arn, startDate: outcome.startedMs / 1000 };
      },
    },
    DescribeExecution: { on: onExecution, run: (input) => described(execution(input)) },
    ListExecutions: {
      on: onMachine,
      run: (input) => {
        const { arn: machineArn } = machine(input);
        const status = optionalText(input, 'statusFilter');
        const { limit, offset, next } = page(input, 100);
        const found = states.executions({ machineArn, limit: limit + 1, offset, ...(status ? { status } : {}) });
        return { executions: found.slice(0, limit).map(listed), ...(found.length > limit ? next : {}) };
      },
    },
    GetExecutionHistory: {
      on: onExecution,
      run: (input) => {
        const { limit, offset, next } = page(input, 100);
        const newestFirst = input.reverseOrder === true;
        const found = states.history(execution(input).arn, { limit: limit + 1, offset, newestFirst });
        const data = input.includeExecutionData !== false;
        return {
          events: found.slice(0, limit).map((event) => told(event, data)),
          ...(found.length > limit ? next : {}),
        };
      },
    },
    StopExecution: {
      on: onExecution,
      run: async (input) => {
        const { arn } = execution(input);
        const stoppedMs = await states.stop(arn, optionalText(input, 'error'), optionalText(input, 'cause'));
        return { stopDate: stoppedMs / 1000 };
      },
    },
    ListStateMachines: {
      on: () => ['*'],
      run: () => ({
        stateMachines: states
          .machines()
          .map(({ arn, name, type }) => ({ stateMachineArn: arn, name, type, creationDate: 0 })),
      }),
    },
    DescribeStateMachine: {
      on: onMachine,
      run: (input) => {
        const { arn, name, type, roleArn, definition } = machine(input);
        return {
          stateMachineArn: arn,
          name,
          type,
          roleArn,
          status: 'ACTIVE',
          definition: JSON.stringify(definition, null, 2),
          creationDate: 0,
        };
      },
    },
    DescribeStateMachineForExecution: {
      on: onExecution,
      run: (input) => {
        const { arn, name, roleArn, definition } = machine({ stateMachineArn: execution(input).machineArn });
        return { stateMachineArn: arn, name, roleArn, definition: JSON.stringify(definition, null, 2), updateDate: 0 };
      },
    },
    RedriveExecution: {
      on: onExecution,
      run: (input) => {
        const { arn } = execution(input);
        throw new AwsFault(
          'ExecutionNotRedrivable',
          `The laptop does not continue an execution in the middle. Rerun ${arn} from its page: it starts again with the same input, and every step may run twice.`,
        );
      },
    },
  };
  return jsonService({ signingName: 'states', version: '1.0', operations });
}

/** `…:stateMachine:settle` and a name → `…:execution:settle:<name>`. */
export function executionArn(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

function described(execution: Execution) {
  const { input, output, error, cause } = execution;
  return {
    ...listed(execution),
    input,
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'The laptop reruns an execution from its start.',
  };
}

function listed({ arn, machineArn, name, status, startedMs, stoppedMs }: Execution) {
  return {
    executionArn: arn,
    stateMachineArn: machineArn,
    name,
    status,
    startDate: startedMs / 1000,
    ...(stoppedMs === undefined ? {} : { stopDate: stoppedMs / 1000 }),
    redriveCount: 0,
  };
}

function told({ id, type, atMs, details }: HistoryEvent, data: boolean) {
  const shown = data
    ? details
    : Object.fromEntries(
        Object.entries(details).map(([field, value]) => {
          const { input: _input, output: _output, parameters: _parameters, ...rest } = value as Record<string, unknown>;
          return [field, rest];
        }),
      );
  return { id, previousEventId: id - 1, timestamp: atMs / 1000, type, ...shown };
}

function page(input: Input, usual: number) {
  const limit = Math.min(Number(input.maxResults || usual), 1000);
  const offset = Number(optionalText(input, 'nextToken') ?? 0);
  if (!Number.isInteger(offset)) throw new AwsFault('InvalidToken', `Invalid Token: '${input.nextToken}'`);
  return { limit, offset, next: { nextToken: String(offset + limit) } };
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
