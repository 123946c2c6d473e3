import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  Succeed,
  TaskInput,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut, isSet, step } from './fan-out.ts';

interface Steps {
  readonly planPayment: Lambda;
  readonly payItems: Lambda;
  readonly payBatches: Lambda;
  readonly writeStatements: Lambda;
  readonly width: number;
}

/**
 * Pays the items of an approved run and writes each partner's statement. Started by the approval; may be started again, so
 * a plan without items left to pay is not idle until the statements are written too.
 *
 * What PayPal and Wise pay comes after everything else: batch by batch, and again after a while as long as payments are under way. A run that
 * waits costs nothing; after the last round it ends, and the daily schedule starts the next.
 */
export function payPayout(
  scope: Construct,
  { planPayment, payItems, payBatches, writeStatements, width }: Steps,
): IChainable {
  const statements = step(scope, 'Write statements', writeStatements, {
    payload: TaskInput.fromJsonPathAt('$.plan.Payload'),
    resultPath: '$.plan',
  });
  const end = new Choice(scope, 'Any trouble?')
    .when(
      isSet('$.providers.Payload.trouble'),
      new Fail(scope, 'Trouble with a provider', {
        error: 'ProviderTrouble',
        cause:
          'PayPal or Wise did not do what they were told; GET /v1/payouts/{runId}/batches says what. All else is done.',
      }),
    )
    .otherwise(new Succeed(scope, 'Paid', { outputPath: '$.plan.Payload' }));
  statements.next(
    new Choice(scope, 'Write statements: more?').when(isSet('$.plan.Payload.cursor'), statements).otherwise(end),
  );

  const nextBatch = step(scope, 'Next batch', payBatches, {
    payload: TaskInput.fromJsonPathAt('$.providers.Payload'),
    resultPath: '$.providers',
  });
  const wait = new Wait(scope, 'Wait for providers', { time: WaitTime.secondsPath('$.providers.Payload.wait') });
  wait.next(nextBatch);
  const more = new Choice(scope, 'More batches?')
    .when(isSet('$.providers.Payload.cursor'), nextBatch)
    .when(isSet('$.providers.Payload.wait'), wait)
    .when(Condition.booleanEquals('$.providers.Payload.statements', true), statements)
    .otherwise(end);
  nextBatch.next(more);
  const firstBatch = step(scope, 'Pay by providers', payBatches, {
    payload: TaskInput.fromJsonPathAt('$.plan.Payload'),
    resultPath: '$.providers',
  });
  firstBatch.next(more);

  return fanOut(scope, {
    plan: planPayment,
    shard: payItems,
    width,
    afterwards: new Choice(scope, 'Any by providers?')
      .when(
        Condition.and(
          Condition.isPresent('$.plan.Payload.providers'),
          Condition.booleanEquals('$.plan.Payload.providers', true),
        ),
        firstBatch,
      )
      .otherwise(statements),
  });
}
