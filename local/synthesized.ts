import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Synthesizes the dev stage into a folder unless what lies there was made from the same sources; answers whether it had to. */
export function synthesized(root: string, outDir: string): boolean {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: root }).sort()) {
    if (/\.\w+$/.test(file)) hash.update(file).update(readFileSync(join(root, file)));
  }
  const wanted = hash.digest('hex');
  const stamp = `${outDir}.made-from`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(join(outDir, 'manifest.json')))
    return false;
  rmSync(outDir, { recursive: true, force: true });
  const run = spawnSync(process.execPath, ['infra/app.ts', '-o', outDir], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    // The rules that CloudFormation and cdk-nag check are checked by the tests and before a deployment.
    env: { ...process.env, CDK_VALIDATION: 'false' },
  });
  if (run.status !== 0) throw new Error('the stacks could not be synthesized; the lines above say why');
  writeFileSync(stamp, wanted);
  return true;
}
