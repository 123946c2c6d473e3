import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LAWS } from '../../../lib/ledger/laws.ts';

const model = readFileSync(new URL('../../../docs/data-model.md', import.meta.url), 'utf8');
const rows = model
  .split('\n### Laws\n')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .flatMap((line) => {
    const [, number, , laws = ''] = line.split('|').map((cell) => cell.trim());
    return /^\d+$/.test(number ?? '')
      ? [{ number: Number(number), laws: laws.match(/(?<=`)[a-z-]+(?=`)/g) ?? [] }]
      : [];
  });

test('each of the twelve invariants has laws, and each law is one of the documented invariants', () => {
  expect(rows.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  for (const { laws } of rows) expect(laws).not.toEqual([]);
  expect([...new Set(rows.flatMap(({ laws }) => laws))].sort()).toEqual(Object.keys(LAWS).sort());
});

test('each law is a sentence that a person can be shown', () => {
  for (const sentence of Object.values(LAWS)) expect(sentence).toMatch(/^[A-Z].{20,}[^.]\.$/);
});
