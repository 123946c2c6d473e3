import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Size, type Story, story } from '../../events/stories/story.ts';
import { DAY_MS, epochMs, instant } from '../../lib/time.ts';
import type { Credentials } from '../credentials.ts';
import { type Progress, progress } from '../progress.ts';
import { auditLedger } from './audit.ts';
import { brandApi } from './brand-api.ts';
import { closeMonth, type People, type RunSummary, settleAndRelease } from './close-month.ts';
import { replay } from './replay.ts';
import { type Cast, setUp } from './set-up.ts';
import { told } from './told.ts';

export interface Telling {
  readonly story: Story;
  readonly cast: Cast;
  readonly people: People;
  readonly runs: readonly RunSummary[];
}
export interface TellOptions {
  readonly credentials: Credentials;
  /** Keeps how far the story was told. */
  readonly dataDir: string;
  readonly seed: number;
  /** The first of a month; two months are told from there. */
  readonly firstDay: string;
  readonly size?: Size;
  /** Resolves when streams and queues are drained. */
  readonly idle: () => Promise<void>;
  readonly bar?: (label: string, total: number) => Progress;
  readonly say?: (line: string) => void;
}

export function people({ apiUrl, keys }: Credentials): People {
  return {
    owner: brandApi(apiUrl, keys.owner),
    finance: brandApi(apiUrl, keys.finance),
    approver: brandApi(apiUrl, keys.approver),
  };
}

/** Ends of the weeks of a stretch of time; the last one is its own end. On AWS schedules settle every few minutes; a week keeps a replay short. */
function weeksUntil(fromMs: number, endMs: number): number[] {
  const ends: number[] = [];
  for (let toMs = fromMs + 7 * DAY_MS; toMs < endMs - 3 * DAY_MS; toMs += 7 * DAY_MS) ends.push(toMs);
  return [...ends, endMs];
}

/** The set-up's ids, kept beside the story's marks: a story that goes on a week later still knows its links. */
async function castOf(path: string, make: () => Promise<Cast>): Promise<Cast> {
  if (existsSync(path)) {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Record<keyof Cast, [string, never][]>;
    return { programs: new Map(kept.programs), partners: new Map(kept.partners), links: new Map(kept.links) };
  }
  const cast = await make();
  writeFileSync(
    path,
    JSON.stringify({ programs: [...cast.programs], partners: [...cast.partners], links: [...cast.links] }),
  );
  return cast;
}

/**
 * Tells the story through the public endpoints: two months of clicks and orders, each month settled, released and paid. Goes on where it
 * was cut off.
 */
export async function tell({
  credentials,
  dataDir,
  seed,
  firstDay,
  size,
  idle,
  bar = progress,
  say = console.log,
}: TellOptions): Promise<Telling> {
  const one = story(seed, firstDay, size);
  const marks = told(dataDir);
  const who = people(credentials);
  const cast = await castOf(join(dataDir, 'cast.json'), () => setUp(who.owner, who.finance, one, bar));
  const stage = { trackingUrl: credentials.trackingUrl, api: who.owner, cast, told: marks };
  const runs: RunSummary[] = [];
  let fromMs = epochMs(`${firstDay}T00:00:00.000Z`);
  for (const end of one.monthEnds) {
    for (const toMs of weeksUntil(fromMs, epochMs(end))) {
      await replay(stage, one, fromMs, toMs, bar);
      if (toMs < epochMs(end)) await settleAndRelease(who, instant(toMs));
      fromMs = toMs;
    }
    runs.push(...(await closeMonth(who, cast, end, say)));
  }
  say('waiting until mails and daily figures are done');
  await idle();
  say(await auditLedger(who, one.monthEnds.at(-1)!));
  return { story: one, cast, people: who, runs };
}
