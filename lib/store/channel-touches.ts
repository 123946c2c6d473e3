import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ChannelTouch } from '../attribution/channel-touch.ts';
import { type AuditEntry, auditLog } from './audit.ts';
import { carriedOut, type Write, writeTogether } from './transaction.ts';

/**
 * | access pattern                            | table | key                                                    |
 * | ----------------------------------------- | ----- | ------------------------------------------------------ |
 * | record once                               | core  | put pk, sk when no such item exists                    |
 * | a customer's deals and leads              | core  | query pk, sk `TOUCH#…`                                 |
 * | whether a program has any at all          | core  | get `<brand>#<program>#CHANNELS` / `#`                 |
 *
 * pk `<brand>#<program>#CUSTOMER#<customer id>`, sk `TOUCH#<touch id>`. The third row is written with the first touch of a program, so that
 * settling the conversions of programs without any asks nothing for each of them.
 */
const pkOf = (brandId: string, programId: string, customerId: string) =>
  `${brandId}#${programId}#CUSTOMER#${customerId}`;
const anyOf = (brandId: string, programId: string) => ({ pk: `${brandId}#${programId}#CHANNELS`, sk: '#' });

/** `taken`: under the same id one stands already, the same or another; nothing was written. */
export interface RecordedTouch {
  readonly outcome: 'recorded' | 'taken';
  /** As it is stored. */
  readonly touch: ChannelTouch;
}

export function channelTouches(client: DynamoDBDocumentClient, table: string) {
  const audit = auditLog(client, table);
  return {
    async record(brandId: string, programId: string, touch: ChannelTouch, entry: AuditEntry): Promise<RecordedTouch> {
      const { customerId, touchId, ...facts } = touch;
      const key = { pk: pkOf(brandId, programId, customerId), sk: `TOUCH#${touchId}` };
      const writes: Write[] = [
        { Put: { TableName: table, Item: { ...key, ...facts }, ConditionExpression: 'attribute_not_exists(pk)' } },
        { Put: { TableName: table, Item: anyOf(brandId, programId) } },
        audit.write(entry),
      ];
      if (carriedOut(await writeTogether(client, writes), 2)) return { outcome: 'recorded', touch };
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
      return { outcome: 'taken', touch: toTouch({ ...key, ...Item }) };
    },

    /** Whether any was ever recorded in a program. */
    async any(brandId: string, programId: string): Promise<boolean> {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: anyOf(brandId, programId) }));
      return Item !== undefined;
    },

    /** All of a customer's, in the order of their ids; a customer has few. */
    async ofCustomer(brandId: string, programId: string, customerId: string): Promise<ChannelTouch[]> {
      const touches: ChannelTouch[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :touch)',
            ExpressionAttributeValues: { ':pk': pkOf(brandId, programId, customerId), ':touch': 'TOUCH#' },
            ExclusiveStartKey: start,
          }),
        );
        touches.push(...Items.map(toTouch));
        start = LastEvaluatedKey;
      } while (start);
      return touches;
    },
  };
}
export type ChannelTouchStore = ReturnType<typeof channelTouches>;

function toTouch({ pk, sk, partnerId, kind, occurredAt }: Record<string, unknown>): ChannelTouch {
  const customerId = (pk as string).split('#').slice(3).join('#');
  return { touchId: (sk as string).slice('TOUCH#'.length), customerId, partnerId, kind, occurredAt } as ChannelTouch;
}
