import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { functionFiles } from '../../infra/bundle.ts';
import { Env } from '../../lib/names.ts';
import { type SynthesizedStage, synthesizedStage } from './synthesized.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Variables that the code of a function asks for, its own files and every one they import. */
function variablesRead(entry: string, { inputs }: Metafile): string[] {
  const read = new Set<string>([Env.stage]);
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name] of readFileSync(join(ROOT, file), 'utf8').matchAll(/\benv\('(\w+)'\)/g)) {
      read.add(Env[name as keyof typeof Env]);
    }
    for (const { path, external } of inputs[file]?.imports ?? []) if (!external) visit(path);
  };
  visit(`functions/${entry}.ts`);
  return [...read].sort();
}

describe('every function is told what it asks for and nothing else', async () => {
  const entries = functionFiles(ROOT);
  let stage: SynthesizedStage;
  let metafile: Metafile;

  beforeAll(async () => {
    stage = synthesizedStage('dev');
    const built = await build({
      absWorkingDir: ROOT,
      entryPoints: entries.map((entry) => join(ROOT, 'functions', `${entry}.ts`)),
      outdir: join(stage.directory, 'analysed'),
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      metafile: true,
      write: false,
    });
    metafile = built.metafile;
  }, 60_000);
  afterAll(() => stage.remove());

  test('no function is told of addresses that requests may go to although they are private', () => {
    expect(JSON.stringify(stage.templates)).not.toContain('OUTBOUND_EXCEPTIONS');
  });

  test.each(entries)('%s', (entry) => {
    const deployed = stage
      .ofType('AWS::Lambda::Function')
      .find(({ properties }) => properties.Description === `functions/${entry}.ts`);
    expect(deployed, `no stack has functions/${entry}.ts`).toBeDefined();
    expect(Object.keys(deployed?.properties.Environment.Variables).sort()).toEqual(variablesRead(entry, metafile));
  });
});
