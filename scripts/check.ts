/**
 * `npm test`: every check, one after the other, each with its time; the last line counts them.
 * `npm test -- settle` hands the words on to Vitest and leaves the static checks out.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

const filters = process.argv.slice(2);
const report = join(mkdtempSync(join(tmpdir(), 'tributary-check-')), 'vitest.json');

const STATIC: readonly Check[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint and format', command: ['biome', 'check', '.'] },
  { name: 'import directions', command: ['node', 'scripts/check-imports.ts'] },
  { name: 'unused files, exports, packages', command: ['knip'] },
  { name: 'OpenAPI document is current', command: ['node', 'scripts/openapi.ts', '--check'] },
];
const vitest: Check = {
  name: 'tests',
  command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters],
};

/** Runs a check in its own process; a quiet one shows its output only when it fails. */
function run({ command: [program, ...args] }: Check, quiet: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => {
      console.log(String(error));
      resolve(false);
    });
    child.on('close', (code) => {
      if (code !== 0 && quiet) console.log(output);
      resolve(code === 0);
    });
  });
}

async function timed(check: Check, quiet: boolean): Promise<boolean> {
  const started = performance.now();
  const passed = await run(check, quiet);
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${check.name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return passed;
}

let passed = 0;
let failed = 0;
if (filters.length === 0) {
  for (const check of STATIC) {
    if (await timed(check, true)) passed += 1;
    else failed += 1;
  }
}
const testsPassed = await timed(vitest, false);
const counts = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
passed += counts.numPassedTests;
// A test file that cannot be loaded fails without counting a test.
failed += testsPassed ? 0 : Math.max(1, counts.numFailedTests);
console.log(
  `\n${passed} passed, ${failed} failed${counts.numPendingTests ? `, ${counts.numPendingTests} skipped` : ''}`,
);
process.exitCode = failed === 0 ? 0 : 1;
