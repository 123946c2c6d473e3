import { request as httpRequest } from 'node:http';
import { whyWrong } from './judge-answer.ts';
import { type FuzzRequest, makeRequest } from './make-request.ts';
import { whyNotSound } from './read-back.ts';
import { openWorld, type World } from './world.ts';

export interface CampaignOptions {
  readonly assemblyDir: string;
  /** Emptied at the end. */
  readonly dataDir: string;
  readonly seed: number;
  readonly inputs: number;
  /** Number of the first input; another than 0 to send one again. */
  readonly first?: number;
  /** Inputs sent over the wire too, one of so many. */
  readonly overTheWire?: number;
  /** Inputs after which what is stored is read back. */
  readonly batch?: number;
  readonly say?: (line: string) => void;
}
export interface Campaign {
  readonly sent: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Routes that took at least one input: what was tried at all. */
  readonly taken: readonly string[];
  readonly routes: readonly string[];
  readonly failures: readonly string[];
}

/** At once: two functions at work while others wait for a table. */
const WIDTH = 6;
const MOST_FAILURES = 20;

/** Sends so many inputs and reads back what they left; every failure says how to see it again. */
export async function campaign(options: CampaignOptions): Promise<Campaign> {
  const {
    assemblyDir,
    dataDir,
    seed,
    inputs,
    first = 0,
    batch = 10_000,
    overTheWire = 50,
    say = () => undefined,
  } = options;
  const world = await openWorld(assemblyDir, dataDir);
  const failures: string[] = [];
  const byStatus: Record<string, number> = {};
  const taken = new Set<string>();
  const fail = (failure: string) => {
    failures.push(failure);
    say(`FAIL  ${failure}`);
  };
  const rejected = (reason: unknown) => fail(`an unhandled rejection: ${(reason as Error)?.stack ?? reason}`);
  process.on('unhandledRejection', rejected);
  try {
    let next = first;
    const end = first + inputs;
    const worker = async (limit: number) => {
      while (next < limit && failures.length < MOST_FAILURES) {
        const input = makeRequest(seed, next, world.routeKeys, world.names);
        next += 1;
        const sent = await world.send(input);
        const { status } = sent.answer;
        byStatus[status] = (byStatus[status] ?? 0) + 1;
        if (status < 400) taken.add(input.routeKey);
        const why =
          whyWrong(input, sent) ??
          (input.number % overTheWire === 0 ? await whyWrongOverTheWire(world, input) : undefined);
        if (why) fail(tellOf(input, seed, why));
      }
    };
    while (next < end && failures.length < MOST_FAILURES) {
      const limit = Math.min(end, next + batch);
      await Promise.all(Array.from({ length: WIDTH }, () => worker(limit)));
      await world.laptop.idle(600_000);
      const odd = await whyNotSound(world);
      if (odd.length > 0)
        fail(
          `after ${next} inputs of seed ${seed} something is stored that should not be:\n  ${odd.slice(0, 10).join('\n  ')}`,
        );
      say(
        `${next - first} of ${inputs} inputs, seed ${seed}: ${failures.length} failures; ${JSON.stringify(byStatus)}`,
      );
    }
    return { sent: next - first, byStatus, taken: [...taken].sort(), routes: world.routeKeys, failures };
  } finally {
    process.off('unhandledRejection', rejected);
    await world.close();
  }
}

/** The input in full, and the command that sends it again. */
function tellOf({ body, ...input }: FuzzRequest, seed: number, why: string): string {
  const text = body.toString('utf8');
  const shown = Buffer.from(text).equals(body)
    ? text.slice(0, 2_000)
    : `base64 ${body.toString('base64').slice(0, 2_000)}`;
  return `${input.routeKey}: ${why}\n  ${JSON.stringify(input)}\n  body: ${shown}\n  again: npm run fuzz -- --seed ${seed} --only ${input.number}`;
}

/** The same input through a socket and the whole gateway; its own limits (`429`) and refusals are no fault. */
async function whyWrongOverTheWire(world: World, input: FuzzRequest): Promise<string | undefined> {
  const status = await statusOverTheWire(world, input);
  return status !== undefined && status >= 500 && status !== 503 ? `over the wire it answered ${status}` : undefined;
}

function statusOverTheWire(
  world: World,
  { routeKey, method, path, query, headers, body, caller, cookies, at }: FuzzRequest,
): Promise<number | undefined> {
  const key = world.keys[caller];
  return new Promise((resolve) => {
    try {
      const sent = httpRequest(
        world.addressOf(routeKey),
        {
          method,
          path: query ? `${path}?${query}` : path,
          headers: {
            ...headers,
            'x-tributary-time': at,
            ...(key && { authorization: `Bearer ${key}` }),
            ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
            'content-length': body.length,
          },
        },
        (response) => response.resume().on('end', () => resolve(response.statusCode)),
      );
      sent.on('error', () => resolve(undefined));
      sent.end(body);
    } catch {
      // No client of HTTP can send it.
      resolve(undefined);
    }
  });
}
