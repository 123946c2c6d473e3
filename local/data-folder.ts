import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Running } from './contract.ts';
import { stopEngineOf } from './dynamodb/engine.ts';
import { forgetPid, notePid, survivor } from './orphan.ts';

/** The folder in which a laptop keeps everything, by module. */
export interface DataFolder extends Running {
  /** A module's own folder, made when it is first asked for. */
  of(module: string): string;
}

const MARK = 'laptop.pid';

/** Takes a folder for this process. @throws when another laptop runs on it: each would believe the tables to be its own. */
export function claimFolder(path: string): DataFolder {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true });
  const mark = join(folder, MARK);
  const other = survivor(mark, 'node');
  if (other !== undefined && other !== process.pid) {
    throw new Error(`A laptop already runs on ${folder} (process ${other}). Stop it, or choose another folder.`);
  }
  notePid(mark, process.pid);
  return {
    of(module) {
      const own = join(folder, module);
      mkdirSync(own, { recursive: true });
      return own;
    },
    close: async () => forgetPid(mark),
  };
}

/** Empties a claimed folder, but for an assembly that lies in it and what is kept beside that under its name. */
export async function clearFolder(path: string, assemblyDir: string): Promise<void> {
  const [folder, assembly] = [resolve(path), resolve(assemblyDir)];
  const tables = join(folder, 'dynamodb');
  if (existsSync(tables)) await stopEngineOf(tables);
  for (const entry of readdirSync(folder)) {
    const inside = join(folder, entry);
    const isAssembly = `${assembly}/`.startsWith(`${inside}/`) || inside.startsWith(`${assembly}.`);
    if (entry !== MARK && !isAssembly) rmSync(inside, { recursive: true, force: true });
  }
}
