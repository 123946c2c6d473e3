import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const COMMITTED = join(import.meta.dirname, '../../events/samples');
/** Folders that are captured; the order exports are shops'. */
const SAMPLES = '{bus,failures,http,operators,queues,schedules,streams,workflows}/*.json';
const captured = mkdtempSync(join(tmpdir(), 'tributary-samples-'));
const read = (folder: string, path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
const pathsIn = (folder: string) => globSync(SAMPLES, { cwd: folder }).sort();

/** A process of its own: capturing holds the clock and sets the environment. */
beforeAll(
  () => promisify(execFile)(process.execPath, [join(import.meta.dirname, 'capture-samples.ts'), captured]),
  120_000,
);
afterAll(() => rmSync(captured, { recursive: true, force: true }));

describe('what each trigger sends today is what the samples show; if not, see events/samples/README.md', () => {
  test('the same files', () => {
    expect(pathsIn(captured)).toEqual(pathsIn(COMMITTED));
  });

  test.each(pathsIn(COMMITTED))('%s', (path) => {
    expect(read(captured, path)).toEqual(read(COMMITTED, path));
  });
});
