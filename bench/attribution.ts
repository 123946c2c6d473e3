import { performance } from 'node:perf_hooks';
import { type Chain, chainOf } from '../lib/attribution/compare/chain.ts';
import { type Rule, shareByRule } from '../lib/attribution/compare/heuristics.ts';
import { type Journeys, worthSharing } from '../lib/attribution/compare/journeys.ts';
import { splitSteps, touchWeights } from '../lib/attribution/compare/per-journey.ts';
import { readCsv } from '../lib/attribution/compare/read-csv.ts';
import { removalEffects } from '../lib/attribution/compare/removal-effects.ts';
import { shapley } from '../lib/attribution/compare/shapley.ts';
import { type Figure, round, type Section } from './figures.ts';
import { journeysOf } from './journeys.ts';
import { duckDb } from './peers/duckdb.ts';

/** Cores may be shared, and others only ever add time: the fastest round is what the work takes. */
const ROUNDS = 9;
const SAMPLES = 100;
const RULES: readonly Rule[] = [
  { model: 'last' },
  { model: 'first' },
  { model: 'linear' },
  { model: 'linear-distinct' },
  { model: 'position', first: 40, middle: 20, last: 40 },
  { model: 'decay', halfLifeMs: 7 * 86_400_000 },
];

function timed<T>(work: () => T): { ms: number; answer: T } {
  const started = performance.now();
  const answer = work();
  return { ms: performance.now() - started, answer };
}

/** CPU time of the whole process since then: what work takes when nobody shares the cores. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return round((user + system) / 1000);
}

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  return cpuSince(before);
}

const fastestMs = (work: () => unknown, rounds = ROUNDS) =>
  round(Math.min(...Array.from({ length: rounds }, () => timed(work).ms)));

const named = (model: string) => model.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The comparisons of attribution: rules beside DuckDB, exact removal effects, Shapley, reading a file, and how exact all of it is. */
export async function attribution(announce: (line: string) => void): Promise<Section> {
  const figures: Figure[] = [];
  const notes = [
    'Seeded journeys: 1,000 partners by Zipf 1.1, mean length 2.5, 15 % repeats, conversion by the last partner’s type. Our own generator (seed 20261).',
    `The fastest of ${ROUNDS} rounds, one thread, data in memory; Shapley once. Rules and DuckDB in turns, both in CPU time, so that shared cores do not decide.`,
  ];
  for (const [name, count] of [
    ['1e5', 100_000],
    ['1e6', 1_000_000],
  ] as const) {
    announce(`${count} journeys …`);
    const journeys = journeysOf(count);
    removalEffects(journeys, 1);
    figures.push({
      key: `attribution.markov${name}Ms`,
      value: fastestMs(() => removalEffects(journeys, 1)),
      unit: 'ms',
      bar: name === '1e6' ? '≤ 1500, goal 300' : '≤ 1000',
      what: `exact removal effects, order 1, ${journeys.touches.length} touches`,
    });
    figures.push({
      key: `attribution.markov${name}CpuMs`,
      value: Math.min(...Array.from({ length: ROUNDS }, () => cpuMs(() => removalEffects(journeys, 1)))),
      unit: 'ms',
      what: 'the same in CPU time of the process, which is what it takes when the cores are not shared',
    });
    const { ms, answer } = timed(() => shapley(journeys, { seed: 1, samples: SAMPLES }));
    figures.push({
      key: `attribution.shapley${name}Ms`,
      value: round(ms),
      unit: 'ms',
      what: `Shapley on rates, ${SAMPLES} orders of joining; standard error of a partner at most ${((100 * Math.max(...answer.errors)) / answer.rate).toPrecision(2)} % of all credit`,
    });
    if (name === '1e5') {
      announce('dense inverse …');
      figures.push({
        key: 'attribution.removalError',
        value: Number(removalError(journeys).toPrecision(2)),
        unit: '',
        bar: '≤ 1e-9',
        what: 'largest difference to removal effects by a dense inverse with pivoting, 1,000 partners',
      });
    } else {
      figures.push({
        key: 'attribution.selection1e6Ms',
        value: fastestMs(() => worthSharing({ ...journeys })),
        unit: 'ms',
        what: 'putting aside the journeys that converted; once for a file, by the first rule that asks, and not in the figures of the rules',
      });
      figures.push(...(await rules(journeys, announce, notes)));
      announce('cents …');
      figures.push({
        key: 'attribution.centsWrong',
        value: centsWrong(journeys),
        unit: '',
        bar: '0',
        what: 'conversions whose parts, in whole cents, do not add up to the order; all rules',
      });
      const csv = csvOf(journeys);
      figures.push({
        key: 'attribution.csv1e6Ms',
        value: fastestMs(() => readCsv([csv])),
        unit: 'ms',
        what: `reading ${count} rows of the export form, ${Math.round(csv.length / 1e6)} MB, one row a journey`,
      });
    }
  }
  const few = journeysOf(100_000, 12);
  figures.push({
    key: 'attribution.shapley12Ms',
    value: fastestMs(() => shapley(few, { seed: 1, samples: 1 })),
    unit: 'ms',
    what: 'exact Shapley on rates, 12 partners, 100,000 journeys',
  });
  return { title: 'Attribution, compared', figures, notes };
}

async function rules(journeys: Journeys, announce: (line: string) => void, notes: string[]): Promise<Figure[]> {
  announce('loading DuckDB …');
  const peer = await duckDb(journeys);
  notes.push(
    peer
      ? `DuckDB ${peer.version}, threads = 1, tables of the same columns (touches: journey, position, partner, time; journeys: length, end, conversions, value), prepared statements, both sides give conversions and value; every partner’s cents agree.`
      : 'DuckDB is not installed for this platform (@duckdb/node-api), so there is nothing to compare the rules with.',
  );
  const figures: Figure[] = [];
  for (const rule of RULES) {
    announce(`${rule.model} …`);
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let at = -1; at < ROUNDS; at += 1) {
      let used = process.cpuUsage();
      const answer = shareByRule(journeys, rule);
      const mine = cpuSince(used);
      used = process.cpuUsage();
      const other = await peer?.run(rule.model);
      if (other) {
        sameCents(rule.model, answer.value, other.value);
        if (at >= 0) theirs.push(cpuSince(used));
      }
      if (at >= 0) ours.push(mine);
    }
    const key = named(rule.model);
    figures.push({
      key: `attribution.${key}1e6Ms`,
      value: round(Math.min(...ours)),
      unit: 'ms',
      what: `${rule.model}, conversions and value`,
    });
    if (!peer) continue;
    figures.push({
      key: `attribution.${key}VsDuckdb`,
      value: round(Math.min(...theirs) / Math.min(...ours), 1),
      unit: '×',
      bar: '≥ 8, goal 15',
      what: `DuckDB ${round(Math.min(...theirs), 1)} ms / ours`,
    });
  }
  peer?.close();
  return figures;
}

function sameCents(model: string, ours: Float64Array, theirs: Float64Array): void {
  ours.forEach((cents, partner) => {
    if (Math.abs(cents - theirs[partner]!) > 0.01) {
      throw new Error(`${model}: partner ${partner} gets ${cents} here and ${theirs[partner]} from DuckDB`);
    }
  });
}

function centsWrong(journeys: Journeys): number {
  let wrong = 0;
  const [weights, parts] = [new Float64Array(64), new Float64Array(64)];
  for (const rule of RULES) {
    for (let j = 0; j < journeys.count; j += 1) {
      const value = journeys.value.units[j]!;
      if (value === 0) continue;
      const n = touchWeights(journeys, j, rule, weights);
      splitSteps(value, weights, n, parts);
      let sum = 0;
      for (let t = 0; t < n; t += 1) sum += Number.isInteger(parts[t]) ? parts[t]! : Number.NaN;
      if (sum !== value) wrong += 1;
    }
  }
  return wrong;
}

/** Against N computed in full with partial pivoting, by the textbook formula. */
function removalError(journeys: Journeys): number {
  const chain = chainOf(journeys, 1);
  const inverse = denseInverse(chain);
  const n = chain.states;
  const [visits, conversion] = [new Float64Array(n), new Float64Array(n)];
  let whole = 0;
  for (let x = 0; x < n; x += 1) {
    for (let y = 0; y < n; y += 1) {
      visits[y]! += chain.start[x]! * inverse[x]![y]!;
      conversion[x]! += inverse[x]![y]! * chain.convert[y]!;
    }
    whole += chain.start[x]! * conversion[x]!;
  }
  const effects = removalEffects(journeys, 1);
  let error = 0;
  for (let i = 0; i < n; i += 1) {
    error = Math.max(error, Math.abs(effects[i]! - ((visits[i]! / inverse[i]![i]!) * conversion[i]!) / whole));
  }
  return error;
}

function denseInverse({ states: n, rows, to, probability }: Chain): Float64Array[] {
  const a = Array.from({ length: n }, (_, x) => {
    const row = new Float64Array(2 * n);
    row[x] = 1;
    row[n + x] = 1;
    for (let e = rows[x]!; e < rows[x + 1]!; e += 1) row[to[e]!]! -= probability[e]!;
    return row;
  });
  for (let k = 0; k < n; k += 1) {
    let best = k;
    for (let i = k + 1; i < n; i += 1) if (Math.abs(a[i]![k]!) > Math.abs(a[best]![k]!)) best = i;
    [a[k], a[best]] = [a[best]!, a[k]!];
    const pivot = a[k]!;
    const scale = 1 / pivot[k]!;
    for (let j = k; j < 2 * n; j += 1) pivot[j]! *= scale;
    for (let i = 0; i < n; i += 1) {
      const row = a[i]!;
      const factor = row[k]!;
      if (i !== k && factor !== 0) for (let j = k; j < 2 * n; j += 1) row[j]! -= factor * pivot[j]!;
    }
  }
  return a.map((row) => row.subarray(n));
}

function csvOf(journeys: Journeys): Uint8Array {
  const lines = ['path,total_conversions,total_conversion_value,total_null'];
  for (let j = 0; j < journeys.count; j += 1) {
    const path: string[] = [];
    for (let t = journeys.starts[j]!; t < journeys.starts[j + 1]!; t += 1)
      path.push(journeys.partners[journeys.touches[t]!]!);
    lines.push(
      `${path.join(' > ')},${journeys.conversions.units[j]},${journeys.value.units[j]! / 100},${journeys.nulls[j]}`,
    );
  }
  return new TextEncoder().encode(lines.join('\n'));
}
