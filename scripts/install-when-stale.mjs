/**
 * Runs before `npm start` and `npm test`: installs what the lock file names when it is absent or not what was installed last.
 * Plain JavaScript without dependencies, because it runs on whatever Node ≥ 20 the machine has; everything after it runs on the
 * Node that the project installs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.installed-lock`;
const wanted = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex');

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`Tributary needs Node 20 or newer to set itself up; this is ${process.version}.`);
  process.exit(1);
}
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) process.exit(0);

console.log('Installing what package-lock.json names (npm ci); this happens once per change of the lock file …');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const run = (...args) =>
  spawnSync(npm, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'pipe'],
    shell: process.platform === 'win32',
    encoding: 'utf8',
  });

let { status, stderr } = run('ci');
if (status !== 0 && /Missing: \S+@\S* from lock file/.test(stderr)) {
  // Some registries lack packages that are for other platforms only; then the lock file cannot name them and `npm ci` refuses. A plain
  // install keeps to the same lock file and passes over what is optional and not to be had.
  console.log('The registry lacks packages for other platforms; installing without them …');
  ({ status, stderr } = run('install', '--no-save'));
}
if (status !== 0) {
  console.error(stderr);
  console.error('The installation failed; the lines above say why. Run it again once that is mended.');
  process.exit(status ?? 1);
}
writeFileSync(stamp, wanted);
