import type { Resource } from '../contract.ts';
import { together } from '../durable.ts';
import { type Engine, openEngine, type SqsMessage, type SqsQueue } from '../fauxqs.ts';

/** Messages of a queue by what can be done with them. */
export interface Depth {
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A message received: invisible to others until its visibility timeout, gone when deleted. */
export interface Received {
  readonly receiptHandle: string;
  readonly message: SqsMessage;
}

export interface QueueStore {
  readonly engine: Engine;
  readonly names: readonly string[];
  arnOf(name: string): string | undefined;
  attributesOf(name: string): Readonly<Record<string, string>>;
  depth(name: string): Depth;
  /** When each delayed message can be received, epoch ms. */
  delayedUntil(name: string): readonly number[];
  /** Messages in any state, oldest first, without receiving them. */
  peek(name: string): readonly SqsMessage[];
  receive(name: string, atMost: number): readonly Received[];
  /** Resolves when something may have become visible, or after the time. */
  arrival(name: string, withinMs: number): Promise<void>;
  remove(name: string, receiptHandles: readonly string[]): void;
  /** Drops messages that are older than their queue keeps them. */
  expire(nowMs: number): number;
  close(): Promise<void>;
}

/** Attributes a template sets which the engine keeps as text. */
const ATTRIBUTES = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'MaximumMessageSize',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'KmsMasterKeyId',
  'SqsManagedSseEnabled',
  'RedrivePolicy',
  'RedriveAllowPolicy',
];

/**
 * The queues of the template over the engine's store, messages on disk.
 *
 * Three habits of the engine are mended here: it would lose the receive count when a message is made visible at once, it
 * commits each message of a receive alone (so a kill could fall between leaving a queue and reaching its dead-letter queue), and it
 * never expires messages.
 */
export async function openQueueStore(options: {
  readonly resources: readonly Resource[];
  readonly folder: string;
  readonly region: string;
}): Promise<QueueStore> {
  const engine = await openEngine(options.folder, options.region);
  const { sqsStore, persistence } = engine;
  const { db } = persistence;
  persistence.loadSqsAndSns(sqsStore, engine.snsStore);
  const makeVisible = db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => void makeVisible.run(messageId);
  sqsStore.persistence = persistence as unknown as NonNullable<typeof sqsStore.persistence>;

  const declared = new Map(options.resources.map((resource) => [resource.physicalName, resource]));
  for (const stored of [...sqsStore.allQueues()]) {
    stored.persistence = sqsStore.persistence;
    if (!declared.has(stored.name)) sqsStore.deleteQueue(stored.url);
  }

  const queues = new Map<string, SqsQueue>();
  for (const [name, resource] of declared) {
    const attributes = attributesFrom(resource);
    const stored = sqsStore.getQueueByName(name);
    stored?.setAttributes({ RedrivePolicy: '', ...attributes });
    // The engine knows a queue by the last part of its URL; the address before it is the front door's to give, at every start anew.
    const queue = stored ?? sqsStore.createQueue(name, `http://queues/${name}`, resource.arn, attributes);
    const receive = queue.dequeue.bind(queue);
    queue.dequeue = (...wanted) => together(db, () => receive(...wanted));
    queues.set(name, queue);
  }

  const queueOf = (name: string): SqsQueue => {
    const queue = queues.get(name);
    if (!queue) throw new Error(`There is no queue ${name}.`);
    return queue;
  };
  const all = (queue: SqsQueue): readonly SqsMessage[] => {
    const { ready, delayed, inflight } = queue.inspectMessages();
    return [...ready, ...delayed, ...inflight.map(({ message }) => message)].sort(
      (a, b) => a.sentTimestamp - b.sentTimestamp,
    );
  };

  return {
    engine,
    names: [...queues.keys()].sort(),
    arnOf: (name) => queues.get(name)?.arn,
    attributesOf: (name) => queueOf(name).attributes,
    depth(name) {
      const queue = queueOf(name);
      queue.processTimers();
      const { ready, delayed, inflight } = queue.inspectMessages();
      return { waiting: ready.length, inFlight: inflight.length, delayed: delayed.length };
    },
    delayedUntil: (name) =>
      queueOf(name).delayedMessages.map(({ delayUntil, sentTimestamp }) => delayUntil ?? sentTimestamp),
    peek: (name) => all(queueOf(name)),
    receive(name, atMost) {
      const queue = queueOf(name);
      const handles = queue.dequeue(atMost, undefined, (arn) => sqsStore.getQueueByArn(arn));
      return handles.flatMap(({ ReceiptHandle: receiptHandle }) => {
        const held = queue.inflightMessages.get(receiptHandle);
        return held ? [{ receiptHandle, message: held.message }] : [];
      });
    },
    arrival: (name, withinMs) => queueOf(name).waitForMessages(withinMs / 1000),
    remove: (name, receiptHandles) =>
      together(db, () => {
        for (const handle of receiptHandles) queueOf(name).deleteMessage(handle);
      }),
    expire(nowMs) {
      let expired = 0;
      for (const queue of queues.values()) {
        const oldest = nowMs - Number(queue.attributes.MessageRetentionPeriod) * 1000;
        const keep = (message: SqsMessage) => {
          if (message.sentTimestamp >= oldest) return true;
          persistence.deleteMessage(message.messageId);
          expired += 1;
          return false;
        };
        queue.messages = queue.messages.filter(keep);
        queue.delayedMessages = queue.delayedMessages.filter(keep);
        for (const [group, messages] of queue.fifoMessages) queue.fifoMessages.set(group, messages.filter(keep));
      }
      return expired;
    },
    close: () => engine.close(),
  };
}

function attributesFrom({ properties }: Resource): Record<string, string> {
  return Object.fromEntries(
    ATTRIBUTES.flatMap((name) => {
      const value = properties[name];
      if (value === undefined) return [];
      return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
    }),
  );
}
