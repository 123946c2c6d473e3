import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { bootStacks, type Laptop } from '../../local/boot.ts';
import type { Credentials } from '../../local/credentials.ts';
import { firstBrand } from '../../local/first-brand.ts';
import type { Settings } from '../../local/settings.ts';
import type { People } from '../../local/story/close-month.ts';
import { people } from '../../local/story/tell.ts';

export interface Booted {
  readonly laptop: Laptop;
  readonly credentials: Credentials;
  readonly people: People;
  readonly dataDir: string;
  close(): Promise<void>;
}

/** The synthesized stacks in this process, on free ports and in a folder of their own, with a first brand. */
export async function booted(settings: Partial<Settings> = {}): Promise<Booted> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-flow-'));
  const laptop = await bootStacks({
    assemblyDir: inject('assemblyDir'),
    dataDir,
    settings: { port: 0, ...settings },
    schedules: 'paused',
  });
  const credentials = await firstBrand(laptop, dataDir);
  return {
    laptop,
    credentials,
    people: people(credentials),
    dataDir,
    async close() {
      await laptop.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
