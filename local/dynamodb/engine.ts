import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { forgetPid, notePid, stopSurvivor } from '../orphan.ts';
import { engineBinary } from './engine-binary.ts';

/** A DynamoDB engine that answers at an address. */
export interface Engine {
  /** `http://127.0.0.1:<port>`; stays the same when the engine is started anew. */
  readonly endpoint: string;
  /** Its file; `undefined` for an engine that somebody else runs. */
  readonly file: string | undefined;
  /** Deletes expired rows, with the stream records AWS would write; resolves to how many. */
  sweepExpired(): Promise<number>;
  /** Stops the engine, lets the task have its file, and starts it again. */
  paused(task: (file: string) => void): Promise<void>;
  stop(): Promise<void>;
}

/** An engine somebody else runs: its rows expire by its own means. */
export const foreignEngine = (endpoint: string): Engine => ({
  endpoint: endpoint.replace(/\/$/, ''),
  file: undefined,
  sweepExpired: async () => 0,
  paused: async () => {},
  stop: async () => {},
});

const fileOf = (folder: string) => join(folder, 'tables.db');
const pidFileOf = (folder: string) => join(folder, 'engine.pid');

/** Ends the engine that a killed run left on this folder; resolves to whether there was one. */
export const stopEngineOf = (folder: string): Promise<boolean> => stopSurvivor(pidFileOf(folder), fileOf(folder));

/**
 * Starts dynoxide on a file in the folder; every answered write is in that file. One left behind by a run that was killed
 * is ended first, since two on one file would disagree.
 */
export async function startEngine(folder: string, log: (line: string) => void): Promise<Engine> {
  mkdirSync(folder, { recursive: true });
  const file = fileOf(folder);
  const pidFile = pidFileOf(folder);
  if (await stopEngineOf(folder)) log('ended the table engine of a run that was killed');
  const binary = engineBinary();
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const token = randomUUID();
  let child: ChildProcess | undefined;
  let wanted = true;

  const start = async () => {
    const process_ = spawn(
      binary,
      [
        ...['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file],
        ...['--mcp', '--mcp-port', String(adminPort), '--mcp-token', token],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child = process_;
    notePid(pidFile, process_.pid ?? 0);
    let complaint = '';
    process_.stderr?.on('data', (chunk) => {
      complaint = (complaint + String(chunk)).slice(-2_000);
    });
    process_.once('exit', (code) => {
      if (!wanted || child !== process_) return;
      log(`the table engine ended by itself (${code}): ${complaint.trim()}; starting it again`);
      void sleep(200).then(() => (wanted ? start() : undefined));
    });
    await listening(
      port,
      () => process_.exitCode ?? undefined,
      () => complaint,
    );
  };

  const stop = async () => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGTERM');
    const late = setTimeout(() => ending.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(late);
  };

  await start();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    file,
    sweepExpired: () => sweep(adminPort, token),
    async paused(task) {
      await stop();
      task(file);
      await start();
    },
    async stop() {
      wanted = false;
      await stop();
      forgetPid(pidFile);
    },
  };
}

async function listening(port: number, exited: () => number | undefined, complaint: () => string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 10) {
    const code = exited();
    if (code !== undefined) throw new Error(`the table engine did not start (exit ${code}): ${complaint().trim()}`);
    try {
      await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
      return;
    } catch {
      await sleep(10);
    }
  }
  throw new Error(`the table engine does not answer on port ${port}`);
}

/** Expired rows are deleted through the engine's administration tool: the only way to the stream record that names DynamoDB as the cause. */
async function sweep(adminPort: number, token: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${adminPort}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'sweep_ttl', arguments: {} } }),
  });
  const { result } = (await answer.json()) as { result?: { content?: { text?: string }[]; isError?: boolean } };
  const text = result?.content?.[0]?.text ?? '';
  if (!answer.ok || result?.isError !== false)
    throw new Error(`the table engine could not sweep: ${answer.status} ${text}`);
  return (JSON.parse(text) as { items_deleted: number }).items_deleted;
}
