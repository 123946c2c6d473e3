import { wallClockMs } from '../../lib/clock.ts';
import type { AwsService, Ground, Running } from '../contract.ts';
import type { Meter } from '../meter.ts';
import { createTables, dropTables } from './create-tables.ts';
import { foreignEngine, startEngine } from './engine.ts';
import { addIndexes, type ExpiringTable, hasExpired, lacksIndexes } from './engine-file.ts';
import type { Faults } from './faults.ts';
import { tableProxy } from './proxy.ts';
import { type TableHere, tablesOf } from './tables.ts';
import { openWire, type Wire } from './wire.ts';

/** How often expired rows are looked for. AWS promises two days; a minute suits somebody who is watching. */
const SWEEP_EVERY_MS = 60_000;

export interface TablesOptions {
  /** An engine somebody else runs; our own otherwise. */
  readonly endpoint: string | undefined;
  /** Whether that engine's tables are dropped first; our own file is cleared with its folder. */
  readonly fresh: boolean;
  readonly meter: Meter;
  readonly faults: Faults;
}

export interface Tables extends Running {
  readonly service: AwsService;
  readonly tables: ReadonlyMap<string, TableHere>;
  /** Straight to the engine: not counted, never struck by a fault. For the laptop's own readers. */
  readonly send: Wire;
  /** Table → its stream's ARN as the engine knows it. */
  readonly engineStreams: ReadonlyMap<string, string>;
  /** Calls the listener after each successful write with the table's name. */
  onWrite(listener: (table: string) => void): void;
  /** Deletes rows whose time is over, now rather than within the minute; resolves to how many. */
  sweepExpired(): Promise<number>;
}

/** Starts the engine, makes it hold the templates' tables, and stands before it. */
export async function startTables(ground: Ground, { endpoint, fresh, meter, faults }: TablesOptions): Promise<Tables> {
  const log = (line: string) => ground.log('dynamodb', line);
  const engine = endpoint ? foreignEngine(endpoint) : await startEngine(ground.dataDir('dynamodb'), log);
  const wire = openWire(engine.endpoint, ground.region);
  const tables = new Map(tablesOf(ground.assembly).map((table) => [table.name, table]));
  const expiring = [...tables.values()].flatMap(({ name, expiryAttribute }): ExpiringTable[] =>
    expiryAttribute ? [{ name, attribute: expiryAttribute }] : [],
  );
  const listeners: ((table: string) => void)[] = [];
  const tell = (table: string) => {
    for (const listener of listeners) listener(table);
  };

  const sweepExpired = async () => {
    if (!engine.file || !hasExpired(engine.file, expiring, wallClockMs())) return 0;
    const deleted = await engine.sweepExpired();
    for (const { name } of expiring) tell(name);
    return deleted;
  };

  let sweeping: NodeJS.Timeout | undefined;
  const close = async () => {
    clearInterval(sweeping);
    wire.close();
    await engine.stop();
  };

  try {
    if (endpoint && fresh) await dropTables(wire.send, [...tables.values()]);
    const engineStreams = await createTables(wire.send, [...tables.values()]);
    if (engine.file && lacksIndexes(engine.file, expiring)) {
      await engine.paused((file) => addIndexes(file, expiring));
    }
    sweeping = setInterval(() => {
      sweepExpired().catch((error: unknown) => log(`expired rows could not be swept: ${String(error)}`));
    }, SWEEP_EVERY_MS).unref();
    return {
      service: tableProxy({ ...ground, send: wire.send, tables, engineStreams, meter, faults, onWrite: tell }),
      tables,
      send: wire.send,
      engineStreams,
      onWrite: (listener) => void listeners.push(listener),
      sweepExpired,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
