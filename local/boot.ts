import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readAssembly } from './assembly.ts';
import { openFrontDoor } from './aws-front.ts';
import type { Assembly, Credentials, Ground, Invoke, InvokeLater, Running } from './contract.ts';
import { stopEngineOf } from './dynamodb/engine.ts';
import { createFaults, type Faults } from './dynamodb/faults.ts';
import { startTables } from './dynamodb/start.ts';
import { apisOf } from './http-api/api.ts';
import { httpApi } from './http-api/front.ts';
import { accessFrom } from './iam/access.ts';
import { whenIdle } from './idle.ts';
import { startKeys } from './keys/keys.ts';
import { type FunctionState, startFunctions } from './lambda/start.ts';
import { type Listener, listen } from './listen.ts';
import { openLogs } from './logs.ts';
import { createMeter, type Meter } from './meter.ts';
import { startObjects } from './objects/objects.ts';
import { forgetPid, notePid, survivor } from './orphan.ts';
import { startParameters } from './parameters/parameters.ts';
import { startQueues } from './queues/queues.ts';
import { type Addresses, placeOf, refuseUnknownTypes, resolveAssembly } from './resolve-assembly.ts';
import { FRONT_DOOR_OFFSET, readSettings, type Settings } from './settings.ts';
import { startStreamSources } from './stream-source.ts';

export interface BootOptions {
  /** Folder that `app.synth()` wrote. */
  readonly assemblyDir: string;
  /** Folder that keeps everything: tables, queues, objects, logs. */
  readonly dataDir: string;
  /** Instead of what the environment says; `port: 0` takes any free ports. */
  readonly settings?: Partial<Settings>;
  /** Clears everything first. */
  readonly fresh?: boolean;
  /** Told what the laptop itself has to say, by module. */
  readonly onLog?: (module: string, line: string) => void;
}

/** The stacks, running. */
export interface Laptop {
  readonly assembly: Assembly;
  readonly region: string;
  readonly account: string;
  /** The laptop page. */
  readonly pageUrl: string;
  /** Every AWS API: `aws --endpoint-url …` with any key. */
  readonly awsEndpoint: string;
  /** The HTTP APIs, by logical id. */
  readonly apis: Readonly<Record<string, string>>;
  /** Keys for an SDK client: of a role (name or ARN), else of the operator, who may do everything. */
  credentials(role?: string): Credentials;
  readonly invoke: Invoke;
  readonly invokeLater: InvokeLater;
  /** What was asked of AWS, by role; for bench and tests. */
  readonly meter: Meter;
  /** Failures of the tables on demand, for tests. */
  readonly faults: Faults;
  readonly functions: { state(): readonly FunctionState[]; logs(functionName: string): readonly string[] };
  /** Deletes rows whose time is over now, rather than within the minute. */
  sweepExpired(): Promise<number>;
  /** Resolves when streams, queues, events, executions and asynchronous calls are done; rejects after `timeoutMs` (30,000). */
  idle(timeoutMs?: number): Promise<void>;
  /** Ends everything in order. Being killed instead loses nothing that was answered. */
  close(): Promise<void>;
}

/**
 * Boots what was synthesized: reads every template, starts an engine for each kind of resource, and opens the addresses.
 *
 * @throws before anything is started when a resource type is not known, a reference leads nowhere, or a policy cannot be judged; and
 * when a port is taken or another laptop uses the same folder.
 */
export async function bootStacks(options: BootOptions): Promise<Laptop> {
  const settings = { ...readSettings(), ...options.settings };
  const dataDir = resolve(options.dataDir);
  const raw = readAssembly(options.assemblyDir);
  refuseUnknownTypes(raw);
  const opened: Running[] = [];
  const close = async () => {
    for (const running of opened.splice(0).reverse()) await running.close();
  };
  const keep = <R extends Running>(running: R): R => {
    opened.push(running);
    return running;
  };

  try {
    keep(claim(dataDir));
    if (options.fresh) await clear(dataDir, resolve(options.assemblyDir));
    const folder = (module: string) => {
      const path = join(dataDir, module);
      mkdirSync(path, { recursive: true });
      return path;
    };
    const logs = keep(openLogs(folder('logs')));
    const log = (module: string, line: string) => {
      logs.write('laptop', `${module}: ${line}\n`);
      options.onLog?.(module, line);
    };

    const port = (offset: number) => (settings.port === 0 ? 0 : settings.port + offset);
    const page = keep(await listen(port(0), 'the laptop page'));
    const door = keep(await listen(port(FRONT_DOOR_OFFSET), 'the AWS front door'));
    const apiListeners = new Map<string, Listener>();
    for (const { name, template } of raw.stacks) {
      for (const [logicalId, { Type }] of Object.entries(template.Resources ?? {})) {
        if (Type !== 'AWS::ApiGatewayV2::Api') continue;
        const key = `${name}/${logicalId}`;
        apiListeners.set(key, keep(await listen(port(apiListeners.size + 1), `the HTTP API ${logicalId}`)));
      }
    }
    const addresses: Addresses = {
      door: door.url,
      apiUrl: (stack, logicalId) => apiListeners.get(`${stack}/${logicalId}`)!.url,
    };
    const assembly = resolveAssembly(raw, addresses);
    const place = placeOf(raw);
    const access = accessFrom(assembly, place.account);
    const meter = createMeter();
    const faults = createFaults();

    const base = {
      ...place,
      assembly,
      dataDir: folder,
      awsEndpoint: door.url,
      credentials: (role?: string): Credentials => ({
        accessKeyId: role === undefined ? 'operator' : access.accessKeyOf(role),
        secretAccessKey: 'laptop',
      }),
      allows: access.allows,
      log,
    };
    const functions = keep(startFunctions(base, { logs, environments: settings.environmentsPerFunction }));
    const ground: Ground = { ...base, invoke: functions.invoke, invokeLater: functions.invokeLater };

    const tables = keep(
      await startTables(ground, { endpoint: settings.dynamodbEndpoint, fresh: options.fresh ?? false, meter, faults }),
    );
    const keys = keep(await startKeys(ground));
    const parameters = keep(await startParameters(ground, keys));
    const queues = keep(await startQueues(ground));
    const objects = keep(await startObjects(ground));
    const streams = keep(await startStreamSources(ground, tables));

    const modules = { streams, queues, objects, functions };
    const services = [tables, functions, keys, parameters, queues, objects].map(({ service }) => service);
    openFrontDoor({ listener: door, services, access, meter, log: (line) => log('front door', line) });
    for (const api of apisOf(assembly)) {
      const accessLog = (line: string) => logs.write(`${api.resource.physicalName}.access`, `${line}\n`);
      const listener = apiListeners.get(`${api.resource.stack}/${api.resource.logicalId}`);
      listener?.serve(httpApi(api, { ...place, invoke: functions.invoke, accessLog }));
    }
    functions.resume();

    return {
      ...place,
      assembly,
      pageUrl: page.url,
      awsEndpoint: door.url,
      apis: Object.fromEntries(
        assembly
          .ofType('AWS::ApiGatewayV2::Api')
          .map((api) => [api.logicalId, addresses.apiUrl(api.stack, api.logicalId)]),
      ),
      credentials: ground.credentials,
      invoke: functions.invoke,
      invokeLater: functions.invokeLater,
      meter,
      faults,
      functions: { state: functions.state, logs: logs.tail },
      sweepExpired: tables.sweepExpired,
      idle: (timeoutMs = 30_000) => whenIdle(modules, () => functions.invocations, timeoutMs),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One laptop a folder: two would each believe the tables to be theirs. */
function claim(dataDir: string): Running {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'laptop.pid');
  const other = survivor(file, 'node');
  if (other !== undefined && other !== process.pid) {
    throw new Error(`A laptop already runs on ${dataDir} (process ${other}). Stop it, or choose another folder.`);
  }
  notePid(file, process.pid);
  return { close: async () => forgetPid(file) };
}

/** Empties the folder, but for this run's own marks and an assembly that lies in it. */
async function clear(dataDir: string, assemblyDir: string): Promise<void> {
  if (existsSync(join(dataDir, 'dynamodb'))) await stopEngineOf(join(dataDir, 'dynamodb'));
  for (const entry of readdirSync(dataDir)) {
    const path = join(dataDir, entry);
    if (entry !== 'laptop.pid' && !`${assemblyDir}/`.startsWith(`${path}/`))
      rmSync(path, { recursive: true, force: true });
  }
}
