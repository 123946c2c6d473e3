import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../infra/bundle.ts';
import { addDays } from '../lib/calendar.ts';
import { buildStatement } from '../lib/payouts/statement.ts';
import { item } from '../test/support/orders.ts';
import { KEY, PartnerAccount, TIME_ZONE } from '../test/support/partner-account.ts';
import { median, round, type Section } from './figures.ts';

const LINES = 40;
const PROCESSES = 9;

/** A month of a partner with as many orders. */
function statement() {
  const account = new PartnerAccount();
  for (let n = 0; n < LINES; n += 1)
    account.order(`ALDER-${n}`, `${addDays('2026-03-01', n >> 1)}T09:00:00.000Z`, [item(10_000)]);
  return buildStatement({
    number: 1,
    journals: account.journals,
    partner: { partnerId: KEY.partnerId, name: 'Łukasz Żółć' },
    program: { programId: KEY.programId, name: 'Fjord & Trail', timeZone: TIME_ZONE },
  });
}

/** What a fresh process takes for the bundled module and its first PDF, and then for one of fifty more. */
const CHILD = `
const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const statement = JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8'));
(async () => {
  const start = cpuMs();
  const { statementPdf } = require(process.argv[1]);
  const { length } = await statementPdf(statement);
  const first = cpuMs();
  for (let n = 0; n < 50; n += 1) await statementPdf(statement);
  console.log(JSON.stringify({ firstMs: first - start, nextMs: (cpuMs() - first) / 50, length }));
})();
`;

/** What a statement costs as PDF, in CPU time of the process: shared cores do not decide. */
export async function statementPdfs(root: string): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  try {
    await bundle({ pdf: join(root, 'lib/documents/statement-pdf.ts') }, folder);
    const file = join(folder, 'statement.json');
    writeFileSync(file, JSON.stringify(statement()));
    const module = join(folder, 'pdf/index.js');
    const runs = Array.from({ length: PROCESSES }, (): { firstMs: number; nextMs: number; length: number } =>
      JSON.parse(execFileSync(process.execPath, ['-e', CHILD, module, file], { encoding: 'utf8' })),
    );
    return {
      title: 'A statement as PDF',
      figures: [
        {
          key: 'statement.firstPdfMs',
          value: round(median(runs.map(({ firstMs }) => firstMs)), 1),
          unit: 'ms',
          what: `CPU time of a process for loading the module and its first PDF, ${LINES} lines`,
        },
        {
          key: 'statement.pdfMs',
          value: round(median(runs.map(({ nextMs }) => nextMs)), 1),
          unit: 'ms',
          what: 'CPU time of one of the fifty after it',
        },
        { key: 'statement.pdfKb', value: round(runs[0]!.length / 1024, 1), unit: 'KB', what: 'size of the PDF' },
        {
          key: 'statement.pdfModuleKb',
          value: round(statSync(module).size / 1024, 1),
          unit: 'KB',
          what: 'what the PDF brings into a bundle, its two fonts included',
        },
      ],
      notes: [`${PROCESSES} fresh processes, medians.`],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
