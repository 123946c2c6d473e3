import type { Approval, PayoutRun } from '../payouts/run.ts';
import { approve } from '../payouts/run.ts';
import type { AuditEntry, auditLog } from './audit.ts';
import { changeRun } from './change-run.ts';
import type { PayoutFindingStore } from './payout-findings.ts';
import type { PayoutRunStore, RunKey, StoredRun } from './payout-runs.ts';

interface Stores {
  readonly runs: Pick<PayoutRunStore, 'get' | 'change'>;
  readonly audit: Pick<ReturnType<typeof auditLog>, 'write'>;
}

type Entry = (change: { target: string; before: object; after: object }) => AuditEntry;

/**
 * Changes a run by somebody's decision and tells the audit log in the same transaction; decided already, it stays as it is. `undefined`
 * when there is no such run.
 */
export function decideRun(
  { runs, audit }: Stores,
  key: RunKey,
  to: (run: StoredRun) => PayoutRun,
  entry: Entry,
): Promise<StoredRun | undefined> {
  return changeRun(runs, key, to, ({ runId, fileHash, status: before }, { status, acknowledged }) =>
    audit.write(
      entry({
        target: runId,
        before: { status: before },
        after: { status, fileHash, ...(acknowledged && { acknowledged }) },
      }),
    ),
  );
}

/**
 * Approves a run by the rules of {@link approve}, whoever carries the word. Who names the right hash names a run that was frozen, and its
 * findings stood by then.
 */
export async function approveRun(
  stores: Stores & { readonly findings: Pick<PayoutFindingStore, 'all'> },
  key: RunKey,
  approval: Approval,
  entry: Entry,
): Promise<StoredRun | undefined> {
  const severe = (await stores.findings.all(key)).filter(({ severity }) => severity === 'severe');
  const ids = severe.map(({ findingId }) => findingId);
  return decideRun(stores, key, (run) => approve(run, approval, ids), entry);
}
