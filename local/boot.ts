import { openAddresses } from './addresses.ts';
import { readAssembly } from './assembly.ts';
import { openFrontDoor } from './aws-front.ts';
import type { Assembly, Credentials, Invoke, InvokeLater, Running } from './contract.ts';
import { claimFolder, clearFolder } from './data-folder.ts';
import { createFaults, type Faults } from './dynamodb/faults.ts';
import type { Schedules } from './events/schedules.ts';
import { apisOf } from './http-api/api.ts';
import { httpApi } from './http-api/front.ts';
import { accessFrom, OPERATOR } from './iam/access.ts';
import { whenIdle } from './idle.ts';
import { openLogs } from './logs.ts';
import { createMeter, type Meter } from './meter.ts';
import { type Modules, openModules, servicesOf } from './modules.ts';
import { servePage } from './page/serve.ts';
import { placeOf, refuseUnknownTypes, resolveAssembly } from './resolve-assembly.ts';
import { readSettings, type Settings, useUtc } from './settings.ts';

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
  readonly modules: Modules;
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
  useUtc();
  const raw = readAssembly(options.assemblyDir);
  refuseUnknownTypes(raw);
  const opened: Running[] = [];
  const keep = <R extends Running>(running: R): R => {
    opened.push(running);
    return running;
  };
  const closeAll = async () => {
    for (const running of opened.splice(0).reverse()) await running.close();
  };

  try {
    const folder = keep(claimFolder(options.dataDir));
    if (options.fresh) await clearFolder(options.dataDir, options.assemblyDir);
    const logs = keep(openLogs(folder.of('logs')));
    const log = (module: string, line: string) => {
      logs.write('laptop', `${module}: ${line}\n`);
      options.onLog?.(module, line);
    };
    const addresses = await openAddresses(raw, settings.port, keep);
    const assembly = resolveAssembly(raw, addresses);
    const apis = apisOf(assembly);
    const place = placeOf(raw);
    const access = accessFrom(assembly, place.account);
    const meter = createMeter();
    const faults = createFaults();
    const credentials = (role?: string): Credentials => ({
      accessKeyId: role === undefined ? OPERATOR : access.accessKeyOf(role),
      secretAccessKey: 'laptop',
    });

    const modules = await openModules({
      base: {
        ...place,
        assembly,
        dataDir: folder.of,
        awsEndpoint: addresses.door,
        credentials,
        allows: access.allows,
        log,
      },
      settings,
      fresh: options.fresh ?? false,
      ticking: options.schedules !== 'paused',
      logs,
      meter,
      faults,
      keep,
    });
    const { functions, events, tables } = modules;
    openFrontDoor({
      listener: addresses.frontDoor,
      services: servicesOf(modules),
      access,
      meter,
      log: (line) => log('front door', line),
    });
    for (const api of apis) {
      const { stack, logicalId, physicalName } = api.resource;
      const accessLog = (line: string) => logs.write(`${physicalName}.access`, `${line}\n`);
      addresses.api(stack, logicalId).serve(httpApi(api, { ...place, invoke: functions.invoke, accessLog }));
    }
    servePage(addresses.page, {
      ...place,
      assembly,
      awsEndpoint: addresses.door,
      dataDir: options.dataDir,
      modules,
      apiUrl: addresses.apiUrl,
      logs: logs.tail,
      log,
    });
    functions.resume();
    events.resume();

    return {
      ...place,
      assembly,
      pageUrl: addresses.page.url,
      awsEndpoint: addresses.door,
      apis: Object.fromEntries(
        apis.map(({ resource: { stack, logicalId } }) => [logicalId, addresses.apiUrl(stack, logicalId)]),
      ),
      credentials,
      invoke: functions.invoke,
      invokeLater: functions.invokeLater,
      meter,
      faults,
      modules,
      schedules: events.schedules,
      logs: logs.tail,
      sweepExpired: tables.sweepExpired,
      idle: (timeoutMs = 30_000) => whenIdle({ ...modules }, () => functions.invocations, timeoutMs),
      async close() {
        functions.stopJudging();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
