import * as z from 'zod';
import type { Instant } from '../time.ts';
import type { Queue } from './queue.ts';

/**
 * What could not be processed, on its way to the worker's dead-letter queue: a record or message that no retry mends, with the reason.
 * Set aside at the first attempt, so that its neighbours go on.
 */
export interface SetAside {
  readonly setAside: {
    /** Function that gave up: `stream/publish-changes`. */
    readonly worker: string;
    readonly reason: string;
    readonly at: Instant;
  };
  /** The stream record or the message body, as it was received. */
  readonly record: unknown;
}

/** A worker's own dead-letter queue. */
export const failures = (queue: Queue, worker: string) => ({
  setAside: (record: unknown, reason: string, at: Instant): Promise<void> =>
    queue.send({ setAside: { worker, reason, at }, record } satisfies SetAside),
});

/**
 * Where the messages of each dead-letter queue belong, by the queue's name (`mail-failures`): back in the queue they came from, or to the
 * function that reads the stream. Where both are named, what the function failed at lies beside what the queue gave up.
 */
export const FailureQueues = z.record(
  z.string(),
  z.union([
    z.strictObject({ url: z.url(), queue: z.url(), function: z.string().min(1).optional() }),
    z.strictObject({ url: z.url(), function: z.string().min(1) }),
  ]),
);
export type FailureQueue = z.infer<typeof FailureQueues>[string];

/** Attribute of a message that was sent back by hand: what was refused for good may be tried again. */
export const REPLAYED = 'replayed';
