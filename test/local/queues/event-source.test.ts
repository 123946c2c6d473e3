import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { wallClockMs } from '../../../lib/clock.ts';
import { openQueueStore } from '../../../local/queues/queue-store.ts';
import { type Queues, startQueues } from '../../../local/queues/queues.ts';
import { failuresIn } from '../../../local/queues/record.ts';
import { ACCOUNT, eventually, REGION, resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const dead = resource('AWS::SQS::Queue', 'work-dead');
const work = resource('AWS::SQS::Queue', 'work', {
  VisibilityTimeout: 1,
  RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 },
});
const worker = resource('AWS::Lambda::Function', 'worker', { Role: `arn:aws:iam::${ACCOUNT}:role/worker-role` });
const mapping = (properties: Record<string, unknown> = {}) =>
  resource('AWS::Lambda::EventSourceMapping', 'work-to-worker', {
    EventSourceArn: work.arn,
    FunctionName: 'worker',
    ...properties,
  });

let ground: TinyGround;
let queues: Queues | undefined;
const start = async (properties?: Record<string, unknown>, visibilitySeconds = 1) => {
  const queue = { ...work, properties: { ...work.properties, VisibilityTimeout: visibilitySeconds } };
  ground = await tinyGround([queue, dead, worker, mapping(properties)]);
  return async (handler: (event: SQSEvent) => unknown) => {
    ground.functions.set('worker', handler);
    queues = await startQueues(ground);
    ground.mount(queues.service);
    return queues;
  };
};
afterEach(async () => {
  await queues?.close();
  queues = undefined;
  await ground.close();
});
const url = () => `${ground.awsEndpoint}/${ACCOUNT}/work`;
const send = (bodies: readonly string[]) =>
  new SQSClient(ground.client).send(
    new SendMessageBatchCommand({
      QueueUrl: url(),
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
const depth = (name: string) => queues?.list().find((queue) => queue.name === name);

test('a function gets the record AWS would send, and a handled message is gone', async () => {
  const seen: SQSEvent[] = [];
  const running = await (await start())((event) => seen.push(event));
  await new SQSClient(ground.client).send(
    new SendMessageCommand({
      QueueUrl: url(),
      MessageBody: '{"a":1}',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'mail' } },
    }),
  );
  await eventually('the call', () => seen[0]);
  await running.idle();
  expect(seen[0]?.Records[0]).toMatchObject({
    body: '{"a":1}',
    eventSource: 'aws:sqs',
    eventSourceARN: work.arn,
    awsRegion: REGION,
    attributes: { ApproximateReceiveCount: '1', SenderId: ACCOUNT },
    messageAttributes: {
      kind: { stringValue: 'mail', dataType: 'String', stringListValues: [], binaryListValues: [] },
    },
  });
  expect(depth('work')).toMatchObject({ waiting: 0, inFlight: 0 });
});

test('given a batching window, messages that arrive within it come as one batch', async () => {
  const sizes: number[] = [];
  const running = await (await start({ BatchSize: 25, MaximumBatchingWindowInSeconds: 1 }, 30))(({ Records }) =>
    sizes.push(Records.length),
  );
  await send(Array.from({ length: 10 }, (_, n) => `a${n}`));
  await send(Array.from({ length: 10 }, (_, n) => `b${n}`));
  await eventually('a call', () => sizes[0]);
  await running.idle();
  expect(sizes).toEqual([20]);
});

test('a failed batch returns and ends in the dead-letter queue', async () => {
  let calls = 0;
  await (await start())(() => {
    calls += 1;
    throw new TypeError('no such partner');
  });
  await send(['poison']);
  await eventually('the dead letter', () => depth('work-dead')?.waiting === 1);
  expect(calls).toBe(2);
  expect(ground.lines.join()).toContain('TypeError: no such partner');
});

test('under ReportBatchItemFailures only the reported message comes back', async () => {
  const handled: string[] = [];
  await (await start({ FunctionResponseTypes: ['ReportBatchItemFailures'] }))(({ Records }) => {
    handled.push(...Records.map(({ body }) => body));
    return {
      batchItemFailures: Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  });
  await send(['good', 'bad', 'fine']);
  await eventually('the dead letter', () => depth('work-dead')?.waiting === 1);
  expect(handled.filter((body) => body === 'good')).toHaveLength(1);
  expect(handled.filter((body) => body === 'bad')).toHaveLength(2);
});

test('what no filter wants is deleted unseen', async () => {
  const seen: string[] = [];
  const filter = { FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ['mail'] } }) }] } };
  const running = await (await start(filter))(({ Records }) => seen.push(...Records.map(({ body }) => body)));
  await send(['{"kind":"mail"}', '{"kind":"webhook"}', 'no json']);
  await eventually('a call', () => seen.length > 0);
  await running.idle();
  expect(seen).toEqual(['{"kind":"mail"}']);
});

test('no more batches at once than the mapping allows', async () => {
  let now = 0;
  let most = 0;
  const running = await (await start({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }))(async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((later) => setTimeout(later, 30));
    now -= 1;
  });
  await send(['1', '2', '3', '4', '5', '6']);
  await eventually('work', () => most > 0);
  await running.idle();
  expect(most).toBe(2);
});

test('messages left by a stopped laptop are handled by the next', async () => {
  const open = await start();
  const store = await openQueueStore({ resources: [work, dead], folder: ground.dataDir('queues'), region: REGION });
  store.engine.sqsStore.getQueueByName('work')?.enqueue({
    messageId: 'm1',
    body: 'left',
    md5OfBody: '',
    messageAttributes: {},
    md5OfMessageAttributes: '',
    sentTimestamp: wallClockMs(),
    approximateReceiveCount: 0,
  });
  await store.close();
  const seen: string[] = [];
  await open(({ Records }) => seen.push(...Records.map(({ body }) => body)));
  await eventually('the message', () => seen.includes('left'));
});

test('a message older than its queue keeps it is dropped', async () => {
  const open = await start();
  const store = await openQueueStore({ resources: [work, dead], folder: ground.dataDir('queues'), region: REGION });
  store.engine.sqsStore.getQueueByName('work')?.enqueue({
    messageId: 'm1',
    body: 'old',
    md5OfBody: '',
    messageAttributes: {},
    md5OfMessageAttributes: '',
    sentTimestamp: 1_000,
    approximateReceiveCount: 0,
  });
  expect(store.expire(1_000 + 345_600_000)).toBe(0);
  expect(store.expire(1_001 + 345_600_000)).toBe(1);
  expect(store.depth('work').waiting).toBe(0);
  await store.close();
  const reopened = await openQueueStore({ resources: [work, dead], folder: ground.dataDir('queues'), region: REGION });
  expect(reopened.depth('work').waiting).toBe(0);
  await reopened.close();
  await open(() => undefined);
});

test('a function whose role may not read the queue stops the start', async () => {
  const open = await start();
  ground.refused.add(`worker-role sqs:ReceiveMessage ${work.arn}`);
  await expect(open(() => undefined)).rejects.toThrow('lacks sqs:ReceiveMessage');
});

describe('what comes back of a batch of a and b', () => {
  test.each<[string, unknown, string[]]>([
    ['no answer', undefined, []],
    ['null', null, []],
    ['an empty object', {}, []],
    ['an empty list', { batchItemFailures: [] }, []],
    ['one', { batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
    ['an id of no message: all', { batchItemFailures: [{ itemIdentifier: 'z' }] }, ['a', 'b']],
    ['an empty id: all', { batchItemFailures: [{ itemIdentifier: '' }] }, ['a', 'b']],
    ['an entry without id: all', { batchItemFailures: [{}] }, ['a', 'b']],
    ['no list: all', { batchItemFailures: 'b' }, ['a', 'b']],
  ])('%s', (_, answer, expected) => expect(failuresIn(answer, ['a', 'b'])).toEqual(expected));
});
