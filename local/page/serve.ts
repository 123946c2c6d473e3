import type { Assembly } from '../contract.ts';
import { readCredentials } from '../credentials.ts';
import { askEngine } from '../dynamodb/wire.ts';
import { urlOf } from '../first-brand.ts';
import { apisOf } from '../http-api/api.ts';
import type { Listener } from '../listen.ts';
import type { Modules } from '../modules.ts';
import { shortener } from './naming.ts';
import { laptopPage, listenerOf, sectionsOf } from './page.ts';
import type { Rooms } from './rooms.ts';

/** What the page needs of a booted laptop. */
export interface Booted {
  readonly assembly: Assembly;
  readonly region: string;
  readonly account: string;
  readonly awsEndpoint: string;
  /** Where the keys of the first brand's people lie. */
  readonly dataDir: string;
  readonly modules: Modules;
  apiUrl(stack: string, logicalId: string): string;
  /** Last lines of a function's log. */
  logs(functionName: string): readonly string[];
  log(module: string, line: string): void;
}

/** Serves the laptop page at its address. */
export function servePage(listener: Listener, booted: Booted): void {
  const page = laptopPage(sectionsOf(roomsOf(booted)));
  listener.serve(
    listenerOf(page, (error) =>
      booted.log('page', error instanceof Error ? (error.stack ?? error.message) : String(error)),
    ),
  );
}

function roomsOf({ assembly, region, account, awsEndpoint, dataDir, modules, apiUrl, logs }: Booted): Rooms {
  const { states, queues, mail, objects, events, functions, tables } = modules;
  const named = [
    'AWS::Lambda::Function',
    'AWS::SQS::Queue',
    'AWS::StepFunctions::StateMachine',
    'AWS::DynamoDB::Table',
  ];
  const shorten = shortener(named.flatMap((type) => assembly.ofType(type).map(({ physicalName }) => physicalName)));
  return {
    region,
    account,
    awsEndpoint,
    shorten,
    apis: apisOf(assembly).map(({ resource, routes }) => ({
      name: String(resource.properties.Name ?? resource.physicalName),
      url: apiUrl(resource.stack, resource.logicalId),
      routes: routes.map(({ pattern, functionArn }) => ({
        key: pattern.key,
        functionName: functionArn.split(':').at(-1) ?? functionArn,
      })),
    })),
    tables: [...tables.tables.values()].map(({ name, indexPartitionKeys }) => ({
      name,
      indexes: Object.keys(indexPartitionKeys),
    })),
    brand() {
      const kept = readCredentials(dataDir);
      return kept && { keys: kept.keys, apiUrl: urlOf({ assembly }, 'ApiUrl') };
    },
    askTables: (action, input) => askEngine(tables.send, action, input),
    states,
    queues,
    mail,
    objects,
    bus: events.bus,
    deliveries: events.deliveries,
    schedules: events.schedules,
    functions: { state: functions.state, logs },
  };
}
