/** Holds the one-way imports of `.dependency-cruiser.mjs`, and refuses a silent pass: a run that read no modules proves nothing. */
import { spawnSync } from 'node:child_process';

const FOLDERS = ['lib', 'events', 'functions', 'infra', 'local', 'web', 'test', 'bench', 'scripts'];
const run = spawnSync('depcruise', [...FOLDERS, '--config', '.dependency-cruiser.mjs', '--output-type', 'json'], {
  encoding: 'utf8',
  maxBuffer: 256 * 1024 * 1024,
});
if (run.error) throw run.error;
const { summary } = JSON.parse(run.stdout) as {
  summary: {
    totalCruised: number;
    violations: { from: string; to: string; rule: { name: string; severity: string } }[];
  };
};
for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
console.log(`${summary.totalCruised} modules, ${summary.violations.length} violations`);
if (summary.totalCruised < 100) {
  console.error('fewer than 100 modules were read: the check did not see the tree');
  process.exitCode = 1;
}
if (summary.violations.length > 0) process.exitCode = 1;
