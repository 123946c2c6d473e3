import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Peer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a server script in a process of its own and waits for the address it prints. */
export async function startPeer(script: string, args: readonly string[] = []): Promise<Peer> {
  const child: ChildProcess = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${script} ended with ${code} before it listened`))),
  ])) as [string];
  return {
    url: line,
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
