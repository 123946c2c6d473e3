import { atOnce } from '../at-once.ts';
import type { files } from '../aws/files.ts';
import { sha256 } from '../ledger/canonical.ts';
import { itemOf } from '../ledger/chain.ts';
import type { Journal } from '../ledger/journal.ts';
import type { Violation } from '../ledger/laws.ts';
import { auditRun } from '../payouts/audit.ts';
import { keyOf } from '../payouts/move-item.ts';
import { nachaKeyOf } from '../payouts/order.ts';
import { paymentRows } from '../payouts/payment-rows.ts';
import type { ItemStatus } from '../payouts/run.ts';
import type { LedgerStore } from './ledger.ts';
import type { PayoutRunStore, StoredItem, StoredRun } from './payout-runs.ts';

interface Stores {
  readonly runs: PayoutRunStore;
  readonly ledger: LedgerStore;
  readonly documents: Pick<ReturnType<typeof files>, 'get'>;
}

/** Remote calls at once. */
const WIDTH = 16;
const ATTEMPTS = 5;

/** Audits a payout run: its total, its items, its frozen file and what the ledgers moved for each item; and who approved it. */
export async function auditStoredRun({ runs, ledger, documents }: Stores, run: StoredRun): Promise<Violation[]> {
  for (let attempt = 1; ; attempt += 1) {
    const items = await runs.allItems(run);
    const journals = (await atOnce(WIDTH, items, (item) => movesOf(ledger, item))).flat();
    const text = run.fileKey === undefined ? undefined : await documents.get(run.fileKey);
    const violations = [
      ...auditRun(run, items, journals, text === undefined ? undefined : fileOf(text)),
      ...missing(run, text),
      ...(await nachaDiffers(documents, run, text)),
    ];
    if (violations.length === 0 || attempt === ATTEMPTS) return violations;
    // Items that are being paid right now move between the two readings.
    const again = await runs.allItems(run);
    const moved = again.some(({ status }, place) => status !== items[place]?.status);
    if (!moved) return violations;
  }
}

function missing({ runId, fileKey }: StoredRun, text: string | undefined): Violation[] {
  if (fileKey === undefined || text !== undefined) return [];
  return [{ law: 'run-adds-up', where: `payout run ${runId}`, found: `its file ${fileKey} is not there` }];
}

/** The payment file holds the hash of the NACHA file beside it, so the file must be there and have it. */
async function nachaDiffers(documents: Stores['documents'], run: StoredRun, text?: string): Promise<Violation[]> {
  const hash = text === undefined ? undefined : paymentRows(text).nachaHash;
  if (hash === undefined) return [];
  const nacha = await documents.get(nachaKeyOf(run, hash));
  if (nacha !== undefined && sha256(nacha) === hash) return [];
  const found = nacha === undefined ? 'its NACHA file is not there' : 'its NACHA file was changed';
  return [{ law: 'run-adds-up', where: `payout run ${run.runId}`, found }];
}

/** How many journals have moved the money of an item that stands so. */
const MOVES: Readonly<Record<ItemStatus, number>> = {
  reserved: 1,
  sent: 1,
  settled: 2,
  failed: 2,
  released: 2,
  returned: 3,
};

/** The journal that set the item's money aside, the one that ended it when it has ended, and the one that took the payment back. */
async function movesOf(ledger: LedgerStore, item: StoredItem): Promise<Journal[]> {
  const { itemId, status, reserved } = item;
  const expected = MOVES[status];
  const found: Journal[] = [];
  let after = reserved.sequence - 1;
  for (;;) {
    const page = await ledger.journals(keyOf(item), { after, limit: expected > 1 ? 50 : 1 });
    found.push(...page.filter((journal) => moneyMoves(journal) && itemOf(journal) === itemId));
    const last = page.at(-1);
    if (!last || found.length >= expected || expected === 1) return found;
    after = last.sequence;
  }
}

const moneyMoves = ({ kind }: Journal) => kind !== 'accrual' && kind !== 'release';

/** The file writes every digit of the currency, so an amount without its point is in minor units. */
function fileOf(text: string) {
  const payments = [...paymentRows(text).payments.values()];
  const total = (amounts: readonly string[]) =>
    amounts.reduce((sum, amount) => sum + Number(amount.replace('.', '')), 0);
  return {
    hash: sha256(text),
    totalCents: total(payments.map(({ amount }) => amount)),
    withheldCents: total(payments.map(({ withheld = '0' }) => withheld)),
  };
}
