import type { Credentials } from '../credentials.ts';
import type { Bus } from '../events/bus.ts';
import type { Deliveries } from '../events/deliveries.ts';
import type { Schedules } from '../events/schedules.ts';
import type { Mail } from '../mail/mail.ts';
import type { Objects } from '../objects/objects.ts';
import type { Queues } from '../queues/queues.ts';
import type { States } from '../states/states.ts';
import type { Shorten } from './naming.ts';

/** An HTTP API and where it listens. */
export interface ApiRoom {
  readonly name: string;
  readonly url: string;
  readonly routes: readonly { readonly key: string; readonly functionName: string }[];
}

/** A table as the templates have it. */
export interface TableRoom {
  readonly name: string;
  readonly indexes: readonly string[];
}

export interface FunctionRoom {
  readonly name: string;
  readonly environments: number;
  /** Calls that run or wait. */
  readonly calls: number;
  readonly invocations: number;
  readonly errors: number;
}

/** What the laptop page shows: the started modules, as far as it looks at them. */
export interface Rooms {
  readonly region: string;
  readonly account: string;
  /** A resource's name as the page shows it. */
  readonly shorten: Shorten;
  readonly awsEndpoint: string;
  readonly apis: readonly ApiRoom[];
  readonly tables: readonly TableRoom[];
  /** The first brand, its people's keys and where its API listens now; none before it was made. */
  brand(): Pick<Credentials, 'apiUrl' | 'keys'> | undefined;
  /** Asks the table engine itself, unmetered: `DescribeTable`, `Scan`. */
  askTables<T>(action: string, input: unknown): Promise<T>;
  readonly states: Pick<
    States,
    'machines' | 'start' | 'rerun' | 'stop' | 'execution' | 'executions' | 'count' | 'history'
  >;
  readonly queues: Pick<Queues, 'list' | 'peek'>;
  readonly bus: Pick<Bus, 'rules' | 'recent'>;
  readonly deliveries: Pick<Deliveries, 'pending'>;
  readonly schedules: Pick<Schedules, 'list' | 'runNow' | 'pause' | 'resume' | 'ticking'>;
  readonly functions: { state(): readonly FunctionRoom[]; logs(name: string): readonly string[] };
  readonly mail: Pick<Mail, 'list' | 'count' | 'open' | 'raw'>;
  readonly objects: Pick<Objects, 'buckets' | 'list' | 'read'>;
}
