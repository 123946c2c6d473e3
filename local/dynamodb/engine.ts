import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { forgetPid, notePid, stopSurvivor } from '../orphan.ts';
import { type EngineAddress, endEngine, freeAddress, spawnEngine } from './engine-process.ts';

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
 * is ended first, since two on one file would disagree. One that ends by itself is started again at the same address.
 */
export async function startEngine(folder: string, log: (line: string) => void): Promise<Engine> {
  mkdirSync(folder, { recursive: true });
  const file = fileOf(folder);
  if (await stopEngineOf(folder)) log('ended the table engine of a run that was killed');
  const address = await freeAddress(randomUUID());
  let child: ChildProcess | undefined;

  const start = async () => {
    const own = await spawnEngine(file, address);
    child = own;
    notePid(pidFileOf(folder), own.pid ?? 0);
    own.once('exit', (code, signal) => {
      if (child !== own) return;
      log(`the table engine ended by itself (${signal ?? code}); starting it again`);
      start().catch((error: unknown) => log(String(error)));
    });
  };
  const stop = async () => {
    const ending = child;
    child = undefined;
    if (ending) await endEngine(ending);
  };

  await start();
  // A process that ends without closing, but not by force, takes its engine with it.
  const endWithUs = () => child?.kill();
  process.once('exit', endWithUs);
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    file,
    sweepExpired: () => sweep(address),
    async paused(task) {
      await stop();
      task(file);
      await start();
    },
    async stop() {
      process.off('exit', endWithUs);
      await stop();
      forgetPid(pidFileOf(folder));
    },
  };
}

/** Expired rows are deleted through the engine's administration tool: the only way to the stream record that names DynamoDB as the cause. */
async function sweep({ adminPort, token }: EngineAddress): Promise<number> {
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
