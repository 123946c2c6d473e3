/**
 * `npm run import -- orders.csv --map map.json --program prg_…`: a shop's order export, through the same endpoint a shop's server uses.
 * Refused rows are listed with their line numbers; sending the same file again changes nothing, because an order's id is its key.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stringify } from 'csv-stringify/sync';
import { readOrderRows } from '../lib/tracking/order-csv.ts';
import { type FileOrder, missingColumns, OrderFileMap, ordersOf } from '../lib/tracking/order-file.ts';
import { readCredentials } from '../local/credentials.ts';
import { progress } from '../local/progress.ts';

const USAGE = `Usage: npm run import -- FILE.csv --map MAP.json --program prg_… [--dry-run] [--api URL --key trb_…]

  --map       which column is what; examples in events/samples/order-exports
  --program   the program the orders belong to
  --dry-run   read, check and report; send nothing
  --api, --key  another installation than the one on this machine (key also from TRIBUTARY_API_KEY)
  --refused   where to write refused rows (default: FILE.refused.csv)`;

const BATCH = 500;

/** What the batch endpoint answers for one order. */
interface Outcome {
  readonly status: number;
  readonly outcome?: string;
  readonly problem?: { readonly detail?: string; readonly fields?: readonly { field: string; message: string }[] };
}
interface Refusal {
  readonly line: number;
  readonly orderId: string;
  readonly reason: string;
}

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function arguments_() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        map: { type: 'string' },
        program: { type: 'string' },
        api: { type: 'string' },
        key: { type: 'string' },
        refused: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(`${path}: ${(error as Error).message}`);
  }
}

function readRows(path: string) {
  try {
    const read = readOrderRows(readFileSync(path));
    return 'problem' in read ? fail(`${path}: ${read.problem}`) : read;
  } catch (error) {
    return fail(`${path}: ${(error as Error).message}`);
  }
}

const { values, positionals } = arguments_();
const file = positionals[0] ?? fail('Which file?');
const map = OrderFileMap.safeParse(readJson(values.map ?? fail('--map is missing')));
if (!map.success) fail(`${values.map}: ${map.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`);
const programId = values.program ?? fail('--program is missing');
const { header, rows } = readRows(file);
const missing = missingColumns(map.data, header);
if (missing.length > 0)
  fail(`${file} has no column ${missing.map((name) => `“${name}”`).join(', ')}; it has: ${header.join(', ')}`);

const orders = ordersOf(map.data, programId, rows);
const refusals: Refusal[] = orders.flatMap((order) =>
  order.kind === 'refused'
    ? order.reasons.map((reason) => ({ line: order.lines[0]!, orderId: order.orderId, reason }))
    : [],
);
const ready = orders.filter((order) => order.kind === 'ready');
const skipped = orders.filter((order) => order.kind === 'skipped');
const tally = new Map<string, number>();

async function send(batch: readonly Extract<FileOrder, { kind: 'ready' }>[], api: string, key: string): Promise<void> {
  const response = await fetch(`${api}/v1/conversions:batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ conversions: batch.map((order) => order.report) }),
  });
  const body = (await response.json()) as { results?: Outcome[]; detail?: string; title?: string };
  if (!response.ok || body.results === undefined) {
    throw new Error(`${api} answered ${response.status}: ${body.detail ?? body.title ?? 'no reason given'}`);
  }
  for (const [index, result] of body.results.entries()) {
    const order = batch[index]!;
    const outcome = result.outcome ?? 'refused';
    tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
    if (result.status >= 400) {
      const fields = result.problem?.fields?.map(({ field, message }) => `${field}: ${message}`).join('; ');
      refusals.push({
        line: order.lines[0]!,
        orderId: order.report.orderId,
        reason: fields || (result.problem?.detail ?? `status ${result.status}`),
      });
    }
  }
}

const here = readCredentials('.local');
const apiUrl = values.api ?? here?.apiUrl;
const apiKey = values.key ?? process.env.TRIBUTARY_API_KEY ?? here?.keys.owner;

/** The currency that orders are settled in; nothing when the API cannot be asked. */
async function programCurrency(): Promise<string | undefined> {
  if (apiUrl === undefined || apiKey === undefined) return undefined;
  const response = await fetch(`${apiUrl}/v1/programs/${programId}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  }).catch(() => undefined);
  if (response?.status === 404) fail(`There is no program ${programId} at ${apiUrl}`);
  return response?.ok ? ((await response.json()) as { currency: string }).currency : undefined;
}

if (values['dry-run']) {
  const currency = await programCurrency();
  const others = ready.filter(({ report }) => currency !== undefined && report.currency !== currency);
  if (currency === undefined) console.log('The API was not asked, so the program’s currency is not known.');
  if (others.length > 0) {
    const found = [...new Set(others.map(({ report }) => report.currency))].join(', ');
    console.log(`${others.length} orders in ${found} wait for exchange rates to ${currency}: PUT /v1/fx-rates/{day}`);
  }
} else {
  const api = apiUrl ?? fail('No --api given, and nothing runs on this machine yet (npm start)');
  const key = apiKey ?? fail('--key is missing');
  const bar = progress('sending orders', ready.length);
  for (let start = 0; start < ready.length; start += BATCH) {
    const batch = ready.slice(start, start + BATCH);
    await send(batch, api, key);
    bar.step(batch.length);
  }
  bar.done();
}

console.log(`\n${file}: ${rows.length} rows, ${orders.length} orders`);
console.log(
  `  ${values['dry-run'] ? 'would be sent' : 'sent'}: ${ready.length}${[...tally].map(([outcome, n]) => `, ${outcome} ${n}`).join('')}`,
);
console.log(
  `  passed over: ${skipped.length}${skipped.length ? ` (${[...new Set(skipped.map((o) => o.reason))].join('; ')})` : ''}`,
);
console.log(`  refused: ${new Set(refusals.map((r) => r.line)).size}`);
for (const { line, orderId, reason } of refusals)
  console.log(`    line ${line}, order ${orderId || '(none)'}: ${reason}`);
if (refusals.length > 0) {
  const path = values.refused ?? file.replace(/(\.csv)?$/, '.refused.csv');
  writeFileSync(path, stringify(refusals, { header: true, escape_formulas: true }));
  console.log(`  refused rows written to ${path}`);
  process.exitCode = 1;
}
