import { finishPaying, type PayoutRun } from '../payouts/run.ts';
import type { PayoutRunStore, RunKey, StoredRun } from './payout-runs.ts';
import type { Write } from './transaction.ts';

const ATTEMPTS = 5;

/**
 * The run as `to` makes it, whoever else changes it meanwhile; `undefined` when there is none. A run that `to` leaves as it is is not
 * written. What `beside` answers is written with the change or not at all.
 */
export async function changeRun(
  runs: Pick<PayoutRunStore, 'get' | 'change'>,
  key: RunKey,
  to: (run: StoredRun) => PayoutRun,
  beside?: (before: StoredRun, after: PayoutRun) => Write,
): Promise<StoredRun | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const run = await runs.get(key);
    if (!run) return undefined;
    const after = to(run);
    if (after === run) return run;
    const writes = beside ? [beside(run, after)] : [];
    if (await runs.change(run, after, ...writes)) return { ...after, revision: run.revision + 1 };
  }
  throw new Error(`payout run ${key.runId} changed under every attempt to change it`);
}

/** The same for a run that must be there. @throws RangeError when it is not. */
export async function changeKnownRun(
  runs: Pick<PayoutRunStore, 'get' | 'change'>,
  key: RunKey,
  to: (run: StoredRun) => PayoutRun,
): Promise<StoredRun> {
  const run = await changeRun(runs, key, to);
  if (!run) throw new RangeError(`brand ${key.brandId} has no payout run ${key.runId}`);
  return run;
}

/** The run, paid when none of its items is open any more. */
export async function endRun(runs: PayoutRunStore, key: RunKey): Promise<StoredRun> {
  const items = await runs.allItems(key);
  return changeKnownRun(runs, key, (run) => finishPaying(run, items));
}
