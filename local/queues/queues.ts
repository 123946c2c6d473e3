import { wallClockMs } from '../../lib/clock.ts';
import type { AwsService, Ground, Running } from '../contract.ts';
import { type EventSource, startEventSource } from './event-source.ts';
import { queueFront } from './front.ts';
import { type Depth, openQueueStore } from './queue-store.ts';

export interface QueueStatus extends Depth {
  readonly name: string;
  readonly arn: string;
  /** Queues whose failed messages end here; a queue with any is a dead-letter queue. */
  readonly deadLettersOf: readonly string[];
  readonly deadLetterQueue?: string;
  /** Functions this queue calls. */
  readonly calls: readonly string[];
}

export interface PeekedMessage {
  readonly id: string;
  readonly body: string;
  readonly sentMs: number;
  readonly receiveCount: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Queues extends Running {
  readonly service: AwsService;
  list(): readonly QueueStatus[];
  /** Messages in any state, oldest first, without receiving them. */
  peek(name: string, limit: number, offset?: number): readonly PeekedMessage[];
  /**
   * Resolves when no queue that calls a function has work for it: nothing waiting or in flight, nothing delayed that comes within seconds,
   * no batch with a function. What waits for minutes waits on purpose, as the retry of a webhook does.
   */
  idle(): Promise<void>;
}

const EXPIRY_EVERY_MS = 60_000;
/** A delay of more than this is a plan for later and not work under way. */
const NOT_NOW_MS = 20_000;

/** SQS: the template's queues on disk, their functions called. */
export async function startQueues(ground: Ground): Promise<Queues> {
  const resources = ground.assembly.ofType('AWS::SQS::Queue');
  const store = await openQueueStore({ resources, folder: ground.dataDir('queues'), region: ground.region });
  const sources: EventSource[] = ground.assembly
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => String(properties.EventSourceArn).startsWith('arn:aws:sqs:'))
    .map((mapping) => startEventSource(ground, store, mapping));
  store.expire(wallClockMs());
  const expiry = setInterval(() => store.expire(wallClockMs()), EXPIRY_EVERY_MS).unref();

  const deadLetterQueueOf = (name: string) => {
    const policy = store.attributesOf(name).RedrivePolicy;
    return policy ? String(JSON.parse(policy).deadLetterTargetArn).split(':').at(-1) : undefined;
  };
  const quiet = () =>
    sources.every(({ queue, batches }) => {
      const { waiting, inFlight } = store.depth(queue);
      const soon = store.delayedUntil(queue).filter((dueMs) => dueMs < wallClockMs() + NOT_NOW_MS).length;
      return batches + waiting + inFlight + soon === 0;
    });

  return {
    service: queueFront(ground, store),
    list: () =>
      store.names.map((name) => {
        const deadLetterQueue = deadLetterQueueOf(name);
        return {
          name,
          arn: store.arnOf(name) ?? '',
          ...store.depth(name),
          deadLettersOf: store.names.filter((other) => deadLetterQueueOf(other) === name),
          calls: sources.filter(({ queue }) => queue === name).map(({ functionName }) => functionName),
          ...(deadLetterQueue ? { deadLetterQueue } : {}),
        };
      }),
    peek: (name, limit, offset = 0) =>
      store
        .peek(name)
        .slice(offset, offset + limit)
        .map((message) => ({
          id: message.messageId,
          body: message.body,
          sentMs: message.sentTimestamp,
          receiveCount: message.approximateReceiveCount,
          attributes: Object.fromEntries(
            Object.entries(message.messageAttributes).map(([key, { StringValue, BinaryValue }]) => [
              key,
              StringValue ?? BinaryValue ?? '',
            ]),
          ),
        })),
    async idle() {
      while (!quiet()) await new Promise((later) => setTimeout(later, 25));
    },
    async close() {
      clearInterval(expiry);
      await Promise.all(sources.map((source) => source.close()));
      await store.close();
    },
  };
}
