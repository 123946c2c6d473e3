import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { wallClockMs } from '../../lib/clock.ts';
import { instant } from '../../lib/time.ts';
import type { Invocation, Invoke } from '../contract.ts';
import { openDatabase } from '../durable.ts';
import type { FunctionHere } from './functions.ts';

/**
 * Asynchronous invocations: on disk before the caller hears that they were accepted, off disk when they succeeded or were given up.
 * What was under way when the process was killed runs again at the next start, so functions see at-least-once, as on AWS.
 */
export interface Later {
  accept(fn: FunctionHere, event: unknown): void;
  /** Takes up what an earlier run left, once everything a function may call is there. */
  resume(): void;
  idle(): Promise<void>;
  /** From now on no failure counts: what fails while the laptop closes is run again at the next start. */
  stopJudging(): void;
  close(): Promise<void>;
}

/** Sends the record of a failure to its destination (queue, bus or function) in the name of the function's role. */
export type SendFailure = (fn: FunctionHere, destinationArn: string, body: unknown) => Promise<void>;

/** Lambda waits one minute, then two. Somebody at a laptop is waiting too. */
const RETRY_AFTER_MS = [1_000, 2_000];

interface Row {
  readonly id: string;
  readonly function_name: string;
  readonly event: string;
  readonly attempts: number;
}

export interface LaterGround {
  readonly folder: string;
  readonly invoke: Invoke;
  readonly send: SendFailure;
  functionNamed(name: string): FunctionHere | undefined;
  log(line: string): void;
}

export function openLater({ folder, invoke, send, functionNamed, log }: LaterGround): Later {
  const database = openDatabase(
    folder,
    'CREATE TABLE IF NOT EXISTS calls (id TEXT PRIMARY KEY, function_name TEXT NOT NULL, event TEXT NOT NULL, attempts INTEGER NOT NULL)',
  );
  const insert = database.prepare('INSERT INTO calls VALUES (?, ?, ?, 0)');
  const attempted = database.prepare('UPDATE calls SET attempts = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM calls WHERE id = ?');
  const running = new Set<Promise<void>>();
  const stop = new AbortController();

  const attempt = async (fn: FunctionHere, row: Row): Promise<void> => {
    const event = JSON.parse(row.event) as unknown;
    for (let attempts = row.attempts + 1; ; attempts += 1) {
      const outcome = await invoke(fn.arn, event);
      if (stop.signal.aborted) return;
      if (outcome.ok) break;
      attempted.run(attempts, row.id);
      if (attempts > fn.retries) {
        await giveUp(fn, row, event, attempts, outcome);
        break;
      }
      await sleep(RETRY_AFTER_MS[attempts - 1] ?? 2_000, undefined, { signal: stop.signal });
    }
    remove.run(row.id);
  };

  const giveUp = async (fn: FunctionHere, row: Row, event: unknown, attempts: number, outcome: Invocation) => {
    log(`${fn.name} failed ${attempts} times on event ${row.id}`);
    if (fn.deadLetterArn) await send(fn, fn.deadLetterArn, event);
    if (fn.onFailureArn) await send(fn, fn.onFailureArn, failureRecord(fn, row.id, event, attempts, outcome));
  };

  const run = (fn: FunctionHere, row: Row) => {
    const work = attempt(fn, row)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) log(`${fn.name}: event ${row.id} stays for the next start: ${String(error)}`);
      })
      .finally(() => running.delete(work));
    running.add(work);
  };

  return {
    accept(fn, event) {
      const row = { id: randomUUID(), function_name: fn.name, event: JSON.stringify(event ?? null), attempts: 0 };
      insert.run(row.id, row.function_name, row.event);
      run(fn, row);
    },
    resume() {
      for (const row of database.prepare('SELECT * FROM calls ORDER BY rowid').all() as unknown as Row[]) {
        const fn = functionNamed(row.function_name);
        if (fn) run(fn, row);
        else log(`an event for ${row.function_name} waits: no template has that function any more`);
      }
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    stopJudging: () => stop.abort(),
    async close() {
      stop.abort();
      await Promise.all(running);
      database.close();
    },
  };
}

/** What Lambda writes to an on-failure destination. */
function failureRecord(fn: FunctionHere, requestId: string, event: unknown, attempts: number, outcome: Invocation) {
  return {
    version: '1.0',
    timestamp: instant(wallClockMs()),
    requestContext: {
      requestId,
      functionArn: `${fn.arn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: attempts,
    },
    requestPayload: event,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: outcome.ok ? null : errorDocument(outcome),
  };
}

/** A failed call as its caller sees it: the runtime's own error document. */
export function errorDocument({ errorType, errorMessage, stack }: Extract<Invocation, { ok: false }>) {
  return { errorType, errorMessage, ...(stack && { trace: stack }) };
}
