import { stringify } from 'csv-stringify/sync';
import { sha256 } from '../ledger/canonical.ts';
import { decimal } from '../money.ts';
import type { PayoutItem, PayoutRun } from './run.ts';

/** Where a bank payment goes. */
export interface TransferTarget {
  readonly accountHolder: string;
  /** IBAN, or the account number where there are none. */
  readonly accountNumber: string;
  /** BIC or routing number; an IBAN needs none. */
  readonly bankCode?: string;
}

export interface RailTotal {
  readonly itemCount: number;
  readonly totalCents: number;
}

/** What a run pays, frozen: the hash is what a person approves. */
export interface PaymentFile {
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  readonly itemCount: number;
  readonly totalCents: number;
  /** Control totals, to compare with what the bank says it received. */
  readonly rails: Readonly<Record<PayoutItem['rail'], RailTotal>>;
}

const COLUMNS = [
  'rail',
  'item',
  'partner',
  'account_holder',
  'account_number',
  'bank_code',
  'amount',
  'currency',
  'reference',
] as const;

/**
 * The payment file of a run: a row for every item, bank transfers first, then those the brand pays itself (`external`, no account).
 * The same items give the same bytes. Cells that a spreadsheet would take for a formula are escaped.
 *
 * @throws RangeError when an item has no amount, another run or currency, or a bank item has nowhere to go.
 */
export function bankCsv(
  run: Pick<PayoutRun, 'runId' | 'currency'>,
  items: readonly PayoutItem[],
  targets: ReadonlyMap<string, TransferTarget>,
): PaymentFile {
  const ordered = [...items].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const rows = ordered.map((item) => {
    if (item.runId !== run.runId || item.currency !== run.currency) {
      throw new RangeError(`item ${item.itemId} belongs to another run or currency`);
    }
    if (!Number.isSafeInteger(item.amountCents) || item.amountCents <= 0) {
      throw new RangeError(`item ${item.itemId} pays ${item.amountCents}`);
    }
    const account = item.rail === 'bank-csv' ? targets.get(item.partnerId) : undefined;
    if (item.rail === 'bank-csv' && !account) throw new RangeError(`no bank details for ${item.partnerId}`);
    return [
      item.rail,
      item.itemId,
      item.partnerId,
      account?.accountHolder ?? '',
      account?.accountNumber ?? '',
      account?.bankCode ?? '',
      decimal(item.amountCents, item.currency),
      item.currency,
      item.itemId,
    ];
  });
  const text = stringify([[...COLUMNS], ...rows], { escape_formulas: true, record_delimiter: 'windows' });
  return {
    text,
    hash: sha256(text),
    ...totalOf(items),
    rails: {
      'bank-csv': totalOf(items.filter(({ rail }) => rail === 'bank-csv')),
      external: totalOf(items.filter(({ rail }) => rail === 'external')),
    },
  };
}

const placeOf = ({ rail, partnerId, itemId }: PayoutItem) => `${rail} ${partnerId} ${itemId}`;

const totalOf = (items: readonly PayoutItem[]): RailTotal => ({
  itemCount: items.length,
  totalCents: items.reduce((sum, { amountCents }) => sum + amountCents, 0),
});
