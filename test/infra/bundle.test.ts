import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundles, bundleFunctions } from '../../infra/bundle.ts';

const root = mkdtempSync(join(tmpdir(), 'tributary-bundle-'));
const write = (path: string, text: string) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('bundling a package of ES modules with two functions', () => {
  let bundles: Bundles;
  beforeAll(async () => {
    write('package.json', '{"type":"module"}');
    write(
      'lib/greet.ts',
      "export const greet = (name: string): string => 'hello '.concat(name);\nexport const unused = 'kept out';\n",
    );
    write(
      'functions/api/greet.ts',
      "import { greet } from '../../lib/greet.ts';\nexport const handler = async (name: string) => greet(name);\n",
    );
    write('functions/jobs/count.ts', 'export const handler = async () => 7;\n');
    bundles = await bundleFunctions(root, join(root, 'out'));
  });

  test('every file under functions/ is an entry', () => {
    expect(bundles.entries).toEqual(['api/greet', 'jobs/count']);
  });

  test('a bundle is one CommonJS file that loads below a package of modules, as Lambda and the laptop load it', () => {
    const load = `require('${join(root, 'out/api/greet')}').handler('Ada').then((said) => process.stdout.write(said))`;
    expect(execFileSync(process.execPath, ['-e', load], { cwd: root }).toString()).toBe('hello Ada');
  });

  test('what no function uses is left out', () => {
    const text = execFileSync(process.execPath, [
      '-p',
      `require('fs').readFileSync('${join(root, 'out/api/greet/index.js')}', 'utf8')`,
    ]);
    expect(text.toString()).not.toContain('kept out');
  });

  test('a stack that names a function nobody wrote is told so', () => {
    expect(() => bundles.code('api/missing')).toThrow('the stacks name functions/api/missing.ts, which does not exist');
  });
});

test('code that does not build stops the synthesis with the place', async () => {
  write('broken/functions/api/bad.ts', "import { nothing } from './nowhere.ts';\nexport const handler = nothing;\n");
  await expect(bundleFunctions(join(root, 'broken'), join(root, 'broken/out'))).rejects.toThrow(/bad\.ts:1:\d+/);
});
