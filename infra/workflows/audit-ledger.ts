import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut } from './fan-out.ts';

/**
 * Checks chains, conversions, payout runs, statements and tax returns against the laws of the ledger; changes nothing.
 * Input, all optional: `{ brandId, programId, asOf }`; `{}` audits everything.
 */
export const auditLedger = (
  scope: Construct,
  steps: { readonly planAudit: Lambda; readonly auditShard: Lambda; readonly width: number },
): IChainable => fanOut(scope, { plan: steps.planAudit, shard: steps.auditShard, width: steps.width });
