/**
 * What the click handler is measured against: the same work in the usual way, one put through the SDK's document client.
 * Bundled like every function.
 */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function handler(event: { pathParameters?: { link?: string }; requestContext: { timeEpoch: number } }) {
  const id = randomBytes(16).toString('base64url');
  const link = event.pathParameters?.link ?? '';
  await client.send(
    new PutCommand({
      TableName: 'clicks',
      Item: {
        pk: `brd_000000#prg_0000000000000000#${id}`,
        sk: new Date(event.requestContext.timeEpoch).toISOString(),
        link,
        expiresAt: 1_900_000_000,
      },
    }),
  );
  return {
    statusCode: 302,
    headers: { location: `https://shop.example/?trb_click=${id}`, 'cache-control': 'no-store' },
  };
}
