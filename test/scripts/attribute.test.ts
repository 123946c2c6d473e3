import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'attribute-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(input: string | Uint8Array, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/attribute.ts'), '--input', '-', ...args],
    { input, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}
const HEAD = 'path,total_conversions,total_conversion_value,total_null\n';
const OUT = 'partner,conversions,value,removal_effect\n';
const last = (text: string | Uint8Array) => run(text, '--model', 'last');

describe('reads what files of the field hold', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['a plain file', `${HEAD}a > b,2,10.5,3\nb,1,4,0\n`, 'b,3.000000,14.500000,\na,0.000000,0.000000,\n'],
    ['no line end at the end', `${HEAD}a,1,1,0`, 'a,1.000000,1.000000,\n'],
    [
      'CRLF and a byte order mark',
      `\ufeff${HEAD.trim()}\r\na > b,1,1,0\r\n`,
      'b,1.000000,1.000000,\na,0.000000,0.000000,\n',
    ],
    [
      'quotes round everything',
      '"path","total_conversions","total_conversion_value","total_null"\r\n"a > b","1","2","3"\r\n',
      'b,1.000000,2.000000,\na,0.000000,0.000000,\n',
    ],
    ['a comma in a name', `${HEAD}"x > Acme, Inc.",1,2,0\n`, '"Acme, Inc.",1.000000,2.000000,\nx,0.000000,0.000000,\n'],
    ['a quote in a name', `${HEAD}"The ""Deal"" Shop",1,2,0\n`, '"The ""Deal"" Shop",1.000000,2.000000,\n'],
    [
      'a line end in a name',
      `${HEAD}"two\nlines",2,2,0\nb,1,1,0\n`,
      '"two\nlines",2.000000,2.000000,\nb,1.000000,1.000000,\n',
    ],
    [
      'names beyond ASCII',
      `${HEAD}Zoë > 割引 > 🎁,1,2,0\n`,
      '🎁,1.000000,2.000000,\nZoë,0.000000,0.000000,\n割引,0.000000,0.000000,\n',
    ],
    ['a name with > in it', `${HEAD}a>b > c->d,1,2,0\n`, 'c->d,1.000000,2.000000,\na>b,0.000000,0.000000,\n'],
    [
      'names that objects have',
      `${HEAD}__proto__ > constructor,1,2,0\n`,
      'constructor,1.000000,2.000000,\n__proto__,0.000000,0.000000,\n',
    ],
    [
      'other columns, another order, capitals',
      'Total_Null,path,x,total_conversion_value,TOTAL_CONVERSIONS\n3,a > b,"q,q",7,2\n',
      'b,2.000000,7.000000,\na,0.000000,0.000000,\n',
    ],
    ['duplicate rows', `${HEAD}a,1,0.1,0\na,1,0.2,0\n`, 'a,2.000000,0.300000,\n'],
    [
      'numbers as R and pandas write them',
      `${HEAD}a,1e+05,0.30000000000000004,0\n`,
      'a,100000.000000,0.30000000000000004,\n',
    ],
    ['blank lines', `\n${HEAD}\na,1,1,0\n\n\n`, 'a,1.000000,1.000000,\n'],
    ['a header alone', HEAD, ''],
    ['rows that never converted', `${HEAD}a > b,0,0,9\n`, 'a,0.000000,0.000000,\nb,0.000000,0.000000,\n'],
    [
      'ties by name',
      `${HEAD}c,1,1,0\na,1,2,0\nb,2,0,0\n`,
      'b,2.000000,0.000000,\na,1.000000,2.000000,\nc,1.000000,1.000000,\n',
    ],
  ])('%s', (_, text, expected) => {
    const { status, stdout } = last(text);
    expect(stdout).toBe(OUT + expected);
    expect(status).toBe(0);
  });

  test('a journey without a touch belongs to nobody, visibly', () => {
    const { status, stdout, stderr } = last(`${HEAD},2,5.00,7\na,1,1,0\n`);
    expect(stdout).toBe(`${OUT},2.000000,5.000000,\na,1.000000,1.000000,\n`);
    expect(stderr).toContain('2.000000 conversions worth 5.000000 belong to no partner');
    expect(status).toBe(0);
  });

  test('a file by its name, and one that is not there', () => {
    const path = join(folder, 'j.csv');
    writeFileSync(path, `${HEAD}a,1,1,0\n`);
    const call = (...args: string[]) =>
      spawnSync(process.execPath, [join(root, 'scripts/attribute.ts'), ...args], { encoding: 'utf8' });
    expect(call('--model', 'first', '--input', path).stdout).toBe(`${OUT}a,1.000000,1.000000,\n`);
    const absent = call('--model', 'first', '--input', join(folder, 'absent.csv'));
    expect(absent.status).toBe(2);
    expect(absent.stdout).toBe('');
    expect(absent.stderr).toContain('absent.csv');
    expect(call('--model', 'first', '--input', folder).status).toBe(2);
  });
});

describe('refuses, prints nothing and says what to mend', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['an empty file', '', /line 1: the file is empty/],
    ['a missing column', 'path,total_conversions,total_conversion_value\na,1,1\n', /line 1, total_null: .*add it/],
    ['a column twice', 'path,path,total_conversions,total_conversion_value,total_null\n', /line 1, path: .*twice/],
    ['a number that is none', `${HEAD}a,1,1,0\nb,x,1,0\n`, /line 3, total_conversions: “x” is not a number/],
    ['a number that is absent', `${HEAD}a,1,,0\n`, /line 2, total_conversion_value: is empty; write 0/],
    ['thousands', `${HEAD}a,1,"1,000.00",0\n`, /line 2, total_conversion_value: “1,000.00” is not a number/],
    ['fewer than no conversions', `${HEAD}a,-1,0,0\n`, /line 2, total_conversions: “-1” is below 0/],
    ['fewer than no journeys', `${HEAD}a,1,0,-2\n`, /line 2, total_null: “-2” is below 0/],
    ['a nameless touch', `${HEAD}a >  > b,1,1,0\n`, /line 2, path: touch 2 is empty/],
    ['a path that ends with a joint', `${HEAD}a > ,1,1,0\n`, /line 2, path: touch 2 is empty/],
    ['a path that begins with one', `${HEAD}> a,1,1,0\n`, /line 2, path: touch 1 is empty/],
    ['a comma without quotes', `${HEAD}Acme, Inc.,1,1,0\n`, /line 2: 5 columns where the header has 4.*quotes/],
    [
      'a quote without a partner',
      `${HEAD}"a,1,1,0\nb,1,1,0\n`,
      /line 2: a double quote opens a field that is never closed/,
    ],
    ['a quote amid a field', `${HEAD}a"b,1,1,0\n`, /line 2: a double quote inside an unquoted field/],
    ['text after a quote', `${HEAD}"a"b,1,1,0\n`, /line 2: text follows a closing double quote/],
    ['a line after a quoted line end', `${HEAD}"a\nb",1,1,0\nc,1,1\n`, /line 4: 3 columns/],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(HEAD), Buffer.from([0x5a, 0xe9, 0x2c, 0x31, 0x2c, 0x31, 0x2c, 0x30])]),
      /line 2, path: touch 1 is not UTF-8/,
    ],
    ['UTF-16', Buffer.from(`\ufeff${HEAD}`, 'utf16le'), /UTF-16/],
    ['JSON that is none', '{"touches":[],"converted":true}\n{oops\n', /line 2: is not JSON/],
    ['a journey without converted', '{"touches":[]}\n', /line 1, converted: must be true or false/],
    [
      'a touch without a partner',
      '{"touches":[{"partner":""}],"converted":true}\n',
      /line 1, touches\[0\].partner: must be a name/,
    ],
    [
      'a time without a zone',
      '{"touches":[{"partner":"a","at":"2026-03-01T10:00:00"}],"converted":false}\n',
      /touches\[0\].at: .*2026-03-01T10:00:00Z/,
    ],
    [
      'a day there is not',
      '{"touches":[{"partner":"a","at":"2026-02-30T10:00:00Z"}],"converted":false}\n',
      /touches\[0\].at: .*2026-02-30/,
    ],
    [
      'a number that JSON cannot keep',
      '{"touches":[],"converted":true,"value":12345678901234567890}\n',
      /value: has more digits .*write it as text/,
    ],
    ['two values', '{"touches":[],"converted":true,"value":1,"valueCents":100}\n', /valueCents: stands beside value/],
    ['a value without a conversion', '{"touches":[],"converted":false,"value":1}\n', /value: must be 0 or absent/],
  ])('%s', (_, text, expected) => {
    const { status, stdout, stderr } = last(text);
    expect(stdout).toBe('');
    expect(stderr).toMatch(expected);
    expect(status).toBe(2);
  });

  test.each<[string, string[], RegExp]>([
    ['no model', [], /--model is missing; one of last, first/],
    ['an unknown model', ['--model', 'lst'], /--model lst is not known/],
    ['an unknown option', ['--model', 'last', '--half', '1d'], /--half/],
    ['order 4', ['--model', 'markov', '--order', '4'], /from 1 to 3/],
    ['weights that are not 100', ['--model', 'position', '--weights', '40,20,30'], /add up to 100/],
    ['weights without ends', ['--model', 'position', '--weights', '0,100,0'], /must not both be 0/],
    ['a half-life without a unit', ['--model', 'decay', '--half-life', '7'], /such as 7d/],
    [
      'decay without times',
      ['--model', 'decay'],
      /--model decay needs the time of every touch.*export form, which has no times/,
    ],
    ['a look-back without times', ['--model', 'last', '--lookback', '30d'], /--lookback needs the time of every touch/],
  ])('%s', (_, args, expected) => {
    const { status, stdout, stderr } = run(`${HEAD}a,1,1,0\n`, ...args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(expected);
    expect(status).toBe(2);
  });
});

describe('journeys with times', () => {
  const lines = [
    '{"touches":[{"partner":"old","at":"2026-03-01T00:00:00Z"},{"partner":"new","at":"2026-03-08T00:00:00+00:00"}],"converted":true,"value":30,"at":"2026-03-09T00:00:00Z"}',
    '{"touches":[{"partner":"new","at":"2026-03-01T00:00:00Z"}],"converted":false}',
  ].join('\r\n');
  test('decay by half-life', () => {
    expect(run(lines, '--model', 'decay').stdout).toBe(`${OUT}new,0.666667,20.000000,\nold,0.333333,10.000000,\n`);
    expect(run(lines, '--model', 'decay', '--half-life', '1w').stdout).toBe(run(lines, '--model', 'decay').stdout);
  });
  test('a look-back leaves out what is older, and nobody gets what has no touch left', () => {
    expect(run(lines, '--model', 'first', '--lookback', '2d').stdout).toBe(
      `${OUT}new,1.000000,30.000000,\nold,0.000000,0.000000,\n`,
    );
    expect(run(lines, '--model', 'first', '--lookback', '1h').stdout).toBe(
      `${OUT},1.000000,30.000000,\nnew,0.000000,0.000000,\nold,0.000000,0.000000,\n`,
    );
  });
  test('cents by name, touches in any order, those after the conversion left out', () => {
    const line =
      '{"touches":[{"partner":"b","at":"2026-03-03T00:00:00Z"},{"partner":"a","at":"2026-03-01T00:00:00Z"},{"partner":"late","at":"2026-03-09T00:00:00Z"}],"converted":true,"valueCents":1999,"at":"2026-03-04T00:00:00Z"}';
    expect(run(line, '--model', 'last').stdout).toBe(
      `${OUT}b,1.000000,19.990000,\na,0.000000,0.000000,\nlate,0.000000,0.000000,\n`,
    );
  });
  test('a missing time is named', () => {
    const { status, stderr } = run(`${lines}\n{"touches":[{"partner":"a"}],"converted":false}`, '--model', 'decay');
    expect(stderr).toMatch(/line 3, touches\[0\].at/);
    expect(status).toBe(2);
  });
});

describe('learning models', () => {
  test('the example of the documentation', () => {
    const blocks = readFileSync(join(root, 'docs/attribution-comparisons.md'), 'utf8').split('```');
    const input = blocks.find((block) => block.includes('Zoe > Deal Hunter'))!.trimStart();
    const output = blocks.find((block) => block.includes('Zoe,0.8'))!.trimStart();
    expect(run(input, '--model', 'markov').stdout).toBe(output);
  });

  const text = `${HEAD}a > b,1,10,1\na,1,20.01,1\nb,0,0,4\n`;
  test('Markov prints removal effects and shares everything by them', () => {
    // From a: a quarter b, a quarter each of converting, … counted: a leaves 4 times (2 to b, 1 converts), b leaves 6 times (1 converts).
    const h = 1 / 4 + (2 / 4) * (1 / 6);
    const whole = (4 / 8) * h + (4 / 8) * (1 / 6);
    const a = ((4 / 8) * h) / whole;
    const b = 1 - ((4 / 8) * (1 / 4)) / whole;
    const { stdout } = run(text, '--model', 'markov');
    const rows = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    expect(rows.map(([name]) => name)).toEqual(
      ['a', 'b'].sort((x, y) => (x === 'a' ? b - a : a - b) || (x < y ? -1 : 1)),
    );
    const cell = (name: string, column: number) => Number(rows.find((row) => row[0] === name)![column]);
    expect(cell('a', 3)).toBeCloseTo(a, 11);
    expect(cell('b', 3)).toBeCloseTo(b, 11);
    expect(cell('a', 1)).toBeCloseTo((2 * a) / (a + b), 6);
    expect(cell('a', 2)).toBeCloseTo((30.01 * a) / (a + b), 5);
    expect(Math.round((cell('a', 2) + cell('b', 2)) * 1e6)).toBe(30_010_000);
  });
  test('orders 2 and 3 are answered, and a single partner is needed by all', () => {
    for (const order of ['1', '2', '3']) {
      expect(run(`${HEAD}a > a,3,9,1\n`, '--model', 'markov', '--order', order).stdout).toBe(
        `${OUT}a,3.000000,9.000000,1.000000000000\n`,
      );
    }
  });
  test('Shapley above twelve partners says its error, which --errors lists', () => {
    const names = 'abcdefghijklmnop'.split('');
    const many =
      HEAD + names.map((name, i) => `${name} > ${names[(i * 7 + 3) % 16]},${i % 4},${i}.5,${5 + (i % 3)}\n`).join('');
    const { stdout, stderr } = run(many, '--model', 'shapley', '--seed', '4', '--samples', '200');
    expect(stderr).toMatch(
      /16 partners: values were drawn \(200 orders of joining, seed 4\); standard error at most [\d.]+/,
    );
    expect(run(many, '--model', 'shapley', '--seed', '4', '--samples', '200').stdout).toBe(stdout);
    const errors = run(many, '--model', 'shapley', '--errors').stdout.split('\n');
    expect(errors[0]).toBe(`${OUT.trim()},standard_error`);
    expect(errors[1]).toMatch(/,\d+\.\d{6}$/);
  });
  test('an option of another model changes nothing and says so', () => {
    const { status, stdout, stderr } = run(text, '--model', 'last', '--order', '2');
    expect(stdout).toBe(last(text).stdout);
    expect(stderr).toContain('--order changes nothing for --model last');
    expect(status).toBe(0);
  });
});

test('many rows, longer than a chunk, with quoted line ends across its border', () => {
  const row = '"partner-1\n > partner, 2 > 𝔭artner-3",1,0.01,2\npartner-4 > partner-1,1,0.02,0\n';
  const count = 150_000;
  const { status, stdout } = last(HEAD + row.repeat(count));
  expect(status).toBe(0);
  expect(stdout).toBe(
    `${OUT}partner-1,${count}.000000,3000.000000,\n𝔭artner-3,${count}.000000,1500.000000,\n"partner, 2",0.000000,0.000000,\npartner-4,0.000000,0.000000,\n`,
  );
});
