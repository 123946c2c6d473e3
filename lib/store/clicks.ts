import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Touch } from '../attribution/journey.ts';
import type { Instant } from '../time.ts';
import { touchOfClick } from '../tracking/click.ts';
import { clickPartition, toClick } from './click-row.ts';

/**
 * | access pattern                              | key                                                        |
 * | ------------------------------------------- | ---------------------------------------------------------- |
 * | store a click, once however often delivered | unconditional put of pk, sk; nothing in the item varies    |
 * | a visitor's journey through a program       | query pk, sk from one time to another                      |
 *
 * pk `<brandId>#<programId>#<visitor>`, sk `<time>#<nonce>`. No index: a click id names its visitor, so a conversion finds the journey.
 * Rows are mapped in `click-row.ts`.
 */

/** More clicks than a person makes in a look-back window; what stands before them is a program's doing. */
const JOURNEY_LIMIT = 1_000;

export const clicks = (client: DynamoDBDocumentClient, table: string) => ({
  /**
   * The visitor's touches from one instant to another, both included, oldest first. Of more than {@link JOURNEY_LIMIT} the newest.
   * Merge the touch of the conversion's own click id with it (`touchOfClickId`): that row may still be on its way.
   */
  async journey(brandId: string, programId: string, visitor: string, from: Instant, to: Instant): Promise<Touch[]> {
    const touches: Touch[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          // `$` follows `#` in ASCII: every nonce of the last millisecond is below it.
          ExpressionAttributeValues: {
            ':pk': clickPartition(brandId, programId, visitor),
            ':from': from,
            ':to': `${to}$`,
          },
          ScanIndexForward: false,
          Limit: JOURNEY_LIMIT - touches.length,
          ExclusiveStartKey: start,
        }),
      );
      touches.push(...Items.map((item) => touchOfClick(toClick(item))));
      start = LastEvaluatedKey;
    } while (start && touches.length < JOURNEY_LIMIT);
    return touches.reverse();
  },
});
export type ClickStore = ReturnType<typeof clicks>;
