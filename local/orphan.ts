import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Notes which process does a job, so that the next start finds it even after `kill -9` of this one. */
export function notePid(file: string, pid: number): void {
  writeFileSync(file, String(pid));
}

export function forgetPid(file: string): void {
  rmSync(file, { force: true });
}

/**
 * The process that a pid file names, if it still runs and its command line holds `mark`; numbers are reused after a restart
 * of the machine, so the number alone proves nothing.
 */
export function survivor(file: string, mark: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  return Number.isInteger(pid) && pid > 0 && commandOf(pid).includes(mark) ? pid : undefined;
}

/** Ends what an earlier run left behind. Resolves to whether there was anything. */
export async function stopSurvivor(file: string, mark: string): Promise<boolean> {
  const pid = survivor(file, mark);
  if (pid !== undefined) {
    signal(pid, 'SIGTERM');
    for (let waitedMs = 0; survivor(file, mark) !== undefined; waitedMs += 20) {
      if (waitedMs === 2_000) signal(pid, 'SIGKILL');
      if (waitedMs > 4_000) throw new Error(`process ${pid} of an earlier run does not end`);
      await sleep(20);
    }
  }
  forgetPid(file);
  return pid !== undefined;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in the meantime.
  }
}

function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  } catch {
    return '';
  }
}
