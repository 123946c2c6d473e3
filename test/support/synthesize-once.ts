import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesized } from '../../local/synthesized.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the synthesized dev stage. */
    readonly assemblyDir: string;
  }
}

/** Vitest's global set-up: one synthesis for all test files of a run, in a folder of its own. */
export default function setup(project: TestProject): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  const { assemblyDir } = synthesized(join(import.meta.dirname, '../..'), dir);
  project.provide('assemblyDir', assemblyDir);
  return () => rmSync(dir, { recursive: true, force: true });
}
