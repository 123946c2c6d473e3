/** Handlers of the fixture app. Each is deployed as a function of its own from this one bundle. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type {
  APIGatewayProxyEventV2,
  APIGatewayRequestAuthorizerEventV2,
  Context,
  DynamoDBStreamEvent,
} from 'aws-lambda';

const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { ITEMS = '', SEEN = '' } = process.env;

/** POST /items, POST /items:batch */
export async function write(event: APIGatewayProxyEventV2) {
  const { id, owner, expiresAt } = JSON.parse(event.body ?? '{}');
  const at = event.requestContext.timeEpoch;
  await tables.send(new PutCommand({ TableName: ITEMS, Item: { id, owner, at, ...(expiresAt && { expiresAt }) } }));
  return { statusCode: 201, headers: { 'X-Made': id }, body: JSON.stringify({ id, at, route: event.routeKey }) };
}

/** GET /owners/{owner}: through the index. */
export async function read(event: APIGatewayProxyEventV2) {
  const found = await tables.send(
    new QueryCommand({
      TableName: ITEMS,
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': event.pathParameters?.owner },
    }),
  );
  return found.Items?.map(({ id }) => id).sort();
}

/** The table's stream: leaves a row for each record it saw. */
export async function watch(event: DynamoDBStreamEvent & { shardId?: string; window?: { start: string } }) {
  const failures: { itemIdentifier: string }[] = [];
  for (const { eventID, eventName, dynamodb, userIdentity, eventSourceARN } of event.Records) {
    const id = dynamodb?.Keys?.id?.S ?? '?';
    if (id.startsWith('poison')) {
      failures.push({ itemIdentifier: dynamodb?.SequenceNumber ?? '' });
      break;
    }
    const Item = {
      id: `${eventName} ${id}`,
      eventID,
      eventSourceARN,
      batch: event.Records.length,
      by: (userIdentity as { principalId?: string } | undefined)?.principalId,
      shardId: event.shardId,
      window: event.window?.start,
    };
    await tables.send(new PutCommand({ TableName: SEEN, Item }));
  }
  return { batchItemFailures: failures };
}

/** Has a role with no grant at all. */
export async function trespass() {
  try {
    await tables.send(new GetCommand({ TableName: ITEMS, Key: { id: 'x' } }));
    return { statusCode: 200 };
  } catch (error) {
    return { statusCode: 403, body: `${(error as Error).name}: ${(error as Error).message}` };
  }
}

let calls = 0;
/** Misbehaves as asked. */
export async function behave(event: { how?: string; rawPath?: string }, context: Context) {
  calls += 1;
  const how = event.how ?? event.rawPath?.split('/').at(-1);
  if (how === 'throw') throw new RangeError('over the edge');
  if (how === 'exit') process.exit(3);
  if (how === 'hang') {
    console.log('about to hang');
    for (;;);
  }
  if (how === 'slow') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (how === 'crash') setImmediate(() => Promise.reject(new Error('nobody caught this')));
  if (how === 'crash') await new Promise((resolve) => setTimeout(resolve, 1_000));
  return {
    calls,
    name: process.env.AWS_LAMBDA_FUNCTION_NAME,
    only: process.env.ONLY_MINE,
    inherited: process.env.VITEST,
    remaining: context.getRemainingTimeInMillis(),
    arn: context.invokedFunctionArn,
    requestId: context.awsRequestId,
    minutesOffUtc: new Date(0).getTimezoneOffset(),
  };
}

/** Lets in whoever says so, and tells which key it was. */
export async function guard(event: APIGatewayRequestAuthorizerEventV2) {
  const key = event.headers?.authorization ?? '';
  if (key === 'Bearer broken') throw new Error('the guard fell asleep');
  return {
    isAuthorized: key.startsWith('Bearer good'),
    context: { key: key.slice(7), asked: event.identitySource?.[0] },
  };
}

/** Shows its event. */
export async function echo(event: APIGatewayProxyEventV2) {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    cookies: ['a=1; Path=/', 'b=2'],
    body: JSON.stringify(event),
  };
}
