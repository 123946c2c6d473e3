import { StateMachine } from 'aws-local-stepfunctions';

/**
 * State transitions of one run, found by running the definition with every function answered at once.
 * `shards` is what its plan finds; 0 is a run with nothing to do.
 */
export async function transitionsOf(definition: string, shards: number): Promise<number> {
  const parsed = JSON.parse(definition) as Definition;
  const answers: Record<string, () => Promise<unknown>> = {};
  for (const [name, parameters] of tasksOf(parsed)) {
    const planned = { asOf: '2026-01-01T00:00:00Z', idle: shards === 0, shards: Array(shards).fill({}), more: null };
    const answer = parsed.StartAt === name ? planned : { ...planned, cursor: null, tally: {} };
    answers[name] = async () => (parameters ? { Payload: answer } : answer);
  }
  const run = new StateMachine(parsed as never).run({}, {
    overrides: { taskResourceLocalHandlers: answers },
    context: {
      Execution: { Id: 'run', Name: 'run', Input: {}, RoleArn: 'role', StartTime: '2026-01-01T00:00:00.000Z' },
    },
  } as never);
  const counted = (async () => {
    let entered = 0;
    for await (const event of run.eventLogs) if (event.type === 'StateEntered') entered += 1;
    return entered;
  })();
  await run.result;
  return counted;
}

interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}
interface State {
  readonly Type: string;
  readonly Parameters?: { readonly FunctionName?: string };
  readonly ItemProcessor?: Definition;
}

/** Names of all tasks, those inside Maps too, with whether they call through the integration that wraps the answer. */
function tasksOf({ States }: Definition): [string, boolean][] {
  return Object.entries(States).flatMap(([name, state]): [string, boolean][] => {
    if (state.ItemProcessor) return tasksOf(state.ItemProcessor);
    return state.Type === 'Task' ? [[name, state.Parameters?.FunctionName !== undefined]] : [];
  });
}
