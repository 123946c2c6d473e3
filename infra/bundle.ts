import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { build, type Plugin } from 'esbuild';

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
 * A module that reads its fonts from packages holds them instead: a deployed function has no packages. Of `lib/documents/statement-fonts.ts`
 * everything stays but the reading.
 */
const fonts: Plugin = {
  name: 'fonts',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]statement-fonts\.ts$/ }, ({ path }) => {
      const find = createRequire(path).resolve;
      const files = [...readFileSync(path, 'utf8').matchAll(/(\w+): '([^']+\.ttf)'/g)];
      if (files.length === 0) throw new Error(`${path} names no fonts`);
      const held = files.map(([, name, file]) => [name, readFileSync(find(file!), 'base64')]);
      return {
        contents: `const held = ${JSON.stringify(Object.fromEntries(held))};
export const fontBytes = (weight) => typeof held[weight] === 'string' ? (held[weight] = Buffer.from(held[weight], 'base64')) : held[weight];`,
        loader: 'js',
      };
    });
  },
};

/**
 * Bundles files in one esbuild call, which is ten times faster than one call each and shares the parsing. Each becomes
 * `<into>/<name>/index.js`.
 *
 * CommonJS, minified, the SDK included: measured, each of the three halves the cold start. A `package.json` beside `index.js` says
 * that it is CommonJS, because locally the file lies below this package's own, which says module. `module` comes first in
 * `mainFields` so that only the used part of a package is kept; most packages' `main` is CommonJS, which can't be cut.
 *
 * @param files file by name.
 */
export async function bundle(files: Readonly<Record<string, string>>, into: string): Promise<void> {
  const names = Object.keys(files);
  if (names.length === 0) return;
  await build({
    entryPoints: names.map((name) => ({ in: files[name]!, out: `${name}/index` })),
    outdir: into,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    plugins: [fonts],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  for (const name of names) writeFileSync(join(into, name, 'package.json'), '{"type":"commonjs"}\n');
}

/** Bundles every file under `functions/`. */
export async function bundleFunctions(root: string, into: string): Promise<Bundles> {
  const functions = resolve(root, 'functions');
  const entries = functionFiles(root);
  const out = resolve(into);
  await bundle(Object.fromEntries(entries.map((entry) => [entry, join(functions, `${entry}.ts`)])), out);
  return {
    entries,
    code(entry) {
      if (!entries.includes(entry)) throw new Error(`the stacks name functions/${entry}.ts, which does not exist`);
      return Code.fromAsset(join(out, entry));
    },
  };
}
