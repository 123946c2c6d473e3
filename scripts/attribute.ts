/**
 * `npm run --silent attribute -- --model markov --input journeys.csv`: who contributed what, by any model, on an exported file of journeys.
 * Standard output holds the answer as CSV and nothing else.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { inStepsOf } from '../lib/attribution/compare/amounts.ts';
import { type Comparison, compare } from '../lib/attribution/compare/compare.ts';
import { InputProblem } from '../lib/attribution/compare/input-problem.ts';
import type { Journeys } from '../lib/attribution/compare/journeys.ts';
import { readCsv } from '../lib/attribution/compare/read-csv.ts';
import { readNdjson } from '../lib/attribution/compare/read-ndjson.ts';
import { BadRequest, type Request, readOptions, USAGE } from './attribute/options.ts';

const CHUNK_BYTES = 8 * 2 ** 20;
const STANDARD_INPUT = 0;

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

/** The file in chunks, each in memory of its own. */
function* chunksOf(descriptor: number): Generator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    let filled = 0;
    while (filled < chunk.length) {
      const read = readSome(descriptor, chunk, filled);
      if (read === 0) break;
      filled += read;
    }
    if (filled > 0) yield chunk.subarray(0, filled);
    if (filled < chunk.length) return;
  }
}

function readSome(descriptor: number, into: Uint8Array, at: number): number {
  for (;;) {
    try {
      return readSync(descriptor, into, at, into.length - at, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      // A pipe that has nothing yet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Journeys of either form, told apart by the first character; and why they cannot serve a model that needs times. */
function read(chunks: Generator<Uint8Array>): { journeys: Journeys; untimed?: string } {
  const head = chunks.next();
  const first = head.done ? new Uint8Array(0) : head.value;
  const whole = (function* () {
    yield first;
    yield* chunks;
  })();
  const start = new TextDecoder().decode(first.subarray(0, 4096)).trimStart();
  if (start.startsWith('{')) {
    const { journeys, untimed } = readNdjson(whole);
    return { journeys, ...(untimed === undefined ? {} : { untimed: `has no time at ${untimed}` }) };
  }
  return {
    journeys: readCsv(whole),
    untimed: 'is of the export form, which has no times; give journeys with times, one JSON object a line',
  };
}

function field(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvOf({ rows }: Comparison, errors: boolean): string {
  const header = `partner,conversions,value,removal_effect${errors ? ',standard_error' : ''}\n`;
  const lines = rows.map(({ partner, conversions, value, removalEffect, standardError }) => {
    const error = errors ? `,${standardError?.toFixed(6) ?? ''}` : '';
    return `${field(partner)},${conversions},${value},${removalEffect?.toFixed(12) ?? ''}${error}\n`;
  });
  return header + lines.join('');
}

function write(text: string): void {
  const bytes = Buffer.from(text);
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Whoever reads has seen enough, as `head` has.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function open(input: string): number {
  try {
    return input === '-' ? STANDARD_INPUT : openSync(input, 'r');
  } catch (error) {
    return fail(`--input ${input}: ${(error as Error).message}`);
  }
}

function request(): Request {
  try {
    const asked = readOptions(process.argv.slice(2));
    if (asked !== 'help') return asked;
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return fail(`${error.message}\n\n${USAGE}`);
  }
  console.error(USAGE);
  return process.exit(0);
}

const asked = request();
const { input, model, lookbackMs, rounding } = asked;
for (const option of asked.idle) console.error(`${option} changes nothing for --model ${model.model}`);
const named = input === '-' ? 'standard input' : input;
try {
  const descriptor = open(input);
  const { journeys, untimed } = read(chunksOf(descriptor));
  if (descriptor !== STANDARD_INPUT) closeSync(descriptor);
  if (untimed !== undefined && (model.model === 'decay' || lookbackMs !== undefined)) {
    const what = lookbackMs === undefined ? '--model decay' : '--lookback';
    fail(`${what} needs the time of every touch and conversion, and ${named} ${untimed}`);
  }
  // What is paid is paid in cents, also where the file has whole units only.
  const paid = rounding === 'each' ? { ...journeys, value: inStepsOf(journeys.value, 2) } : journeys;
  const comparison = compare(paid, model, { ...(lookbackMs === undefined ? {} : { lookbackMs }), rounding });
  write(csvOf(comparison, asked.errors));
  const nobody = comparison.rows.find(({ partner }) => partner === '');
  if (nobody) {
    console.error(
      `${nobody.conversions} conversions worth ${nobody.value} belong to no partner (journeys without a touch, or whose partners have no effect in this model); they stand in the row without a name`,
    );
  }
  if (model.model === 'shapley' && comparison.largestError !== undefined) {
    console.error(
      `${journeys.partners.length} partners: values were drawn (${model.samples} orders of joining, seed ${model.seed}); standard error at most ${comparison.largestError.toPrecision(3)} conversions a partner (--errors lists them, --samples lowers them)`,
    );
  }
} catch (error) {
  if (error instanceof InputProblem) fail(`${named}, ${error.message}`);
  if ((error as NodeJS.ErrnoException).code !== undefined || error instanceof RangeError) {
    fail(`${named}: ${(error as Error).message}`);
  }
  throw error;
}
