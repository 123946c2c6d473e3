/**
 * `npm run bench`: what a click and a conversion cost, how fast functions start, what the machine carries. `-- --json` prints one JSON object;
 * `-- --only units,cold,click,settlement,redirects,attribution,statement,year-end` runs a part (`year-end` only when named: it takes some
 * minutes, less with `--payees 2000`; `click`: what clicks, postbacks and reports of conversions
 * have of `cold`, quickly); `-- --write` also updates docs/measured-units.json, which `npm run cost` reads.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { textTable } from '../local/story/text-table.ts';
import { attribution } from './attribution.ts';
import { coldStart, HOT } from './cold-start.ts';
import type { Section } from './figures.ts';
import { benchGround } from './ground.ts';
import { settlementCore } from './settlement.ts';
import { statementPdfs } from './statement.ts';
import { throughput } from './throughput.ts';
import { units } from './units.ts';
import { yearEnd } from './year-end.ts';

const PARTS = ['attribution', 'settlement', 'statement', 'click', 'cold', 'units', 'redirects', 'year-end'] as const;
/** Those that run when none is named. */
const USUAL = PARTS.filter((part) => part !== 'click' && part !== 'year-end');
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    payees: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const wanted = values.only?.split(',') ?? USUAL;
const unknown = wanted.filter((part) => !PARTS.includes(part as (typeof PARTS)[number]));
if (unknown.length > 0) {
  console.error(`--only takes ${PARTS.join(', ')}; not ${unknown.join(', ')}`);
  process.exit(2);
}

const root = join(import.meta.dirname, '..');
// Progress goes to standard error, so that --json prints nothing but JSON.
const announce = (line: string) => console.error(`  ${line}`);
const sections: Section[] = [];
const begin = (title: string) => console.error(title);

if (wanted.includes('attribution')) {
  begin('Attribution, compared …');
  sections.push(await attribution(announce));
}
if (wanted.includes('settlement')) {
  begin('Settlement, the pure core …');
  sections.push(settlementCore());
}
if (wanted.includes('statement')) {
  begin('A statement as PDF …');
  sections.push(await statementPdfs(root));
}
if (wanted.includes('click') && !wanted.includes('cold')) {
  begin('The click function …');
  const { functions: _, ...section } = await coldStart(root, announce, Object.keys(HOT));
  sections.push(section);
}
if (wanted.includes('cold')) {
  begin('Cold start and CPU …');
  const { functions, ...section } = await coldStart(root, announce);
  sections.push(section, {
    title: 'Every function',
    figures: functions.flatMap(({ entry, kilobytes, importMs, firstCallMs, initRatio }) => [
      {
        key: `${entry}.initRatio`,
        value: initRatio,
        unit: '×',
        what: `import ${importMs} ms, first call ${firstCallMs} ms / document-client handler`,
      },
      {
        key: `${entry}.bundleKb`,
        value: kilobytes,
        unit: 'KB',
        what: 'minified',
      },
    ]),
    notes: [],
  });
}
if (wanted.includes('year-end')) {
  begin('A year end …');
  sections.push(await yearEnd(announce, values.payees === undefined ? undefined : Number(values.payees)));
}
if (wanted.includes('units') || wanted.includes('redirects')) {
  begin('Booting the stacks …');
  const ground = await benchGround();
  try {
    if (wanted.includes('units')) {
      begin('Units …');
      sections.push(await units(ground, announce));
    }
    if (wanted.includes('redirects')) {
      begin('Redirects …');
      sections.push(await throughput(ground, root, announce));
    }
  } finally {
    await ground.close();
  }
}

const figures = Object.fromEntries(
  sections.flatMap((section) => section.figures.map(({ key, value }) => [key, value] as const)),
);
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: process.platform,
};

if (values.write) {
  const path = join(root, 'docs/measured-units.json');
  const known = JSON.parse(readFileSync(path, 'utf8')) as { click: object; conversion: object };
  const measured = {
    ...known,
    origin: `npm run bench, Node ${process.version}, ${machine.cpu}; durations are estimates for Lambda`,
    click: { ...known.click, wru: figures['click.wru'], rru: figures['click.rru'], calls: figures['click.calls'] },
    conversion: { ...known.conversion, wru: figures['conversion.wru'], rru: figures['conversion.rru'] },
  };
  writeFileSync(path, `${JSON.stringify(measured, null, 2)}\n`);
}
if (values.json) console.log(JSON.stringify({ ...figures, machine }));
else {
  console.log(`\n${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}`);
  for (const { title, figures: rows, notes } of sections) {
    const cells = rows.map(({ key, value, unit, bar, what }) => [key, `${value} ${unit}`.trim(), bar ?? '', what]);
    console.log(
      `\n${title}\n${textTable([{ title: 'figure' }, { title: 'value', align: 'right' }, { title: 'bar' }, { title: 'what' }], cells)}`,
    );
    for (const note of notes) console.log(`  ${note}`);
  }
}
process.exit(0);
