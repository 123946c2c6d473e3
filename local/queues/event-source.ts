import { wallClockMs } from '../../lib/clock.ts';
import type { Ground, Resource, Running } from '../contract.ts';
import { compilePattern } from '../events/pattern.ts';
import type { QueueStore, Received } from './queue-store.ts';
import { failuresIn, filterable, queueRecord } from './record.ts';

/** A queue that calls a function; `AWS::Lambda::EventSourceMapping`. */
export interface EventSource extends Running {
  readonly queue: string;
  readonly functionName: string;
  /** Batches with the function right now. */
  readonly batches: number;
  /** Messages that went back to the queue since the start. */
  readonly returned: number;
}

/** Lambda polls with five at first; on a laptop that is also where it stays, unless the mapping asks for fewer or more. */
const DEFAULT_CONCURRENCY = 5;
const LONG_POLL_MS = 20_000;
/** How long a stopping laptop waits for batches; what is not done by then returns when its visibility ends. */
const PATIENCE_MS = 2_000;

/**
 * Polls a queue and calls its function, as Lambda does: up to `BatchSize` messages gathered within the batching window, filtered
 * messages deleted unseen, the rest deleted when the function succeeds. What fails stays invisible until its timeout, comes back, and
 * goes to the dead-letter queue after `maxReceiveCount` receives.
 */
export function startEventSource(ground: Ground, store: QueueStore, mapping: Resource): EventSource {
  const { properties } = mapping;
  const where = `${mapping.stack}/${mapping.logicalId}`;
  const arn = String(properties.EventSourceArn);
  const queue = arn.split(':').at(-1) ?? '';
  if (!store.names.includes(queue)) throw new Error(`${where}: there is no queue ${arn}.`);
  const target = ground.assembly.find(String(properties.FunctionName));
  if (!target) throw new Error(`${where}: there is no function ${properties.FunctionName}.`);
  mayPoll(ground, where, arn, target);

  const batchSize = Number(properties.BatchSize ?? 10);
  const windowMs = Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1000;
  const concurrency = Number(
    (properties.ScalingConfig as { MaximumConcurrency?: unknown })?.MaximumConcurrency ?? DEFAULT_CONCURRENCY,
  );
  const reports =
    (properties.FunctionResponseTypes as string[] | undefined)?.includes('ReportBatchItemFailures') ?? false;
  const wanted = filterOf(properties.FilterCriteria);

  const running = new Set<Promise<void>>();
  let returned = 0;
  /** No new batch is gathered. */
  let closing = false;
  /** The store may be gone: a function that answers now has its batch delivered again. */
  let over = false;

  const gather = async (): Promise<readonly Received[]> => {
    const first = store.receive(queue, Math.min(batchSize, 10));
    if (first.length === 0) {
      await store.arrival(queue, LONG_POLL_MS);
      return [];
    }
    const batch = [...first];
    const until = wallClockMs() + windowMs;
    while (batch.length < batchSize && !closing) {
      const more = store.receive(queue, Math.min(batchSize - batch.length, 10));
      batch.push(...more);
      const left = until - wallClockMs();
      if (more.length === 0 && left <= 0) break;
      if (more.length === 0) await store.arrival(queue, left);
    }
    return batch;
  };

  const hand = async (batch: readonly Received[]) => {
    const records = batch.map((received) => queueRecord(received, { arn, region: ground.region }));
    const matching = records.filter((record) => wanted(filterable(record)));
    const failed = matching.length === 0 ? [] : await failures(matching);
    if (over) return;
    store.remove(
      queue,
      records.filter(({ messageId }) => !failed.includes(messageId)).map(({ receiptHandle }) => receiptHandle),
    );
  };

  const failures = async (records: readonly ReturnType<typeof queueRecord>[]): Promise<readonly string[]> => {
    const ids = records.map(({ messageId }) => messageId);
    const outcome = await ground.invoke(target.arn, { Records: records });
    const failed = outcome.ok ? (reports ? failuresIn(outcome.payload, ids) : []) : ids;
    if (failed.length > 0) {
      returned += failed.length;
      const why = outcome.ok ? 'reported by the function' : `${outcome.errorType}: ${outcome.errorMessage}`;
      ground.log(
        'queues',
        `${queue}: ${failed.length} of ${ids.length} messages go back after their visibility timeout (${why})`,
      );
    }
    return failed;
  };

  const poll = async () => {
    while (!closing) {
      if (running.size >= concurrency) {
        await Promise.race(running);
        continue;
      }
      const batch = await gather();
      if (batch.length === 0) continue;
      const work = hand(batch)
        .catch((error: unknown) => ground.log('queues', `${queue}: ${String(error)}`))
        .finally(() => running.delete(work));
      running.add(work);
    }
  };
  const polling = properties.Enabled === false ? Promise.resolve() : poll();

  return {
    queue,
    functionName: target.physicalName,
    get batches() {
      return running.size;
    },
    get returned() {
      return returned;
    },
    async close() {
      closing = true;
      store.engine.sqsStore.getQueueByName(queue)?.cancelWaiters();
      await polling;
      await Promise.race([Promise.all(running), new Promise((later) => setTimeout(later, PATIENCE_MS).unref())]);
      over = true;
    },
  };
}

/** Lambda refuses to make a mapping whose function's role may not read the queue. */
function mayPoll(ground: Ground, where: string, queueArn: string, target: Resource) {
  const role =
    String(target.properties.Role ?? '')
      .split('/')
      .at(-1) ?? '';
  for (const action of ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']) {
    if (!ground.allows(role, action, queueArn))
      throw new Error(`${where}: the role ${role} of ${target.physicalName} lacks ${action} on ${queueArn}.`);
  }
}

function filterOf(criteria: unknown): (record: unknown) => boolean {
  const filters = (criteria as { Filters?: { Pattern: unknown }[] } | undefined)?.Filters ?? [];
  const patterns = filters.map(({ Pattern }) => compilePattern(Pattern));
  return (record) => patterns.length === 0 || patterns.some((pattern) => pattern(record));
}
