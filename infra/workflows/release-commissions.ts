import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut, untilDone } from './fan-out.ts';

/**
 * Makes pending commissions payable whose hold is over, and drafts the payout runs of programs whose payouts follow that.
 * Input, all optional: `{ brandId, programId, asOf }`; `{}` releases what is due in every program now.
 */
export const releaseCommissions = (
  scope: Construct,
  steps: {
    readonly planRelease: Lambda;
    readonly releaseShard: Lambda;
    readonly draftReleasedPayouts: Lambda;
    readonly width: number;
  },
): IChainable =>
  fanOut(scope, {
    plan: steps.planRelease,
    shard: steps.releaseShard,
    width: steps.width,
    afterwards: untilDone(scope, 'Draft payouts', steps.draftReleasedPayouts, 'Released'),
  });
