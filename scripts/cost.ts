import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stageNamed } from '../infra/stages.ts';
import { synthesize } from '../infra/synthesize.ts';
import { billOf } from './cost/bill.ts';
import { inventoryOf } from './cost/inventory.ts';
import { readLoad } from './cost/load.ts';
import { table, totalsOf } from './cost/report.ts';
import { readUnits } from './cost/units.ts';

/** `npm run cost -- --clicks 1e6 --conversions 1e4 [--mails 1e3] [--stage prod] [--json]`: a month's bill from the templates themselves. */
const USAGE = 'npm run cost -- --clicks 1e6 --conversions 1e4 [--mails 1e3] [--stage dev|prod] [--json]';

process.env.CDK_VALIDATION = 'false';
try {
  await run();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clicks: { type: 'string' },
      conversions: { type: 'string' },
      mails: { type: 'string' },
      stage: { type: 'string', default: 'prod' },
      json: { type: 'boolean', default: false },
    },
  });
  const load = readLoad(values);
  const stage = stageNamed(values.stage);
  const units = readUnits(join(import.meta.dirname, '../docs/measured-units.json'));
  const outdir = mkdtempSync(join(tmpdir(), 'tributary-cost-'));
  try {
    const assembly = await synthesize({ context: { stage: stage.name }, outdir, checked: false });
    const bill = await billOf(await inventoryOf(assembly.stacks.map(({ template }) => template)), units, load);
    if (values.json) {
      console.log(JSON.stringify({ stage: stage.name, traffic: load, usd: totalsOf(bill), charges: bill }));
      return;
    }
    const amount = (count: number) => count.toLocaleString('en');
    console.log(
      `Stage ${stage.name}, a month with ${amount(load.clicks)} clicks, ${amount(load.conversions)} conversions and ${amount(load.mails)} mails.\n` +
        `Dollars at the list prices of us-east-1 in scripts/cost/prices.ts, without any free tier. Units per event: ${units.origin}.\n`,
    );
    console.log(table(bill));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
