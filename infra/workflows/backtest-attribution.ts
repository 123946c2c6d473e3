import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut, untilDone } from './fan-out.ts';

/**
 * Tells who would have gained and lost under a proposed attribution policy, and writes nothing but the report.
 * Input: `{ brandId, programId, policy, from, to, asOf }`; `asOf` is the start of the run when left out.
 */
export const backtestAttribution = (
  scope: Construct,
  steps: {
    readonly planBacktest: Lambda;
    readonly backtestShard: Lambda;
    readonly reportBacktest: Lambda;
    readonly width: number;
  },
): IChainable =>
  fanOut(scope, {
    plan: steps.planBacktest,
    shard: steps.backtestShard,
    width: steps.width,
    afterwards: untilDone(scope, 'Write report', steps.reportBacktest, 'Reported'),
  });
