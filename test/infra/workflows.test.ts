import { StateMachine } from 'aws-local-stepfunctions';
import { afterAll, describe, expect, test } from 'vitest';
import { WORKFLOWS } from '../../lib/names.ts';
import { asOnAws, EXECUTION_KEY, mendPaths } from '../../local/states/as-on-aws.ts';
import { type Definition, statesOf } from '../../local/states/definition.ts';
import { plainText } from '../../scripts/cost/inventory.ts';
import { transitionsOf } from '../../scripts/cost/transitions.ts';
import { synthesizedStage } from './synthesized.ts';

const stage = synthesizedStage('dev');
afterAll(() => stage.remove());
const definitions = new Map(
  stage
    .ofType('AWS::StepFunctions::StateMachine')
    .map(({ properties }) => [
      properties.StateMachineName.replace('tributary-dev-', ''),
      plainText(properties.DefinitionString),
    ]),
);
const definitionOf = (name: string) => definitions.get(name) ?? '';

// biome-ignore lint/suspicious/noExplicitAny: an event of a function of ours, of any shape
type Call = (event: any) => unknown;

interface Run {
  readonly outcome: { readonly output: unknown } | { readonly error: string };
  /** `<state> <payload>` of every call, in order. */
  readonly calls: readonly { readonly state: string; readonly event: unknown }[];
}

/** Runs a definition as the laptop does, which is as AWS does, with its functions played by the test. */
async function run(name: string, input: object, functions: Readonly<Record<string, Call>>): Promise<Run> {
  await mendPaths();
  const calls: { state: string; event: unknown }[] = [];
  type Given = { readonly Payload: unknown; readonly Error: string; readonly Cause: string };
  const fails = async ({ Error: error, Cause }: Given) => {
    throw new Error(`${error}: ${Cause}`);
  };
  const handlers: Record<string, (given: Given) => Promise<unknown>> = {
    'Some shards failed': fails,
    'Trouble with a provider': fails,
  };
  for (const [state, call] of Object.entries(functions)) {
    handlers[state] = async ({ Payload }) => {
      calls.push({ state, event: Payload });
      return { Payload: call(Payload) };
    };
  }
  const definition = asOnAws(JSON.parse(definitionOf(name)));
  const execution = new StateMachine(definition as never, { validationOptions: { noValidate: true } }).run(
    input as never,
    {
      overrides: { taskResourceLocalHandlers: handlers, retryIntervalOverrides: withoutWaiting(definition) },
      context: { [EXECUTION_KEY]: { StartTime: '2026-03-01T00:00:00.000Z' } },
    } as never,
  );
  try {
    return { outcome: { output: await execution.result }, calls };
  } catch (error) {
    return { outcome: { error: String((error as { cause?: unknown }).cause ?? error) }, calls };
  }
}

const withoutWaiting = (definition: Definition) =>
  Object.fromEntries(
    statesOf(definition)
      .filter(({ state }) => Array.isArray(state.Retry))
      .map(({ name, state }) => [name, (state.Retry as unknown[]).map(() => 0)]),
  );

test('there is a state machine for each workflow', () => {
  expect([...definitions.keys()].sort()).toEqual([...WORKFLOWS].sort());
});

describe.each(WORKFLOWS)('%s', (name) => {
  test('a run with nothing to do is three transitions', async () => {
    expect(await transitionsOf(definitionOf(name), 0)).toBeLessThanOrEqual(3);
  });

  test('each further shard adds three transitions', async () => {
    const one = await transitionsOf(definitionOf(name), 1);
    expect((await transitionsOf(definitionOf(name), 5)) - one).toBe(4 * 3);
  });

  test('keeps to what runs the same on AWS and on a laptop', () => {
    expect(definitionOf(name)).not.toMatch(/JSONata|"Assign"|Task\.Token|ItemReader|ItemBatcher|ToleratedFailure/);
  });

  test('every task is tried again, with jitter, when Lambda is unwell', () => {
    const states = JSON.stringify(JSON.parse(definitionOf(name))).split('"Type":"Task"').length - 1;
    const retries = definitionOf(name).split('"Lambda.TooManyRequestsException"').length - 1;
    expect(retries).toBe(states);
    expect(definitionOf(name).split('"JitterStrategy":"FULL"').length - 1).toBe(2 * states);
  });
});

describe('a fan-out', () => {
  const plan = (shards: object[], more: object | null = null) => ({
    asOf: '2026-03-01T00:00:00.000Z',
    idle: shards.length === 0,
    shards,
    more,
  });
  const done: Call = (event) => ({ ...event, cursor: null, tally: { settled: event.shard } });

  test('reasons from the start of the run when the input names no other time', async () => {
    const { calls } = await run('settle-conversions', { mode: 'new' }, { Plan: () => plan([]) });
    expect(calls[0]?.event).toEqual({ asOf: '2026-03-01T00:00:00.000Z', mode: 'new' });
  });

  test('reasons from the time in the input when there is one', async () => {
    const { calls } = await run('settle-conversions', { asOf: '2026-01-31T12:00:00.000Z' }, { Plan: () => plan([]) });
    expect(calls[0]?.event).toEqual({ asOf: '2026-01-31T12:00:00.000Z' });
  });

  test('works on every shard of every page, and each until it has no cursor', async () => {
    const { outcome, calls } = await run(
      'settle-conversions',
      {},
      {
        Plan: () => plan([{ shard: 1 }, { shard: 2 }], { after: 2 }),
        'Plan next page': () => plan([{ shard: 3 }]),
        'Work on shard': (event) => (event.cursor === 'half' ? done(event) : { ...event, cursor: 'half' }),
      },
    );
    const worked = calls
      .filter(({ state }) => state === 'Work on shard')
      .map(({ event }) => (event as { shard: number }).shard);
    expect(worked.sort()).toEqual([1, 1, 2, 2, 3, 3]);
    expect(calls.find(({ state }) => state === 'Plan next page')?.event).toEqual({
      asOf: '2026-03-01T00:00:00.000Z',
      after: 2,
    });
    expect(outcome).toEqual({ output: { shards: [{ outcome: 'done', tally: { settled: 3 } }], outcomes: ['done'] } });
  });

  test('a shard that fails is tried three times; the others and later pages are done; the run fails', async () => {
    const { outcome, calls } = await run(
      'settle-conversions',
      {},
      {
        Plan: () => plan([{ shard: 1 }, { shard: 2 }], { after: 2 }),
        'Plan next page': () => plan([{ shard: 3 }]),
        'Work on shard': (event) => {
          if (event.shard === 1) throw new Error('a conversion that cannot be priced');
          return done(event);
        },
      },
    );
    const worked = calls
      .filter(({ state }) => state === 'Work on shard')
      .map(({ event }) => (event as { shard: number }).shard);
    expect(worked.sort()).toEqual([1, 1, 1, 2, 3]);
    expect(outcome).toEqual({ error: expect.stringContaining('Some shards failed') });
  });

  test('a plan that fails fails the run', async () => {
    const { outcome } = await run(
      'settle-conversions',
      {},
      {
        Plan: () => {
          throw new Error('no such program');
        },
      },
    );
    expect(outcome).toEqual({ error: expect.stringContaining('no such program') });
  });
});

describe('payouts', () => {
  const plan = { asOf: '2026-03-01T00:00:00.000Z', idle: false, shards: [{ shard: 1 }], more: null, runId: 'pay_1' };

  test('a draft is checked to the end, then frozen, once every shard is reserved', async () => {
    const { outcome, calls } = await run(
      'draft-payout',
      {},
      {
        Plan: () => plan,
        'Match taxpayers': () => ({ runId: 'pay_1', cursor: 'half' }),
        'Match taxpayers, further': (event) => ({ ...event, cursor: null }),
        'Work on shard': (event) => ({ ...event, cursor: null, tally: {} }),
        'Check items': (event) => ({ ...event, cursor: event.cursor === 'half' ? null : 'half' }),
        'Freeze run': (event) => ({ runId: event.runId, cursor: null }),
      },
    );
    expect(calls.map(({ state }) => state)).toEqual([
      'Plan',
      'Match taxpayers',
      'Match taxpayers, further',
      'Work on shard',
      'Check items',
      'Check items',
      'Freeze run',
    ]);
    expect(outcome).toEqual({ output: { runId: 'pay_1', cursor: null } });
  });

  test('a draft with a shard that failed is not frozen', async () => {
    const { calls } = await run(
      'draft-payout',
      {},
      {
        Plan: () => plan,
        'Match taxpayers': () => ({ cursor: null }),
        'Work on shard': () => {
          throw new Error('reserved by somebody else');
        },
        'Freeze run': () => ({}),
      },
    );
    expect(calls.map(({ state }) => state)).not.toContain('Freeze run');
  });

  test('after a release the runs that follow it are drafted, also when nothing had to be released', async () => {
    const { calls } = await run(
      'release-commissions',
      {},
      {
        Plan: () => ({ ...plan, shards: [] }),
        'Draft payouts': (event) => ({ ...event, cursor: event.cursor === 'half' ? null : 'half' }),
      },
    );
    expect(calls.map(({ state }) => state)).toEqual(['Plan', 'Draft payouts', 'Draft payouts']);
  });

  test('statements are written until there are none left, also when all items are paid already', async () => {
    const { calls } = await run(
      'pay-payout',
      { runId: 'pay_1' },
      {
        Plan: () => ({ ...plan, shards: [] }),
        'Write statements': (event) => ({ ...event, cursor: event.cursor === 'half' ? null : 'half' }),
      },
    );
    expect(calls.map(({ state }) => state)).toEqual(['Plan', 'Write statements', 'Write statements']);
  });

  const providing = { ...plan, shards: [], providers: true };
  const answered = { cursor: null, wait: null, trouble: null, statements: true };
  const paying = (answers: readonly object[]) => {
    let place = 0;
    const next = () => ({ ...answered, place, ...answers[place++] });
    return run(
      'pay-payout',
      { runId: 'pay_1' },
      {
        Plan: () => providing,
        'Pay by providers': next,
        'Next batch': next,
        'Write statements': (event) => ({ ...event, cursor: null }),
      },
    );
  };

  test('what PayPal and Wise pay is gone through batch by batch, and again after a wait', async () => {
    const { calls, outcome } = await paying([{ cursor: 1 }, { wait: 0 }, {}]);
    expect(calls.map(({ state }) => state)).toEqual([
      ...['Plan', 'Pay by providers', 'Next batch', 'Next batch', 'Write statements'],
    ]);
    expect(calls[2]?.event).toMatchObject({ place: 0, cursor: 1 });
    expect(outcome).toHaveProperty('output');
  });

  test('trouble with one fails the run after everything else is done', async () => {
    const { calls, outcome } = await paying([{ trouble: 'batch 0 at wise: no money' }]);
    expect(calls.map(({ state }) => state)).toEqual(['Plan', 'Pay by providers', 'Write statements']);
    expect(outcome).not.toHaveProperty('output');
    expect(JSON.stringify(outcome)).toContain('ProviderTrouble');
  });

  test('a run that was only asked about and did not change writes no statements', async () => {
    const { calls, outcome } = await paying([{ statements: false }]);
    expect(calls.map(({ state }) => state)).toEqual(['Plan', 'Pay by providers']);
    expect(outcome).toHaveProperty('output');
  });
});

describe('returns', () => {
  const plan = { asOf: '2026-01-20T00:00:00.000Z', idle: false, shards: [{ shard: 1 }], more: null, year: 2025 };

  test('are written until there are none left, once every shard is worked out', async () => {
    const { outcome, calls } = await run(
      'file-1099',
      { year: 2025 },
      {
        Plan: () => plan,
        'Work on shard': (event) => ({ ...event, cursor: null, tally: {} }),
        'Match taxpayers': (event) => ({ year: event.year, cursor: event.cursor === 'half' ? null : 'half' }),
        'Combine returns': (event) => ({ ...event, cursor: null }),
        'Write returns': (event) => ({
          ...event,
          cursor: event.cursor?.next === 2 ? null : { next: 2 },
          made: { submissions: 1 },
        }),
      },
    );
    expect(calls.map(({ state }) => state)).toEqual([
      ...['Plan', 'Work on shard', 'Match taxpayers', 'Match taxpayers', 'Combine returns'],
      ...['Write returns', 'Write returns'],
    ]);
    expect(calls.at(-1)?.event).toMatchObject({ year: 2025, cursor: { next: 2 } });
    expect(outcome).toMatchObject({ output: { year: 2025, made: { submissions: 1 } } });
  });

  test('are not written when the year of a partner could not be worked out', async () => {
    const { outcome, calls } = await run(
      'file-1099',
      { year: 2025 },
      {
        Plan: () => plan,
        'Work on shard': () => {
          throw new Error('a journal is missing');
        },
        'Write returns': () => ({}),
      },
    );
    expect(calls.map(({ state }) => state)).not.toContain('Write returns');
    expect(outcome).toEqual({ error: expect.stringContaining('Some shards failed') });
  });
});
