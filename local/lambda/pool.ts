import { randomUUID } from 'node:crypto';
import type { Invocation } from '../contract.ts';
import { type Environment, startEnvironment } from './environment.ts';
import type { FunctionHere } from './functions.ts';

/** All environments of one function. */
export interface Pool {
  /** Runs one event; waits its turn when every environment is busy and no more may be started. */
  run(event: unknown, requestId?: string): Promise<Invocation>;
  /** Environments that exist, and calls that run or wait. */
  readonly size: { readonly environments: number; readonly calls: number };
  close(): Promise<void>;
}

/** An environment that did nothing for this long is ended, but for one. */
const IDLE_MS = 60_000;

/** At most `limit` environments, fewer where the function reserves fewer. The one used last is used next, so the rest can end. */
export function createPool(fn: FunctionHere, limit: number, onLog: (text: string) => void): Pool {
  const most = Math.min(limit, fn.reserved ?? limit);
  const idle: { environment: Environment; sinceMs: number }[] = [];
  const waiting: ((environment: Environment | undefined) => void)[] = [];
  const all = new Set<Environment>();
  let calls = 0;
  let closed = false;

  const start = () => {
    const environment = startEnvironment(fn, onLog);
    all.add(environment);
    return environment;
  };

  const take = (): Environment | Promise<Environment | undefined> => {
    for (let free = idle.pop(); free; free = idle.pop()) {
      if (free.environment.alive) return free.environment;
      all.delete(free.environment);
    }
    if (all.size < most) return start();
    return new Promise((resolve) => waiting.push(resolve));
  };

  const give = (environment: Environment) => {
    if (!environment.alive) all.delete(environment);
    const next = waiting.shift();
    if (next) next(environment.alive || closed ? environment : start());
    else if (environment.alive) idle.push({ environment, sinceMs: performance.now() });
  };

  const reap = setInterval(() => {
    while (idle.length > 0 && all.size > 1 && performance.now() - idle[0]!.sinceMs > IDLE_MS) {
      const { environment } = idle.shift()!;
      all.delete(environment);
      void environment.close();
    }
  }, IDLE_MS).unref();

  return {
    get size() {
      return { environments: all.size, calls };
    },
    async run(event, requestId = randomUUID()) {
      if (closed) return CLOSING;
      if (most === 0) return refused('TooManyRequestsException', 'Rate Exceeded.');
      calls += 1;
      const environment = await take();
      const outcome = environment ? await environment.run(requestId, event) : CLOSING;
      calls -= 1;
      if (environment) give(environment);
      return outcome;
    },
    async close() {
      closed = true;
      clearInterval(reap);
      for (const next of waiting.splice(0)) next(undefined);
      await Promise.all([...all].map((environment) => environment.close()));
    },
  };
}

const refused = (errorType: string, errorMessage: string): Invocation => ({
  ok: false,
  errorType,
  errorMessage,
  durationMs: 0,
});
const CLOSING = refused('Runtime.Closed', 'The laptop is closing');
