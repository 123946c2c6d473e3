import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { Env } from '../../lib/names.ts';
import type { AwsAnswer, AwsCall, AwsService } from '../../local/contract.ts';
import { startBus } from '../../local/events/bus.ts';
import { openDeliveries } from '../../local/events/deliveries.ts';
import { startKeys } from '../../local/keys/keys.ts';
import { startMail } from '../../local/mail/mail.ts';
import { startObjects } from '../../local/objects/objects.ts';
import { startParameters } from '../../local/parameters/parameters.ts';
import { startQueues } from '../../local/queues/queues.ts';
import { ACCOUNT, REGION, resource, tinyGround } from '../local/tiny-ground.ts';
import { startDynamodb, type Tables } from './dynamodb.ts';
import { faultyEndpoint } from './faulty-endpoint.ts';
import { tableStream } from './table-stream.ts';

const DOCUMENTS = 'documents';
export const SENDER = 'partners@example.com';

const QUEUES = [
  'mail',
  'mail-failures',
  'late-clicks',
  'publish-failures',
  'schedule-failures',
  'caught',
  'webhooks',
  'webhooks-failures',
] as const;
type QueueName = (typeof QUEUES)[number];

/**
 * What events stand on: tables with streams, a bus whose events all end in the queue `caught`, queues, a mailbox, a bucket. One for each
 * test file.
 */
export async function eventsGround() {
  const engine = await startDynamodb();
  const tables = await engine.createTables();
  const front = await faultyEndpoint(engine.endpoint);
  const queueResources = QUEUES.map((name) => resource('AWS::SQS::Queue', name));
  const caught = queueResources.find(({ physicalName }) => physicalName === 'caught')!;
  const vaultKey = resource('AWS::KMS::Key', 'vault');
  const ground = await tinyGround([
    ...queueResources,
    vaultKey,
    resource('AWS::S3::Bucket', DOCUMENTS),
    resource('AWS::Events::EventBus', 'events'),
    resource('AWS::Events::Rule', 'catch', {
      EventBusName: 'events',
      EventPattern: { source: ['tributary'] },
      Targets: [{ Id: 't', Arn: caught.arn }],
    }),
  ]);
  const objects = await startObjects(ground);
  const queues = await startQueues(ground);
  const mail = await startMail(ground);
  const deliveries = openDeliveries(ground);
  const bus = await startBus(ground, deliveries);
  const moody = moodyBus(bus.service);
  const keys = await startKeys(ground);
  const parameters = await startParameters(ground, keys);
  ground.mount(...[objects, queues, mail, moody, keys, parameters].map(({ service }) => service));
  deliveries.resume();
  const urlOf = (name: QueueName) => `${ground.awsEndpoint}/${ACCOUNT}/${name}`;

  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: ground.awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: front.url,
    [Env.coreTable]: tables.core,
    [Env.clicksTable]: tables.clicks,
    [Env.conversionsTable]: tables.conversions,
    [Env.ledgerTable]: tables.ledger,
    [Env.vaultTable]: tables.vault,
    [Env.webhooksTable]: tables.webhooks,
    [Env.webhooksQueue]: urlOf('webhooks'),
    [Env.vaultKey]: vaultKey.arn,
    [Env.documentsBucket]: DOCUMENTS,
    [Env.eventBus]: 'events',
    // No workflow runs here; what would start one fails.
    [Env.workflows]: '{}',
    [Env.mailQueue]: urlOf('mail'),
    [Env.failureQueue]: urlOf('mail-failures'),
    [Env.mailSender]: SENDER,
    [Env.lateClicksQueue]: urlOf('late-clicks'),
    [Env.clickKeysParameter]: '/tributary/test/click-keys',
    [Env.clickRetentionDays]: '90',
    [Env.assumedCountry]: 'US',
    [Env.trackingUrl]: 'https://go.example.com',
  });
  const streams = new DynamoDBStreamsClient({ ...ground.client, endpoint: engine.endpoint });
  const seen = new Map<string, number>();

  return {
    engine,
    tables,
    ground,
    mail,
    /** Failures of table calls that functions make. */
    faults: front.faults,
    /** Table calls that functions made, by action, in order. */
    calls: front.calls,
    urlOf,
    /** Bodies of the messages in a queue, oldest first, as JSON. */
    waiting: (name: QueueName): unknown[] => queues.peek(name, 10_000).map(({ body }) => JSON.parse(body)),
    /** Makes the bus refuse the next entries: in each request, those at these places. */
    refuseEntries: moody.refuse,
    delivered: () => deliveries.idle(),
    document: (key: string): string | undefined => objects.read(DOCUMENTS, key)?.body.toString('utf8'),
    documents: (prefix: string): string[] => objects.list(DOCUMENTS, { prefix }).map(({ key }) => key),

    /** Records of a table's stream since the last call, as Lambda hands them over. */
    async records(role: keyof Tables): Promise<DynamoDBRecord[]> {
      const all = await tableStream(streams, tables[role]);
      const fresh = all.slice(seen.get(role) ?? 0);
      seen.set(role, all.length);
      return fresh.map((record) => lambdaRecord(tables[role], record));
    },

    /** The stream of a table and its only shard, as the engine names them. */
    async shardOf(role: keyof Tables): Promise<{ streamArn: string; shardId: string }> {
      const { Streams = [] } = await streams.send(new ListStreamsCommand({ TableName: tables[role] }));
      const streamArn = Streams[0]!.StreamArn!;
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
      return { streamArn, shardId: StreamDescription!.Shards![0]!.ShardId! };
    },

    async stop() {
      await deliveries.close();
      await bus.close();
      await parameters.close();
      await keys.close();
      await mail.close();
      await queues.close();
      await objects.close();
      await ground.close();
      streams.destroy();
      await front.close();
      await engine.stop();
    },
  };
}
export type EventsGround = Awaited<ReturnType<typeof eventsGround>>;

/** The bus, with a way to refuse some entries of a request and take the others, which the real one does under load. */
function moodyBus(service: AwsService) {
  const refusals: (readonly number[])[] = [];
  return {
    refuse: (...places: (readonly number[])[]) => void refusals.push(...places),
    service: {
      ...service,
      async answer(call: AwsCall): Promise<AwsAnswer> {
        const refused = refusals.shift();
        if (!refused) return service.answer(call);
        const { Entries } = JSON.parse(String(call.body)) as { Entries: unknown[] };
        const kept = Entries.filter((_, place) => !refused.includes(place));
        const answered: { EventId?: string }[] =
          kept.length === 0
            ? []
            : JSON.parse(
                String((await service.answer({ ...call, body: Buffer.from(JSON.stringify({ Entries: kept })) })).body),
              ).Entries;
        const all = Entries.map((_, place) =>
          refused.includes(place) ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' } : answered.shift(),
        );
        const body = JSON.stringify({ FailedEntryCount: refused.length, Entries: all });
        return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
      },
    } satisfies AwsService,
  };
}

function lambdaRecord(table: string, { dynamodb, ...record }: _Record): DynamoDBRecord {
  const change = dynamodb as { SequenceNumber: string; ApproximateCreationDateTime: Date };
  return {
    ...record,
    eventID: `${table} ${change.SequenceNumber}`,
    eventSource: 'aws:dynamodb',
    eventSourceARN: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}/stream/2026-01-01T00:00:00.000`,
    dynamodb: { ...change, ApproximateCreationDateTime: change.ApproximateCreationDateTime.getTime() / 1000 },
  } as DynamoDBRecord;
}

/** A message as an SQS event source hands it over. */
export const sqsRecord = (messageId: string, body: unknown, messageAttributes: SQSRecord['messageAttributes'] = {}) =>
  ({
    messageId,
    receiptHandle: messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1774778400000',
      SenderId: 'events',
      ApproximateFirstReceiveTimestamp: '1774778400000',
    },
    messageAttributes,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:mail`,
    awsRegion: REGION,
  }) satisfies SQSRecord;
