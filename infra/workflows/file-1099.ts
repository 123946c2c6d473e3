import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut, untilDone } from './fan-out.ts';

/**
 * Makes a year's Forms 1099-NEC: works out every partner's year from the ledger, finds out who has the same taxpayer number and judges them
 * together, then puts what is due into submissions and writes their files.
 * Input: `{ brandId, year, mode, dryRun, rewrite, asOf }`, of which `mode` to `asOf` may be left out.
 */
export const file1099 = (
  scope: Construct,
  steps: {
    readonly planReturns: Lambda;
    readonly assessReturns: Lambda;
    readonly matchTaxpayers: Lambda;
    readonly combineReturns: Lambda;
    readonly writeReturns: Lambda;
    readonly width: number;
  },
): IChainable =>
  fanOut(scope, {
    plan: steps.planReturns,
    shard: steps.assessReturns,
    width: steps.width,
    afterwards: untilDone(
      scope,
      'Match taxpayers',
      steps.matchTaxpayers,
      untilDone(
        scope,
        'Combine returns',
        steps.combineReturns,
        untilDone(scope, 'Write returns', steps.writeReturns, 'Returns written'),
      ),
    ),
  });
