import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { wallClockMs } from '../../lib/clock.ts';
import type { AwsService, Ground, Resource, Running } from '../contract.ts';
import { mendPaths } from './as-on-aws.ts';
import type { Definition } from './definition.ts';
import {
  CUT_OFF,
  type Ending,
  type Execution,
  type ExecutionFilter,
  type ExecutionStore,
  openExecutionStore,
} from './execution-store.ts';
import { executionArn, statesFront } from './front.ts';
import { type Machine, machineOf } from './machine.ts';
import { tasksOf } from './tasks.ts';

export interface States extends Running {
  readonly service: AwsService;
  machines(): readonly Machine[];
  /**
   * Starts a workflow by ARN. A name that a running execution of the same input has answers that execution; any other use of a taken
   * name is refused.
   */
  start(machineArn: string, input: string, name?: string): Execution | 'name-taken';
  /** Starts a new execution with the input of another, whatever became of that one; nothing when there is no such execution. */
  rerun(executionArn: string): Execution | undefined;
  /** Ends a running execution as aborted and answers when it stopped. */
  stop(executionArn: string, error?: string, cause?: string): Promise<number>;
  execution(executionArn: string): Execution | undefined;
  /** Newest first. */
  executions(filter: ExecutionFilter): readonly Execution[];
  /** How many executions there are, of one workflow or of all. */
  count(machineArn?: string): number;
  history: ExecutionStore['history'];
  /** The end of a running execution; at once for one that has ended. */
  ended(executionArn: string): Promise<Execution | undefined>;
  /** Resolves when no execution runs. */
  idle(): Promise<void>;
}

/** Step Functions: the template's state machines, interpreted in process, their executions on disk. */
export async function startStates(ground: Ground): Promise<States> {
  await mendPaths();
  const store = openExecutionStore(ground.dataDir('states'), wallClockMs());
  const machines = new Map<string, Machine>();
  for (const resource of ground.assembly.ofType('AWS::StepFunctions::StateMachine')) {
    const roleArn = String(resource.properties.RoleArn);
    const described = {
      arn: resource.arn,
      name: resource.physicalName,
      roleArn,
      type: String(resource.properties.StateMachineType ?? 'STANDARD'),
      definition: definitionOf(ground, resource),
    };
    machines.set(
      resource.arn,
      machineOf(described, { store, runTask: tasksOf(ground, roleArn), region: ground.region }),
    );
  }

  const running = new Map<string, ReturnType<Machine['run']>>();

  const begin = (machine: Machine, input: string, name: string, rerunOf?: string): Execution | 'name-taken' => {
    const arn = executionArn(machine.arn, name);
    const facts = {
      arn,
      machineArn: machine.arn,
      name,
      input,
      startedMs: wallClockMs(),
      ...(rerunOf ? { rerunOf } : {}),
    };
    const before = store.get(arn);
    if (before) return before.status === 'RUNNING' && before.input === input ? before : 'name-taken';
    store.begin(facts);
    const execution = store.get(arn) as Execution;
    const run = machine.run(execution);
    running.set(arn, run);
    run.done
      .then((ending) => tell(machine, name, ending))
      .catch((error: unknown) => ground.log('states', `${machine.name} ${name}: ${String(error)}`))
      .finally(() => running.delete(arn));
    return execution;
  };
  const tell = ({ name: workflow }: Machine, name: string, { status, error, cause }: Ending) => {
    if (status !== 'SUCCEEDED')
      ground.log('states', `${workflow} ${name} ${status}: ${error ?? ''} ${cause ?? ''}`.trimEnd());
  };

  const states: Omit<States, 'service'> = {
    machines: () => [...machines.values()],
    start(machineArn, input, name = randomUUID()) {
      const machine = machines.get(machineArn);
      if (!machine) throw new Error(`There is no state machine ${machineArn}.`);
      return begin(machine, input, name);
    },
    rerun(arn) {
      const before = store.get(arn);
      const machine = before && machines.get(before.machineArn);
      if (!machine) return undefined;
      for (let attempt = 2; ; attempt += 1) {
        const suffix = `-rerun-${attempt}`;
        const name = `${before.name.replace(/-rerun-\d+$/, '').slice(0, 80 - suffix.length)}${suffix}`;
        if (store.get(executionArn(machine.arn, name))) continue;
        const begun = begin(machine, before.input, name, arn);
        if (begun !== 'name-taken') return begun;
      }
    },
    async stop(arn, error, cause) {
      const run = running.get(arn);
      run?.stop(error, cause);
      await run?.done;
      return store.get(arn)?.stoppedMs ?? wallClockMs();
    },
    execution: store.get,
    executions: store.list,
    count: store.count,
    history: store.history,
    async ended(arn) {
      await running.get(arn)?.done;
      return store.get(arn);
    },
    async idle() {
      while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
    },
    async close() {
      for (const run of running.values()) run.stop(CUT_OFF.error, CUT_OFF.cause);
      await states.idle?.();
      store.close();
    },
  };
  return { ...states, service: statesFront(states) };
}

/** A definition stands in the template, or beside it as an asset. */
function definitionOf(ground: Ground, { stack, logicalId, properties }: Resource): Definition {
  const {
    DefinitionString,
    Definition: inline,
    DefinitionS3Location: location,
    DefinitionSubstitutions: substitutions,
  } = properties;
  if (typeof inline === 'object' && inline !== null) return inline as Definition;
  const file = location ? ground.assembly.asset(String((location as { Key?: unknown }).Key)) : undefined;
  const text = file ? readFileSync(file, 'utf8') : DefinitionString;
  if (typeof text !== 'string') throw new Error(`${stack}/${logicalId}: this state machine has no definition.`);
  const filled = Object.entries((substitutions ?? {}) as Record<string, unknown>).reduce(
    (whole, [name, value]) => whole.replaceAll(`\${${name}}`, String(value)),
    text,
  );
  return JSON.parse(filled) as Definition;
}
