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
/** Pairs of click and baseline; each pair sees the machine in one state, so its ratio hardly depends on who else runs. */
const CPU_ROUNDS = 9;

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
    const pairs: number[] = [];
    for (const entry of entries) {
      const file = eventFile(entry);
      const samples: Sample[] = [];
      for (let round_ = 0; round_ < SAMPLES; round_ += 1) {
        samples.push(sample(entry, file));
        if (entry === 'track/click') {
          const beside = sample('baseline', clickFile);
          baseline.push(beside);
          pairs.push(initMs(samples.at(-1)!) / initMs(beside));
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
    const click = functions.find(({ entry }) => entry === 'track/click')!;
    const baselineMs = median(baseline.map(initMs));
    const cpu = { click: [] as number[], baseline: [] as number[] };
    for (let round_ = 0; round_ < CPU_ROUNDS; round_ += 1) {
      cpu.click.push(sample('track/click', clickFile, STEADY_CALLS).cpuMicrosPerCall!);
      cpu.baseline.push(sample('baseline', clickFile, STEADY_CALLS).cpuMicrosPerCall!);
    }
    const figures: Figure[] = [
      { key: 'click.bundleKb', value: click.kilobytes, unit: 'KB', what: 'click handler, minified', bar: '≤ 60' },
      {
        key: 'click.initRatio',
        value: round(median(pairs), 3),
        unit: '×',
        what: 'import + first call, click handler / document-client handler, by pairs',
        bar: '≤ 0.4',
      },
      {
        key: 'click.cpuMicros',
        value: round(median(cpu.click), 0),
        unit: 'µs',
        what: 'CPU per click, handler and client',
      },
      {
        key: 'click.cpuRatio',
        value: round(median(cpu.click.map((micros, place) => micros / cpu.baseline[place]!)), 3),
        unit: '×',
        what: 'CPU per click / document-client handler, by pairs measured one after the other',
        bar: '≤ 0.33',
      },
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
        `${SAMPLES} fresh processes for each function, medians; the AWS wire is an instant stand-in in another process. A function gets the sample event of its trigger; one that the stand-in's empty answers stop early shows little more than its import.`,
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
