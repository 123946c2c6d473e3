import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from '../free-port.ts';
import { engineBinary } from './engine-binary.ts';

/** Where an engine listens: its API, and its administration tool with the token that opens it. */
export interface EngineAddress {
  readonly port: number;
  readonly adminPort: number;
  readonly token: string;
}

/** Both ports free just now. */
export async function freeAddress(token: string): Promise<EngineAddress> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  return { port, adminPort, token };
}

const STARTED_WITHIN_MS = 10_000;

/**
 * Starts the program on a file and resolves once it says that it listens at both ports; that somebody answers there would prove
 * nothing, it could be another engine. @throws with its last words when it ends instead.
 */
export async function spawnEngine(file: string, { port, adminPort, token }: EngineAddress): Promise<ChildProcess> {
  const child = spawn(
    engineBinary(),
    [
      ...['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file],
      ...['--mcp', '--mcp-port', String(adminPort), '--mcp-token', token],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  const listening = () =>
    said.includes(`listening on http://127.0.0.1:${port}\n`) && said.includes(`:${adminPort}/mcp\n`);
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('it says nothing')), STARTED_WITHIN_MS);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`exit ${code}: ${said.trim()}`)));
      child.stderr?.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-4_000);
        if (!listening()) return;
        clearTimeout(late);
        resolve();
      });
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`the table engine did not start: ${(error as Error).message}`);
  }
  child.removeAllListeners('exit');
  return child;
}

/** Ends the program the polite way, by force after three seconds. */
export async function endEngine(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(late);
}
