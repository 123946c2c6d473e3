import type { Assembly, AwsService, Ground, Running } from './contract.ts';
import type { Faults } from './dynamodb/faults.ts';
import { startTables, type Tables } from './dynamodb/start.ts';
import { type Events, startEvents } from './events/events.ts';
import { type Keys, startKeys } from './keys/keys.ts';
import { type Functions, startFunctions } from './lambda/start.ts';
import type { Logs } from './logs.ts';
import { type Mail, startMail } from './mail/mail.ts';
import type { Meter } from './meter.ts';
import { type Objects, startObjects } from './objects/objects.ts';
import { type Parameters, startParameters } from './parameters/parameters.ts';
import { type Queues, startQueues } from './queues/queues.ts';
import { receiverOf, type Settings } from './settings.ts';
import { type States, startStates } from './states/states.ts';
import { startStreamSources } from './stream-source.ts';

/** Every module of the laptop, started: one for each kind of resource. */
export interface Modules {
  readonly functions: Functions;
  readonly tables: Tables;
  readonly keys: Keys;
  readonly parameters: Parameters;
  readonly queues: Queues;
  readonly objects: Objects;
  readonly states: States;
  readonly events: Events;
  readonly mail: Mail;
  readonly streams: Running;
}

export interface ModulesGround {
  /** All of {@link Ground} but what functions bring. */
  readonly base: Omit<Ground, 'invoke' | 'invokeLater'> & { readonly assembly: Assembly };
  readonly settings: Settings;
  readonly fresh: boolean;
  readonly ticking: boolean;
  readonly logs: Logs;
  readonly meter: Meter;
  readonly faults: Faults;
  /** Told of each module as it is started, so that those before are closed when one fails. */
  keep<R extends Running>(running: R): R;
}

/** Starts them in the order in which they lean on each other; closed the other way round. What calls functions comes last. */
export async function openModules({
  base,
  settings,
  fresh,
  ticking,
  logs,
  meter,
  faults,
  keep,
}: ModulesGround): Promise<Modules> {
  const functions = keep(
    startFunctions(base, {
      logs,
      environments: settings.environmentsPerFunction,
      outboundExceptions: receiverOf(settings),
    }),
  );
  const ground: Ground = { ...base, invoke: functions.invoke, invokeLater: functions.invokeLater };
  const tables = keep(await startTables(ground, { endpoint: settings.dynamodbEndpoint, fresh, meter, faults }));
  const keys = keep(await startKeys(ground));
  const parameters = keep(await startParameters(ground, keys));
  const objects = keep(await startObjects(ground));
  const mail = keep(await startMail(ground));
  const states = keep(await startStates(ground));
  const events = keep(await startEvents(ground, { ticking }));
  const queues = keep(await startQueues(ground));
  const streams = keep(await startStreamSources(ground, tables));
  return { functions, tables, keys, parameters, queues, objects, states, events, mail, streams };
}

/** The services behind the front door. */
export const servicesOf = (modules: Modules): AwsService[] =>
  [
    modules.tables,
    modules.functions,
    modules.keys,
    modules.parameters,
    modules.queues,
    modules.objects,
    modules.states,
    modules.events,
    modules.mail,
  ].map(({ service }) => service);
