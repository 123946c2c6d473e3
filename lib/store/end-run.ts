import { finishPaying, type PayoutRun } from '../payouts/run.ts';
import type { PayoutRunStore, RunKey, StoredRun } from './payout-runs.ts';

const ATTEMPTS = 5;

/** The run as `to` makes it, whoever else changes it meanwhile. */
export async function changeRun(
  runs: PayoutRunStore,
  key: RunKey,
  to: (run: StoredRun) => PayoutRun,
): Promise<StoredRun> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const run = await runs.get(key);
    if (!run) throw new RangeError(`brand ${key.brandId} has no payout run ${key.runId}`);
    const after = to(run);
    if (after === run) return run;
    if (await runs.change(run, after)) return { ...after, revision: run.revision + 1 };
  }
  throw new Error(`payout run ${key.runId} kept changing`);
}

/** The run, paid when none of its items is open any more. */
export async function endRun(runs: PayoutRunStore, key: RunKey): Promise<StoredRun> {
  const items = await runs.allItems(key);
  return changeRun(runs, key, (run) => finishPaying(run, items));
}
