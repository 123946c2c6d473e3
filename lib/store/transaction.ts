import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';

/** One write of a transaction, as the document client takes it. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A put that ElectroDB prepared (`entity.put(row).where(…).params()`) as a write. */
export const asPut = (params: object): Write => ({ Put: params as NonNullable<Write['Put']> });

/** What a transaction came to: all written, or none, and which conditions failed by the place of the write. */
export type Outcome = { readonly written: true } | { readonly written: false; readonly failed: readonly number[] };

/**
 * Writes all or nothing (at most 100 items). Failed conditions are an ordinary outcome; anything else (throttling, a conflict with
 * another transaction) is thrown for the caller's caller to try again.
 */
export async function writeTogether(client: DynamoDBDocumentClient, writes: readonly Write[]): Promise<Outcome> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: [...writes] }));
    return { written: true };
  } catch (error) {
    const failed = failedConditions(error);
    if (failed.length === 0) throw error;
    return { written: false, failed };
  }
}

/**
 * Whether a transaction of a new row did what it was to do: written now, or by an earlier attempt of the very same request, which its
 * audit entry shows (its id repeats under an `Idempotency-Key`, and never without).
 */
export const carriedOut = (outcome: Outcome, auditPlace: number): boolean =>
  outcome.written || outcome.failed.includes(auditPlace);

/** Places of the writes whose conditions failed; none when the transaction failed for another reason too. */
function failedConditions(error: unknown): number[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
  if (codes.some((code) => code !== 'None' && code !== 'ConditionalCheckFailed')) return [];
  return codes.flatMap((code, place) => (code === 'ConditionalCheckFailed' ? [place] : []));
}
