import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ExecutionAbortedError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import { instant } from '../../lib/time.ts';
import { asOnAws, EXECUTION_KEY, FAIL_RESOURCE } from './as-on-aws.ts';
import { type Definition, refusals, statesOf } from './definition.ts';
import type { Ending, Execution, ExecutionStore } from './execution-store.ts';
import { type LogEvent, recorder } from './recorder.ts';
import { DATA_LIMIT_BYTES, NamedError, type RunTask } from './tasks.ts';

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  /** `STANDARD` or `EXPRESS`; both run alike here. */
  readonly type: string;
  readonly definition: Definition;
  /** Runs a begun execution to its end, which is stored and then answered; `stop` ends it as aborted. */
  run(execution: Execution): { readonly done: Promise<Ending>; stop(error?: string, cause?: string): void };
}

/** A state machine ready to run; throws when it holds what the laptop cannot run as AWS would. */
export function machineOf(
  described: Pick<Machine, 'arn' | 'name' | 'roleArn' | 'type' | 'definition'>,
  around: { readonly store: ExecutionStore; readonly runTask: RunTask; readonly region: string },
): Machine {
  const { definition, name } = described;
  const refused = refusals(definition);
  if (refused.length > 0)
    throw new Error(`State machine ${name} does not run on the laptop:\n  ${refused.join('\n  ')}`);
  // Validates the definition as written; what runs is its rewriting.
  new StateMachine(definition as unknown as StateMachineDefinition);
  const runnable = asOnAws(definition);
  const interpreter = new StateMachine(runnable as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const tasks = statesOf(runnable).filter(({ state }) => state.Type === 'Task');

  return {
    ...described,
    run(execution) {
      const record = recorder(around.store, execution.arn, definition, around.region);
      let ended = false;
      let asked: { error?: string; cause?: string } = {};
      let tooLarge = false;
      /** Map states that have failed: what is left of their iterations must not begin. */
      const failedMaps = new Set<string>();

      const perform = async (state: string, resource: string, maps: readonly string[], input: unknown) => {
        // The interpreter's log is read between turns; without this wait a task could be written before its state was entered.
        await nextTurn();
        if (ended || maps.some((map) => failedMaps.has(map)))
          throw new NamedError('States.Aborted', 'The execution or the Map around this task is over.');
        if (resource === FAIL_RESOURCE) return around.runTask(resource, input);
        record.scheduled(state, resource, input);
        try {
          const output = await around.runTask(resource, input);
          if (bytesOf(output) > DATA_LIMIT_BYTES) {
            throw new NamedError(
              'States.DataLimitExceeded',
              `The answer of ${state} is over ${DATA_LIMIT_BYTES} bytes.`,
            );
          }
          record.succeeded(resource, output);
          return output as never;
        } catch (error) {
          const { name: errorName, message } = error as Error;
          record.failed(resource, errorName, message);
          throw error;
        }
      };

      const input = JSON.parse(execution.input) as never;
      const whole = {
        Id: execution.arn,
        Input: input,
        Name: execution.name,
        RoleArn: described.roleArn,
        StartTime: instant(execution.startedMs),
        RedriveCount: 0,
      };
      record.started(execution.input, described.roleArn, execution.startedMs);
      const running = interpreter.run(input, {
        context: { [EXECUTION_KEY]: whole, StateMachine: { Id: described.arn, Name: name } },
        overrides: {
          taskResourceLocalHandlers: Object.fromEntries(
            tasks.map(({ name: state, state: { Resource }, maps }) => [
              state,
              (given: unknown) => perform(state, String(Resource), maps, given) as never,
            ]),
          ),
        },
      });

      const logged = (async () => {
        for await (const event of running.eventLogs as AsyncGenerator<LogEvent>) {
          const map = event.parentState?.name ?? event.state?.name ?? '';
          if (event.type === 'MapIterationFailed') failedMaps.add(map);
          if (event.type === 'StateEntered' || event.type === 'StateRetried') failedMaps.delete(map);
          if (event.type === 'StateExited' && bytesOf(event.state?.output) > DATA_LIMIT_BYTES) {
            tooLarge = true;
            running.abort();
          }
          record.log(event);
        }
      })();

      const finish = async (): Promise<Ending> => {
        const ending = await running.result.then(
          (output): Ending => ({ status: 'SUCCEEDED', output: JSON.stringify(output ?? null) }),
          (error: Error): Ending => {
            if (tooLarge)
              return {
                status: 'FAILED',
                error: 'States.DataLimitExceeded',
                cause: `A state handed on more than ${DATA_LIMIT_BYTES} bytes.`,
              };
            if (error instanceof ExecutionAbortedError) return { status: 'ABORTED', ...asked };
            if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' };
            const { name: errorName, message } = (error.cause ?? error) as Error;
            return {
              status: 'FAILED',
              ...(errorName ? { error: errorName } : {}),
              ...(message ? { cause: message } : {}),
            };
          },
        );
        ended = true;
        await logged;
        record.ended(ending);
        return ending;
      };

      return {
        done: finish(),
        stop(error, cause) {
          asked = { ...(error ? { error } : {}), ...(cause ? { cause } : {}) };
          running.abort();
        },
      };
    },
  };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value ?? null));
}
