import { type BrandApi, everyPage, execute, until } from './brand-api.ts';
import type { Cast } from './set-up.ts';

/** The people of the story: each request is made with the key of whoever would make it. */
export interface People {
  readonly owner: BrandApi;
  /** Makes payout runs and confirms what was paid by hand. */
  readonly finance: BrandApi;
  /** Approves them: never the one who made them. */
  readonly approver: BrandApi;
}

export interface RunSummary {
  readonly program: string;
  readonly runId: string;
  readonly status: string;
  readonly itemCount: number;
  readonly totalCents: number;
  readonly currency: string;
  readonly excluded: number;
}

interface Run {
  readonly runId: string;
  readonly status: string;
  readonly itemCount: number;
  readonly totalCents: number;
  readonly currency: string;
  readonly fileHash?: string;
}
interface Item {
  readonly itemId: string;
  readonly rail: string;
  readonly status: string;
}
/** What the schedules do every few minutes and every day. */
export async function settleAndRelease(people: People, at: string): Promise<void> {
  await execute(people.owner, 'settle-conversions', { asOf: at }, at);
  await execute(people.owner, 'release-commissions', { asOf: at }, at);
}

/** Drafts, approves and pays one program's run; the brand confirms what it paid by hand. */
async function payProgram(people: People, program: string, programId: string, at: string): Promise<RunSummary> {
  const { runId } = await people.finance.call<{ runId: string }>('POST', '/v1/payouts', {
    body: { programId, asOf: at },
    at,
  });
  const read = () => people.finance.call<Run>('GET', `/v1/payouts/${runId}`);
  const drafted = await until(`payout run ${runId}`, read, ({ status }) => status !== 'drafting');
  if (drafted.status === 'awaiting-approval') {
    await people.approver.call('POST', `/v1/payouts/${runId}/approval`, { body: { hash: drafted.fileHash }, at });
    await until(`paying ${runId}`, read, ({ status }) => status === 'paying' || status === 'paid');
    const open = async () =>
      (await everyPage<Item>(people.finance, `/v1/payouts/${runId}/items`)).filter(
        ({ status }) => status === 'reserved',
      );
    await until(`items of ${runId}`, open, (items) => items.length === 0);
    const external = (await everyPage<Item>(people.finance, `/v1/payouts/${runId}/items`)).filter(
      ({ rail, status }) => rail === 'external' && status === 'sent',
    );
    for (const { itemId } of external)
      await people.finance.call('POST', `/v1/payouts/${runId}/items/${itemId}/confirmation`, { body: {}, at });
    await until(`the end of ${runId}`, read, ({ status }) => status === 'paid');
  }
  const run = await read();
  const excluded = await everyPage(people.finance, `/v1/payouts/${runId}/excluded`);
  return {
    program,
    runId,
    status: run.status,
    itemCount: run.itemCount,
    totalCents: run.totalCents,
    currency: run.currency,
    excluded: excluded.length,
  };
}

/** What a brand does when a month is over: settle, release, pay every program. Doing it again finds nothing to do. */
export async function closeMonth(
  people: People,
  cast: Cast,
  at: string,
  say: (line: string) => void,
): Promise<RunSummary[]> {
  say(`settling and releasing as of ${at}`);
  await settleAndRelease(people, at);
  const runs: RunSummary[] = [];
  for (const [program, { programId, name }] of cast.programs) {
    say(`paying the partners of ${name}`);
    runs.push(await payProgram(people, program, programId, at));
  }
  return runs;
}
