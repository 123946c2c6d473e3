import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundle, bundleFunctions } from '../infra/bundle.ts';
import { Env } from '../lib/names.ts';
import { type Figure, median, round, type Section } from './figures.ts';
import { startPeer } from './peers/peer.ts';
import { eventFor, LINK_ROW } from './sample-events.ts';

interface Sample {
  readonly importMs: number;
  readonly firstCallMs: number;
  /** CPU time of both. */
  readonly initCpuMs: number;
  readonly cpuMicrosPerCall?: number;
  readonly failed?: string;
}
export interface Measured {
  readonly entry: string;
  readonly kilobytes: number;
  readonly importMs: number;
  readonly firstCallMs: number;
  /** Import and first call together, as a ratio to the document-client handler's. */
  readonly initRatio: number;
}

const SAMPLES = 15;
const STEADY_CALLS = 3_000;
/** What visitors, trackers and shops wait for, by the name of its figures: these have a budget. */
export const HOT = {
  'track/click': 'click',
  'track/postback': 'postback',
  'api/report-conversions': 'conversion',
} as const;
type Hot = keyof typeof HOT;
const isHot = (entry: string): entry is Hot => entry in HOT;

/** Pairs of a hot handler and baseline; each pair sees the machine in one state, so its ratio hardly depends on who else runs. */
const CPU_ROUNDS = 9;

/** A hot handler and the baseline, started one after the other. */
interface Pair {
  readonly hot: Sample;
  readonly beside: Sample;
}

const initMs = ({ importMs, firstCallMs }: Sample): number => importMs + firstCallMs;

/** Bundles every function, then starts each in fresh processes; the baseline's samples lie between the others', so drift hits both. */
export async function coldStart(
  root: string,
  announce: (line: string) => void,
  only?: readonly string[],
): Promise<Section & { readonly functions: readonly Measured[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-cold-'));
  const bundled = await bundleFunctions(root, dir);
  const entries = bundled.entries.filter((entry) => only?.includes(entry) ?? true);
  await bundle({ baseline: resolve(root, 'bench/baseline-handler.ts') }, dir);
  const wire = await startPeer(join(root, 'bench/peers/aws-wire.ts'), [JSON.stringify(LINK_ROW)]);
  const env = {
    PATH: process.env.PATH,
    ...Object.fromEntries(Object.values(Env).map((name) => [name, 'bench'])),
    [Env.trackingUrl]: 'https://go.example',
    [Env.lateClicksQueue]: `${wire.url}/000000000000/late-clicks`,
    [Env.mailQueue]: `${wire.url}/000000000000/mail`,
    [Env.mailSender]: 'partners@example.com',
    [Env.clickRetentionDays]: '90',
    [Env.assumedCountry]: 'US',
    [Env.workflows]: '{}',
    [Env.failureQueues]: '{}',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL: wire.url,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  };
  mkdirSync(join(dir, 'events'));
  const eventFile = (entry: string) => {
    const path = join(dir, 'events', `${entry.replaceAll('/', '-')}.json`);
    writeFileSync(path, JSON.stringify(eventFor(entry)));
    return path;
  };
  const sample = (entry: string, file: string, calls = 0): Sample => {
    const out = execFileSync(
      process.execPath,
      ['--no-warnings', join(root, 'bench/sample.cjs'), join(dir, entry, 'index.js'), file, String(calls)],
      { env },
    );
    // Functions write lines of their own; the sample's is the last.
    return JSON.parse(out.toString().trim().split('\n').at(-1)!) as Sample;
  };
  const clickFile = eventFile('track/click');

  try {
    const baseline: Sample[] = [];
    const functions: Omit<Measured, 'initRatio'>[] = [];
    const pairs = new Map<Hot, Pair[]>();
    for (const entry of entries) {
      const file = eventFile(entry);
      const samples: Sample[] = [];
      for (let round_ = 0; round_ < SAMPLES; round_ += 1) {
        samples.push(sample(entry, file));
        if (isHot(entry)) {
          const beside = sample('baseline', clickFile);
          baseline.push(beside);
          pairs.set(entry, [...(pairs.get(entry) ?? []), { hot: samples.at(-1)!, beside }]);
        } else if (round_ % 5 === 0) baseline.push(sample('baseline', clickFile));
      }
      functions.push({
        entry,
        kilobytes: round(statSync(join(dir, entry, 'index.js')).size / 1024, 1),
        importMs: round(median(samples.map(({ importMs }) => importMs)), 1),
        firstCallMs: round(median(samples.map(({ firstCallMs }) => firstCallMs)), 1),
      });
      announce(
        `${entry}: ${functions.at(-1)!.kilobytes} KB, import ${functions.at(-1)!.importMs} ms, first call ${functions.at(-1)!.firstCallMs} ms`,
      );
    }
    const baselineMs = median(baseline.map(initMs));
    const hot = functions.flatMap(({ entry, kilobytes }) => {
      if (!isHot(entry)) return [];
      const micros: number[] = [];
      const ratios: number[] = [];
      for (let round_ = 0; round_ < CPU_ROUNDS; round_ += 1) {
        micros.push(sample(entry, eventFile(entry), STEADY_CALLS).cpuMicrosPerCall!);
        ratios.push(micros.at(-1)! / sample('baseline', clickFile, STEADY_CALLS).cpuMicrosPerCall!);
      }
      announce(`${entry}: ${round(median(micros), 0)} µs a call, ${round(median(ratios), 3)} of the baseline`);
      const ofPairs = (of: (one: Sample) => number) =>
        median(pairs.get(entry)!.map(({ hot, beside }) => of(hot) / of(beside)));
      return budgetOf(HOT[entry], {
        kilobytes,
        initRatio: ofPairs(initMs),
        initCpuRatio: ofPairs(({ initCpuMs }) => initCpuMs),
        micros: median(micros),
        ratio: median(ratios),
      });
    });
    const figures: Figure[] = [
      ...hot,
      {
        key: 'baseline.initMs',
        value: round(baselineMs, 1),
        unit: 'ms',
        what: 'document-client handler, import + first call',
      },
    ];
    return {
      title: 'Cold start and CPU',
      figures,
      notes: [
        `${SAMPLES} fresh processes for each function, medians; the AWS wire is an instant stand-in in another process. A function gets the sample event of its trigger; one that the stand-in's empty answers stop early shows little more than its import. The document-client handler puts one row; the hot handlers also read what they need for their first, two to four calls in all.`,
      ],
      functions: functions.map((one) => ({
        ...one,
        initRatio: round((one.importMs + one.firstCallMs) / baselineMs, 2),
      })),
    };
  } finally {
    await wire.close();
  }
}

/** The figures of a hot handler, each beside its bar. */
function budgetOf(
  name: string,
  measured: Record<'kilobytes' | 'initRatio' | 'initCpuRatio' | 'micros' | 'ratio', number>,
) {
  const { kilobytes, initRatio, initCpuRatio, micros, ratio } = measured;
  const than = 'document-client handler, by pairs measured one after the other';
  return [
    { key: `${name}.bundleKb`, value: kilobytes, unit: 'KB', what: `${name} handler, minified`, bar: '≤ 60' },
    {
      key: `${name}.initRatio`,
      value: round(initRatio, 3),
      unit: '×',
      what: `import + first call, ${name} handler / ${than}`,
      bar: '≤ 0.4',
    },
    {
      key: `${name}.initCpuRatio`,
      value: round(initCpuRatio, 3),
      unit: '×',
      what: 'the same in CPU time of the process, which is what it takes when the cores are not shared',
    },
    { key: `${name}.cpuMicros`, value: round(micros, 0), unit: 'µs', what: `CPU per ${name}, handler and client` },
    {
      key: `${name}.cpuRatio`,
      value: round(ratio, 3),
      unit: '×',
      what: `CPU per ${name} / ${than}`,
      bar: '≤ 0.33',
    },
  ] satisfies Figure[];
}
