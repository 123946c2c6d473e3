import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { FunctionHere } from '../../../local/lambda/functions.ts';
import { createPool, type Pool } from '../../../local/lambda/pool.ts';
import { scratch } from '../fixture-app.ts';

const pools: Pool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

/** A pool over a handler written here, and what it printed. */
function pooled(source: string, given: Partial<FunctionHere> = {}, file = 'index.mjs', limit = 2) {
  const folder = scratch('function');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), source);
  const printed: string[] = [];
  const fn: FunctionHere = {
    name: 'fn',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:fn',
    file: join(folder, file),
    exportName: 'handler',
    environment: { ONLY: 'mine' },
    role: 'role',
    timeoutMs: 2_000,
    memoryMb: 128,
    reserved: undefined,
    deadLetterArn: undefined,
    retries: 2,
    onFailureArn: undefined,
    ...given,
  };
  const pool = createPool(fn, limit, (text) => printed.push(text));
  pools.push(pool);
  return { pool, printed };
}

describe('loads', () => {
  test.each<[string, string, string]>([
    [
      'a module',
      'index.mjs',
      "import { basename } from 'node:path'; export const handler = async () => basename('/a/b');",
    ],
    [
      'CommonJS',
      'index.cjs',
      "const { basename } = require('node:path'); exports.handler = async () => basename('/a/b');",
    ],
    [
      '.js as CommonJS, as Lambda does',
      'index.js',
      "const { basename } = require('node:path'); module.exports = { handler: () => basename('/a/b') };",
    ],
  ])('%s', async (_, file, source) => {
    expect(await pooled(source, {}, file).pool.run({})).toMatchObject({ ok: true, payload: 'b' });
  });

  test.each<[string, string, object]>([
    ['a bundle that throws', 'throw new TypeError("no");', { errorType: 'TypeError', errorMessage: 'no' }],
    [
      'one without a handler',
      'export const other = 1;',
      { errorMessage: expect.stringContaining('exports no function called handler') },
    ],
    ['one that does not parse', 'export const = ;', { errorType: 'SyntaxError' }],
  ])('not %s', async (_, source, expected) => {
    expect(await pooled(source).pool.run({})).toMatchObject({ ok: false, ...expected });
  });
});

describe('isolates', () => {
  test('variables: only its own', async () => {
    const { pool } = pooled('export const handler = async () => process.env;');
    const { payload } = (await pool.run({})) as { payload: Record<string, string> };
    expect(payload.ONLY).toBe('mine');
    expect(Object.keys(payload).filter((name) => !['ONLY', '_X_AMZN_TRACE_ID'].includes(name))).toEqual([]);
  });

  test('one event at a time, each environment with its own memory, at most two of them', async () => {
    const { pool } = pooled(`let busy = 0, calls = 0;
      export const handler = async () => { busy += 1; const seen = busy; calls += 1; await new Promise((r) => setTimeout(r, 30)); busy -= 1; return { seen, calls }; };`);
    const outcomes = (await Promise.all(Array.from({ length: 6 }, () => pool.run({})))) as {
      payload: { seen: number; calls: number };
    }[];
    expect(outcomes.every(({ payload }) => payload.seen === 1)).toBe(true);
    expect(outcomes.reduce((sum, { payload }) => Math.max(sum, payload.calls), 0)).toBeGreaterThan(1);
    expect(pool.size).toEqual({ environments: 2, calls: 0 });
  });

  test('events and answers travel as JSON', async () => {
    const { pool } = pooled(
      'export const handler = async (event) => ({ event, nothing: undefined, when: new Date(0) });',
    );
    expect(await pool.run({ a: undefined, b: 1 })).toMatchObject({
      payload: { event: { b: 1 }, when: '1970-01-01T00:00:00.000Z' },
    });
    expect(await pooled('export const handler = async () => {};').pool.run({})).toMatchObject({
      ok: true,
      payload: null,
    });
  });
});

describe('a failure', () => {
  test('thrown: its type, message and stack', async () => {
    const { pool } = pooled("export const handler = async () => { throw new RangeError('too far'); };");
    expect(await pool.run({})).toMatchObject({
      ok: false,
      errorType: 'RangeError',
      errorMessage: 'too far',
      stack: expect.arrayContaining(['RangeError: too far']),
    });
    expect(pool.size.environments).toBe(1);
  });

  test('a time-out ends the environment, even in a loop; what it printed is heard, and the next event gets a new one', async () => {
    const { pool, printed } = pooled(
      "let calls = 0; export const handler = async (how) => { calls += 1; if (how === 'spin') { console.log('spinning'); for (;;); } return calls; };",
      { timeoutMs: 300 },
    );
    expect(await pool.run('once')).toMatchObject({ payload: 1 });
    const outcome = await pool.run('spin', 'the-request');
    expect(outcome).toMatchObject({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: the-request Error: Task timed out after 0.30 seconds',
    });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(290);
    expect(printed.join('')).toBe('spinning\n');
    expect(await pool.run('once')).toMatchObject({ payload: 1 });
  });

  test.each<[string, string, object]>([
    [
      'an exit',
      'process.exit(3)',
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') },
    ],
    [
      'a rejection nobody caught',
      "Promise.reject(new Error('lost')); await new Promise(() => {});",
      { errorType: 'Error', errorMessage: 'lost' },
    ],
    [
      'too much memory',
      'const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length));',
      { errorType: 'Error', errorMessage: expect.stringContaining('memory') },
    ],
  ])('%s ends the environment', async (_, statement, expected) => {
    const { pool } = pooled(`export const handler = async () => { ${statement} };`, {
      timeoutMs: 10_000,
      memoryMb: 64,
    });
    expect(await pool.run({})).toMatchObject({ ok: false, ...expected });
    expect(pool.size.environments).toBe(0);
  });
});

describe('reserved concurrency', () => {
  test('fewer than the laptop would allow', async () => {
    const { pool } = pooled(
      'export const handler = () => new Promise((r) => setTimeout(r, 10, 1));',
      { reserved: 1 },
      'index.mjs',
      4,
    );
    await Promise.all([pool.run({}), pool.run({}), pool.run({})]);
    expect(pool.size.environments).toBe(1);
  });

  test('none: switched off', async () => {
    expect(await pooled('export const handler = async () => 1;', { reserved: 0 }).pool.run({})).toMatchObject({
      ok: false,
      errorType: 'TooManyRequestsException',
    });
  });
});

test('closing ends what runs and what waits', async () => {
  const { pool } = pooled('export const handler = () => new Promise(() => {});', { reserved: 1 });
  const calls = [pool.run({}), pool.run({})];
  await new Promise((resolve) => setTimeout(resolve, 150));
  await pool.close();
  expect((await Promise.all(calls)).map(({ ok }) => ok)).toEqual([false, false]);
});
