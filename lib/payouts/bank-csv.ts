import { stringify } from 'csv-stringify/sync';
import { sha256 } from '../ledger/canonical.ts';
import { decimal } from '../money.ts';
import type { NachaFile } from './nacha.ts';
import type { OrdersFile } from './rails/orders.ts';
import { type PayoutItem, type PayoutRun, paidByProvider, RAILS, type Rail, withheldOf } from './run.ts';

/** Where a payment goes. */
export interface TransferTarget {
  /** None with PayPal, which knows whose account it is. */
  readonly accountHolder?: string;
  /** IBAN, or the account number where there are none; PayPal's address or payer id. */
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
  /** Tax kept back from the items, which is not in the total. */
  readonly withheldCents: number;
  /** Control totals, to compare with what the bank says it received. */
  readonly rails: Readonly<Record<Rail, RailTotal>>;
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
 * The payment file of a run: a row for every item, bank transfers first, then those the brand pays itself (`external`, no account), then
 * those of the NACHA file, whose reference is their trace number. Then a row `withheld` for each item that tax is kept back from: not for
 * the bank, which gets the rows of its rail alone, but for who approves. A last row, `nacha-file`, holds that file's hash: who approves
 * this file's hash approves every byte of both. In the same way a row `provider-orders` holds the hash of what PayPal and Wise are told.
 * The same items give the same bytes. Cells that a spreadsheet would take for a formula are escaped.
 *
 * @throws RangeError when an item has no amount, another run or currency, a bank item has nowhere to go, or the
 * NACHA file pays others than the items of its rail.
 */
export function bankCsv(
  run: Pick<PayoutRun, 'runId' | 'currency'>,
  items: readonly PayoutItem[],
  targets: ReadonlyMap<string, TransferTarget>,
  nacha?: NachaFile,
  orders?: OrdersFile,
): PaymentFile {
  const ordered = [...items].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const rows = ordered.map((item) => {
    if (item.runId !== run.runId || item.currency !== run.currency) {
      throw new RangeError(`item ${item.itemId} belongs to another run or currency`);
    }
    if (!Number.isSafeInteger(item.amountCents) || item.amountCents <= 0) {
      throw new RangeError(`item ${item.itemId} pays ${item.amountCents}`);
    }
    const account = item.rail === 'external' ? undefined : targets.get(item.partnerId);
    if (item.rail !== 'external' && !account) throw new RangeError(`no payout details for ${item.partnerId}`);
    const reference = item.rail === 'nacha' ? nacha?.traces.get(item.itemId) : item.itemId;
    if (reference === undefined) throw new RangeError(`item ${item.itemId} is not in the NACHA file`);
    return [
      item.rail,
      item.itemId,
      item.partnerId,
      account?.accountHolder ?? '',
      account?.accountNumber ?? '',
      account?.bankCode ?? '',
      decimal(item.amountCents, item.currency),
      item.currency,
      reference,
    ];
  });
  const withheld = ordered.filter((item) => withheldOf(item) > 0);
  for (const item of withheld) {
    const { itemId, partnerId, currency, withholding } = item;
    const amount = decimal(withheldOf(item), currency);
    rows.push([WITHHELD, itemId, partnerId, '', '', '', amount, currency, `tax of ${withholding?.year}`]);
  }
  const rails = Object.fromEntries(
    RAILS.map((rail) => [rail, totalOf(items.filter((item) => item.rail === rail))]),
  ) as Record<Rail, RailTotal>;
  const byNacha = rails.nacha;
  if (byNacha.itemCount !== (nacha?.itemCount ?? 0) || byNacha.totalCents !== (nacha?.totalCents ?? 0))
    throw new RangeError(`the NACHA file pays ${nacha?.totalCents ?? 0}, its items make ${byNacha.totalCents}`);
  if (nacha) {
    const total = decimal(nacha.totalCents, run.currency);
    rows.push([NACHA_FILE, '', '', '', '', '', total, run.currency, nacha.hash]);
  }
  const byProvider = items.filter(({ rail }) => paidByProvider(rail));
  if (byProvider.length !== (orders?.itemCount ?? 0))
    throw new RangeError(`providers are told of ${orders?.itemCount ?? 0} payments, there are ${byProvider.length}`);
  if (orders) {
    const total = decimal(orders.totalCents, run.currency);
    rows.push([PROVIDER_ORDERS, '', '', '', '', '', total, run.currency, orders.hash]);
  }
  const text = stringify([[...COLUMNS], ...rows], { escape_formulas: true, record_delimiter: 'windows' });
  return {
    text,
    hash: sha256(text),
    ...totalOf(items),
    withheldCents: withheld.reduce((sum, item) => sum + withheldOf(item), 0),
    rails,
  };
}

/** A row that says what is kept back from an item. */
export const WITHHELD = 'withheld';
/** The row that names the NACHA file. */
export const NACHA_FILE = 'nacha-file';
/** The row that names what PayPal and Wise are told to pay. */
export const PROVIDER_ORDERS = 'provider-orders';

const placeOf = ({ rail, partnerId, itemId }: PayoutItem) => `${rail} ${partnerId} ${itemId}`;

const totalOf = (items: readonly PayoutItem[]): RailTotal => ({
  itemCount: items.length,
  totalCents: items.reduce((sum, { amountCents }) => sum + amountCents, 0),
});
