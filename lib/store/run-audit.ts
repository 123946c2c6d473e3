import { atOnce } from '../at-once.ts';
import type { files } from '../aws/files.ts';
import { sha256 } from '../ledger/canonical.ts';
import { itemOf } from '../ledger/chain.ts';
import type { Journal } from '../ledger/journal.ts';
import type { Violation } from '../ledger/laws.ts';
import { auditRun } from '../payouts/audit.ts';
import { keyOf } from '../payouts/move-item.ts';
import { nachaKeyOf, ordersKeyOf } from '../payouts/order.ts';
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
      ...(await besideDiffers(documents, run, text)),
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

/** The payment file holds the hashes of the files beside it, so those must be there and have them. */
async function besideDiffers(documents: Stores['documents'], run: StoredRun, text?: string): Promise<Violation[]> {
  const { nachaHash, ordersHash } = text === undefined ? {} : paymentRows(text);
  return [
    ...(await differs(documents, run, 'NACHA file', nachaHash, nachaKeyOf)),
    ...(await differs(documents, run, 'file of orders to providers', ordersHash, ordersKeyOf)),
  ];
}

async function differs(
  documents: Stores['documents'],
  run: StoredRun,
  what: string,
  hash: string | undefined,
  keyOf: typeof nachaKeyOf,
): Promise<Violation[]> {
  if (hash === undefined) return [];
  const stored = await documents.get(keyOf(run, hash));
  if (stored !== undefined && sha256(stored) === hash) return [];
  const found = stored === undefined ? `its ${what} is not there` : `its ${what} was changed`;
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

const moneyMoves = ({ kind }: Journal) => kind !== 'accrual' && kind !== 'release' && kind !== 'exchange';

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
