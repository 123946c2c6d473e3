import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../../local/queues/queues.ts';
import { ACCOUNT, resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const dead = resource('AWS::SQS::Queue', 'mail-dead');
const mail = resource('AWS::SQS::Queue', 'mail', {
  VisibilityTimeout: 1,
  RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 },
});
const ordered = resource('AWS::SQS::Queue', 'ordered.fifo', { FifoQueue: true, ContentBasedDeduplication: true });
const brief = resource('AWS::SQS::Queue', 'brief', { MessageRetentionPeriod: 60 });
const late = resource('AWS::SQS::Queue', 'late', { DelaySeconds: 1 });

let ground: TinyGround;
let queues: Queues;
let sqs: SQSClient;
const url = (name: string) => `${ground.awsEndpoint}/${ACCOUNT}/${name}`;
const send = (name: string, MessageBody: string, more = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: url(name), MessageBody, ...more }));
const receive = async (name: string, more = {}) =>
  (
    await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url(name), MaxNumberOfMessages: 10, WaitTimeSeconds: 0, ...more }),
    )
  ).Messages ?? [];
const depth = (name: string) => queues.list().find((queue) => queue.name === name);
const restart = async () => {
  await queues.close();
  queues = await startQueues(ground);
  ground.mount(queues.service);
};

beforeAll(async () => {
  ground = await tinyGround([mail, dead, ordered, brief, late]);
  queues = await startQueues(ground);
  ground.mount(queues.service);
  sqs = new SQSClient(ground.client);
});
afterAll(async () => {
  await queues.close();
  await ground.close();
});

describe('addresses', () => {
  test('a name is answered with a URL on the front door', async () => {
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'mail' }))).QueueUrl).toBe(url('mail'));
  });

  test('all queues are listed so', async () => {
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'mail' }))).QueueUrls).toEqual([
      url('mail'),
      url('mail-dead'),
    ]);
  });

  test('a queue nobody declared does not exist', async () => {
    await expect(send('nowhere', 'x')).rejects.toThrow(expect.objectContaining({ name: 'QueueDoesNotExist' }));
  });

  test('queues are not made at run time', async () => {
    await expect(sqs.send(new CreateQueueCommand({ QueueName: 'new' }))).rejects.toThrow('come from the template');
  });

  test('a role needs permission on the very queue', async () => {
    ground.refused.add(`clicks sqs:SendMessage ${mail.arn}`);
    const clicks = new SQSClient(ground.as('clicks'));
    const message = { Id: '1', MessageBody: 'x' };
    await expect(
      clicks.send(new SendMessageBatchCommand({ QueueUrl: url('mail'), Entries: [message] })),
    ).rejects.toThrow('sqs:SendMessage');
    await clicks.send(new SendMessageCommand({ QueueUrl: url('brief'), MessageBody: 'allowed' }));
  });
});

describe('a message', () => {
  test('received twice without being deleted ends in the dead-letter queue', async () => {
    await send('mail', 'poison');
    for (const count of [1, 2]) {
      const [message] = await receive('mail', { WaitTimeSeconds: 3, MessageSystemAttributeNames: ['All'] });
      expect(message?.Attributes?.ApproximateReceiveCount).toBe(String(count));
      await sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url('mail'),
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      );
    }
    expect(await receive('mail')).toEqual([]);
    const [letter] = await receive('mail-dead');
    expect(letter?.Body).toBe('poison');
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url('mail-dead'), ReceiptHandle: letter?.ReceiptHandle }));
  });

  test('comes back when its visibility ends', async () => {
    await send('mail', 'again');
    await receive('mail');
    expect(await receive('mail')).toEqual([]);
    const [back] = await receive('mail', { WaitTimeSeconds: 3 });
    expect(back?.Body).toBe('again');
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url('mail'), ReceiptHandle: back?.ReceiptHandle }));
  });

  test('of a delayed queue is not there yet', async () => {
    await send('late', 'later');
    expect(depth('late')).toMatchObject({ waiting: 0, delayed: 1 });
    expect((await receive('late', { WaitTimeSeconds: 3 }))[0]?.Body).toBe('later');
  });

  test('of one group waits for the one before it, and is taken once', async () => {
    for (const body of ['1', '2', '2']) await send('ordered.fifo', body, { MessageGroupId: 'ptr_1' });
    const [first] = await receive('ordered.fifo');
    expect(first?.Body).toBe('1');
    expect(await receive('ordered.fifo')).toEqual([]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url('ordered.fifo'), ReceiptHandle: first?.ReceiptHandle }));
    const [second] = await receive('ordered.fifo');
    expect(second?.Body).toBe('2');
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url('ordered.fifo'), ReceiptHandle: second?.ReceiptHandle }));
    expect(await receive('ordered.fifo')).toEqual([]);
  });

  test('survives a restart, its receive count too', async () => {
    await send('mail', 'kept', { MessageAttributes: { kind: { DataType: 'String', StringValue: 'welcome' } } });
    const [before] = await receive('mail');
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url('mail'),
        ReceiptHandle: before?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    await restart();
    expect(queues.peek('mail', 5)).toMatchObject([{ body: 'kept', receiveCount: 1, attributes: { kind: 'welcome' } }]);
    const [after] = await receive('mail', { MessageSystemAttributeNames: ['All'] });
    expect(after?.Attributes?.ApproximateReceiveCount).toBe('2');
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url('mail'), ReceiptHandle: after?.ReceiptHandle }));
  });
});

test('the page sees depths and which queue catches whose failures', async () => {
  await send('brief', 'one more');
  expect(depth('brief')).toMatchObject({ waiting: 2, inFlight: 0 });
  expect(depth('mail-dead')?.deadLettersOf).toEqual(['mail']);
  expect(depth('mail')?.deadLetterQueue).toBe('mail-dead');
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url('mail'), AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({ QueueArn: mail.arn, VisibilityTimeout: '1' });
});
