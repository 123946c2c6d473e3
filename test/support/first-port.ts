import { createServer } from 'node:net';
import { freePort } from '../../local/free-port.ts';

/** A laptop takes its first port, those after it, and the one 99 above. */
const SPAN = 100;
/** Below the ports that systems hand out by themselves (Linux: from 32,768), so that no other test is given one of them meanwhile. */
const LOWEST = 12_000;
const BLOCKS = 200;

/** The first of a hundred ports in a row that nobody listens at. */
export async function firstPort(): Promise<number> {
  for (;;) {
    const first = LOWEST + SPAN * ((await freePort()) % BLOCKS);
    const ports = Array.from({ length: SPAN }, (_, above) => first + above);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
