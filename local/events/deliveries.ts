import { randomUUID } from 'node:crypto';
import { wallClockMs } from '../../lib/clock.ts';
import type { Ground, Running } from '../contract.ts';
import { openDatabase, together } from '../durable.ts';
import { type Sendable, sender, Undeliverable } from './send.ts';

/** Something accepted and still to be handed over. */
export interface Delivery extends Sendable {
  /** ARN of the rule or schedule. */
  readonly originArn: string;
  readonly deadLetterArn?: string;
  readonly maxAttempts: number;
  readonly expiresMs: number;
  readonly attempts: number;
}

export interface Deliveries extends Running {
  /** Takes them over: on disk when this returns, all of them or none. */
  accept(deliveries: readonly Omit<Delivery, 'id' | 'attempts'>[]): void;
  /** Begins with what an earlier run left; before that, deliveries are accepted and wait. */
  resume(): void;
  /** Accepted and not yet handed over. */
  pending(): readonly Delivery[];
  /** Resolves when nothing is pending. */
  idle(): Promise<void>;
}

const SCHEMA =
  'CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL)';
const AT_ONCE = 16;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Everything a rule or a schedule has to hand over, kept on disk from acceptance to delivery, so that a killed laptop loses none and
 * may repeat one. What fails is tried again with growing pauses, and goes to the dead-letter queue when its attempts or its
 * age are used up, or at once when trying again cannot help.
 */
export function openDeliveries(ground: Ground): Deliveries {
  const database = openDatabase(ground.dataDir('events'), SCHEMA);
  const insert = database.prepare('INSERT INTO deliveries (id, body, attempts) VALUES (?, ?, 0)');
  const attempted = database.prepare('UPDATE deliveries SET attempts = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM deliveries WHERE id = ?');
  const { send, bury, close } = sender(ground);

  /** Everything that is on disk. */
  const kept = new Map<string, Delivery>();
  /** Of these, what waits for its turn. */
  const due: Delivery[] = [];
  const pauses = new Set<NodeJS.Timeout>();
  let active = 0;
  let resumed = false;
  let closed = false;

  const settle = (delivery: Delivery) => {
    if (closed) return;
    remove.run(delivery.id);
    kept.delete(delivery.id);
  };

  const giveUp = async (delivery: Delivery, condition: string, error: Error) => {
    const facts = `${delivery.originArn} → ${delivery.targetArn}: ${error.message}`;
    if (!delivery.deadLetterArn) {
      ground.log('events', `lost, there is no dead-letter queue: ${facts}`);
    } else {
      ground.log('events', `to the dead-letter queue: ${facts}`);
      await bury(delivery.deadLetterArn, delivery.payload, {
        RULE_ARN: delivery.originArn,
        TARGET_ARN: delivery.targetArn,
        ERROR_CODE: error.name,
        ERROR_MESSAGE: error.message.slice(0, 1000),
        EXHAUSTED_RETRY_CONDITION: condition,
        RETRY_ATTEMPTS: String(delivery.attempts),
      });
    }
    settle(delivery);
  };

  const again = (delivery: Delivery) => {
    const pause = setTimeout(
      () => {
        pauses.delete(pause);
        due.push(delivery);
        pump();
      },
      Math.min(FIRST_PAUSE_MS * 2 ** (delivery.attempts - 1), LONGEST_PAUSE_MS),
    );
    pauses.add(pause);
  };

  const attempt = async (before: Delivery) => {
    try {
      await send(before);
      settle(before);
    } catch (caught) {
      if (closed) return;
      const error = caught as Error;
      const delivery = { ...before, attempts: before.attempts + 1 };
      kept.set(delivery.id, delivery);
      attempted.run(delivery.attempts, delivery.id);
      try {
        if (error instanceof Undeliverable) await giveUp(delivery, 'NotRetryable', error);
        else if (delivery.attempts >= delivery.maxAttempts) await giveUp(delivery, 'MaximumRetryAttempts', error);
        else if (wallClockMs() >= delivery.expiresMs) await giveUp(delivery, 'MaximumEventAgeInSeconds', error);
        else again(delivery);
      } catch (burial) {
        if (closed) return;
        ground.log('events', `the dead-letter queue did not take it, will try again: ${String(burial)}`);
        again(delivery);
      }
    }
  };

  const pump = () => {
    while (resumed && !closed && active < AT_ONCE) {
      const next = due.shift();
      if (!next) return;
      active += 1;
      void attempt(next).finally(() => {
        active -= 1;
        pump();
      });
    }
  };

  for (const row of database.prepare('SELECT id, body, attempts FROM deliveries ORDER BY rowid').all()) {
    const delivery = {
      ...(JSON.parse(String(row.body)) as Delivery),
      id: String(row.id),
      attempts: Number(row.attempts),
    };
    kept.set(delivery.id, delivery);
    due.push(delivery);
  }

  return {
    accept(deliveries) {
      if (deliveries.length === 0) return;
      const accepted = deliveries.map((delivery): Delivery => ({ ...delivery, id: randomUUID(), attempts: 0 }));
      together(database, () => {
        for (const { id, ...body } of accepted) insert.run(id, JSON.stringify(body));
      });
      for (const delivery of accepted) kept.set(delivery.id, delivery);
      due.push(...accepted);
      pump();
    },
    resume() {
      resumed = true;
      pump();
    },
    pending: () => [...kept.values()],
    async idle() {
      while (kept.size > 0) await new Promise((later) => setTimeout(later, 15));
    },
    async close() {
      closed = true;
      for (const pause of pauses) clearTimeout(pause);
      close();
      database.close();
    },
  };
}
