import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { env } from '../../lib/aws/env.ts';
import { type FailureQueue, FailureQueues, REPLAYED } from '../../lib/aws/failures.ts';
import { job } from '../../lib/aws/job.ts';
import { queue } from '../../lib/aws/queue.ts';
import { readStretch } from '../../lib/aws/stream-records.ts';
import { replayShard } from '../../lib/store/days.ts';
import { epochMs } from '../../lib/time.ts';

/**
 * Sends failed work back to where it belongs, once the cause is mended: messages to their queue, stream records to the function that
 * reads them. Ids travel along, so what had an effect before has none now. A message leaves its dead-letter queue only when it was
 * taken; one that fails again stays, and what is set aside again comes back as a new message (`newer`).
 *
 * Start it from the console with `{ "queue": "mail-failures", "dryRun": true }`; without `dryRun` it replays up to `max` messages.
 */
const sqs = new SQSClient({});
const lambda = new LambdaClient({});
const streams = new DynamoDBStreamsClient({});
const queues = FailureQueues.parse(JSON.parse(env('failureQueues')));

const Input = z.strictObject({
  queue: z.enum(Object.keys(queues)),
  max: z.int().min(1).max(10_000).default(100),
  dryRun: z.boolean().default(false),
});

/** What may lie in a dead-letter queue. */
const GivenUp = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string(),
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
  }),
});
const SetAside = z.object({ setAside: z.object({ worker: z.string(), reason: z.string() }), record: z.unknown() });
const AsynchronousFailure = z.object({
  requestPayload: z.unknown(),
  requestContext: z.object({ condition: z.string() }),
});

type Outcome = 'replayed' | { readonly kept: string };

export const handler = job(Input, async ({ queue: name, max, dryRun }, { recordedAt, enough }) => {
  const failed = queues[name]!;
  if (dryRun) return { queue: name, ...(await look(failed)) };
  const kept: Record<string, number> = {};
  const tally = { replayed: 0, newer: 0 };
  let seen = 0;
  while (seen < max && enough()) {
    const messages = await receive(failed, Math.min(10, max - seen));
    // What comes in meanwhile is left: a record that is set aside again would go round and round.
    const older = messages.filter((message) => sentAt(message) <= epochMs(recordedAt));
    tally.newer += messages.length - older.length;
    if (older.length === 0) break;
    for (const message of older) {
      const outcome = await replay(name, failed, message).catch((error: Error): Outcome => ({ kept: error.message }));
      if (outcome === 'replayed') {
        await sqs.send(new DeleteMessageCommand({ QueueUrl: failed.url, ReceiptHandle: message.ReceiptHandle }));
        tally.replayed += 1;
      } else {
        kept[outcome.kept] = (kept[outcome.kept] ?? 0) + 1;
      }
    }
    seen += older.length;
  }
  return { queue: name, ...tally, kept };
});

const sentAt = ({ Attributes }: Message) => Number(Attributes?.SentTimestamp ?? 0);

async function receive({ url }: FailureQueue, most: number, options: object = {}): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['SentTimestamp'],
      ...options,
    }),
  );
  return Messages;
}

/** How many messages there are, those in another replay's hands included, and what a few of them say. They stay visible. */
async function look(failed: FailureQueue) {
  const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: failed.url, AttributeNames: [...counts] }),
  );
  const messages = counts.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
  const sample = await receive(failed, 10, { VisibilityTimeout: 0 });
  return { messages, sample: sample.map(({ Body = '' }) => describe(bodyOf(Body))) };
}

function describe(body: unknown): unknown {
  const aside = SetAside.safeParse(body);
  if (aside.success) return aside.data.setAside;
  const givenUp = GivenUp.safeParse(body);
  return givenUp.success ? givenUp.data.DDBStreamBatchInfo : body;
}

async function replay(name: string, failed: FailureQueue, { Body = '', MessageId = '' }: Message): Promise<Outcome> {
  const body = bodyOf(Body);
  const aside = SetAside.safeParse(body);
  if ('queue' in failed) {
    const event = eventIn(body);
    if (failed.function !== undefined && event !== undefined) return invoke(failed.function, event);
    const text = aside.success ? String(aside.data.record) : Body;
    await queue(sqs, failed.queue).sendText(text, { [REPLAYED]: MessageId });
    return 'replayed';
  }
  if (aside.success) return invoke(failed.function, streamEvent([aside.data.record]));
  const givenUp = GivenUp.safeParse(body);
  if (givenUp.success) return replayStretch(name, failed.function, givenUp.data);
  const asynchronous = AsynchronousFailure.safeParse(body);
  return invoke(failed.function, asynchronous.success ? asynchronous.data.requestPayload : body);
}

/**
 * What a function was called with that fills the queue and shares its dead letters: an event that it failed at, one that the bus could not
 * hand over, or a start by its schedule, which is empty. Nothing when the message is the queue's own.
 */
function eventIn(body: unknown): unknown {
  const failed = AsynchronousFailure.safeParse(body);
  if (failed.success) return failed.data.requestPayload;
  const isObject = typeof body === 'object' && body !== null;
  return isObject && ('detail-type' in body || Object.keys(body).length === 0) ? body : undefined;
}

/** Worker whose counting goes by marks: what lies behind a row's mark can be told from what was counted only by the stream's own order. */
const COUNTS_BY_MARK = 'count-day-failures';

async function replayStretch(
  name: string,
  fn: string,
  { DDBStreamBatchInfo }: z.infer<typeof GivenUp>,
): Promise<Outcome> {
  if (name === COUNTS_BY_MARK) return { kept: 'a batch that counting gave up cannot be counted later' };
  const records = await readStretch(streams, DDBStreamBatchInfo);
  return records ? invoke(fn, streamEvent(records)) : { kept: 'the stream does not hold the records any more' };
}

/**
 * A batch as the event source would send it. Its shard is named for the first record, so that a record set aside twice, or replayed
 * twice, is counted once.
 */
function streamEvent(records: readonly unknown[]) {
  const [first] = records as { eventID?: string }[];
  return { Records: records, shardId: replayShard(first?.eventID ?? ''), state: {} };
}

async function invoke(fn: string, event: unknown): Promise<Outcome> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: fn, Payload: JSON.stringify(event) }),
  );
  const answer = Payload?.length ? JSON.parse(Buffer.from(Payload).toString()) : undefined;
  if (FunctionError) return { kept: `${fn} failed: ${answer?.errorMessage ?? FunctionError}` };
  return answer?.batchItemFailures?.length ? { kept: `${fn} could not process it yet` } : 'replayed';
}

/** JSON where it is JSON, else the text. */
function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
