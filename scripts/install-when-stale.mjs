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
// Node's own version warnings are left out: the packages that want a newer Node get the one installed here.
const run = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (run.status !== 0) {
  console.error('npm ci failed; the lines above say why. Run it again once that is mended.');
  process.exit(run.status ?? 1);
}
writeFileSync(stamp, wanted);
