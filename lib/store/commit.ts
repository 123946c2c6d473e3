import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Write } from './transaction.ts';

/**
 * What came of a job's writes. `moved`: somebody changed one of the rows, or the table was busy; nothing was written, read again and decide
 * again. `refused`: DynamoDB will never take this, because of its size for one; nothing was written.
 */
export type Committed = 'written' | 'moved' | 'refused';

/** Reasons of a cancelled transaction that another attempt, made from fresh rows, may not meet. */
const PASSING = new Set([
  'None',
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/**
 * Writes all or nothing. One write alone goes without a transaction, which costs half.
 *
 * Every write carries its own condition, so a lost answer does no harm: the same writes again find their conditions failed.
 */
export async function commit(client: DynamoDBDocumentClient, writes: readonly Write[]): Promise<Committed> {
  try {
    const [only, ...others] = writes;
    if (!only) return 'written';
    if (others.length > 0) await client.send(new TransactWriteCommand({ TransactItems: [...writes] }));
    else if (only.Put) await client.send(new PutCommand(only.Put));
    else if (only.Update) await client.send(new UpdateCommand(only.Update));
    else throw new TypeError('a write alone must be a put or an update');
    return 'written';
  } catch (error) {
    const outcome = outcomeOf(error);
    if (!outcome) throw error;
    return outcome;
  }
}

function outcomeOf(error: unknown): Committed | undefined {
  if (error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException) return 'moved';
  if (error instanceof TransactionCanceledException) {
    const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');
    if (codes.length === 0) return undefined;
    return codes.every((code) => PASSING.has(code)) ? 'moved' : 'refused';
  }
  return error instanceof Error && error.name === 'ValidationException' ? 'refused' : undefined;
}
