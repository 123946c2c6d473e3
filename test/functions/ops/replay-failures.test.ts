import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WindowEvent } from '../../../functions/stream/count-day.ts';
import { Env } from '../../../lib/names.ts';
import { days } from '../../../lib/store/days.ts';
import { invokeApi } from '../../../local/lambda/invoke-api.ts';
import { type EventsGround, eventsGround } from '../../support/events-ground.ts';
import { FRESH, type Step } from '../../support/jobs-ground.ts';
import { type GivenProgram, givenProgram } from '../../support/program.ts';

let ground: EventsGround;
let replayFailures: Step;
let countDay: (event: WindowEvent) => Promise<unknown>;
let program: GivenProgram;
let ann: string;
let clicks: DynamoDBRecord[];
const published: DynamoDBRecord[] = [];
const scheduled: unknown[] = [];
const planned: unknown[] = [];
let sqs: SQSClient;

beforeAll(async () => {
  ground = await eventsGround();
  const queues = {
    'mail-failures': { url: ground.urlOf('mail-failures'), queue: ground.urlOf('mail') },
    'count-day-failures': { url: ground.urlOf('publish-failures'), function: 'count-day' },
    'publish-changes-failures': { url: ground.urlOf('caught'), function: 'publish-changes' },
    'send-digests-failures': { url: ground.urlOf('schedule-failures'), function: 'send-digests' },
    'webhooks-failures': {
      url: ground.urlOf('webhooks-failures'),
      queue: ground.urlOf('webhooks'),
      function: 'queue-webhooks',
    },
  };
  process.env[Env.failureQueues] = JSON.stringify(queues);
  process.env[Env.failureQueue] = ground.urlOf('publish-failures');
  process.env.AWS_ENDPOINT_URL_DYNAMODB_STREAMS = ground.engine.endpoint;
  countDay = (await import('../../../functions/stream/count-day.ts')).handler;
  replayFailures = (await import('../../../functions/ops/replay-failures.ts')).handler as Step;

  const functions: Record<string, (event: never) => unknown> = {
    'count-day': (event: WindowEvent) => countDay(event),
    'publish-changes': ({ Records }: DynamoDBStreamEvent) => {
      published.push(...Records);
      return { batchItemFailures: [] };
    },
    'queue-webhooks': (event: unknown) => void planned.push(event),
    'send-digests': (event: unknown) => {
      scheduled.push(event);
      if ((event as { fail?: boolean }).fail) throw new Error('still broken');
      return {};
    },
  };
  for (const [name, run] of Object.entries(functions)) ground.ground.functions.set(name, run);
  const named = (name: string) => ({ name, arn: `arn:aws:lambda:eu-west-1:111122223333:function:${name}` }) as never;
  ground.ground.mount(
    invokeApi({
      functions: [],
      functionNamed: named,
      invoke: (fn, event) => ground.ground.invoke(fn.name, event),
      invokeLater: () => undefined,
      tail: () => [],
    }),
  );
  sqs = new SQSClient(ground.ground.client);
  program = await givenProgram(ground as never, 'replayed');
  ann = await program.partner('Ann');
  for (let n = 0; n < 3; n += 1) await program.click(ann, `v${n}`, '2026-03-10T09:00:00.000Z');
  clicks = await ground.records('clicks');
});
afterAll(() => ground.stop());
beforeEach(() => {
  published.length = 0;
  scheduled.length = 0;
});

const fail = (queue: Parameters<EventsGround['urlOf']>[0], body: unknown) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: ground.urlOf(queue),
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );
const counted = async () => {
  const { brandId, programId } = program;
  const rows = await days(ground.engine.client, ground.tables.core).ofDay(brandId, programId, '2026-03-10');
  return rows.reduce((sum, row) => sum + row.clicks, 0);
};

describe('dead letters that a queue shares with the function that fills it', () => {
  test('go each where it belongs: events and starts to the function, deliveries to the queue', async () => {
    const delivery = { brandId: 'brd_aaaaaa', webhookId: 'whk_1', deliveryId: 'dlv_1' };
    const event = { 'detail-type': 'payout.paid', detail: { id: 'evt_1' } };
    await fail('webhooks-failures', delivery);
    await fail('webhooks-failures', event);
    await fail('webhooks-failures', {});
    await fail('webhooks-failures', { requestContext: { condition: 'RetriesExhausted' }, requestPayload: event });
    await fail('webhooks-failures', {
      setAside: { worker: 'queue/send-webhook', reason: 'x', at: '' },
      record: JSON.stringify(delivery),
    });
    expect(await replayFailures({ queue: 'webhooks-failures' }, FRESH)).toMatchObject({ replayed: 5, kept: {} });
    expect(ground.waiting('webhooks')).toEqual([delivery, delivery]);
    expect(planned).toHaveLength(3);
    expect(planned).toEqual(expect.arrayContaining([event, {}, event]));
    expect(ground.waiting('webhooks-failures')).toEqual([]);
  });
});

describe('messages of a queue', () => {
  test('go back to it as they were, marked as replayed, and leave the dead letters', async () => {
    await fail('mail-failures', { id: 'evt_1', type: 'x' });
    await fail('mail-failures', {
      setAside: { worker: 'queue/send-mail', reason: 'refused', at: '' },
      record: '{"id": "evt_2"}',
    });
    expect(await replayFailures({ queue: 'mail-failures' }, FRESH)).toEqual({
      queue: 'mail-failures',
      replayed: 2,
      newer: 0,
      kept: {},
    });
    expect(ground.waiting('mail')).toEqual(expect.arrayContaining([{ id: 'evt_1', type: 'x' }, { id: 'evt_2' }]));
    expect(ground.waiting('mail-failures')).toEqual([]);
  });

  test('are only looked at in a dry run', async () => {
    await fail('mail-failures', { setAside: { worker: 'queue/send-mail', reason: 'refused', at: '' }, record: '{}' });
    const look = { queue: 'mail-failures', messages: 1, sample: [{ worker: 'queue/send-mail', reason: 'refused' }] };
    expect(await replayFailures({ queue: 'mail-failures', dryRun: true }, FRESH)).toEqual(look);
    expect(await replayFailures({ queue: 'mail-failures', dryRun: true }, FRESH)).toEqual(look);
    expect(await replayFailures({ queue: 'mail-failures', max: 1 }, FRESH)).toMatchObject({ replayed: 1 });
  });

  test('are replayed up to a number', async () => {
    for (let n = 0; n < 14; n += 1) await fail('mail-failures', { n });
    expect(await replayFailures({ queue: 'mail-failures', max: 12 }, FRESH)).toMatchObject({ replayed: 12 });
    expect(await replayFailures({ queue: 'mail-failures' }, FRESH)).toMatchObject({ replayed: 2 });
  });
});

describe('records of a stream', () => {
  test('set aside while their program was missing are counted once, whenever and however often they are replayed', async () => {
    const broken = clicks.map((record) => ({
      ...record,
      dynamodb: { ...record.dynamodb, NewImage: { ...record.dynamodb!.NewImage, p: { S: 'nobody' } } },
    })) as DynamoDBRecord[];
    const event = { shardId: 'shardId-1' } as WindowEvent;
    await countDay({ ...event, Records: [clicks[0]!, broken[1]!] });
    await countDay({ ...event, Records: [clicks[0]!, broken[1]!, clicks[2]!] });
    expect(await counted()).toBe(2);
    expect(ground.waiting('publish-failures')).toHaveLength(2);
    // The row is mended: the record that lies there twice can be read now.
    const mended = { setAside: { worker: 'stream/count-day', reason: 'mended', at: '' }, record: clicks[1] };
    await fail('publish-failures', mended);
    await fail('publish-failures', mended);
    // The two that are still broken are set aside again, and not gone round with.
    expect(await replayFailures({ queue: 'count-day-failures' }, FRESH)).toMatchObject({ replayed: 4, newer: 2 });
    expect(ground.waiting('publish-failures')).toHaveLength(2);
    expect(await counted()).toBe(3);
  });

  const givenUp = (records: readonly DynamoDBRecord[], shardId: string, streamArn: string) => ({
    requestContext: { condition: 'RecordAgeExceeded' },
    DDBStreamBatchInfo: {
      shardId,
      streamArn,
      startSequenceNumber: records[0]!.dynamodb!.SequenceNumber,
      endSequenceNumber: records.at(-1)!.dynamodb!.SequenceNumber,
      batchSize: records.length,
    },
  });

  test('that were given up are read from the stream again, that stretch and no more', async () => {
    const { streamArn, shardId } = await ground.shardOf('clicks');
    await fail('caught', givenUp(clicks.slice(1), shardId, streamArn));
    expect(await replayFailures({ queue: 'publish-changes-failures' }, FRESH)).toMatchObject({ replayed: 1 });
    expect(published.map(({ dynamodb }) => dynamodb?.SequenceNumber)).toEqual(
      clicks.slice(1).map(({ dynamodb }) => dynamodb!.SequenceNumber),
    );
    expect(published[0]).toMatchObject({
      eventName: 'INSERT',
      eventSourceARN: streamArn,
      dynamodb: { NewImage: clicks[1]!.dynamodb!.NewImage, ApproximateCreationDateTime: expect.any(Number) },
    });
  });

  test('that the stream let go of stay where they are, and the answer says why', async () => {
    const { streamArn } = await ground.shardOf('clicks');
    await fail('caught', givenUp(clicks, 'shardId-gone', streamArn));
    expect(await replayFailures({ queue: 'publish-changes-failures' }, FRESH)).toMatchObject({
      replayed: 0,
      kept: { 'the stream does not hold the records any more': 1 },
    });
  });

  test('that counting gave up are not counted: it could not be told which of them were', async () => {
    const { streamArn, shardId } = await ground.shardOf('clicks');
    await fail('publish-failures', givenUp(clicks, shardId, streamArn));
    expect(await replayFailures({ queue: 'count-day-failures' }, FRESH)).toMatchObject({
      kept: { 'a batch that counting gave up cannot be counted later': 1 },
    });
  });
});

describe('a function that was to be started', () => {
  test('by a schedule gets its input; by an event, the event', async () => {
    await fail('schedule-failures', '{}');
    await fail('schedule-failures', {
      requestContext: { condition: 'RetriesExhausted' },
      requestPayload: { asOf: 'x' },
      responsePayload: {},
    });
    expect(await replayFailures({ queue: 'send-digests-failures' }, FRESH)).toMatchObject({ replayed: 2 });
    expect(scheduled).toEqual(expect.arrayContaining([{}, { asOf: 'x' }]));
  });

  test('and fails again keeps its message', async () => {
    await fail('schedule-failures', { fail: true });
    expect(await replayFailures({ queue: 'send-digests-failures' }, FRESH)).toMatchObject({
      replayed: 0,
      kept: { 'send-digests failed: still broken': 1 },
    });
    expect(ground.waiting('schedule-failures')).toHaveLength(1);
  });
});

test('a queue it does not know is refused, with the names of those it does', async () => {
  await expect(replayFailures({ queue: 'other' }, FRESH)).rejects.toThrow('mail-failures');
});
