/**
 * Writes `docs/openapi.json` from the route table and the contracts. With `--check` nothing is written, and a file that is not current
 * fails the check with the first line that differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACTS } from '../lib/http/contracts/all.ts';
import { openApiDocument } from './openapi/document.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs/openapi.json');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const text = `${JSON.stringify(openApiDocument(CONTRACTS, version), null, 2)}\n`;

if (process.argv.includes('--check')) {
  const stored = readFileSync(file, 'utf8').split('\n');
  const line = text.split('\n').findIndex((current, place) => current !== stored[place]);
  if (line >= 0 || stored.length !== text.split('\n').length) {
    console.error(`docs/openapi.json is not current from line ${line + 1} on; run: node scripts/openapi.ts`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
  console.log(`docs/openapi.json: ${Object.keys(JSON.parse(text).paths).length} paths`);
}
