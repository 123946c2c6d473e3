import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JitterType,
  Map as MapState,
  Pass,
  Result,
  Succeed,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';

export interface FanOut {
  /**
   * Answers `{ asOf, idle, shards, more }`: the work of one page. It gets the run's input; `asOf` is the start of the run when
   * the input names no other. `more`, when not null, is the input for the next page.
   */
  readonly plan: Lambda;
  /** Works on one shard. Its answer is its next input while `cursor` is set; then `tally` is what it reports. */
  readonly shard: Lambda;
  /** Shards worked on at once. */
  readonly width: number;
  /** What follows when every shard is done; gets the run's data. */
  readonly afterwards?: IChainable;
  /** What is called once there is something to do, before any shard, until it answers without a cursor; gets the plan, and changes nothing in it. */
  readonly beforehand?: { readonly name: string; readonly fn: Lambda };
}

/**
 * Plan, work on the shards, plan the next page: the shape of every workflow here.
 *
 * A run with nothing to do is three transitions: plan, choice, end. A shard that fails for good does not stop its neighbours or
 * the later pages; once all others are done the run ends as failed. A plan that fails fails the run with its own error and cause.
 * Every step may run twice, so everything is tried again.
 *
 * The run's data: its input; `plan.Payload`, the plan of the last page; `result.shards`, each shard's outcome and tally in it;
 * `someFailed`, there when a shard of any page failed.
 */
export function fanOut(scope: Construct, { plan, shard, width, afterwards, beforehand }: FanOut): IChainable {
  const failed = new Fail(scope, 'Some shards failed', {
    error: 'ShardsFailed',
    cause:
      'Some shards failed after three tries; all others are done. The run lists each failure as a TaskFailed event.',
  });
  const more = new Choice(scope, 'More pages?');
  const work = new MapState(scope, 'Work on shards', {
    itemsPath: '$.plan.Payload.shards',
    maxConcurrency: width,
    resultSelector: { 'shards.$': '$', 'outcomes.$': '$[*].outcome' },
    resultPath: '$.result',
  });
  work.itemProcessor(workOn(scope, shard));
  work
    .next(
      new Pass(scope, 'Look for failures', {
        parameters: { 'found.$': "States.ArrayContains($.result.outcomes, 'failed')" },
        resultPath: '$.failures',
      }),
    )
    .next(
      new Choice(scope, 'Any failure?')
        .when(
          Condition.booleanEquals('$.failures.found', true),
          new Pass(scope, 'Remember', { result: Result.fromBoolean(true), resultPath: '$.someFailed' }).next(more),
        )
        .otherwise(more),
    );
  more
    .when(
      isSet('$.plan.Payload.more'),
      step(scope, 'Plan next page', plan, {
        payload: startingAt('$.plan.Payload.asOf', '$.plan.Payload.more'),
        resultPath: '$.plan',
      }).next(work),
    )
    .when(Condition.isPresent('$.someFailed'), failed)
    .otherwise(afterwards ?? new Succeed(scope, 'Done', { outputPath: '$.result' }));

  return step(scope, 'Plan', plan, { payload: startingAt('$$.Execution.StartTime', '$'), resultPath: '$.plan' }).next(
    new Choice(scope, 'Anything to do?')
      .when(
        Condition.booleanEquals('$.plan.Payload.idle', true),
        new Succeed(scope, 'Nothing to do', { outputPath: '$.plan.Payload' }),
      )
      .otherwise(beforehand ? first(scope, beforehand, work) : work),
  );
}

function first(scope: Construct, { name, fn }: NonNullable<FanOut['beforehand']>, next: IChainable): IChainable {
  const call = (title: string, from: string) =>
    step(scope, title, fn, { payload: TaskInput.fromJsonPathAt(`$.${from}.Payload`), resultPath: '$.beforehand' });
  const again = call(`${name}, further`, 'beforehand');
  const asked = new Choice(scope, `${name}: more?`).when(isSet('$.beforehand.Payload.cursor'), again).otherwise(next);
  again.next(asked);
  return call(name, 'plan').next(asked);
}

/**
 * A step after the shards: called with the last plan, then with its own answer until that has no `cursor`.
 *
 * @param next the step that gets its last answer, or the name of the run's end.
 */
export function untilDone(scope: Construct, name: string, fn: Lambda, next: string | IChainable): IChainable {
  const end = typeof next === 'string' ? new Succeed(scope, next, { outputPath: '$.plan.Payload' }) : next;
  const call = step(scope, name, fn, { payload: TaskInput.fromJsonPathAt('$.plan.Payload'), resultPath: '$.plan' });
  call.next(new Choice(scope, `${name}: more?`).when(isSet('$.plan.Payload.cursor'), call).otherwise(end));
  return call;
}

function workOn(scope: Construct, shard: Lambda): IChainable {
  const done = new Pass(scope, 'Shard done', { parameters: { outcome: 'done', 'tally.$': '$.tally' } });
  const failed = new Pass(scope, 'Shard failed', { parameters: { outcome: 'failed', 'error.$': '$.caught.Error' } });
  const call = step(scope, 'Work on shard', shard, {
    payload: TaskInput.fromJsonPathAt('$'),
    outputPath: '$.Payload',
  });
  call.addCatch(failed, { resultPath: '$.caught' });
  call.next(new Choice(scope, 'Shard: more?').when(isSet('$.cursor'), call).otherwise(done));
  return call;
}

/** Whether a path is there and not null. */
export const isSet = (path: string) => Condition.and(Condition.isPresent(path), Condition.not(Condition.isNull(path)));

/** Calls a function with retries: long ones while Lambda itself is unwell or out of concurrency, two when the function throws. */
export function step(
  scope: Construct,
  name: string,
  fn: Lambda,
  io: { readonly payload: TaskInput; readonly resultPath?: string; readonly outputPath?: string },
): LambdaInvoke {
  const call = new LambdaInvoke(scope, name, { lambdaFunction: fn, retryOnServiceExceptions: false, ...io });
  call.addRetry({
    errors: [
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
      'Lambda.ClientExecutionTimeoutException',
    ],
    interval: Duration.seconds(2),
    backoffRate: 2,
    maxAttempts: 6,
    maxDelay: Duration.minutes(1),
    jitterStrategy: JitterType.FULL,
  });
  // What a function found and says on purpose is not mended by asking again.
  call.addRetry({ errors: ['LawsBroken'], maxAttempts: 0 });
  call.addRetry({
    errors: ['States.TaskFailed'],
    interval: Duration.seconds(1),
    backoffRate: 3,
    maxAttempts: 2,
    jitterStrategy: JitterType.FULL,
  });
  return call;
}

/** An input with `asOf`, unless it has its own. */
function startingAt(asOf: string, input: string): TaskInput {
  const standard = `States.StringToJson(States.Format('\\{"asOf":"{}"\\}', ${asOf}))`;
  return TaskInput.fromJsonPathAt(`States.JsonMerge(${standard}, ${input}, false)`);
}
