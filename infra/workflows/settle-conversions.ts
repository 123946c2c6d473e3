import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut } from './fan-out.ts';

/**
 * Credits and prices conversions and posts the difference to the ledger; then starts the release of programs that pay without a hold.
 * Input, all optional: `{ brandId, programId, from, to, asOf, mode: "new" | "recompute" | "recount", dryRun }`; `{}` settles all open
 * work of every brand.
 */
export const settleConversions = (
  scope: Construct,
  steps: { readonly planSettlement: Lambda; readonly settleShard: Lambda; readonly width: number },
): IChainable => fanOut(scope, { plan: steps.planSettlement, shard: steps.settleShard, width: steps.width });
