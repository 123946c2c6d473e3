import { setTimeout as pause } from 'node:timers/promises';
import type * as z from 'zod';
import { atOnce } from '../../lib/at-once.ts';
import { wallClockMs } from '../../lib/clock.ts';
import type { PartnerAnswer } from '../../lib/http/contracts/partners.ts';
import { path } from '../../web/parts.ts';
import {
  type ExcludedPage,
  type FindingPage,
  type ItemPage,
  type NamedRun,
  type OpenedRun,
  partnersOn,
  type Run,
} from '../../web/payouts/opened-run.ts';
import { type BrandDesk, brandDesk, type Refusal, type Reply } from './brand-desk.ts';
import type { Rooms } from './rooms.ts';

export interface RunList {
  /** Newest first by what they reason from; of each program one page. */
  readonly runs: readonly NamedRun[];
  readonly programs: readonly { readonly programId: string; readonly name: string }[];
  /** Programs with older runs, and where those begin. */
  readonly older: readonly { readonly programId: string; readonly name: string; readonly cursor: string }[];
}

/** The payout runs of the first brand, as its people see them through the API. */
export interface PayoutBook {
  /** `undefined` before the first brand was made. */
  desk(): BrandDesk | undefined;
  list(desk: BrandDesk, of?: { readonly programId?: string; readonly cursor?: string }): Promise<Reply<RunList>>;
  open(
    desk: BrandDesk,
    runId: string,
    from: { readonly items?: string; readonly excluded?: string },
  ): Promise<Reply<OpenedRun>>;
  /** The runs that await approval, among the newest page of every program; as last seen when the API takes its time. */
  awaiting(): Promise<readonly NamedRun[]>;
  /** The same without waiting, for every page's menu: as last seen, which may be some seconds ago. */
  lastAwaiting(): readonly NamedRun[];
}

const LIST_LIMIT = 50;
const DETAIL_LIMIT = 200;
/** Requests at once; the laptop's functions run in few environments. */
const WIDTH = 4;
/** What was seen is good for this long: a page that is left open should not keep the brand API busy. */
const FRESH_MS = 10_000;
/** A page about something else waits no longer than this. */
const GLANCE_MS = 2_000;

export function payoutBook({ brand }: Pick<Rooms, 'brand'>): PayoutBook {
  let seen: readonly NamedRun[] = [];
  let seenAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<unknown> | undefined;

  const desk = () => {
    const credentials = brand();
    return credentials && brandDesk(credentials);
  };

  const list: PayoutBook['list'] = (at, of = {}) =>
    replying(async () => {
      const programs = await everyRow<{ programId: string; name: string }>(at, '/v1/programs');
      const chosen = programs.filter(({ programId }) => of.programId === undefined || programId === of.programId);
      const pages = await atOnce(WIDTH, chosen, async ({ programId, name }) => {
        const query = new URLSearchParams({ programId, limit: String(LIST_LIMIT) });
        if (of.cursor) query.set('cursor', of.cursor);
        const { items, nextCursor } = await read<Page<Run>>(at, `/v1/payouts?${query}`);
        return { programId, name, cursor: nextCursor, runs: items.map((run) => ({ ...run, program: name })) };
      });
      const runs = pages.flatMap((page) => page.runs).sort((a, b) => (a.asOf < b.asOf ? 1 : a.asOf > b.asOf ? -1 : 0));
      if (of.programId === undefined) {
        seen = runs.filter(awaits);
        seenAtMs = wallClockMs();
      }
      const older = pages.flatMap(({ cursor, ...program }) => (cursor === undefined ? [] : [{ ...program, cursor }]));
      return { runs, programs, older };
    });

  const open: PayoutBook['open'] = (at, runId, from) =>
    replying(async () => {
      const address = `/v1${path('payouts', runId)}`;
      const run = await read<Run>(at, address);
      if (!awaits(run)) seen = seen.filter((other) => other.runId !== runId);
      const rows = <Answer>(what: string, cursor: string | undefined) => {
        const query = new URLSearchParams({ limit: String(DETAIL_LIMIT), ...(cursor ? { cursor } : {}) });
        return read<Answer>(at, `${address}/${what}?${query}`);
      };
      const items = await rows<ItemPage>('items', from.items);
      const excluded = await rows<ExcludedPage>('excluded', from.excluded);
      const findings = await rows<FindingPage>('findings', undefined);
      const { name: program } = await read<{ name: string }>(at, `/v1${path('programs', run.programId)}`);
      return {
        run: { ...run, program },
        items,
        excluded,
        findings,
        names: await namesOf(at, partnersOn({ run, items, excluded, findings })),
      };
    });

  const look = (): Promise<unknown> => {
    const at = desk();
    if (!at || wallClockMs() - seenAtMs < FRESH_MS) return Promise.resolve();
    // Whatever goes wrong is told by the section itself, where somebody asks for it.
    looking ??= list(at)
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  return {
    desk,
    list,
    open,
    async awaiting() {
      await Promise.race([look(), pause(GLANCE_MS, undefined, { ref: false })]);
      return seen;
    },
    lastAwaiting() {
      void look();
      return seen;
    },
  };
}

const awaits = ({ status }: Run) => status === 'awaiting-approval';

interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextCursor?: string | undefined;
}

/** Carries a refusal of one of several reads out to {@link replying}. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

async function replying<Answer>(work: () => Promise<Answer>): Promise<Reply<Answer>> {
  try {
    return { ok: true, answer: await work() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

/** Everybody may read; whoever makes the runs does it here. */
async function read<Answer>(desk: BrandDesk, address: string): Promise<Answer> {
  const reply = await desk.ask<Answer>('finance', 'GET', address);
  if (!reply.ok) throw new Refused(reply.refusal);
  return reply.answer;
}

/** The rows of a list, read page by page for as long as the reader wants more. */
async function* rowsOf<Row>(desk: BrandDesk, address: string): AsyncGenerator<Row> {
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(DETAIL_LIMIT), ...(cursor ? { cursor } : {}) });
    const page: Page<Row> = await read(desk, `${address}${address.includes('?') ? '&' : '?'}${query}`);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

async function everyRow<Row>(desk: BrandDesk, address: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of rowsOf<Row>(desk, address)) rows.push(row);
  return rows;
}

/** Reads partners until all that are asked for are named: one request for most brands, where one for each partner would be hundreds. */
async function namesOf(desk: BrandDesk, partnerIds: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  if (partnerIds.size === 0) return names;
  for await (const { partnerId, name } of rowsOf<z.output<typeof PartnerAnswer>>(desk, '/v1/partners')) {
    if (partnerIds.has(partnerId)) names.set(partnerId, name);
    if (names.size === partnerIds.size) break;
  }
  return names;
}
