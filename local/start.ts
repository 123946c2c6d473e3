/**
 * `npm start`: the synthesized stacks on this machine, a two-month story told through their public endpoints, and the addresses to look around.
 * State is kept under `.local/` and survives a restart, also a hard one.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wallClockMs } from '../lib/clock.ts';
import { bootStacks } from './boot.ts';
import { firstBrand } from './first-brand.ts';
import { report } from './story/report.ts';
import { tell } from './story/tell.ts';
import { forgetOlder, synthesized } from './synthesized.ts';

const USAGE = `Usage: npm start -- [options]

  --once         tell the story, print the statements, end
  --fresh        forget everything kept under the data folder first
  --no-story     only boot
  --port N       first port (default 4400: the laptop page; the two HTTP APIs follow; AWS APIs at N + 99)
  --data DIR     data folder (default .local)
  --seed N       another story (default 7)
  --month YYYY-MM  first of the two months (default: two months ago)`;

function options() {
  try {
    return parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        'no-story': { type: 'boolean', default: false },
        port: { type: 'string' },
        data: { type: 'string', default: '.local' },
        seed: { type: 'string', default: '7' },
        month: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** The month two before the one of the wall clock: a story that ended yesterday, so to speak. */
function twoMonthsAgo(): string {
  const now = new Date(wallClockMs());
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 1)).toISOString().slice(0, 7);
}

const chosen = options();
if (chosen.help) {
  console.log(USAGE);
  process.exit(0);
}
const month = chosen.month ?? twoMonthsAgo();
if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) {
  console.error(`--month must be a month such as 2026-03, got "${month}"`);
  process.exit(2);
}
for (const name of ['port', 'seed'] as const) {
  if (chosen[name] !== undefined && !/^\d{1,9}$/.test(chosen[name])) {
    console.error(`--${name} must be a whole number, got "${chosen[name]}"`);
    process.exit(2);
  }
}

let stopping = false;

async function main(): Promise<void> {
  const root = join(import.meta.dirname, '..');
  const dataDir = chosen.data;
  const { assemblyDir, made } = synthesized(root, join(dataDir, 'assemblies'));
  console.log(made ? 'Synthesized the stacks of the dev stage.' : 'The stacks are as synthesized before.');
  const laptop = await bootStacks({
    assemblyDir,
    dataDir,
    fresh: chosen.fresh,
    // The wall clock must not settle a story whose months are still being told.
    schedules: 'paused',
    ...(chosen.port === undefined ? {} : { settings: { port: Number(chosen.port) } }),
  });

  forgetOlder(assemblyDir);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(1);
      stopping = true;
      console.log('\nEnding; the next start goes on from here.');
      await laptop.close();
      process.exit(0);
    });
  }

  const told = join(dataDir, 'story-told');
  const credentials = await firstBrand(laptop, dataDir);
  console.log(`Booted ${laptop.assembly.resources.length} resources. Laptop page: ${laptop.pageUrl}\n`);
  if (existsSync(told)) console.log('The story was told on an earlier start; `--fresh` tells it again.');
  else if (!chosen['no-story']) {
    const telling = await tell({
      credentials,
      dataDir,
      seed: Number(chosen.seed),
      firstDay: `${month}-01`,
      idle: () => laptop.idle(600_000),
    });
    console.log(await report(telling, laptop, !chosen.once));
    writeFileSync(told, `seed ${chosen.seed}, from ${month}\n`);
  }
  if (chosen.once) {
    await laptop.close();
    console.log(`\nEnded; everything is kept under ${dataDir}. \`npm start\` opens it again.`);
    process.exit(0);
  }
  laptop.schedules.resume();
  console.log(`
Laptop page    ${laptop.pageUrl}
Brand API      ${credentials.apiUrl}   (reference page and /openapi.json)
Tracking       ${credentials.trackingUrl}/c/{link}
AWS APIs       ${laptop.awsEndpoint}   (aws --endpoint-url, any key)
API keys       ${join(dataDir, 'credentials.json')}`);
  console.log('\nStays up; Ctrl-C ends it.');
}

/** A refusal that says what to do needs no stack; `TRIBUTARY_DEBUG=1` shows it all the same. */
main().catch((error: unknown) => {
  // Ctrl-C cuts off whatever was under way; that is no failure to report.
  if (stopping) return;
  console.error(process.env.TRIBUTARY_DEBUG ? error : `\n${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
