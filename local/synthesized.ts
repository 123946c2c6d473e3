import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What the templates and bundles are made from. */
const SOURCES = [
  'infra/**/*.ts',
  'functions/**/*.ts',
  'lib/**/*.ts',
  'events/catalog/**/*.ts',
  'web/**/*',
  'docs/openapi.json',
  'package-lock.json',
  'cdk.json',
];

/**
 * The synthesized dev stage, in a folder named after its sources: made when it is not there yet, and never touched again, since a laptop
 * may be running from it.
 *
 * @param parent folder of such folders.
 */
export function synthesized(root: string, parent: string): { readonly assemblyDir: string; readonly made: boolean } {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: root }).sort()) {
    if (/\.\w+$/.test(file)) hash.update(file).update(readFileSync(join(root, file)));
  }
  const assemblyDir = join(parent, hash.digest('hex').slice(0, 16));
  if (existsSync(join(assemblyDir, 'manifest.json'))) return { assemblyDir, made: false };
  rmSync(assemblyDir, { recursive: true, force: true });
  const run = spawnSync(process.execPath, ['infra/app.ts', '-o', assemblyDir], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    // The rules that CloudFormation and cdk-nag check are checked by the tests and before a deployment.
    env: { ...process.env, CDK_VALIDATION: 'false' },
  });
  if (run.status !== 0) throw new Error('the stacks could not be synthesized; the lines above say why');
  return { assemblyDir, made: true };
}

/** Removes what earlier sources were synthesized to; for whoever has the data folder to themselves. */
export function forgetOlder(assemblyDir: string): void {
  const parent = dirname(assemblyDir);
  for (const name of readdirSync(parent)) {
    if (name !== basename(assemblyDir)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}
