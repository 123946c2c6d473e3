import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../../local/queues/queues.ts';
import { type States, startStates } from '../../../local/states/states.ts';
import { ACCOUNT, REGION, resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const roleArn = `arn:aws:iam::${ACCOUNT}:role/workflow`;
const machine = (name: string, definition: object) =>
  resource('AWS::StepFunctions::StateMachine', name, {
    RoleArn: roleArn,
    DefinitionString: JSON.stringify(definition),
  });
const arnOf = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
const lambda = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`, 'Payload.$': '$' },
  ...more,
});
const queue = resource('AWS::SQS::Queue', 'mail');

const settle = machine('settle', {
  StartAt: 'Plan',
  States: {
    Plan: lambda('plan', { ResultPath: '$.plan', Next: 'Idle?' }),
    'Idle?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.plan.Payload.shards[0]', IsPresent: false, Next: 'Nothing' }],
      Default: 'Work',
    },
    Nothing: { Type: 'Succeed' },
    Work: {
      Type: 'Map',
      ItemsPath: '$.plan.Payload.shards',
      MaxConcurrency: 2,
      ItemSelector: { 'shard.$': '$$.Map.Item.Value', 'startedBySelector.$': '$$.Execution.StartTime' },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'Shard',
        States: {
          Shard: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Parameters: {
              FunctionName: 'shard',
              Payload: {
                'shard.$': '$.shard',
                'started.$': '$$.Execution.StartTime',
                'bySelector.$': '$.startedBySelector',
                'name.$': '$$.Execution.Name',
              },
            },
            Retry: [{ ErrorEquals: ['Throttled'], MaxAttempts: 2, IntervalSeconds: 1 }],
            Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: 'Kept' }],
            ResultSelector: { 'tally.$': '$.Payload' },
            End: true,
          },
          Kept: { Type: 'Pass', Parameters: { 'failure.$': '$.failure.Error' }, End: true },
        },
      },
      ResultSelector: { 'tallies.$': '$[*].tally', 'failures.$': '$[*].failure' },
      ResultPath: '$.result',
      Next: 'Any failed?',
    },
    'Any failed?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.result.failures[0]', IsPresent: true, Next: 'Failed' }],
      Default: 'Done',
    },
    Failed: { Type: 'Fail', Error: 'ShardsFailed', CausePath: 'States.JsonToString($.result.failures)' },
    Done: { Type: 'Succeed', OutputPath: '$.result' },
  },
});
const slow = machine('slow', { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } });

let ground: TinyGround;
let states: States;
let queues: Queues;
let sfn: SFNClient;
const machines = [
  settle,
  slow,
  machine('greet', {
    StartAt: 'Greet',
    States: { Greet: { Type: 'Pass', Parameters: { 'hello.$': '$.name' }, End: true } },
  }),
  machine('bare', {
    StartAt: 'Call',
    States: { Call: { Type: 'Task', Resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:plan`, End: true } },
  }),
  machine('falsy', {
    StartAt: 'No',
    States: { No: { Type: 'Pass', Result: false, ResultPath: '$.answer', End: true } },
  }),
  machine('whole', {
    StartAt: 'All',
    States: { All: { Type: 'Pass', Result: { all: 1 }, ResultPath: '$', End: true } },
  }),
  machine('hurry', {
    StartAt: 'Sleep',
    States: {
      Sleep: lambda('sleep', {
        TimeoutSeconds: 1,
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }],
        End: true,
      }),
      Late: { Type: 'Pass', Result: 'late', End: true },
    },
  }),
  machine('limited', {
    TimeoutSeconds: 1,
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', Seconds: 60, End: true } },
  }),
  machine('huge', { StartAt: 'Big', States: { Big: lambda('big', { End: true }) } }),
  machine('stubborn', {
    StartAt: 'Work',
    States: {
      Work: {
        Type: 'Map',
        ItemsPath: '$.items',
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'Item', States: { Item: lambda('item', { End: true }) } },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }],
        End: true,
      },
      After: { Type: 'Wait', Seconds: 1, End: true },
    },
  }),
  machine('choose', {
    StartAt: 'Choose',
    States: {
      Choose: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.absent', IsPresent: false, Next: 'Absent' },
          {
            And: [{ Variable: '$.cursor', IsNull: false }, { Not: { Variable: '$.cursor', StringMatches: 'end?' } }],
            Next: 'More',
          },
          { Variable: '$.number', NumericGreaterThan: 4, Next: 'Big' },
        ],
        Default: 'Rest',
      },
      ...Object.fromEntries(
        ['Absent', 'More', 'Big', 'Rest'].map((Result) => [Result, { Type: 'Pass', Result, End: true }]),
      ),
    },
  }),
  machine('both', {
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'L', States: { L: { Type: 'Pass', Result: 'left', End: true } } },
          { StartAt: 'R', States: { R: { Type: 'Pass', Result: 'right', End: true } } },
        ],
        End: true,
      },
    },
  }),
  machine('post', {
    StartAt: 'Send',
    States: {
      Send: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage',
        Parameters: { 'QueueUrl.$': '$.url', MessageBody: { 'to.$': '$.to' } },
        ResultPath: '$.sent',
        Next: 'Start',
      },
      Start: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution',
        Parameters: { StateMachineArn: arnOf('greet'), Input: { 'name.$': '$.to' } },
        End: true,
      },
    },
  }),
  queue,
  ...['plan', 'shard', 'sleep', 'big', 'item'].map((name) => resource('AWS::Lambda::Function', name)),
];

const start = (name: string, input: object = {}, execution?: string) =>
  sfn.send(
    new StartExecutionCommand({
      stateMachineArn: arnOf(name),
      input: JSON.stringify(input),
      ...(execution ? { name: execution } : {}),
    }),
  );
const run = async (name: string, input: object = {}) => {
  const { executionArn = '' } = await start(name, input);
  await states.ended(executionArn);
  const described = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  return {
    ...described,
    executionArn,
    result: described.output === undefined ? undefined : JSON.parse(described.output),
  };
};
const transitions = (executionArn: string) => states.execution(executionArn)?.transitions;

beforeAll(async () => {
  ground = await tinyGround(machines);
  states = await startStates(ground);
  queues = await startQueues(ground);
  ground.mount(states.service, queues.service);
  sfn = new SFNClient(ground.client);
  ground.functions.set('sleep', () => new Promise((later) => setTimeout(later, 1_500)));
  ground.functions.set('big', () => 'x'.repeat(300_000));
});
afterAll(async () => {
  await states.close();
  await queues.close();
  await ground.close();
});

describe('a workflow over shards', () => {
  test('with nothing to do is three transitions', async () => {
    ground.functions.set('plan', () => ({ shards: [] }));
    const ended = await run('settle');
    expect(ended.status).toBe('SUCCEEDED');
    expect(transitions(ended.executionArn)).toBe(3);
  });

  test('runs each shard, and every shard knows when the whole execution started', async () => {
    const seen: Record<string, string>[] = [];
    ground.functions.set('plan', () => ({ shards: [0, 1, 2] }));
    ground.functions.set('shard', async (event: Record<string, string>) => {
      seen.push(event);
      await new Promise((later) => setTimeout(later, 10));
      return Number(event.shard) * 10;
    });
    const ended = await run('settle', {});
    expect(ended.result).toEqual({ tallies: [0, 10, 20], failures: [] });
    const startedAt = ended.startDate?.toISOString();
    expect(seen.map(({ started, bySelector, name }) => [started, bySelector, name])).toEqual(
      [0, 1, 2].map(() => [startedAt, startedAt, ended.name]),
    );
  });

  test('retries a shard by the name of its error, and counts the retry as a transition', async () => {
    let calls = 0;
    ground.functions.set('plan', () => ({ shards: [7] }));
    ground.functions.set('shard', () => {
      calls += 1;
      if (calls === 1) throw Object.assign(new Error('slow down'), { name: 'Throttled' });
      return 1;
    });
    const ended = await run('settle');
    expect(ended.result).toEqual({ tallies: [1], failures: [] });
    expect(calls).toBe(2);
    // Plan, choice, map, shard, shard again, choice, done.
    expect(transitions(ended.executionArn)).toBe(7);
  });

  test('keeps the failures of its shards and ends with them as the cause', async () => {
    ground.functions.set('plan', () => ({ shards: [1, 2] }));
    ground.functions.set('shard', ({ shard }: { shard: number }) => {
      if (shard === 2) throw new TypeError('no such partner');
      return shard;
    });
    const ended = await run('settle');
    expect(ended).toMatchObject({ status: 'FAILED', error: 'ShardsFailed', cause: '["TypeError"]' });
    expect(ground.lines.join('\n')).toContain('ShardsFailed');
  });

  test('writes the history the console would show', async () => {
    ground.functions.set('plan', () => ({ shards: ['a'] }));
    ground.functions.set('shard', () => 1);
    const { executionArn } = await run('settle', { brandId: 'brd_1' });
    const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      ...['TaskStateEntered', 'TaskScheduled', 'TaskSucceeded', 'TaskStateExited'],
      ...['ChoiceStateEntered', 'ChoiceStateExited'],
      ...[
        'MapStateEntered',
        'MapIterationStarted',
        'TaskStateEntered',
        'TaskScheduled',
        'TaskSucceeded',
        'TaskStateExited',
        'MapIterationSucceeded',
        'MapStateExited',
      ],
      ...['ChoiceStateEntered', 'ChoiceStateExited', 'SucceedStateEntered', 'SucceedStateExited'],
      'ExecutionSucceeded',
    ]);
    expect(events[1]?.stateEnteredEventDetails).toEqual({ name: 'Plan', input: '{"brandId":"brd_1"}' });
    expect(events[3]?.taskSucceededEventDetails).toMatchObject({ resourceType: 'lambda', resource: 'invoke' });
    const newest = await sfn.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 3 }));
    expect(newest.events?.[0]?.type).toBe('ExecutionSucceeded');
    const older = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 3, nextToken: newest.nextToken }),
    );
    expect(older.events?.[0]?.id).toBe((newest.events?.[2]?.id ?? 0) - 1);
  });
});

describe('as on AWS', () => {
  test.each<[string, string, object, unknown]>([
    ['a bare function ARN gets the input and answers its result', 'bare', { a: 1 }, { got: { a: 1 } }],
    ['false is a result', 'falsy', { a: 1 }, { a: 1, answer: false }],
    ['a result path of $ replaces the input', 'whole', { a: 1 }, { all: 1 }],
    ['branches run side by side and answer in order', 'both', {}, ['left', 'right']],
    ['a choice may ask for absence', 'choose', { cursor: null, number: 1 }, 'Absent'],
    ['a choice may ask for something not null', 'choose', { absent: 1, cursor: 'c', number: 1 }, 'More'],
    ['a question mark is no wildcard', 'choose', { absent: 1, cursor: 'ends', number: 1 }, 'More'],
    ['a number is compared', 'choose', { absent: 1, cursor: null, number: 5 }, 'Big'],
    ['a text is not compared with a number', 'choose', { absent: 1, cursor: null, number: '5' }, 'Rest'],
    ['a task over its time is caught as States.Timeout', 'hurry', {}, 'late'],
  ])('%s', async (_, name, input, expected) => {
    ground.functions.set('plan', (event) => ({ got: event }));
    expect((await run(name, input)).result).toEqual(expected);
  });

  test('an execution over its time is timed out', async () => {
    expect(await run('limited')).toMatchObject({ status: 'TIMED_OUT' });
  });

  test('a state cannot hand on more than 256 KB', async () => {
    expect(await run('huge')).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test('when one item of a Map fails, those not begun never begin', async () => {
    const begun: number[] = [];
    ground.functions.set('item', (item: number) => {
      begun.push(item);
      if (item === 2) throw new Error('broken');
      return item;
    });
    expect(await run('stubborn', { items: [1, 2, 3, 4, 5, 6] })).toMatchObject({ status: 'SUCCEEDED' });
    expect(begun).toEqual([1, 2]);
  });

  test('a function error names the failed execution, its cause is what Lambda says', async () => {
    ground.functions.set('plan', () => {
      throw new RangeError('too many');
    });
    const ended = await run('bare');
    expect(ended).toMatchObject({ status: 'FAILED', error: 'RangeError' });
    expect(JSON.parse(ended.cause ?? '')).toMatchObject({ errorType: 'RangeError', errorMessage: 'too many' });
  });

  test('a role that may not call the function fails the task', async () => {
    const refused = `workflow lambda:InvokeFunction arn:aws:lambda:${REGION}:${ACCOUNT}:function:plan`;
    ground.refused.add(refused);
    expect(await run('bare')).toMatchObject({ status: 'FAILED', error: 'Lambda.AWSLambdaException' });
    ground.refused.delete(refused);
  });

  test('a message is sent and another workflow started, in the name of the role', async () => {
    const ended = await run('post', { url: `${ground.awsEndpoint}/${ACCOUNT}/mail`, to: 'ana' });
    expect(ended.status).toBe('SUCCEEDED');
    expect(queues.peek('mail', 1)[0]?.body).toBe('{"to":"ana"}');
    expect(await states.ended(ended.result.ExecutionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"hello":"ana"}',
    });
    ground.refused.add(`workflow sqs:SendMessage ${queue.arn}`);
    expect(await run('post', { url: `${ground.awsEndpoint}/${ACCOUNT}/mail`, to: 'bo' })).toMatchObject({
      error: 'SQS.AccessDeniedException',
    });
  });
});

describe('names', () => {
  test('the same name and input, while it runs, is the same execution', async () => {
    const first = await start('slow', { a: 1 }, 'nightly');
    expect((await start('slow', { a: 1 }, 'nightly')).executionArn).toBe(first.executionArn);
    await expect(start('slow', { a: 2 }, 'nightly')).rejects.toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
    await sfn.send(new StopExecutionCommand({ executionArn: first.executionArn, error: 'Ops', cause: 'enough' }));
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn: first.executionArn }))).toMatchObject({
      status: 'ABORTED',
      error: 'Ops',
      cause: 'enough',
    });
    await expect(start('slow', { a: 1 }, 'nightly')).rejects.toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
  });

  test.each([
    ['a machine that is not there', { stateMachineArn: arnOf('none') }, 'StateMachineDoesNotExist'],
    ['an input that is no JSON', { stateMachineArn: arnOf('greet'), input: '{' }, 'InvalidExecutionInput'],
    ['a name with a slash', { stateMachineArn: arnOf('greet'), name: 'a/b' }, 'InvalidName'],
  ])('%s is refused', async (_, input, name) => {
    await expect(sfn.send(new StartExecutionCommand(input))).rejects.toThrow(expect.objectContaining({ name }));
  });

  test('an execution that is not there', async () => {
    await expect(sfn.send(new DescribeExecutionCommand({ executionArn: `${arnOf('greet')}:x` }))).rejects.toThrow(
      expect.objectContaining({ name: 'ExecutionDoesNotExist' }),
    );
  });
});

test('lists are filtered and paged, newest first', async () => {
  for (const name of ['a', 'b', 'c']) {
    await start('greet', { name }, `page-${name}`);
    await states.idle();
  }
  const list = (more: object) =>
    sfn.send(
      new ListExecutionsCommand({ stateMachineArn: arnOf('greet'), statusFilter: 'SUCCEEDED', maxResults: 2, ...more }),
    );
  const first = await list({});
  const second = await list({ nextToken: first.nextToken });
  const names = [...(first.executions ?? []), ...(second.executions ?? [])].map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual(['page-c', 'page-b', 'page-a']);
  expect((await list({ statusFilter: 'RUNNING' })).executions).toEqual([]);
});

test('machines describe themselves', async () => {
  const { stateMachines } = await sfn.send(new ListStateMachinesCommand({}));
  expect(stateMachines?.map(({ name }) => name)).toContain('settle');
  const { definition } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: arnOf('settle') }));
  expect(JSON.parse(definition ?? '').States.Failed).toMatchObject({ Type: 'Fail', Error: 'ShardsFailed' });
});

describe('rerun', () => {
  test('starts again with the same input under a new name', async () => {
    const { executionArn } = await run('greet', { name: 'ana' });
    const again = states.rerun(executionArn);
    expect(again).toMatchObject({ input: '{"name":"ana"}', rerunOf: executionArn });
    expect(again?.name).toMatch(/-rerun-2$/);
    expect(states.rerun(again?.arn ?? '')?.name).toMatch(/(?<!rerun-2)-rerun-3$/);
    await states.idle();
  });

  test('a redrive is refused with what to do instead', async () => {
    const { executionArn } = await run('greet', { name: 'ana' });
    await expect(sfn.send(new RedriveExecutionCommand({ executionArn }))).rejects.toThrow('Rerun');
  });
});
