import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut, untilDone } from './fan-out.ts';

/**
 * Pays the items of an approved run and writes each partner's statement. Started by the approval; may be started again, so
 * a plan without items left to pay is not idle until the statements are written too.
 */
export const payPayout = (
  scope: Construct,
  steps: {
    readonly planPayment: Lambda;
    readonly payItems: Lambda;
    readonly writeStatements: Lambda;
    readonly width: number;
  },
): IChainable =>
  fanOut(scope, {
    plan: steps.planPayment,
    shard: steps.payItems,
    width: steps.width,
    afterwards: untilDone(scope, 'Write statements', steps.writeStatements, 'Paid'),
  });
