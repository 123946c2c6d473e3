import { AwsCallError, type LeanCall } from '../aws/lean-client.ts';
import { REMEMBERED_MS, type Signed } from '../programs/signature.ts';
import { toAttributes } from './attribute-values.ts';

const DEADLINE_MS = 3_000;

/**
 * | access pattern            | index | key                                         |
 * | ------------------------- | ----- | ------------------------------------------- |
 * | was this signature seen   | table | `<brand>#SIGNED#<key id>#<webhook-id>` / `#` |
 *
 * One conditional update for a signed request, none for others. Rows go by TTL.
 */
export const seenSignatures = (dynamodb: LeanCall, table: string) => ({
  /**
   * Remembers a signature; `false` when its id was seen with another body, or with this or a later timestamp. The same id and body under a
   * new timestamp is a sender that tries again.
   */
  async first(brandId: string, keyId: string, { id, timestamp }: Signed, bodyHash: string): Promise<boolean> {
    try {
      const input = {
        TableName: table,
        Key: toAttributes({ pk: `${brandId}#SIGNED#${keyId}#${id}`, sk: '#' }),
        UpdateExpression: 'SET bodyHash = :body, signedAt = :at, expiresAt = :until',
        ConditionExpression: 'attribute_not_exists(pk) OR (bodyHash = :body AND signedAt < :at)',
        ExpressionAttributeValues: toAttributes({
          ':body': bodyHash,
          ':at': timestamp,
          ':until': timestamp + Math.ceil(REMEMBERED_MS / 1000),
        }),
      };
      await dynamodb('UpdateItem', input, DEADLINE_MS);
      return true;
    } catch (error) {
      if (error instanceof AwsCallError && error.code === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  },
});
