import { randomUUID } from 'node:crypto';
import type { AwsService, Ground, Invocation, Invoke, InvokeLater, Running } from '../contract.ts';
import { failureDestinations } from '../failure-destination.ts';
import type { Logs } from '../logs.ts';
import { type FunctionHere, functionsOf } from './functions.ts';
import { invokeApi } from './invoke-api.ts';
import { openLater } from './later.ts';
import { createPool, type Pool } from './pool.ts';

export interface FunctionsOptions {
  readonly logs: Logs;
  /** Most environments of one function. */
  readonly environments: number;
  /** Origins on this machine that functions may send to although nothing private is allowed on AWS; parted by blanks. */
  readonly outboundExceptions?: string | undefined;
}

/** A function as the page shows it. */
export interface FunctionState {
  readonly name: string;
  readonly environments: number;
  /** Calls that run or wait. */
  readonly calls: number;
  readonly invocations: number;
  readonly errors: number;
}

export interface Functions extends Running {
  readonly service: AwsService;
  readonly invoke: Invoke;
  readonly invokeLater: InvokeLater;
  functionNamed(nameOrArn: string): FunctionHere | undefined;
  state(): readonly FunctionState[];
  /** Grows with each invocation; two equal readings mean that nothing ran in between. */
  readonly invocations: number;
  /** Takes up asynchronous invocations of an earlier run. */
  resume(): void;
  /** To be called before anything else is closed: failures from then on are the laptop's, not the functions'. */
  stopJudging(): void;
}

/** All functions of the templates. Nothing is loaded until a function is called. `ground` needs no `invoke` yet: this is it. */
export function startFunctions(
  ground: Omit<Ground, 'invoke' | 'invokeLater'>,
  { logs, environments, outboundExceptions }: FunctionsOptions,
): Functions {
  const functions = functionsOf(ground.assembly, { ...ground, outboundExceptions });
  const byName = new Map(functions.flatMap((fn) => [[fn.name, fn] as const, [fn.arn, fn] as const]));
  const counts = new Map(functions.map(({ name }) => [name, { invocations: 0, errors: 0 }]));
  const pools = new Map<FunctionHere, Pool>();
  let invocations = 0;

  const functionNamed = (nameOrArn: string) => byName.get(nameOrArn) ?? byName.get(unqualified(nameOrArn));

  const poolOf = (fn: FunctionHere): Pool => {
    let pool = pools.get(fn);
    if (!pool) {
      pool = createPool(fn, environments, (text) => logs.write(fn.name, text));
      pools.set(fn, pool);
    }
    return pool;
  };

  const call = async (fn: FunctionHere, event: unknown): Promise<Invocation> => {
    invocations += 1;
    const requestId = randomUUID();
    const outcome = await poolOf(fn).run(event, requestId);
    const count = counts.get(fn.name)!;
    count.invocations += 1;
    if (!outcome.ok) {
      count.errors += 1;
      logs.write(fn.name, failureLine(requestId, outcome));
    }
    return outcome;
  };

  const invoke: Invoke = async (nameOrArn, event) => {
    const fn = functionNamed(nameOrArn);
    if (fn) return call(fn, event);
    return {
      ok: false,
      errorType: 'ResourceNotFoundException',
      errorMessage: `Function not found: ${nameOrArn}`,
      durationMs: 0,
    };
  };

  const invokeLater: InvokeLater = async (nameOrArn, event) => {
    const fn = functionNamed(nameOrArn);
    if (!fn) throw new Error(`Function not found: ${nameOrArn}`);
    later.accept(fn, event);
  };

  const sendTo = failureDestinations({ ...ground, invoke, invokeLater });
  const later = openLater({
    folder: ground.dataDir('lambda'),
    invoke,
    send: (fn, destinationArn, body) => sendTo(fn.role, destinationArn, body),
    functionNamed,
    log: (line) => ground.log('lambda', line),
  });

  return {
    service: invokeApi({
      functions,
      functionNamed,
      invoke: call,
      invokeLater: later.accept,
      tail: ({ name }) => logs.tail(name),
    }),
    invoke,
    invokeLater,
    functionNamed,
    get invocations() {
      return invocations;
    },
    state: () =>
      functions.map((fn) => ({
        name: fn.name,
        ...(pools.get(fn)?.size ?? { environments: 0, calls: 0 }),
        ...counts.get(fn.name)!,
      })),
    resume: later.resume,
    stopJudging: later.stopJudging,
    idle: later.idle,
    async close() {
      const pooled = [...pools.values()].map((pool) => pool.close());
      await later.close();
      await Promise.all(pooled);
    },
  };
}

/** Without alias or version: `arn:…:function:name:$LATEST` and `name:live` are the function itself. */
function unqualified(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  return nameOrArn.startsWith('arn:') ? parts.slice(0, 7).join(':') : (parts[0] ?? nameOrArn);
}

function failureLine(
  requestId: string,
  { errorType, errorMessage, stack }: Extract<Invocation, { ok: false }>,
): string {
  return `${JSON.stringify({ level: 'ERROR', requestId, errorType, errorMessage, stack })}\n`;
}
