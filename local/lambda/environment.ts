import { Worker } from 'node:worker_threads';
import type { Invocation } from '../contract.ts';
import type { FunctionHere } from './functions.ts';

/** One warm copy of a function: a thread with its own variables and memory, which handles one event at a time. */
export interface Environment {
  /** Runs one event to its end, whatever that is; never rejects. A call while another runs is a bug of the caller. */
  run(requestId: string, event: unknown): Promise<Invocation>;
  /** `false` after a time-out, a crash or an exit: the next event needs a new one. */
  readonly alive: boolean;
  close(): Promise<void>;
}

type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'answer'; readonly id: string; readonly payload: string }
  | {
      readonly kind: 'broken' | 'failure';
      readonly errorType: string;
      readonly errorMessage: string;
      readonly stack?: string[];
    };

type Failure = Pick<Extract<Invocation, { ok: false }>, 'errorType' | 'errorMessage' | 'stack'>;
type Outcome = { readonly ok: true; readonly payload: unknown } | ({ readonly ok: false } & Failure);

const bootstrap = new URL('./bootstrap.mjs', import.meta.url);

/** Lambda gives the code outside the handler ten seconds, apart from the function's own time. */
const INIT_LIMIT_MS = 10_000;
const INIT_TIMED_OUT: Failure = {
  errorType: 'Runtime.InitTimeout',
  errorMessage: 'The function did not load in 10 seconds',
};

/** Begins the log line of a function that broke between two events: a promise that nobody waited for was rejected. */
export const CRASHED = 'The function crashed after it had answered';

const nowMs = () => performance.timeOrigin + performance.now();

/** Starts a thread for the function. It loads the bundle at once; the first {@link Environment.run} waits for that. */
export function startEnvironment(fn: FunctionHere, onLog: (text: string) => void): Environment {
  const worker = new Worker(bootstrap, {
    env: { ...fn.environment },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.max(64, fn.memoryMb) },
    workerData: {
      file: fn.file,
      exportName: fn.exportName,
      context: {
        functionName: fn.name,
        functionVersion: '$LATEST',
        invokedFunctionArn: fn.arn,
        memoryLimitInMB: String(fn.memoryMb),
        logGroupName: `/aws/lambda/${fn.name}`,
        logStreamName: 'laptop',
      },
    },
  });
  let alive = true;
  let settle: ((outcome: Outcome) => void) | undefined;
  let initTimer: NodeJS.Timeout | undefined;
  let ready: ((broken: Failure | undefined) => void) | undefined;
  const loaded = new Promise<Failure | undefined>((resolve) => {
    ready = resolve;
    initTimer = setTimeout(() => resolve(INIT_TIMED_OUT), INIT_LIMIT_MS);
  }).finally(() => clearTimeout(initTimer));
  const fail = (failure: Failure) => {
    alive = false;
    ready?.(failure);
    settle?.({ ok: false, ...failure });
  };

  worker.on('message', (message: Message) => {
    if (message.kind === 'log') onLog(message.text);
    else if (message.kind === 'ready') ready?.(undefined);
    else if (message.kind === 'answer') settle?.({ ok: true, payload: JSON.parse(message.payload) });
    else if (message.kind === 'failure') settle?.({ ok: false, ...failureOf(message) });
    else fail(failureOf(message));
  });
  worker.on('error', (error: Error) => {
    // No call is there to be told; without this line nobody would ever hear of it.
    if (!settle) onLog(`${CRASHED}: ${error.stack ?? error.message}\n`);
    fail({ errorType: error.name, errorMessage: error.message, stack: lines(error.stack) });
  });
  worker.on('exit', (code) =>
    fail({ errorType: 'Runtime.ExitError', errorMessage: `Error: Runtime exited with error: exit status ${code}` }),
  );

  const outcomeWithin = async (limitMs: number, start: () => void): Promise<Outcome | undefined> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), limitMs);
    });
    const outcome = new Promise<Outcome>((resolve) => {
      settle = resolve;
    });
    start();
    const first = await Promise.race([outcome, late]);
    clearTimeout(timer);
    settle = undefined;
    return first;
  };

  const end = async () => {
    alive = false;
    await worker.terminate();
  };

  return {
    get alive() {
      return alive;
    },
    close: end,
    async run(requestId, event) {
      const broken = await loaded;
      if (broken) {
        await end();
        return { ok: false, ...broken, durationMs: 0 };
      }
      const started = performance.now();
      const durationMs = () => performance.now() - started;
      const outcome = await outcomeWithin(fn.timeoutMs, () =>
        worker.postMessage({ id: requestId, event: JSON.stringify(event ?? null), deadline: nowMs() + fn.timeoutMs }),
      );
      if (outcome) return { ...outcome, durationMs: durationMs() };
      await end();
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${(fn.timeoutMs / 1000).toFixed(2)} seconds`;
      return { ok: false, errorType: 'Sandbox.Timedout', errorMessage, durationMs: durationMs() };
    },
  };
}

const failureOf = ({ errorType, errorMessage, stack }: Extract<Message, { errorType: string }>): Failure => ({
  errorType,
  errorMessage,
  ...(stack && { stack }),
});
const lines = (stack = '') => stack.split('\n');
