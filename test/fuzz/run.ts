/**
 * `npm run fuzz -- --inputs 100000 --seed 7`: random and hostile inputs over every deployed route, on the laptop's engines.
 * `--only 4711` sends one input of a seed again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { synthesized } from '../../local/synthesized.ts';
import { campaign } from './campaign.ts';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const wholeNumber = (name: string, text: string) => {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number, not ${text}`);
  return Number(text);
};
const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('seed', values.seed);
const one = values.only === undefined ? undefined : wholeNumber('only', values.only);

console.log(`seed ${seed}`);
const root = join(import.meta.dirname, '../..');
const assemblies = mkdtempSync(join(tmpdir(), 'tributary-fuzz-cdk-'));
process.once('exit', () => rmSync(assemblies, { recursive: true, force: true }));
const { assemblyDir } = synthesized(root, assemblies);
const { sent, failures, taken, routes } = await campaign({
  assemblyDir,
  dataDir: mkdtempSync(join(tmpdir(), 'tributary-fuzz-')),
  seed,
  inputs: one === undefined ? wholeNumber('inputs', values.inputs) : 1,
  ...(one !== undefined && { first: one, overTheWire: 1 }),
  say: console.log,
});
console.log(
  `\n${sent} inputs over ${routes.length} routes, ${taken.length} of which took some; ${failures.length} failures; seed ${seed}`,
);
const refusing = routes.filter((route) => !taken.includes(route));
if (refusing.length > 0) console.log(`took none: ${refusing.join(', ')}`);
process.exitCode = failures.length > 0 ? 1 : 0;
