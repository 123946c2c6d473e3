import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut } from './fan-out.ts';

/**
 * Compares the partners of a program by models that are not paid by, and writes nothing but the report.
 * Input: `{ brandId, programId, from, to, models, order, weights, halfLifeDays, samples, seed, asOf }`, of which `order` to `asOf` may be
 * left out.
 *
 * One shard: a journey needs all clicks of its visitor, and Markov chains and Shapley values need all journeys.
 */
export const compareAttribution = (
  scope: Construct,
  steps: { readonly planComparison: Lambda; readonly comparePartners: Lambda },
): IChainable => fanOut(scope, { plan: steps.planComparison, shard: steps.comparePartners, width: 1 });
