import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './contract.ts';

/**
 * Waits until nothing is left to do anywhere: every module says so twice in a row without a function having run in between, because
 * what one module finishes is often what another begins.
 *
 * @throws after `timeoutMs` with the names of the modules that are still busy.
 */
export async function whenIdle(
  modules: Readonly<Record<string, Running>>,
  invocations: () => number,
  timeoutMs: number,
): Promise<void> {
  const busy = new Set<string>();
  let late = false;
  const timeUp = new AbortController();
  const deadline = sleep(timeoutMs, 'late', { signal: timeUp.signal }).catch(() => 'in time');

  const round = async () => {
    for (const [name, module] of Object.entries(modules)) {
      if (!module.idle) continue;
      busy.add(name);
      await module.idle();
      busy.delete(name);
    }
  };
  const quiet = async () => {
    for (let calm = 0; calm < 2 && !late; ) {
      const before = invocations();
      await round();
      calm = invocations() === before ? calm + 1 : 0;
    }
  };

  const settled = quiet();
  const outcome = await Promise.race([settled, deadline]);
  timeUp.abort();
  if (outcome !== 'late') return;
  late = true;
  settled.catch(() => {});
  throw new Error(`not idle after ${timeoutMs} ms: ${[...busy].join(', ') || 'functions keep calling each other'}`);
}
