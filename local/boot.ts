import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readAssembly } from './assembly.ts';
import { openFrontDoor } from './aws-front.ts';
import type { Assembly, Credentials, Invoke, InvokeLater, Running } from './contract.ts';
import { stopEngineOf } from './dynamodb/engine.ts';
import { createFaults, type Faults } from './dynamodb/faults.ts';
import type { Schedules } from './events/schedules.ts';
import { apisOf } from './http-api/api.ts';
import { httpApi } from './http-api/front.ts';
import { accessFrom } from './iam/access.ts';
import { whenIdle } from './idle.ts';
import { type Listener, listen } from './listen.ts';
import { openLogs } from './logs.ts';
import { createMeter, type Meter } from './meter.ts';
import { forgetPid, notePid, survivor } from './orphan.ts';
import { type Addresses, placeOf, refuseUnknownTypes, resolveAssembly } from './resolve-assembly.ts';
import { openRooms, type Rooms, servicesOf } from './rooms.ts';
import { FRONT_DOOR_OFFSET, readSettings, type Settings } from './settings.ts';

export interface BootOptions {
  /** Folder that `app.synth()` wrote. */
  readonly assemblyDir: string;
  /** Folder that keeps everything: tables, queues, objects, logs. */
  readonly dataDir: string;
  /** Instead of what the environment says; `port: 0` takes any free ports. */
  readonly settings?: Partial<Settings>;
  /** Clears everything first. */
  readonly fresh?: boolean;
  /** Whether schedules run by themselves from the start; a replay of history wants them paused. Running when not said. */
  readonly schedules?: 'running' | 'paused';
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
  /** The modules themselves: workflows, queues, mailbox, objects and the rest. */
  readonly rooms: Rooms;
  /** List, run one now, pause and resume. */
  readonly schedules: Schedules;
  /** The last lines of a log: of a function by its name, `<api>.access`, `laptop`. */
  logs(name: string): readonly string[];
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
    const rooms = await openRooms({
      base,
      settings,
      fresh: options.fresh ?? false,
      ticking: options.schedules !== 'paused',
      logs,
      meter,
      faults,
      keep,
    });
    const { functions } = rooms;

    openFrontDoor({
      listener: door,
      services: servicesOf(rooms),
      access,
      meter,
      log: (line) => log('front door', line),
    });
    for (const api of apisOf(assembly)) {
      const accessLog = (line: string) => logs.write(`${api.resource.physicalName}.access`, `${line}\n`);
      const listener = apiListeners.get(`${api.resource.stack}/${api.resource.logicalId}`);
      listener?.serve(httpApi(api, { ...place, invoke: functions.invoke, accessLog }));
    }
    functions.resume();
    rooms.events.resume();

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
      credentials: base.credentials,
      invoke: functions.invoke,
      invokeLater: functions.invokeLater,
      meter,
      faults,
      rooms,
      schedules: rooms.events.schedules,
      logs: logs.tail,
      sweepExpired: rooms.tables.sweepExpired,
      idle: (timeoutMs = 30_000) => whenIdle({ ...rooms }, () => functions.invocations, timeoutMs),
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

/** Empties the folder, but for this run's own mark and an assembly that lies in it, with what is kept beside that under its name. */
async function clear(dataDir: string, assemblyDir: string): Promise<void> {
  if (existsSync(join(dataDir, 'dynamodb'))) await stopEngineOf(join(dataDir, 'dynamodb'));
  for (const entry of readdirSync(dataDir)) {
    const path = join(dataDir, entry);
    const isAssembly = `${assemblyDir}/`.startsWith(`${path}/`) || path.startsWith(`${assemblyDir}.`);
    if (entry !== 'laptop.pid' && !isAssembly) rmSync(path, { recursive: true, force: true });
  }
}
