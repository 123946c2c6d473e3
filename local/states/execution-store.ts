import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { openDatabase, together } from '../durable.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Execution {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  /** JSON text, as given. */
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly startedMs: number;
  readonly stoppedMs?: number;
  /** State transitions so far, retries and iterations included: what AWS bills. */
  readonly transitions: number;
  /** The execution whose input this one repeats. */
  readonly rerunOf?: string;
}

/** One event of a history: the type and details of the Step Functions API. */
export interface HistoryEvent {
  /** 1, 2, 3 … within its execution. */
  readonly id: number;
  readonly type: string;
  readonly atMs: number;
  /** Under the name the API gives them, e.g. `stateEnteredEventDetails`. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Index of the Map iteration it belongs to. */
  readonly iteration?: number;
}

export interface Ending {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface ExecutionFilter {
  readonly machineArn?: string;
  readonly status?: string;
  readonly limit: number;
  readonly offset?: number;
}

export interface ExecutionStore {
  /** Adds a running execution; nothing when the name is taken within the machine. */
  begin(execution: Pick<Execution, 'arn' | 'machineArn' | 'name' | 'input' | 'startedMs' | 'rerunOf'>): boolean;
  append(arn: string, event: Omit<HistoryEvent, 'id'>): void;
  /** One more state transition. */
  countTransition(arn: string): void;
  end(arn: string, ending: Ending, atMs: number): void;
  get(arn: string): Execution | undefined;
  /** Newest first. */
  list(filter: ExecutionFilter): readonly Execution[];
  history(
    arn: string,
    page?: { readonly limit: number; readonly offset: number; readonly newestFirst?: boolean },
  ): readonly HistoryEvent[];
  count(machineArn?: string): number;
  close(): void;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS executions (
  arn TEXT PRIMARY KEY, machine_arn TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, input TEXT NOT NULL,
  output TEXT, error TEXT, cause TEXT, started_ms INTEGER NOT NULL, stopped_ms INTEGER,
  transitions INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0, rerun_of TEXT
);
CREATE INDEX IF NOT EXISTS by_start ON executions (started_ms);
CREATE TABLE IF NOT EXISTS events (
  arn TEXT NOT NULL, id INTEGER NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL, details TEXT NOT NULL, iteration INTEGER,
  PRIMARY KEY (arn, id)
) WITHOUT ROWID;`;

/** AWS forgets an execution this long after it started. */
const KEPT_MS = 90 * 86_400_000;

export const CUT_OFF = {
  error: 'Laptop.CutOff',
  cause:
    'The laptop stopped while this execution ran. Rerun it: it starts again with the same input, and every step may run twice.',
};

/**
 * Executions and their histories on disk as they happen. One that was running when the laptop stopped is shown as aborted from the next
 * start on.
 */
export function openExecutionStore(folder: string, nowMs: number): ExecutionStore {
  const database = openDatabase(folder, SCHEMA);
  const store = storeOn(database);
  for (const { arn } of database.prepare("SELECT arn FROM executions WHERE status = 'RUNNING'").all()) {
    store.append(String(arn), {
      type: 'ExecutionAborted',
      atMs: nowMs,
      details: { executionAbortedEventDetails: CUT_OFF },
    });
    store.end(String(arn), { status: 'ABORTED', ...CUT_OFF }, nowMs);
  }
  together(database, () => {
    database
      .prepare('DELETE FROM events WHERE arn IN (SELECT arn FROM executions WHERE started_ms < ?)')
      .run(nowMs - KEPT_MS);
    database.prepare('DELETE FROM executions WHERE started_ms < ?').run(nowMs - KEPT_MS);
  });
  return store;
}

function storeOn(database: DatabaseSync): ExecutionStore {
  const insert = database.prepare(
    "INSERT OR IGNORE INTO executions (arn, machine_arn, name, status, input, started_ms, rerun_of) VALUES (?, ?, ?, 'RUNNING', ?, ?, ?)",
  );
  const number = database.prepare('UPDATE executions SET events = events + 1 WHERE arn = ? RETURNING events');
  const addEvent = database.prepare(
    'INSERT INTO events (arn, id, type, at_ms, details, iteration) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const addTransition = database.prepare('UPDATE executions SET transitions = transitions + 1 WHERE arn = ?');
  const finish = database.prepare(
    'UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stopped_ms = ? WHERE arn = ?',
  );
  const one = database.prepare('SELECT * FROM executions WHERE arn = ?');

  return {
    begin: ({ arn, machineArn, name, input, startedMs, rerunOf }) =>
      insert.run(arn, machineArn, name, input, startedMs, rerunOf ?? null).changes > 0,
    append: (arn, { type, atMs, details, iteration }) =>
      together(database, () => {
        const id = Number(number.get(arn)?.events);
        addEvent.run(arn, id, type, atMs, JSON.stringify(details), iteration ?? null);
      }),
    countTransition: (arn) => void addTransition.run(arn),
    end: (arn, { status, output, error, cause }, atMs) =>
      void finish.run(status, output ?? null, error ?? null, cause ?? null, atMs, arn),
    get(arn) {
      const row = one.get(arn);
      return row ? executionOf(row) : undefined;
    },
    list({ machineArn, status, limit, offset = 0 }) {
      const { where, values } = conditions({ machine_arn: machineArn, status });
      const rows = database.prepare(
        `SELECT * FROM executions ${where} ORDER BY started_ms DESC, rowid DESC LIMIT ? OFFSET ?`,
      );
      return rows.all(...values, limit, offset).map(executionOf);
    },
    history(arn, { limit, offset, newestFirst } = { limit: 100_000, offset: 0 }) {
      const rows = database.prepare(
        `SELECT * FROM events WHERE arn = ? ORDER BY id ${newestFirst ? 'DESC' : 'ASC'} LIMIT ? OFFSET ?`,
      );
      return rows.all(arn, limit, offset).map(eventOf);
    },
    count(machineArn) {
      const { where, values } = conditions({ machine_arn: machineArn });
      return Number(database.prepare(`SELECT COUNT(*) AS n FROM executions ${where}`).get(...values)?.n);
    },
    close: () => database.close(),
  };
}

function conditions(equal: Readonly<Record<string, string | undefined>>): {
  readonly where: string;
  readonly values: SQLInputValue[];
} {
  const given = Object.entries(equal).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const where = given.length > 0 ? `WHERE ${given.map(([column]) => `${column} = ?`).join(' AND ')}` : '';
  return { where, values: given.map(([, value]) => value) };
}

type Row = Record<string, unknown>;

function executionOf(row: Row): Execution {
  return {
    arn: String(row.arn),
    machineArn: String(row.machine_arn),
    name: String(row.name),
    status: row.status as ExecutionStatus,
    input: String(row.input),
    startedMs: Number(row.started_ms),
    transitions: Number(row.transitions),
    ...(row.output === null ? {} : { output: String(row.output) }),
    ...(row.error === null ? {} : { error: String(row.error) }),
    ...(row.cause === null ? {} : { cause: String(row.cause) }),
    ...(row.stopped_ms === null ? {} : { stoppedMs: Number(row.stopped_ms) }),
    ...(row.rerun_of === null ? {} : { rerunOf: String(row.rerun_of) }),
  };
}

function eventOf(row: Row): HistoryEvent {
  return {
    id: Number(row.id),
    type: String(row.type),
    atMs: Number(row.at_ms),
    details: JSON.parse(String(row.details)) as HistoryEvent['details'],
    ...(row.iteration === null ? {} : { iteration: Number(row.iteration) }),
  };
}
