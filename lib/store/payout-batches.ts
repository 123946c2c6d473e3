import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { Index } from '../names.ts';
import { type BatchRecord, ChangedMeanwhile } from '../payouts/rails/provider.ts';
import type { Instant } from '../time.ts';
import type { Revised } from './revise.ts';

/**
 * What is known of the batches that PayPal and Wise got, beside the runs they belong to.
 *
 * | access pattern                                  | index   | key                                                       |
 * | ----------------------------------------------- | ------- | --------------------------------------------------------- |
 * | a run's batches                                 | table   | `<brand>#PAYOUT#<run>` / `BATCH#<place, 4 digits>`        |
 * | a brand's batches to ask about, by when         | partner | `<brand>#BATCHES` / due time `#` run `#` place; sparse    |
 *
 * Bare commands: the index holds a batch only while the provider is to be asked about it again.
 */
export type StoredBatch = Revised<BatchRecord>;

type Row = StoredBatch & {
  readonly pk: string;
  readonly sk: string;
  readonly gsi1pk?: string;
  readonly gsi1sk?: string;
};

const toRow = (record: StoredBatch): Row => {
  const { brandId, runId, batch, dueAt } = record;
  const place = String(batch).padStart(4, '0');
  return {
    ...record,
    pk: `${brandId}#PAYOUT#${runId}`,
    sk: `BATCH#${place}`,
    ...(dueAt !== undefined && { gsi1pk: `${brandId}#BATCHES`, gsi1sk: `${dueAt}#${runId}#${place}` }),
  };
};
const toBatch = ({ pk: _, sk: __, gsi1pk: ___, gsi1sk: ____, ...batch }: Row): StoredBatch => batch;

export function payoutBatches(client: DynamoDBDocumentClient, table: string) {
  return {
    /** The batches of a run of which something is known, in their order. */
    async all({ brandId, runId }: { readonly brandId: string; readonly runId: string }): Promise<StoredBatch[]> {
      const found: StoredBatch[] = [];
      let after: Record<string, unknown> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :batch)',
            ExpressionAttributeValues: { ':pk': `${brandId}#PAYOUT#${runId}`, ':batch': 'BATCH#' },
            ConsistentRead: true,
            ExclusiveStartKey: after,
          }),
        );
        found.push(...Items.map((item) => toBatch(item as Row)));
        after = LastEvaluatedKey;
      } while (after !== undefined);
      return found;
    },

    /** Runs of a brand with batches that are due, each once. */
    async dueRuns(brandId: string, now: Instant): Promise<string[]> {
      const runIds = new Set<string>();
      let after: Record<string, unknown> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: Index.corePartner,
            KeyConditionExpression: 'gsi1pk = :pk AND gsi1sk < :until',
            ExpressionAttributeValues: { ':pk': `${brandId}#BATCHES`, ':until': `${now}$` },
            ExclusiveStartKey: after,
          }),
        );
        for (const item of Items) runIds.add((item as Row).runId);
        after = LastEvaluatedKey;
      } while (after !== undefined);
      return [...runIds];
    },

    /**
     * Stores a batch as it shall be, on condition that it is as it was read; a first time, that it is not there.
     *
     * @throws ChangedMeanwhile when it is not.
     */
    async put(before: StoredBatch | undefined, after: BatchRecord): Promise<StoredBatch> {
      const stored: StoredBatch = { ...after, revision: (before?.revision ?? 0) + 1 };
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: toRow(stored),
            ...(before
              ? {
                  ConditionExpression: 'revision = :revision',
                  ExpressionAttributeValues: { ':revision': before.revision },
                }
              : { ConditionExpression: 'attribute_not_exists(pk)' }),
          }),
        );
        return stored;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException)
          throw new ChangedMeanwhile(`batch ${after.batchId} was changed by another execution`);
        throw error;
      }
    },
  };
}
