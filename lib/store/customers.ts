import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { VisibleError } from '../errors.ts';
import { epochMs, type Instant } from '../time.ts';
import { recognised, type Seen, type Visitors } from '../tracking/customer.ts';
import { readItems } from './read-many.ts';

/**
 * | access pattern                         | key                                                       |
 * | -------------------------------------- | --------------------------------------------------------- |
 * | recognise a customer in a browser      | get, then put pk, sk if the revision stands               |
 * | the browsers of customers (settlement) | batch get pk, sk                                          |
 *
 * pk `<brandId>#<programId>#CUSTOMER#<customerId>`, sk `#`; `v` visitor → first and last time, `rev`, `expiresAt` TTL in seconds.
 * The row goes when the clicks it could lead to are gone: as long after the last recognition as clicks are kept.
 */
export interface CustomerKey {
  readonly brandId: string;
  readonly programId: string;
  readonly customerId: string;
}

interface CustomerRow {
  readonly v: Readonly<Record<string, readonly [first: Instant, last: Instant]>>;
  readonly rev: number;
  readonly expiresAt: number;
}

/** Log-ins of one customer at the very same moment give way to each other. */
const ATTEMPTS = 5;

export const customers = (client: DynamoDBDocumentClient, table: string) => {
  const keyOf = ({ brandId, programId, customerId }: CustomerKey) => ({
    pk: customerPartition(brandId, programId, customerId),
    sk: '#',
  });

  return {
    /** Stores that a visitor is a customer. `already-known`: nothing new in it, nothing was written. */
    async recognise(
      customer: CustomerKey,
      visitor: string,
      at: Instant,
      keepDays: number,
    ): Promise<'recorded' | 'already-known'> {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const { Item } = await client.send(
          new GetCommand({ TableName: table, Key: keyOf(customer), ConsistentRead: true }),
        );
        const row = Item as CustomerRow | undefined;
        const known = row ? visitorsOf(row) : {};
        const after = recognised(known, visitor, at);
        if (after === known) return 'already-known';
        const expiresAt = Math.max(row?.expiresAt ?? 0, Math.floor(epochMs(at) / 1000) + keepDays * 86_400);
        try {
          await client.send(
            new PutCommand({
              TableName: table,
              Item: { ...keyOf(customer), v: cellsOf(after), rev: (row?.rev ?? 0) + 1, expiresAt },
              ConditionExpression: row ? 'rev = :read' : 'attribute_not_exists(pk)',
              ...(row && { ExpressionAttributeValues: { ':read': row.rev } }),
            }),
          );
          return 'recorded';
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      }
      throw new VisibleError('throttled', 'busy', `${customer.customerId} is being identified by others; try again.`);
    },

    /** The visitors of these customers, by {@link customerPartition}; unknown customers are left out. */
    async visitors(wanted: readonly CustomerKey[]): Promise<Map<string, Visitors>> {
      const keys = [...new Map(wanted.map((customer) => [keyOf(customer).pk, keyOf(customer)])).values()];
      const items = await readItems(client, table, keys, { consistent: true });
      return new Map(items.map((item) => [item.pk as string, visitorsOf(item as unknown as CustomerRow)]));
    },
  };
};
export type CustomerStore = ReturnType<typeof customers>;

/** Tells customers apart. No part holds a `#`. */
export const customerPartition = (brandId: string, programId: string, customerId: string) =>
  `${brandId}#${programId}#CUSTOMER#${customerId}`;

const visitorsOf = ({ v }: CustomerRow): Visitors =>
  Object.fromEntries(Object.entries(v).map(([visitor, [first, last]]): [string, Seen] => [visitor, { first, last }]));

const cellsOf = (visitors: Visitors) =>
  Object.fromEntries(Object.entries(visitors).map(([visitor, { first, last }]) => [visitor, [first, last]]));
