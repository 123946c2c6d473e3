import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Lambda } from '../constructs/lambda.ts';
import { fanOut, untilDone } from './fan-out.ts';

/**
 * Finds out who has the same taxpayer number, since tax is withheld by what all of them were paid; then gates every partner of a program, reserves what is payable, looks for what is wrong with each payment, and freezes the payment file.
 * The run then waits, stored, for a person who did not make it.
 */
export const draftPayout = (
  scope: Construct,
  steps: {
    readonly matchTaxpayers: Lambda;
    readonly planPayout: Lambda;
    readonly reserveItems: Lambda;
    readonly checkItems: Lambda;
    readonly freezeRun: Lambda;
    readonly width: number;
  },
): IChainable =>
  fanOut(scope, {
    plan: steps.planPayout,
    shard: steps.reserveItems,
    width: steps.width,
    beforehand: { name: 'Match taxpayers', fn: steps.matchTaxpayers },
    afterwards: untilDone(
      scope,
      'Check items',
      steps.checkItems,
      untilDone(scope, 'Freeze run', steps.freezeRun, 'Awaiting approval'),
    ),
  });
