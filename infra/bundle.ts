import { globSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { build } from 'esbuild';

/** The functions' code, ready to deploy. */
export interface Bundles {
  /** Paths of all bundled functions under `functions/`, without `.ts`. */
  readonly entries: readonly string[];
  /** @throws when there is no such file: a stack that names a function nobody wrote must not synthesize. */
  code(entry: string): Code;
}

/** Every file under `functions/` is a Lambda function: their paths there, without `.ts`. */
export const functionFiles = (root: string): string[] =>
  globSync('**/*.ts', { cwd: resolve(root, 'functions') })
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();

/**
 * Bundles every file under `functions/` in one esbuild call, which is ten times faster than one call each and shares the parsing.
 *
 * CommonJS, minified, the SDK included: measured, each of the three halves the cold start. A `package.json` beside `index.js` says
 * that it is CommonJS, because locally the file lies below this package's own, which says module. `module` comes first in
 * `mainFields` so that only the used part of a package is kept; most packages' `main` is CommonJS, which can't be cut.
 */
export async function bundleFunctions(root: string, into: string): Promise<Bundles> {
  const functions = resolve(root, 'functions');
  const entries = functionFiles(root);
  const out = resolve(into);
  if (entries.length > 0) {
    await build({
      absWorkingDir: resolve(root),
      entryPoints: entries.map((entry) => ({ in: join(functions, `${entry}.ts`), out: `${entry}/index` })),
      outdir: out,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      mainFields: ['module', 'main'],
      minify: true,
      legalComments: 'none',
      define: { 'process.env.NODE_ENV': '"production"' },
      logLevel: 'warning',
    });
  }
  for (const entry of entries) writeFileSync(join(out, entry, 'package.json'), '{"type":"commonjs"}\n');
  return {
    entries,
    code(entry) {
      if (!entries.includes(entry)) throw new Error(`the stacks name functions/${entry}.ts, which does not exist`);
      return Code.fromAsset(join(out, entry));
    },
  };
}
