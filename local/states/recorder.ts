import { wallClockMs } from '../../lib/clock.ts';
import type { Definition } from './definition.ts';
import { statesOf } from './definition.ts';
import type { Ending, ExecutionStore, HistoryEvent } from './execution-store.ts';

/** An event of the interpreter's own log, as far as it is read here. */
export interface LogEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly index?: number;
  readonly state?: { readonly name: string; readonly input: unknown; readonly output?: unknown };
  readonly parentState?: { readonly name: string };
  readonly Error?: string;
  readonly Cause?: unknown;
}

/** Writes one execution's history as the Step Functions API would tell it. */
export interface Recorder {
  started(input: string, roleArn: string, atMs: number): void;
  /** An event of the interpreter. */
  log(event: LogEvent): void;
  scheduled(state: string, resource: string, parameters: unknown): void;
  succeeded(resource: string, output: unknown): void;
  failed(resource: string, error: string, cause: string): void;
  ended(ending: Ending): void;
}

const ENDINGS: Record<Ending['status'], string> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};

/** Names of states say their type by the definition as it was written, not as it was rewritten to run. */
export function recorder(store: ExecutionStore, arn: string, definition: Definition, region: string): Recorder {
  const types = new Map(statesOf(definition).map(({ name, state }) => [name, state.Type]));
  let over = false;
  const write = (type: string, field: string, details: object, atMs = wallClockMs(), iteration?: number) => {
    if (over) return;
    const event: Omit<HistoryEvent, 'id'> = { type, atMs, details: { [field]: details } };
    store.append(arn, iteration === undefined ? event : { ...event, iteration });
  };
  const parts = (resource: string) => {
    if (resource.startsWith('arn:aws:lambda:')) return { resourceType: 'lambda', resource };
    const [resourceType = '', name = ''] = resource.replace('arn:aws:states:::', '').split(':');
    return { resourceType, resource: name };
  };

  return {
    started: (input, roleArn, atMs) =>
      write('ExecutionStarted', 'executionStartedEventDetails', { input, roleArn }, atMs),
    log({ type, timestamp, index, state, parentState, ...event }) {
      if (over) return;
      const kind = types.get(state?.name ?? '') ?? 'Unknown';
      const iteration = { name: parentState?.name, index };
      switch (type) {
        case 'StateEntered':
          store.countTransition(arn);
          write(
            `${kind}StateEntered`,
            'stateEnteredEventDetails',
            { name: state?.name, input: json(state?.input) },
            timestamp,
            index,
          );
          return;
        case 'StateExited':
          write(
            `${kind}StateExited`,
            'stateExitedEventDetails',
            { name: state?.name, output: json(state?.output) },
            timestamp,
            index,
          );
          return;
        case 'StateRetried':
          store.countTransition(arn);
          return;
        case 'StateFailed':
          // A task's own failure is written by the task; its timeout only the interpreter knows.
          if (kind === 'Task' && event.Error === 'States.Timeout') {
            write(
              'TaskTimedOut',
              'taskTimedOutEventDetails',
              { error: event.Error, cause: 'The task took longer than TimeoutSeconds.' },
              timestamp,
              index,
            );
          }
          if (kind === 'Map')
            write('MapStateFailed', 'mapStateFailedEventDetails', { error: event.Error }, timestamp, index);
          return;
        case 'MapIterationStarted':
        case 'MapIterationSucceeded':
        case 'MapIterationFailed':
          write(type, `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`, iteration, timestamp, index);
          return;
        default:
          return;
      }
    },
    scheduled(state, resource, parameters) {
      const details = { ...parts(resource), region, parameters: json(parameters), state };
      write('TaskScheduled', 'taskScheduledEventDetails', details);
    },
    succeeded: (resource, output) =>
      write('TaskSucceeded', 'taskSucceededEventDetails', { ...parts(resource), output: json(output) }),
    failed: (resource, error, cause) =>
      write('TaskFailed', 'taskFailedEventDetails', { ...parts(resource), error, cause }),
    ended(ending) {
      const { status, output, error, cause } = ending;
      const type = ENDINGS[status];
      const atMs = wallClockMs();
      const details = status === 'SUCCEEDED' ? { output } : { error, cause };
      write(type, `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`, details, atMs);
      over = true;
      store.end(arn, ending, atMs);
    },
  };
}

function json(value: unknown): string {
  return JSON.stringify(value ?? null);
}
