import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Every worked example of docs/commission-rules.md, through the command that it documents. */

interface Example {
  readonly name: string;
  readonly plan: string;
  readonly orders: string;
  readonly options: string[];
  readonly priced: string;
}

const text = readFileSync(new URL('../../docs/commission-rules.md', import.meta.url), 'utf8');

function examplesOf(document: string): Example[] {
  const sections = document.split(/^### /m).slice(1);
  return sections.flatMap((section) => {
    const blocks = [...section.matchAll(/^```(yaml plan|csv orders|csv priced)([^\n]*)\n(.*?)^```$/gms)];
    if (blocks.length === 0) return [];
    const block = (kind: string) => blocks.find(([, found]) => found === kind)!;
    return [
      {
        name: section.split('\n')[0]!,
        plan: block('yaml plan')[3]!,
        orders: block('csv orders')[3]!,
        options: block('csv priced')[2]!.trim().split(' ').filter(Boolean),
        priced: block('csv priced')[3]!,
      },
    ];
  });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const examples = examplesOf(text);

test('the document has an example of every kind', () => {
  expect(examples.length).toBeGreaterThanOrEqual(9);
});

describe.each(examples)('$name', ({ plan, orders, options, priced }) => {
  test('comes to what the document says', () => {
    const [planFile, ordersFile] = [join(folder, 'plan.yaml'), join(folder, 'orders.csv')];
    writeFileSync(planFile, plan);
    writeFileSync(ordersFile, orders);
    const run = spawnSync(
      process.execPath,
      ['scripts/price.ts', '--plan', planFile, '--orders', ordersFile, ...options],
      { encoding: 'utf8' },
    );
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const rows = parse(run.stdout, { columns: true }) as Record<string, string>[];
    const expected = parse(priced, { columns: true }) as Record<string, string>[];
    expect(rows.map(({ explanation: _, ...row }) => row)).toEqual(expected);
    for (const { explanation } of rows) expect(explanation).toMatch(/\w.*\.$/);
  });
});
