import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts findings of cdk-nag on one construct, each with the reason why it is right here.
 *
 * @example acknowledge(queue, { 'AwsSolutions-SQS3': 'it is itself a dead-letter queue' });
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) {
    if (reason.length < 20) throw new Error(`${construct.node.path} accepts ${id} without saying why`);
  }
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
