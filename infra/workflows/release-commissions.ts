import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut } from './fan-out.ts';

/**
 * Makes pending commissions payable whose hold is over.
 * Input, all optional: `{ brandId, programId, asOf }`; `{}` releases what is due in every program now.
 */
export const releaseCommissions = (
  scope: Construct,
  steps: { readonly planRelease: Lambda; readonly releaseShard: Lambda; readonly width: number },
): IChainable => fanOut(scope, { plan: steps.planRelease, shard: steps.releaseShard, width: steps.width });
