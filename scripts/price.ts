/**
 * `npm run --silent price -- --plan plan.yaml --orders orders.csv`: what a file of orders earns under a plan, computed here and now with
 * the rules that settle real orders. Nothing is read from or written to an installation.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import * as z from 'zod';
import { isTimeZone } from '../lib/calendar.ts';
import { CommissionPlan, type PlanVersion } from '../lib/commission/plan.ts';
import { readYaml } from '../lib/commission/plan-text.ts';
import { PRICED_COLUMNS, type PricedSale, priceFile } from '../lib/commission/price-file.ts';
import { readSales } from '../lib/commission/sale-file.ts';
import { VisibleError } from '../lib/errors.ts';
import { fieldProblems } from '../lib/http/field-problems.ts';
import { format } from '../lib/money.ts';
import { CurrencyField, InstantField } from '../lib/programs/program.ts';
import type { FileRow } from '../lib/tracking/order-file.ts';

const USAGE = `Usage: npm run --silent price -- --plan PLAN.yaml --orders ORDERS.csv [--explain]

  --plan       a commission plan, YAML or JSON: { name, rules, … }, or { versions: [{ effectiveFrom, plan }, …] }
  --orders     a row for each line item; rows of one order_id are one order. Columns: docs/commission-rules.md
  --explain    sentences for each order instead of CSV
  --time-zone  in which days, hours and periods are counted, and times without a zone are meant (default: UTC)
  --currency   of orders that name none (default: USD)
  --at         time of orders that name none, e.g. 2026-03-29T10:00:00Z
  - in place of a file name reads standard input.

Writes order,line,rule,base,rate,amount,explanation to standard output. What is wrong with a file is told with line and column on
standard error, nothing is written, and the exit code is 2.`;

const MOST_TOLD = 20;

function fail(messages: readonly string[]): never {
  for (const message of messages.slice(0, MOST_TOLD)) console.error(message);
  if (messages.length > MOST_TOLD) console.error(`… and ${messages.length - MOST_TOLD} more`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        plan: { type: 'string' },
        orders: { type: 'string' },
        explain: { type: 'boolean', default: false },
        'time-zone': { type: 'string', default: 'UTC' },
        currency: { type: 'string', default: 'USD' },
        at: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail([(error as Error).message, '', USAGE]);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readText(path: string): string {
  try {
    return utf8.decode(readFileSync(path === '-' ? 0 : path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return fail([
      `${path}: ${code === 'ENOENT' ? 'there is no such file' : code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is not UTF-8' : message}`,
    ]);
  }
}

const Versions = z.strictObject({
  versions: z
    .array(z.strictObject({ effectiveFrom: InstantField, plan: CommissionPlan }))
    .min(1)
    .max(100),
});
const Wrapped = z.strictObject({ plan: CommissionPlan, effectiveFrom: InstantField.optional() });
const START = '2000-01-01T00:00:00.000Z';

function readPlans(path: string): PlanVersion[] {
  try {
    const { value, lineOf } = readYaml(readText(path));
    const has = (field: string) => typeof value === 'object' && value !== null && field in value;
    const schema = has('versions') ? Versions : has('plan') ? Wrapped : CommissionPlan;
    const read = schema.safeParse(value, { reportInput: true });
    if (!read.success) {
      const problems = fieldProblems(schema, read.error.issues, 'plan', value);
      return fail(problems.map(({ field, message }) => `${path}, line ${lineOf(partsOf(field))}: ${field} ${message}`));
    }
    if ('versions' in read.data) return read.data.versions.map((each, place) => ({ version: place + 1, ...each }));
    return [{ version: 1, effectiveFrom: START, plan: 'plan' in read.data ? read.data.plan : read.data }];
  } catch (error) {
    if (error instanceof VisibleError) return fail([`${path}: ${error.fields[0]?.message ?? error.message}`]);
    throw error;
  }
}

/** `rules[2].pay.rateBps` → `['rules', 2, 'pay', 'rateBps']`. */
const partsOf = (field: string) =>
  (field.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));

function readRows(path: string): { header: string[]; rows: FileRow[] } {
  let header: string[] = [];
  try {
    const records = parse(readText(path), {
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      columns: (names: string[]) => {
        header = names.map((name) => name.trim());
        return header.map((_, place) => String(place));
      },
    }) as unknown as { record: Record<string, string>; info: { lines: number; error?: { message: string } } }[];
    const uneven = records.filter(({ info }) => info.error);
    if (uneven.length > 0)
      fail(uneven.map(({ info }) => `${path}, line ${info.lines}: has another number of cells than the heading`));
    const named = (record: Record<string, string>) =>
      Object.fromEntries(header.map((heading, place) => [heading, record[place] ?? '']));
    const rows = records.map(({ record, info }) => ({ line: info.lines, cells: named(record) }));
    return { header, rows: rows.filter(({ cells }) => Object.values(cells).some((cell) => cell.trim() !== '')) };
  } catch (error) {
    return fail([`${path}: ${(error as Error).message}`]);
  }
}

function print(priced: readonly PricedSale[]): string {
  const rows = priced.flatMap(({ rows: each }) => each);
  return stringify(rows, { header: true, columns: [...PRICED_COLUMNS], escape_formulas: true });
}

function tell(priced: readonly PricedSale[]): string {
  const totals = new Map<string, number>();
  const blocks = priced.map(({ sale: { conversion }, told }) => {
    for (const { cents } of told) totals.set(conversion.currency, (totals.get(conversion.currency) ?? 0) + cents);
    const lines = told.map(
      ({ partnerId, cents, explanation }) =>
        `  ${partnerId}: ${format(cents, conversion.currency)}\n    ${explanation}`,
    );
    return `Order ${conversion.orderId}\n${lines.join('\n')}\n`;
  });
  const sums = [...totals].map(([currency, cents]) => format(cents, currency));
  return `${blocks.join('\n')}\nTogether ${sums.join(' and ') || 'nothing'} for ${priced.length} order${priced.length === 1 ? '' : 's'}.\n`;
}

const values = options();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
if (values.plan === undefined || values.orders === undefined)
  fail([values.plan === undefined ? '--plan is missing' : '--orders is missing', '', USAGE]);
if (values.plan === '-' && values.orders === '-') fail(['only one of --plan and --orders can be standard input']);
if (!isTimeZone(values['time-zone'])) fail([`--time-zone: there is no time zone ${values['time-zone']}`]);
if (!CurrencyField.safeParse(values.currency).success) fail([`--currency: ${values.currency} is not an ISO 4217 code`]);
const at = values.at === undefined ? undefined : InstantField.safeParse(values.at);
if (at?.success === false) fail([`--at: ${values.at} is not a time such as 2026-03-29T10:00:00Z`]);

const timeZone = values['time-zone'];
const plans = readPlans(values.plan);
const { header, rows } = readRows(values.orders);
const { sales, problems, unread } = readSales(header, rows, {
  timeZone,
  currency: values.currency,
  at: at?.data,
});
if (problems.length > 0)
  fail(problems.map(({ line, column, message }) => `${values.orders}, line ${line}, column ${column}: ${message}`));
if (unread.length > 0) console.error(`Not read: ${unread.join(', ')}`);
try {
  const priced = priceFile(sales, { plans, timeZone });
  process.stdout.write(values.explain ? tell(priced) : print(priced));
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  fail([`${values.orders}: ${error.message}`]);
}
