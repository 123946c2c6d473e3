import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The command as finance people run it: files in, CSV or sentences out, or what is wrong with line and column. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'price-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const PLAN = 'name: Plan\nrules: [{ id: base, label: Base, pay: { kind: percent, rateBps: 1000 } }]\n';
const ORDERS = 'order_id,date,price\n1,2026-03-01,99.95\n';

function price(plan: string, orders: string, ...options: string[]) {
  const files = [join(folder, 'plan.yaml'), join(folder, 'orders.csv')] as const;
  writeFileSync(files[0], plan);
  writeFileSync(files[1], orders);
  const from = options.includes('-') ? '-' : files[1];
  const rest = options.filter((option) => option !== '-');
  const run = spawnSync(process.execPath, ['scripts/price.ts', '--plan', files[0], '--orders', from, ...rest], {
    encoding: 'utf8',
    input: orders,
  });
  return { ...run, stderr: run.stderr.replaceAll(`${folder}/`, '') };
}

test('prints a row for each line of each order and rule', () => {
  expect(price(PLAN, ORDERS)).toMatchObject({
    status: 0,
    stderr: '',
    stdout:
      'order,line,rule,base,rate,amount,explanation\n1,1,base,99.95,10 %,10.00,Base: 10 % of 99.95 USD is 10.00 USD.\n',
  });
});

test('--explain tells the same in the sentences of a statement', () => {
  const { stdout, status } = price(PLAN, ORDERS, '--explain');
  expect(status).toBe(0);
  expect(stdout).toBe(
    [
      'Order 1',
      '  partner: 10.00 USD',
      '    The file credits all of sale 1 of 2026-03-01 00:00 UTC to this partner. The order counts 99.95 USD after discounts and returns, without tax and shipping. Base: 10 % of 99.95 USD is 10.00 USD. Counted with version 1 of the commission plan. This earns 10.00 USD.',
      '',
      'Together 10.00 USD for 1 order.',
      '',
    ].join('\n'),
  );
});

describe('reads', () => {
  const amounts = (stdout: string) =>
    (parse(stdout, { from_line: 2 }) as string[][]).map((cells) => cells.slice(0, 6).join(','));

  test.each<[string, string, string, string[], string[]]>([
    [
      'a byte order mark, CRLF, quotes, other headings and thousands',
      PLAN,
      '\uFEFF"Order Number","Order-Date","Unit Price","Qty"\r\n"A,1","2026-03-01 10:00","1,234.56","2"\r\n',
      [],
      ['A,1,1,base,2469.12,10 %,246.91'],
    ],
    ['standard input', PLAN, ORDERS, ['-'], ['1,1,base,99.95,10 %,10.00']],
    [
      'a currency without decimals',
      PLAN,
      'order,date,price,currency\n1,2026-03-01,1005,JPY\n',
      [],
      ['1,1,base,1005,10 %,100'],
    ],
    [
      'a currency of three',
      PLAN,
      'order,date,price,currency\n1,2026-03-01,1.005,kwd\n',
      [],
      ['1,1,base,1.005,10 %,0.100'],
    ],
    [
      'half a cent to even',
      PLAN,
      'order,date,price\n1,2026-03-01,0.25\n2,2026-03-01,0.35\n',
      [],
      ['1,1,base,0.25,10 %,0.02', '2,1,base,0.35,10 %,0.04'],
    ],
    [
      'whole lines that units do not divide',
      PLAN,
      'order,date,quantity,line_total\n1,2026-03-01,3,10.00\n',
      [],
      ['1,1,base,10.00,10 %,1.00'],
    ],
    [
      'rows of one order that are not neighbours',
      PLAN,
      'order,date,price\n1,2026-03-01,0.05\n2,2026-03-01,1\n1,2026-03-01,0.05\n',
      [],
      ['1,1,base,0.05,10 %,0.01', '1,2,base,0.05,10 %,0.00', '2,1,base,1.00,10 %,0.10'],
    ],
    [
      'a plan as JSON',
      '{"name":"P","rules":[{"id":"a","label":"A","pay":{"kind":"flat","amountCents":5}}]}',
      ORDERS,
      [],
      ['1,1,a,99.95,0.05 USD an item,0.05'],
    ],
    [
      'Norway as Norway',
      'name: P\nrules: [{ id: a, label: A, when: { countries: [NO] }, pay: { kind: percent, rateBps: 1000 } }]',
      'order,date,price,country\n1,2026-03-01,10,no\n',
      [],
      ['1,1,a,10.00,10 %,1.00'],
    ],
    ['an empty file of orders', PLAN, 'order,date,price\n', [], []],
    [
      'days in a time zone',
      'name: P\nrules: [{ id: a, label: A, when: { from: 2026-03-02 }, pay: { kind: percent, rateBps: 1000 } }]',
      'order,date,price\n1,2026-03-01T23:30:00Z,10\n',
      ['--time-zone', 'Europe/Berlin'],
      ['1,1,a,10.00,10 %,1.00'],
    ],
  ])('%s', (_, plan, orders, options, expected) => {
    const { stdout, stderr, status } = price(plan, orders, ...options);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(amounts(stdout)).toEqual(expected);
  });
});

describe('refuses, with exit code 2 and nothing on standard output:', () => {
  test.each<[string, string, string, string[], string]>([
    [
      'a column that is missing',
      PLAN,
      'order_id,date\n1,2026-03-01\n',
      [],
      'orders.csv, line 1, column price: is missing',
    ],
    [
      'a price that is none',
      PLAN,
      'order_id,date,price\n1,2026-03-01,1\n2,2026-03-01,ten\n',
      [],
      'orders.csv, line 3, column price: “ten” is not an amount such as 129.00',
    ],
    [
      'more decimals than the currency has',
      PLAN,
      'order_id,date,Unit Price,currency\n1,2026-03-01,1.5,JPY\n',
      [],
      'orders.csv, line 2, column Unit Price: “1.5” has more decimals than JPY has',
    ],
    [
      'a day that there is not',
      PLAN,
      'order_id,date,price\n1,2026-02-30,1\n',
      [],
      'orders.csv, line 2, column date: “2026-02-30” is not a time',
    ],
    [
      'a day written another way',
      PLAN,
      'order_id,date,price\n1,03/04/2026,1\n',
      [],
      'column date: “03/04/2026” is not a time',
    ],
    [
      'a quantity that is not whole',
      PLAN,
      'order_id,date,price,qty\n1,2026-03-01,1,1.5\n',
      [],
      'orders.csv, line 2, column qty: “1.5” is not a whole number',
    ],
    [
      'a discount above the line',
      PLAN,
      'order_id,date,price,discount\n1,2026-03-01,1,2\n',
      [],
      'orders.csv, line 2, column discount: is more than the line comes to',
    ],
    [
      'an order of two partners',
      PLAN,
      'order_id,date,price,partner\n1,2026-03-01,1,A\n1,2026-03-01,1,B\n',
      [],
      'orders.csv, line 3, column partner: is “B”, but line 2 of the same order says “A”',
    ],
    [
      'a currency that there is not',
      PLAN,
      'order_id,date,price,currency\n1,2026-03-01,1,ABC\n',
      [],
      'line 2, column currency: “ABC” is not',
    ],
    [
      'a type of partner that there is not',
      PLAN,
      'order_id,date,price,partner_type\n1,2026-03-01,1,friend\n',
      [],
      'line 2, column partner_type: “friend” is none of content',
    ],
    [
      'a row of another width',
      PLAN,
      'order_id,date,price\n1,2026-03-01\n',
      [],
      'orders.csv, line 2: has another number of cells',
    ],
    [
      'a country by its name, which no rule would match',
      PLAN,
      'order_id,date,price,Shipping Country\n1,2026-03-01,1,Germany\n',
      [],
      'line 2, column Shipping Country: “Germany” is not an ISO 3166 code',
    ],
    [
      'who recruited themselves',
      PLAN,
      'order_id,date,price,partner,recruited_by\n1,2026-03-01,1,A,A\n',
      [],
      'line 2, column recruited_by: “A” recruited themselves',
    ],
    [
      'a recruiter who recruited themselves',
      PLAN,
      'order_id,date,price,partner,recruiter,recruiter_2\n1,2026-03-01,1,A,B,B\n',
      [],
      'line 2, column recruiter_2: “B” recruited themselves',
    ],
    ['an order without a name', PLAN, 'order_id,date,price\n,2026-03-01,1\n', [], 'line 2, column order_id: is empty'],
    ['a plan that is no YAML', 'name: [', ORDERS, [], 'plan.yaml: line'],
    [
      'a field that no plan has',
      'name: P\nrules:\n  - id: a\n    label: A\n    pay: { kind: percent, rate: 5 }\n',
      ORDERS,
      [],
      'plan.yaml, line 5: rules[0].pay.rate',
    ],
    [
      'a rate above 100 %',
      'name: P\nrules:\n  - id: a\n    label: A\n    pay: { kind: percent, rateBps: 10001 }\n',
      ORDERS,
      [],
      'plan.yaml, line 5: rules[0].pay.rateBps',
    ],
    ['a key that stands twice', 'name: P\nname: Q\nrules: []\n', ORDERS, [], 'plan.yaml: line 2'],
    [
      'a SKU that YAML reads as a number',
      'name: P\nrules: [{ id: a, label: A, when: { skus: [007] }, pay: { kind: percent, rateBps: 5 } }]\n',
      ORDERS,
      [],
      'plan.yaml, line 2: rules[0].when.skus[0]',
    ],
    [
      'a time zone that there is not',
      PLAN,
      ORDERS,
      ['--time-zone', 'Mars/Olympus'],
      '--time-zone: there is no time zone Mars/Olympus',
    ],
    ['an option that there is not', PLAN, ORDERS, ['--explian'], "Unknown option '--explian'"],
  ])('%s', (_, plan, orders, options, message) => {
    const { status, stdout, stderr } = price(plan, orders, ...options);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('a file that is not there', () => {
    const run = spawnSync(process.execPath, ['scripts/price.ts', '--plan', 'no.yaml', '--orders', 'no.csv'], {
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 2, stdout: '', stderr: 'no.yaml: there is no such file\n' });
  });
});
